"""The counts of the chips are those of a plain look at all rows, whatever happens to the log."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from launcher.core.filters.fields import FAILED, SLOW
from launcher.core.filters.predicates import predicate
from launcher.core.filters.quick import STATIC, rule_for_path, ruled_out
from launcher.core.filters.tally import AT_ONCE, Tally
from launcher.core.logs.requests import RequestLog
from server.events import RequestFinished, RequestStarted

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


def test_many_rows_are_counted_in_portions() -> None:
    log = RequestLog()
    tally = Tally(log)
    for number in range(AT_ONCE + 5):
        log.add_finished(finished(number + 1, "/", 500, 0.0))
    assert tally.sync()
    assert tally.failed == AT_ONCE
    assert not tally.sync()
    assert tally.failed == AT_ONCE + 5


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
