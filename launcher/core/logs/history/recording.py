"""What a run is made of, gathered from its events into batches that can be written at one go.

A row's place in its run follows from the order of the events alone: a request's from its start (or
from its end, where that comes unannounced), as in the window's own logs. So places are the same
whether the history can be written or not, and the window knows a row's number in the history
without asking. :class:`Recording` keeps what a run needs from batch to batch; a :class:`Batch` can
be written again if writing it fails. Neither knows SQLite.

The writer's thread, but for :class:`Run`, whose methods any thread may call.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import field, replace
from typing import NamedTuple

from launcher.core.logs.errors import failure_place, own_place, read_failure
from server.base.values import dataclass
from server.config import ServerConfig
from server.events import (
    AppError,
    Event,
    OutputWritten,
    ReloadFailed,
    Reloading,
    RequestFinished,
    RequestStarted,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    encode,
)

from .contents import storable
from .extents import Segment
from .lines import Line, Lines
from .numbers import number_of

__all__ = [
    "Batch",
    "ErrorValues",
    "Mark",
    "OwnLine",
    "Recording",
    "Run",
    "RunBegins",
    "UserMark",
]

_IDS = 20_000  # ids of requests that are remembered after their end, for errors that come late


class Run:
    """From Start to Stop, as the window holds it: what leads from a row's place to its number.

    :ivar app: what is served, as the user named it
    """

    def __init__(self, app: str) -> None:
        self.app = app
        self._parts: tuple[tuple[int, int, int, int], ...] = ()

    def number(self, kind: str, place: int) -> int | None:
        """The number of a row in the history; None while it isn't written, or where it can't be.

        :param kind: one of ``schema.KINDS``
        :param place: counts from 0 in this run
        """
        column = ("request", "error", "line").index(kind)
        for run, *firsts in reversed(self._parts):
            if place >= firsts[column]:
                return number_of(run, place)
        return None

    def segments(self, kind: str, first: int, end: int) -> list[Segment]:
        """Where rows are in the history that have been written.

        :param first: the place of the first of them
        :param end: the place behind the last
        """
        column = ("request", "error", "line").index(kind)
        found = []
        for run, *firsts in reversed(self._parts):
            start = max(first, firsts[column])
            if start < end:
                found.append(Segment(run, start, end))
            end = min(end, start)
        return found[::-1]

    @property
    def ids(self) -> tuple[int, ...]:
        """The runs in the history: one, or more where a new file had to be begun in between."""
        return tuple(part[0] for part in self._parts)

    def add_part(self, run: int, firsts: tuple[int, int, int]) -> None:
        """The writer's: from these places on, its rows are in this run of the history."""
        self._parts = (*self._parts, (run, *firsts))

    def drop_parts(self) -> None:
        """The writer's: the history was deleted."""
        self._parts = ()


@dataclass(frozen=True)
class RunBegins:
    """Start was pressed: what comes behind it belongs to a new run.

    :param firsts: the numbers that its first request and error get in the window's logs
    """

    config: ServerConfig
    firsts: tuple[int, int]


@dataclass(frozen=True)
class OwnLine:
    """A line of ServeDeck's own between those of the app."""

    text: str
    time: float = field(default_factory=time.time)


@dataclass(frozen=True)
class UserMark:
    """A mark that the user has set."""

    text: str
    time: float = field(default_factory=time.time)


class ErrorValues(NamedTuple):
    """A row of the error table, but for its number."""

    time: float
    request: int | None
    type: str
    message: str
    file: str | None
    line: int | None
    event: str


class Mark(NamedTuple):
    """A row of the mark table: it stands before the rows with these places."""

    kind: str
    time: float
    request: int
    error: int
    line: int
    text: str


@dataclass
class Batch:
    """What is new of a run.

    :ivar firsts: the places of the next request, error and line when it was begun
    :ivar nexts: those when it was complete
    :ivar starts: by place: requests that have begun in it and weren't over when it was complete
    :ivar ends: by place: requests that are over
    :ivar errors_of: by place of a request: the place of its error
    :ivar lost: by place: requests that will not come to an end, also of batches before
    :ivar started: the facts of the server
    :ivar ended: when and why the run has ended
    """

    firsts: tuple[int, int, int] = (0, 0, 0)
    nexts: tuple[int, int, int] = (0, 0, 0)
    starts: dict[int, RequestStarted] = field(default_factory=dict)
    ends: dict[int, RequestFinished] = field(default_factory=dict)
    errors_of: dict[int, int] = field(default_factory=dict)
    lost: dict[int, RequestStarted] = field(default_factory=dict)
    errors: dict[int, ErrorValues] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    started: ServerStarted | None = None
    ended: tuple[float, str] | None = None

    def __bool__(self) -> bool:
        return bool(
            self.starts or self.ends or self.errors_of or self.lost or self.errors or self.lines
            or self.marks or self.started or self.ended
        )  # fmt: skip


