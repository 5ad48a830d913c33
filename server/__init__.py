"""The documented WSGI server: ``run_simple``, ``make_server`` and what they run.

Standard library only, Python 3.9 and later, relative imports only: it may be loaded under any
name, in any project's interpreter.
"""

from ._version import __version__ as __version__
from .handler import WSGIRequestHandler
from .serving import (
    BaseWSGIServer,
    ForkingWSGIServer,
    ThreadedWSGIServer,
    make_server,
    run_simple,
)

__all__ = [
    "BaseWSGIServer",
    "ForkingWSGIServer",
    "ThreadedWSGIServer",
    "WSGIRequestHandler",
    "make_server",
    "run_simple",
]
