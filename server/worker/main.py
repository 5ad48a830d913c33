"""A :class:`~server.session.Session` in a process of its own, and its channel to the launcher.

Two private descriptors carry commands and events, as lines of JSON (see ``channel.py``); whatever
the app, its extensions or its subprocesses print goes to its standard streams, and never into the
events.
The first line out is ``{"hello": PROTOCOL, "pid": …}``, the first line
in is ``{"start": {…}}``. When the app is loaded and that is reported, the worker waits for
``{"serve": true}`` before it accepts anything: until then the launcher may discard it and no client
sees it. What follows is ``{"retire": true}``, answered by ``{"retired": true}`` as soon as nothing
new is accepted, ``{"where": REQUEST}``, answered by the event ``Where``,
``{"input": TEXT}`` for the app's standard input, null for the end of a pause,
``{"console": {…}}``, an input for the frame of an error, answered by the event ``ConsoleAnswered``,
null where nobody waits for that any more, ``{"explain": {…}}``, a query whose plan is asked for,
answered by the event ``Explained``, ``{"forget": WHY}``, which drops the frames,
``{"stop": true}``, ``{"discard": true}``, which ends it at once,
or the end of the channel, which stops the worker as well: when the launcher dies, nothing is left.

A third channel, a Unix socket, carries open connections that wait for their next request, from a
worker that retires and to one that has just started.

The session runs on the main thread, where the app is imported, as some apps set signal handlers,
and others replace the standard library's threads and locks. Before that only the channel's threads
run, on what ``native.py`` has kept of it; commands are read on one of them, which also sees to it
that the process ends. The server is made after the import, of what is there then: see
``inbox.py``.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any, Optional

from ..app.imported import imported_modules
from ..base import native
from ..base.forks import handle_signal
from ..config import ServerConfig
from ..debugging.standard_input import StandardInput, standard_input
from ..events import PROTOCOL, ConsoleQuestion, ExplainQuestion, ReloadFailed, event_from_values
from ..session import Session
from .channel import CommandReader, EventWriter
from .connections import ConnectionChannel
from .healing import Healing
from .inbox import Inbox
from .orphans import end_everything, end_group
from .stall import StallWatch

__all__ = ["free_standard_streams", "main", "serve"]

_LOOK_SECONDS = 1.0  # between two looks at what has been imported since
_EXIT_SECONDS = 1.0  # for the interpreter's own exit, which waits for the app's threads
_MARGIN = 0.5  # seconds beyond the grace time, when nobody is there any more to end this process

Command = dict[str, Any]

_log = logging.getLogger("servedeck")


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
    with contextlib.suppress(
        Exception
    ):  # where a crash was is printed, past all that may be broken
        faulthandler.enable(2)
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
    inbox = Inbox()
    given_input = standard_input(start.get("input", "none"), config.mode)

    def report_installed(paths: Sequence[str]) -> None:
        writer.write_message({"installed": paths})

    healing = Healing(lambda: session.missing, report_installed)
    permission = native.Ending()
    stall = StallWatch()

    def loaded() -> None:
        stall.end()
        inbox.open()
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
        before_serving=permission.wait,
        broken=_broken(start.get("broken")),
        reloads_here=False,
        lent=start.get("lent"),
        standard_input=given_input,
    )
    handover = receiver = None
    if start.get("handover") is not None:
        handover = ConnectionChannel(socket.socket(fileno=start["handover"]))

        def adopt(sock: socket.socket, address: Any, data: bytes) -> None:
            inbox.post(lambda: session.adopt(sock, address, data))

        receiver = native.start_thread(handover.receive, adopt)

    def retire() -> None:
        if handover is None:
            session.stop()
        else:
            session.retire(handover.send)
        writer.write_message({"retired": True})

    # What a signal interrupts may hold the lock that the stop needs: the channel's thread stops.
    ending = _EndBySignal(commands)
    handle_signal(signal.SIGTERM, ending.take)
    handle_signal(signal.SIGINT, lambda *unused: commands.interrupt())

    def look() -> None:
        stall.put_off()
        session.imports.look()
        session.consoles.look()
        imports.report()
        healing.look()

    # One thread for all of it: at the end there may be no further one to be had.
    obey = _Obedience(
        commands, session, inbox, given_input, retire, look, config.grace, ending, permission
    )
    stall.put_off()  # the import may not let the first look come
    native.start_thread(obey.run)
    session.run()
    writer.flush()  # the launcher waits for the end
    inbox.close()
    if receiver is not None and session.is_retired:
        receiver.wait(_MARGIN)  # a connection that was still on its way here is sent on
    # The interpreter waits for the app's own threads before it exits; not for ever.
    obey.leave_soon()


class _EndBySignal:
    """Ends the process by the signal that it got, once all else is done: who waits for its end is
    to see that nobody asked for it. The main thread.

    :ivar number: the signal's; 0 where none came
    """

    def __init__(self, commands: CommandReader) -> None:
        self._commands = commands
        self.number = 0
        self._is_late = False
        atexit.register(self._end)  # before the app's own functions are registered: so, after them

    def take(self, number: int, frame: object) -> None:
        """The handler: have the session stopped."""
        self.number = number
        if self._is_late:
            self._end()
        self._commands.interrupt()

    def insist(self) -> None:
        """The session hasn't stopped in time: end the process. The channel's thread.

        Only the main thread may have a signal do what it does by default; where that one is in
        code that isn't Python's, no handler of its runs.
        """
        self._is_late = True
        os.kill(os.getpid(), self.number)
        native.sleep(_MARGIN)
        end_group()

    def _end(self) -> None:
        if self.number:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            signal.signal(self.number, signal.SIG_DFL)
            os.kill(os.getpid(), self.number)


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


class _Obedience:
    """Carries out the launcher's commands, until the process ends. The channel's own thread."""

    def __init__(
        self,
        commands: CommandReader,
        session: Session,
        inbox: Inbox,
        given_input: StandardInput,
        retire: Callable[[], None],
        look: Callable[[], None],
        grace: float,
        ending: _EndBySignal,
        permission: native.Ending,
    ) -> None:
        self._commands = commands
        self._session = session
        self._inbox = inbox
        self._input = given_input
        self._retire = retire
        self._look = look
        self._grace = grace
        self._ending = ending
        self._permission: Optional[native.Ending] = permission
        self._leave_at: Optional[float] = None

    def leave_soon(self) -> None:
        """End the process in a while, although threads of the app still run. The main thread."""
        self._leave_at = native.monotonic() + _EXIT_SECONDS
        self._commands.interrupt()

    def run(self) -> None:
        """See the class."""
        try:
            self._obey()
        finally:
            # Also where something of ours has failed: nothing could end this process any more.
            # What doesn't end by itself is ended, with all that it has started; and where this
            # process does end by itself, it takes the rest along.
            self._commands.have_ended = True
            self._permit_serving()
            self._input.close()
            atexit.register(end_everything)
            self._inbox.post(self._session.stop)
            native.sleep(self._grace + _MARGIN)
            end_everything()

    def _obey(self) -> None:
        """Until the launcher is gone."""
        commands = self._commands
        while True:
            wait = _LOOK_SECONDS
            if self._leave_at is not None:
                wait = min(wait, max(0.0, self._leave_at - native.monotonic()))
            if not commands.is_ready(wait):
                if self._leave_at is not None and native.monotonic() >= self._leave_at:
                    if self._ending.number:
                        self._ending.insist()
                    os._exit(0)
                try:
                    self._look()
                except Exception:  # what it looks at is the app's; commands are worth more
                    _log.exception("A look at what is imported has failed")
                if commands.is_lost():  # the permission would never come
                    self._permit_serving()
                continue
            command = commands.next()
            if command is None:
                return
            if "discard" in command:  # another worker loads the app: only this is superfluous
                end_group()
            if "where" in command:
                try:
                    session = self._session
                    session.reporter.report_where(command["where"], session.imports.is_own)
                except Exception:
                    _log.exception("Where a request stands can't be reported")
            elif "input" in command:
                if command["input"] is None:
                    self._input.end_pause()
                else:
                    self._input.put(command["input"])
            elif "console" in command:
                consoles = self._session.consoles
                if command["console"] is None:
                    consoles.leave()
                else:
                    consoles.ask(ConsoleQuestion.from_json(command["console"]))
            elif "explain" in command:
                self._session.explainer.ask(ExplainQuestion.from_json(command["explain"]))
            elif "forget" in command:
                self._session.consoles.forget(command["forget"])
            elif "serve" in command:
                self._permit_serving()
            elif "retire" in command:
                self._inbox.post(self._retire)
            else:
                self._inbox.post(self._session.stop)
                self._permit_serving()  # else the stop would have to wait for it
                if self._ending.number and self._leave_at is None:  # else the launcher insists
                    self._leave_at = native.monotonic() + self._grace + _MARGIN

    def _permit_serving(self) -> None:
        """Let the session accept connections, where it waits for that or will."""
        permission, self._permission = self._permission, None
        if permission is not None:
            permission.set()
