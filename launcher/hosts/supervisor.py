"""Owns the listening socket; starts, reloads and stops the server: what the window and the
terminal drive.

Commands may come from any thread and return at once; they are carried out one after the other on
the supervisor's own thread, so that looking up a host name or waiting for a server never blocks a
window. Results come only as events.
"""

from __future__ import annotations

import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from launcher.core.project.env_files import env_files, project_environment
from launcher.core.project.interpreters import is_own
from launcher.hosts.watching.watcher import Watcher
from server.config import ServerConfig
from server.errors import ConfigError, PortInUse, StartError
from server.events import Emit, Event, Reloading, ServerFailed, ServerStarted, ServerStopped
from server.net.listen import close_listeners, open_listeners
from server.reporting.exchanges import Note

from .base import Host, MakeHost
from .choice import Choice, choose
from .process_host import ProcessHost
from .thread_host import ThreadHost

_JOIN_SECONDS = 5.0
_ENDS = (ServerStopped, ServerFailed)


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
class _Changed:
    """Files of the app that runs have changed."""

    watcher: Watcher | None
    paths: tuple[str, ...]
    time: float


@dataclass(frozen=True)
class _Ended:
    host: Host
    event: ServerStopped | ServerFailed


_Command = _Start | _Restart | _Stop | _Close | _Changed | _Ended


class _Run:
    """One server from start to stop. Made on the supervisor's thread, and not changed after."""

    def __init__(
        self, config: ServerConfig, choice: Choice, base: dict[str, str], watcher: Watcher | None
    ) -> None:
        self.config = config
        self.choice = choice
        self.base = base
        self.watcher = watcher
        self.has_started = threading.Event()
        self.host: Host | None = None

    def environ(self) -> dict[str, str]:
        """The project's variables, as its files have them now.

        :raises ConfigError: a file can't be read
        """
        config = self.config
        return project_environment(_project(config), config.env_file, config.env, base=self.base)


