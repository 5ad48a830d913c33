"""Sends the pinned requests again after each reload, one at a time; GUI thread only.

:class:`Watching` belongs to one server. Each pin is sent on a thread beside the window; what the
server reports of it comes from the controller (see :mod:`launcher.core.watch.diverting`), and is
judged when both are there: the end of the sending, and the report. Where no report comes, the
answer that was read is judged. A reload ends the round under way: only the newest code counts.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from launcher.controller import SessionController
from launcher.core.display import one_line
from launcher.core.known_secrets import secret_values, without_secrets
from launcher.core.messages import Action
from launcher.core.replay.message import Refusal, message_of
from launcher.core.replay.sending import Answer, NoAnswer, Sending, destination_of
from launcher.core.secrets import mask_target
from launcher.core.state import CAN_START
from launcher.core.watch.code import FileChange
from launcher.core.watch.diverting import PinAnswered
from launcher.core.watch.ignoring import Ignored
from launcher.core.watch.judging import Reply, as_reported, is_slower
from launcher.core.watch.pin_files import PinFiles
from launcher.core.watch.pins import Pin, key_of, pin_of
from launcher.core.watch.rounds import Round
from launcher.page.watched_code import WatchedCode
from launcher.panes.message_line import MessageLine
from launcher.pool import GuiCalls, Lane
from server.base.values import dataclass
from server.events import AppError, ReloadFailed, Reloading, RequestFinished

__all__ = ["Watching"]

PATIENCE = 30.0
"""Seconds in which nothing may come before a pin counts as not answered."""
REPORT_MS = 2000
"""How long the server's report of an answer that is there may take."""
_REMEMBERED = 100
"""Sendings whose errors may still come."""
_KEY = "watch"


@dataclass
class _Sent:
    """A pin on its way.

    :ivar first: its first answer, where that was slower and it is sent a second time
    :ivar report: what the server reports of it
    :ivar is_over: the sending has ended: by an answer, or by a problem
    """

    ticket: int
    pin: Pin
    round: Round
    sending: Sending
    first: RequestFinished | None = None
    report: RequestFinished | None = None
    is_over: bool = False
    answer: Answer | None = None
    problem: str = ""


