"""Loads a session's app, as often as it is reloaded, and prepares it to be served.

On the thread that runs the session; :meth:`AppLoader.close` perhaps on another one, when that has
no more to load.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any, Optional

from ..config import ServerConfig
from ..errors import AppLoadError
from ..events import Route
from ..flow.apps import record_flow
from ..flow.endpoints import name_endpoints
from ..protocol.wsgi import App
from ..reporting.reporter import Reporter
from . import asgi
from .debugger import switch_debug_on, with_debugger
from .early import standard_library_first
from .left_over import LEFT_OVER, is_left_over
from .load import forget_project_modules, load
from .patches import library_kept
from .routes import routes_of
from .runserver import as_runserver
from .signals import reported_signals
from .trusted_hosts import TrustedHosts

__all__ = ["AppLoader"]

_PREPARED_APPS = 2  # the one that serves, and the one that finishes its requests


class AppLoader:
    """Imports an app and gives it what it is served with: static files, the debugger, the flow.

    :param config: what to serve and how
    :param project: the folder the app is imported from and runs in
    :param reporter: reports what the app raises while it is loaded
    :param trusted_hosts: the hosts for which the debugger is there
    :param reloads_here: the app is loaded again in this process, in which its modules are then
    :param checks: the project's own checks are run at the first load
    :param lent: files of packages that are lent to this interpreter; see ``app.asgi``
    :ivar missing: the module that the app misses; "" where it can't be loaded for another reason,
        None where it can
    :ivar root: the folder that the app's module is imported from, once that is known
    :ivar routes: the URL rules of the app that was loaded last
    :ivar is_asgi: that app speaks ASGI
    :ivar debugger_pin: what the debugger in the browser asks for; "" where there is none
    """

    def __init__(
        self,
        config: ServerConfig,
        project: Path,
        reporter: Reporter,
        trusted_hosts: TrustedHosts,
        *,
        reloads_here: bool,
        checks: bool,
        lent: Mapping[str, str],
    ) -> None:
        self._config = config
        self._project = project
        self._reporter = reporter
        self._trusted_hosts = trusted_hosts
        self._reloads_here = reloads_here
        self._has_checked = not checks
        self._lent = lent
        self._preparations: list[ExitStack] = []
        self._has_loaded = False
        self.root = config.root
        self.missing: Optional[str] = None
        self.routes: tuple[Route, ...] = ()
        self.is_asgi = False
        self.debugger_pin = ""

    def load(self) -> App:
        """Import the app anew and prepare it.

        :raises AppLoadError: it can't be loaded; its own error has been reported
        :raises ConfigError: debug needs what isn't installed
        """
        config, self.missing = self._config, None
        if self._reloads_here:  # else there is nothing, and looking takes long in a forked process
            forget_project_modules(self._project)
        preparations = ExitStack()
        try:
            with library_kept() if self._reloads_here else nullcontext():
                loaded = load(config.app, self._project, self.root)
            app, self.root = loaded.app, loaded.root
            if config.debug:
                switch_debug_on(app)
            checks, self._has_checked = not self._has_checked, True
            app = as_runserver(app, static=not config.nostatic, checks=checks, debug=config.debug)
            self.routes = routes_of(app)
            self.is_asgi = asgi.is_asgi(app)
            if self.is_asgi:
                app = self._carried(app, preparations)
        except AppLoadError as error:
            preparations.close()
            self._explain(error)
            raise
        preparations.enter_context(reported_signals(self._reporter))
        preparations.callback(name_endpoints(app))
        if config.records_flow:
            app, undo = record_flow(app)
            preparations.callback(undo)
        # Put back at the end, or after two more reloads, when nothing of this app runs any more.
        self._preparations.append(preparations)
        while len(self._preparations) > _PREPARED_APPS:
            self._preparations.pop(0).close()
        if config.debug:
            app, self.debugger_pin = with_debugger(app, config, self._reporter, self._trusted_hosts)
        self._has_loaded = True
        return app

    def close(self) -> None:
        """Put back what was changed for the apps that were loaded."""
        while self._preparations:
            self._preparations.pop().close()

    def _explain(self, error: AppLoadError) -> None:
        """Report what the app has raised, and complete the sentence where a load before this one is
        in the way."""
        self.missing = error.missing_module
        if error.__cause__ is not None:
            error.error_id = self._reporter.error(error.__cause__, at_once=True)
        if self._has_loaded and is_left_over(error.__cause__, self._project):
            stop = "" if error.message.endswith((".", "!", "?")) else "."
            error.message += stop + LEFT_OVER

    def _carried(self, app: Any, preparations: ExitStack) -> App:
        """An ASGI app as a WSGI app, with its loop.

        :param preparations: gets what ends both
        :raises AppLoadError: it can't be served
        """
        if self._config.mode == "forking":
            raise AppLoadError(
                "app-object",
                f"{self._config.app} is an ASGI app, whose event loop lives in one process: choose "
                "threaded instead of forking.",
            )
        with standard_library_first():  # asyncio takes its time, and few apps need it
            from ..net.event_loop import EventLoop
        loop = EventLoop()
        preparations.callback(loop.close)
        return preparations.enter_context(
            asgi.served(app, loop, self._reporter.error, self._config.grace, self._lent)
        )
