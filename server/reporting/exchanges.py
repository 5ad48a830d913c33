"""What is told of each request, noted in as few steps as can be.

A ``RequestStarted`` and a ``RequestFinished`` for each request would take a good part of the time
in which a small app answers it. So the server notes records: tuples with what is new each time,
and beside it the :class:`Exchange`, in which all the rest is, mostly for many requests together. As
with the records of :mod:`logging`, what they say is put together by whoever shows it:
:func:`event_of` makes the event.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, Optional, Union

from ..events import NO_BODY, Event, body, request_finished, request_started
from ..protocol.input import RequestBody
from ..protocol.parsing import RequestHead
from ..protocol.response import ResponseWriter
from ..protocol.wsgi import FramedHead, OwnHeaders, path_info
from .scope import RequestScope

__all__ = [
    "NO_EXCHANGE",
    "Exchange",
    "Exchanges",
    "FinishedRecord",
    "Note",
    "Origin",
    "Record",
    "StartedRecord",
    "Texts",
    "event_of",
    "finished_record",
    "here",
]


Origin = tuple[
    RequestHead, Optional[FramedHead], Optional[OwnHeaders], Union[bytes, bytearray], int, int, str
]
"""What tells the exchange of a plain request from others: the request's head, the two parts of the
answer's, what is kept of its body, ``bytes_received``, ``bytes_sent`` and ``remote_addr``."""


class Exchange:
    """A request and its answer, but for what is new each time. Not changed once it is made.

    :param values: the fields of ``RequestFinished``, by name; those that a
        :data:`FinishedRecord` has are ignored
    :param origin: its :data:`Origin`, or what else tells it from others; None where it stands for
        one request alone
    :ivar texts: the same in JSON, once it was needed: set by
        :class:`~server.reporting.lines.LineEncoder`
    """

    __slots__ = ("origin", "texts", "values")

    def __init__(self, values: dict[str, Any], origin: Optional[tuple[Any, ...]] = None) -> None:
        self.values = values
        self.origin = origin
        self.texts: Optional[Texts] = None

    @property
    def repeats(self) -> bool:
        """Whether it may stand for more requests than one."""
        return self.origin is not None


class Texts(NamedTuple):
    """What an :class:`Exchange` says, as parts of lines of JSON.

    :param start: what follows the number in the line of the request's start, and how that of its
        end begins
    :param rest: what follows the thread's name in the line of its end
    :param thread: the one that answered last
    :param end: its name, and the rest
    """

    start: str
    rest: str
    thread: str
    end: str


# All times are in nanoseconds, whole numbers: they are counted and written with least work.

StartedRecord = tuple[RequestHead, int, int]
"""Of a request that is about to be answered: its head (method and target at least), its number, and
when the head had arrived (since 1970)."""

FinishedRecord = tuple[Exchange, int, int, int, int, str]
"""Of a request that was answered, or won't be: what was said, its number, when its head had arrived
(since 1970), ``duration`` and ``app_duration``, and the name of the thread."""

Record = Union[StartedRecord, FinishedRecord]
Note = Callable[[Record], None]
"""Takes a record from any thread; returns at once and never raises."""


def event_of(found: Union[Event, Record]) -> Event:
    """The event that a record stands for; an event itself. Any thread."""
    if type(found) is not tuple:
        return found  # type: ignore[return-value]
    if len(found) == 3:
        head, number, moment = found
        return request_started(number, head.method, head.target, moment / 1e9)
    exchange, number, started, duration, app_duration, thread = found
    values = exchange.values.copy()
    values["id"] = number
    values["started"] = started / 1e9
    values["duration"] = duration / 1e9
    values["app_duration"] = app_duration / 1e9
    values["thread"] = thread
    values["time"] = (started + duration) / 1e9
    return request_finished(values)


class _Here(threading.local):
    """The name of the running thread; asking ``threading`` for it takes several times as long."""

    def __init__(self) -> None:
        self.name = threading.current_thread().name


here = _Here()


NO_EXCHANGE = Exchange({})
"""Stands for no request at all."""


class Exchanges:
    """Finds what was said by a request and its answer. Any thread.

    Most requests repeat one of late, to the byte, and so do most answers: what the server
    remembers of both is the same object then.
    """

    _COUNT = 256
    _LONGEST = 2048  # bytes of a body that is kept for the next time

    def __init__(self) -> None:
        self._known: dict[int, Exchange] = {}

    def of(self, writer: ResponseWriter, origin: Origin) -> Exchange:
        """What is told of a request without a body that was answered, and nothing special about it.

        :param writer: what wrote the answer
        """
        head, _, _, kept, received, sent, remote_addr = origin
        known = self._known
        found = known.get(id(head))
        if found is not None and found.origin == origin:
            return found
        values = _values(head, writer, received, sent, remote_addr)
        if type(kept) is not bytes or len(kept) > self._LONGEST:
            return Exchange(values)
        if len(known) >= self._COUNT:  # what is in use is back in no time
            known.clear()
        # As long as it is there, which keeps the head, no other head has that id.
        known[id(head)] = found = Exchange(values, origin)
        return found


def finished_record(
    head: RequestHead,
    scope: RequestScope,
    writer: ResponseWriter,
    source: Optional[RequestBody],
    remote_addr: str,
    received: int,
    sent: int,
    started: int,
    duration: int,
    aborted: bool,
    problem: str,
) -> FinishedRecord:
    """The record of a request of which there may be everything to tell. The request's thread.

    :param source: the request's body, where it has one; for the parameters without a word see
        :class:`RequestFinished` and :data:`FinishedRecord`
    """
    values = _values(head, writer, received, sent, remote_addr)
    values["error_id"] = scope.error_id
    values["aborted"], values["problem"] = aborted, problem
    if source is not None:
        values["request_body"] = body(source.size, source.kept)
    if scope.flow is not None:
        flow = scope.flow.finish()
        values["flow"], values["flow_places"] = flow.rows, flow.places
        values["flow_failed"] = flow.failed
        values["endpoint"], values["view_args"] = flow.endpoint, flow.view_args
    in_app = max(0, duration - writer.send_time)
    return Exchange(values), scope.id, started, duration, in_app, here.name


def _values(
    head: RequestHead, writer: ResponseWriter, received: int, sent: int, remote_addr: str
) -> dict[str, Any]:
    """All fields of ``RequestFinished``, in their order, of a request with nothing special."""
    return {
        "id": 0,
        "method": head.method,
        "target": head.target,
        "path": path_info(head),
        "query": head.query,
        "http_version": "HTTP/1.0" if head.version == "1.0" else "HTTP/1.1",
        "status": writer.status,
        "reason": writer.reason,
        "started": 0.0,
        "duration": 0.0,
        "app_duration": 0.0,
        "bytes_received": received,
        "bytes_sent": sent,
        "remote_addr": remote_addr,
        "thread": "",
        "pid": os.getpid(),
        "request_headers": head.headers,
        "response_headers": writer.headers,
        "request_body": NO_BODY,
        "response_body": body(writer.size, writer.kept),
        "error_id": None,
        "aborted": False,
        "flow": (),
        "problem": "",
        "time": 0.0,
        "flow_places": (),
        "flow_failed": None,
        "endpoint": "",
        "view_args": (),
    }
