"""What is told of each request, noted in as few steps as can be.

A ``RequestStarted`` and a ``RequestFinished`` for each request would take a good part of the time
in which a small app answers it. So the server notes records: tuples with what is new each time,
and beside it the :class:`Exchange`, in which all the rest is, mostly for many requests together. As
with the records of :mod:`logging`, what they say is put together by whoever shows it:
:func:`event_of` makes the event.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Optional, Union

from .events import NO_BODY, Event, body, request_finished, request_started
from .flow import Flow
from .input import RequestBody
from .parsing import RequestHead
from .response import ResponseWriter
from .scope import RequestScope
from .wsgi import path_info

__all__ = [
    "Exchange",
    "Exchanges",
    "FinishedRecord",
    "Note",
    "Record",
    "StartedRecord",
    "event_of",
]

_NO_FLOW = Flow((), (), None, "", ())


class Exchange:
    """A request and its answer, but for what is new each time. Not changed once it is made.

    :param values: the fields of ``RequestFinished``, by name; those that a
        :data:`FinishedRecord` has are ignored
    :param head: of the request
    :param repeats: whether it may stand for more requests than one
    :ivar texts: as lines of JSON: see :class:`~server.event_lines.LineEncoder`, which sets it
    """

    __slots__ = ("head", "repeats", "texts", "values")

    def __init__(self, values: dict[str, Any], head: Optional[RequestHead], repeats: bool) -> None:
        self.values = values
        self.head = head
        self.repeats = repeats
        self.texts: Optional[tuple[str, str]] = None


StartedRecord = tuple[RequestHead, int, float]
"""Of a request that is about to be answered: its head (method and target at least), its number, and
when the head had arrived, in unix seconds."""

FinishedRecord = tuple[Exchange, int, float, float, float, str]
"""Of a request that was answered, or won't be: what was said, its number, when its head had arrived
(unix seconds), ``duration`` and ``app_duration`` (seconds), and the name of the thread."""

Record = Union[StartedRecord, FinishedRecord]
Note = Callable[[Record], None]
"""Takes a record from any thread; returns at once and never raises."""


def event_of(found: Union[Event, Record]) -> Event:
    """The event that a record stands for; an event itself. Any thread."""
    if type(found) is not tuple:
        return found  # type: ignore[return-value]
    if len(found) == 3:
        head, number, moment = found
        return request_started(number, head.method, head.target, moment)
    exchange, number, started, duration, app_duration, thread = found
    values = exchange.values.copy()
    values["id"] = number
    values["started"] = started
    values["duration"] = duration
    values["app_duration"] = app_duration
    values["thread"] = thread
    values["time"] = started + duration
    return request_finished(values)


class Exchanges:
    """Finds what was said by a request and its answer. Any thread.

    Most requests repeat one of late, to the byte, and so do most answers.
    """

    _COUNT = 256
    _LONGEST = 2048  # bytes of a body that is kept for the next time

    def __init__(self) -> None:
        self._known: dict[Any, Exchange] = {}

    def of(
        self,
        head: RequestHead,
        scope: RequestScope,
        writer: ResponseWriter,
        source: Optional[RequestBody],
        remote_addr: str,
        received: int,
        sent: int,
        aborted: bool,
        problem: str,
    ) -> Exchange:
        """What a request and its answer say; the parameters are those of
        ``Reporter.request_finished``."""
        kept = writer.kept
        if (
            source is None
            and scope.flow is None
            and scope.error_id is None
            and not (aborted or problem)
            and type(kept) is bytes
            and len(kept) <= self._LONGEST
        ):
            # The exchange keeps the head alive: no other one gets its id meanwhile.
            key = id(head), writer.head, kept, sent, remote_addr
            found = self._known.get(key)
            if found is None:
                values = _values(head, scope, writer, source, remote_addr, received, sent)
                found = Exchange(values, head, True)
                if len(self._known) >= self._COUNT:  # what is in use is back in no time
                    self._known.clear()
                self._known[key] = found
            return found
        values = _values(head, scope, writer, source, remote_addr, received, sent)
        values["aborted"], values["problem"] = aborted, problem
        return Exchange(values, head, False)


def _values(
    head: RequestHead,
    scope: RequestScope,
    writer: ResponseWriter,
    source: Optional[RequestBody],
    remote_addr: str,
    received: int,
    sent: int,
) -> dict[str, Any]:
    """All fields of ``RequestFinished``, in their order."""
    flow = _NO_FLOW if scope.flow is None else scope.flow.finish()
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
        "request_body": NO_BODY if source is None else body(source.size, source.kept),
        "response_body": body(writer.size, writer.kept),
        "error_id": scope.error_id,
        "aborted": False,
        "flow": flow.rows,
        "problem": "",
        "time": 0.0,
        "flow_places": flow.places,
        "flow_failed": flow.failed,
        "endpoint": flow.endpoint,
        "view_args": flow.view_args,
    }
