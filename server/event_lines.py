"""Events to lines of JSON, quickly where there are two of them for each request.

:func:`server.events.encode` does the same, at several times the price, for one event now and then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as _text
from operator import itemgetter
from typing import Any, Optional, Union

from .events import NO_BODY, Body, Event, Headers, RequestFinished, RequestStarted, encode
from .request_records import Exchange, FinishedRecord, Record, StartedRecord, event_of

__all__ = ["LineEncoder"]

_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_EMPTY_BODY = '{"size":0,"text":"","truncated":false}'
_LATEST = 1e12  # unix seconds; the clock of a time beyond has gone wrong
_RARE = (
    "error_id", "aborted", "flow", "problem", "flow_places", "flow_failed", "endpoint", "view_args",
)  # fmt: skip
_rare = itemgetter(*_RARE)


def _members(rare: tuple[Any, ...]) -> str:
    """What is mostly the same, as members of an object."""
    return _to_json(dict(zip(_RARE, rare)))[1:-1]


_DIGITS = tuple(f"{number:03d}" for number in range(1000))
_MOSTLY_VALUES = (None, False, (), "", (), None, "", ())
_MOSTLY = _members(_MOSTLY_VALUES)


class LineEncoder:
    """Encodes one event after the other. One thread at a time.

    Clients and apps repeat themselves: what they said last is remembered as JSON.

    Times are written to the microsecond: the digits beyond mean nothing, and Python needs longer
    for them than for the rest of the line.
    """

    _COUNT = 256  # headers

    def __init__(self) -> None:
        self._headers: dict[Headers, str] = {}
        self._body = NO_BODY
        self._body_text = _EMPTY_BODY
        self._second, self._second_text = 0, "0."  # of the last request

    def encode_all(self, found: Sequence[Union[Event, Record]]) -> str:
        """The lines of several, in their order."""
        lines: list[str] = []
        waiting: Optional[StartedRecord] = None  # mostly its end comes next
        for item in found:
            if type(item) is tuple and len(item) == 3:
                if waiting is not None:
                    lines.append(self.encode(waiting))
                waiting = item
            elif waiting is None:
                lines.append(self.encode(item))
            else:
                if type(item) is tuple and len(item) > 3 and item[1] == waiting[1]:
                    lines.append(self._both(waiting, item))
                else:
                    lines.append(self.encode(waiting))
                    lines.append(self.encode(item))
                waiting = None
        if waiting is not None:
            lines.append(self.encode(waiting))
        return "".join(lines)

    def encode(self, found: Union[Event, Record]) -> str:
        """What :func:`server.events.encode` makes of an event, or of the one of a record."""
        try:
            if type(found) is tuple:
                if len(found) == 3:
                    head, number, moment = found
                    return _start(moment, number, head.method, head.target)
                return self._end(found)
            if type(found) is RequestFinished:
                return self._end_of(found)
            if type(found) is RequestStarted:
                return _start(found.time, found.id, found.method, found.target)
        except (TypeError, ValueError):  # a field holds what it shouldn't
            pass
        return encode(event_of(found))

    def _both(self, start: StartedRecord, end: FinishedRecord) -> str:
        """The lines of a request's start and end."""
        exchange, number, started, duration, app_duration, thread = end
        # In millionths; whole numbers are written in a third of the time.
        begun = int((started - self._second) * 1e6)
        took = int(duration * 1e6)
        ended = begun + took
        if not 0 <= begun <= ended < 1_000_000:
            self._second = int(started)
            self._second_text = f"{self._second}."
            begun = int((started - self._second) * 1e6)
            ended = begun + took
            if not 0 <= begun <= ended < 1_000_000:  # not in one second
                return self.encode(start) + self.encode(end)
        in_app = int(app_duration * 1e6)
        request, rest = exchange.texts or self._texts(exchange)
        second = self._second_text
        start_time = f"{second}{_DIGITS[begun // 1000]}{_DIGITS[begun % 1000]}"
        return (
            f'{{"event":"RequestStarted","time":{start_time},"id":{number},{request}'
            f'{{"event":"RequestFinished","time":{second}{_DIGITS[ended // 1000]}'
            f'{_DIGITS[ended % 1000]},"id":{number},"started":{start_time},'
            f'"duration":0.{_DIGITS[took // 1000]}{_DIGITS[took % 1000]},'
            f'"app_duration":0.{_DIGITS[in_app // 1000]}{_DIGITS[in_app % 1000]},'
            f'"thread":{_text(thread)},{rest}'
        )

    def _end(self, record: FinishedRecord) -> str:
        exchange, number, started, duration, app_duration, thread = record
        _, rest = exchange.texts or self._texts(exchange)
        return _finish(started + duration, number, started, duration, app_duration, thread, rest)

    def _end_of(self, event: RequestFinished) -> str:
        """The line of an event from elsewhere, which may say anything."""
        took, app_took = event.duration, event.app_duration
        if not (0 <= took < _LATEST and 0 <= app_took < _LATEST):
            raise ValueError("not lengths of time")
        rest = self._rest_of_line(vars(event))
        return _finish(event.time, event.id, event.started, took, app_took, event.thread, rest)

    def _texts(self, exchange: Exchange) -> tuple[str, str]:
        values = exchange.values
        line = _request_line(values["method"], values["target"])
        texts = exchange.texts = line, self._rest_of_line(values)
        return texts

    def _rest_of_line(self, values: dict[str, Any]) -> str:
        """The fields that aren't new each time, and the line's end."""
        rare = _rare(values)
        return (
            f'"method":{_text(values["method"])},"target":{_text(values["target"])},'
            f'"path":{_text(values["path"])},"query":{_text(values["query"])},'
            f'"http_version":{_text(values["http_version"])},"status":{values["status"]:d},'
            f'"reason":{_text(values["reason"])},"bytes_received":{values["bytes_received"]:d},'
            f'"bytes_sent":{values["bytes_sent"]:d},'
            f'"remote_addr":{_text(values["remote_addr"])},"pid":{values["pid"]:d},'
            f'"request_headers":{self._headers_as_text(values["request_headers"])},'
            f'"response_headers":{self._headers_as_text(values["response_headers"])},'
            f'"request_body":{self._body_as_text(values["request_body"])},'
            f'"response_body":{self._body_as_text(values["response_body"])},'
            f"{_MOSTLY if rare == _MOSTLY_VALUES else _members(rare)}}}\n"
        )

    def _headers_as_text(self, headers: Headers) -> str:
        """Clients send the same in each request, whatever they ask for."""
        known = self._headers.get(headers)
        if known is None:
            known = _to_json(headers)
            if len(self._headers) >= self._COUNT:  # what is in use is back in no time
                self._headers.clear()
            self._headers[headers] = known
        return known

    def _body_as_text(self, body: Body) -> str:
        """A long body takes longer to write than to compare with the one before."""
        if body is NO_BODY:
            return _EMPTY_BODY
        last = self._body
        if body.size != last.size or body.data != last.data:
            self._body, self._body_text = body, _body(body)
        return self._body_text


