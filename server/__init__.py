"""The documented WSGI server: ``run_simple``, ``make_server`` and what they run.

Standard library only, Python 3.9 and later, relative imports only: it may be loaded under any
name, in any project's interpreter.
"""

# Written here and nowhere else: pyproject.toml reads it from this line.
__version__ = "0.1.0"

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
