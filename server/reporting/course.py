"""The server's own course: the steps of a start, a reload and a stop, as documented.

``App.run`` → ``run_simple`` → ``make_server`` → bind → ``serve_forever``, and from
``shutdown_signal`` back to ``App.run``: the half of the documented way that belongs to no request.
A :class:`Course` takes the time of each step; what it makes of them is the event
:class:`~server.events.ServerCourse`, with rows of the form that a request's flow has. Where a
session does what ``App.run`` does in a program that serves itself, its step has that name.

A course is used by the thread that runs the session; :meth:`Course.signal` may be called on any.

Source: ``flask.Flask.run``; ``werkzeug.serving.run_simple`` and ``make_server``;
``socketserver.BaseServer.serve_forever`` and ``server_close`` of the standard library.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter_ns as _now
from typing import Optional

from ..events import ServerCourse

__all__ = [
    "BIND",
    "DRAIN",
    "LOAD_APP",
    "MAKE_SERVER",
    "PREPARE",
    "RUN",
    "RUN_SIMPLE",
    "SAVED",
    "SERVER_CLOSE",
    "SERVE_FOREVER",
    "SHUTDOWN_SIGNAL",
    "Course",
]

SAVED = "saved"
RUN = "run"
BIND = "bind"
PREPARE = "prepare"
LOAD_APP = "load_app"
RUN_SIMPLE = "run_simple"
MAKE_SERVER = "make_server"
SERVE_FOREVER = "serve_forever"
SHUTDOWN_SIGNAL = "shutdown_signal"
DRAIN = "drain"
SERVER_CLOSE = "server_close"


class _Step:
    """A step: nanoseconds of its beginning and its end, None while it lasts."""

    def __init__(self, name: str, depth: int, began: int) -> None:
        self.name = name
        self.depth = depth
        self.began = began
        self.ended: Optional[int] = None


class Course:
    """Records the steps of one session, from its start to its stop."""

    def __init__(self) -> None:
        self._steps: list[_Step] = []
        self._depth = 0
        self._signalled: Optional[int] = None

    def begin(self, name: str) -> None:
        """A step begins; what begins before its end is a part of it."""
        self._steps.append(_Step(name, self._depth, _now()))
        self._depth += 1

    def saved(self, at: float) -> None:
        """This start is a reload.

        :param at: when files changed, in unix seconds
        """
        now = _now()
        step = _Step(SAVED, self._depth, now - int(max(0.0, time.time() - at) * 1e9))
        step.ended = now
        self._steps.append(step)

    def end(self) -> None:
        """The innermost step ends."""
        self._depth -= 1
        for step in reversed(self._steps):
            if step.ended is None and step.depth == self._depth:
                step.ended = _now()
                return

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """The block is a step."""
        self.begin(name)
        try:
            yield
        finally:
            self.end()

    def signal(self) -> None:
        """The end is asked for. Any thread; the first time counts."""
        if self._signalled is None:
            self._signalled = _now()

    @contextmanager
    def closing(self) -> Iterator[None]:
        """The block is ``server_close``: nothing is answered any more, and the stop ends here."""
        now = _now()
        since = now if self._signalled is None else self._signalled
        self._steps = [_Step(SHUTDOWN_SIGNAL, 0, since), _Step(DRAIN, 1, since)]
        self._depth = 2
        self.end()
        with self.step(SERVER_CLOSE):
            yield

    @property
    def has_stopped(self) -> bool:
        """Whether the steps are those of a stop."""
        return bool(self._steps) and self._steps[0].name == SHUTDOWN_SIGNAL

    def report(self, kind: str) -> ServerCourse:
        """The steps up to now, and begin anew. What lasts ends now.

        :param kind: of :class:`~server.events.ServerCourse`
        """
        now = _now()
        steps, self._steps, self._depth = self._steps, [], 0
        zero = steps[0].began if steps else now
        rows = []
        for step in steps:
            ended = now if step.ended is None else step.ended
            begin = (step.began - zero) // 1000
            rows.append((step.name, begin, (ended - zero) // 1000 - begin, step.depth))
        return ServerCourse(kind, time.time() - (now - zero) / 1e9, tuple(rows))
