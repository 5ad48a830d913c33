"""What a history's reader returns: rows as a list shows them, and one row whole. Frozen values."""

from __future__ import annotations

from typing import NamedTuple

from server.events import AppError, ReloadFailed, RequestFinished, RequestStarted, ServerFailed

from ..queries import NO_QUERIES, QueryCount

__all__ = [
    "ErrorGroup",
    "ErrorRow",
    "LineRow",
    "MarkRow",
    "RequestRow",
    "RunRow",
    "StoredError",
    "StoredRequest",
    "Summary",
]


class RunRow(NamedTuple):
    """A run: from Start to Stop.

    :ivar ended: None where it is running, or its process was killed
    :ivar requests: how many requests of it are there
    """

    id: int
    app: str
    started: float
    ended: float | None
    reason: str
    url: str
    python: str
    mode: str
    kept: bool
    requests: int
    errors: int
    lines: int


class RequestRow(NamedTuple):
    """A request as a list shows it.

    :ivar started: unix seconds, to the microsecond
    :ivar duration: seconds; None while it isn't over, as with ``status``
    :ivar target: as it was sent; of a request that was refused unread, its first line
    :ivar error: the number of the error that it caused
    :ivar replay: as ``RequestFinished.replay``
    :ivar queries: its SQL in numbers
    """

    number: int
    id: int
    started: float
    duration: float | None
    method: str
    path: str
    query: str
    target: str
    status: int | None
    aborted: bool
    lost: bool
    received: int | None
    sent: int | None
    request_size: int
    response_size: int
    type: str
    host: str
    endpoint: str
    thread: str
    client: str
    pid: int | None
    error: int | None
    replay: str = ""
    queries: QueryCount = NO_QUERIES


class LineRow(NamedTuple):
    """A line of output.

    :ivar request: the id of the request that wrote it
    :ivar text: its beginning
    :ivar length: of the whole line, in characters
    :ivar level: of the log record that it was made of, as in :mod:`..levels`; "" without one
    :ivar file: the code that logged, and ``place`` the line in it; "" and 0 without one
    :ivar own: that code is the project's
    """

    number: int
    time: float
    stream: str
    request: int | None
    level: str
    logger: str
    text: str
    length: int
    file: str
    place: int
    own: bool


class ErrorRow(NamedTuple):
    """An error as a list shows it.

    :ivar request: the number of the request that caused it
    """

    number: int
    time: float
    request: int | None
    type: str
    message: str
    file: str | None
    line: int | None


class ErrorGroup(NamedTuple):
    """Errors of one type from one place.

    :ivar newest: the number of the newest of them
    :ivar message: the beginning of the newest one's
    """

    type: str
    file: str | None
    line: int | None
    errors: int
    first: float
    last: float
    newest: int
    message: str


class MarkRow(NamedTuple):
    """What stands between rows: before the request, the error and the line with these numbers.

    :ivar text: the user's text for a ``mark``, else the event as a line of JSON
    """

    id: int
    run: int
    kind: str
    time: float
    request: int
    error: int
    line: int
    text: str


class StoredRequest(NamedTuple):
    """A request, whole.

    :ivar event: what was reported of it last
    :ivar error: the number of the error that it caused
    :ivar lost: it was unfinished when the server ended
    """

    number: int
    event: RequestFinished | RequestStarted
    error: int | None
    lost: bool


class StoredError(NamedTuple):
    """An error, whole.

    :ivar request: the number of the request that caused it
    """

    row: ErrorRow
    event: AppError | ServerFailed | ReloadFailed


class Summary(NamedTuple):
    """How much a history has.

    :ivar bytes: the size of its files
    """

    runs: int
    requests: int
    errors: int
    lines: int
    bytes: int
