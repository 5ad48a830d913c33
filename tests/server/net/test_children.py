"""server.net.children: the processes of the forking server, and how their ends are reported."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bounds import PROMPT
from served import wait_until
from serverkit import Events

from server.events import RequestFinished
from server.net import children
from server.net.children import ANSWERED, _how, interrupts_held_back

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0, "the app exited it with status 0"),
        (3, "the app exited it with status 3"),
        (-signal.SIGSEGV, "it was killed by SIGSEGV"),
        (-signal.SIGKILL, "it was killed by SIGKILL"),
        (-99, "it was killed by signal 99"),
    ],
)
def test_words(code: int, expected: str) -> None:
    assert _how(code) == expected


def app(environ, start_response):  # type: ignore[no-untyped-def]
    path = environ["PATH_INFO"]
    if path.startswith("/exit/"):
        os._exit(int(path[6:]))
    if path == "/half":
        start_response("200 OK", [("Content-Length", "10")])
        return half()
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


def half():  # type: ignore[no-untyped-def]
    yield b"12345"
    os.kill(os.getpid(), signal.SIGKILL)


def get(running: Any, target: str) -> bytes:
    with running.connect() as client:
        client.send(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return client.rest()  # type: ignore[no-any-return]


def lost(events: Events) -> RequestFinished:
    """The crash's record; it comes without another request."""
    found: RequestFinished = events.wait_for(
        lambda event: isinstance(event, RequestFinished) and event.aborted
    )
    return found


@pytest.fixture(params=[True, False], ids=["pidfd", "pipe"])
def has_pidfd(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """With what the system has, and as on one without it."""
    if not request.param:
        monkeypatch.setattr(children, "_has_pidfd", lambda: False)
    return bool(request.param)


@pytest.mark.usefixtures("has_pidfd")
def test_lost_child_is_reported_at_once(serve: Any, events: Events) -> None:
    running = serve(app, mode="forking")
    assert get(running, "/exit/%33?q=1") == b""
    event = lost(events)
    assert (event.method, event.target, event.status) == ("GET", "/exit/%33?q=1", 0)
    assert (event.path, event.query) == ("/exit/3", "q=1")
    assert event.problem == "the process that answered it ended: the app exited it with status 3"
    assert event.pid != os.getpid()
    assert event.duration >= 0


def test_child_that_dies_in_the_midst_of_its_answer(serve: Any, events: Events) -> None:
    running = serve(app, mode="forking")
    assert get(running, "/half").endswith(b"12345")
    assert "SIGKILL" in lost(events).problem


@pytest.mark.usefixtures("has_pidfd")
def test_no_child_waits_to_be_collected(serve: Any, events: Events) -> None:
    """Also where no request follows."""
    running = serve(app, mode="forking")
    assert get(running, "/").endswith(b"hello")
    wait_until(lambda: len(running.server._children) == 0, "the end of the child", 5)


def test_exit_status_of_a_good_child_is_no_loss(serve: Any, events: Events) -> None:
    """Not even where the app chooses the same one by accident."""
    running = serve(app, mode="forking")
    assert get(running, "/").endswith(b"hello")
    get(running, f"/exit/{ANSWERED}")
    get(running, "/exit/1")
    assert lost(events).target == "/exit/1"


def test_children_that_do_not_end_are_killed(serve: Any, events: Events) -> None:
    entered, ready = os.pipe()

    def stuck(environ, start_response):  # type: ignore[no-untyped-def]
        os.write(ready, b"x")
        time.sleep(600)

    running = serve(stuck, mode="forking", grace=0.2)
    with running.connect() as client:
        client.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        os.read(entered, 1)
        begun = time.monotonic()
        running.server.shutdown()
        assert time.monotonic() - begun < PROMPT
    os.close(entered)
    os.close(ready)
    assert running.server.abandoned == 1
    assert lost(events).problem == "cut off: still running after 0.2 s"


@pytest.fixture
def interrupt_elsewhere() -> Iterator[Callable[[], None]]:
    """The system gives Ctrl+C to a thread of the process that doesn't hold it back."""
    wanted = threading.Event()

    def take() -> None:
        if wanted.wait(PROMPT):
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    thread = threading.Thread(target=take)
    thread.start()

    def interrupt() -> None:
        wanted.set()
        thread.join()

    yield interrupt
    thread.join()


def test_an_interrupt_that_another_thread_gets_comes_after_the_fork(
    interrupt_elsewhere: Callable[[], None],
) -> None:
    before = signal.getsignal(signal.SIGINT)
    forked = False
    with pytest.raises(KeyboardInterrupt), interrupts_held_back():
        interrupt_elsewhere()
        forked = True
    assert forked
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_handler_that_is_set_while_interrupts_are_held_back_stays(
    interrupt_elsewhere: Callable[[], None],
) -> None:
    before = signal.getsignal(signal.SIGINT)
    came: list[int] = []
    try:
        with interrupts_held_back():
            interrupt_elsewhere()
            signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    except KeyboardInterrupt:
        pytest.fail("it came at once")
    else:
        assert signal.getsignal(signal.SIGINT) is not before
        assert not came
    finally:
        signal.signal(signal.SIGINT, before)
