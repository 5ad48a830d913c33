"""A server in a thread: its end is always reported, and kill waits for nothing."""

from __future__ import annotations

import queue
import socket
import time
from pathlib import Path

import pytest

from launcher.hosts.thread_host import ThreadHost
from server.config import ServerConfig
from server.events import Event, ServerFailed, ServerStarted, ServerStopped
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
    (tmp_path / "hangs.py").write_text(HANGS)
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    host = ThreadHost(events.put)
    config = ServerConfig(app="hangs:app", project=str(tmp_path), grace=60)
    host.start(config, [listener])
    while not isinstance(events.get(timeout=20), ServerStarted):
        pass
    with socket.create_connection(listener.getsockname(), timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while type(events.get(timeout=20)).__name__ != "RequestStarted":
            pass
        began = time.monotonic()
        host.stop()
        host.kill()
        while not isinstance(event := events.get(timeout=20), ServerStopped):
            pass
    assert event.abandoned
    assert time.monotonic() - began < config.grace
