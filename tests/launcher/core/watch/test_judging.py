"""How an answer compares with what is expected of a pin."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from launcher.core.watch.ignoring import Ignored
from launcher.core.watch.judging import Reply, Verdict, is_slower, judge
from launcher.core.watch.pins import pin_of
from server.events import Body, Frame, Span

JSON = (("Content-Type", "application/json"),)


def _json(make: Any, id: int, value: Any, **changes: Any) -> Any:
    data = json.dumps(value).encode()
    return make.finished(id, response_body=Body(len(data), data), response_headers=JSON, **changes)


def test_the_same_and_the_changed(make: Any) -> None:
    pin = pin_of(_json(make, 1, {"id": 3, "price": -6.0}))
    assert judge(pin, Reply(_json(make, 2, {"price": -6.0, "id": 3}))).verdict is Verdict.SAME
    after = _json(make, 2, {"id": 3, "price": 19.9, "currency": "EUR"})
    after = after.replace(response_headers=(*JSON, ("X-New", "1")))
    found = judge(pin, Reply(after))
    assert (found.verdict, found.words) == (Verdict.CHANGED, "2 values in the body, 1 header")
    moved = judge(pin, Reply(_json(make, 2, {}, status=302)))
    assert moved.verdict is Verdict.CHANGED


def test_what_is_ignored_is_the_same(make: Any) -> None:
    pin = pin_of(_json(make, 1, {"id": 3})).ignoring(Ignored("json", "id"))
    found = judge(pin, Reply(_json(make, 2, {"id": 4})))
    assert (found.verdict, found.words) == (Verdict.SAME, "\u201cid\u201d is ignored")


def test_a_failure_names_the_error_and_its_place(make: Any) -> None:
    pin = pin_of(_json(make, 1, {"id": 3}))
    failed = _json(make, 2, {}, status=500, error_id=1)
    assert judge(pin, Reply(failed)).verdict is Verdict.FAILED
    error = make.error(1, 2, type="dateutil.ParserError")
    frame = Frame("/p/pricing.py", 8, "parse_day", (), 0, (), own=True)
    error = replace(error, frames=(frame,))
    found = judge(pin, Reply(failed, error=error))
    assert (found.words, found.place) == ("ParserError in pricing.py:8", ("/p/pricing.py", 8))
    missing = judge(pin, Reply(_json(make, 2, {}, status=404)))
    assert missing.verdict is Verdict.FAILED
    nothing = judge(pin, Reply(problem="127.0.0.1:5000 can't be reached."))
    assert (nothing.verdict, nothing.words) == (
        Verdict.FAILED, "127.0.0.1:5000 can't be reached."
    )  # fmt: skip


def test_what_failed_when_it_was_pinned_turns_green(make: Any) -> None:
    pin = pin_of(_json(make, 1, {}, status=500, error_id=1))
    assert judge(pin, Reply(_json(make, 2, {}, status=500, error_id=2))).verdict is Verdict.FAILED
    found = judge(pin, Reply(_json(make, 2, {"id": 1})))
    assert (found.verdict, found.words) == (Verdict.SAME, "answered well; it was 500")


def test_slower_is_much_slower(make: Any) -> None:
    pin = pin_of(_json(make, 1, {}, duration=0.031))
    quick = pin_of(_json(make, 1, {}, duration=0.002))
    assert judge(pin, Reply(_json(make, 2, {}, duration=0.055))).verdict is Verdict.SAME
    assert not is_slower(quick, _json(make, 2, {}, duration=0.030))
    found = judge(pin, Reply(_json(make, 2, {}, duration=0.0842)))
    assert (found.verdict, found.words) == (Verdict.SLOWER, "was 31.0 ms")


def test_slower_names_the_queries_that_are_more(make: Any) -> None:
    def asked(count: int, **changes: Any) -> Any:
        spans = tuple(Span("sql", f"SELECT {n}", n, 1) for n in range(count))
        return _json(make, 1, {}, **changes).replace(spans=spans)

    pin = pin_of(asked(2, duration=0.031))
    assert pin.queries == 2
    found = judge(pin, Reply(asked(10, duration=0.0842)))
    assert found.words == "was 31.0 ms, 8 queries more"
    assert judge(pin, Reply(asked(1, duration=0.0842))).words == "was 31.0 ms, 1 query fewer"
