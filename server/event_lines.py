"""Events to lines of JSON, quickly where there are two of them for each request.

:func:`server.events.encode` does the same, at several times the price, for one event now and then.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as _text

from .events import Body, Event, Headers, RequestFinished, RequestStarted, encode

__all__ = ["LineEncoder"]

_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_NO_BODY = '{"size":0,"text":"","truncated":false}'


class LineEncoder:
    """Encodes one event after the other. One thread at a time.

    Clients and apps repeat their headers: what these are in JSON is remembered.
    """

    _COUNT = 256

    def __init__(self) -> None:
        self._headers: dict[Headers, str] = {}
        self._last_start = (0.0, "0.0")

    def encode(self, event: Event) -> str:
        """What :func:`server.events.encode` makes of an event."""
        kind = type(event)
        try:
            if kind is RequestStarted:
                return self._started(event)  # type: ignore[arg-type]
            if kind is RequestFinished:
                return self._finished(event)  # type: ignore[arg-type]
        except TypeError:  # a field holds what it shouldn't
            pass
        return encode(event)

    def _started(self, event: RequestStarted) -> str:
        # A float is what takes longest, and RequestFinished will say this one once more.
        since = repr(event.time)
        self._last_start = (event.time, since)
        return (
            f'{{"event":"RequestStarted","time":{since},"id":{event.id},'
            f'"method":{_text(event.method)},"target":{_text(event.target)}}}\n'
        )

    def _finished(self, event: RequestFinished) -> str:
        known = self._headers
        request_headers = known.get(event.request_headers)
        if request_headers is None:
            request_headers = self._remember(event.request_headers)
        response_headers = known.get(event.response_headers)
        if response_headers is None:
            response_headers = self._remember(event.response_headers)
        last_start, since = self._last_start
        if event.started != last_start:
            since = repr(event.started)
        target, path = event.target, event.path
        target_text = _text(target)
        return (
            f'{{"event":"RequestFinished","time":{event.time!r},"id":{event.id},'
            f'"method":{_text(event.method)},"target":{target_text},'
            f'"path":{target_text if path == target else _text(path)},'
            f'"query":{_text(event.query)},"http_version":{_text(event.http_version)},'
            f'"status":{event.status},"reason":{_text(event.reason)},'
            f'"started":{since},"duration":{event.duration!r},'
            f'"app_duration":{event.app_duration!r},"bytes_received":{event.bytes_received},'
            f'"bytes_sent":{event.bytes_sent},"remote_addr":{_text(event.remote_addr)},'
            f'"thread":{_text(event.thread)},"pid":{event.pid},'
            f'"request_headers":{request_headers},"response_headers":{response_headers},'
            f'"request_body":{_body(event.request_body)},'
            f'"response_body":{_body(event.response_body)},'
            f'"error_id":{"null" if event.error_id is None else event.error_id},'
            f'"aborted":{"true" if event.aborted else "false"},'
            f'"flow":{_to_json(event.flow) if event.flow else "[]"},'
            f'"problem":{_text(event.problem)},'
            f'"flow_places":{_to_json(event.flow_places) if event.flow_places else "[]"},'
            f'"flow_failed":{"null" if event.flow_failed is None else event.flow_failed},'
            f'"endpoint":{_text(event.endpoint)},'
            f'"view_args":{_to_json(event.view_args) if event.view_args else "[]"}}}\n'
        )

    def _remember(self, headers: Headers) -> str:
        if len(self._headers) >= self._COUNT:  # all at once: what is in use is back in no time
            self._headers.clear()
        text = self._headers[headers] = _to_json(headers)
        return text


def _body(body: Body) -> str:
    size, data = body.size, body.data
    if not size and not data:
        return _NO_BODY
    if size == len(data) and data.isascii() and b"\0" not in data:
        return f'{{"size":{size},"text":{_text(data.decode("ascii"))},"truncated":false}}'
    return _to_json(body.to_json())