class Recording:
    """A run while it lasts.

    :param begun: when the user pressed Start, in unix seconds
    :ivar next_request: the place of the next request
    :ivar next_error: likewise
    :ivar id: its run in the history, or None where it has none yet
    :ivar firsts: the places of the first rows that are in that run, by kind
    :ivar over: it has ended
    """

    def __init__(self, run: Run, begun: float) -> None:
        self.run = run
        self.begun = begun
        self.id: int | None = None
        self.firsts = (0, 0, 0)
        self.over = False
        self.server: ServerStarted | None = None
        self.next_request = 0
        self.next_error = 0
        self._lines = Lines()
        self._places: dict[int, int] = {}  # of the newest, by their ids, and of those before them
        self._older: dict[int, int] = {}
        self._pending: dict[int, RequestStarted] = {}
        self._errors_of: dict[int, int] = {}
        self._errors: set[int] = set()

    @property
    def nexts(self) -> tuple[int, int, int]:
        """The places of the next request, error and line."""
        return self.next_request, self.next_error, self._lines.next

    def batch(self) -> Batch:
        """A batch with nothing in it; written as it is, it changes nothing."""
        return Batch(firsts=self.nexts, nexts=self.nexts)

    @property
    def settled_lines(self) -> int:
        """The lines below this place won't change any more."""
        return self._lines.settled

    def add(self, batch: Batch, items: Iterable[Event | OwnLine | UserMark]) -> None:
        """Put what has happened into a batch."""
        places, pending, ends, errors_of = self._places, self._pending, batch.ends, self._errors_of
        for item in items:  # in a flood nearly all are requests: they come first, and in line
            if isinstance(item, RequestFinished):
                place = places.get(item.id)
                if place is None and (place := self._older.get(item.id)) is None:
                    place = places[item.id] = self.next_request
                    self.next_request = place + 1
                elif place in pending:
                    del pending[place]
                ends[place] = item
                if errors_of and place in errors_of:
                    batch.errors_of[place] = errors_of.pop(place)
            elif isinstance(item, RequestStarted):
                place = places[item.id] = self.next_request
                self.next_request = place + 1
                pending[place] = item
            else:
                self._add_other(batch, item)
        self._forget_places()
        self._complete(batch)

    def _add_other(self, batch: Batch, item: Event | OwnLine | UserMark) -> None:
        match item:
            case OutputWritten():
                batch.lines.update(self._lines.add(item))
            case AppError():
                self._add_error(batch, item)
            case OwnLine():
                batch.lines.update(self._lines.own(item.time, item.text))
            case UserMark():
                self._mark(batch, "mark", item.time, storable(item.text))
            case ServerStarted():
                kind = "started" if self.server is None else "reloaded"
                self.server = batch.started = item
                self._mark(batch, kind, item.time, encode(replace(item, debugger_pin="")))
            case Reloading():
                self._mark(batch, "reloading", item.time, encode(item))
            case ReloadFailed():
                self._mark(batch, "reload-failed", item.time, encode(item))
                self._add_failure(batch, item)
            case ServerFailed():
                self._mark(batch, "failed", item.time, encode(item))
                self._add_failure(batch, item)
                self.end(batch, item.time, "failed")
            case ServerStopped():
                self._mark(batch, "stopped", item.time, encode(item))
                self.end(batch, item.time, item.reason)
            case _:
                pass  # of a newer server: the window has no place for it either

    def _complete(self, batch: Batch) -> None:
        """Put into a batch where it ends, and which of its requests aren't over."""
        batch.nexts = self.nexts
        batch.starts.clear()
        for place in reversed(self._pending):  # ascending, in the order of their starts
            if place < batch.firsts[0]:
                break
            batch.starts[place] = self._pending[place]

    def end(self, batch: Batch, moment: float, reason: str) -> None:
        """The run is over: what is still running will stay unfinished."""
        batch.ended = (moment, reason)
        self.over = True
        batch.lost |= self._pending
        self._pending.clear()

    def _forget_places(self) -> None:
        """Forget ids of long ago, of requests that are over; without going through all of them."""
        if len(self._places) > _IDS + len(self._pending):
            self._older = self._places
            self._places = {event.id: place for place, event in self._pending.items()}

    def _place_of(self, id: int) -> int | None:
        """The place of a request, None for one that isn't known, or not any more."""
        place = self._places.get(id)
        return self._older.get(id) if place is None else place

    def _add_error(self, batch: Batch, event: AppError) -> None:
        place, self.next_error = self.next_error, self.next_error + 1
        request = None if event.request_id is None else self._place_of(event.request_id)
        where = own_place(event.frames, event.text)
        if len(self._errors) > _IDS:
            self._errors.clear()
        self._errors.add(event.id)
        batch.errors[place] = _error_values(event, event.type, event.message, request, where)
        if request is not None:
            self._link(batch, request, place)

    def _link(self, batch: Batch, request: int, error: int) -> None:
        """A request has caused an error; both by their places."""
        batch.errors_of[request] = error
        if request in self._pending:
            self._errors_of[request] = error

    def _add_failure(self, batch: Batch, event: ServerFailed | ReloadFailed) -> None:
        """As in ``ErrorLog.add_failure``: what was reported before isn't listed twice."""
        if event.error_id is not None and event.error_id in self._errors:
            return
        found = read_failure(event)
        if found is None:
            return
        type_, message, _ = found
        place, self.next_error = self.next_error, self.next_error + 1
        ended = [at for id in event.request_ids if (at := self._place_of(id)) is not None]
        newest = ended[-1] if ended else None
        batch.errors[place] = _error_values(event, type_, message, newest, failure_place(event))
        for request in ended:
            self._link(batch, request, place)

    def _mark(self, batch: Batch, kind: str, moment: float, text: str) -> None:
        batch.marks.append(Mark(kind, moment, *self.nexts, text))


def _error_values(
    event: AppError | ServerFailed | ReloadFailed,
    type_: str,
    message: str,
    request: int | None,
    place: tuple[str, int] | None,
) -> ErrorValues:
    file, line = place or (None, None)
    return ErrorValues(
        time=event.time,
        request=request,
        type=storable(type_),
        message=storable(message),
        file=None if file is None else storable(file),
        line=line,
        event=encode(event),
    )