class Watching(QObject):
    """The pins of one server.

    :param controller: the server
    :param files: where the pins of all projects are
    :param line: asks before what may change something is sent by itself
    :param project: returns the project that is filled in
    :ivar files: the same as the parameter
    :ivar log: the pins, and how they went
    :ivar code: what the watched files had in them
    :ivar automatic: they are sent after each reload
    """

    changed = Signal()
    """The pins, or what came of them, are others now."""

    def __init__(
        self,
        controller: SessionController,
        files: PinFiles,
        line: MessageLine,
        project: Callable[[], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller, self.files, self._line = controller, files, line
        self._filled_in = project
        self.log = controller.watch
        self.code = WatchedCode(self)
        self.automatic = True
        self._project = ""
        self._cause: tuple[str, ...] = ()
        self._has_served = False
        self._tickets = itertools.count(1)
        self._queue: deque[str] = deque()
        self._round: Round | None = None
        self._by_itself = False
        self._wanted: set[str] = set()  # pins that the user wants to be sent
        self._sent: _Sent | None = None
        self._answered: dict[int, tuple[Round, str]] = {}
        self._errors: dict[int, AppError] = {}
        self._lane, self._calls = Lane(), GuiCalls(self)
        self._reports = QTimer(self)
        self._reports.setSingleShot(True)
        self._reports.setInterval(REPORT_MS)
        self._reports.timeout.connect(self._judge)
        self.code.changed.connect(self.changed)
        controller.started.connect(self._started)
        controller.reloading.connect(self._reloading)
        controller.reloadFailed.connect(self._reload_failed)
        controller.watchAnswered.connect(self._take)
        controller.stopped.connect(self._stopped)
        controller.failed.connect(self._stopped)

    # Pins

    @Slot()
    def look(self) -> None:
        """Take over the pins as they are in the files by now: another project may be filled in, and
        another window may have changed them."""
        config = self._controller.config
        running = self._controller.state not in CAN_START
        project = config.project if running and config is not None else self._filled_in()
        if project != self._project:
            self._project = project
            self._end_round()
            self.log.start_over()
            self.code.forget()
        kept = self.files.read(project)
        self.automatic = kept.automatic
        self.log.set_pins(kept.pins)
        for notice in self.files.take_notices():
            self._line.show_message(notice, tone="warning")
        if kept.pins:
            self._look_at_files()
        self.changed.emit()

    def is_pinned(self, done: RequestFinished) -> bool:
        """Whether the same request is among the pins."""
        return self.log.get(key_of(done)) is not None

    def pin(self, done: RequestFinished) -> None:
        """Pin a request: what it was answered is expected from now on."""
        if not self._project:
            self._changed("Pins belong to a project: choose one in Set-up first.")
            return
        server = self._controller.server
        pin = pin_of(done, "" if server is None else server.url)
        self._changed(self.files.add(self._project, pin))

    def restore(self, pin: Pin) -> None:
        """Take back that a pin was taken off."""
        self._changed(self.files.add(self._project, pin))

    def unpin(self, key: str) -> None:
        """Take a pin off."""
        self._line.clear_key(f"{_KEY}-{key}")
        self._changed(self.files.remove(self._project, key))

    def accept(self, key: str) -> None:
        """The newest answer of a pin is what is expected from now on."""
        reply = self.log.reply(key)
        done = None if reply is None else reply.done
        if done is not None:
            self._update(key, lambda pin: pin.expecting(done))

    def ignore(self, key: str, one: Ignored, *, on: bool = True) -> None:
        """Something of a pin's answers may be another each time, or may not any more."""
        self._update(key, lambda pin: pin.ignoring(one, on=on))

    @Slot(bool)
    def set_automatic(self, on: bool) -> None:
        """Send the pins after each reload, or don't."""
        if on != self.automatic:
            self._changed(self.files.set_automatic(self._project, on))

    def changes(self, key: str) -> tuple[FileChange, ...]:
        """What changed in the code between the answer that is expected of a pin and its newest."""
        pin, reply = self.log.get(key), self.log.reply(key)
        if pin is None or reply is None or reply.done is None:
            return ()
        return self.code.memory.between(pin.request.started, reply.done.started)

    # Sending

    @property
    def can_send(self) -> bool:
        """Whether there is a server to send to."""
        return self._controller.server is not None

    @Slot()
    def send_all(self) -> None:
        """Send all pins now, because the user wants it: nothing is asked."""
        self.look()
        if self.can_send and self.log.pins:
            self._begin((), by_itself=False)

    def send(self, key: str) -> None:
        """Send one pin now, because the user wants it."""
        pin = self.log.get(key)
        if pin is None or not self.can_send:
            return
        if self._round is None:
            rounds = self.log.rounds
            usable = bool(rounds) and not rounds[-1].failed
            self._round = rounds[-1] if usable else self._new_round(())
            self._by_itself = False
        self._wanted.add(key)
        if key not in self._queue:
            self._queue.append(key)
        self._next()

    def close(self, timeout: int = 2000) -> bool:
        """End what is on its way, and wait for it at most ``timeout`` milliseconds."""
        self._end_round()
        code_ended = self.code.close(timeout)
        return self._lane.wait(timeout) and code_ended

    def _begin(self, cause: tuple[str, ...], *, by_itself: bool) -> None:
        self._end_round()
        self._round, self._by_itself = self._new_round(cause), by_itself
        self._queue.extend(pin.key for pin in self.log.pins)
        self._next()

    def _new_round(self, cause: tuple[str, ...], *, failed: bool = False) -> Round:
        return self.log.begin(time.time(), cause, failed=failed)

    def _end_round(self) -> None:
        """Nothing more is sent, and no answer waited for."""
        self._queue.clear()
        self._wanted.clear()
        self._reports.stop()
        self._lane.clear()
        sent, self._sent, self._round = self._sent, None, None
        if sent is not None:
            sent.sending.cancel()
        self.log.set_sending("")

    def _next(self) -> None:
        """Send the next pin, once the one before is over."""
        while self._sent is None and self._queue and self._round is not None:
            pin = self.log.get(self._queue.popleft())
            if pin is not None and self._may_send(pin):
                self._send(pin, self._round)
        if self._sent is None:
            self._round = None
            self.log.set_sending("")
        self.changed.emit()

    def _may_send(self, pin: Pin) -> bool:
        """Whether a pin may be sent now; where the user has to be asked, it is asked."""
        is_wanted = pin.key in self._wanted or not self._by_itself
        self._wanted.discard(pin.key)
        if is_wanted or pin.is_safe or pin.agreed:
            return True
        if pin.agreed is None:
            self._ask(pin)
        return False

    def _send(self, pin: Pin, made: Round, first: RequestFinished | None = None) -> None:
        server = self._controller.server
        if server is None:
            return
        ticket, watched = next(self._tickets), self._controller.watched
        to = destination_of(server.url, own=True)
        message = message_of(pin.request, to.authority)
        sending = Sending(
            message,
            to,
            lambda port: watched.expect(port, message.method, message.target, ticket),
            patience=PATIENCE,
        )
        self._sent = _Sent(ticket, pin, made, sending, first)
        self._answered[ticket] = (made, pin.key)
        while len(self._answered) > _REMEMBERED:
            gone = next(iter(self._answered))
            del self._answered[gone]
            self._errors.pop(gone, None)
        self.log.set_sending(pin.key)
        self._lane.start(lambda: self._run(ticket, sending))

    def _run(self, ticket: int, sending: Sending) -> None:
        """On the thread that sends."""
        answer, problem = None, ""
        try:
            answer = sending.run()
        except (NoAnswer, Refusal) as error:
            problem = str(error)
        self._calls.post(lambda: self._over(ticket, answer, problem))

    def _over(self, ticket: int, answer: Answer | None, problem: str) -> None:
        sent = self._sent
        if sent is None or sent.ticket != ticket:
            return
        sent.is_over, sent.answer, sent.problem = True, answer, problem
        if problem or sent.report is not None:
            self._judge()
        else:
            self._reports.start()

    @Slot(object)
    def _take(self, answered: PinAnswered) -> None:
        """What the server reports of a pin's request."""
        event, sent = answered.event, self._sent
        if isinstance(event, AppError):
            self._take_error(answered.ticket, event)
        elif sent is not None and sent.ticket == answered.ticket:
            sent.report = event
            if sent.is_over:
                self._judge()

    def _take_error(self, ticket: int, error: AppError) -> None:
        """An error is known: what was judged without it is judged anew."""
        if ticket not in self._answered or ticket in self._errors:
            return
        self._errors[ticket] = error
        made, key = self._answered[ticket]
        reply = made.replies.get(key)
        if reply is not None and reply.done is not None and reply.done.error_id == error.id:
            self.log.add(made, key, replace(reply, error=_masked(error, reply.done)))
            self.changed.emit()

    @Slot()
    def _judge(self) -> None:
        """The pin on its way has come to its end."""
        sent = self._sent
        if sent is None or not sent.is_over:
            return
        self._reports.stop()
        self._sent = None
        done = None
        if not sent.problem:
            done = sent.report or as_reported(sent.pin, sent.answer)
        pin = self.log.get(sent.pin.key) or sent.pin
        if done is not None and sent.first is None and pin.is_safe and is_slower(pin, done):
            self._send(pin, sent.round, first=done)  # the first one after a load warms up
            if self._sent is not None:
                return
        if done is not None and sent.first is not None and sent.first.duration < done.duration:
            done = sent.first
        error = _masked(self._errors.get(sent.ticket), done)
        self.log.add(sent.round, pin.key, Reply(done, sent.problem, error))
        self._next()

    # What the server does

    @Slot(object)
    def _started(self, _event: object) -> None:
        is_first, self._has_served = not self._has_served, True
        cause, self._cause = self._cause, ()
        self.look()
        if not is_first and self.automatic and self.log.pins:
            self._begin(cause, by_itself=True)

    @Slot(object)
    def _reloading(self, event: Reloading) -> None:
        self._end_round()
        self._cause = event.paths or self._cause
        if self.log.pins and event.paths:
            self._look_at_files()
            self.code.save(event.time, event.paths)
        self.changed.emit()

    @Slot(object, object)
    def _reload_failed(self, _event: ReloadFailed, _number: object) -> None:
        cause, self._cause = self._cause, ()
        if self.log.pins and self.automatic and self._has_served:
            self._new_round(cause, failed=True)
            self.changed.emit()

    @Slot()
    def _stopped(self) -> None:
        self._end_round()
        self.changed.emit()

    # Asking

    def _ask(self, pin: Pin) -> None:
        """Whether a pin that may change something is sent by itself: once for each."""
        name = one_line(f"{pin.request.method} {mask_target(pin.request.target)}", 60)
        key = f"{_KEY}-{pin.key}"

        def answer(agreed: bool) -> None:
            self._line.clear_key(key)
            self._update(pin.key, lambda now: replace(now, agreed=agreed))
            if agreed:
                self.send(pin.key)

        self._line.show_message(
            f"Send {name} after each reload?",
            detail="It is pinned, and may change something.",
            tone="warning",
            key=key,
            actions=(
                Action("Send It Each Time", lambda: answer(True)),
                Action("Don\u2019t Send It", lambda: answer(False)),
            ),
        )

    # Keeping

    def _update(self, key: str, change: Callable[[Pin], Pin]) -> None:
        self._changed(self.files.update(self._project, key, change))

    def _changed(self, problem: str) -> None:
        if problem:
            self._line.show_message(problem, tone="warning", key=_KEY)
        self.look()

    def _look_at_files(self) -> None:
        config = self._controller.config
        if config is not None and self._controller.server is not None:
            self.code.look(config)


def _masked(error: AppError | None, done: RequestFinished | None) -> AppError | None:
    """An error without the secrets that its request has carried."""
    if error is None or done is None:
        return error
    return without_secrets(error, secret_values(done))
