"""The in-browser debugger, which is Werkzeug's, around an app.

The only place that needs Werkzeug, and only where it is asked for: the import is in the function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Optional

from ..errors import ConfigError
from ..protocol.channel import ClientDisconnected
from ..reporting.reporter import Reporter

__all__ = ["debugged"]

App = Callable[[dict[str, Any], Any], Any]


def debugged(app: App, evalex: bool, reporter: Optional[Reporter] = None) -> App:
    """Wrap an app in ``werkzeug.debug.DebuggedApplication``.

    :param evalex: let the console in the browser run code, behind a PIN
    :param reporter: is told of each error first, as the debugger answers them by itself
    :raises ConfigError: Werkzeug isn't installed in this interpreter
    """
    try:
        from werkzeug.debug import DebuggedApplication
    except ImportError:
        raise ConfigError(
            "debug",
            "The in-browser debugger is Werkzeug's, and Werkzeug is not installed in this "
            "interpreter: install it with 'pip install Werkzeug', or switch the debugger off.",
        ) from None
    wrapped: App = DebuggedApplication(_told(app, reporter) if reporter else app, evalex=evalex)
    return wrapped


def _told(app: App, reporter: Reporter) -> App:
    """The same app, with each error that it lets through told to ``reporter``."""

    def told(environ: dict[str, Any], start_response: Any) -> Any:
        try:
            return _Items(app(environ, start_response), reporter)
        except ClientDisconnected:
            raise
        except Exception as error:
            reporter.error(error)
            raise

    return told


class _Items:
    """An app's iterable, watched while it is read."""

    def __init__(self, items: Any, reporter: Reporter) -> None:
        self._items = items
        self._reporter = reporter

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._items
        except Exception as error:
            self._reporter.error(error)
            raise

    def close(self) -> None:
        """Close the app's own iterable."""
        if hasattr(self._items, "close"):
            self._items.close()
