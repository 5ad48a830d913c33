"""What is listed of each server."""

from __future__ import annotations

from typing import Any

import pytest

from launcher.controller import SessionController
from launcher.opening.server_rows import ServerRows, server_names
from server.config import ServerConfig


class Page:
    """What is looked at of a page."""

    def __init__(self, project: str, app: str, controller: Any = None) -> None:
        self.title, self.project, self.app = project.rpartition("/")[2], project, app
        self.controller = controller


def page(project: str, app: str, controller: Any = None) -> Any:
    return Page(project, app, controller)


@pytest.mark.parametrize(
    ("pages", "names"),
    [
        ([("/a/shop", "shop:app"), ("/a/blog", "")], ["shop", "blog"]),
        ([("/a/shop", "shop:app"), ("/b/shop", "")], ["shop (a)", "shop (b)"]),
        ([("/a/shop", "shop:app"), ("/a/shop", "admin:app")],
         ["shop \u00b7 shop:app", "shop \u00b7 admin:app"]),
        ([("", "shop:app"), ("", "")], ["shop:app", "New server"]),
    ],
)  # fmt: skip
def test_a_name_has_as_much_as_it_takes(pages: list[tuple[str, str]], names: list[str]) -> None:
    assert server_names([page(*one) for one in pages]) == names


def test_a_running_server_has_its_port_and_its_pace(qtbot: Any, fake: Any, make: Any) -> None:
    controller = SessionController(fake(lambda event: None))
    shop, rows = page("/a/shop", "shop:app", controller), ServerRows()
    assert (rows.of([shop])[0].address, rows.of([shop])[0].second) == ("", "")
    controller.start(ServerConfig(app="shop:app"))
    assert rows.of([shop])[0].second == "starting"
    controller.take([make.started()])
    rows.count([shop])
    controller.take([make.finished(1), make.finished(2)])
    rows.count([shop])
    assert (rows.of([shop])[0].address, rows.of([shop])[0].second) == (":5000", "2/s")
    rows.forget(shop)
    assert rows.of([shop])[0].second == "0/s"
