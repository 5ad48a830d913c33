"""A server in a thread: its end is always reported, and kill waits for nothing."""

from __future__ import annotations

import itertools
import queue
import socket
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from wire import ask

from launcher.core.display import stopped_line
from launcher.hosts.thread_host import ThreadHost
from server.config import ServerConfig
from server.events import AppError, Event, ServerFailed, ServerStarted, ServerStopped
from server.session import Session

HANGS = """
import threading
def app(environ, start_response):
    threading.Event().wait(20)
"""


def test_a_thread_that_ends_without_a_word_is_reported(
    tmp_path: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "run", lambda self: None)
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    host = ThreadHost(events.put)
    host.start(ServerConfig(app="app", project=str(tmp_path)), [listener])
    event = events.get(timeout=20)
    assert isinstance(event, ServerFailed)
    assert event.kind == "internal"
    assert host.join(20)
    assert events.empty()


def test_kill_waits_for_no_request(tmp_path: Path, listener: socket.socket) -> None:
    """And each that still runs is counted."""
    (tmp_path / "hangs.py").write_text(HANGS)
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    host = ThreadHost(events.put)
    config = ServerConfig(app="hangs:app", project=str(tmp_path), grace=60)
    host.start(config, [listener])
    while not isinstance(events.get(timeout=20), ServerStarted):
        pass
    with ExitStack() as clients:
        for _ in range(3):
            client = socket.create_connection(listener.getsockname(), timeout=20)
            clients.enter_context(client)
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            while type(events.get(timeout=20)).__name__ != "RequestStarted":
                pass
        began = time.monotonic()
        host.stop()
        host.kill()
        while not isinstance(event := events.get(timeout=20), ServerStopped):
            pass
        assert event.abandoned == 3
        assert time.monotonic() - began < config.grace


LEAVES = """
import threading
gate = threading.Event()
threading.Thread(target=gate.wait, args=(20,), name="poller\\x1b[2J", daemon=True).start()
def ends():
    pass
threading.Thread(target=ends, name="ends").start()
for number in range(more):
    threading.Thread(target=gate.wait, args=(20,), name="q").start()
def app(environ, start_response):
    start_response("200 OK", [])
    return [b""]
"""


@pytest.mark.parametrize("more", [0, 30])
def test_threads_that_the_app_has_left_are_named(
    tmp_path: Path, listener: socket.socket, more: int
) -> None:
    """And none of ours, nor of another server or a window beside it; very many are counted."""
    (tmp_path / "leaves.py").write_text(f"more = {more}\n{LEAVES}")
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    host = ThreadHost(events.put)
    host.start(ServerConfig(app="leaves:app", project=str(tmp_path)), [listener])
    while not isinstance(events.get(timeout=20), ServerStarted):
        pass
    gate = sys.modules["leaves"].gate
    host.stop()
    while not isinstance(event := events.get(timeout=20), ServerStopped):
        pass
    gate.set()
    assert host.join(20)
    name = event.threads_left[0]
    if more:
        assert (len(event.threads_left), event.threads_more) == (20, 11)
        assert "31 threads of the app left (poller" in stopped_line(event, 0)
        assert stopped_line(event, 0).endswith(" q and 11 more).")
        return
    assert event.threads_left == (name,)
    assert name.startswith("poller")
    assert name.isprintable()
    assert stopped_line(event, 0).endswith(f"1 thread of the app left ({name}).")


REPLACES = """
import time
def app(environ, start_response):
    time.sleep = print
    start_response("200 OK", [])
    return [b""]
"""


def test_a_request_replaces_nothing_that_the_process_relies_on(
    tmp_path: Path, listener: socket.socket
) -> None:
    """It gets the error where it does so; the server goes on."""
    (tmp_path / "replaces.py").write_text(REPLACES)
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    host, sleep = ThreadHost(events.put), time.sleep
    host.start(ServerConfig(app="replaces:app", project=str(tmp_path)), [listener])
    while not isinstance(events.get(timeout=20), ServerStarted):
        pass
    port = listener.getsockname()[1]
    assert [ask(port).status for _ in range(2)] == [500, 500]
    assert time.sleep is sleep
    while not isinstance(event := events.get(timeout=20), AppError):
        pass
    assert (event.type, event.message) == (
        "RuntimeError",
        "The app replaces time.sleep, on which ServeDeck's own process relies, too: choose "
        "Separate process (--run-in process).",
    )
    host.stop()
    assert host.join(20)
    assert type(time) is ModuleType


@pytest.mark.parametrize("which", [1, 2])
def test_a_start_without_a_thread_leaves_nothing(
    tmp_path: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    """Whichever of its two threads can't be had: what was written past Python goes where it went,
    the caller has the error, and no event follows."""
    counts = itertools.count(1)
    start, released = threading.Thread.start, []

    def start_some(thread: threading.Thread) -> None:
        if thread.name.startswith("server") and next(counts) == which:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_some)
    descriptors: Any = SimpleNamespace(begin=lambda emit: None, end=lambda: released.append(True))
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    host = ThreadHost(events.put, descriptors=descriptors)
    with pytest.raises(RuntimeError, match="new thread"):
        host.start(ServerConfig(app="app", project=str(tmp_path)), [listener])
    assert released == [True]
    host.stop()
    host.kill()
    assert host.join(20)
    assert events.empty()
