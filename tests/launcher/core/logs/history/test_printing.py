"""``servedeck requests`` and ``servedeck errors``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from launcher import cli
from launcher.core import display
from launcher.core.logs.history import search
from launcher.core.logs.history.history import History
from server.events import AppError, Body, Frame, RequestStarted

PLANTED = "hunter2"
TEXT = f"""Traceback (most recent call last):
  File "/srv/shop/app.py", line 3, in pay
    raise ValueError("token={PLANTED}")
ValueError: token={PLANTED} ```
"""


class Kept:
    """A project, with what a window has kept of it."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "shop"
        self.project.mkdir()
        self.data = folder / "data"

    def open(self) -> History:
        return History(self.data, str(self.project), lambda trouble: None)

    def run(self, *arguments: str) -> int:
        return cli.main([*arguments, str(self.project), "--data-dir", str(self.data)])


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


@pytest.fixture
def filled(kept: Kept, answer: Any) -> Kept:
    history = kept.open()
    history.begin_run("shop:app")
    body = f'{{"user": "me", "password": "{PLANTED}"}}'.encode()
    frame = Frame("/srv/shop/app.py", 3, "pay", ("def pay():", "    password", "    raise x"), 1,
                  (("password", f"'{PLANTED}'"), ("n", "7")))  # fmt: skip
    history.take(
        [
            answer(1, "/a"),
            RequestStarted(2, "POST", f"/pay?token={PLANTED}&a=1", 1.7e9),
            AppError(1, 2, "shop.errors.ValueError", f"token={PLANTED}", TEXT, (frame,)),
            answer(
                2,
                "/pay",
                500,
                body,
                method="POST",
                target=f"/pay?token={PLANTED}&a=1",
                query=f"token={PLANTED}&a=1",
                request_headers=(("Cookie", f"a={PLANTED}"),),
                response_headers=(("Content-Type", "application/json"),),
                request_body=Body(3, b"\x00\x01\x02"),
            ),
            answer(3, "/evil\x1b[2J\u202e"),
            AppError(2, None, "OSError", "", "OSError\n"),
        ]
    )
    assert history.close(20)
    return kept


def test_requests_as_text(filled: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled.run("requests") == 0
    out, err = capsys.readouterr()
    day, *lines = out.splitlines()
    assert day.startswith("── ")
    assert day.endswith(" 2023 ──")
    assert len(lines) == 3
    assert "POST" in lines[1]
    assert "/pay?token=***&a=1  error" in lines[1]
    assert not {"\x1b", "\u202e"} & set(out)
    assert PLANTED not in out
    assert not err


def test_a_refused_request_is_printed_with_its_first_line(
    kept: Kept, answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    history = kept.open()
    history.begin_run("shop:app")
    history.take([answer(1, "", 404, method="-", target=f"hello ?token={PLANTED}\x1b")])
    assert history.close(20)
    assert kept.run("requests") == 0
    out = capsys.readouterr().out
    assert "  hello ?token=***" in out
    assert PLANTED not in out
    assert "\x1b" not in out


def test_sizes_and_times_are_those_of_the_window(
    kept: Kept, answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    history = kept.open()
    history.begin_run("shop:app")
    large = answer(1, "/large", 200, b"x" * 15_300)
    history.take([large])
    assert history.close(20)
    assert kept.run("requests") == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert f" {display.size(15_300)}  /large" in line
    assert f" {display.duration(large.duration)} " in line


def test_requests_as_lines_of_json(filled: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled.run("requests", "--json", "--filter", "method:post status:5xx path:/pay") == 0
    out, _ = capsys.readouterr()
    (found,) = map(json.loads, out.splitlines())
    assert PLANTED not in out
    assert (found["method"], found["status"], found["app"]) == ("POST", 500, "shop:app")
    assert found["target"] == "/pay?token=***&a=1"
    assert found["request_headers"] == [["Cookie", "a=***"]]
    assert json.loads(found["response_body"]["text"]) == {"user": "me", "password": "***"}
    assert found["request_body"] == {"size": 3, "binary": True, "truncated": False}


def test_errors(filled: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled.run("errors") == 0
    out, _ = capsys.readouterr()
    assert "POST /pay?token=***&a=1" in out
    assert "outside of a request" in out
    assert PLANTED not in out
    assert filled.run("errors", "--last", "--json") == 0
    (found,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (found["type"], found["request"]) == ("OSError", None)


def test_errors_as_markdown(filled: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled.run("errors", "--markdown") == 0
    out, _ = capsys.readouterr()
    assert out.startswith("## ValueError: token=\\*\\*\\*\n")
    assert "- Request: `POST /pay?token=***&a=1` → 500" in out
    assert "- Place: `/srv/shop/app.py:3`" in out
    assert "````text" in out  # longer than what is within
    assert ">    3      raise x" in out
    assert PLANTED not in out


def test_errors_with_their_frames(filled: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled.run("errors", "--json") == 0
    out, _ = capsys.readouterr()
    first = json.loads(out.splitlines()[0])
    assert first["request"]["status"] == 500
    assert first["frames"][0]["locals"] == {"password": "***", "n": "7"}
    assert PLANTED not in out


@pytest.mark.parametrize("command", ["requests", "errors"])
def test_nothing_kept(kept: Kept, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert kept.run(command) == 0
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert "Nothing has been kept" in err
    kept.open().switch(on=False)
    assert kept.run(command) == 0
    assert "switched off" in capsys.readouterr().err


def test_nothing_that_was_asked_for(filled: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled.run("requests", "--filter", "nowhere") == 0
    out, err = capsys.readouterr()
    assert not out
    assert "asked for" in err


@pytest.mark.parametrize("command", ["requests", "errors"])
def test_what_cannot_be_read(
    filled: Kept, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = (filled.data / "history").glob("*.sqlite3")
    file.write_bytes(b"damaged" * 1000)
    assert filled.run(command) == 1
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("servedeck: The history ")
    assert err.count("\n") == 1
    assert file.read_bytes().startswith(b"damaged")


def test_what_is_whole_beside_a_damaged_page(
    kept: Kept,
    fill_and_damage: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "_FIRST_PART", 5)
    monkeypatch.setattr(search, "_SMALLEST_PART", 5)
    fill_and_damage(kept.open(), 300)
    assert kept.run("requests") == 1
    out, err = capsys.readouterr()
    assert 100 < out.count("/item/") < 300
    assert out.splitlines()[1].endswith("/item/0")
    assert out.endswith("/item/299\n")
    assert "malformed" in err


def test_bad_input_is_one_line(filled: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled.run("requests", "--filter", "status:x") == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert cli.main(["errors", str(filled.project / "missing")]) == 2
    assert "no folder" in capsys.readouterr().err


def test_a_window_that_still_writes_is_read(
    kept: Kept, answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    history = kept.open()
    history.begin_run("shop:app")
    history.take([answer(1, "/live")])
    assert history.flush()
    assert kept.run("requests") == 0
    assert "/live" in capsys.readouterr().out
    assert history.close(20)
