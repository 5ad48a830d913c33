"""What happens in a server, as frozen values, and their form on one line of JSON.

A running :class:`~server.session.Session` reports only through these events: the window, the
terminal and the JSON Lines of ``servedeck serve --events`` all read the same ones. An event is
built once, in the thread in which it happened, and is never changed afterwards, so any thread
may keep it. This module has no state and may be used on any thread.

What an app does is defined here, a server's own course in ``lifecycle.py``, its requests in
``exchange.py``, its rules in ``route.py``, a console's answers in ``console.py``; all of it is
imported from here.

Readers ignore fields they don't know, so fields can be added without a new ``PROTOCOL``.
"""

from __future__ import annotations

import json
import math
import time as _time
from collections.abc import Callable, Container
from dataclasses import field, fields, is_dataclass
from typing import Any, NamedTuple, Optional, Union, get_args

from .base.values import dataclass
from .facts.console import ConsoleAnswered, ConsoleQuestion
from .facts.exchange import FACTS, Body, Exchange, Headers, RequestFinished, RequestStarted
from .facts.explain import Explained, ExplainQuestion
from .facts.frame import Cause, Frame
from .facts.lifecycle import (
    ReloadFailed,
    Reloading,
    ServerCourse,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    WatchChanged,
    load_failure,
    start_failure,
)
from .facts.reason import Reason
from .facts.route import Route, RoutesFound
from .facts.span import Span, left_out_from_json

__all__ = [
    "PROTOCOL",
    "AppError",
    "Body",
    "Cause",
    "ConsoleAnswered",
    "ConsoleQuestion",
    "Emit",
    "Event",
    "Exchange",
    "ExplainQuestion",
    "Explained",
    "Frame",
    "Headers",
    "Importing",
    "OutputWritten",
    "Paused",
    "Reason",
    "ReloadFailed",
    "Reloading",
    "RequestFinished",
    "RequestStarted",
    "Resumed",
    "Route",
    "RoutesFound",
    "ServerCourse",
    "ServerFailed",
    "ServerStarted",
    "ServerStopped",
    "Span",
    "WatchChanged",
    "Where",
    "decode",
    "encode",
    "event_from_values",
    "load_failure",
    "read_fields",
    "start_failure",
    "values_of",
]


PROTOCOL = 1
"""The number of the event format; raised only when a reader of the old one would go wrong."""


@dataclass(frozen=True)
class Importing:
    """The app's import takes long: where it stands. It comes when the import has taken 3 s, and
    about each second from then on, until the app is loaded, can't be loaded, or is stopped.

    :param app: what is loaded, as the user named it
    :param elapsed: seconds since the import began
    :param module: the module that is being executed, the innermost of those that import each
        other; "" where none is
    :param where: the innermost frame of the app's own code, with its line of source, or None
    :param frames: the importing thread's stack, the outermost frame first, without the server's
        frames, and of a very deep one without those in the middle
    :param hint: why it may never end, or None: ``serves-at-import`` with ``file`` and ``line``,
        where a module starts a server or an event loop; ``lock-held`` where code in C holds the
        interpreter's lock, so that nothing else runs in the process
    """

    app: str
    elapsed: float
    module: str = ""
    where: Optional[Frame] = None
    frames: tuple[Frame, ...] = ()
    hint: Optional[Reason] = None
    time: float = field(default_factory=_time.time)


@dataclass(frozen=True)
class Where:
    """Where a request stands that was asked about: the stack of its thread.

    :param where: the innermost frame of the app's own code, with its line of source, or None
    :param frames: the stack, the outermost frame first, without the server's frames, and of a very
        deep one without those in the middle; empty where the request is over, or runs in a process
        of its own
    :param unanswered: the app's process doesn't answer, as code in C holds the interpreter's lock
    """

    request_id: int
    where: Optional[Frame] = None
    frames: tuple[Frame, ...] = ()
    unanswered: bool = False
    time: float = field(default_factory=_time.time)


