"""What waits for a person, and what an input may become."""

from __future__ import annotations

from launcher.core.logs.pauses import PauseLog, completions
from server.events import Paused, Resumed


def paused(id: int, line: int = 12, **more: object) -> Paused:
    return Paused(id, 1, "t", "/shop/shop.py", line, "total", **more)  # type: ignore[arg-type]


def test_the_one_that_reads_is_in_front() -> None:
    log = PauseLog()
    assert (log.front, log.text, len(log)) == (None, "", 0)
    log.take(paused(1))
    log.take(paused(2, waits=True))
    assert (log.text, len(log)) == ("Paused at shop.py:12", 2)
    log.take(paused(1, 13))
    assert log.text == "Paused at shop.py:13"
    log.take(Resumed(1, 1))
    assert log.text == ""  # the other one is about to report its place
    log.take(paused(2, 20))
    assert log.text == "Paused at shop.py:20"
    log.clear()
    assert len(log) == 0


def test_names_of_variables_and_of_commands_are_completed() -> None:
    here = paused(1, debugger=True, locals=(("total", "4"), ("lines", "[]")))
    assert list(completions(here, "p to")) == ["p total"]
    assert list(completions(here, "li")) == ["lines", "list"]
    assert list(completions(here, "p li")) == ["p lines"]
    assert list(completions(here, "x.li")) == []
    assert list(completions(here, "")) == []
    assert list(completions(paused(1), "li")) == []
