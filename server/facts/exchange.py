"""A request and its answer, as they are reported: one form for server, window and history.

``RequestFinished`` is made once for each request and kept for long, so it is a tuple of the seven
values that are new each time. All the rest, the *facts*, is in an :class:`Exchange`, which requests
that are alike, and whose answers are alike, have in common: most requests repeat one of late, to
the byte. Reading ``event.status`` reads ``event.exchange.status``; the JSON of an exchange is made
when it is first written, and once. A request whose flow is recorded has an exchange of its own,
based on the one of those that are like it: what they have in common becomes JSON once, too.

Everything in here is immutable, and may be used on any thread. Readers and writers of events import
it from :mod:`server.events`.
"""

from __future__ import annotations

import base64
import codecs
import json
import re
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _text
from operator import attrgetter
from typing import Any, NamedTuple, Optional
from urllib.parse import unquote_to_bytes

from ..base.values import dataclass
from .span import LeftOut, Span, spans_text

__all__ = [
    "FACTS",
    "NO_BODY",
    "Body",
    "Exchange",
    "Headers",
    "RequestFacts",
    "RequestFinished",
    "RequestStarted",
    "readable_path",
]

Headers = tuple[tuple[str, str], ...]

_NOT_UTF_8 = re.compile("[\udc80-\udcff]")  # as "surrogateescape" has such bytes
_set = object.__setattr__  # for what never changes once it is made


@dataclass(frozen=True)
class Body:
    """The kept part of a request's or response's body.

    :param size: length of the whole body in bytes, also of what was not kept
    :param data: the first bytes, at most ``ServerConfig.body_limit``
    """

    size: int = 0
    data: bytes = b""

    @property
    def truncated(self) -> bool:
        """Whether more went over the wire than was kept."""
        return self.size > len(self.data)

    def to_json(self) -> dict[str, Any]:
        """The body as ``{size, text | base64, truncated}``; text where it is valid UTF-8."""
        result: dict[str, Any] = {"size": self.size}
        text = self.text()
        if text is None:
            result["base64"] = base64.b64encode(self.data).decode("ascii")
        else:
            result["text"] = text
        result["truncated"] = self.truncated
        return result

    def text(self) -> Optional[str]:
        """The kept bytes as text, or None where they aren't UTF-8.

        A character cut in two by the limit doesn't make a text binary: it is left out.
        """
        if b"\0" in self.data:
            return None
        try:
            return codecs.utf_8_decode(self.data, "strict", not self.truncated)[0]
        except UnicodeDecodeError:
            return None

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Body:
        """Read what :meth:`to_json` wrote."""
        data = (
            base64.b64decode(value["base64"])
            if "base64" in value
            else str(value.get("text", "")).encode("utf-8")
        )
        return cls(size=int(value["size"]), data=data)


NO_BODY = Body()
"""Of a request or a response that has none."""


class RequestStarted(NamedTuple):
    """The head of a request has arrived whole and is about to be answered.

    :param id: counts up from 1 in a session; the same id comes back in ``RequestFinished``
    :param target: the request target as it was sent
    :param time: when the head had arrived, in unix seconds
    :param remote_port: as in ``RequestFinished``
    """

    id: int
    method: str
    target: str
    time: float
    remote_port: int = 0

    def line(self) -> str:
        """The event as a line of JSON; see :func:`server.events.encode`."""
        port = f',"remote_port":{self.remote_port}' if self.remote_port else ""
        return (
            f'{{"event":"RequestStarted","time":{self.time:.6f},"id":{self.id},'
            f'"method":{_text(self.method)},"target":{_text(self.target)}{port}}}\n'
        )


def readable_path(path: str) -> str:
    """A path for people: decoded as UTF-8; bytes that aren't UTF-8 stay, or become, ``%XX``.

    :param path: as it was sent, its bytes as latin-1 characters
    """
    if "%" not in path and path.isascii():
        return path
    text = unquote_to_bytes(path.encode("latin-1", "replace")).decode("utf-8", "surrogateescape")
    return _NOT_UTF_8.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", text)


