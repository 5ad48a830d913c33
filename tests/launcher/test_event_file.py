"""launcher.event_file: every event, in order, at once or nearly so."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from launcher.event_file import EventFile
from server.events import Event, RequestStarted, decode


def started(number: int) -> RequestStarted:
    # To the microsecond, as the file has it.
    return RequestStarted(number, "GET", f"/{number}", round(time.time(), 6))


def read(path: Path) -> list[Event]:
    return [decode(line) for line in path.read_bytes().splitlines(keepends=True)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_only_the_user_may_read_them(path: Path) -> None:
    path.write_text("of before")
    path.chmod(0o644)
    file = EventFile(str(path))
    assert (path.stat().st_mode & 0o777, path.read_bytes()) == (0o600, b"")
    file.close()


def test_events_are_there_at_once_and_in_order(path: Path) -> None:
    file = EventFile(str(path))
    events = [started(number) for number in range(200)]
    assert file.write(events[:1]) == ""
    assert read(path) == events[:1]
    assert file.write(events[1:]) == ""
    assert read(path) == events
    file.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_reported_once() -> None:
    file = EventFile("/dev/full")
    assert "the disk is full" in file.write([started(1)])
    assert file.write([started(2)]) == ""
    file.close()
    file.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_disk_that_is_full_later_is_reported_then(path: Path) -> None:
    file = EventFile(str(path))
    assert file.write([started(0)]) == ""
    with Path("/dev/full").open("wb", buffering=0) as full:
        assert file._stream is not None
        os.dup2(full.fileno(), file._stream.fileno())
    assert "the disk is full" in file.write([started(1), started(2)])
    assert file.write([started(3)]) == ""
    file.close()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory"):
        EventFile(str(tmp_path))


CRASH = """
import os, sys, time
from launcher.event_file import EventFile
from server.events import RequestStarted
file = EventFile(sys.argv[1])
for number in range(20):
    file.write([RequestStarted(number, "GET", "/", time.time())])
os.abort()
"""


def test_a_crash_takes_nothing_along(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CRASH, str(path)], check=False, timeout=60)
    assert done.returncode < 0
    assert [event.id for event in read(path) if isinstance(event, RequestStarted)] == list(
        range(20)
    )


STDOUT = """
import sys, time
from launcher.event_file import EventFile
from server.events import RequestStarted
file = EventFile("-")
print("to standard error", flush=True)
file.write([RequestStarted(1, "GET", "/", 2.0)])
file.close()
"""


def test_standard_output_is_nothing_but_events() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STDOUT], check=True, timeout=60, capture_output=True
    )
    assert decode(done.stdout) == RequestStarted(1, "GET", "/", 2.0)
    assert done.stderr == b"to standard error\n"
