"""server.app.surroundings: what an app finds around it, and that all of it is put back."""

from __future__ import annotations

import email.mime.text
import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serverkit import Events

from server.app.surroundings import surroundings
from server.config import ServerConfig
from server.events import AppError, OutputWritten
from server.reporting.reporter import Reporter


def state() -> tuple[Any, ...]:
    return (
        Path.cwd(), dict(os.environ), list(sys.path), list(sys.argv), sys.stdout, sys.stderr,
        threading.excepthook, logging.getLogRecordFactory(),
    )  # fmt: skip


@pytest.fixture
def around(tmp_path: Path, events: Events) -> Iterator[Any]:
    reporters = []

    def make(environ: dict[str, str] | None = None, *, alone: bool = False, **options: Any) -> Any:
        reporters.append(Reporter(events.emit, 1000))
        config = ServerConfig(**options)
        return surroundings(
            config, tmp_path, environ or {}, events.emit, reporters[-1], alone=alone
        )

    yield make
    for reporter in reporters:
        reporter.close()


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
    printed = [(event.stream, event.text) for event in events.of(OutputWritten)]
    assert printed == [("stdout", "out\n"), ("stderr", "err\n"), ("stderr", "errors\n")]


def test_debug_is_set_as_flask_does(around: Any) -> None:
    with around(debug=True):
        assert os.environ["FLASK_DEBUG"] == "1"


@pytest.mark.parametrize("reload", [True, False])
def test_apps_see_whether_they_run_under_a_reloader(
    around: Any, monkeypatch: pytest.MonkeyPatch, reload: bool
) -> None:
    """What is set where the launcher itself runs under one says nothing of the app."""
    for name in ("WERKZEUG_RUN_MAIN", "WERKZEUG_SERVER_FD"):
        monkeypatch.setenv(name, "7")
    before = state()
    with around(reload=reload):
        expected = "true" if reload else None
        assert os.environ.get("WERKZEUG_RUN_MAIN") == expected
        assert os.environ.get("RUN_MAIN") == expected
        assert "WERKZEUG_SERVER_FD" not in os.environ
    assert state() == before
    with around({"WERKZEUG_RUN_MAIN": "mine"}):
        assert os.environ["WERKZEUG_RUN_MAIN"] == "mine"


def test_command_line_is_the_apps_file(around: Any, tmp_path: Path) -> None:
    before = sys.argv
    (tmp_path / "shop").mkdir()
    for name in ("app.py", "shop/__init__.py", "shop/wsgi.py"):
        (tmp_path / name).touch()
    for app, file in (
        ("app", "app.py"),
        ("app:made", "app.py"),
        ("app.py:make('x')", "app.py"),
        ("shop", "shop/__init__.py"),
        ("shop.wsgi:application", "shop/wsgi.py"),
        ("./shop/wsgi.py", "shop/wsgi.py"),
    ):
        with around(app=app):
            assert sys.argv == [str(tmp_path / file)], app
    with around(app="email.mime.text:app"):
        assert sys.argv == [email.mime.text.__file__]
    with around(app="a" * 300):  # more than the system allows of a file's name
        assert sys.argv == ["a" * 300]
    assert "nowhere" not in sys.modules
    for unknown in ("nowhere:app", "missing.py"):
        with around(app=unknown):
            assert sys.argv[0] in ("nowhere", "missing.py")
    assert sys.argv is before


def test_plots_open_no_window_beside_ours(around: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MPLBACKEND", raising=False)
    with around():
        assert os.environ["MPLBACKEND"] == "Agg"
    assert "MPLBACKEND" not in os.environ
    with around({"MPLBACKEND": "svg"}):
        assert os.environ["MPLBACKEND"] == "svg"


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
def test_logged_exceptions_and_those_of_threads_are_reported(around: Any, events: Events) -> None:
    with around():
        try:
            raise ValueError("logged")
        except ValueError:
            logging.getLogger("of.the.app").exception("something")
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    found = events.wait_count(AppError, 2)
    assert [event.type for event in found] == ["ValueError", "ZeroDivisionError"]


def test_modules_of_the_project_are_forgotten(around: Any, tmp_path: Path) -> None:
    (tmp_path / "of_the_project.py").touch()
    with around():
        sys.path.insert(0, str(tmp_path))
        import of_the_project  # noqa: F401
    assert "of_the_project" not in sys.modules
