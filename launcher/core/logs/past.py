"""What an app's history has of before, behind the logs of its page.

:func:`read_past` finds out what there is, on the reader's thread; :class:`Past` puts it behind the
logs, on theirs. A million rows are some numbers for each run. What Clear has hidden is there too,
below a floor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from launcher.core.display import one_line
from server.base.values import dataclass
from server.events import ReloadFailed, ServerFailed, decode

from . import archived
from .archive import HistoryArchive, Source
from .archived import Linked
from .dividers import TEXT_LIMIT, Divider, DividerKind, failure_kind, failure_text
from .errors import ErrorLog, ErrorRow
from .groups import MAX_GROUPS, Occurrence
from .groups import ErrorGroup as OlderGroup
from .history.extents import Extent
from .history.numbers import number_of
from .history.reading import Reader
from .history.recording import Run
from .history.results import ErrorGroup, LineRow, MarkRow, RunRow
from .history.schema import KINDS
from .older_output import OlderLines, OlderOutput
from .request_output import MOST
from .requests import RequestLog, RequestRow

__all__ = ["NOTHING", "Found", "Past", "read_past", "run_heading"]

DIVIDED = 300
"""Runs, the newest, whose dividers are shown."""
MARKS = 1_000
"""Marks, the newest, that are shown with them."""


@dataclass(frozen=True)
class Found:
    """What a history has of an app.

    :param extents: its rows, those that Clear has hidden as well, by kind
    :param hidden: how many of them Clear has hidden, by kind
    :param runs: the newest of its runs
    :param marks: what stands between their requests
    :param groups: its errors by type and place
    """

    extents: dict[str, Extent]
    hidden: dict[str, int]
    runs: tuple[RunRow, ...]
    marks: tuple[MarkRow, ...]
    groups: tuple[ErrorGroup, ...]


NOTHING = Found(dict.fromkeys(KINDS, Extent(())), dict.fromkeys(KINDS, 0), (), (), ())
"""Of an app that has no history yet."""


def read_past(app: str, reader: Reader) -> Found:
    """Find out what there is of an app; for the reader's thread."""
    runs = reader.runs(app)[-DIVIDED:]
    marks = [mark for run in reversed(runs[-50:]) for mark in reversed(reader.marks(run.id))]
    return Found(
        {kind: reader.extent(kind, app, cleared=True) for kind in KINDS},
        {kind: reader.hidden(kind, app) for kind in KINDS},
        tuple(runs),
        tuple(marks[:MARKS][::-1]),
        tuple(reader.error_groups(app)),
    )


class Past:
    """Puts what there is of before behind a page's logs; of the thread of the logs.

    :ivar lines: the output of before, as the history has it
    :ivar output: the same as lines of the list
    :ivar output_hidden: up to which numbers Clear has hidden them
    :ivar groups: the errors of before, by type and place; the one that occurred last in front
    :ivar found: whether it is known what there is
    """

    def __init__(self, requests: RequestLog, errors: ErrorLog) -> None:
        self._requests = requests
        self._errors = errors
        self.lines = OlderLines()
        self.output = OlderOutput(self.lines)
        self.output_hidden: tuple[int, ...] = ()
        self.groups: Sequence[ErrorGroup] = ()
        self.found = False
        self._runs: list[tuple[Run, tuple[int, int]]] = []
        self._archives: dict[str, HistoryArchive[Any]] = {}

    def attach(self, source: Source, found: Found) -> None:
        """Show what there is; in place of what was shown of before."""
        own = {id for run, _ in self._runs for id in run.ids}
        extents = {kind: _without(extent, own) for kind, extent in found.extents.items()}
        requests: HistoryArchive[RequestRow] = HistoryArchive(
            "request",
            self._requests,
            source,
            archived.requests,
            Linked(partial(self._number, "error")).request,
            extents["request"],
        )
        errors: HistoryArchive[ErrorRow] = HistoryArchive(
            "error",
            self._errors,
            source,
            archived.errors,
            Linked(partial(self._number, "request")).error,
            extents["error"],
        )
        lines: HistoryArchive[LineRow] = HistoryArchive(
            "line", self.lines, source, archived.lines, archived.line, extents["line"]
        )
        self._archives = {"request": requests, "error": errors, "line": lines}
        for run, firsts in self._runs:
            self._add_run(run, firsts)
        self.groups = found.groups
        self._errors.groups.older = tuple(_older(found.groups, errors))
        self.found = True
        self._requests.loader = self.load
        self._requests.partner_finder = self.find_partner
        self._requests.dividers.set_older(self._dividers(found, requests))
        for kind, log in (
            ("request", self._requests),
            ("error", self._errors),
            ("line", self.lines),
        ):
            archive = self._archives[kind]
            floor = archive.oldest + min(found.hidden[kind], -archive.oldest)
            floors = (floor,) if found.hidden[kind] else ()
            log.attach(archive, floors)
            if kind == "line":
                self.output_hidden = floors
        self.output.begin(_headings(found, lines))

    def detach(self) -> None:
        """Show only what is in memory."""
        self._archives.clear()
        self.groups = ()
        self._errors.groups.older = ()
        self.found = False
        self._requests.loader = self._requests.partner_finder = None
        self._requests.dividers.set_older(())
        for log in (self._requests, self._errors, self.lines):
            log.attach(None)
        self.output.begin({})
        self.output_hidden = ()

    def begin_run(self, run: Run, firsts: tuple[int, int]) -> None:
        """A server was started.

        :param firsts: the numbers that its first request and error get in the logs
        """
        self._runs.append((run, firsts))
        self._add_run(run, firsts)

    def _add_run(self, run: Run, firsts: tuple[int, int]) -> None:
        for kind, first in zip(("request", "error"), firsts, strict=True):
            if kind in self._archives:
                self._archives[kind].add_run(run, first)

    def find_partner(self, number: int, then: Callable[[int | None], None]) -> None:
        """Look for the original of a request that was sent again, or for the newest that repeats
        this one.

        :param then: takes the number of the other one; None where there is none
        """
        archive = self._archives.get("request")
        if archive is None:
            then(None)
        else:
            archive.whole(number, Reader.partner, lambda found: then(archive.log_number(found)))

    def load(self, number: int, then: Callable[[RequestRow | None], None]) -> None:
        """Read a request whole, and what it has printed.

        :param then: takes its ``RequestRow``; None where it isn't kept any more
        """
        archive = self._archives.get("request")
        if archive is None:
            then(None)
            return

        outputs = self._requests.outputs
        is_known = bool(outputs.get(number).text)

        def read(reader: Reader, stored: int) -> tuple[Any, str]:
            return reader.request(stored), "" if is_known else reader.request_output(stored, MOST)

        def take(found: tuple[Any, str] | None) -> None:
            row = None
            stored, printed = found or (None, "")
            if printed and not outputs.get(number).text:
                outputs.add(number, printed)
            if stored is not None:
                error = self._number("error", stored.error)
                row = archived.whole_request(number, stored, error)
            then(row)

        archive.whole(number, read, take)

    def _number(self, kind: str, stored: int | None) -> int | None:
        archive = self._archives.get(kind)
        return None if archive is None else archive.log_number(stored)

    def _dividers(self, found: Found, archive: HistoryArchive[Any]) -> list[Divider]:
        """What stands between the requests of before, in their order."""
        today = date.fromtimestamp(time.time())
        dividers: list[tuple[int, int, Divider]] = []
        for run in found.runs:
            first = next(
                (s.first for s in found.extents["request"].segments if s.run == run.id), None
            )
            number = None if first is None else archive.log_number(number_of(run.id, first))
            if number is not None:
                title, rest = run_heading(run.started, today)
                dividers.append(
                    (number, 0, Divider(DividerKind.RUN, number, run.started, "", rest, title))
                )
        for mark in found.marks:
            divider = _divider(mark, archive.log_number(mark.request))
            if divider is not None:
                dividers.append((divider.before, 1, divider))
        dividers.sort(key=lambda item: item[:2])
        return [divider for _, _, divider in dividers]