class RequestFacts:
    """The contents of a request and its answer: each fact that two requests may have in common.

    This is the one list of them. A fact that is added here is a field of :class:`RequestFinished`
    and of its line of JSON; ``server/reporting/exchanges.py`` is where it comes from. The order
    is that of the line; the defaults are of a request with nothing special.

    :ivar target: the request target as it was sent
    :ivar path: its path for people, decoded as UTF-8; see :func:`readable_path`
    :ivar http_version: as in the request line, such as ``"HTTP/1.1"``
    :ivar status: the status code sent; 0 when the client left before one was sent
    :ivar bytes_received: of the request, head and body
    :ivar bytes_sent: of the answer, head and body
    :ivar remote_addr: the client's address, as the environ has it
    :ivar pid: the process that answered
    :ivar error_id: the ``AppError`` of this request, or None
    :ivar aborted: the client went away before the answer was complete
    :ivar flow: ``(stage, start_us, duration_us, depth)`` for each recorded stage
    :ivar problem: why the server refused the request, or what the app did wrong; else ""
    :ivar flow_places: ``(stage, file, line)``: where the function behind a stage is written
    :ivar flow_failed: the index in ``flow`` of the innermost stage that ended by an exception
    :ivar endpoint: the name of what answered, as the app's framework calls it; else ""
    :ivar view_args: name and bounded ``repr`` of each value taken from the URL
    :ivar raw_path: the target's path as it was sent
    :ivar spans: what the app did meanwhile, in the order of its beginnings; None where that wasn't
        recorded, as it is with the flow
    :ivar spans_left_out: what is known of those beyond the ones that are kept, for each kind of
        them; in JSON the fields of ``LeftOut`` as a list
    :ivar samples: ``(file, line, function, n)``: the app's own lines at which a slow request stood
        most often, when it was looked at every 10 ms, with debug on
    :ivar samples_taken: how often it was looked at
    :ivar upgrade: what the app spoke instead of HTTP over the socket that it took, as the request's
        Upgrade header calls it, such as ``"websocket"``; ``"socket"`` without one; else ""
    :ivar replay: the window has sent it again: how its answer compares with the first one,
        ``"same"``, or what differs: ``"status"``, ``"body"``, ``"headers"``; ``"edited"`` where
        the request isn't the same; else "". The window sets it, no server does
    :ivar replay_of: when the request began that was sent again, in unix seconds; else 0
    """

    __slots__ = ()

    method: str = "-"
    target: str = "-"
    path: str = ""
    query: str = ""
    http_version: str = "HTTP/1.1"
    status: int = 0
    reason: str = ""
    bytes_received: int = 0
    bytes_sent: int = 0
    remote_addr: str = ""
    pid: int = 0
    request_headers: Headers = ()
    response_headers: Headers = ()
    response_body: Body = NO_BODY
    endpoint: str = ""
    raw_path: str = ""
    # From here on they are mostly of one request alone, see OWN.
    request_body: Body = NO_BODY
    error_id: Optional[int] = None
    aborted: bool = False
    problem: str = ""
    flow: tuple[tuple[str, int, int, int], ...] = ()
    flow_failed: Optional[int] = None
    view_args: tuple[tuple[str, str], ...] = ()
    upgrade: str = ""
    replay: str = ""
    replay_of: float = 0.0
    spans_left_out: tuple[LeftOut, ...] = ()
    samples: tuple[tuple[str, int, str, int], ...] = ()
    samples_taken: int = 0
    flow_places: tuple[tuple[str, str, int], ...] = ()
    spans: Optional[tuple[Span, ...]] = None


FACTS: dict[str, Any] = {name: getattr(RequestFacts, name) for name in RequestFacts.__annotations__}
"""Name and default of each fact, in their order."""


_NAMES = tuple(FACTS)
_FIRST_OWN = _NAMES.index("request_body")
_SHARED = _NAMES[:_FIRST_OWN]
OWN = frozenset(_NAMES[_FIRST_OWN:])
"""The facts in which a request that is recorded, has failed or has sent a body differs from those
that are the same otherwise."""
_TEXTS = ("flow_places", "spans")  # which become text in a way of their own, in this order


