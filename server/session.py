"""One server from start to end: bind, load, serve, stop. What both hosts run.

``bind`` and ``load`` raise typed errors in the caller; ``serve`` blocks until the server has ended;
``stop`` may be called on any thread, at any time, and more than once. Everything that happens is
reported by ``emit``, last of all ``ServerStopped``.
"""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Optional, Union

from .appload import forget_project_modules, load_app
from .config import ServerConfig
from .debugger import debugged
from .errors import AppLoadError, ConfigError, PortInUse, StartError
from .events import Emit, Event, ServerFailed, ServerStarted, ServerStopped
from .listen import close_listeners, open_listeners
from .output import OutputStream, captured_output, told_errors
from .reporting import Reporter
from .serving import BaseWSGIServer, make_server
from .tls import read_option
from .tracebacks import one_line, traceback_text

__all__ = ["Session"]

App = Callable[[dict[str, Any], Any], Any]

_LOOPBACK = ("127.", "::1", "localhost")


class Session:
    """Serves one app once.

    :param config: what to serve and how
    :ivar project: the folder the app is imported from and runs in
    :param emit: takes every event, on the thread in which it happens
    :param listeners: sockets that listen already; they stay the caller's and open
    """

    def __init__(
        self, config: ServerConfig, emit: Emit, listeners: Sequence[socket.socket] = ()
    ) -> None:
        self.config = config
        self.project = Path(config.project or ".").resolve()
        self._emit = emit
        self._listeners: list[socket.socket] = list(listeners)
        self._owns_listeners = not listeners
        self._reporter = Reporter(self._report, config.body_limit)
        self._lock = threading.Lock()
        self._server: Optional[BaseWSGIServer] = None
        self._stop_wanted = False
        self._told_end = False
        self._surroundings = contextlib.ExitStack()
        self._restoring = threading.Lock()

    def bind(self) -> None:
        """Take the port.

        :raises PortInUse: another process has it
        :raises BindError: the address can't be listened on
        """
        if not self._listeners:
            self._listeners = open_listeners(self.config.address, self.config.port)

    def run(self) -> None:
        """Bind where that hasn't been done, load the app, serve it, and report how it ended.

        Blocks until the end; never raises what went wrong with the app or the port. The end is
        reported last of all, when nothing of the session is left.
        """
        end: Union[ServerStopped, ServerFailed]
        try:
            self.bind()
            errors_stream = self._surroundings.enter_context(self._environment())
            end = self._serve(self.load(), errors_stream)
        except StartError as error:
            end = _failed(error)
        except BaseException as error:  # whatever it is: without an end, everybody waits for ever
            end = self._broken(error)
        self._restore()
        self.close()
        if self._stop_wanted and isinstance(end, ServerFailed):
            end = ServerStopped("stopped")
        self._tell_end(end)

    def load(self) -> App:
        """Import the app anew and prepare it.

        :raises AppLoadError: it can't be loaded; its own error has been reported
        :raises ConfigError: debug needs what isn't installed
        """
        config = self.config
        forget_project_modules(self.project)
        try:
            app = load_app(config.app, self.project)
        except AppLoadError as error:
            if error.__cause__ is not None:
                self._reporter.error(error.__cause__)
            raise
        if config.debug:
            if isinstance(getattr(app, "debug", None), bool):
                app.debug = True  # type: ignore[attr-defined]
            app = self._debugged(app)
        return app

    def serve(self, app: App) -> None:
        """Answer requests until :meth:`stop`, then report ``ServerStopped``. Blocks."""
        self._tell_end(self._serve(app, None))

    def stop(self) -> None:
        """Ask for the end: running requests get ``config.grace`` seconds. Any thread."""
        with self._lock:
            self._stop_wanted = True
            server = self._server
        if server is not None:
            server.shutdown_signal = True

    def abandon(self) -> None:
        """Report the end although a request, or the app's import, still runs. Any thread.

        For the host, when the grace time is over and the thread can't be ended.
        """
        with self._lock:
            server = self._server
        if server is not None:
            server.abandon()
        self._restore()
        self.close()
        self._tell_end(ServerStopped("stopped", abandoned=1))

    def close(self) -> None:
        """Give the port back, where this session took it."""
        if self._owns_listeners:
            close_listeners(self._listeners)

    def _serve(self, app: App, errors_stream: Optional[OutputStream]) -> ServerStopped:
        config = self.config
        with self._lock:
            if self._stop_wanted:
                return ServerStopped("stopped")
            self._server = server = make_server(
                config.address,
                config.port,
                app,
                threaded=config.mode == "threaded",
                passthrough_errors=config.passthrough_errors,
                ssl_context=read_option(config.ssl),
                listeners=self._listeners,
                grace=config.grace,
            )
        server.reporter = self._reporter
        server.errors_stream = errors_stream
        server.debug = config.debug
        self._report(
            ServerStarted(
                url=server.url,
                host=config.unix or config.host,
                port=server.server_port,
                pid=os.getpid(),
                mode=config.mode,
                python=platform.python_version(),
            )
        )
        server.serve_forever()
        reason = "stopped" if self._stop_wanted else "app"
        return ServerStopped(reason, server.drained, server.abandoned)

    def _debugged(self, app: App) -> App:
        """Add the in-browser debugger where Werkzeug is there; else the server's own page shows
        the traceback."""
        try:
            evalex = self.config.host.startswith(_LOOPBACK)
            return debugged(app, evalex, self._reporter)
        except ConfigError:
            return app

    def _restore(self) -> None:
        """Put back what belongs to the whole process, before the next session may have it."""
        with self._restoring:  # run() and abandon() may both be about to tell the end
            self._surroundings.close()

    @contextlib.contextmanager
    def _environment(self) -> Iterator[OutputStream]:
        """What the app finds around it: its folder, its output captured, debug announced.

        What belongs to the whole process is put back at the end.
        """
        before = dict(os.environ)
        path_before = list(sys.path)
        try:
            folder: Optional[str] = str(Path.cwd())
        except FileNotFoundError:
            folder = None
        # As `flask run` does: a module that ends in app.run() is only being imported.
        os.environ["FLASK_RUN_FROM_CLI"] = "true"
        os.environ["FLASK_DEBUG"] = "1" if self.config.debug else "0"
        try:
            if self.project.is_dir():
                os.chdir(self.project)
            with captured_output(self._report) as errors_stream, told_errors(self._reporter):
                yield errors_stream
        finally:
            # The next project may well have an app.py, too.
            forget_project_modules(self.project)
            sys.path[:] = path_before
            if folder is not None:
                with contextlib.suppress(OSError):
                    os.chdir(folder)
            for name in set(os.environ) - set(before):
                del os.environ[name]
            os.environ.update(before)

    def _broken(self, error: BaseException) -> ServerFailed:
        """What ended the server: the app's error where errors are passed through, else ours."""
        if self.config.passthrough_errors:  # told already, with its request
            message = f"The app raised {type(error).__name__}, and errors are passed through."
            return ServerFailed("app-error", message, traceback_text(error))
        event = self._reporter.error(error)
        text = event.text if event else ""
        return ServerFailed("internal", f"The server failed: {one_line(error)}", text)

    def _report(self, event: Event) -> None:
        """Tell of an event, unless the session was abandoned: then nothing follows the end."""
        if not self._told_end:
            self._emit(event)

    def _tell_end(self, event: Union[ServerStopped, ServerFailed]) -> None:
        """Report the end, unless :meth:`abandon` has done so."""
        with self._lock:
            told, self._told_end = self._told_end, True
        if not told:
            self._emit(event)


def _failed(error: StartError) -> ServerFailed:
    return ServerFailed(
        kind=error.kind,
        message=error.message,
        traceback=error.traceback if isinstance(error, AppLoadError) else "",
        suggested_port=error.suggested_port if isinstance(error, PortInUse) else None,
    )
