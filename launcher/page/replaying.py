"""Sends requests to the running server, beside the GUI thread.

:class:`Replaying` lives in the GUI thread; each request is sent on a thread of a pool, so that one
that takes long holds up no other. What comes of it is a row of the server's own report, which
:class:`~launcher.core.replay.links.ReplayLinks` finds; the answer that was read is needed for
nothing but to see that there was one.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Slot

from launcher.controller import SessionController
from launcher.core.logs.requests import RequestRow
from launcher.core.replay.links import Expected
from launcher.core.replay.message import Message, Refusal, message_of, why_not
from launcher.core.replay.sending import KEPT, NoAnswer, Sending, destination_of
from launcher.panes.message_line import MessageLine
from launcher.panes.requests import RequestsPane
from launcher.panes.targets import Answered
from launcher.pool import GuiCalls
from server.events import Body

__all__ = ["Replaying"]

_AT_ONCE = 8
_ASKED = 64
_KEY = "replay"


class _Job(QRunnable):
    def __init__(self, owner: Replaying, sending: Sending) -> None:
        super().__init__()
        self.owner, self.sending = owner, sending

    def run(self) -> None:
        problem = ""
        try:
            self.sending.run()
        except (NoAnswer, Refusal) as error:
            problem = str(error)
        finally:
            self.owner.report(self.sending, problem)


class Replaying(QObject):
    """What is sent from one page.

    :param controller: the server
    :param requests: its list, which asks for it
    :param line: shows why there was no answer
    """

    def __init__(
        self,
        controller: SessionController,
        requests: RequestsPane,
        line: MessageLine,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller, self._requests, self._line = controller, requests, line
        self._asked: list[tuple[Message, Answered]] = []  # for which another page waits
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(_AT_ONCE)
        self._running: set[Sending] = set()
        self._calls = GuiCalls(self)
        requests.replays.sendWanted.connect(self.send_again)
        requests.composer.sendWanted.connect(self.send)
        controller.sentReported.connect(self._reported)
        controller.stopped.connect(self.cancel)
        controller.failed.connect(self.cancel)

    @property
    def running(self) -> int:
        """How many requests have no answer yet."""
        return len(self._running)

    @Slot(object)
    def send_again(self, row: RequestRow) -> None:
        """Send a request as it was; where that can't be, show why."""
        server, done = self._controller.server, row.finished
        refusal = why_not(row) or ("" if server is not None else "The server isn't running.")
        if refusal or done is None or server is None:
            self._line.show_message(refusal, tone="warning", key=_KEY)
            return
        to = destination_of(server.url, own=True)
        message = message_of(done, to.authority)
        self._send(Expected(message, done, row.number))

    def send_for(self, row: RequestRow, answered: Answered) -> None:
        """Send a request that isn't of this server's list.

        :param answered: is called once, with what comes of it
        """
        server, done = self._controller.server, row.finished
        refusal = why_not(row) or ("" if server is not None else "The server isn't running.")
        if refusal or done is None or server is None:
            answered(None, refusal)
            return
        message = message_of(done, destination_of(server.url, own=True).authority)
        self._asked = [*self._asked[1 - _ASKED :], (message, answered)]
        body = done.response_body
        if len(body.data) > KEPT:  # of a file; no more of the answer is kept either
            done = done.replace(response_body=Body(body.size, body.data[:KEPT]))
        self._send(Expected(message, done))

    @Slot(object, object)
    def send(self, message: Message, original: RequestRow | None = None) -> None:
        """Send a request that was written or edited.

        :param original: what it was made of
        """
        done = None if original is None else original.finished
        if original is None or done is None:
            self._send(Expected(message))
            return
        server = self._controller.server
        authority = "" if server is None else destination_of(server.url, own=True).authority
        edited = message != message_of(done, authority)
        self._send(Expected(message, done, original.number, edited))

    @Slot()
    def cancel(self) -> None:
        """Wait for no answer any more."""
        for sending in self._running:
            sending.cancel()

    def close(self, timeout: int = 2000) -> bool:
        """Cancel everything, and wait for it at most ``timeout`` milliseconds."""
        self._pool.clear()
        self.cancel()
        return self._pool.waitForDone(timeout)

    def _send(self, expected: Expected) -> None:
        server = self._controller.server
        if server is None:
            return
        self._line.clear_key(_KEY)
        links = self._controller.replays
        sending = Sending(
            expected.message,
            destination_of(server.url, own=True),
            lambda port: links.expect(port, expected),
        )
        self._running.add(sending)
        self._pool.start(_Job(self, sending))

    def report(self, sending: Sending, problem: str) -> None:
        """A request is over; called on its thread.

        :param problem: why there was no answer, in a sentence; else ""
        """
        self._calls.post(lambda: self._over(sending, problem))

    def _over(self, sending: Sending, problem: str) -> None:
        self._running.discard(sending)
        if problem and (answered := self._answered(sending.message)) is not None:
            answered(None, problem)
        elif problem and not sending.is_cancelled:
            self._line.show_message(problem, tone="warning", key=_KEY)
        if problem:
            self._requests.composer.show_failed(sending.message, problem)

    @Slot(int, object)
    def _reported(self, number: int, expected: Expected) -> None:
        row = self._controller.requests.get(number)
        if (answered := self._answered(expected.message)) is not None:
            answered(row, "")
            return
        self._requests.replays.show_new(number, expected.number)
        self._requests.composer.show_sent(expected.message, number, row)

    def _answered(self, message: Message) -> Answered | None:
        """Who waits for what comes of a message, once."""
        for pair in self._asked:
            if pair[0] is message:
                self._asked.remove(pair)
                return pair[1]
        return None
