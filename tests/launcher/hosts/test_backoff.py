"""How long a crashed app waits, and that it is started again."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import pytest
from hosting import Run, saying
from wire import ask

from launcher.hosts import process_host
from launcher.hosts.backoff import Backoff
from launcher.hosts.process_host import ProcessHost
from server.events import ReloadFailed, ServerStarted


def test_each_wait_is_twice_as_long_until_it_has_run_for_a_while() -> None:
    backoff = Backoff()
    assert [backoff.after(0.1) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(59) == 30
    assert [backoff.after(60), backoff.after(3)] == [1, 2]


@pytest.mark.skipif(sys.platform == "win32", reason="passes descriptors")
@pytest.mark.parametrize("reload", [False, True])
def test_a_crashed_app_is_started_again(
    run_in: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, reload: bool
) -> None:
    monkeypatch.setattr(process_host.Backoff, "after", lambda self, lived: 0.05)
    server = run_in(ProcessHost, saying("hello"), restart=True, reload=reload)
    pid = server.events.started().pid
    for count in (1, 2):
        os.kill(pid, signal.SIGKILL)
        failed = server.wait_count(ReloadFailed, count)[-1]
        assert (failed.kind, failed.restarts_in) == ("app-restarted", 0.05)
        assert failed.error.endswith("It is started again in 0.05 s.")
        again = server.wait_count(ServerStarted, count + 1)[-1]
        assert again.pid != pid
        assert ask(server.port, "/").body == b"hello"
        pid = again.pid
    assert server.end().abandoned == 0


@pytest.mark.skipif(sys.platform == "win32", reason="passes descriptors")
def test_the_wait_can_be_cut_short_or_ended_by_a_stop(
    run_in: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_host.Backoff, "after", lambda self, lived: 600.0)
    server = run_in(ProcessHost, saying("hello"), restart=True)
    server.host.restart_now()  # nothing has crashed yet
    os.kill(server.events.started().pid, signal.SIGKILL)
    server.wait_count(ReloadFailed, 1)
    server.host.restart_now()
    again = server.wait_count(ServerStarted, 2)[-1]
    assert ask(server.port, "/").body == b"hello"
    os.kill(again.pid, signal.SIGKILL)
    server.wait_count(ReloadFailed, 2)
    server.end()
    assert len(server.of(ServerStarted)) == 2
