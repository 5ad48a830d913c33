"""launcher.hosts.stall_report: printed stacks are taken out of the output, and become a report."""

from __future__ import annotations

from pathlib import Path

import pytest

import server
from launcher.core.sentences import import_hint
from launcher.hosts.stall_report import PrintedStacks, importing

SERVER = Path(server.__file__).parent
STACKS = f"""Timeout (0:00:03)!
Thread 0x00007f1fd9cfd6c0 (most recent call first):
  File "{SERVER}/worker/main.py", line 12 in run

Thread 0x00007f1fdaa63b80 [python] (most recent call first):
  File "/usr/lib/python3.11/re/__init__.py", line 166 in match
  File "PROJECT/shop.py", line 2 in slow
  File "PROJECT/shop.py", line 4 in <module>
  File "<frozen importlib._bootstrap>", line 241 in _call_with_frames_removed
  File "{SERVER}/app/load.py", line 20 in load
  File "/usr/lib/python3.11/contextlib.py", line 1 in inner
"""


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_stacks_are_taken_out_of_the_output(size: int) -> None:
    """In whatever pieces they come."""
    text = f"before\n{STACKS}{STACKS}after\nTimeout (0:00:09)!\n"
    taker, printed, stacks = PrintedStacks(), "", []
    lines = text.splitlines(keepends=True)
    for start in range(0, len(lines), size):
        left, through = taker.take("".join(lines[start : start + size]))
        printed += left
        stacks += through
    assert (printed, stacks) == ("before\nafter\nTimeout (0:00:09)!\n", [STACKS, STACKS])
    assert not taker.is_open


def test_the_last_ones_are_through_when_nothing_follows() -> None:
    taker = PrintedStacks()
    assert taker.take(STACKS) == ("", [])
    assert taker.is_open
    assert taker.end() == [STACKS]
    assert (taker.is_open, taker.end()) == (False, [])


def test_report(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import re\ndef slow(): re.match()\n\nslow()\n")
    stacks = STACKS.replace("PROJECT", str(tmp_path))
    report = importing(stacks, "shop:app", str(tmp_path), 4.24)
    assert report is not None
    assert (report.app, report.elapsed, report.module) == ("shop:app", 4.2, "shop")
    assert report.where is not None
    assert (report.where.line, report.where.source) == (2, ("def slow(): re.match()",))
    assert [frame.function for frame in report.frames] == ["<module>", "slow", "match"]
    assert "holds the interpreter's lock" in import_hint(report)


def test_what_is_no_report() -> None:
    assert importing("Timeout (0:00:03)!\n", "app", "/", 4.0) is None
    ours = f'Thread 0x1 (most recent call first):\n  File "{SERVER}/session.py", line 1 in run\n'
    assert importing(ours, "app", "/", 4.0) is None
