"""What the tests of spans share: a request that records, without a server."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

from server.facts.span import LeftOut, Span
from server.flow.libraries import recorded_libraries
from server.flow.recorder import FlowRecorder, server_stages
from server.handler import WSGIRequestHandler
from server.reporting.scope import RequestScope, current_scope


class Recorded:
    """The spans of a request, once it is over."""

    def __init__(self) -> None:
        self.spans: tuple[Span, ...] = ()
        self.left_out = 0
        self.sums: tuple[LeftOut, ...] = ()

    def of(self, kind: str) -> list[Span]:
        return [span for span in self.spans if span.kind == kind]

    def labels(self, kind: str) -> list[str]:
        return [span.label for span in self.of(kind)]


@contextlib.contextmanager
def request() -> Iterator[Recorded]:
    """The block is what a request does."""
    found = Recorded()
    scope = RequestScope()
    scope.flow = FlowRecorder(server_stages(WSGIRequestHandler))
    token = current_scope.set(scope)
    try:
        yield found
    finally:
        current_scope.reset(token)
        flow = scope.flow.finish()
        found.spans, found.sums = flow.spans, flow.spans_left_out
        found.left_out = sum(one.calls for one in found.sums)


@contextlib.contextmanager
def recorded_request(*libraries: Any) -> Iterator[Recorded]:
    """The same, with libraries recorded; by default all."""
    with recorded_libraries(*([libraries] if libraries else [])), request() as found:
        yield found


def here() -> int:
    """The number of the line that calls this."""
    return inspect.stack()[1].lineno
