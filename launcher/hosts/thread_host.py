"""A server in a background thread of this process.

Methods are called on the supervisor's thread; the session runs on a thread of its own, named
``server``, and emits on that one and on the server's request threads.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence

from server.config import ServerConfig
from server.events import Emit
from server.session import Session

_MARGIN = 0.5  # seconds beyond the grace time, in which the server cuts what is left by itself


class ThreadHost:
    """Runs a :class:`server.session.Session` in a thread. See ``base.Host``.

    :param emit: takes every event, on the server's threads
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._session: Session | None = None
        self._thread: threading.Thread | None = None
        self._deadline: threading.Timer | None = None

    def start(self, config: ServerConfig, listeners: Sequence[socket.socket]) -> None:
        """See ``base.Host``."""
        self._session = Session(config, self._emit, listeners)
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)
        self._thread.start()

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
