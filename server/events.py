"""What happens in a server, as frozen values, and their form on one line of JSON.

A running :class:`~server.session.Session` reports only through these events: the window, the
terminal and the JSON Lines of ``servedeck serve --events`` all read the same ones. An event is
built once, in the thread in which it happened, and is never changed afterwards, so any thread
may keep it. This module has no state and may be used on any thread.

Readers ignore fields they don't know, so fields can be added without a new ``PROTOCOL``.
"""

from __future__ import annotations

import base64
import codecs
import json
import time as _time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Optional, Union

from .errors import AppLoadError, ConfigError, PortInUse, StartError

PROTOCOL = 1
"""The number of the event format; raised only when a reader of the old one would go wrong."""

Headers = tuple[tuple[str, str], ...]


def _now() -> float:
    return _time.time()


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


@dataclass(frozen=True)
class Frame:
    """One frame of a traceback, with what a reader needs to understand it without the file.

    :param source: the lines around the one that ran
    :param first_line: the number of the first of these lines
    :param locals: name and bounded ``repr`` of the frame's variables
    """

    file: str
    line: int
    function: str
    source: tuple[str, ...] = ()
    first_line: int = 0
    locals: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The frame as a JSON object; ``locals`` as an object by name."""
        return {
            "file": self.file,
            "line": self.line,
            "function": self.function,
            "source": list(self.source),
            "first_line": self.first_line,
            "locals": dict(self.locals),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Frame:
        """Read what :meth:`to_json` wrote."""
        return cls(
            file=str(value["file"]),
            line=int(value["line"]),
            function=str(value["function"]),
            source=tuple(value.get("source", ())),
            first_line=int(value.get("first_line", 0)),
            locals=tuple((str(k), str(v)) for k, v in value.get("locals", {}).items()),
        )


@dataclass(frozen=True)
class Reason:
    """Why something is as it is, for programs; its reader makes the sentence.

    :param kind: a stable word
    :param facts: name and value of what the sentence speaks of
    """

    kind: str
    facts: tuple[tuple[str, Union[str, int, float]], ...] = ()

    @classmethod
    def of(cls, kind: str, **facts: Union[str, int, float]) -> Reason:
        """A reason with these facts."""
        return cls(kind, tuple(facts.items()))

    def to_json(self) -> dict[str, Any]:
        """The reason as one JSON object: ``{"kind": …}`` and its facts by name."""
        return {**dict(self.facts), "kind": self.kind}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Reason:
        """Read what :meth:`to_json` wrote."""
        facts = dict(value)
        return cls(str(facts.pop("kind")), tuple(facts.items()))


@dataclass(frozen=True)
class ServerStarted:
    """The server listens and has loaded the app: from now on requests are answered.

    It comes again after each reload, with the facts of the new code's server.

    :param mode: one of ``server.config.MODES``
    :param python: the version of the interpreter that runs the app
    :param runs_in: ``"thread"`` or ``"process"``
    :param why: why it runs there, a sentence; "" where there was no choice to make
    :param load_seconds: from the start, or from the change that caused a reload, to this event
    :param warm: the process was forked from one that had the installed packages imported
    :param why_cold: why a reload could not fork such a process; "" where it did, or at a start
    :param note: what the user should know about this server, a sentence; else ""
    :param watched: how many files are watched for changes; 0 without a reloader
    :param watch_problem: why changes may go unseen or be seen late; else ""
    :param why_reason: ``why`` for programs, or None
    :param cold_reason: ``why_cold`` for programs, or None
    :param watch_reason: ``watch_problem`` for programs, or None
    """

    url: str
    host: str
    port: int
    pid: int
    mode: str
    python: str
    time: float = field(default_factory=_now)
    runs_in: str = "thread"
    why: str = ""
    load_seconds: float = 0.0
    warm: bool = False
    why_cold: str = ""
    note: str = ""
    watched: int = 0
    watch_problem: str = ""
    why_reason: Optional[Reason] = None
    cold_reason: Optional[Reason] = None
    watch_reason: Optional[Reason] = None


@dataclass(frozen=True)
class WatchChanged:
    """How the app's files are watched has changed since ``ServerStarted``, or the last of these.

    The fields are those of ``ServerStarted``.
    """

    watched: int
    watch_problem: str = ""
    watch_reason: Optional[Reason] = None
    time: float = field(default_factory=_now)


@dataclass(frozen=True)
class RequestStarted:
    """The head of a request has arrived whole and is about to be answered.

    :param id: counts up from 1 in a session; the same id comes back in ``RequestFinished``
    """

    id: int
    method: str
    target: str
    time: float = field(default_factory=_now)


@dataclass(frozen=True)
class RequestFinished:
    """One request and its answer, complete.

    :param target: the request target as it was sent; ``path`` is its decoded path
    :param http_version: as in the request line, such as ``"HTTP/1.1"``
    :param status: the status code sent; 0 when the client left before one was sent
    :param started: when the request's head had arrived, in unix seconds
    :param duration: seconds from there to the last byte of the answer
    :param app_duration: seconds of it in which the app's own code ran
    :param error_id: the ``AppError`` of this request, or None
    :param aborted: the client went away before the answer was complete
    :param flow: ``(stage, start_us, duration_us, depth)`` for each recorded stage
    :param problem: why the server refused the request, or what the app did wrong; else ""
    :param flow_places: ``(stage, file, line)``: where the function behind a stage is written
    :param flow_failed: the index in ``flow`` of the innermost stage that ended by an exception
    :param endpoint: the name of what answered, as the app's framework calls it; else ""
    :param view_args: name and bounded ``repr`` of each value taken from the URL
    """

    id: int
    method: str
    target: str
    path: str
    query: str
    http_version: str
    status: int
    reason: str
    started: float
    duration: float
    app_duration: float
    bytes_received: int
    bytes_sent: int
    remote_addr: str
    thread: str
    pid: int
    request_headers: Headers = ()
    response_headers: Headers = ()
    request_body: Body = field(default_factory=Body)
    response_body: Body = field(default_factory=Body)
    error_id: Optional[int] = None
    aborted: bool = False
    flow: tuple[tuple[str, int, int, int], ...] = ()
    problem: str = ""
    time: float = field(default_factory=_now)
    flow_places: tuple[tuple[str, str, int], ...] = ()
    flow_failed: Optional[int] = None
    endpoint: str = ""
    view_args: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class AppError:
    """An exception of the user's app, with its traceback.

    :param request_id: the request it happened in, or None (at import, in a thread of the app)
    :param type: the exception's class, with its module unless that is ``builtins``
    :param text: the traceback as Python prints it, without frames of the server
    """

    id: int
    request_id: Optional[int]
    type: str
    message: str
    text: str
    frames: tuple[Frame, ...] = ()
    time: float = field(default_factory=_now)


@dataclass(frozen=True)
class OutputWritten:
    """What the app printed or logged.

    :param stream: ``"stdout"`` or ``"stderr"``
    :param request_id: the request during which it was written, or None
    """

    stream: str
    text: str
    request_id: Optional[int] = None
    time: float = field(default_factory=_now)


@dataclass(frozen=True)
class Reloading:
    """Files have changed: the app is about to be loaded anew.

    Until the next ``ServerStarted`` or ``ReloadFailed``, new connections wait.

    :param paths: the files that changed, the one that was noticed first in front
    """

    paths: tuple[str, ...]
    time: float = field(default_factory=_now)


@dataclass(frozen=True)
class ReloadFailed:
    """The app can't be loaded; the server stays up, answers 500, and waits for the next change.

    It also comes after the first ``ServerStarted`` where the app was broken from the beginning.

    :param error: one sentence: what is wrong with the app
    :param traceback: the app's own traceback where its code raised, else ""
    :param missing_module: the module whose absence stopped the app's import, else ""
    :param kind: what went wrong, a stable word: the ``kind`` of an
        :class:`~server.errors.AppLoadError`, or ``"import-ended"``, ``"import-hangs"``,
        ``"app-crashed"``, ``"app-restarted"`` (it crashed, and is started again), ``"internal"``
    :param error_id: the ``AppError`` that was reported for the same failure, or None
    :param app: what was to be loaded, as the user named it, where its import ended or hangs
    :param status: how the app's process ended: its exit status, or a signal's number, negative;
        None where no process ended, or where that isn't known
    :param seconds: how long the import has taken by now, where it hangs; else None
    """

    error: str
    traceback: str = ""
    time: float = field(default_factory=_now)
    missing_module: str = ""
    kind: str = ""
    error_id: Optional[int] = None
    app: str = ""
    status: Optional[int] = None
    seconds: Optional[float] = None


@dataclass(frozen=True)
class ServerFailed:
    """The server could not start, or ended by an error of its own.

    :param kind: what went wrong, a stable word: the ``kind`` of a
        :class:`~server.errors.StartError`, or ``"app-crashed"``, ``"app-error"``,
        ``"internal"``
    :param message: one sentence for the user: what is wrong and what to do
    :param traceback: the app's own traceback where its import failed, else ""
    :param suggested_port: a free port to try instead, where the port was taken
    :param missing_module: the module whose absence stopped the app's import, else ""
    :param error_id: the ``AppError`` that was reported for the same failure, or None
    :param port: the port that was taken, or None
    :param pid: the process that has it, or None where the system doesn't say
    :param process: that process's name, or ""
    :param app: what was to be served, as the user named it, where its import ended the process
    :param status: how the app's process ended, as in :class:`ReloadFailed`
    :param setting: the setting that has a value that can't be used, or ""
    """

    kind: str
    message: str
    traceback: str = ""
    suggested_port: Optional[int] = None
    time: float = field(default_factory=_now)
    missing_module: str = ""
    error_id: Optional[int] = None
    port: Optional[int] = None
    pid: Optional[int] = None
    process: str = ""
    app: str = ""
    status: Optional[int] = None
    setting: str = ""


@dataclass(frozen=True)
class ServerStopped:
    """The server has ended: its threads are done and it holds no connection.

    :param reason: ``"stopped"`` (asked to), or ``"app"`` (the app asked for it)
    :param drained: requests that were running when the stop came and were finished
    :param abandoned: requests that were still running at the deadline
    :param port_free: whether the port could be bound afterwards; None where that wasn't tried
    :param processes_left: processes of the app that are still there; None where nobody looked
    """

    reason: str
    drained: int = 0
    abandoned: int = 0
    time: float = field(default_factory=_now)
    port_free: Optional[bool] = None
    processes_left: Optional[int] = None


def start_failure(error: StartError) -> ServerFailed:
    """The event of a server that could not start."""
    load = error if isinstance(error, AppLoadError) else None
    taken = error if isinstance(error, PortInUse) else None
    owner = taken.owner if taken else None
    return ServerFailed(
        kind=error.kind,
        message=error.message,
        traceback=load.traceback if load else "",
        suggested_port=taken.suggested_port if taken else None,
        missing_module=load.missing_module if load else "",
        error_id=load.error_id if load else None,
        port=taken.port if taken else None,
        pid=owner.pid if owner else None,
        process=owner.process if owner else "",
        setting=error.setting if isinstance(error, ConfigError) else "",
    )


Event = Union[
    ServerStarted,
    WatchChanged,
    RequestStarted,
    RequestFinished,
    AppError,
    OutputWritten,
    Reloading,
    ReloadFailed,
    ServerFailed,
    ServerStopped,
]
Emit = Callable[[Event], None]
"""Takes an event from any thread; returns at once and never raises."""


class _Registry:
    """The one table of event names, and how a field is read back from JSON."""

    classes: ClassVar[dict[str, type[Any]]] = {
        cls.__name__: cls
        for cls in (
            ServerStarted,
            WatchChanged,
            RequestStarted,
            RequestFinished,
            AppError,
            OutputWritten,
            Reloading,
            ReloadFailed,
            ServerFailed,
            ServerStopped,
        )
    }
    readers: ClassVar[dict[str, Callable[[Any], Any]]] = {
        "request_headers": lambda value: tuple((str(k), str(v)) for k, v in value),
        "response_headers": lambda value: tuple((str(k), str(v)) for k, v in value),
        "request_body": Body.from_json,
        "response_body": Body.from_json,
        "frames": lambda value: tuple(Frame.from_json(item) for item in value),
        "flow": lambda value: tuple((str(s), int(a), int(b), int(c)) for s, a, b, c in value),
        "flow_places": lambda value: tuple((str(s), str(f), int(n)) for s, f, n in value),
        "view_args": lambda value: tuple((str(k), str(v)) for k, v in value),
        "paths": lambda value: tuple(map(str, value)),
        **dict.fromkeys(
            ("why_reason", "cold_reason", "watch_reason"),
            lambda value: None if value is None else Reason.from_json(value),
        ),
    }


NO_BODY = Body()
"""Of a request or a response that has none."""


def body(size: int, data: Union[bytes, bytearray]) -> Body:
    """A :class:`Body`; the same one each time for an empty body."""
    if not size:
        return NO_BODY
    made = object.__new__(Body)  # as in request_finished
    object.__setattr__(made, "__dict__", {"size": size, "data": bytes(data)})
    return made


_new, _set = object.__new__, object.__setattr__


def request_finished(values: dict[str, Any]) -> RequestFinished:
    """A :class:`RequestFinished`, made quickly: it is made once for each request.

    A frozen dataclass sets its fields one by one through ``object.__setattr__``, which takes
    several times as long as everything else about the event.

    :param values: every field. The dictionary is the event's from now on
    """
    event = _new(RequestFinished)
    _set(event, "__dict__", values)
    return event


def request_started(id: int, method: str, target: str, time: float) -> RequestStarted:
    """A :class:`RequestStarted`, made quickly, as :func:`request_finished` does."""
    event = _new(RequestStarted)
    _set(event, "__dict__", {"id": id, "method": method, "target": target, "time": time})
    return event


def _default(value: Any) -> Any:
    if isinstance(value, (Body, Frame, Reason)):
        return value.to_json()
    raise TypeError(f"{type(value).__name__} has no place in an event")


_to_json = json.JSONEncoder(default=_default, separators=(",", ":"), check_circular=False).encode


def values_of(event: Event) -> dict[str, Any]:
    """What one line of an event is made of; :func:`event_from_values` reads it, once it has been
    through JSON."""
    return {"event": type(event).__name__, "time": event.time, **vars(event)}


def encode(event: Event) -> str:
    """One line of JSON, ending in a newline: ``{"event": NAME, "time": …, …}``.

    The line is pure ASCII, so that no setting of a terminal or pipe can spoil it.
    """
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
    """The event whose line was read as ``values``, which are used up.

    :raises ValueError: they aren't an event's of this protocol
    """
    try:
        cls = _Registry.classes[values.pop("event")]
        known, readers = _FORMS[cls]
        complete = values.keys() == known
        if not complete:
            values = {name: value for name, value in values.items() if name in known}
        for name, read in readers:
            if name in values:
                values[name] = read(values[name])
        event: Event
        if complete:  # see request_finished
            event = object.__new__(cls)
            vars(event).update(values)
        else:
            event = cls(**values)
        return event
    except (LookupError, TypeError, AttributeError, ValueError, *_TOO_MUCH) as error:
        raise ValueError(f"not an event: {str(values)[:200]}") from error


def _form(cls: type[Any]) -> tuple[frozenset[str], tuple[tuple[str, Callable[[Any], Any]], ...]]:
    """The names of a class's fields, and those that are read in a way of their own."""
    names = frozenset(item.name for item in fields(cls))
    return names, tuple(item for item in _Registry.readers.items() if item[0] in names)


_FORMS = {cls: _form(cls) for cls in _Registry.classes.values()}
