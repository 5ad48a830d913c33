"""The helper for disk work."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QObject

from launcher.pool import Background, GuiCalls

WAIT = 10_000


@pytest.fixture
def pool(qtbot: Any) -> Any:
    made = Background()
    yield made
    assert made.close()


def test_it_works_elsewhere_and_answers_here(qtbot: Any, pool: Background) -> None:
    threads: list[int] = []
    pool.finished.connect(lambda _result: threads.append(threading.get_ident()))
    with qtbot.waitSignal(pool.finished, timeout=WAIT) as answer:
        pool.run(threading.get_ident)
    assert answer.args[0] != threading.get_ident()
    assert threads == [threading.get_ident()]


def test_only_the_newest_answer_counts(qtbot: Any, pool: Background) -> None:
    go = threading.Event()
    results: list[Any] = []
    pool.finished.connect(results.append)
    pool.run(lambda: go.wait(5) and "old")
    pool.run(lambda: "never started")
    pool.run(lambda: "new")
    go.set()
    qtbot.waitUntil(lambda: results == ["new"], timeout=WAIT)


def test_a_function_that_fails_answers_none(
    qtbot: Any, pool: Background, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("on purpose")

    with qtbot.waitSignal(pool.finished, timeout=WAIT) as answer:
        pool.run(fail)
    assert answer.args == [None]
    assert "on purpose" in caplog.text


def test_close_is_bounded(qtbot: Any) -> None:
    made = Background()
    go = threading.Event()
    begun = threading.Event()
    made.run(lambda: begun.set() or go.wait(10))
    assert begun.wait(5)
    assert made.close(10) is False
    go.set()
    assert made.close(5000)


def test_wait_delivers_at_once(pool: Background) -> None:
    results: list[Any] = []
    pool.finished.connect(results.append)
    pool.run(lambda: "now")
    assert pool.wait(5000)
    assert results == ["now"]
    go = threading.Event()
    pool.run(lambda: go.wait(10) and "later")
    assert pool.wait(10) is False
    assert results == ["now"]
    go.set()


def test_nothing_is_begun_once_closed(qtbot: Any) -> None:
    made = Background()
    assert made.close()
    ran: list[int] = []
    made.run(lambda: ran.append(1))
    assert made.wait(1000)
    assert ran == []


def test_its_end_waits_for_nothing_that_runs(qtbot: Any) -> None:
    """Python code that is still at work needs the lock that a waiting end would hold."""
    go, begun, through = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(10)
        through.set()

    parent = QObject()
    made = Background(parent)
    made.run(work)
    assert begun.wait(5)
    shiboken6.delete(parent)
    assert not through.is_set()
    go.set()
    assert through.wait(5)


def test_what_is_deleted_while_a_thread_reports_to_it_crashes_nothing() -> None:
    code = (
        "import shiboken6\n"
        "from PySide6.QtCore import QCoreApplication, QObject\n"
        "from launcher.pool import Background\n"
        "app = QCoreApplication([])\n"
        "for number in range(1000):\n"
        "    parent = QObject()\n"
        "    for part in [Background(parent) for _ in range(4)]:\n"
        "        part.run(lambda: None)\n"
        "    for _ in range(number % 50):\n"
        "        pass\n"
        "    shiboken6.delete(parent)\n"
        "print('fine')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "fine\n", done.stderr


def test_what_is_posted_is_called_here_in_its_order(qtbot: Any) -> None:
    owner = QObject()
    calls = GuiCalls(owner)
    called: list[tuple[int, int]] = []

    def post() -> None:
        for number in range(3):
            calls.post(lambda number=number: called.append((number, threading.get_ident())))

    thread = threading.Thread(target=post)
    thread.start()
    thread.join(WAIT / 1000)
    assert called == []
    here = threading.get_ident()
    qtbot.waitUntil(lambda: called == [(0, here), (1, here), (2, here)], timeout=WAIT)
    calls.post(lambda: called.clear())
    calls.close()
    calls.post(lambda: called.clear())
    calls.run_posted()
    assert len(called) == 3
