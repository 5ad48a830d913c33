"""Owns the listening socket, starts and stops the server: what the window and the terminal drive.

Commands may come from any thread and return at once; they are carried out one after the other on
the supervisor's own thread, so that looking up a host name or waiting for a server never blocks a
window. Results come only as events.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from server.config import ServerConfig
from server.errors import PortInUse, StartError
from server.events import Emit, Event, ServerFailed, ServerStopped
from server.listen import close_listeners, open_listeners

from .base import Host
from .thread_host import ThreadHost

_JOIN_SECONDS = 5.0


@dataclass(frozen=True)
class _Start:
    config: ServerConfig


@dataclass(frozen=True)
class _Restart:
    config: ServerConfig


@dataclass(frozen=True)
class _Stop:
    pass


@dataclass(frozen=True)
class _Close:
    pass


@dataclass(frozen=True)
class _Ended:
    host: Host
    event: ServerStopped | ServerFailed


_Command = _Start | _Restart | _Stop | _Close | _Ended


class Supervisor:
    """Runs one server at a time.

    :param emit: takes every event of the server; called on the server's threads and on the
        supervisor's, never on the caller's
    :param make_host: makes the host of the next server
    """

    def __init__(self, emit: Emit, make_host: Callable[[Emit], Host] = ThreadHost) -> None:
        self._emit = emit
        self._make_host = make_host
        self._commands: queue.SimpleQueue[_Command] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        # From here on: the supervisor's thread only.
        self._host: Host | None = None
        self._next: ServerConfig | None = None
        self._listeners: list[socket.socket] = []
        self._listening_for: tuple[str, int] | None = None

    def start(self, config: ServerConfig) -> None:
        """Start a server; nothing happens while one runs. Any thread, returns at once.

        Ends in ``ServerStarted`` or ``ServerFailed``; in ``ServerStopped`` where a stop came first.
        """
        self._post(_Start(config))

    def stop(self) -> None:
        """Stop the server. Any thread, returns at once. Ends in ``ServerStopped``."""
        self._post(_Stop())

    def restart(self, config: ServerConfig) -> None:
        """Stop the server and start it anew, on the same listening socket where the address is
        the same: a client that connects in between waits. Any thread, returns at once.

        Ends as :meth:`stop` followed by :meth:`start`; starts where nothing runs.
        """
        self._post(_Restart(config))

    def close(self, timeout: float) -> bool:
        """Stop the server and end the supervisor. Not on a server's thread; blocks.

        :param timeout: seconds to wait at most
        :returns: whether all has ended
        """
        with self._lock:
            thread = self._thread
        if thread is None:
            return True
        self._post(_Close())
        thread.join(timeout)
        return not thread.is_alive()

    def _post(self, command: _Command) -> None:
        self._commands.put(command)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        """The supervisor's thread: one command after the other, until closed and stopped."""
        closing = False
        while not (closing and self._host is None):
            command = self._commands.get()
            if isinstance(command, _Start):
                if self._host is None and not closing:
                    self._begin(command.config)
            elif isinstance(command, _Restart):
                if closing:
                    continue
                if self._host is None:
                    self._begin(command.config)
                else:
                    self._next = command.config
                    self._host.stop()
            elif isinstance(command, _Ended):
                self._finish(command)
            else:
                closing = closing or isinstance(command, _Close)
                self._next = None
                if self._host is not None:
                    self._host.stop()
        self._stop_listening()
        with self._lock:
            self._thread = None

    def _begin(self, config: ServerConfig) -> None:
        try:
            self._listen(config)
        except StartError as error:
            suggested = error.suggested_port if isinstance(error, PortInUse) else None
            self._emit(ServerFailed(error.kind, error.message, suggested_port=suggested))
            return
        host = self._host = self._make_host(lambda event: self._on_event(host, event))
        host.start(config, self._listeners)

    def _on_event(self, host: Host, event: Event) -> None:
        """On the server's threads. The end is told only when nothing is left of the server."""
        if isinstance(event, ServerStopped | ServerFailed):
            self._commands.put(_Ended(host, event))
        else:
            self._emit(event)

    def _finish(self, ended: _Ended) -> None:
        if ended.host is not self._host:
            return
        abandoned = isinstance(ended.event, ServerStopped) and ended.event.abandoned
        ended.host.join(0.0 if abandoned else _JOIN_SECONDS)
        self._host = None
        config, self._next = self._next, None
        if config is None:
            self._stop_listening()
        self._emit(ended.event)
        if config is not None:
            self._begin(config)

    def _listen(self, config: ServerConfig) -> None:
        """Bind, unless the socket at hand is the right one already."""
        wanted = (config.address, config.port)
        if self._listening_for == wanted:
            return
        self._stop_listening()
        self._listeners = open_listeners(config.address, config.port)
        self._listening_for = wanted

    def _stop_listening(self) -> None:
        close_listeners(self._listeners)
        self._listeners = []
        self._listening_for = None
