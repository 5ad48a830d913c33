"""What the tests of the server share: servers on free ports, and a check that nothing is left."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from served import wait_until
from serverkit import SAFETY, Events, Running, children, descriptors, hello, threads

from server.net import loop
from server.protocol.channel import Timeouts
from server.reporting.reporter import Reporter
from server.serving import make_server

_HANGING = 8


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Fail a test that leaves a thread, a descriptor or a child process behind."""
    if sys.platform != "linux":  # pragma: no cover
        yield
        return
    named = set(threading.enumerate())
    before = descriptors()
    children_before = children()
    yield
    deadline = time.monotonic() + SAFETY
    while True:
        new_threads = set(threading.enumerate()) - named
        new_descriptors = {k: v for k, v in descriptors().items() if before.get(k) != v}
        new_children = children() - children_before
        if not new_threads and not new_descriptors and not new_children:
            break
        if time.monotonic() > deadline:
            raise AssertionError(f"left behind: {new_threads} {new_descriptors} {new_children}")
        time.sleep(0.005)


@pytest.fixture(scope="module", autouse=True)
def few_threads_left() -> Iterator[None]:
    """Fail where test after test leaves a thread of the system's, which no name shows.

    Each one makes every later test dearer; a few may hang, as those of code that never ends.
    """
    if sys.platform != "linux":  # pragma: no cover
        yield
        return
    before = len(threads())
    yield
    wait_until(lambda: len(threads()) <= before + _HANGING, "the end of the threads", SAFETY)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers look at the deadlines of their connections more often than each second."""
    monkeypatch.setattr(loop, "_SWEEP", 0.02)


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def serve(nothing_left: None, events: Events) -> Iterator[Callable[..., Running]]:
    """Start servers: ``serve(app, **options)``; all are stopped when the test is over."""
    servers: list[Running] = []

    def start(
        app: Any = hello,
        *,
        mode: str = "threaded",
        reporter: bool = True,
        body_limit: int = 65536,
        **options: Any,
    ) -> Running:
        options.setdefault("timeouts", Timeouts(linger=0.5))
        server = make_server(
            "127.0.0.1", 0, app, threaded=mode == "threaded", processes=1 + (mode == "forking"),
            **options,
        )  # fmt: skip
        if reporter:
            server.reporter = Reporter(events.emit, body_limit)
        running = Running(server, events)
        servers.append(running)
        return running

    yield start
    for running in servers:
        running.close()


@pytest.fixture(params=["single", "threaded"])
def serve_each(request: pytest.FixtureRequest, serve: Callable[..., Running]) -> Any:
    """As ``serve``, in the single-threaded server and in the threaded one."""

    def start(app: Any = hello, **options: Any) -> Running:
        return serve(app, mode=request.param, **options)

    return start
