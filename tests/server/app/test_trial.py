"""Whether an app can be loaded, tried in a child."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from server.app import trial


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "good.py").write_text("def app(environ, start_response): ...\n")
    (tmp_path / "endless.py").write_text("import time\ntime.sleep(60)\n")
    return tmp_path


def test_one_that_takes_too_long_does_not_work(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[subprocess.Popen[bytes]] = []

    class Popen(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            children.append(self)

    monkeypatch.setattr(subprocess, "Popen", Popen)
    monkeypatch.setattr(trial, "_SECONDS", 0.2)
    assert not trial.works("endless:app", project, project)
    assert [child.poll() is None for child in children] == [False]


def test_where_no_process_can_be_started_nothing_works(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OSError("no more processes")

    assert trial.works("good:app", project, project)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert not trial.works("good:app", project, project)
