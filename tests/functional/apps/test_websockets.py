"""flask-sock, as its quickstart has it, with the client of the library below it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Command, serve

from server.events import AppError, Event, RequestFinished, decode

pytest.importorskip("flask_sock", reason="flask-sock is not installed")
simple_websocket = pytest.importorskip("simple_websocket")

PYTHON = os.environ.get("SERVEDECK_APPS_PYTHON", "")
APP = """
from flask import Flask
from flask_sock import Sock

app = Flask(__name__)
sock = Sock(app)

@sock.route("/echo")
def echo(ws):
    while True:
        data = ws.receive()
        if data == "boom":
            raise ValueError(data)
        ws.send(data)

@app.route("/")
def index():
    return "fine"
"""


@pytest.fixture(params=["", "--debug", "--single", "--processes 2"])
def command(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Command]:
    (tmp_path / "echo.py").write_text(APP)
    options = [*request.param.split(), "--python", PYTHON] if PYTHON else request.param.split()
    with serve("echo:app", "--events", tmp_path / "events", *options, cwd=tmp_path) as command:
        yield command


def events_of(file: Path) -> list[Event]:
    return [decode(line) for line in file.read_text("ascii").splitlines()]


def test_the_quickstart(command: Command, tmp_path: Path) -> None:
    for number in range(3):
        ws = simple_websocket.Client(f"ws://127.0.0.1:{command.port}/echo")
        for text in (f"hello {number}", "x" * 70_000):
            ws.send(text)
            assert ws.receive(timeout=20) == text
        ws.close()
    ws = simple_websocket.Client(f"ws://127.0.0.1:{command.port}/echo")
    ws.send("boom")
    with pytest.raises(simple_websocket.ConnectionClosed):
        ws.receive(timeout=20)
    assert command.ask("/").body == b"fine"
    assert command.stop() == 0
    events = events_of(tmp_path / "events")
    sockets = [e for e in events if isinstance(e, RequestFinished) and e.upgrade]
    assert [(e.status, e.upgrade, e.aborted, e.problem) for e in sockets] == [
        (101, "websocket", False, "")
    ] * 4
    assert all(e.bytes_received > 100 and e.bytes_sent > 100 for e in sockets)
    assert [e.type for e in events if isinstance(e, AppError)] == ["ValueError"]
