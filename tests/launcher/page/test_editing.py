"""The user's editor, beside the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from launcher.core.editors import EditorOpener
from launcher.page.editing import Editing

WAIT = 10_000


class Slow(EditorOpener):
    """Waits for the end of each editor as long as it is wanted."""

    def __init__(self) -> None:
        super().__init__({})
        self.opening = threading.Semaphore(0)

    def open(
        self,
        file: str,
        line: int,
        setting: str = "",
        folder: str = "",
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> str:
        self.opening.release()
        while file == "slow.py" and is_wanted():
            threading.Event().wait(0.005)
        return file


@pytest.fixture
def editing(qtbot: Any) -> Any:
    made = Editing(Slow())
    yield made
    assert made.close()


def test_the_next_file_is_not_held_up_by_the_one_before(qtbot: Any, editing: Editing) -> None:
    editing.open("slow.py", 1, "", "")
    assert isinstance(editing.opener, Slow)
    assert editing.opener.opening.acquire(timeout=WAIT / 1000)
    with qtbot.waitSignal(editing.finished, timeout=WAIT) as answer:
        editing.open("next.py", 1, "", "")
    assert answer.args == ["next.py"]


def test_a_window_that_is_closed_waits_for_no_editor(editing: Editing) -> None:
    editing.open("slow.py", 1, "", "")
    assert isinstance(editing.opener, Slow)
    assert editing.opener.opening.acquire(timeout=WAIT / 1000)
    assert editing.close(WAIT)
