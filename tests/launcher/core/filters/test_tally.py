"""The counts of the chips are those of a plain look at all rows, whatever happens to the log."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launcher.core.filters import older_tally
from launcher.core.filters import tally as tallies
from launcher.core.filters.fields import FAILED, SLOW
from launcher.core.filters.predicates import predicate
from launcher.core.filters.quick import STATIC, rule_for_path, ruled_out
from launcher.core.filters.tally import SLICE, Tally
from launcher.core.logs.orders import Filter
from launcher.core.logs.requests import RequestLog, RequestRow
from launcher.core.logs.rows import Cancel, Part
from server.events import RequestFinished, RequestStarted


class Everything:
    """An archive that has every row that ever was, and answers when it is asked to."""

    def __init__(self, log: RequestLog, older: int) -> None:
        self.oldest = -older
        paths = ["/", "/health", "/static/a.css"]
        self.rows = {
            n: RequestRow(n, 0, "GET", "/", 1.0, finished(0, paths[n % 3], 500 - n % 2 * 300, 2.0))
            for n in range(-older, 0)
        }
        self.log = log
        self.waiting: deque[Callable[[], None]] = deque()

    def remember(self) -> None:
        self.rows.update((row.number, row) for row in self.log)

    def get(self, number: int) -> RequestRow | None:
        return self.rows.get(number)

    def find(self, filter: Filter[Any], low: int, high: int, part: Part) -> Cancel:
        live = [True]

        def answer() -> None:
            if live:
                found = [n for n in range(low, high) if filter.keep(self.rows[n])]
                part(array("q", found), high - low, high - low)

        self.waiting.append(answer)
        return live.clear

    def deliver(self) -> None:
        if self.waiting:
            self.waiting.popleft()()


RULES = (rule_for_path("/health"),)
PATHS = st.sampled_from(["/", "/health", "/static/a.css"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("start"), PATHS, st.just(0), st.just(0.0)),
        st.tuples(st.just("end"), PATHS, st.sampled_from([200, 404, 500]),
                  st.sampled_from([0.0, 2.0])),
        st.tuples(st.just("sync"), st.just(""), st.just(0), st.just(0.0)),
        st.tuples(st.just("clear"), st.just(""), st.just(0), st.just(0.0)),
    ),
    max_size=40,
)  # fmt: skip


def finished(id: int, path: str, status: int, duration: float) -> Any:
    facts = {"method": "GET", "target": path, "path": path, "status": status}
    return RequestFinished.of(
        id=id, started=1.0, duration=duration, app_duration=0.0, thread="", **facts
    )


@given(STEPS)
@settings(deadline=None)
def test_counts_are_those_of_a_plain_look(steps: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tallies, "SLICE", 2)
        patch.setattr(tallies, "SLICE_SECONDS", -1.0)
        check_counts(steps)


def check_counts(steps: Any) -> None:
    log = RequestLog(capacity=8, block=3)
    tally = Tally(log)
    tally.set_rules(RULES)
    started = 0
    for what, path, status, duration in steps:
        if what == "start":
            started += 1
            log.add_started(RequestStarted(started, "GET", path, 1.0))
        elif what == "end":
            log.add_finished(finished(max(1, started - 2), path, status, duration))
        elif what == "clear":
            log.clear()
        else:
            tally.sync()
    while tally.sync():
        pass
    for count, condition in (
        (tally.failed, FAILED),
        (tally.slow, SLOW),
        (tally.static, STATIC),
        (tally.ruled, ruled_out(RULES)),
    ):
        assert count == sum(map(predicate(condition), log)), condition


MORE = st.lists(
    st.one_of(
        st.tuples(st.just("end"), PATHS, st.sampled_from([200, 404, 500])),
        st.tuples(st.sampled_from(["sync", "clear", "undo", "deliver", "attach"])),
    ),
    max_size=40,
)


@given(st.integers(0, 25), MORE)
@settings(deadline=None)
def test_what_is_not_in_memory_is_counted_too(older: int, steps: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(older_tally, "PORTION", 4)
        patch.setattr(tallies, "SLICE", 2)
        patch.setattr(tallies, "SLICE_SECONDS", -1.0)
        log = RequestLog(capacity=8, block=3)
        archive = Everything(log, older)
        log.attach(archive)  # type: ignore[arg-type]
        changes: list[int] = []
        tally = Tally(log, lambda: changes.append(1))
        tally.set_rules(RULES)
        ended = 0
        for what, *facts in steps:
            if what == "end":
                ended += 1
                log.add_finished(finished(ended, *facts, 2.0))
                archive.remember()
            elif what == "clear":
                log.hide()
            elif what == "undo":
                log.unhide()
            elif what == "attach":
                log.attach(archive)  # type: ignore[arg-type]
            elif what == "deliver":
                archive.deliver()
            else:
                tally.sync()
        while tally.sync() or archive.waiting:
            archive.deliver()
        rows = [archive.rows[n] for n in range(log.oldest, log.end)]
        for count, condition in (
            (tally.failed, FAILED),
            (tally.slow, SLOW),
            (tally.static, STATIC),
            (tally.ruled, ruled_out(RULES)),
        ):
            assert count == sum(map(predicate(condition), rows)), condition


def test_many_rows_are_counted_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "SLICE_SECONDS", -1.0)  # the time is up after each portion
    log = RequestLog()
    tally = Tally(log)
    for number in range(SLICE + 5):
        log.add_finished(finished(number + 1, "/", 500, 0.0))
    assert tally.sync()
    assert tally.failed == SLICE
    assert not tally.sync()
    assert tally.failed == SLICE + 5


def test_rows_that_changed_are_counted_in_portions_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "SLICE_SECONDS", -1.0)
    log = RequestLog()
    tally = Tally(log)
    for number in range(1, 2 * SLICE + 1):
        log.add_started(RequestStarted(number, "GET", "/", 1.0))
    while tally.sync():
        pass
    assert tally.failed == 0
    for number in range(1, 2 * SLICE + 1):
        log.add_finished(finished(number, "/", 500, 0.0))
    assert tally.sync()
    assert tally.failed == SLICE
    assert not tally.sync()
    assert tally.failed == 2 * SLICE


def test_other_rules_count_anew() -> None:
    log = RequestLog()
    log.add_finished(finished(1, "/health", 200, 0.0))
    tally = Tally(log)
    tally.sync()
    assert tally.ruled == 0
    tally.set_rules(RULES)
    tally.sync()
    assert tally.ruled == 1
    tally.set_rules(())
    tally.sync()
    assert tally.ruled == 0
