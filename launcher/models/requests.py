"""The request log as a table, with what happened to the server between; GUI thread only."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, overload

from PySide6.QtCore import QObject, Qt

from launcher.core.bodies.forms import readable_query
from launcher.core.display import clock, duration, one_line, size
from launcher.core.logs.divided import DividedView
from launcher.core.logs.dividers import Divider
from launcher.core.logs.history.rows import header_value, media_type
from launcher.core.logs.requests import SLOW_SECONDS, Outcome, RequestRow
from launcher.core.secrets import mask_query
from server.events import RequestFinished
from server.facts.exchange import readable_path

from .log_model import NO_ROW, OUTCOME_ROLE, Index, ItemRole, LogModel

PATH_LIMIT = 500
"""Characters of a path in the list; the details show all of it."""
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""The methods that change something, and are distinguished from those that read."""

_DIVIDER = 2 * NO_ROW  # the entry of the divider with the number 0
_KEPT = 2_000
"""Rows whose texts are kept; many times what a screen holds."""
_SHORTEST, _LONGEST = 0.001, 3.0
"""Seconds from which a duration's bar begins to grow, and at which it is full."""
REPLAYS = {
    "same": "same",
    "status": "\u2260 status",
    "body": "\u2260 body",
    "headers": "\u2260 headers",
    "edited": "edited",
}
"""What a request's row shows of how its answer compares, by ``RequestFinished.replay``."""
_NO_STATUS = {Outcome.PENDING: "\u2026", Outcome.LOST: "lost", Outcome.ABORTED: "aborted"}


class Source(NamedTuple):
    """What the texts of a request's row are made of.

    :param whole: its path and query, on one line
    :param status: how it went, in a word or two
    :param error: what its error is called; or ""
    :param queries: see :class:`RequestCells`
    """

    row: RequestRow
    done: RequestFinished | None
    whole: str
    status: str
    error: str
    queries: tuple[str, str, str]


class RequestColumn(NamedTuple):
    """A column of the list of requests.

    :param name: what it is called where it is sorted by, filtered by, or remembered
    :param title: its head
    :param text: what it shows of a request
    :param usual: a text as long as usual, for its width
    :param right: its texts end at its right edge
    """

    name: str
    title: str
    text: Callable[[Source], str]
    usual: str = ""
    right: bool = False


def _done(text: Callable[[RequestFinished], str]) -> Callable[[Source], str]:
    """A text that there is of a request that is over."""
    return lambda source: "" if source.done is None else text(source.done)


def _query(source: Source) -> str:
    done = source.done
    query = source.row.target.partition("?")[2] if done is None else done.query
    return one_line(mask_query(query), PATH_LIMIT)


COLUMNS = (
    RequestColumn("started", "Time", lambda source: clock(source.row.started)),
    RequestColumn("method", "Method", lambda source: one_line(source.row.method, 32)),
    RequestColumn("path", "Path", lambda source: source.whole),
    RequestColumn("status", "Status", lambda source: source.status),
    RequestColumn("duration", "Duration", _done(lambda done: duration(done.duration)), right=True),
    RequestColumn(
        "queries", "Queries",
        lambda source: " \u00b7 ".join(filter(None, source.queries)),
        "214 q \u00b7 206 dup",
    ),
    RequestColumn("size", "Size", _done(lambda done: size(done.response_body.size)), right=True),
    RequestColumn("client", "Client", _done(lambda done: one_line(done.remote_addr, 64))),
    RequestColumn("endpoint", "View", _done(lambda done: one_line(done.endpoint, 120))),
    RequestColumn(
        "type", "Type", _done(lambda done: one_line(media_type(done.response_headers), 80)),
        "application/json",
    ),
    RequestColumn("query", "Query", _query),
    RequestColumn(
        "request_size", "Request size",
        _done(lambda done: size(done.request_body.size) if done.request_body.size else ""),
        "88.8 MB", right=True,
    ),
    RequestColumn(
        "host", "Host",
        _done(lambda done: one_line(header_value(done.request_headers, "host"), 120)),
    ),
    RequestColumn(
        "version", "Protocol", _done(lambda done: one_line(done.http_version, 16)), "HTTP/1.1"
    ),
    RequestColumn("thread", "Thread", _done(lambda done: one_line(done.thread, 80))),
    RequestColumn(
        "pid", "Pid", _done(lambda done: str(done.pid) if done.pid else ""), "4194304", right=True
    ),
    RequestColumn(
        "error", "Error",
        lambda source: source.error or _done(lambda done: one_line(done.problem, 120))(source),
    ),
)  # fmt: skip
"""A column is a row here; how it looks otherwise than usual stands in ``panes/request_columns.py``,
and what it is sorted by, if it can be, in ``core/logs/request_orders.py``."""
NAMES = tuple(column.name for column in COLUMNS)
TIME, METHOD, PATH, STATUS, DURATION, QUERIES, SIZE, CLIENT, VIEW, TYPE = range(10)


