"""Events to lines of JSON, quickly where there are two of them for each request.

:func:`server.events.encode` does the same, at several times the price, for one event now and then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as _text
from operator import itemgetter
from typing import Any, Optional, Union

from ..events import NO_BODY, Body, Event, Headers, RequestFinished, RequestStarted, encode
from .exchanges import Exchange, FinishedRecord, Record, StartedRecord, Texts, event_of

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
_DURATION = tuple(f',"duration":0.000{digits}' for digits in _DIGITS)
_APP_DURATION = tuple(f',"app_duration":0.000{digits}' for digits in _DIGITS)
_STARTED = '{"event":"RequestStarted","time":'
_FINISHED = '{"event":"RequestFinished","time":'
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
        self._millisecond = 0  # in which the last request ended; in nanoseconds since 1970
        self._millisecond_text = "0.000"

    def encode_all(self, found: Sequence[Union[Event, Record]]) -> str:
        """The lines of several, in their order."""
        # What comes again is there as text, and all of it is put together in the end.
        texts: list[str] = []
        millisecond, millisecond_text = self._millisecond, self._millisecond_text
        waiting: Optional[StartedRecord] = None  # mostly its end comes next
        for item in found:
            if type(item) is tuple:
                if len(item) == 3:
                    if waiting is not None:
                        texts.append(self.encode(waiting))
                    waiting = item
                    continue
                if waiting is not None and item[1] == waiting[1]:
                    waiting = None
                    exchange, number, started, duration, app_duration, thread = item
                    said = exchange.texts  # whose fields are found quicker by their places
                    if said is None or said[2] != thread:
                        said = exchange.texts = self._texts(exchange, thread)
                    moment = (started - millisecond) // 1000
                    if moment < 0 or moment >= 1000:
                        millisecond = started - started % 1_000_000
                        millisecond_text = _time(millisecond)[:-3]
                        moment = (started - millisecond) // 1000
                    started_text = millisecond_text + _DIGITS[moment]
                    took, in_app = duration // 1000, app_duration // 1000
                    moment += took
                    if moment >= 1000:
                        millisecond += moment // 1000 * 1_000_000
                        millisecond_text = _time(millisecond)[:-3]
                        moment %= 1000
                    number_text = f',"id":{number}'
                    texts += (
                        _STARTED, started_text, number_text, said[0],
                        millisecond_text, _DIGITS[moment], number_text,
                        ',"started":', started_text,
                        _DURATION[took] if took < 1000 else _duration(duration),
                        _APP_DURATION[in_app] if in_app < 1000 else _app_duration(app_duration),
                        said[3],
                    )  # fmt: skip
                    continue
            if waiting is not None:
                texts.append(self.encode(waiting))
                waiting = None
            texts.append(self.encode(item))
        if waiting is not None:
            texts.append(self.encode(waiting))
        self._millisecond, self._millisecond_text = millisecond, millisecond_text
        return "".join(texts)

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
                return _start(_since_1970(found.time), found.id, found.method, found.target)
        except (TypeError, ValueError):  # a field holds what it shouldn't
            pass
        return encode(event_of(found))

    def _end(self, record: FinishedRecord) -> str:
        exchange, number, started, duration, app_duration, thread = record
        said = exchange.texts
        if said is None or said.thread != thread:
            said = exchange.texts = self._texts(exchange, thread)
        return _finish(started + duration, number, started, duration, app_duration, said.end)

    def _end_of(self, event: RequestFinished) -> str:
        """The line of an event from elsewhere, which may say anything."""
        moments = map(_since_1970, (event.time, event.started))
        lengths = event.duration, event.app_duration
        if not all(0 <= length < _LATEST for length in lengths):
            raise ValueError("not lengths of time")
        took, in_app = (_nanoseconds(length) for length in lengths)
        ended, started = moments
        end = f',"thread":{_text(event.thread)},{self._rest_of_line(vars(event))}'
        return _finish(ended, event.id, started, took, in_app, end)

    def _texts(self, exchange: Exchange, thread: str) -> Texts:
        values = exchange.values
        rest = self._rest_of_line(values) if exchange.texts is None else exchange.texts.rest
        return Texts(
            f",{_request_line(values['method'], values['target'])}{_FINISHED}",
            rest,
            thread,
            f',"thread":{_text(thread)},{rest}',
        )

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


def _start(moment: int, number: int, method: str, target: str) -> str:
    return f'{_STARTED}{_time(moment)},"id":{number},{_request_line(method, target)}'


def _finish(
    moment: int, number: int, started: int, duration: int, app_duration: int, end: str
) -> str:
    return (
        f'{_FINISHED}{_time(moment)},"id":{number},"started":{_time(started)}'
        f"{_duration(duration)}{_app_duration(app_duration)}{end}"
    )


def _duration(nanoseconds: int) -> str:
    return f',"duration":{_time(nanoseconds)}'


def _app_duration(nanoseconds: int) -> str:
    return f',"app_duration":{_time(nanoseconds)}'


def _time(nanoseconds: int) -> str:
    """Seconds, to the microsecond.

    :raises ValueError: there are no such ones
    """
    if nanoseconds < 0:
        raise ValueError("a time before 1970, or a negative one")
    seconds, rest = divmod(nanoseconds // 1000, 1_000_000)
    return f"{seconds}.{rest:06d}"


def _since_1970(moment: float) -> int:
    """Nanoseconds.

    :param moment: unix seconds
    :raises ValueError: it is none
    """
    if not 1 <= moment < _LATEST:
        raise ValueError("not a time of these days")
    return _nanoseconds(moment)


def _nanoseconds(seconds: float) -> int:
    """Of a time that has no more than microseconds: it was told before, perhaps."""
    return round(seconds * 1e6) * 1000


def _body(body: Body) -> str:
    size, data = body.size, body.data
    if size == len(data) and data.isascii() and b"\0" not in data:
        return f'{{"size":{size},"text":{_text(data.decode("ascii"))},"truncated":false}}'
    return _to_json(body.to_json())
