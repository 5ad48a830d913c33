"""Pinned requests are sent again after each reload, to a real server whose app is edited."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from launcher.core.state import SessionState
from launcher.core.watch.ignoring import Ignored
from launcher.core.watch.judging import Verdict
from launcher.core.watch.pin_files import PinFiles
from launcher.core.watch.pins import pin_of
from launcher.hosts.supervisor import Supervisor
from launcher.page.watching import Watching

WAIT = 30_000
APP = """\
import json

from prices import answer


def app(environ, start_response):
    print("asked", environ["PATH_INFO"])
    body = json.dumps(answer(environ)).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]
"""
GOOD = 'def answer(environ):\n    return {"id": 3, "price": 5}\n'
CHANGED = GOOD.replace("5", "19.9")
BROKEN = 'def answer(environ):\n    raise ValueError("no price")\n'
SLOW = "import time\n\n\n" + GOOD.replace("    return", "    time.sleep(0.1)\n    return")
LEAKS = 'def answer(environ):\n    raise ValueError(environ["QUERY_STRING"])\n'
NO_PYTHON = "def answer(:\n"


class Watched:
    """A page whose server runs, and its pins."""

    def __init__(self, page: Any, qtbot: Any, folder: Path) -> None:
        self.page, self.qtbot, self.folder = page, qtbot, folder
        self.controller = page.controller
        (self.watching,) = page.findChildren(Watching)
        self.files, self.log = self.watching.files, self.watching.log

    def start(self) -> None:
        self.page.commands.start.trigger()
        self.until(lambda: self.controller.state is SessionState.RUNNING)

    def until(self, is_so: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(is_so, timeout=WAIT)

    def ask(self, target: str, method: str = "GET") -> Any:
        """Send a request; returns its event."""
        count = self.controller.requests.end
        with socket.create_connection(("127.0.0.1", self.controller.server.port), 10) as client:
            client.sendall(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert client.recv(65536)

        def is_over() -> bool:
            row = self.controller.requests.get(count)
            return row is not None and row.finished is not None

        self.until(is_over)
        return self.controller.requests.get(count).finished

    def save(self, text: str) -> None:
        (self.folder / "prices.py").write_text(text)

    def verdicts(self) -> list[Verdict]:
        """Those of the newest round, in the order of the pins."""
        made = self.log.rounds[-1]
        return [made.judgements[pin.key].verdict for pin in self.log.pins]

    def until_round(self, number: int) -> None:
        """Wait until a round is complete."""

        def is_complete() -> bool:
            rounds = self.log.rounds
            if not rounds or rounds[-1].number < number or self.log.sending:
                return False
            keys = {pin.key for pin in self.log.pins}
            return rounds[-1].failed or rounds[-1].judgements.keys() >= keys

        self.until(is_complete)


@pytest.fixture
def watched(build_window: Callable[..., Any], qtbot: Any, tmp_path: Path) -> Iterator[Watched]:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.py").write_text(APP)
    (folder / "prices.py").write_text(GOOD)
    window = build_window("shop:app", "--project", str(folder), supervisor=Supervisor)
    window.page.form.port.setValue(0)
    window.page.form.reload.setChecked(True)
    made = Watched(window.page, qtbot, folder)
    yield made
    assert made.watching.close()


def test_an_app_is_edited_red_green_slower_changed(watched: Watched) -> None:
    watched.start()
    log, watching, controller = watched.log, watched.watching, watched.controller
    watching.pin(watched.ask("/items/3"))
    watched.until(lambda: not watching.code.memory.is_empty)
    figures = (controller.requests.total, controller.errors.total, controller.requests.end)
    key = log.pins[0].key

    watched.save(BROKEN)
    watched.until_round(1)
    watched.until(lambda: bool(log.judgement(key).words))
    found = log.judgement(key)
    assert (found.verdict, found.words) == (Verdict.FAILED, "ValueError in prices.py:2")
    assert found.status == 500
    assert log.rounds[-1].cause == (str(watched.folder / "prices.py"),)
    (change,) = watching.changes(key)
    assert (change.before, change.after) == (GOOD, BROKEN)

    watched.save(GOOD)
    watched.until_round(2)
    assert watched.verdicts() == [Verdict.SAME]
    assert watching.changes(key) == ()

    watched.save(SLOW)
    watched.until_round(3)
    assert watched.verdicts() == [Verdict.SLOWER]

    watched.save(CHANGED)
    watched.until_round(4)
    assert watched.verdicts() == [Verdict.CHANGED]
    assert log.judgement(key).words == "1 value in the body"
    watching.ignore(key, Ignored("json", "price"))
    assert watched.verdicts() == [Verdict.SAME]
    watching.ignore(key, Ignored("json", "price"), on=False)
    watching.accept(key)
    assert watched.verdicts() == [Verdict.SAME]
    assert watched.files.read(watched.page.project).pins[0].request.response_body.data == (
        b'{"id": 3, "price": 19.9}'
    )

    watched.save(NO_PYTHON)
    watched.until_round(5)
    assert log.rounds[-1].failed
    # In no figure, no list, and nothing is announced; the failed load is an error of its own.
    after = (controller.requests.total, controller.errors.total, controller.requests.end)
    assert after == (figures[0], figures[1] + 1, figures[2])
    assert controller.errors.groups.total == 1
    rows = controller.routes.rows()
    assert sum(row.count for row in rows) == 1


def test_what_may_change_something_is_asked_about_once(watched: Watched) -> None:
    watched.start()
    log, watching, line = watched.log, watched.watching, watched.page.line
    watching.pin(watched.ask("/orders", "POST"))
    watched.save(CHANGED)
    watched.until(lambda: "Send POST /orders after each reload?" in line.text)
    assert log.judgement(log.pins[0].key) is None
    line.button.click()
    watched.until_round(1)
    assert watched.verdicts() == [Verdict.CHANGED]
    watched.save(GOOD)
    watched.until_round(2)
    assert watched.verdicts() == [Verdict.SAME]
    assert line.text == ""
    watched.files.update(watched.page.project, log.pins[0].key, lambda p: replace(p, agreed=False))
    watching.send_all()  # the user wants it
    watched.until_round(3)
    watching.set_automatic(False)
    watched.save(CHANGED)
    watched.until(lambda: watched.controller.reloads.total == 3)
    assert log.rounds[-1].number == 3


def test_another_window_has_the_same_pins_and_the_history_may_be_gone(watched: Watched) -> None:
    other = PinFiles(watched.page.window().data_dir)
    watched.start()
    done = watched.ask("/a")
    assert other.add(str(watched.folder), pin_of(done)) == ""
    watched.controller.requests.clear()
    watched.watching.send_all()
    watched.until_round(1)
    assert watched.verdicts() == [Verdict.SAME]
    assert watched.watching.is_pinned(done)
    other.remove(str(watched.folder), watched.log.pins[0].key)
    watched.watching.look()
    assert watched.log.pins == ()
    # What the request has carried as a secret is in no text of its error.
    watched.watching.pin(watched.ask("/a?token=hunter22secret"))
    watched.save(LEAKS)
    key = watched.log.pins[0].key
    watched.until(lambda: (found := watched.log.reply(key)) is not None and bool(found.error))
    error = watched.log.reply(key).error
    assert "token" in error.message
    assert "hunter22secret" not in str(error)


HANGS = """\
import pathlib
import time


