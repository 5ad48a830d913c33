"""What the tests of the history share."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from launcher.core.logs.history.history import History
from launcher.core.logs.history.limits import Limits
from launcher.core.logs.history.writer import Trouble
from server.events import Body, RequestFinished

PROJECT = "/srv/shop"
APP = "shop:app"


class Shop:
    """A project with a history, and what was reported of its troubles."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.troubles: list[Trouble] = []
        self.opened: list[History] = []

    def open(self, limits: Limits | None = None) -> History:
        history = History(self.data_dir, PROJECT, self.troubles.append, limits)
        self.opened.append(history)
        return history

    def close(self) -> None:
        for history in self.opened:
            assert history.close(20)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path / "data")
    yield shop
    shop.close()


@pytest.fixture
def make_version_4() -> Callable[[sqlite3.Connection], None]:
    """Makes tables of version 4 of those of today: each request was one wide row then."""

    def make(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE old AS SELECT * FROM whole_request")
        for column in ("duration", "app_duration"):
            connection.execute(f"UPDATE old SET {column} = CAST(round({column} * 1e9) AS INTEGER)")
        connection.execute("DROP VIEW whole_request")
        for table in ("request", "exchange"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE old RENAME TO request")
        connection.execute("PRAGMA user_version = 4")

    return make


@pytest.fixture
def answer() -> Callable[..., RequestFinished]:
    """Makes the end of a request, with as little as a test has to say about it."""

    def make(id: int, path: str = "/", status: int = 200, body: bytes = b"", **facts: Any) -> Any:
        known = {
            "method": "GET",
            "target": path,
            "path": path,
            "status": status,
            "reason": {200: "OK", 404: "Not Found", 500: "INTERNAL SERVER ERROR"}[status],
            "request_headers": (("Host", "127.0.0.1:5000"), ("Accept", "*/*")),
            "response_headers": (("Content-Type", "text/plain"), ("Content-Length", "5")),
            "response_body": Body(len(body), body),
            "remote_addr": "127.0.0.1",
            "pid": 7,
        }
        return RequestFinished.of(
            id=id,
            **{
                "started": 1.7e9 + id,
                "duration": 0.25,
                "app_duration": 0.125,
                "thread": "t-1",
                **known,
                **facts,
            },
        )

    return make


@pytest.fixture
def fill_and_damage(answer: Callable[..., RequestFinished]) -> Callable[[History, int], None]:
    """Writes requests for ``/item/0``, ``/item/1``, …, closes the history, and damages the page
    that has the one in their middle."""

    def fill(history: History, count: int) -> None:
        history.begin_run(APP)
        history.take([answer(n, f"/item/{n}") for n in range(count)])
        assert history.close(20)
        content = bytearray(history.file.read_bytes())
        page = content.index(b"GET/item/%d" % (count // 2)) // 4096 * 4096
        content[page : page + 4096] = b"?" * 4096
        history.file.write_bytes(content)

    return fill
