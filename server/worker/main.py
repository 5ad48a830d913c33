"""A :class:`~server.session.Session` in a process of its own, and its channel to the launcher.

Two private descriptors carry commands and events, as lines of JSON (see ``channel.py``); whatever
the app, its extensions or its subprocesses print goes to standard error and never into the events.
The first line out is ``{"hello": PROTOCOL, "pid": …}``, the first line
in is ``{"start": {…}}``; what follows is ``{"retire": true}``, answered by ``{"retired": true}`` as
soon as nothing new is accepted, ``{"stop": true}``, ``{"discard": true}``, which ends it at once,
or the end of the channel, which stops the worker as well: when the launcher dies, nothing is left.

A third channel, a Unix socket, carries open connections that wait for their next request, from a
worker that retires and to one that has just started.

The session runs on the main thread, as some apps set signal handlers; commands are read on a
thread of their own.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any, Optional

from ..app.imported import imported_modules
from ..config import ServerConfig
from ..events import PROTOCOL, ReloadFailed, event_from_values
from ..forks import handle_signal
from ..session import Session
from .channel import CommandReader, EventWriter
from .connections import ConnectionChannel
from .healing import Healing
from .orphans import end_everything, end_group

__all__ = ["free_standard_streams", "main", "serve"]

_LOOK_SECONDS = 1.0  # between two looks at what has been imported since
_EXIT_SECONDS = 1.0  # for the interpreter's own exit, which waits for the app's threads
_MARGIN = 0.5  # seconds beyond the grace time, when nobody is there any more to end this process

Command = dict[str, Any]


def main(commands: Optional[int] = None, events: Optional[int] = None) -> None:
    """Run a worker that was started as a process of its own. Its main thread.

    :param commands: the descriptors of its channel; without them, standard input and output, which
        are moved aside at once
    """
    if commands is None or events is None:
        commands, events = os.dup(0), os.dup(1)
        free_standard_streams()
    serve(commands, events)


def serve(
    command_channel: int,
    event_channel: int,
    given: Optional[Command] = None,
    imported_before: Optional[str] = None,
) -> None:
    """Run a worker, until it is stopped. Its main thread.

    :param command_channel: a descriptor, which becomes the worker's
    :param event_channel: as well
    :param given: for a process that was forked: the descriptors that it got, as ``start`` names
        them
    :param imported_before: for a process that was forked: the last module that was imported in the
        process it comes from, whose modules the launcher knows
    """
    commands = CommandReader(command_channel)
    writer = EventWriter(event_channel)
    writer.write_message({"hello": PROTOCOL, "pid": os.getpid()})
    first = commands.next()
    if first is None:
        return
    start: Command = {**first["start"], **(given or {})}
    config = ServerConfig.from_json(start["config"])
    writer.share_between_processes(config.mode == "forking")
    listeners = [socket.socket(fileno=number) for number in start.get("listeners", ())]
    for listener in listeners:
        listener.set_inheritable(False)
    imports = _ImportReporter(writer, imported_before)

    def report_installed(paths: Sequence[str]) -> None:
        writer.write_message({"installed": paths})

    healing = Healing(lambda: session.missing, report_installed)

    def loaded() -> None:
        imports.report()
        healing.begin()

    session = Session(
        config,
        writer.emit,
        listeners,
        environ=start.get("environ") or {},
        changed_at=start.get("changed_at"),
        first_request=start.get("first_request", 1),
        on_loaded=loaded,
        broken=_broken(start.get("broken")),
        reloads_here=False,
        lent=start.get("lent"),
    )
    handover = receiver = None
    if start.get("handover") is not None:
        handover = ConnectionChannel(socket.socket(fileno=start["handover"]))
        receiver = _start_thread("handover", handover.receive, session.adopt)

    def retire() -> None:
        if handover is None:
            session.stop()
        else:
            session.retire(handover.send)
        writer.write_message({"retired": True})

    # On a thread: what a signal interrupts may hold the lock that the stop needs.
    handle_signal(signal.SIGTERM, lambda *unused: _start_thread("signal", session.stop))
    handle_signal(signal.SIGINT, lambda *unused: _start_thread("signal", session.stop))
    _start_thread("commands", _obey, commands, session, retire, imports, healing, config.grace)
    session.run()
    writer.flush()  # the launcher waits for the end
    if receiver is not None and session.is_retired:
        receiver.join(_MARGIN)  # a connection that was still on its way here is sent on
    # The interpreter waits for the app's own threads before it exits; not for ever.
    timer = threading.Timer(_EXIT_SECONDS, _leave, [commands])
    timer.daemon = True
    timer.start()


class _ImportReporter:
    """Reports to the launcher what has been imported, whenever it has become more.

    :param since: the module after which the first look begins; None for all
    """

    def __init__(self, writer: EventWriter, since: Optional[str]) -> None:
        self._writer = writer
        self._since = since
        self._count = 0

    def report(self) -> None:
        """Report, if there is news. The session's thread or that of the commands."""
        count = len(sys.modules)
        if count == self._count:
            return
        self._count = count
        found = imported_modules([__name__.partition(".")[0]], self._since)
        self._since = None
        self._writer.write_message(
            {"imported": {"files": found.files, "installed": found.installed}}
        )


def free_standard_streams() -> None:
    """Nothing that is printed may reach the channels, and nothing that reads either."""
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _broken(values: Optional[dict[str, Any]]) -> Optional[ReloadFailed]:
    """Why there is no app to load, where the launcher has found that out already."""
    event = None if values is None else event_from_values(values)
    return event if isinstance(event, ReloadFailed) else None


def _start_thread(name: str, target: Any, *args: Any) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, name=name, daemon=True)
    thread.start()
    return thread


def _leave(commands: CommandReader) -> None:
    """End the process although threads of the app still run."""
    if commands.have_ended:
        end_everything()
    os._exit(0)


def _obey(
    commands: CommandReader,
    session: Session,
    retire: Callable[[], None],
    imports: _ImportReporter,
    healing: Healing,
    grace: float,
) -> None:
    """Carry out the launcher's commands until the channel is closed, then stop."""
    while True:
        if not commands.is_ready(_LOOK_SECONDS):
            imports.report()
            healing.look()
            continue
        command = commands.next()
        if command is None:
            break
        if "discard" in command:  # another worker loads the app: only this one is superfluous
            end_group()
        if "retire" in command:
            retire()
        else:
            session.stop()
    # The launcher is gone. What doesn't end by itself is ended, with all that it has started; and
    # where this process does end by itself, it takes the rest along.
    commands.have_ended = True
    atexit.register(end_everything)
    session.stop()
    threading.Event().wait(grace + _MARGIN)
    end_everything()
