"""Collects the events of a server and waits for them; and apps to be served."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from server.events import Event, ServerFailed, ServerStarted, ServerStopped

WAIT = 30.0
_Kind = TypeVar("_Kind", bound=Event)
_ENDS = (ServerStopped, ServerFailed)


class Recorder:
    """Takes events on any thread; hands them out one after the other."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._seen = 0
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def next(self, kind: type[_Kind] | tuple[type[_Kind], ...], seconds: float = WAIT) -> _Kind:
        """The next event of this kind that hasn't been asked for, or been passed over, yet."""
        with self._changed:

            def found() -> int | None:
                places = range(self._seen, len(self.events))
                return next((i + 1 for i in places if isinstance(self.events[i], kind)), None)

            place = self._changed.wait_for(found, seconds)
            assert place, f"no {kind} within {seconds:g} s: {self._summary()}"
            self._seen = place
            return self.events[place - 1]  # type: ignore[return-value]

    def started(self) -> ServerStarted:
        """The next start; a failure instead fails the test."""
        event = self.next((ServerStarted, ServerFailed))
        assert isinstance(event, ServerStarted), event
        return event

    def stopped(self) -> ServerStopped:
        """The next end, which has to be a stop."""
        event = self.next((ServerStopped, ServerFailed))
        assert isinstance(event, ServerStopped), event
        return event

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until the events fulfil a condition."""
        with self._changed:
            assert self._changed.wait_for(condition, WAIT), self._summary()

    def _summary(self) -> str:
        return f"{self.kinds()[-200:]}, among them {[*map(str, self.events[self._seen :])][-5:]}"

    def kinds(self) -> list[str]:
        """The names of all events so far."""
        return [type(event).__name__ for event in self.events]


HELLO = """\
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""

# Waits in a request, or on import, until the test opens the gate. That is a connection which the
# test closes, since the app may well run in another process.
GATED = """\
import os, socket

class gate:
    @staticmethod
    def wait_inside():
        try:
            address = ("127.0.0.1", int(os.environ["SERVEDECK_TEST_GATE"]))
            with socket.create_connection(address, 60) as wire:
                wire.recv(1)
        except OSError:
            pass

{at_import}
def app(environ, start_response):
    if environ["PATH_INFO"] == "/gate":
        gate.wait_inside()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"through the gate"]
"""


class Gate:
    """A place in the app where it stays until the test opens it, in whichever process it runs.

    Its port is in the environment, so servers have to be started while the gate is there.
    """

    VARIABLE = "SERVEDECK_TEST_GATE"

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(WAIT)
        self._inside: list[socket.socket] = []
        os.environ[self.VARIABLE] = str(self._listener.getsockname()[1])

    def wait_entered(self) -> None:
        """Until the app is there."""
        try:
            self._inside.append(self._listener.accept()[0])
        except TimeoutError:
            raise AssertionError("the app has not come to the gate") from None

    def open(self) -> None:
        """Let it go on, and everybody who comes later."""
        self._listener.close()
        for wire in self._inside:
            wire.close()

    def close(self) -> None:
        """Open it, and forget it."""
        self.open()
        os.environ.pop(self.VARIABLE, None)


def write_app(folder: Path, code: str, name: str = "app.py") -> None:
    """Write an app's module."""
    (folder / name).write_text(code, encoding="utf-8")
