"""A server in a background thread of this process.

Methods are called on the supervisor's thread; the session runs on a thread of its own, named
``server``, and emits on that one and on the server's request threads.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence

from server.app.imported import imported_modules
from server.config import ServerConfig
from server.events import Emit
from server.reporting.exchanges import Note
from server.session import Session

from .base import OnImported

_MARGIN = 0.5  # seconds beyond the grace time, in which the server cuts what is left by itself
_OURS = ("server", "framework", "launcher")


class ThreadHost:
    """Runs a :class:`server.session.Session` in a thread. See ``base.Host``.

    :param emit: takes every event, on the server's threads
    :param on_imported: takes the files of the app's own modules, on the session's thread
    :param note: takes requests as records, in turn with the other events; without it they are
        events like any other
    """

    def __init__(
        self,
        emit: Emit,
        on_imported: OnImported = lambda files: None,
        note: Note | None = None,
    ) -> None:
        self._emit = emit
        self._note = note
        self._on_imported = on_imported
        self._session: Session | None = None
        self._thread: threading.Thread | None = None
        self._deadline: threading.Timer | None = None

    def start(
        self,
        config: ServerConfig,
        listeners: Sequence[socket.socket],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """See ``base.Host``."""
        self._session = Session(
            config,
            self._emit,
            listeners,
            environ=environ,
            on_loaded=self._tell_imported,
            note=self._note,
        )
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)
        self._thread.start()

    def reload(self, changed_at: float, environ: Mapping[str, str] | None = None) -> None:
        """See ``base.Host``. Here the project's own modules are dropped and imported anew; what
        they have imported from elsewhere stays."""
        if self._session is not None:
            self._session.reload(changed_at, environ)

    def stop(self) -> None:
        """See ``base.Host``.

        A thread can't be ended from outside: one that is still in the app's code when the grace
        time is over is left behind, and counted in ``ServerStopped.abandoned``.
        """
        session = self._session
        if session is None or self._deadline is not None or self.join(0.0):
            return
        self._deadline = threading.Timer(session.config.grace + _MARGIN, session.abandon)
        self._deadline.name = "server-deadline"
        self._deadline.daemon = True
        self._deadline.start()
        session.stop()

    def kill(self) -> None:
        """See ``base.Host``. A thread can't be ended from outside."""

    def join(self, timeout: float) -> bool:
        """See ``base.Host``."""
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                return False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline.join(timeout)
        return True

    def _run(self) -> None:
        assert self._session is not None
        self._session.run()

    def _tell_imported(self) -> None:
        self._on_imported(imported_modules(_OURS).files)
