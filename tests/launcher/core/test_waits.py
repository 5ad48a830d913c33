"""What is waited for."""

from __future__ import annotations

from launcher.core.waits import Wait, Waits, stack_text
from server.events import Frame


def test_how_long_is_said_after_three_seconds() -> None:
    wait = Wait("a", "Starting", 100.0)
    assert [wait.elapsed(now) for now in (100.0, 102.9, 103.0, 161.5)] == [
        "", "", "3 s", "1 m 01 s",
    ]  # fmt: skip


def test_what_began_last_is_in_front() -> None:
    waits = Waits()
    waits.begin(Wait("a", "one", 1.0))
    waits.begin(Wait("b", "two", 2.0))
    waits.change("b", detail="line")
    waits.change("gone", detail="line")
    assert waits.front == Wait("b", "two", 2.0, "line")
    waits.begin(Wait("a", "again", 3.0))
    assert waits.front is not None
    assert waits.front.text == "again"
    waits.end("a")
    waits.end("b")
    assert waits.front is None


def test_a_stack_has_the_innermost_frame_first() -> None:
    outer = Frame("/a.py", 2, "<module>", ("import b",), 2)
    inner = Frame("/b.py", 7, "load")
    assert stack_text((outer, inner)) == "/b.py:7  load\n/a.py:2  <module>\n    import b"
