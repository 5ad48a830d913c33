"""The documented WSGI server: ``run_simple``, ``make_server`` and what they run.

Standard library only, Python 3.9 and later, relative imports only: it may be loaded under any
name, in any project's interpreter.

Its names are imported when they are first asked for: a window that only needs the events and the
options doesn't wait for the whole server, with ``http.client`` and ``email``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "handler" if name == "WSGIRequestHandler" else "serving"
    found = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
