"""The flow of one request: when each documented step began and ended.

While a request runs, a :class:`FlowRecorder` only appends what happens and when to one flat list;
which stage lies in which, what each is called and where it is written is worked out when the
request is over (``reading``), and only once for all requests that go the same way.

A recorder belongs to one request and is used by one thread at a time: the request's own, or one
that works for it while it waits (an async view). That one may just be about to end when the client
leaves, so a mark and its time are added as one. What comes after the request's end is not looked
at. Where nothing is recorded, nothing in here runs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from operator import sub
from time import perf_counter_ns as _now
from typing import Any, NamedTuple, Optional

from ..facts.span import LeftOut, Span
from ..protocol.response import ResponseWriter
from .reading import (
    BROKEN,
    ENDED,
    FAILED,
    FIRST_BYTE,
    MAX_MARKS,
    SENT,
    WRITE,
    WRITTEN,
    Places,
    way_of,
)
from .sampling import NOT_SAMPLED, Sampled, Samples
from .shown import shown_value
from .spans import SpanRecorder
from .stages import Stage, named_stage, nested_function

__all__ = [
    "Flow",
    "FlowRecorder",
    "RecordedWriter",
    "ServerStages",
    "server_stages",
]

Rows = tuple[tuple[str, int, int, int], ...]

_MAX_ARGS = 30


class ServerStages(NamedTuple):
    """The steps of a request handler's class."""

    handle: Stage
    handle_one_request: Stage
    parse_request: Stage
    run_wsgi: Stage
    make_environ: Stage
    start_response: Stage
    write: Stage


@functools.lru_cache(maxsize=64)
def server_stages(handler: Any) -> ServerStages:
    """The steps as a class of request handlers, perhaps one of the user's, carries them out."""
    run_wsgi = handler.run_wsgi
    return ServerStages(
        named_stage("handle", handler.handle),
        named_stage("handle_one_request", handler.handle_one_request),
        named_stage("parse_request", handler.parse_request),
        named_stage("run_wsgi", run_wsgi),
        named_stage("make_environ", handler.make_environ),
        named_stage("start_response", nested_function(run_wsgi, "start_response")),
        named_stage(WRITE, nested_function(run_wsgi, "write"), implicit=True),
    )


class Flow(NamedTuple):
    """A flow as an event carries it; see :class:`~server.events.RequestFinished`."""

    rows: Rows
    places: Places
    failed: Optional[int]
    endpoint: str
    view_args: tuple[tuple[str, str], ...]
    spans: tuple[Span, ...]
    spans_left_out: tuple[LeftOut, ...]
    samples: Samples
    samples_taken: int


class FlowRecorder(list[Any]):
    """Marks and times in turn: a :class:`Stage` where one begins, then the end of the innermost.

    :param stages: of the request's handler, which has begun at this moment
    :param sampled: samples the app's own lines, where the request is slow; None where that isn't
        wanted
    :ivar stages: the same
    :ivar request: the framework's request object, once there is one
    :ivar endpoint: what answers, as the framework calls it
    :ivar view_args: name and bounded ``repr`` of each value from the URL
    :ivar spans: records what the app does in its steps
    """

    __slots__ = (
        "_sampled", "_written", "_written_at", "endpoint", "request", "spans", "stages",
        "view_args",
    )  # fmt: skip

    def __init__(self, stages: ServerStages, sampled: Optional[Sampled] = None) -> None:
        now = _now()
        super().__init__(
            (stages.handle, now, stages.handle_one_request, now, stages.parse_request, now)
        )
        self.stages = stages
        self.spans = SpanRecorder(now)
        self._sampled = sampled
        self.request: Any = None
        self.endpoint = ""
        self.view_args: tuple[tuple[str, str], ...] = ()
        self._written = 0
        self._written_at = 0

    def enter(self, stage: Stage) -> None:
        """Record that a stage begins."""
        self += (stage, _now())

    def leave(self) -> None:
        """Record that the innermost stage ends."""
        self += (ENDED, _now())

    def fail(self) -> None:
        """Record that the innermost stage ends by an exception."""
        self += (FAILED, _now())

    def call(self, stage: Stage, function: Callable[[], Any]) -> Any:
        """Call a function of the server as a stage."""
        self.append(stage)
        self.append(_now())
        result = function()
        self.append(ENDED)
        self.append(_now())
        return result

    def parsed(self) -> None:
        """Record that the request has been parsed and is about to be run."""
        now = _now()
        self += (ENDED, now, self.stages.run_wsgi, now)

    def broken(self) -> None:
        """Record that the server has caught an exception, which ends what was under way."""
        self += (BROKEN, _now())

    def writing(self, since: int) -> None:
        """Record that the answer is about to be sent.

        :param since: when the work on it began, in nanoseconds
        """
        self += (self.stages.write, since, FIRST_BYTE, since)

    def sent(self) -> None:
        """Record that bytes of the answer have been sent; only the first and the last count."""
        now = _now()
        if not self._written:
            self.append(SENT)
            self.append(now)
        self._written = len(self)
        self._written_at = now

    @property
    def has_sent(self) -> bool:
        """Whether the first byte has been sent."""
        return bool(self._written)

    def record_args(self, values: Mapping[Any, Any]) -> None:
        """Keep the values from the URL as they are before the view has them."""
        self.view_args = tuple(
            (str(name), shown_value(value)) for name, value in list(values.items())[:_MAX_ARGS]
        )

    def finish(self) -> Flow:
        """The flow up to now. Called once, at the request's end."""
        now = _now()
        samples = NOT_SAMPLED if self._sampled is None else self._sampled.end()
        if self._written:
            self[self._written : self._written] = (WRITTEN, self._written_at)
        way = way_of(tuple(self[: 2 * MAX_MARKS : 2]))
        times = self[1::2]
        times.append(now)
        zero = times[0]
        starts = [(time - zero) // 1000 for time in way.begins(times)]
        ends = [(time - zero) // 1000 for time in way.ends(times)]
        rows = tuple(zip(way.names, starts, map(sub, ends, starts), way.depths))
        return Flow(
            rows,
            way.places,
            way.failed,
            self.endpoint,
            self.view_args,
            *self.spans.finish(),
            *samples,
        )


class RecordedWriter(ResponseWriter):
    """A :class:`~server.protocol.response.ResponseWriter` that records its first and last byte."""

    __slots__ = ("_flow",)

    def __init__(self, flow: FlowRecorder, *args: Any) -> None:
        super().__init__(*args)
        self._flow = flow

    def begin(self, *args: Any) -> bytes:
        """Choose the framing and build the head."""
        since = _now()
        head = super().begin(*args)
        self._flow.writing(since)
        return head

    def send(self, data: bytes) -> None:
        """Put bytes on the wire."""
        super().send(data)
        if data or not self._flow.has_sent:  # a subclass of the handler sends the head by itself
            self._flow.sent()

    def send_file(self, file: Any, count: int) -> None:
        """Send a file's next ``count`` bytes."""
        super().send_file(file, count)
        self._flow.sent()
