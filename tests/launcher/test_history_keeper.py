"""What happens in the window is in the history of the project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from launcher import app, cli
from launcher.history_keeper import HistoryKeeper
from server.config import ServerConfig


@pytest.fixture
def keeper(qapp: Any, tmp_path: Path) -> Any:
    made = HistoryKeeper(tmp_path / "data")
    yield made
    assert made.close()


def paths_by_app(keeper: Any) -> dict[str, list[str]]:
    assert keeper.history.flush()
    with keeper.history.reader() as reader:
        return {
            run.app: [row.path for row in reader.requests(reader.extent("request", run.app), 0, 99)]
            for run in reader.runs()
        }


def test_a_batch_with_two_runs_is_divided(keeper: Any, make: Any) -> None:
    keeper.begin(ServerConfig(app="old:app", project="/srv/shop"))
    keeper.take([make.started(), make.finished(1, "/old")])
    keeper.begin(ServerConfig(app="new:app", project="/srv/shop"))  # Restart: the old one goes on
    keeper.take([make.finished(2, "/late")])
    keeper.take([make.stopped(), make.started(), make.finished(1, "/new")])
    keeper.take([make.stopped()])
    assert paths_by_app(keeper) == {"old:app": ["/old", "/late"], "new:app": ["/new"]}
    with keeper.history.reader() as reader:
        assert [run.reason for run in reader.runs()] == ["stopped", "stopped"]
    assert keeper.run.number("request", 0) is not None


def test_another_project_has_another_history(keeper: Any, make: Any) -> None:
    for project in ("/srv/shop", "/srv/blog"):
        keeper.begin(ServerConfig(app="app", project=project))
        keeper.take([make.finished(1, project), make.stopped()])
        assert paths_by_app(keeper) == {"app": [project]}


def test_a_window_and_the_command(
    window: Any,
    send: Callable[..., None],
    make: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    window.page.start()
    send(make.started(), make.request(1, "/a"), make.finished(1, "/a"), make.error(1, 1))
    send(make.request(2, "/running"))
    assert app.shut_down(window)
    for command, expected in (("requests", "/running"), ("errors", "KeyError: 7")):
        done = cli.main([command, str(tmp_path / "shop"), "--data-dir", str(tmp_path / "data")])
        assert done == 0
        assert expected in capsys.readouterr().out


def test_troubles_are_shown(
    window: Any, send: Callable[..., None], make: Any, qtbot: Any, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "history").write_text("a file stands in the way")
    window.page.start()
    send(make.started(), make.finished(1, "/a"))
    qtbot.waitUntil(lambda: "history" in window.page.line.text)
    assert "in memory only" in window.page.line.text
    assert window.page.controller.requests.total == 1
