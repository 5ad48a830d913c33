"""Collects the events of a server and waits for them; and apps to be served."""

from __future__ import annotations

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
            assert place, f"no {kind} within {seconds:g} s after {self.events[self._seen :]}"
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
            assert self._changed.wait_for(condition, WAIT), self.events

    def kinds(self) -> list[str]:
        """The names of all events so far."""
        return [type(event).__name__ for event in self.events]


HELLO = """\
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""

# Waits in a request, or on import, until the test sets the event that it has put into the module
# `builtins`, as a module of the project's own is imported anew each time.
GATED = """\
import builtins
gate = builtins.servedeck_test_gate
{at_import}
def app(environ, start_response):
    if environ["PATH_INFO"] == "/gate":
        gate.wait_inside()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"through the gate"]
"""


class Gate:
    """A place in the app where it stays until the test opens it."""

    def __init__(self) -> None:
        self._entered = threading.Semaphore(0)
        self._open = threading.Event()

    def wait_inside(self) -> None:
        """For the app; gives up after a minute."""
        self._entered.release()
        self._open.wait(60)

    def wait_entered(self) -> None:
        """Until the app is there."""
        assert self._entered.acquire(timeout=WAIT), "the app has not come to the gate"

    def open(self) -> None:
        """Let it go on, and everybody who comes later."""
        self._open.set()


def write_app(folder: Path, code: str, name: str = "app.py") -> None:
    """Write an app's module."""
    (folder / name).write_text(code, encoding="utf-8")