class RequestTexts(Sequence[str]):
    """What each column shows of a request, made when it is asked for: a row that is painted shows
    few of them."""

    __slots__ = ("_made", "_source")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._made: dict[int, str] = {}

    @overload
    def __getitem__(self, column: int) -> str: ...
    @overload
    def __getitem__(self, column: slice) -> tuple[str, ...]: ...
    def __getitem__(self, column: int | slice) -> str | tuple[str, ...]:
        if isinstance(column, slice):
            return tuple(self)[column]
        made = self._made.get(column)
        if made is None:
            made = self._made[column] = COLUMNS[column].text(self._source)
        return made

    def __iter__(self) -> Iterator[str]:
        return (self[column] for column in range(len(COLUMNS)))

    def __len__(self) -> int:
        return len(COLUMNS)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RequestTexts) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


class RequestCells(NamedTuple):
    """A request as its row shows it.

    :param texts: what each column shows
    :param path: the path by itself
    :param query: the query with its question mark; or ""
    :param writes: the method changes something
    :param slow: it took longer than a request should
    :param share: how full the bar of its duration is, from 0 to 1; counted on a log scale
    :param started: when it began, in unix seconds; 0.0 where it isn't running
    :param replay: it was sent again: how its answer compares, in words; else ""
    :param queries: its SQL: how many queries, how many of them repeat, and their time
    """

    texts: Sequence[str]
    path: str
    query: str
    outcome: Outcome
    writes: bool
    slow: bool
    share: float
    started: float
    replay: str = ""
    queries: tuple[str, str, str] = ("", "", "")


class DividerCells(NamedTuple):
    """What stands between two requests, as its row shows it."""

    divider: Divider
    texts: tuple[str, ...]


class AbsentCells(NamedTuple):
    """A request that isn't in memory, in place of its row."""

    texts: tuple[str, ...]


Cells = RequestCells | DividerCells | AbsentCells
LOADING = AbsentCells(tuple("\u2026" if name == "path" else "" for name in NAMES))
"""It is being read from the history."""
GONE = AbsentCells(tuple("not kept any more" if name == "path" else "" for name in NAMES))
"""The history hasn't got it."""
_ABSENT = {"reading": LOADING, "gone": GONE}


class RequestModel(LogModel[RequestRow]):
    """One row for each request, from its first line on, and one for each divider.

    :ivar error_name: returns what the error with a number is called
    """

    columns = tuple(column.title for column in COLUMNS)
    right = frozenset(at for at, column in enumerate(COLUMNS) if column.right)

    def __init__(
        self,
        view: DividedView[RequestRow],
        parent: QObject | None = None,
        error_name: Callable[[int], str] = str,
    ) -> None:
        super().__init__(view, parent)
        self._divided = view
        self.error_name = error_name
        self._made: dict[int, tuple[RequestRow | Divider, Cells]] = {}

    @property
    def shown(self) -> int:
        """How many requests are shown, without the dividers."""
        return self._divided.rows

    @property
    def total(self) -> int:
        """Of how many, as of when they were last taken over."""
        return self._divided.total

    @property
    def empty(self) -> bool:
        """Whether there is no request; dividers don't count."""
        return not self._divided.rows

    def entry(self, row: int) -> int:
        number = self._divided.number(row)
        if number is not None:
            return number
        divider = self._divided.divider_number(row)
        return NO_ROW if divider is None else _DIVIDER + divider

    def cells(self, row: int) -> Cells | None:
        entry = self.entry(row)
        source: RequestRow | Divider | None = (
            self._divided.row(row) if entry > NO_ROW else self._divided.divider(row)
        )
        if source is None:
            return _ABSENT.get(self._divided.absence(row))
        kept = self._made.get(entry)
        if kept is not None and kept[0] is source:
            return kept[1]
        if len(self._made) >= _KEPT:
            self._made.clear()
        made: Cells
        if isinstance(source, Divider):
            made = divider_cells(source)
        else:
            made = request_cells(source, self.error_name)
        self._made[entry] = (source, made)
        return made

    def texts(self, number: int) -> tuple[str, ...]:
        """What the columns of the request with that number show; () where it isn't kept."""
        index = self.index_of(number)
        cells = self.cells(index.row()) if index.isValid() else None
        return () if cells is None else tuple(cells.texts)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and self._divided.number(index.row()) is None:
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        return super().flags(index)

    def data(self, index: Index, role: int = int(ItemRole.DisplayRole)) -> Any:
        if not index.isValid():
            return None
        cells = self.cells(index.row())
        if cells is None:
            return None
        if role == ItemRole.DisplayRole:
            return cells.texts[index.column()]
        if isinstance(cells, AbsentCells):
            return None
        if isinstance(cells, DividerCells):
            if role == ItemRole.AccessibleTextRole and index.column() == PATH:
                return " ".join(filter(None, cells.texts))
            return None
        if role == ItemRole.AccessibleTextRole and index.column() == PATH:
            return sentence(cells)
        return super().data(index, role)

    def text(self, row: RequestRow, column: int) -> str:
        return request_cells(row).texts[column]

    def detail(self, row: RequestRow, column: int, role: int) -> Any:
        if role == OUTCOME_ROLE:
            return row.outcome
        if role == ItemRole.AccessibleTextRole and column == STATUS:
            return f"{request_cells(row).texts[STATUS]}, {row.outcome.value}"
        return None


