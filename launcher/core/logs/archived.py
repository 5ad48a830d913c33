"""Rows of the logs, made of what the history has of them.

The first half of each pair reads, on the reader's thread; the second makes the log's row of it, on
the thread of the log. A request's row has what a list shows of it; headers, bodies and flow are
read when it is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from launcher.core import ansi
from launcher.core.secrets import mask_text
from server.events import AppError, Body, RequestFinished, RequestStarted

from .errors import ErrorRow, others_of, read_failure
from .history import results
from .history.reading import Reader
from .history.results import StoredError, StoredRequest
from .queries import NO_QUERIES, count_queries
from .requests import RequestRow

__all__ = [
    "Linked",
    "errors",
    "line",
    "lines",
    "message_of",
    "request_row",
    "requests",
    "whole_request",
]

Number = Callable[[int | None], int | None]


class Linked(NamedTuple):
    """What makes rows, with what leads to the rows of the other log.

    :ivar number: from a number in the history to that in the other log
    """

    number: Number

    def request(self, number: int, row: results.RequestRow) -> RequestRow:
        """A request for the list."""
        return request_row(number, row, self.number(row.error))

    def error(self, number: int, found: tuple[StoredError, results.RequestRow | None]) -> ErrorRow:
        """An error, whole."""
        stored, request = found
        row, event = stored
        if isinstance(event, AppError):
            text = event.text
        else:
            failure = read_failure(event)
            text = "" if failure is None else failure[2]
        place = None if row.file is None or row.line is None else (row.file, row.line)
        return ErrorRow(
            number=number,
            time=row.time,
            type=row.type,
            message=message_of(row.message),
            text=text,
            request=self.number(row.request),
            method="" if request is None else request.method,
            target="" if request is None else request.target,
            place=place,
            event=event if isinstance(event, AppError) else None,
            group=event.group if isinstance(event, AppError) else "",
            others=0 if request is None else others_of(event),
        )


def message_of(text: str) -> str:
    """An error's message as a list shows it, without its secrets."""
    return mask_text(ansi.plain(text))


def requests(reader: Reader, numbers: Sequence[int]) -> dict[int, results.RequestRow]:
    """Requests, as a list shows them."""
    return {row.number: row for row in reader.requests_by_number(numbers)}


def errors(
    reader: Reader, numbers: Sequence[int]
) -> dict[int, tuple[StoredError, results.RequestRow | None]]:
    """Errors, with the requests that caused them."""
    stored = {number: found for number in numbers if (found := reader.error(number)) is not None}
    wanted = [found.row.request for found in stored.values() if found.row.request is not None]
    caused = {row.number: row for row in reader.requests_by_number(wanted)}
    return {
        number: (found, caused.get(found.row.request or -1)) for number, found in stored.items()
    }


def lines(reader: Reader, numbers: Sequence[int]) -> dict[int, results.LineRow]:
    """Lines of output."""
    return {row.number: row for row in reader.lines_by_number(numbers)}


def line(_number: int, row: results.LineRow) -> results.LineRow:
    """A line is what was read."""
    return row


def request_row(number: int, row: results.RequestRow, error: int | None) -> RequestRow:
    """A request for the list: without headers, but for what a list shows of them."""
    finished = None
    if row.status is not None:
        finished = RequestFinished.of(
            id=row.id,
            started=row.started,
            duration=row.duration or 0.0,
            app_duration=0.0,
            thread=row.thread,
            method=row.method,
            target=row.target,
            path=row.path,
            query=row.query,
            status=row.status,
            aborted=row.aborted,
            replay=row.replay,
            bytes_received=row.received or 0,
            bytes_sent=row.sent or 0,
            request_headers=(("Host", row.host),) if row.host else (),
            response_headers=(("Content-Type", row.type),) if row.type else (),
            request_body=Body(row.request_size),
            response_body=Body(row.response_size),
            remote_addr=row.client,
            pid=row.pid or 0,
            endpoint=row.endpoint,
        )
    return RequestRow(
        number=number,
        id=row.id,
        method=row.method,
        target=row.target,
        started=row.started,
        finished=finished,
        error=error,
        lost=row.lost or (number < 0 and finished is None),
        stored=True,
        queries=row.queries,
    )


def whole_request(number: int, found: StoredRequest, error: int | None) -> RequestRow:
    """A request with all that is kept of it."""
    event = found.event
    running = isinstance(event, RequestStarted)
    return RequestRow(
        number=number,
        id=event.id,
        method=event.method,
        target=event.target,
        started=event.time if isinstance(event, RequestStarted) else event.started,
        finished=None if isinstance(event, RequestStarted) else event,
        error=error,
        lost=found.lost or running,
        queries=NO_QUERIES
        if isinstance(event, RequestStarted)
        else count_queries(event.spans, event.spans_left_out),
    )