@dataclass(frozen=True)
class AppError:
    """An exception of the user's app, with its traceback.

    :param request_id: the request it happened in, or None (at import, in a thread of the app)
    :param type: the exception's class, with its module unless that is ``builtins``
    :param text: the traceback as Python prints it, without frames of the server
    :param frames: those of the traceback, the outermost first
    :param time: when it was caught; the event itself comes after the request's answer
    :param causes: the errors behind it, as Python would show them
    :param group: the same for errors that are one and the same: its class, and its place in the
        user's own code
    """

    id: int
    request_id: Optional[int]
    type: str
    message: str
    text: str
    frames: tuple[Frame, ...] = ()
    time: float = field(default_factory=_time.time)
    causes: tuple[Cause, ...] = ()
    group: str = ""


@dataclass(frozen=True)
class OutputWritten:
    """What the app printed or logged.

    Where it was made of a log record, or of a warning, that one's facts are there; else they are
    empty, and the level is what the line's own words say.

    :param stream: ``"stdout"`` or ``"stderr"``
    :param request_id: the request during which it was written, or None
    :param level: ``"debug"``, ``"info"``, ``"warning"``, ``"error"`` or ``"critical"``
    :param logger: the logger's name; of a warning, its category
    :param file: the code that logged or was warned of, absolute; and its line
    :param own: that code is the project's, not a library's
    """

    stream: str
    text: str
    request_id: Optional[int] = None
    time: float = field(default_factory=_time.time)
    level: str = ""
    logger: str = ""
    file: str = ""
    line: int = 0
    own: bool = False


@dataclass(frozen=True)
class Paused:
    """Code of the app waits for a person: in a debugger, a console, or for a line of input.

    It comes again, with the same ``id``, when the place or the variables are others.

    :param thread: the name of the thread that waits
    :param file: the code that waits, absolute; of a debugger, the frame that it stands in
    :param locals: name and bounded text of that frame's variables
    :param debugger: it takes a debugger's commands
    :param source: the lines around that one, the first of which is number ``first_line``
    :param waits: another pause comes first, and nothing is read yet
    :param secret: a password is asked for, which nobody is to see
    """

    id: int
    request_id: Optional[int]
    thread: str
    file: str
    line: int
    function: str
    locals: tuple[tuple[str, str], ...] = ()
    debugger: bool = False
    waits: bool = False
    source: tuple[str, ...] = ()
    first_line: int = 0
    secret: bool = False
    time: float = field(default_factory=_time.time)


@dataclass(frozen=True)
class Resumed:
    """What has paused goes on, or has ended."""

    id: int
    request_id: Optional[int]
    time: float = field(default_factory=_time.time)


Event = Union[
    ServerStarted,
    Importing,
    Where,
    WatchChanged,
    RequestStarted,
    RequestFinished,
    AppError,
    OutputWritten,
    Paused,
    Resumed,
    ConsoleAnswered,
    Explained,
    RoutesFound,
    Reloading,
    ReloadFailed,
    ServerCourse,
    ServerFailed,
    ServerStopped,
]
Emit = Callable[[Event], None]
"""Takes an event from any thread; returns at once and never raises."""


def _seconds(value: Any) -> float:
    """A time, or a length of time, that was read from JSON, which knows NaN and Infinity, too.

    :raises ValueError: it is none
    """
    found = float(value)
    if not math.isfinite(found):
        raise ValueError("not a number of seconds")
    return found


