"""When the launcher is gone: every process of the app goes, and nobody else's.

The end itself is tried for real in the launcher's tests; here it is recorded instead of carried
out.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest

from server.worker import orphans
from server.worker.orphans import LEAST, MARK, end_everything, marked

resource = pytest.importorskip("resource")

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")

SLEEPER = [sys.executable, "-c", "import sys; print('ready', flush=True); sys.stdin.read()"]


class Ended(Exception):
    """Instead of the process's end."""


@pytest.fixture
def killed(monkeypatch):
    """What would be killed, in order; the process itself stays."""
    calls = []

    def leave(status):
        raise Ended

    fake = types.SimpleNamespace(
        environ=os.environ,
        getpid=os.getpid,
        getpgrp=os.getpid,  # as a worker has it: it leads its own group
        kill=lambda pid, number: calls.append(("process", pid, number)),
        killpg=lambda pid, number: calls.append(("group", pid, number)),
        _exit=leave,
    )
    monkeypatch.setattr(orphans, "os", fake)
    return calls


@pytest.fixture
def sleeper():
    """Starts a process with these variables; it ends with the test."""
    started = []

    def start(**variables):
        process = subprocess.Popen(
            SLEEPER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **variables},
        )
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process.pid

    yield start
    for process in started:
        process.communicate(timeout=20)


def test_those_with_the_mark_go_and_the_group_last(killed, sleeper, monkeypatch):
    marked, other = sleeper(**{MARK: "this-one"}), sleeper(**{MARK: "this-one-not"})
    monkeypatch.setenv(MARK, "this-one")
    with pytest.raises(Ended):
        end_everything()
    assert killed == [
        ("process", marked, signal.SIGKILL),
        ("group", os.getpid(), signal.SIGKILL),
    ]
    assert other not in [pid for _, pid, _ in killed]


def test_one_that_has_gone_by_itself_is_no_trouble(killed, sleeper, monkeypatch):
    sleeper(**{MARK: "this-one"})
    monkeypatch.setenv(MARK, "this-one")

    def gone(pid, number):
        raise ProcessLookupError

    monkeypatch.setattr(orphans.os, "kill", gone)
    with pytest.raises(Ended):
        end_everything()
    assert killed == [("group", os.getpid(), signal.SIGKILL)]


def test_a_process_that_leads_no_group_kills_none(killed, monkeypatch):
    monkeypatch.delenv(MARK, raising=False)
    monkeypatch.setattr(orphans.os, "getpgrp", lambda: os.getpid() + 1)
    with pytest.raises(Ended):
        end_everything()
    assert killed == []


def test_where_there_is_no_proc_nothing_is_found(monkeypatch, tmp_path):
    monkeypatch.setattr(orphans, "Path", lambda name: tmp_path / "absent")
    assert marked("X=1", LEAST) == []
    (tmp_path / "absent").mkdir()
    (tmp_path / "absent" / "123").mkdir()  # its environment can't be read
    assert marked("X=1", LEAST) == []


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit")
def test_those_with_the_limit_go_whatever_their_environment(killed, sleeper, monkeypatch):
    monkeypatch.delenv(MARK, raising=False)
    limit, most = LEAST + 4711, resource.RLIM_INFINITY
    pids = [sleeper() for _ in range(3)]
    for pid, value in zip(pids, (limit, limit + 1, 4711), strict=True):
        resource.prlimit(pid, resource.RLIMIT_RTTIME, (value, most))
    assert marked("", limit) == pids[:1]
    assert marked("", 0) == []
    real = orphans._limit_of
    own = lambda process: limit if process.name == "self" else real(process)  # noqa: E731
    monkeypatch.setattr(orphans, "_limit_of", own)
    with pytest.raises(Ended):
        end_everything()
    assert killed[:-1] == [("process", pids[0], signal.SIGKILL)]
