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
from contextvars import ContextVar
from operator import attrgetter
from time import perf_counter_ns as now
from typing import Optional

from ..base import limits
from ..facts.span import ERROR, LOG, TEMPLATE, Span
from ..reporting.scope import current_scope
from ..reporting.tracebacks import one_line
from .places import NOWHERE, Place, own_line, own_line_of
from .shown import safe_message, sentence

__all__ = [
    "OpenSpan",
    "SpanRecorder",
    "innermost",
    "is_held_back",
    "open_span",
    "problem",
    "silence",
    "span_of",
]

_log = logging.getLogger("servedeck")
_OUR_LOGGER = "servedeck"


class OpenSpan:
    """A span while it is recorded. What has a default here is set where it is known.

    :ivar kind: and ``label``, ``status``, …: as in :class:`~server.facts.span.Span`
    :ivar is_kept: it will be in the event; of one that is only counted, nothing need be filled in
    :ivar is_aside: it keeps no span from beginning inside of it, and may end in another context
    :ivar origin: the hook that began it, where its end may never be known
    """

    parameters = ""
    rows: Optional[int] = None
    connection = ""
    database = ""
    status = 0
    error = ""
    level = ""
    length = 0
    place: Place = NOWHERE
    started = 0
    ended = 0
    origin: object = None
    is_aside = False

    def __init__(
        self, recorder: SpanRecorder, kind: str, label: str, around: Optional[OpenSpan] = None
    ) -> None:
        self.recorder = recorder
        self.kind = kind
        self.label = label
        self.around = around
        self.is_kept = recorder.take_room(kind)
        if kind == TEMPLATE:
            self.is_aside = True

    def start(self) -> None:
        """What it stands for begins; to be ended in the same context."""
        if not self.is_aside:
            _around.set(self)
        self.started = now()

    def end(self) -> None:
        """What it stands for is over. Once."""
        self.ended = now()
        if not self.is_aside:
            _around.set(self.around)
        if self.is_kept:
            self.recorder.keep(self)

    def fail(self, error: BaseException) -> None:
        """What it stands for has ended by an exception."""
        self.end()
        self.error = sentence(error)

    def prolong(self) -> None:
        """It took until now, after all."""
        self.ended = now()

    def value(self, zero: int) -> Span:
        """The span as the event has it.

        :param zero: when the request began
        """
        start = (self.started - zero) // 1000
        # As the class would do, in a third of the time.
        return _new_span(
            Span,
            (
                self.kind, self.label, start, (self.ended - zero) // 1000 - start, *self.place,
                self.length, self.parameters, self.rows, self.connection, self.database,
                self.status, self.error, self.level,
            ),
        )  # fmt: skip


_new_span = tuple.__new__

_around: ContextVar[Optional[OpenSpan]] = ContextVar("span_around", default=None)
"""The innermost open span of the running code."""

_started = attrgetter("started")


class SpanRecorder:
    """The spans of one request.

    :param zero: when the request began, by ``perf_counter_ns``
    :ivar left_out: how many there were beyond those that are kept
    """

    __slots__ = ("_counts", "_spans", "_text", "_zero", "left_out")

    def __init__(self, zero: int) -> None:
        self._zero = zero
        self._spans: list[OpenSpan] = []
        self._counts: dict[str, int] = {}
        self._text = limits.SPANS_TEXT
        self.left_out = 0

    def take_room(self, kind: str) -> bool:
        """Whether one more span of a kind is kept; else it is counted."""
        count = self._counts.get(kind, 0)
        if count >= limits.SPANS_OF_A_KIND or self._text <= 0:
            self.left_out += 1
            return False
        self._counts[kind] = count + 1
        return True

    def give_room_back(self, kind: str) -> None:
        """A span for which there was room is none after all."""
        self._counts[kind] -= 1

    def keep(self, span: OpenSpan) -> None:
        """Have a span that has ended in the event."""
        length = len(span.label)
        if length > limits.SPAN_LABEL:  # what is beyond is let go at once
            span.label, span.length = span.label[: limits.SPAN_LABEL], length
            length = limits.SPAN_LABEL
        self._text -= length + len(span.parameters)
        self._spans.append(span)

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

    def finish(self) -> tuple[tuple[Span, ...], int]:
        """The spans up to now, in the order of their beginnings, and how many were left out.

        Called once, at the request's end; what comes after that is not looked at.
        """
        spans = self._spans
        if not spans:
            return (), self.left_out
        self._spans = []
        self._text = 0
        zero = self._zero
        return tuple([span.value(zero) for span in sorted(spans, key=_started)]), self.left_out

    def _point(self, kind: str) -> Optional[OpenSpan]:
        moment = now()
        span = OpenSpan(self, kind, "")
        span.started = span.ended = moment
        return span if span.is_kept else None


def silence(kind: str) -> Optional[OpenSpan]:
    """What stands for a span and is none: until it is ended, none of the kind begins.

    :returns: to be started; None where nothing is recorded
    """
    scope = current_scope.get()
    if scope is None or scope.flow is None:
        return None
    recorder = scope.flow.spans
    span = OpenSpan(recorder, kind, "", _around.get())
    if span.is_kept:
        recorder.give_room_back(kind)
        span.is_kept = False
    else:
        recorder.left_out -= 1
    return span


def span_of(kind: str, label: str, origin: object = None) -> Optional[OpenSpan]:
    """A span of the running code's request, to be started.

    :param origin: stands for a hook whose end may be missing, as that of a library's
        events; what it has left open is given up
    :returns: None where nothing is recorded, or a span of the kind is open around this one
    """
    scope = current_scope.get()
    if scope is None or scope.flow is None:
        return None
    recorder = scope.flow.spans
    around = _around.get()
    if around is not None:
        if origin is not None and around.origin is origin and not around.ended:
            around.end()
            around = around.around
        if is_held_back(kind, around, recorder):
            return None
    span = OpenSpan(recorder, kind, label, around)
    if span.is_kept:
        span.place = own_line(2)
    span.origin = origin
    return span


def is_held_back(kind: str, around: Optional[OpenSpan], recorder: SpanRecorder) -> bool:
    """Whether a layer above has a span of the kind open.

    :param around: the innermost open span
    """
    while around is not None:
        if around.kind == kind and not around.ended and around.recorder is recorder:
            return True
        around = around.around
    return False


innermost = _around.get
"""The innermost open span of the running code, or None; it may be of another request."""


def open_span(origin: object) -> Optional[OpenSpan]:
    """The innermost span of the running code, where it is this hook's and open."""
    around = _around.get()
    return around if around is not None and around.origin is origin and not around.ended else None


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
