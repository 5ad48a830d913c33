"""The in-browser debugger, which is Werkzeug's, around an app.

The only place that needs Werkzeug, and only where it is asked for: the import is in the functions.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple, Optional
from urllib.parse import parse_qs

from ..config import ServerConfig
from ..errors import ConfigError
from ..protocol.channel import ClientDisconnected
from ..protocol.wsgi import App
from ..reporting.reporter import Reporter, ends_debugging
from ..reporting.scope import current_scope
from ..reporting.tracebacks import one_line
from .guard import guarded
from .trusted_hosts import TrustedHosts, is_loopback

__all__ = ["Debugged", "debugged", "rehearse", "switch_debug_on", "with_debugger"]

_FRAMES = 300  # that the console in the browser has; Werkzeug itself keeps all of them for ever
_NO_PIN = (
    "The debugger in the browser asks for no PIN (WERKZEUG_DEBUG_PIN=off): every page of a trusted "
    "host may run code."
)


class Debugged(NamedTuple):
    """An app with a debugger around it.

    :ivar pin: what the console in the browser asks for; "" where there is none
    """

    app: App
    pin: str = ""


def switch_debug_on(app: Any) -> None:
    """Set what frameworks look at: an attribute of the app that is there already."""
    with suppress(Exception):  # it may be a property of the app's own
        if isinstance(getattr(app, "debug", None), bool):
            app.debug = True


def with_debugger(
    app: App, config: ServerConfig, reporter: Reporter, hosts: TrustedHosts
) -> Debugged:
    """Add the in-browser debugger where Werkzeug is there; else the server's own page shows the
    traceback. With forking it can't work: each request would meet another debugger."""
    app = guarded(app, hosts)
    if config.mode == "forking":
        return Debugged(app)
    try:
        return debugged(app, is_loopback(config.host), reporter, hosts, logs_pin=False)
    except ConfigError:
        return Debugged(app)


def debugged(
    app: App,
    evalex: bool,
    reporter: Optional[Reporter] = None,
    hosts: Optional[TrustedHosts] = None,
    *,
    logs_pin: bool = True,
) -> Debugged:
    """Wrap an app in ``werkzeug.debug.DebuggedApplication``, for trusted hosts.

    Requests for other hosts reach the app without the debugger, and its errors are the server's
    then; what is meant for the debugger itself is refused.

    :param evalex: let the console in the browser run code, behind a PIN
    :param reporter: reports each error first, as the debugger answers them by itself
    :param hosts: the trusted ones; by default this machine's own names
    :param logs_pin: Werkzeug logs the PIN where it does so by itself, under a reloader; else it is
        the caller's to show
    :raises ConfigError: Werkzeug isn't installed in this interpreter, or its debugger fails
    """
    try:
        from werkzeug.debug import DebuggedApplication
    except ImportError:
        raise ConfigError(
            "debug",
            "The in-browser debugger is Werkzeug's, and Werkzeug is not installed in this "
            "interpreter: install it with 'pip install Werkzeug', or switch the debugger off.",
        ) from None
    except Exception as error:
        raise _unusable(error) from error
    trusted = hosts or TrustedHosts()

    class Debugger(DebuggedApplication):
        def __init__(self, app: App) -> None:
            super().__init__(app, evalex=evalex, pin_logging=logs_pin)
            self.pin_logging = True  # where the page in the browser asks for it
            self.frames, self.frame_contexts = _Newest(), _Newest()

        def check_host_trust(self, environ: dict[str, Any]) -> bool:
            return trusted.allow(environ)

    try:
        debugger = Debugger(_reporting(app, reporter) if reporter else app)
        pin = debugger.pin if evalex else ""
    except Exception as error:  # where a system has no semaphores, or no home folder
        raise _unusable(error) from error

    def choose(environ: dict[str, Any], start_response: Any) -> Any:
        if trusted.allow(environ):
            return debugger(environ, start_response)
        if _is_for_debugger(environ, evalex):
            return _refuse(start_response)
        return app(environ, start_response)

    choose.__wrapped__ = app  # type: ignore[attr-defined]
    if pin is None and not logs_pin:
        print(_NO_PIN, file=sys.stderr)
    return Debugged(choose, pin or "")


class _Newest(dict[Any, Any]):
    """The newest items, so many at most."""

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        while len(self) > _FRAMES:
            del self[next(iter(self))]


def _is_for_debugger(environ: dict[str, Any], evalex: bool) -> bool:
    """Whether a request is one that the debugger answers by itself."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    return "yes" in query.get("__debugger__", ()) or (
        evalex and environ.get("PATH_INFO") == "/console"
    )


def _refuse(start_response: Any) -> list[bytes]:
    page = b"The debugger is for trusted hosts only.\n"
    start_response("400 BAD REQUEST", [("Content-Type", "text/plain; charset=utf-8")])
    return [page]


def _unusable(error: Exception) -> ConfigError:
    """Werkzeug's debugger itself fails; it may be too old, or too new, for this system."""
    return ConfigError("debug", f"Werkzeug's debugger can't be used here: {one_line(error)}.")


def rehearse() -> None:
    """Have the debugger show an error once, to nobody: it then has imported what it imports only
    when it needs it, whichever version it is. Does nothing where it isn't installed.
    """
    try:
        from werkzeug.debug import DebuggedApplication
    except ImportError:
        return
    environ = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost", "wsgi.url_scheme": "http", "wsgi.errors": io.StringIO(),
        "wsgi.input": io.BytesIO(),
    }  # fmt: skip
    wrapped = DebuggedApplication(_failing, evalex=True, pin_logging=False)
    for _ in wrapped(environ, lambda *unused: lambda data: None):
        pass


def _failing(environ: dict[str, Any], start_response: Any) -> Any:
    raise RuntimeError("a rehearsal")


def _reporting(app: App, reporter: Reporter) -> App:
    """The same app, with each error that it lets through reported by ``reporter``."""

    def reporting_app(environ: dict[str, Any], start_response: Any) -> Any:
        __traceback_hide__ = True  # the debugger leaves it out of pages and logs
        try:
            return _Items(app(environ, start_response), reporter)
        except ClientDisconnected:
            raise
        except Exception as error:
            _passed_on(error, reporter)
            if ends_debugging(error, current_scope.get()):
                return _debugging_ended(start_response)
            raise

    return reporting_app


def _debugging_ended(start_response: Any) -> list[bytes]:
    """The answer where the user ended what ran: no error, so no page and no log about one.

    :raises BaseException: what ended it, where the app's own answer has begun
    """
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    start_response("500 INTERNAL SERVER ERROR", headers, sys.exc_info())
    return [b"The request ended with its debugging.\n"]


def _passed_on(error: BaseException, reporter: Reporter) -> None:
    """Report what the debugger gets now; what follows in the request's flow is its page."""
    reporter.error(error)
    scope = current_scope.get()
    if scope is not None and scope.flow is not None:
        scope.flow.broken()


class _Items:
    """An app's iterable, watched while it is read."""

    def __init__(self, items: Any, reporter: Reporter) -> None:
        self._items = items
        self._reporter = reporter

    def __iter__(self) -> Iterator[bytes]:
        __traceback_hide__ = True
        try:
            yield from self._items
        except Exception as error:
            _passed_on(error, self._reporter)
            raise

    def close(self) -> None:
        """Close the app's own iterable."""
        if hasattr(self._items, "close"):
            self._items.close()
