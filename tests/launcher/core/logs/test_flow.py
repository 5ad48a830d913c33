"""The way of a request as a time line."""

from __future__ import annotations

from typing import Any

import pytest

from launcher.core.logs import flow
from launcher.core.logs.flow import timeline, why_no_flow
from launcher.core.logs.flow_parties import FRAMEWORK, SERVER, YOURS

FLOW = (
    ("handle", 100, 1000, 0),
    ("run_wsgi", 150, 900, 1),
    ("make_environ", 160, 40, 2),
    ("app", 250, 700, 2),
    ("wsgi_app", 260, 680, 3),
    ("hook log_in", 300, 100, 4),
    ("view product", 450, 400, 4),
    ("write", 950, 50, 2),
)


def test_a_time_line(make: Any) -> None:
    event = make.finished(
        1,
        flow=FLOW,
        flow_places=(("view product", "/shop.py", 7),),
        endpoint="shop.product",
        view_args=(("slug", "'tea'"),),
    )
    line = timeline(event)
    assert (line.total, line.failed, line.failed_at, line.left_out) == (1000, None, None, 0)
    by_stage = {step.stage: step for step in line.steps}
    view = by_stage["view product"]
    assert (view.start, view.duration, view.end, view.depth) == (350, 400, 750, 4)
    assert (view.key, view.name, view.detail) == ("view", "product", "shop.product(slug='tea')")
    assert view.place == ("/shop.py", 7)
    assert by_stage["hook log_in"].place is None
    assert by_stage["hook log_in"].detail == ""
    assert by_stage["app"].label == "app(environ, start_response)"
    whole = by_stage["wsgi_app"]
    assert whole.pieces == ((160, 200), (300, 350), (750, 840))
    assert whole.own == 680 - 100 - 400
    assert whole.share == pytest.approx(0.68)
    assert whole.own_share == pytest.approx(0.18)
    assert sum(step.own for step in line.steps) == line.total
    assert line.heaviest is view
    parties = [step.party for step in line.steps]
    assert parties == [SERVER, SERVER, SERVER, FRAMEWORK, FRAMEWORK, YOURS, YOURS, SERVER]


def test_without_a_recorded_flow_there_is_nothing(make: Any) -> None:
    line = timeline(make.finished(1))
    assert line.steps == ()
    assert line.heaviest is None


def test_why_there_is_nothing(make: Any) -> None:
    problem = "the process that answered it has ended: exit status 3"
    cut = make.finished(1, status=0, aborted=True, problem=problem)
    for others in (True, False):
        assert why_no_flow(cut, others=others).endswith(f"reported:\n{problem}.")
        assert "server ended" in why_no_flow(None, others=others)
    plain = make.finished(2)
    assert "Turn on Debug" in why_no_flow(plain, others=False)
    assert "very many" in why_no_flow(plain, others=True)
    left = make.finished(3, status=0, aborted=True)  # its client has gone away
    assert "Turn on Debug" in why_no_flow(left, others=False)


def test_an_app_without_a_known_framework_is_yours(make: Any) -> None:
    line = timeline(make.finished(1, flow=(("run_wsgi", 0, 10, 0), ("app", 1, 8, 1))))
    assert [step.party for step in line.steps] == [SERVER, YOURS]


def test_where_it_failed(make: Any) -> None:
    line = timeline(make.finished(1, flow=FLOW, flow_failed=6))
    assert (line.failed, line.failed_at) == (6, 750)
    assert [step.failed for step in line.steps].index(True) == 6
    for wrong in (-1, 8, 1000):
        assert timeline(make.finished(1, flow=FLOW, flow_failed=wrong)).failed is None


@pytest.mark.parametrize(
    "odd",
    [
        (("a", 5, -3, 0),),
        (("a", 0, 0, 0), ("b", 0, 0, 7), ("c", 0, 0, -2)),
        (("a", 0, 10, 0), ("b", 5, 50, 1), ("c", 8, 4, 1)),
        (("", 0, 1, 0), ("view ", 0, 1, 1), ("hook", 0, 1, 1)),
    ],
)
def test_odd_recordings_are_drawn_all_the_same(make: Any, odd: Any) -> None:
    line = timeline(make.finished(1, flow=odd))
    assert len(line.steps) == len(odd)
    last = -1
    for step in line.steps:
        assert 0 <= step.depth <= last + 1
        last = step.depth
        assert 0 <= step.own <= step.duration <= line.total
        assert all(step.start <= begin <= end <= step.end for begin, end in step.pieces)


def test_a_flow_without_end_is_cut(make: Any) -> None:
    many = tuple((f"hook h{n}", n, 1, 0) for n in range(flow.MAX_STEPS + 7))
    line = timeline(make.finished(1, flow=many))
    assert (len(line.steps), line.left_out) == (flow.MAX_STEPS, 7)