def answer(environ):
    pathlib.Path("asked").touch()
    while not pathlib.Path("go-on").exists():
        time.sleep(0.02)
    return {}
"""


def test_a_server_that_stops_in_the_midst(watched: Watched) -> None:
    watched.start()
    watching, log = watched.watching, watched.log
    watching.pin(watched.ask("/a"))
    watching.pin(watched.ask("/b"))
    flag = watched.folder / "asked"
    watched.save(HANGS)
    watched.until(flag.exists)
    watched.page.commands.stop.trigger()
    watched.page.commands.stop.trigger()
    watched.until(lambda: watched.controller.state is SessionState.STOPPED)
    assert not log.sending
    assert watching.close()
    assert not watching.can_send
    watching.send_all()
    assert len(log.rounds) == 1


def test_only_the_newest_reload_counts(watched: Watched) -> None:
    watched.start()
    watching, log = watched.watching, watched.log
    watching.pin(watched.ask("/a"))
    flag = watched.folder / "asked"
    watched.save(HANGS)
    watched.until(flag.exists)
    watched.save(CHANGED)
    watched.until_round(2)
    assert [len(made.judgements) for made in log.rounds] == [0, 1]
    assert watched.verdicts() == [Verdict.CHANGED]
    (watched.folder / "go-on").touch()
