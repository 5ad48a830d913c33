"""How the documented server is started: ``run_simple`` → ``make_server`` → ``serve_forever``.

After Werkzeug's ``werkzeug.serving``: the names and parameters are the same, and so is the way of
a request: the server (:mod:`server.servers`) accepts it,
:class:`~server.handler.WSGIRequestHandler` answers it, the app is called on the way.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Optional

from .app.debugger import debugged
from .app.guard import guarded
from .app.static import with_static_files
from .app.trusted_hosts import TrustedHosts
from .handler import WSGIRequestHandler
from .net import listen
from .net.listen import close_listeners, open_listeners
from .protocol.wsgi import App
from .reload.restarting import (
    handed_over_listeners,
    is_running_from_reloader,
    keep_running,
    serve_and_watch,
)
from .reporting.terminal_log import log_to_terminal
from .servers import BaseWSGIServer, ForkingWSGIServer, ThreadedWSGIServer

__all__ = [
    "BaseWSGIServer",
    "ForkingWSGIServer",
    "ThreadedWSGIServer",
    "make_server",
    "run_simple",
]

_RELOADER_TYPES = ("auto", "stat", "watchdog")

_log = logging.getLogger("servedeck")


def make_server(
    host: Optional[str] = None,
    port: Optional[int] = None,
    app: Optional[App] = None,
    threaded: bool = False,
    processes: int = 1,
    request_handler: Optional[type[WSGIRequestHandler]] = None,
    passthrough_errors: bool = False,
    ssl_context: Any = None,
    fd: Optional[int] = None,
    **options: Any,
) -> BaseWSGIServer:
    """Make a server that is threaded, or forks, or answers one request after the other.

    The parameters are those of ``werkzeug.serving.make_server``; ``options`` go to the class.

    :raises ValueError: threaded together with several processes, or no app
    :raises BindError: host and port can't be listened on; nothing here exits the process
    """
    if app is None:
        raise ValueError("There is no app to serve.")
    if threaded and processes > 1:
        raise ValueError("A server can't have threads and several processes at once.")
    host = "127.0.0.1" if host is None else host
    port = 0 if port is None else port
    if threaded:
        return ThreadedWSGIServer(
            host, port, app, request_handler, passthrough_errors, ssl_context, fd, **options
        )
    if processes > 1:
        return ForkingWSGIServer(
            host, port, app, processes, request_handler, passthrough_errors, ssl_context, fd,
            **options,
        )  # fmt: skip
    return BaseWSGIServer(
        host, port, app, request_handler, passthrough_errors, ssl_context, fd, **options
    )


def run_simple(
    hostname: str,
    port: int,
    application: App,
    use_reloader: bool = False,
    use_debugger: bool = False,
    use_evalex: bool = True,
    extra_files: Optional[Iterable[str]] = None,
    exclude_patterns: Optional[Iterable[str]] = None,
    reloader_interval: float = 1,
    reloader_type: str = "auto",
    threaded: bool = False,
    processes: int = 1,
    request_handler: Optional[type[WSGIRequestHandler]] = None,
    static_files: Any = None,
    passthrough_errors: bool = False,
    ssl_context: Any = None,
) -> None:
    """Serve an app until Ctrl+C or ``shutdown_signal``; what ``App.run`` calls.

    The parameters are those of ``werkzeug.serving.run_simple``. Call it on the main thread when
    ``use_reloader`` is set.

    :param hostname: a name, an address, or ``unix://`` and a path
    :param use_reloader: start anew when a file has changed; the port is kept meanwhile
    :param use_debugger: show tracebacks in the browser, through Werkzeug's debugger, where it asks
        for ``hostname`` or another name that is surely this machine's
    :param use_evalex: let its console run code; never on an open network
    :param extra_files: files to watch besides the program's own
    :param exclude_patterns: shell patterns of files not to watch
    :param reloader_interval: seconds between two looks at the files
    :param reloader_type: ``"auto"``, ``"stat"`` or ``"watchdog"``; the files are looked at the
        same way for all three
    :param threaded: answer requests side by side in threads
    :param processes: answer each in a process of its own, at most so many at once
    :param static_files: URL prefixes and the folders or files they stand for
    :param passthrough_errors: let an error of the app end the server and raise it here
    :param ssl_context: ``"adhoc"``, ``(certificate, key)`` or an ``ssl.SSLContext``
    :raises WrongType: the port isn't an integer; a TypeError
    :raises ValueError: options that exclude each other
    :raises StartError: it can't start; the process is never exited from here
    """
    if not isinstance(port, int):
        raise listen.port_error(port)
    if reloader_type not in _RELOADER_TYPES:
        raise ValueError(f"reloader_type must be one of {', '.join(_RELOADER_TYPES)}.")
    watched = (list(extra_files or ()), list(exclude_patterns or ()), float(reloader_interval))
    if use_reloader and not is_running_from_reloader():
        listeners = open_listeners(hostname, port)
        try:
            keep_running(listeners, *watched)
        finally:
            close_listeners(listeners)
        return
    if static_files:
        application = with_static_files(application, static_files)
    if use_debugger:
        hosts = TrustedHosts(hostname)
        application = debugged(guarded(application, hosts), use_evalex, hosts=hosts).app
    listeners = handed_over_listeners()
    try:
        server = make_server(
            hostname, port, application, threaded, processes, request_handler,
            passthrough_errors, ssl_context, listeners=listeners,
        )  # fmt: skip
        log_to_terminal(_log)
        _log.info(" * Running on %s (press Ctrl+C to quit)", server.url)
        if use_reloader:
            serve_and_watch(server, *watched)
        else:
            server.serve_forever()
    finally:
        for listener in listeners:
            listener.close()
