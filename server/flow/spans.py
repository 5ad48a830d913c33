"""What the app does while it answers a request: its queries, templates, calls, log lines.

Who records: the hooks in ``server/flow/libraries``, one file for each library. Each asks for a span
(:func:`span_of`), which this module may refuse, fills in what it knows, starts it, has the library
do its work, and ends it.

- *Which request.* The one of the running code's context (``current_scope``): a context follows a
  request into async views, ``asyncio`` tasks and executors that copy it, and two requests that
  share a pool of connections never share a context. A thread of the app's own without a copy of
  the context has no request, so nothing of it is recorded: rather nothing than with the wrong one.
- *Once each.* Django sends a statement through the driver, and both have a hook. The topmost that
  saw it has the span: while a span is open, one of the same kind doesn't begin inside of it, in the
  same context. A context that outlives the span, as a task that was started in it does, is not held
  by one that has ended, nor by one of another request.
  Templates are left out of this: one includes another, both are spans, and one that is streamed
  ends elsewhere than it began.
- *How many.* Of a kind so many are kept, of text so much (``limits``); the rest is counted, which
  costs next to nothing, so that a request of 100,000 queries is as fast as it was.
- *Ours are our errors.* Nothing in here raises into the app: what a hook does wrong is logged, once
  for each place, and the app's call goes on without a span.

A span starts right before the work and ends right after it: what recording costs lies outside.
While the request runs, spans are only collected; they become ``facts.span.Span`` values when it is
over. Several threads may work for one request: collecting is one ``append``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextvars import ContextVar
from time import perf_counter_ns as now
from typing import Any, Optional, Union

from ..base import limits
from ..facts.span import ERROR, KINDS, LOG, SQL, TEMPLATE, LeftOut, Span
from ..reporting.scope import current_scope
from ..reporting.tracebacks import one_line
from .places import NOWHERE, Place, own_line, own_line_of
from .shown import safe_message, sentence

__all__ = [
    "OpenSpan",
    "Silence",
    "SpanRecorder",
    "Statement",
    "begin",
    "hold_back",
    "open_span",
    "problem",
    "recorder_of",
    "silence",
    "span_of",
]

_log = logging.getLogger("servedeck")
_OUR_LOGGER = "servedeck"


class Silence:
    """What stands for a span and is none: until it is ended, none of the kind begins inside of it.

    :param recorder: of the request that it belongs to
    :param kind: as in :class:`~server.facts.span.Span`
    :param around: the innermost open one
    """

    __slots__ = ("around", "ended", "kind", "origin", "recorder")

    def __init__(self, recorder: SpanRecorder, kind: str, around: Optional[Silence]) -> None:
        self.recorder = recorder
        self.kind = kind
        self.around = around
        self.ended = 0
        self.origin: object = None

    def end(self) -> None:
        """Once. In the context it stays until the next one begins."""
        self.ended = now()


class OpenSpan(Silence):
    """A span while it is recorded.

    :ivar kind: and ``label``, ``status``, …: as in :class:`~server.facts.span.Span`
    :ivar is_kept: it will be in the event; of one that is only counted, nothing need be filled in
    :ivar is_aside: it keeps no span from beginning inside of it, and may end in another context
    :ivar origin: the hook that began it, where its end may never be known
    """

    # Slots are read in a tenth of the time that a default of the class takes (Python 3.11).
    __slots__ = (
        "connection", "database", "error", "is_aside", "is_kept", "label", "length", "level",
        "parameters", "place", "rows", "started", "status",
    )  # fmt: skip

    def __init__(self, recorder: SpanRecorder, kind: str, around: Optional[Silence] = None) -> None:
        self.recorder = recorder  # not by the class above: this is done for each query
        self.kind = kind
        self.around = around
        self.ended = 0
        self.origin = None
        self.label = ""
        self.started = 0
        self.is_aside = kind == TEMPLATE
        self.place = NOWHERE
        self.length = 0
        self.parameters = ""
        self.rows: Optional[int] = None
        self.connection = ""
        self.database = ""
        self.status = 0
        self.error = ""
        self.level = ""
        room = recorder.room
        left = room[kind]
        if left > 0 and recorder.text > 0:
            room[kind] = left - 1
            self.is_kept = True
        else:
            self.is_kept = False

    def start(self) -> None:
        """What it stands for begins; to be ended in the same context."""
        if not self.is_aside:
            _around.set(self)
        self.started = now()

    def end(self) -> None:
        """What it stands for is over. Once."""
        self.ended = now()
        if self.is_kept:
            self.recorder.keep(self)
        else:
            self.recorder.leave_out(self.kind, self.started or self.ended, self.ended)

    def fail(self, error: BaseException) -> None:
        """What it stands for has ended by an exception."""
        self.end()
        self.error = sentence(error)

    def prolong(self) -> None:
        """It took until now, after all."""
        self.ended = now()


Statement = tuple[int, int, str, Place, str, Optional[int], str, str, str, int]
"""A statement that is over: when it began and ended, by ``perf_counter_ns``, and ``label``,
the place, ``parameters``, ``rows``, ``connection``, ``database``, ``error`` and ``length`` of a
:class:`~server.facts.span.Span`. What is recorded in one go needs no :class:`OpenSpan`."""

_new_span: Any = tuple.__new__
_ROOM = dict.fromkeys(KINDS, limits.SPANS_OF_A_KIND)

_around: ContextVar[Optional[Silence]] = ContextVar("span_around", default=None)
"""The span of the running code that began last; those around it that are open are reached by it."""


class _Sum:
    """Of the spans of a kind that are left out."""

    __slots__ = ("count", "ended", "started", "time")

    def __init__(self, started: int) -> None:
        self.count = 0
        self.started = self.ended = started
        self.time = 0


class SpanRecorder:
    """The spans of one request.

    :param zero: when the request began, by ``perf_counter_ns``
    :ivar room: how many of each kind are still kept; those beyond are counted
    :ivar text: how many characters still are; where there are none left, no span is kept
    :ivar collected: what is kept, in the order in which it ended
    """

    __slots__ = ("_left_out", "_zero", "collected", "room", "text")

    def __init__(self, zero: int) -> None:
        self._zero = zero
        self.collected: list[Union[OpenSpan, Statement]] = []
        self.room = _ROOM.copy()
        self.text = limits.SPANS_TEXT
        self._left_out: dict[str, _Sum] = {}

    def give_room_back(self, kind: str) -> None:
        """A span for which there was room is none after all."""
        self.room[kind] += 1

    def keep(self, span: OpenSpan) -> None:
        """Have a span that has ended in the event."""
        length = len(span.label)
        if length > limits.SPAN_LABEL:  # what is beyond is let go at once
            span.label, span.length = span.label[: limits.SPAN_LABEL], length
            length = limits.SPAN_LABEL
        self.text -= length + len(span.parameters)
        self.collected.append(span)

    def leave_out(self, kind: str, started: int, ended: int) -> None:
        """Count a span that is over, for which there was no room.

        :param started: and ``ended``, by ``perf_counter_ns``
        """
        known = self._left_out.get(kind)
        if known is None:
            known = self._left_out.setdefault(kind, _Sum(started))
        elif started < known.started:  # it began around the one that was over first
            known.started = started
        known.count += 1
        known.ended = ended
        if kind != TEMPLATE:  # those are parts of each other
            known.time += ended - started

    def log(self, record: logging.LogRecord) -> None:
        """Record that the app has logged something. Never raises."""
        try:
            if record.name == _OUR_LOGGER:
                return
            span = self._point(LOG)
            if span is not None:
                span.label, span.level = safe_message(record), str(record.levelname)
                span.place = own_line()
                self.keep(span)
        except Exception as own:  # an app may make records of its own form
            problem(own)

    def error(self, error: BaseException) -> None:
        """Record that an exception of the app was reported. Never raises."""
        try:
            span = self._point(ERROR)
            if span is not None:
                span.label, span.place = sentence(error), own_line_of(error)
                self.keep(span)
        except Exception as own:
            problem(own)

    def finish(self) -> tuple[tuple[Span, ...], tuple[LeftOut, ...]]:
        """The spans up to now, in the order of their beginnings, and those that were left out.

        Called once, at the request's end; what comes after that is not looked at.
        """
        collected = self.collected
        if not collected and not self._left_out:
            return (), ()
        self.collected = []
        self.text = 0
        collected.sort(key=_began)
        return _values(collected, self._zero), self._sums()

    def _sums(self) -> tuple[LeftOut, ...]:
        zero = self._zero
        return tuple([
            LeftOut(
                kind, one.count, (one.started - zero) // 1000, (one.ended - zero) // 1000,
                one.time // 1000,
            )
            for kind, one in self._left_out.copy().items()
        ])  # fmt: skip

    def _point(self, kind: str) -> Optional[OpenSpan]:
        moment = now()
        span = OpenSpan(self, kind)
        span.started = span.ended = moment
        if span.is_kept:
            return span
        self.leave_out(kind, moment, moment)
        return None


def _values(collected: Iterable[Union[OpenSpan, Statement]], zero: int) -> tuple[Span, ...]:
    """What was collected, as the event has it.

    :param zero: when the request began
    """
    values = []
    for one in collected:
        if not isinstance(one, OpenSpan):
            began, ended, label, place, parameters, rows, connection, database, error, length = one
            kind, status, level = SQL, 0, ""
        else:
            began, ended, label, place = one.started, one.ended, one.label, one.place
            parameters, rows, connection = one.parameters, one.rows, one.connection
            database, error, length = one.database, one.error, one.length
            kind, status, level = one.kind, one.status, one.level
        start = (began - zero) // 1000
        file, line, function = place
        # As the class would do, in a third of the time.
        values.append(_new_span(
            Span,
            (
                kind, label, start, (ended - zero) // 1000 - start, file, line, function, length,
                parameters, rows, connection, database, status, error, level,
            ),
        ))  # fmt: skip
    return tuple(values)


def _began(one: Union[OpenSpan, Statement]) -> int:
    return one.started if isinstance(one, OpenSpan) else one[0]


def silence(kind: str) -> Optional[Silence]:
    """Keep spans of a kind from beginning, from now on.

    :returns: to be ended in the same context; None where nothing is recorded
    """
    scope = current_scope.get()
    if scope is None or scope.flow is None:
        return None
    return hold_back(scope.flow.spans, kind)


def hold_back(recorder: SpanRecorder, kind: str) -> Silence:
    """Keep spans of a kind from beginning, from now on.

    :returns: to be ended in the same context
    """
    around = _around.get()
    while around is not None and around.ended:
        around = around.around
    silent = Silence(recorder, kind, around)
    _around.set(silent)
    return silent


def recorder_of(kind: str) -> Optional[SpanRecorder]:
    """What records a span of the running code's request.

    :returns: None where nothing is recorded, or a span of the kind is open around this one
    """
    scope = current_scope.get()
    if scope is None or scope.flow is None:
        return None
    recorder = scope.flow.spans
    outer = _around.get()
    while outer is not None:
        if not outer.ended and outer.kind == kind and outer.recorder is recorder:
            return None
        outer = outer.around
    return recorder


def begin(kind: str) -> Optional[OpenSpan]:
    """A span of the running code's request, to be filled in and started.

    :returns: None where nothing is recorded, or a span of the kind is open around this one
    """
    recorder = recorder_of(kind)
    return None if recorder is None else OpenSpan(recorder, kind, _innermost())


def span_of(kind: str, label: str, origin: object = None) -> Optional[OpenSpan]:
    """A span as :func:`begin` makes it, with its label and its line.

    :param origin: stands for a hook whose end may be missing, as that of a library's
        events; what it has left open is given up
    """
    if origin is not None:
        left_open = open_span(origin)
        if left_open is not None:
            left_open.end()
    span = begin(kind)
    if span is None:
        return None
    if span.is_kept:
        span.label = label
        span.place = own_line(2, label)
    span.origin = origin
    return span


def _innermost() -> Optional[Silence]:
    around = _around.get()
    while around is not None and around.ended:
        around = around.around
    return around


def open_span(origin: object) -> Optional[OpenSpan]:
    """The innermost open span of the running code, where it is this hook's."""
    around = _innermost()
    return around if isinstance(around, OpenSpan) and around.origin is origin else None


_problems: set[tuple[str, int, str]] = set()
_MOST_PROBLEMS = 100


def problem(error: BaseException) -> None:
    """Log an error of ours in a hook, once for each place. Never raises."""
    try:
        tb = error.__traceback__
        while tb is not None and tb.tb_next is not None:
            tb = tb.tb_next
        where = ("", 0) if tb is None else (tb.tb_frame.f_code.co_filename, tb.tb_lineno)
        key = (*where, type(error).__name__)
        if key in _problems or len(_problems) >= _MOST_PROBLEMS:
            return
        _problems.add(key)
        _log.warning(
            "What a request does could not be recorded: %s", one_line(error), exc_info=error
        )
    except Exception:  # the log is the app's
        pass