def _headings(found: Found, archive: HistoryArchive[Any]) -> dict[int, str]:
    """When each run was, by the number of its first line of output."""
    today = date.fromtimestamp(time.time())
    firsts = {segment.run: segment.first for segment in reversed(found.extents["line"].segments)}
    headings: dict[int, str] = {}
    for run in found.runs:
        first = firsts.get(run.id)
        number = None if first is None else archive.log_number(number_of(run.id, first))
        if number is not None:
            headings[number] = ", ".join(run_heading(run.started, today))
    return headings


def _older(groups: Sequence[ErrorGroup], archive: HistoryArchive[Any]) -> Iterator[OlderGroup]:
    """The groups of before as the errors' own, but those whose newest error is of this window."""
    for group in groups[:MAX_GROUPS]:
        number = archive.log_number(group.newest)
        if number is None or number >= 0:
            continue
        place = None if group.file is None or group.line is None else (group.file, group.line)
        key = " \u00b7 ".join((group.type, *map(str, place or ("",))))
        message = archived.message_of(group.message)
        newest = Occurrence(number, group.last, key, group.type, message, place, "", "From before")
        yield OlderGroup(newest, group.errors, group.first, 0, (group.first, group.last))


def run_heading(started: float, today: date) -> tuple[str, str]:
    """What stands above a run of before: ``("Yesterday, 27 November", "run of 16:08")``.

    :param started: unix seconds
    """
    when = datetime.fromtimestamp(started)
    days = (today - when.date()).days
    text = f"{when.day} {_MONTHS[when.month - 1]}"
    if when.year != today.year:
        text = f"{text} {when.year}"
    name = {0: "Today", 1: "Yesterday"}.get(days, _DAYS[when.weekday()] if 1 < days < 7 else "")
    return (f"{name}, {text}" if name else text), f"run of {when:%H:%M}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_KINDS = {
    "mark": DividerKind.MARKED,
    "reloaded": DividerKind.RELOADED,
    "reload-failed": DividerKind.RELOAD_FAILED,
    "failed": DividerKind.FAILED,
}


def _divider(mark: MarkRow, before: int | None) -> Divider | None:
    kind = _KINDS.get(mark.kind)
    if kind is None or before is None:
        return None
    text = one_line(mark.text, TEXT_LIMIT) if kind is DividerKind.MARKED else ""
    if kind in (DividerKind.RELOAD_FAILED, DividerKind.FAILED):
        event = decode(mark.text)
        if isinstance(event, (ReloadFailed, ServerFailed)):
            kind, text = failure_kind(event), failure_text(event)
    return Divider(kind, before, mark.time, rest=text)


def _without(extent: Extent, runs: set[int]) -> Extent:
    """The extent without these runs: they are this window's own."""
    return Extent([segment for segment in extent.segments if segment.run not in runs])
