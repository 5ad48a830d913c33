"""What happens in the window is in the history of the project."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from launcher import app, cli
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.history import files
from launcher.core.logs.history.conditions import Text
from launcher.core.logs.history.recording import RunBegins
from launcher.core.logs.orders import Filter
from launcher.core.logs.output import OutputLog
from launcher.core.logs.request_orders import REQUEST_ORDERS
from launcher.core.logs.requests import RequestLog
from launcher.models.requests import METHOD, PATH
from launcher.opening.servers import Servers
from launcher.page.history_keeper import HistoryKeeper
from server.config import ServerConfig
from server.events import Body, OutputWritten


@pytest.fixture
def keeper(qapp: Any, tmp_path: Path) -> Any:
    made = HistoryKeeper(tmp_path / "data", RequestLog(), ErrorLog(), OutputLog())
    yield made
    assert made.close()


def paths_by_app(keeper: Any) -> dict[str, list[str]]:
    assert keeper.history.flush()
    with keeper.history.reader() as reader:
        return {
            run.app: [row.path for row in reader.requests(reader.extent("request", run.app), 0, 99)]
            for run in reader.runs()
        }


def begins(app: str, project: str = "/srv/shop") -> RunBegins:
    return RunBegins(ServerConfig(app=app, project=project), (0, 0))


def test_a_batch_with_two_runs_is_divided(keeper: Any, make: Any) -> None:
    keeper.take([begins("old:app"), make.started(), make.finished(1, "/old")])
    keeper.take([make.finished(2, "/late")])
    keeper.take([make.stopped(), begins("new:app"), make.started(), make.finished(1, "/new")])
    keeper.take([make.stopped()])
    assert paths_by_app(keeper) == {"old:app": ["/old", "/late"], "new:app": ["/new"]}
    with keeper.history.reader() as reader:
        assert [run.reason for run in reader.runs()] == ["stopped", "stopped"]
    assert keeper.run.number("request", 0) is not None


def test_another_project_has_another_history(keeper: Any, make: Any) -> None:
    for project in ("/srv/shop", "/srv/blog"):
        keeper.take([begins("app", project), make.finished(1, project), make.stopped()])
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


def test_what_cannot_be_written_to_is_still_shown(
    keeper: Any, make: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keeper.take([begins("app"), make.finished(1, "/before"), make.stopped()])
    assert keeper.history.flush()

    def refuse(file: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))

    monkeypatch.setattr(files, "open_for_writing", refuse)
    log, troubles = RequestLog(), []
    again = HistoryKeeper(tmp_path / "data", log, ErrorLog(), OutputLog())
    again.troubled.connect(troubles.append)
    again.open("/srv/shop", "app")
    qtbot.waitUntil(lambda: log.oldest == -1)
    again.take([begins("app"), make.finished(1, "/now")])
    qtbot.waitUntil(lambda: bool(troubles))
    assert "in memory only" in troubles[0]
    assert log.oldest == -1
    qtbot.waitUntil(lambda: log.get(-1) is not None)
    assert log.get(-1).target == "/before"
    assert again.close()


def test_what_is_wrong_with_the_file_is_reported_before_anything_is_written(
    keeper: Any, make: Any, qtbot: Any, tmp_path: Path
) -> None:
    keeper.take([begins("app"), make.finished(1, "/before"), make.stopped()])
    file = keeper.history.file
    assert keeper.close()
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'exchange'"
        ).fetchone()
    log, troubles = RequestLog(), []
    again = HistoryKeeper(tmp_path / "data", log, ErrorLog(), OutputLog())
    again.troubled.connect(troubles.append)
    with file.open("r+b") as content:
        content.seek(4096 * (page - 1))
        content.write(b"?" * 4096)
    again.open("/srv/shop", "app")
    qtbot.waitUntil(lambda: log.oldest == -1)
    assert log.get(-1) is None
    qtbot.waitUntil(lambda: bool(troubles))
    assert "damaged" in troubles[0]
    with file.open("r+b") as content:
        content.seek(60)  # of user_version
        content.write(b"\0\0\0\x63")
    again.look_again()
    qtbot.waitUntil(lambda: len(troubles) == 2)
    assert "newer version" in troubles[1]
    again.look_again()
    qtbot.waitUntil(lambda: log.oldest == 0)
    assert again.close()
    assert len(troubles) == 2


def test_a_window_that_is_opened_again_shows_what_was(
    window: Any, send: Callable[..., None], make: Any, qtbot: Any, build_window: Callable[..., Any]
) -> None:
    window.page.start()
    send(make.started(), make.finished(1, "/before", request_body=Body(3, b"abc")))
    send(make.error(1), make.stopped())
    assert app.shut_down(window)
    window.close()
    again = build_window()
    again.show()
    page = again.page
    qtbot.waitUntil(lambda: page.controller.requests.oldest == -1)
    model = page.requests.model
    qtbot.waitUntil(lambda: model.rowCount() == 2)
    assert model.index(0, METHOD).data().startswith("Today, ")
    qtbot.waitUntil(lambda: model.index(1, PATH).data() == "/before")
    page.requests.show_request(-1)
    qtbot.waitUntil(lambda: page.requests._whole is not None)
    assert page.requests._whole.finished.request_body.data == b"abc"
    qtbot.waitUntil(lambda: page.controller.errors.get(-1) is not None)


def test_what_is_searched_for_is_found_beside_the_window(
    window: Any, send: Callable[..., None], make: Any, qtbot: Any
) -> None:
    window.page.start()
    send(make.started(), *[make.finished(n, f"/{n % 3}") for n in range(1, 100)])
    log = window.page.controller.requests
    keeper = window.page.findChild(HistoryKeeper)
    assert keeper.history.flush()
    qtbot.waitUntil(lambda: log.archive is not None)
    got: list[int] = []
    filter = Filter(lambda row: row.target == "/1", Text("path", "is", "/1"))
    log.archive.find(filter, 0, 99, lambda numbers, done, total: got.extend(numbers))
    keys: list[float] = []
    order = REQUEST_ORDERS["path"]

    def sort(done: Callable[[Any, Any], None]) -> Callable[[], None]:
        return log.archive.sort(None, order, 0, 99, [], lambda numbers, _: None, done)

    cancel = sort(lambda numbers, _: keys.append(1.0))
    cancel()
    sort(lambda numbers, found: keys.extend(found))
    qtbot.waitUntil(lambda: len(keys) > 0)
    assert keys == sorted(f"/{n % 3}" for n in range(1, 100))
    assert sorted(got) == [n - 1 for n in range(1, 100) if n % 3 == 1]


def test_output_of_before_stands_in_front_when_a_page_is_opened_again(
    qapp: Any, qtbot: Any, tmp_path: Path, make: Any
) -> None:
    first = HistoryKeeper(tmp_path / "data", RequestLog(), ErrorLog(), OutputLog())
    first.take([begins("shop:app"), OutputWritten("stdout", "of before\n"), make.stopped()])
    assert first.close()
    output = OutputLog()
    second = HistoryKeeper(tmp_path / "data", RequestLog(), ErrorLog(), output)
    second.open("/srv/shop", "shop:app")
    qtbot.waitUntil(lambda: output.lines.oldest < 0, timeout=5000)
    with qtbot.waitSignal(second.linesCame, timeout=5000):
        assert output.lines.get(-1) is None, "it is read elsewhere"
    line = output.lines.get(-1)
    assert line is not None
    assert line.text.endswith("of before")
    output.write("stdout", "of now\n")
    assert (output.lines.oldest, output.lines.end) == (-1, 1)
    second.delete()
    qtbot.waitUntil(lambda: output.lines.oldest == 0, timeout=5000)
    assert second.close()


def test_a_project_that_is_opened_shows_what_was_before_it_is_started(
    window: Any,
    send: Callable[..., None],
    make: Any,
    qtbot: Any,
    build_window: Callable[..., Any],
    tmp_path: Path,
) -> None:
    window.page.start()
    send(make.started(), make.finished(1, "/before"), make.stopped())
    window.findChild(Servers).close_page(window.page)
    assert app.shut_down(window)
    window.close()
    again = build_window()  # with what was used last
    page = again.page
    qtbot.waitUntil(lambda: page.controller.requests.oldest == -1)
    assert page.commands.delete_history.isEnabled()
    other = tmp_path / "other"
    other.mkdir()
    named = ServerConfig(project=str(other), app="app:app")
    assert again.findChild(Servers).open(named) is page
    qtbot.waitUntil(lambda: page.controller.requests.oldest == 0)
