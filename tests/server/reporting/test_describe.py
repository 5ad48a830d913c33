"""Describing an error never harms the app: after the answer, bounded, whatever the objects do."""

from __future__ import annotations

import bdb
import contextlib
import contextvars
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from serverkit import SAFETY, Events

from server.base import limits
from server.base.forks import fork
from server.events import AppError, OutputWritten, RequestFinished, decode, encode
from server.reporting import describe
from server.reporting.captured import capture
from server.reporting.describe import Described, Describer
from server.reporting.reporter import Reporter
from server.reporting.scope import RequestScope

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
LONG = 20.0  # seconds for a description, where its content matters, on a busy machine


def caught(value: object) -> BaseException:
    """An exception whose innermost frame has a variable ``value``."""

    def work(value: object) -> None:
        raise LookupError("work")

    try:
        work(value)
    except LookupError as error:
        return error
    raise AssertionError


@pytest.fixture
def describer(events: Events) -> Iterator[Describer]:
    made = Describer(events.emit, LONG)
    yield made
    made.close()


def shown(describer: Describer, events: Events, value: object) -> str:
    """The text of a variable."""
    described = Described(capture(caught(value)), 1, None)
    describer.release(described)
    assert described.emitted.wait(SAFETY)
    error = events.of(AppError)[-1]
    return dict(error.frames[-1].locals)["value"]


class Raises:
    def __repr__(self) -> str:
        raise KeyboardInterrupt


class Exits:
    def __repr__(self) -> str:
        sys.exit("from a repr")


class Recurses:
    def __repr__(self) -> str:
        return repr(self)


class Huge:
    def __repr__(self) -> str:
        return "x" * 10_000_000


class Prints:
    def __repr__(self) -> str:
        print("asked")
        return "printed"