def _request_line(method: str, target: str) -> str:
    return f'"method":{_text(method)},"target":{_text(target)}}}\n'


def _start(moment: float, number: int, method: str, target: str) -> str:
    request = _request_line(method, target)
    return f'{{"event":"RequestStarted","time":{_time(moment)},"id":{number},{request}'


def _finish(
    moment: float,
    number: int,
    started: float,
    duration: float,
    app_duration: float,
    thread: str,
    rest: str,
) -> str:
    return (
        f'{{"event":"RequestFinished","time":{_time(moment)},"id":{number},'
        f'"started":{_time(started)},"duration":{duration:.6f},"app_duration":{app_duration:.6f},'
        f'"thread":{_text(thread)},{rest}'
    )


def _time(moment: float) -> str:
    """A time to the microsecond. (``%.6f`` takes longer.)

    :param moment: unix seconds
    :raises ValueError: it is none
    """
    if not 1 <= moment < _LATEST:
        raise ValueError("not a time of these days")
    digits = str(int(moment * 1e6))
    return f"{digits[:-6]}.{digits[-6:]}"


def _body(body: Body) -> str:
    size, data = body.size, body.data
    if size == len(data) and data.isascii() and b"\0" not in data:
        return f'{{"size":{size},"text":{_text(data.decode("ascii"))},"truncated":false}}'
    return _to_json(body.to_json())
