"""server.app.surroundings: what an app finds around it, and that all of it is put back."""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from serverkit import Events

from server.app.surroundings import surroundings, variables_of
from server.events import AppError, OutputWritten
from server.reporting.reporter import Reporter


def state() -> tuple[Any, ...]:
    return (
        Path.cwd(), dict(os.environ), list(sys.path), sys.stdout, sys.stderr,
        threading.excepthook, logging.getLogRecordFactory(),
    )  # fmt: skip


@pytest.fixture
def around(tmp_path: Path, events: Events) -> Any:
    def make(environ: dict[str, str] | None = None, debug: bool = False) -> Any:
        reporter = Reporter(events.emit, 1000)
        return surroundings(tmp_path, environ or {}, debug, events.emit, reporter)

    return make


def test_folder_variables_and_output(around: Any, tmp_path: Path, events: Events) -> None:
    before = state()
    with around({"SERVEDECK_TEST": "ü", "PATH": "/nowhere"}) as errors:
        assert Path.cwd() == tmp_path
        assert os.environ["SERVEDECK_TEST"] == "ü"
        assert os.environ["PATH"] == "/nowhere"
        assert (os.environ["FLASK_RUN_FROM_CLI"], os.environ["FLASK_DEBUG"]) == ("true", "0")
        print("out")
        print("err", file=sys.stderr)
        errors.write("errors\n")
        os.environ["SET_BY_THE_APP"] = "1"
        sys.path.insert(0, "/of/the/app")
    assert state() == before
    told = [(event.stream, event.text) for event in events.of(OutputWritten)]
    assert told == [("stdout", "out\n"), ("stderr", "err\n"), ("stderr", "errors\n")]


def test_debug_is_told_as_flask_does(around: Any) -> None:
    with around(debug=True):
        assert os.environ["FLASK_DEBUG"] == "1"
    assert variables_of({"A": "1"}, True) == {
        "A": "1", "FLASK_RUN_FROM_CLI": "true", "FLASK_DEBUG": "1",
    }  # fmt: skip


def test_everything_is_put_back_after_an_error(around: Any) -> None:
    before = state()
    with pytest.raises(SystemExit), around({"SERVEDECK_TEST": "1"}):
        raise SystemExit
    assert state() == before


def test_app_that_changes_its_folder_or_removes_variables(
    around: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THERE_BEFORE", "1")
    before = state()
    (tmp_path / "other").mkdir()
    with around():
        os.chdir("other")
        del os.environ["THERE_BEFORE"]
    assert state() == before


def test_streams_of_the_apps_own_stay(around: Any) -> None:
    """An app that has put a stream of its own in between keeps it."""
    before = sys.stdout
    try:
        with Path(os.devnull).open("w") as mine:
            with around():
                sys.stdout = mine
            assert sys.stdout is mine
    finally:
        sys.stdout = before


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_logged_exceptions_and_those_of_threads_are_told(around: Any, events: Events) -> None:
    with around():
        try:
            raise ValueError("logged")
        except ValueError:
            logging.getLogger("of.the.app").exception("something")
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    assert [event.type for event in events.of(AppError)] == ["ValueError", "ZeroDivisionError"]


def test_modules_of_the_project_are_forgotten(around: Any, tmp_path: Path) -> None:
    (tmp_path / "of_the_project.py").touch()
    with around():
        sys.path.insert(0, str(tmp_path))
        import of_the_project  # noqa: F401
    assert "of_the_project" not in sys.modules