class Unfit(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return Unfit("unfit")

    def __str__(self) -> str:
        raise GeneratorExit

    __len__ = __getitem__ = encode = __str__  # type: ignore[assignment]


class Fails:
    """Raises whatever is asked of it."""

    def __getattribute__(self, name: str) -> Any:
        raise MemoryError(name)

    def __repr__(self) -> str:
        raise AssertionError("asked")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (Raises, "<repr failed: KeyboardInterrupt>"),
        (Exits, "<repr failed: SystemExit>"),
        (Recurses, "<repr failed: RecursionError>"),
        (Prints, "printed"),
        (lambda: Unfit("x"), "unfit"),
        (Fails, "<repr failed: AssertionError>"),
        (lambda: [Raises(), 1], "[<repr failed: KeyboardInterrupt>, 1]"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_whatever_a_repr_does_is_a_text(
    describer: Describer, events: Events, make: Callable[[], object], text: str
) -> None:
    assert shown(describer, events, make()) == text
    event = events.of(AppError)[-1]
    assert decode(encode(event)) == event


def test_a_huge_text_is_cut(describer: Describer, events: Events) -> None:
    text = shown(describer, events, Huge())
    assert text.startswith("xxx")
    assert len(text) <= limits.ERROR_LOCAL


def test_each_object_is_asked_once(describer: Describer, events: Events) -> None:
    class Counts:
        asked = 0

        def __repr__(self) -> str:
            Counts.asked += 1
            return "counted"

    def deep(n: int, value: object) -> None:
        if not n:
            raise LookupError
        deep(n - 1, value)

    try:
        deep(20, Counts())
    except LookupError as error:
        described = Described(capture(error), 1, None)
    describer.release(described)
    assert described.emitted.wait(SAFETY)
    (event,) = events.of(AppError)
    assert [dict(frame.locals)["value"] for frame in event.frames[1:]] == ["counted"] * 21
    assert Counts.asked == 1


def test_asked_in_the_context_of_the_request(describer: Describer, events: Events) -> None:
    where: contextvars.ContextVar[str] = contextvars.ContextVar("where")

    class Knows:
        def __repr__(self) -> str:
            return f"in {where.get()} {threading.get_ident() == threading.main_thread().ident}"

    token = where.set("a request")
    try:
        assert shown(describer, events, Knows()) == "in a request False"
    finally:
        where.reset(token)


def test_a_thread_that_hangs_is_left_and_after_three_nothing_is_asked(events: Events) -> None:
    release = threading.Event()
    asked = []

    class Hangs:
        def __repr__(self) -> str:
            asked.append(threading.get_ident())
            release.wait(SAFETY)
            return "late"

    class Plain:
        def __repr__(self) -> str:
            return "asked"

    describer = Describer(events.emit, 0.05)
    try:
        for _ in range(limits.ERROR_HANGS + 2):
            assert shown(describer, events, Hangs()) == "<Hangs>"
        assert len(set(asked)) == len(asked) == limits.ERROR_HANGS
        assert shown(describer, events, Plain()) == "<Plain>"
        assert shown(describer, events, [1, "two"]) == "[1, 'two']"
        assert events.of(AppError)[-1].message == "work"
        assert "LookupError: work" in events.of(AppError)[-1].text
    finally:
        release.set()
        describer.close()


def test_what_goes_wrong_in_a_repr_is_no_error_of_its_own(events: Events) -> None:
    reporter = Reporter(events.emit, 0)

    class Logs:
        def __repr__(self) -> str:
            try:
                raise ValueError
            except ValueError as error:
                return f"reported: {reporter.error(error)}"

    reporter.error(caught(Logs()))
    reporter.close()
    (error,) = events.of(AppError)
    assert dict(error.frames[-1].locals)["value"] == "reported: None"


def gen() -> Iterator[int]:
    yield 1


def test_lazy_things_and_resources_are_not_asked(describer: Describer, events: Events) -> None:
    class QuerySet:
        __module__ = "django.db.models.query"

        def __init__(self) -> None:
            self.model = int
            self._result_cache = None

        def _fail(self, *args: object) -> Any:
            raise AssertionError("evaluated")

        __repr__ = __len__ = __iter__ = __bool__ = _fail

    class Mapped:
        def __init__(self) -> None:
            self._sa_instance_state = object()
            self.id = 3
            self.name = "three"

        def __repr__(self) -> str:
            raise AssertionError("asked")

    started = gen()
    next(started)
    line = gen.__code__.co_firstlineno + 1
    assert shown(describer, events, [QuerySet()]) == "[<QuerySet of int, not evaluated>]"
    assert shown(describer, events, Mapped()) == "<Mapped id=3 name='three'>"
    assert shown(describer, events, started) == f"<generator gen, at line {line}>"
    assert shown(describer, events, 1 << 5000) == "<int of 5,001 bits>"
    assert shown(describer, events, int) == "<class 'int'>"
    assert shown(describer, events, {1: [(), set(), {2}]}) == "{1: [(), set(), {2}]}"
    with open(__file__) as file:
        assert shown(describer, events, file) == f"<TextIOWrapper {__file__!r}, open>"
    assert shown(describer, events, file).endswith("closed>")


@pytest.mark.parametrize("library", ["django", "sqlalchemy", "werkzeug"])
def test_lazy_things_of_real_libraries(describer: Describer, events: Events, library: str) -> None:
    pytest.importorskip(library)
    evaluated: list[str] = []

    def evaluate() -> str:
        evaluated.append(library)
        return "evaluated"

    value: object
    if library == "django":
        from django.utils.functional import SimpleLazyObject, lazystr

        value = [SimpleLazyObject(evaluate), lazystr("text")]
    elif library == "sqlalchemy":
        from sqlalchemy.orm import Query

        value = [Query([])]
    else:
        from werkzeug.local import LocalProxy

        value = [LocalProxy(evaluate)]
    assert "not evaluated>" in shown(describer, events, value)
    assert evaluated == []


def failing(value: object) -> Callable[..., Any]:
    def app(environ: Any, start_response: Any) -> Any:
        mine = value
        raise LookupError(f"with {len([mine])}")

    return app


def test_the_answer_comes_before_anything_is_asked(serve_each: Any, events: Events) -> None:
    """The object is asked only when the client has its answer; its event comes before the
    request's, which names it."""
    answered = threading.Event()

    class Waits:
        def __repr__(self) -> str:
            answered.wait(2 * SAFETY)
            return "done"

    server = serve_each(failing(Waits()))
    assert server.raw(REQUEST).startswith(b"HTTP/1.1 500")
    answered.set()
    finished = events.wait_kind(RequestFinished)
    (error,) = events.of(AppError)
    assert finished.error_id == error.id
    assert list(events).index(error) < list(events).index(finished)


@pytest.mark.parametrize("kind", [Raises, Exits, Recurses, Huge, Fails])
def test_a_server_goes_on(serve_each: Any, events: Events, kind: type) -> None:
    server = serve_each(failing(kind()))
    for number in range(1, 4):
        assert server.raw(REQUEST).startswith(b"HTTP/1.1 500")
        assert len(events.wait_count(RequestFinished, number)) == number
    assert len(events.of(AppError)) == 3


def test_where_one_request_comes_after_the_other_it_waits(events: Events) -> None:
    """As in a single server, and in a forked child: the bound holds all the same."""
    release = threading.Event()

    class Hangs:
        def __repr__(self) -> str:
            release.wait(SAFETY)
            return "late"

    describer = Describer(events.emit, 0.05)
    described = Described(capture(caught(Hangs())), 1, None)
    describer.release(described)
    following = describer.follow(OutputWritten("stdout", "next"), [described])
    following.wait()
    assert [type(event) for event in events] == [AppError, OutputWritten]
    release.set()
    describer.close()


def test_a_stream_that_goes_on_for_long_is_not_waited_for(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describe, "_HELD", 0.01)

    class Plain:
        def __repr__(self) -> str:
            return "asked"

    describer = Describer(events.emit, LONG)
    described = Described(capture(caught(Plain())), 1, 7)
    describer.hold(described)
    assert described.emitted.wait(SAFETY)
    describer.release(described)  # at its end; nothing is left to do
    describer.close()
    (error,) = events.of(AppError)
    assert dict(error.frames[-1].locals)["value"] == "<Plain>"


def test_a_flood_is_described_by_type_by_those_who_raise(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ERRORS_WAITING", 2)
    release = threading.Event()

    class Waits:
        def __repr__(self) -> str:
            release.wait(SAFETY)
            return "asked"

    describer = Describer(events.emit, LONG)
    for number in range(6):
        describer.release(Described(capture(caught(Waits())), number, None))
    assert len(events.of(AppError)) >= 3, "no more than the one in work and two others wait"
    release.set()
    describer.close()
    assert sorted(error.id for error in events.of(AppError)) == list(range(6))


def test_a_forked_child_has_threads_of_its_own(events: Events) -> None:
    import os

    describer = Describer(events.emit, LONG)
    assert shown(describer, events, 1) == "1"
    pid = fork()
    if not pid:
        status = 1
        with contextlib.suppress(BaseException):
            status = 0 if shown(describer, events, Prints) == f"<class '{__name__}.Prints'>" else 2
        os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    describer.close()


def test_nothing_keeps_the_frames(describer: Describer, events: Events) -> None:
    import gc
    import weakref

    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing)
    assert "Thing" in shown(describer, events, thing)
    del thing
    ends = time.monotonic() + SAFETY
    while gone() is not None and time.monotonic() < ends:
        gc.collect()
        shown(describer, events, 1)
    assert gone() is None


def test_what_is_at_work_is_not_asked_either(describer: Describer, events: Events) -> None:
    def running() -> Iterator[str]:
        yield shown(describer, events, itself)

    itself = running()
    assert next(itself).endswith("running, running>")
    with socket.socket() as sock:
        assert shown(describer, events, sock) == f"<socket, descriptor {sock.fileno()}>"
    assert shown(describer, events, sock) == "<socket, closed>"


def test_a_request_is_named_after_its_first_error(events: Events) -> None:
    reporter = Reporter(events.emit, 0)
    scope = RequestScope(1, emit=events.emit)
    first = reporter.error(LookupError("first"), scope)
    second = reporter.error(LookupError("second"), scope)
    assert None is not first != second is not None
    assert scope.error_id == first
    reporter.close()


def test_the_end_of_debugging_is_no_error(events: Events) -> None:
    reporter = Reporter(events.emit, 0)
    scope = RequestScope(1, emit=events.emit)
    assert reporter.error(bdb.BdbQuit()) is None
    assert reporter.error(bdb.BdbQuit(), scope) is None
    assert scope.problem == "debugging ended"
    reporter.close()
    assert events.of(AppError) == []
