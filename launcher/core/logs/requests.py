"""The requests of this window's life, newest last, bounded in rows and in bytes.

Pure data without locks: filled and read on the GUI thread. Ids of requests start again with every
start of the server, so a row is found by its number in the log, and by a request's id only within
the session that is running.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from server.events import Body, Exchange, RequestFinished, RequestStarted

from .courses import CourseLog
from .dividers import DividerLog
from .flow_summary import FlowSummary
from .queries import NO_QUERIES, QueryCount, count_queries
from .request_output import RequestOutputs
from .rows import Log

CAPACITY = 20_000
BODY_BUDGET = 128 * 1024 * 1024
RECENT_FLOWS = 100
REPLAYS = 1_000
"""Requests whose original is remembered."""
SLOW_SECONDS = 0.5
"""From here on a request counts as slow."""


class Outcome(enum.Enum):
    """How a request went, in the classes that differ at a glance; the value names it."""

    PENDING = "in progress"
    OK = "succeeded"
    REDIRECT = "redirected"
    CLIENT_ERROR = "refused"
    SERVER_ERROR = "failed"
    ABORTED = "ended before its answer was complete"
    LOST = "unfinished when the server stopped"


class RequestRow(NamedTuple):
    """One request as far as it is known.

    :param number: its place in the log, for life
    :param finished: the whole story, once it is over
    :param error: the number in the error log of the error it caused
    :param lost: the server ended while it was running
    :param stored: its headers, its bodies, its flow and its spans aren't in memory; see
        :meth:`RequestLog.load`
    :param queries: its SQL in numbers, which stay when its spans go
    """

    number: int
    id: int
    method: str
    target: str
    started: float
    finished: RequestFinished | None = None
    error: int | None = None
    lost: bool = False
    stored: bool = False
    queries: QueryCount = NO_QUERIES

    @property
    def is_running(self) -> bool:
        """Whether it isn't over, as far as is known."""
        return self.finished is None and not self.lost and not self.stored

    @property
    def outcome(self) -> Outcome:
        """How it went."""
        done = self.finished
        if done is None:
            return Outcome.LOST if self.lost else Outcome.PENDING
        if done.aborted:
            return Outcome.ABORTED
        unanswered = done.status == 0 and not done.upgrade
        if done.status >= 500 or unanswered or self.error is not None:
            return Outcome.SERVER_ERROR
        if done.status >= 400:
            return Outcome.CLIENT_ERROR
        return Outcome.REDIRECT if 300 <= done.status < 400 else Outcome.OK


FindPartner = Callable[[int, Callable[[int | None], None]], None]
"""Looks for the request that belongs to another by its number, and hands over its number."""

Load = Callable[[int, Callable[[RequestRow | None], None]], None]
"""Hands over a request by its number, at once or later."""


