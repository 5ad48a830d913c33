"""Where the facts of a request come from, and the exchanges of late, for the requests like them.

Most requests repeat one of late, to the byte, and so do most answers: what the server remembers of
both (``HeadCache``, ``AnswerHeads``) is the same object then, so comparing them is quick.
"""

from __future__ import annotations

import os
from typing import Any, Union

from ..events import Exchange
from ..facts.exchange import NO_BODY, Body, readable_path
from ..protocol.parsing import RequestHead
from .scope import RequestScope

__all__ = ["Exchanges", "request_facts"]


class Exchanges:
    """Finds or makes the exchange of a request that is over. Any thread."""

    _COUNT = 256
    _LONGEST = 2048  # bytes of a body that is kept for the next time

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, Exchange]] = {}

    def of(self, scope: RequestScope, remote_addr: str, received: int, sent: int) -> Exchange:
        """The contents of the request and its answer. The request's thread.

        :param received: bytes of the request
        :param sent: bytes of the answer
        """
        special = _special(scope)
        kept = scope.writer.kept
        odd = scope.aborted or scope.problem
        if odd or type(kept) is not bytes or len(kept) > self._LONGEST:
            return Exchange(**_common(scope, remote_addr, received, sent), **special)
        shared = self._shared(scope, remote_addr, received, sent)
        return Exchange(base=shared, **special) if special else shared

    def _shared(self, scope: RequestScope, remote_addr: str, received: int, sent: int) -> Exchange:
        """That of the requests that are the same, but for what is special."""
        head, writer = scope.head, scope.writer
        # All that the facts depend on: the objects that are remembered, and what differs.
        origin = (
            head, writer.framed, writer.own, writer.kept, received, sent, remote_addr,
            scope.endpoint,
        )  # fmt: skip
        known = self._known
        found = known.get(id(head))
        if found is not None and found[0] == origin:
            return found[1]
        exchange = Exchange(repeats=True, **_common(scope, remote_addr, received, sent))
        if len(known) >= self._COUNT:  # what is in use is back in no time
            known.clear()
        # As long as it is there, which keeps the head, no other head has that id.
        known[id(head)] = origin, exchange
        return exchange


def request_facts(head: RequestHead) -> dict[str, Any]:
    """The facts that stand in a request's head."""
    return {
        "method": head.method,
        "target": head.target,
        "path": readable_path(head.path),
        "raw_path": head.path,
        "query": head.query,
        "http_version": "HTTP/1.0" if head.version == "1.0" else "HTTP/1.1",
        "request_headers": head.headers,
    }


def _common(scope: RequestScope, remote_addr: str, received: int, sent: int) -> dict[str, Any]:
    """The facts that there are of every request."""
    writer = scope.writer
    return {
        **request_facts(scope.head),
        "status": writer.status,
        "reason": writer.reason,
        "bytes_received": received,
        "bytes_sent": sent,
        "remote_addr": remote_addr,
        "pid": os.getpid(),
        "response_headers": writer.headers,
        "response_body": _body(writer.size, writer.kept),
        "endpoint": scope.endpoint,
    }


def _special(scope: RequestScope) -> dict[str, Any]:
    """The facts that are of this request alone; none of a plain one."""
    source, flow = scope.source, scope.flow
    went_well = scope.error_id is None and not scope.problem and not scope.aborted
    if went_well and source is None and flow is None and not scope.upgrade:
        return {}
    facts: dict[str, Any] = {
        "error_id": scope.error_id,
        "aborted": scope.aborted,
        "problem": scope.problem,
        "upgrade": scope.upgrade,
    }
    if source is not None:
        facts["request_body"] = _body(source.size, source.kept)
    if flow is not None:
        way = flow.finish()
        facts["flow"], facts["flow_places"], facts["flow_failed"] = way.rows, way.places, way.failed
        facts["view_args"] = way.view_args
        facts["spans"], facts["spans_left_out"] = way.spans, way.spans_left_out
        facts["samples"], facts["samples_taken"] = way.samples, way.samples_taken
    return facts


def _body(size: int, kept: Union[bytes, bytearray]) -> Body:
    return Body(size, bytes(kept)) if size else NO_BODY