_READERS: dict[str, Callable[[Any], Any]] = {
    "time": _seconds,
    "started": _seconds,
    "duration": _seconds,
    "app_duration": _seconds,
    "request_headers": lambda value: tuple((str(k), str(v)) for k, v in value),
    "response_headers": lambda value: tuple((str(k), str(v)) for k, v in value),
    "request_body": Body.from_json,
    "response_body": Body.from_json,
    "where": lambda value: None if value is None else Frame.from_json(value),
    "began": _seconds,
    "elapsed": _seconds,
    "frames": lambda value: tuple(map(Frame.from_json, value)),
    "causes": lambda value: tuple(map(Cause.from_json, value)),
    "flow": lambda value: tuple((str(s), int(a), int(b), int(c)) for s, a, b, c in value),
    "flow_places": lambda value: tuple((str(s), str(f), int(n)) for s, f, n in value),
    "spans": lambda value: None if value is None else tuple(map(Span.from_json, value)),
    "spans_left_out": left_out_from_json,
    "samples": lambda value: tuple((str(f), int(n), str(o), int(c)) for f, n, o, c in value),
    "view_args": lambda value: tuple((str(k), str(v)) for k, v in value),
    "locals": lambda value: tuple((str(k), str(v)) for k, v in value),
    "routes": lambda value: tuple(map(Route.from_json, value)),
    "paths": lambda value: tuple(map(str, value)),
    "threads_left": lambda value: tuple(map(str, value)),
    "source": lambda value: tuple(map(str, value)),
    "names": lambda value: tuple(map(str, value)),
    "request_ids": lambda value: tuple(map(int, value)),
    **dict.fromkeys(
        ("why_reason", "cold_reason", "watch_reason", "note_reason", "hint", "cause"),
        lambda value: None if value is None else Reason.from_json(value),
    ),
}
"""How a field's value is read back from JSON, where it isn't what JSON makes of it."""


class _Form(NamedTuple):
    """How an event is made of its line of JSON.

    :ivar make: takes the fields by name
    :ivar names: the fields it knows
    """

    make: Callable[..., Any]
    names: frozenset[str]


_FORMS: dict[str, _Form] = {
    "RequestStarted": _Form(RequestStarted, frozenset(RequestStarted._fields)),
    "RequestFinished": _Form(
        RequestFinished.of, frozenset(FACTS).union(RequestFinished._fields) - {"exchange"}
    ),
    **{
        cls.__name__: _Form(cls, frozenset(item.name for item in fields(cls)))
        for cls in get_args(Event)
        if isinstance(cls, type) and is_dataclass(cls)
    },
}
"""By the name of an event; whatever is an :data:`Event` is here."""


def _default(value: Any) -> Any:
    if isinstance(value, (Cause, Frame, Reason, Route)):
        return value.to_json()
    raise TypeError(f"{type(value).__name__} has no place in an event")


_to_json = json.JSONEncoder(default=_default, separators=(",", ":"), check_circular=False).encode


def values_of(event: Event) -> dict[str, Any]:
    """What one line of an event is made of; :func:`event_from_values` reads it, once it has been
    through JSON."""
    if isinstance(event, (RequestStarted, RequestFinished)):
        values: dict[str, Any] = json.loads(event.line())
        return values
    return {"event": type(event).__name__, "time": event.time, **vars(event)}


def encode(event: Event) -> str:
    """One line of JSON, ending in a newline: ``{"event": NAME, "time": …, …}``.

    The line is pure ASCII, so that no setting of a terminal or pipe can spoil it. Times of requests
    are written to the microsecond: the digits beyond mean nothing.
    """
    if isinstance(event, (RequestStarted, RequestFinished)):
        return event.line()
    return _to_json(values_of(event)) + "\n"


_TOO_MUCH = (RecursionError, OverflowError)  # lists in lists without end; a size of Infinity


def decode(line: Union[str, bytes]) -> Event:
    """Read one line that :func:`encode` wrote.

    Fields that are not known here are ignored.

    :raises ValueError: the line isn't an event of this protocol
    """
    try:
        return event_from_values(json.loads(line))
    except (AttributeError, ValueError, *_TOO_MUCH) as error:
        raise ValueError(f"not an event: {line[:200]!r}") from error


def event_from_values(values: dict[str, Any]) -> Event:
    """The event whose line was read as ``values``.

    :raises ValueError: they aren't an event's of this protocol
    """
    try:
        make, names = _FORMS[values["event"]]
        event: Event = make(**read_fields(values, names))
        return event
    except (LookupError, TypeError, AttributeError, ValueError, *_TOO_MUCH) as error:
        raise ValueError(f"not an event: {str(values)[:200]}") from error


def read_fields(values: dict[str, Any], names: Container[str]) -> dict[str, Any]:
    """Values from JSON as the fields of an event; those that aren't among ``names`` are ignored."""
    return {
        name: _READERS[name](value) if name in _READERS else value
        for name, value in values.items()
        if name in names
    }
