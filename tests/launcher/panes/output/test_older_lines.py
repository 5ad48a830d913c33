"""Searching and filtering the output of before, which is in the history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.history.recording import RunBegins
from launcher.core.logs.output import OutputLog
from launcher.core.logs.output_filter import LineFilter
from launcher.core.logs.requests import RequestLog
from launcher.page.history_keeper import HistoryKeeper
from launcher.panes.output.pane import OutputPane
from server.config import ServerConfig
from server.events import OutputWritten

WAIT = 8000


def begins() -> RunBegins:
    return RunBegins(ServerConfig(app="shop:app", project="/srv/shop"), (0, 0))


def printed(text: str) -> OutputWritten:
    return OutputWritten("stdout", text, None, time=1.7e9)


def logged(text: str, level: str, logger: str, *, own: bool) -> OutputWritten:
    return OutputWritten(
        "stderr", text, None, time=1.7e9, level=level, logger=logger, file="/a.py", line=1, own=own
    )


BEFORE: tuple[OutputWritten, ...] = (
    printed("".join(f"old line {n}\n" for n in range(300))),
    printed("\x1b[31mred\x1b[0m Order 7\n"),
    logged("order lost\n", "error", "shop.mail", own=True),
    logged("SELECT 1\n", "debug", "sql", own=False),
    printed("WARNING: order late\n"),
)


class Bench:
    """A pane whose app has run before."""

    def __init__(self, qtbot: Any, data: Path, oldest: int = -304) -> None:
        self.qtbot = qtbot
        self.log = OutputLog()
        self.pane = OutputPane(self.log)
        qtbot.addWidget(self.pane)
        self.pane.resize(1000, 300)
        with qtbot.waitExposed(self.pane):
            self.pane.show()
        self.keeper = HistoryKeeper(data, RequestLog(), ErrorLog(), self.log)
        self.keeper.linesCame.connect(self.pane.refresh)
        self.keeper.open("/srv/shop", "shop:app")
        qtbot.waitUntil(lambda: self.log.lines.oldest == oldest, timeout=WAIT)
        self.log.write("stdout", "new order 1\nnew line\nnew order 2\n", None, 1.8e9)
        self.pane._catch_up()

    def search(self, text: str) -> None:
        self.pane.bar.field.setText(text)
        self.pane.bar._ask()
        search = self.pane.search
        self.qtbot.waitUntil(lambda: not (search.running or search.looks_back), timeout=WAIT)

    def filter(self, wanted: LineFilter) -> list[int]:
        self.pane.chips.choose(wanted)
        found = self.pane.filtered
        self.qtbot.waitUntil(lambda: not (found.running or found.looks_back), timeout=WAIT)
        return list(self.pane.view.numbers)


def keep(data: Path, *events: OutputWritten) -> None:
    """Have a window of before that has kept some output."""
    first = HistoryKeeper(data, RequestLog(), ErrorLog(), OutputLog())
    first.take([begins(), *events])
    assert first.history is not None
    assert first.history.flush()
    assert first.close()


@pytest.fixture
def bench(qtbot: Any, tmp_path: Path) -> Iterator[Bench]:
    keep(tmp_path, *BEFORE)
    made = Bench(qtbot, tmp_path)
    yield made
    assert made.keeper.close()


def test_hits_of_before_are_counted_and_gone_to(bench: Bench) -> None:
    bench.search("order")
    assert bench.pane.search.numbers == [-4, -3, -1, 0, 2]
    assert bench.pane.bar.count.text() == "5 of 5", "the newest, as the end was in front"
    for place in (4, 3):
        bench.pane._before()
        assert bench.pane.search.place == place
    assert bench.pane.view.current == -1
    assert bench.pane.view.top_number() <= -1
    line = bench.log.lines.get
    bench.qtbot.waitUntil(lambda: line(-1) is not None, timeout=WAIT)
    bench.search("no such thing")
    assert bench.pane.bar.count.text() == "no hits"


def test_expressions_and_case(bench: Bench) -> None:
    bench.pane.bar.expression.setChecked(True)
    bench.search(r"^red Order \d$")
    assert bench.pane.search.numbers == [-4], "codes of styles are no part of a line"
    bench.pane.bar.expression.setChecked(False)
    bench.pane.bar.case.setChecked(True)
    bench.search("Order")
    assert bench.pane.search.numbers == [-4]


def test_only_matches_shows_those_of_before(bench: Bench) -> None:
    bench.search("order")
    bench.pane.bar.only.click()
    assert list(bench.pane.view.numbers) == [-4, -3, -1, 0, 2]
    bench.pane.chips.choose_context(1)
    bench.search("order")
    assert list(bench.pane.view.numbers) == [-5, -4, -3, -2, -1, 0, 1, 2]


def test_filters_reach_back(bench: Bench) -> None:
    assert bench.filter(LineFilter(level="error")) == [-3]
    assert bench.filter(LineFilter(level="warning")) == [-3, -1], "also by a line's own words"
    assert bench.filter(LineFilter(logger="shop")) == [-3]
    assert bench.filter(LineFilter(logger="sho")) == []
    assert bench.filter(LineFilter(own=True)) == [-3]
    assert bench.filter(LineFilter(request=0)) == []
    assert len(bench.filter(LineFilter())) == 307


def test_what_is_cleared_isnt_found_until_it_is_back(bench: Bench) -> None:
    bench.search("order")
    bench.log.hide()
    bench.pane._catch_up()
    assert bench.pane.search.numbers == []
    bench.log.unhide()
    bench.pane._catch_up()
    search = bench.pane.search
    bench.qtbot.waitUntil(lambda: len(search.numbers) == 5, timeout=WAIT)


def test_without_a_history_they_are_gone(bench: Bench) -> None:
    bench.search("order")
    bench.keeper.past.detach()
    bench.pane._catch_up()
    assert bench.pane.search.numbers == [0, 2]


FRAMES = '  File "shop.py", line 8, in day\n    return parse(text)\n'
ONE = f"Traceback (most recent call last):\n{FRAMES}ValueError: bad day\n"
CHAINED = (
    f"{ONE}\nDuring handling of the above exception, another exception occurred:\n\n"
    f"Traceback (most recent call last):\n{FRAMES}shop.Failed: no order\n"
)


@pytest.fixture
def failed(qtbot: Any, tmp_path: Path) -> Iterator[Bench]:
    """A pane whose app has printed tracebacks before."""
    keep(
        tmp_path,
        printed("first\n"),
        printed(f"{CHAINED}between\n"),
        logged(f"order failed\n{ONE}", "error", "shop", own=True),
        printed(f"{ONE}"),
        printed("Traceback (most recent call last): is no title\nlast\n"),
    )
    made = Bench(qtbot, tmp_path, oldest=-24)
    qtbot.waitUntil(lambda: len(made.pane.view.numbers) < 27, timeout=WAIT)
    yield made
    assert made.keeper.close()


def rows(bench: Bench) -> list[str]:
    """What is shown, once all of it has been read."""
    view = bench.pane.view
    bench.qtbot.waitUntil(lambda: None not in [view.laid(n) for n in view.numbers], timeout=WAIT)
    return [laid.text for number in view.numbers if (laid := view.laid(number)) is not None]


FOLDED = [
    "Traceback \u2026 shop.Failed: no order", "between", "order failed: ValueError: bad day",
    "Traceback \u2026 ValueError: bad day", "Traceback (most recent call last): is no title",
    "last", "new order 1", "new line", "new order 2",
]  # fmt: skip


def test_tracebacks_of_before_are_one_row_until_they_are_opened(failed: Bench) -> None:
    shown = rows(failed)
    assert shown[0].endswith("first")
    assert shown[1:] == FOLDED
    view = failed.pane.view
    head = view.numbers[3]
    view.turn(head, is_open=True)
    assert rows(failed)[3:8] == ["order failed", *ONE.splitlines()]
    view.turn(head, is_open=False)
    assert rows(failed)[1:] == FOLDED
    view.turn_all(is_open=True)
    assert len(view.numbers) == 27


def test_a_hit_in_one_of_before_opens_it(failed: Bench) -> None:
    failed.search("return parse")
    assert len(failed.pane.search.numbers) == 4
    failed.pane._before()
    current = failed.pane.view.current
    assert current is not None
    assert current in failed.pane.view.numbers


def test_clear_and_its_undo_keep_them(failed: Bench) -> None:
    failed.log.hide()
    failed.pane._catch_up()
    failed.log.write("stdout", f"{ONE}", None, 1.8e9)
    failed.pane._catch_up()
    assert rows(failed) == ["Traceback \u2026 ValueError: bad day"]
    failed.log.unhide()
    failed.pane._catch_up()
    assert rows(failed)[1:] == [*FOLDED, "Traceback \u2026 ValueError: bad day"]
