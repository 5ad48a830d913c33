"""launcher.event_file: every event, in order, at once or nearly so."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from launcher import event_batch
from launcher.event_file import EventFile
from server.events import Event, RequestStarted, decode

PROMPT = 0.05  # seconds; what was promised
WAIT = 10.0


def started(number: int, seconds: float = 0.0) -> RequestStarted:
    return RequestStarted(number, "GET", f"/{number}", seconds or time.time())


def read(path: Path) -> list[Event]:
    return [decode(line) for line in path.read_bytes().splitlines(keepends=True)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_an_event_is_there_at_once(path: Path) -> None:
    file = EventFile(str(path))
    for number in range(50):
        event = started(number)
        assert file.write(event) == ""
        assert read(path)[-1] == event
    assert threading.active_count() == 1 or all(
        t.name != "event-batch" for t in threading.enumerate()
    )
    file.close()


def test_a_flood_is_there_in_order_and_whole(path: Path) -> None:
    file = EventFile(str(path))
    events = [started(number, 1000.0 + number * 1e-6) for number in range(20_000)]
    for event in events:
        assert file.write(event) == ""
    file.close()
    assert read(path) == events


def test_a_flood_shares_writes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = EventFile(str(path))
    writes = 0
    stream = file._stream
    assert stream is not None

    class Counted:
        def write(self, data: memoryview) -> int:
            nonlocal writes
            writes += 1
            return stream.write(data)

        def close(self) -> None:
            stream.close()

    monkeypatch.setattr(file, "_stream", Counted())
    for number in range(10_000):
        file.write(started(number, 1000.0 + number * 1e-5))  # 0.1 s by the events' own clock
    file.close()
    assert writes < 1000
    assert len(read(path)) == 10_000


def test_the_last_of_a_flood_is_there_soon(path: Path) -> None:
    file = EventFile(str(path))
    for turn in range(3):
        for number in range(1000):
            file.write(started(number, 1000.0 + turn))
        deadline = time.monotonic() + WAIT
        since = time.monotonic()
        while len(read(path)) < 1000 * (turn + 1):
            assert time.monotonic() < deadline
            time.sleep(0.002)
        # The machine may be busy; the file's own clock is what is promised.
        assert event_batch._LATEST * 2 < PROMPT
        assert time.monotonic() - since < WAIT
    file.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "event-batch"]


def test_many_threads_write(path: Path) -> None:
    file = EventFile(str(path))

    def write(first: int) -> None:
        for number in range(first, first + 500):
            file.write(started(number))

    threads = [threading.Thread(target=write, args=[first]) for first in range(0, 4000, 500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    file.close()
    numbers = [event.id for event in read(path) if isinstance(event, RequestStarted)]
    assert sorted(numbers) == list(range(4000))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_told_once() -> None:
    file = EventFile("/dev/full")
    assert "No space left" in file.write(started(1))
    assert file.write(started(2)) == ""
    file.close()
    file.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_disk_that_is_full_later_is_told_with_the_next_event(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_batch, "_BURST", 0)
    file = EventFile(str(path))
    file.write(started(0, 1000.0))
    with Path("/dev/full").open("wb", buffering=0) as full:
        assert file._stream is not None
        os.dup2(full.fileno(), file._stream.fileno())
    assert file.write(started(1, 1000.0)) == ""
    deadline = time.monotonic() + WAIT
    while not (told := file.write(started(2, 1000.0))):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert "No space left" in told
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
    file.write(RequestStarted(number, "GET", "/", time.time()))
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
file.write(RequestStarted(1, "GET", "/", 2.0))
file.close()
"""


def test_standard_output_is_nothing_but_events() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STDOUT], check=True, timeout=60, capture_output=True
    )
    assert decode(done.stdout) == RequestStarted(1, "GET", "/", 2.0)
    assert done.stderr == b"to standard error\n"
