"""What came of the pins after each reload."""

from __future__ import annotations

from typing import Any

from launcher.core.watch.judging import Reply, Verdict
from launcher.core.watch.pins import pin_of
from launcher.core.watch.rounds import ROUNDS, WatchLog
from server.events import Body


def _log(make: Any, *targets: str) -> WatchLog:
    log = WatchLog()
    log.set_pins([pin_of(make.finished(1, target)) for target in targets])
    return log


def test_each_round_has_its_verdicts(make: Any) -> None:
    log = _log(make, "/a", "/b")
    a, b = (pin.key for pin in log.pins)
    first = log.begin(10.0, ("shop.py",))
    log.add(first, a, Reply(make.finished(2, "/a")))
    log.add(first, b, Reply(make.finished(3, "/b", status=500)))
    assert log.counts() == {
        Verdict.FAILED: 1, Verdict.CHANGED: 0, Verdict.SLOWER: 0, Verdict.SAME: 1
    }  # fmt: skip
    second = log.begin(20.0)
    log.add(second, b, Reply(make.finished(4, "/b")))
    assert log.counts()[Verdict.SAME] == 2
    assert log.newest(a) is first
    assert log.newest(b) is second
    assert first.judgements[b].verdict is Verdict.FAILED


def test_another_expectation_is_judged_at_once(make: Any) -> None:
    log = _log(make, "/a")
    pin = log.pins[0]
    done = make.finished(2, "/a", response_body=Body(3, b"new"))
    log.add(log.begin(1.0), pin.key, Reply(done))
    assert log.counts()[Verdict.CHANGED] == 1
    version = log.version
    log.set_pins([pin.expecting(done)])
    assert log.counts()[Verdict.SAME] == 1
    assert log.version != version
    assert log.add(log.rounds[-1], "gone", Reply(done)) is None


def test_rounds_and_answers_are_bounded(make: Any) -> None:
    log = _log(make, "/a")
    key = log.pins[0].key
    body = Body(1_000_000, b"x" * 1_000_000)
    for number in range(ROUNDS + 5):
        log.add(log.begin(float(number)), key, Reply(make.finished(2, "/a", response_body=body)))
    assert len(log.rounds) == ROUNDS
    kept = [one for one in log.rounds if one.replies]
    assert 20 < len(kept) < ROUNDS
    assert kept[-1] is log.rounds[-1]
    assert log.reply(key, log.rounds[0].number) is None
    assert log.reply(key) is not None
    assert all(key in one.judgements for one in log.rounds)
