"""Faults of ServeDeck itself: which they are, what is written of them, and what is copied."""

from __future__ import annotations

import logging
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import pytest

from launcher.core import failures
from launcher.core.display import plural
from launcher.core.failures import Failure, FailureLog
from launcher.hosts.mailbox import Mailbox


class Faults(list[Failure]):
    """The faults that were reported, and the log."""

    log: FailureLog

    def text(self) -> str:
        return self.log.file.read_text(encoding="utf-8")


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    monkeypatch.setattr(sys, "excepthook", lambda *unused: None)
    monkeypatch.setattr(threading, "excepthook", lambda *unused: None)
    made = Faults()
    made.log = FailureLog(tmp_path / "data", made.append)
    with made.log.installed():
        yield made


def raised(function: Callable[[], object]) -> tuple[BaseException, TracebackType]:
    try:
        function()
    except Exception as error:
        # Without the test's own frame, which is no code of ours.
        assert error.__traceback__ is not None
        assert error.__traceback__.tb_next is not None
        return error, error.__traceback__.tb_next
    raise AssertionError


def ours() -> object:
    return plural("no number", "word")  # type: ignore[arg-type]


def through(code: str, file: str, **names: object) -> None:
    exec(compile(code, file, "exec"), names)


def test_an_exception_that_nobody_catches_is_written_and_reported(faults: Faults) -> None:
    error, tb = raised(ours)
    sys.excepthook(type(error), error, tb.tb_next)
    (failure,) = faults
    assert type(error).__name__ in failure.what
    assert "display.py" in failure.text
    assert failure.what in faults.text()
    assert stat.S_IMODE(faults.log.file.stat().st_mode) == 0o600


def test_an_error_of_an_app_is_not_ours(faults: Faults) -> None:
    error, tb = raised(lambda: through("1 / 0", "/home/me/shop/shop.py"))
    sys.excepthook(type(error), error, tb)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not faults
    assert not faults.log.file.exists()


def test_a_thread_of_ours_is_heard(faults: Faults) -> None:
    thread = threading.Thread(target=plural, args=("no number", "word"), name="history")
    thread.start()
    thread.join()
    assert [failure.thread for failure in faults] == ["history"]


def test_a_call_in_a_mailbox_is_heard_and_the_next_one_runs(faults: Faults) -> None:
    done = threading.Event()
    mailbox = Mailbox("supervisor", lambda error: None)
    mailbox.start(ours)
    mailbox.post(done.set)
    assert done.wait(20)
    mailbox.post(mailbox.close)
    assert mailbox.join(20)
    (failure,) = faults
    assert failure.what == "supervisor: a call failed"
    assert "display.py" in failure.text


def test_warnings_are_written_and_not_shown_and_an_apps_loggers_are_not_heard(
    faults: Faults,
) -> None:
    logging.getLogger("launcher.somewhere").warning("a remark")
    logging.getLogger("shop").error("the app's own")
    assert not faults
    assert "a remark" in faults.text()
    assert "the app's own" not in faults.text()


def test_a_report_has_versions_and_neither_secrets_nor_the_home_folder(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ada"))
    text = 'File "/home/ada/shop/x.py", line 1\nKeyError: password=hunter2\n'
    report = Failure("KeyError", "history", text, 0.0).report(("Qt 6",))
    assert "/home/ada" not in report
    assert "~/shop/x.py" in report
    assert "hunter2" not in report
    for fact in ("ServeDeck", "Python", "Qt 6", "Thread: history"):
        assert fact in report


def test_the_file_is_bounded(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_SIZE", 2000)
    log = logging.getLogger("launcher.somewhere")
    for number in range(100):
        log.error("%s %s", number, "x" * 100)
    files = sorted(faults.log.file.parent.iterdir())
    assert [file.name for file in files] == ["servedeck.log", "servedeck.log.1"]
    assert all(file.stat().st_size <= 2000 for file in files)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert "99 xxx" in faults.text()


def test_a_folder_that_cant_be_written_costs_the_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    found: list[Failure] = []
    log = FailureLog(file, found.append)
    with log.installed():
        logging.getLogger("launcher").error("a fault")
    assert [failure.what for failure in found] == ["a fault"]


def test_what_was_there_is_put_back(tmp_path: Path) -> None:
    before = sys.excepthook, threading.excepthook, list(logging.getLogger("launcher").handlers)
    with FailureLog(tmp_path, lambda failure: None).installed():
        assert sys.excepthook is not before[0]
    after = sys.excepthook, threading.excepthook, list(logging.getLogger("launcher").handlers)
    assert after == before
