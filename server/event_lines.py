"""Events to lines of JSON, quickly where there are two of them for each request.

:func:`server.events.encode` does the same, at several times the price, for one event now and then.
"""

from __future__ import annotations

import json
from dataclasses import fields
from json.encoder import encode_basestring_ascii as _text
from operator import itemgetter
from typing import Any

from .events import NO_BODY, Body, Event, RequestFinished, RequestStarted, encode

__all__ = ["LineEncoder"]

_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_EMPTY_BODY = '{"size":0,"text":"","truncated":false}'
_NAMES = tuple(item.name for item in fields(RequestFinished))
_in_order = itemgetter(*_NAMES)
_LATEST = 1e12  # unix seconds; the clock of a time beyond has gone wrong


class LineEncoder:
    """Encodes one event after the other. One thread at a time.

    Clients and apps repeat themselves: what they said last is remembered as JSON, by its value.

    Times are written to the microsecond: the digits beyond mean nothing, and Python needs longer
    for them than for the rest of the line.
    """

    _COUNT = 256  # of each kind

    def __init__(self) -> None:
        self._starts: dict[Any, str] = {}
        self._ends: dict[Any, str] = {}
        self._body = NO_BODY
        self._body_text = _EMPTY_BODY

    def encode(self, event: Event) -> str:
        """What :func:`server.events.encode` makes of an event."""
        try:
            if type(event) is RequestFinished:
                return self._finished(event)
            if type(event) is RequestStarted:
                return self._started(event)
        except (TypeError, ValueError):  # a field holds what it shouldn't
            pass
        return encode(event)

    def _started(self, event: RequestStarted) -> str:
        key = event.method, event.target
        request = self._starts.get(key)
        if request is None:
            request = f'"method":{_text(event.method)},"target":{_text(event.target)}}}\n'
            _remember(self._starts, key, request)
        moment = event.time
        if not 1 <= moment < _LATEST:
            raise ValueError("not a time of these days")
        digits = str(int(moment * 1e6))
        return (
            f'{{"event":"RequestStarted","time":{digits[:-6]}.{digits[-6:]},'
            f'"id":{event.id},{request}'
        )

    def _finished(self, event: RequestFinished) -> str:
        values = event.__dict__
        # One look-up for each field would take as long as all the rest.
        in_order = values.values() if tuple(values) == _NAMES else _in_order(values)
        (
            id, method, target, path, query, http_version, status, reason, started, duration,
            app_duration, received, sent, remote_addr, thread, pid, request_headers,
            response_headers, request_body, response_body, error_id, aborted, flow, problem,
            moment, flow_places, flow_failed, endpoint, view_args,
        ) = in_order  # fmt: skip
        if not (1 <= started < _LATEST and 1 <= moment < _LATEST):
            raise ValueError("not times of these days")
        if not (0 <= duration < _LATEST and 0 <= app_duration < _LATEST):
            raise ValueError("not lengths of time")
        key = (
            method, target, path, query, http_version, status, reason, received, sent, remote_addr,
            thread, pid, request_headers, response_headers, error_id, aborted, problem, flow_places,
            flow_failed, endpoint, view_args,
        )  # fmt: skip
        repeated = self._ends.get(key)
        if repeated is None:
            repeated = _repeated(values)
            if not flow:  # few requests have one, and hardly two the same
                _remember(self._ends, key, repeated)
        last = self._body
        if response_body is not last and (
            response_body.size != last.size or response_body.data != last.data
        ):
            self._body, self._body_text = response_body, _body(response_body)
        digits, start = str(int(moment * 1e6)), str(int(started * 1e6))
        return (
            f'{{"event":"RequestFinished","time":{digits[:-6]}.{digits[-6:]},"id":{id},'
            f'"started":{start[:-6]}.{start[-6:]},"duration":{duration:.6f},'
            f'"app_duration":{app_duration:.6f},'
            f'"request_body":{_EMPTY_BODY if request_body is NO_BODY else _body(request_body)},'
            f'"response_body":{self._body_text},"flow":{_to_json(flow) if flow else "[]"}{repeated}'
        )


_TOLD_EACH_TIME = frozenset(
    ["time", "id", "started", "duration", "app_duration", "request_body", "response_body", "flow"]
)


def _repeated(values: dict[str, Any]) -> str:
    """The fields that most events of a client have in common, and the line's end."""
    names = [name for name in _NAMES if name not in _TOLD_EACH_TIME]
    return "".join([f',"{name}":{_to_json(values[name])}' for name in names]) + "}\n"


def _remember(known: dict[Any, str], key: Any, text: str) -> None:
    if len(known) >= LineEncoder._COUNT:  # all at once: what is in use is back in no time
        known.clear()
    known[key] = text


def _body(body: Body) -> str:
    size, data = body.size, body.data
    if not size and not data:
        return _EMPTY_BODY
    if size == len(data) and data.isascii() and b"\0" not in data:
        return f'{{"size":{size},"text":{_text(data.decode("ascii"))},"truncated":false}}'
    return _to_json(body.to_json())