class RequestLog(Log[RequestRow]):
    """Every request since the window opened, or the newest of them.

    :param capacity: how many rows are kept
    :param block: how many are dropped at one go
    :param body_budget: bytes of bodies and spans kept over all rows; beyond it the oldest go, and
        their rows show it
    :ivar dividers: what happened to the server between the requests
    :ivar courses: the steps of its starts, reloads and stops
    :ivar outputs: what the newest requests have printed
    :ivar failed: how many of all were answered with a status of 500 or more
    :ivar flows: the totals of all recorded requests
    :ivar recent_flows: the numbers of the newest requests whose way was recorded
    :ivar partner_finder: finds what was sent again, or its original, among the requests of before
        this window; None for nowhere
    :ivar loader: reads a request whole by its number, and hands it over; None for nowhere
    """

    def __init__(
        self, capacity: int = CAPACITY, block: int = 1000, body_budget: int = BODY_BUDGET
    ) -> None:
        super().__init__(capacity, block)
        self.total = 0
        self.loader: Load | None = None
        self.partner_finder: FindPartner | None = None
        self.dividers = DividerLog()
        self.courses = CourseLog()
        self.outputs = RequestOutputs()
        self.failed = 0
        self.flows = FlowSummary()
        self.recent_flows: deque[int] = deque(maxlen=RECENT_FLOWS)
        self._budget = body_budget
        self._body_bytes = 0
        self._bodies: deque[tuple[int, Exchange]] = deque()
        self._holders: dict[int, int] = {}  # rows in _bodies, by the id of their exchange
        self._last_held = self._bare = Exchange()  # the last one whose bodies went, and without
        self._numbers: dict[int, int] = {}
        self._replays: dict[int, int] = {}
        self._pending: set[int] = set()
        self._before_hide: list[tuple[int, int]] = []

    @property
    def running(self) -> int:
        """How many requests of the running server aren't over."""
        return len(self._pending)

    def with_flow(self) -> Sequence[int]:
        """The numbers of the newest requests whose way was recorded, the oldest first; until one
        comes, those of before that were answered, whose way may have been recorded."""
        if self.recent_flows or self.end:
            return self.recent_flows
        start = max(self.oldest, -RECENT_FLOWS)
        rows = (self.get(number) for number in range(start, 0))
        return [row.number for row in rows if row and row.finished and row.finished.status]

    def load(self, number: int, then: Callable[[RequestRow | None], None]) -> None:
        """Have a request whole, with headers, bodies and flow.

        :param then: takes it, at once or later; None where it can't be had any more
        """
        row = self._rows.get(number)
        if row is not None and (not row.stored or self.loader is None):
            then(row)
        elif self.loader is None:
            then(None)
        else:
            self.loader(number, then)

    def begin_session(self) -> None:
        """A server starts: ids count from 1 again."""
        self.end_session()
        self._numbers.clear()

    def end_session(self) -> None:
        """The server has ended: what is still unfinished will stay so."""
        for number in self._pending:
            row = self._rows.get(number)
            if row is not None:
                self._rows.replace(number, row._replace(lost=True))
        self._pending.clear()

    def add_started(self, event: RequestStarted) -> None:
        """A request has arrived."""
        row = RequestRow(
            number=self._rows.end,
            id=event.id,
            method=event.method,
            target=event.target,
            started=event.time,
        )
        self._append(row)
        self._pending.add(row.number)

    def add_finished(self, event: RequestFinished) -> None:
        """A request is over; it needs not have been announced."""
        number = self._numbers.get(event.id)
        row = None if number is None else self._rows.get(number)
        if row is None:
            if number is not None:
                return  # announced, and dropped since
            row = RequestRow(
                number=self._rows.end,
                id=event.id,
                method=event.method,
                target=event.target,
                started=event.started,
                finished=event,
                queries=count_queries(event.spans, event.spans_left_out),
            )
            self._append(row)
        else:
            self._pending.discard(row.number)
            queries = count_queries(event.spans, event.spans_left_out)
            row = row._replace(finished=event, lost=False, queries=queries)
            self._rows.replace(row.number, row)
        if event.status >= 500:
            self.failed += 1
        self._count_bodies(row.number, event.exchange)
        if event.flow:
            self.flows.add(event)
            self.recent_flows.append(row.number)

    def add_output(self, request_id: int, text: str) -> int | None:
        """A request of the running session has printed something; returns its row's number."""
        number = self._numbers.get(request_id)
        if number is not None:
            self.outputs.add(number, text)
        return number

    def find(self, request_id: int) -> RequestRow | None:
        """The row of a request of this session, by its own number; None where there is none."""
        number = self._numbers.get(request_id)
        return None if number is None else self.get(number)

    def link_error(self, request_id: int, error: int) -> int | None:
        """Keep which error a request of the running session caused; returns the row's number."""
        number = self._numbers.get(request_id)
        row = None if number is None else self._rows.get(number)
        if row is None:
            return None
        self._rows.replace(row.number, row._replace(error=error))
        return row.number

    def hide(self, below: int | None = None) -> int:
        """Clear, and count from 0 again; see :meth:`Log.hide`."""
        count = super().hide(below)
        if count:
            kept = (0, 0) if below is None else (self.total, self.failed)
            self._before_hide.append((self.total - kept[0], self.failed - kept[1]))
            self.total, self.failed = kept
        return count

    def unhide(self) -> int:
        """Take the last :meth:`hide` back."""
        if self._before_hide:
            total, failed = self._before_hide.pop()
            self.total += total
            self.failed += failed
        return super().unhide()

    def number_of(self, request_id: int) -> int | None:
        """The number of the row of a request of the running session."""
        return self._numbers.get(request_id)

    def link_replay(self, number: int, original: int) -> None:
        """Keep that a request repeats another.

        :param original: the number of the other one's row
        """
        if len(self._replays) >= REPLAYS:
            del self._replays[next(iter(self._replays))]
        self._replays[number] = original

    def original_of(self, number: int) -> int | None:
        """The number of the request that this one repeats; None where that isn't known."""
        return self._replays.get(number)

    def replay_of(self, number: int) -> int | None:
        """The number of the newest request that repeats this one; None where there is none."""
        found = (new for new, old in reversed(self._replays.items()) if old == number)
        return next(found, None)

    def clear(self) -> None:
        """Forget all requests; those that are running don't come back when they finish.

        The dividers between them go as well.
        """
        self.dividers.clear()
        self.outputs.clear()
        self._rows.clear()
        self._bodies.clear()
        self._replays.clear()
        self._holders.clear()
        self._body_bytes = 0
        self._pending.clear()
        self.flows.clear()
        self.recent_flows.clear()
        self.total = self.failed = 0
        self._before_hide.clear()

    def _append(self, row: RequestRow) -> None:
        self.total += 1
        self._numbers[row.id] = row.number
        gone = self._rows.append(row)
        if not gone:
            return
        for old in gone:
            self._pending.discard(old.number)
        while self._bodies and self._bodies[0][0] < self._rows.first:
            self._let_go()
        # Ids of rows that went stay known for a while, so that their end is not taken for a new
        # request; the map must not grow without end, though.
        if len(self._numbers) > 2 * self._rows.capacity + self._rows.block:
            first = self._rows.first
            self._numbers = {key: n for key, n in self._numbers.items() if n >= first}

    def _count_bodies(self, number: int, exchange: Exchange) -> None:
        """Keep a row's bodies and spans, and let go of the oldest where that are too many bytes."""
        size = _size_of(exchange)
        if not size:
            return
        holders = self._holders.get(id(exchange), 0)
        self._holders[id(exchange)] = holders + 1
        if not holders:  # requests that are alike hold the same bytes
            self._body_bytes += size
        self._bodies.append((number, exchange))
        while self._body_bytes > self._budget and len(self._bodies) > 1:
            oldest, held = self._let_go()
            row = self._rows.get(oldest)
            if row is not None and row.finished is not None:
                if held is not self._last_held:
                    self._last_held, self._bare = held, _bare(held)
                finished = row.finished._replace(exchange=self._bare)
                self._rows.replace(oldest, row._replace(finished=finished, stored=True))

    def _let_go(self) -> tuple[int, Exchange]:
        """Count the oldest row's bodies no more."""
        number, exchange = self._bodies.popleft()
        holders = self._holders[id(exchange)] - 1
        if holders:
            self._holders[id(exchange)] = holders
        else:
            del self._holders[id(exchange)]
            self._body_bytes -= _size_of(exchange)
        return number, exchange


_SPAN_BYTES = 300
"""Of a span in memory, beside its longest texts."""


def _size_of(exchange: Exchange) -> int:
    """What its bodies and spans take, in bytes."""
    size = len(exchange.request_body.data) + len(exchange.response_body.data)
    for span in exchange.spans or ():
        size += _SPAN_BYTES + len(span.label) + len(span.parameters)
    return size


def _bare(exchange: Exchange) -> Exchange:
    """The same without the spans, and without the bytes of the bodies, whose sizes stay."""
    return Exchange(
        **{
            **exchange.facts(),
            "request_body": Body(exchange.request_body.size),
            "response_body": Body(exchange.response_body.size),
            "spans": None,
        }
    )