class Exchange(RequestFacts):
    """The facts of a request and its answer. Never changed; many requests may share one.

    Facts that aren't given have their defaults. Any thread.

    :param repeats: whether it may be shared by requests to come; then it is worth being remembered
    :param base: one with the same facts; those that are given are of :data:`OWN`
    :raises TypeError: there is no fact of that name
    """

    __slots__ = ("__dict__", "_base", "_json", "_shared", "repeats")

    repeats: bool
    _base: Optional[Exchange]
    _json: str
    _shared: str

    def __init__(
        self, *, repeats: bool = False, base: Optional[Exchange] = None, **facts: Any
    ) -> None:
        known = FACTS.keys() if base is None else OWN
        if not facts.keys() <= known:
            raise TypeError(f"not facts of a request: {sorted(facts.keys() - known)}")
        own = vars(self)
        if base is not None:
            own.update(vars(base))
        own.update(facts)
        _set(self, "repeats", repeats)
        _set(self, "_base", base)
        _set(self, "_json", "")
        _set(self, "_shared", "")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"an exchange never changes: {name}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Exchange):
            return NotImplemented
        return self is other or self.facts() == other.facts()

    def __hash__(self) -> int:
        return hash((self.method, self.target, self.status, self.bytes_sent))

    def __repr__(self) -> str:
        return f"Exchange({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def facts(self) -> dict[str, Any]:
        """All facts by their names, in their order."""
        return {**FACTS, **vars(self)}

    def as_json(self) -> str:
        """The facts as members of a JSON object, without its braces; made once."""
        text = self._json
        if not text:
            facts = self.facts()
            places, spans = (facts[name] for name in _TEXTS)
            own = {name: facts[name] for name in _NAMES[_FIRST_OWN : -len(_TEXTS)]}
            listed = "null" if spans is None else spans_text(spans)
            text = (
                f"{(self._base or self)._shared_text()},{_to_json(own)[1:-1]},"
                f'"flow_places":{_places_text(places)},"spans":{listed}'
            )
            _set(self, "_json", text)
        return text

    def _shared_text(self) -> str:
        """Those of its facts as text that others are based on; made once."""
        text = self._shared
        if not text:
            facts = self.facts()
            text = _to_json({name: facts[name] for name in _SHARED})[1:-1]
            _set(self, "_shared", text)
        return text


@lru_cache(maxsize=256)
def _places_text(places: tuple[tuple[str, str, int], ...]) -> str:
    """The places of a flow, which are those of many: it is the times that differ."""
    return _to_json(places)


class _Finished(NamedTuple):
    """What is new with each request; see :class:`RequestFinished`."""

    exchange: Exchange
    id: int
    started: float
    duration: float
    app_duration: float
    thread: str
    remote_port: int = 0


class RequestFinished(_Finished, RequestFacts):
    """One request and its answer, complete.

    One is made for each request, so it is a tuple of what is new each time, over the
    :class:`Exchange` that has all the rest, which is mostly shared by many. The facts are
    attributes of the event as well: ``event.status`` is ``event.exchange.status``.

    :ivar id: the number that ``RequestStarted`` had
    :ivar started: when the request's head had arrived, in unix seconds
    :ivar duration: seconds from there to the last byte of the answer
    :ivar app_duration: seconds of it in which the app's own code ran
    :ivar thread: the name of the thread that answered
    :ivar remote_port: the port of the client's end of the connection; 0 for a Unix socket
    """

    __slots__ = ()

    @classmethod
    def of(
        cls,
        *,
        id: int,
        started: float,
        duration: float = 0.0,
        app_duration: float = 0.0,
        thread: str = "",
        remote_port: int = 0,
        **facts: Any,
    ) -> RequestFinished:
        """The event with an exchange of its own.

        :param facts: see :class:`RequestFacts`
        :raises TypeError: there is no fact of that name
        """
        return cls(Exchange(**facts), id, started, duration, app_duration, thread, remote_port)

    @property
    def time(self) -> float:
        """When it was over, in unix seconds."""
        return self.started + self.duration

    def line(self) -> str:
        """The event as a line of JSON; see :func:`server.events.encode`."""
        exchange, number, started, duration, app_duration, thread, port = self
        return (
            f'{{"event":"RequestFinished","time":{started + duration:.6f},"id":{number},'
            f'"started":{started:.6f},"duration":{duration:.6f},"app_duration":{app_duration:.6f},'
            f'"thread":{_text(thread)},"remote_port":{port},{exchange.as_json()}}}\n'
        )

    def replace(self, **changes: Any) -> RequestFinished:
        """The same with other values of some fields, whether facts or not."""
        own = {name: changes.pop(name) for name in self._fields if name in changes}
        event = self._replace(**own)
        if changes:
            event = event._replace(exchange=Exchange(**{**vars(event.exchange), **changes}))
        return event


for _name in FACTS:
    setattr(RequestFinished, _name, property(attrgetter(f"exchange.{_name}")))


def _default(value: Any) -> Any:
    if isinstance(value, Body):
        return value.to_json()
    raise TypeError(f"{type(value).__name__} has no place in an event")


_to_json = json.JSONEncoder(default=_default, separators=(",", ":"), check_circular=False).encode
