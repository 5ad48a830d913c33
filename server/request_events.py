"""The event of a finished request, made in as few steps as can be.

One is made for each request, under any load. Most of what it says repeats, and is taken from the
request before on the same connection.
"""

from __future__ import annotations

import os
import threading
from typing import Any, Optional

from .events import NO_BODY, Headers, RequestFinished, body, request_finished
from .flow import FlowRecorder
from .input import RequestBody
from .parsing import RequestHead
from .response import ResponseWriter
from .scope import RequestScope
from .wsgi import path_info

__all__ = ["FinishedRequests"]

_NO_HEADERS: Headers = ()


class FinishedRequests:
    """Makes the events of one connection's requests. One thread at a time."""

    __slots__ = ("_head", "_values")

    def __init__(self) -> None:
        self._head: Optional[RequestHead] = None
        self._values: dict[str, Any] = {}

    def make(
        self,
        head: RequestHead,
        scope: RequestScope,
        writer: ResponseWriter,
        source: Optional[RequestBody],
        flow: Optional[FlowRecorder],
        remote_addr: str,
        started: float,
        duration: float,
        app_duration: float,
        aborted: bool,
        problem: str,
        received: int,
        sent: int,
    ) -> RequestFinished:
        """The event; for the parameters without a word see there."""
        if head is not self._head:
            self._head, self._values = head, _values_of(head)
        values = self._values.copy()
        values["id"] = scope.id
        values["status"] = writer.status
        values["reason"] = writer.reason
        values["started"] = started
        values["duration"] = duration
        values["app_duration"] = app_duration
        values["bytes_received"] = received
        values["bytes_sent"] = sent
        values["remote_addr"] = remote_addr
        values["thread"] = _here.name
        values["response_headers"] = writer.headers
        if source is not None:
            values["request_body"] = body(source.size, source.kept)
        values["response_body"] = body(writer.size, writer.kept)
        if scope.error_id is not None:
            values["error_id"] = scope.error_id
        if aborted:
            values["aborted"] = True
        if problem or writer.problem:
            values["problem"] = problem or writer.problem
        if flow is not None:
            told = flow.finish()
            values["flow"] = told.rows
            values["flow_places"] = told.places
            values["flow_failed"] = told.failed
            values["endpoint"] = told.endpoint
            values["view_args"] = told.view_args
        return request_finished(values)


class _Here(threading.local):
    """The name of the running thread; asking ``threading`` for it takes several times as long."""

    def __init__(self) -> None:
        self.name = threading.current_thread().name


_here = _Here()


def _values_of(head: RequestHead) -> dict[str, Any]:
    """All fields but ``time``, with what the head says, and else with what they mostly are."""
    return {
        "id": 0,
        "method": head.method,
        "target": head.target,
        "path": path_info(head),
        "query": head.query,
        "http_version": "HTTP/1.0" if head.version == "1.0" else "HTTP/1.1",
        "status": 0,
        "reason": "",
        "started": 0.0,
        "duration": 0.0,
        "app_duration": 0.0,
        "bytes_received": 0,
        "bytes_sent": 0,
        "remote_addr": "",
        "thread": "",
        "pid": os.getpid(),
        "request_headers": head.headers,
        "response_headers": _NO_HEADERS,
        "request_body": NO_BODY,
        "response_body": NO_BODY,
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