def request_cells(row: RequestRow, error_name: Callable[[int], str] = str) -> RequestCells:
    """What a request's row shows.

    :param error_name: what to call the error with that number
    """
    done = row.finished
    outcome = row.outcome
    if done is None or not done.path:
        path, mark, query = row.target.partition("?")
        path = readable_path(path)
    else:
        path, mark, query = done.path, "?" if done.query else "", done.query
    query = readable_query(mask_query(query))
    whole = one_line(f"{path}{mark}{query}", PATH_LIMIT)
    path = one_line(path, PATH_LIMIT)
    queries = _query_texts(row)
    if done is not None and done.status:
        more = "aborted" if done.aborted else one_line(done.upgrade, 40)
        status = f"{done.status} {more}".rstrip()
    else:
        status = _NO_STATUS.get(outcome, "no answer")
    error = "" if row.error is None else one_line(error_name(row.error), 120)
    return RequestCells(
        texts=RequestTexts(Source(row, done, whole, status, error, queries)),
        path=path,
        query=whole[len(path) :],
        outcome=outcome,
        writes=row.method in WRITING,
        slow=done is not None and done.duration >= SLOW_SECONDS,
        share=0.0 if done is None else bar_share(done.duration),
        started=row.started if outcome is Outcome.PENDING else 0.0,
        replay="" if done is None else REPLAYS.get(done.replay, ""),
        queries=queries,
    )


def _query_texts(row: RequestRow) -> tuple[str, str, str]:
    """A request's SQL, as its row shows it: ``12 q``, ``8 dup`` and ``31.0 ms``."""
    queries = row.queries
    if not queries.total and not queries.time:
        return ("", "", "")
    return (
        f"{queries.total:,} q",
        f"{queries.duplicates:,} dup" if queries.duplicates else "",
        duration(queries.time / 1e6),
    )


def divider_cells(divider: Divider) -> DividerCells:
    """What a divider's row shows; its words stand from the column of the method on."""
    words = " ".join(filter(None, (divider.place, divider.rest)))
    texts = (clock(divider.time), divider.heading, words, *[""] * (len(NAMES) - 3))
    return DividerCells(divider, texts)


def sentence(cells: RequestCells) -> str:
    """A request as it is read out."""
    texts = cells.texts
    again = f"sent again: {cells.replay}" if cells.replay else ""
    parts = (f"{texts[METHOD]} {texts[PATH]}", texts[STATUS], cells.outcome.value, texts[DURATION],
             again)  # fmt: skip
    return ", ".join(filter(None, parts))


def bar_share(seconds: float) -> float:
    """How full the bar of a duration is, from 0 to 1, on a log scale."""
    inside = min(max(seconds, _SHORTEST), _LONGEST)
    return math.log(inside / _SHORTEST) / math.log(_LONGEST / _SHORTEST)