class Supervisor:
    """Runs one server at a time.

    :param emit: takes every event of the server; called on the server's threads and on the
        supervisor's, never on the caller's
    :param make_host: makes the host of the next server; by default the one that ``choice.choose``
        names
    :param note: takes requests as records, in turn with the other events; without it they are
        events like any other
    """

    def __init__(
        self, emit: Emit, make_host: MakeHost | None = None, note: Note | None = None
    ) -> None:
        self._emit = emit
        self._note = note
        self._make_host = make_host
        self._commands: queue.SimpleQueue[_Command] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        # From here on: the supervisor's thread only.
        self._run: _Run | None = None
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

    def reload(self) -> None:
        """Load the app anew as if a file had changed; only where it runs with ``reload``. Any
        thread, returns at once. Ends in ``ServerStarted`` or ``ReloadFailed``."""
        self._post(_Changed(None, (), time.time()))

    def kill(self) -> None:
        """End the server's process at once, where it has one of its own. Any thread, also from
        within a signal handler: nothing is waited for."""
        run = self._run
        if run is not None and run.host is not None:
            run.host.kill()

    def close(self, timeout: float) -> bool:
        """Stop the server and end the supervisor. Not on a server's thread; blocks.

        :param timeout: seconds to wait at most
        :returns: whether all has ended
        """
        with self._lock:
            thread = self._thread
            if thread is None:
                return True
            self._commands.put(_Close())
        thread.join(timeout)
        return not thread.is_alive()

    def _post(self, command: _Command) -> None:
        with self._lock:  # both, or the thread may end in between, and another one never would
            self._commands.put(command)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        """The supervisor's thread: one command after the other, until closed and stopped."""
        closing = False
        while not (closing and self._run is None):
            command = self._commands.get()
            if isinstance(command, _Start):
                if self._run is None and not closing:
                    self._begin(command.config)
            elif isinstance(command, _Restart):
                if closing:
                    continue
                if self._run is None:
                    self._begin(command.config)
                else:
                    self._next = command.config
                    self._stop_run()
            elif isinstance(command, _Changed):
                self._reload(command)
            elif isinstance(command, _Ended):
                self._finish(command)
            else:
                closing = closing or isinstance(command, _Close)
                self._next = None
                self._stop_run()
        self._stop_listening()
        with self._lock:
            self._thread = None
            while not self._commands.empty():  # what came after the close
                self._commands.get_nowait()

    def _begin(self, config: ServerConfig) -> None:
        base = dict(os.environ)
        try:
            choice = choose(config)
            run = _Run(config, choice, base, self._watcher(config))
            environ = run.environ()
            self._listen(config)
        except StartError as error:
            suggested = error.suggested_port if isinstance(error, PortInUse) else None
            self._emit(ServerFailed(error.kind, error.message, suggested_port=suggested))
            return
        self._run = run
        host = run.host = self._host(run)
        if run.watcher is not None:
            run.watcher.start()
        host.start(config, self._listeners, environ)

    def _host(self, run: _Run) -> Host:
        watcher = run.watcher

        def on_imported(files: Sequence[str]) -> None:
            if watcher is not None:
                watcher.watch_modules(files)

        emit = partial(self._on_event, run)
        if self._make_host is not None:
            return self._make_host(emit, on_imported)
        make = ProcessHost if run.choice.in_process else ThreadHost
        return make(emit, on_imported, self._note)

    def _watcher(self, config: ServerConfig) -> Watcher | None:
        if not config.reload:
            return None
        project = _project(config)
        files = [*config.extra_files, *map(str, env_files(project, config.env_file))]

        def on_change(paths: tuple[str, ...]) -> None:
            self._post(_Changed(watcher, paths, time.time()))

        watcher = Watcher(
            project,
            on_change,
            extra_files=files,
            exclude_patterns=config.exclude_patterns,
            python_prefixes=_prefixes(config.python),
        )
        return watcher

    def _reload(self, changed: _Changed) -> None:
        run = self._run
        if run is None or run.host is None or not run.config.reload:
            return
        if changed.watcher is not None and changed.watcher is not run.watcher:
            return
        try:
            environ = run.environ()
        except ConfigError:  # half-written; its next save is a change as well
            environ = None
        if run.has_started.is_set():
            self._emit(Reloading(changed.paths))
        run.host.reload(changed.time, environ)

    def _stop_run(self) -> None:
        run = self._run
        if run is not None and run.host is not None:
            run.host.stop()

    def _on_event(self, run: _Run, event: Event) -> None:
        """On the server's threads. The end is told only when nothing is left of the server."""
        if isinstance(event, _ENDS):
            assert run.host is not None
            self._commands.put(_Ended(run.host, event))
            return
        if isinstance(event, ServerStarted):
            run.has_started.set()
            watcher = run.watcher
            event = replace(
                event,
                why=run.choice.why,
                watched=watcher.count if watcher else 0,
                watch_problem=watcher.problem if watcher else "",
            )
        self._emit(event)

    def _finish(self, ended: _Ended) -> None:
        run = self._run
        if run is None or ended.host is not run.host:
            return
        if run.watcher is not None:
            run.watcher.stop()
        event = ended.event
        abandoned = isinstance(event, ServerStopped) and event.abandoned
        ended.host.join(0.0 if abandoned else _JOIN_SECONDS)
        self._run = None
        config, self._next = self._next, None
        if config is None:
            address = self._bound_address(run.config)
            self._stop_listening()
            if isinstance(event, ServerStopped):
                event = replace(event, port_free=_is_free(*address))
        self._emit(event)
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

    def _bound_address(self, config: ServerConfig) -> tuple[str, int]:
        """What was listened on, with the port that the system may have chosen."""
        name = self._listeners[0].getsockname() if self._listeners else None
        return config.address, name[1] if isinstance(name, tuple) else config.port

    def _stop_listening(self) -> None:
        close_listeners(self._listeners)
        self._listeners = []
        self._listening_for = None


def _project(config: ServerConfig) -> Path:
    return Path(config.project or ".").resolve()


def _prefixes(python: str) -> tuple[str, ...]:
    """Where the app's interpreter keeps what isn't the app's."""
    if is_own(python):
        return (sys.prefix, sys.base_prefix)
    path = Path(python).expanduser().absolute()
    return (str(path.parent.parent), str(path.resolve().parent.parent))


def _is_free(address: str, port: int) -> bool:
    """Whether the address can be had again: tried, not assumed."""
    try:
        listeners = open_listeners(address, port)
    except StartError:
        return False
    close_listeners(listeners)
    return True
