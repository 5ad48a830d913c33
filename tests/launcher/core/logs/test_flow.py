"""The way of a request as a time line, and of many as a summary."""

from __future__ import annotations

import time
from typing import Any

import pytest

from launcher.core.logs import flow
from launcher.core.logs.flow import FRAMEWORK, SERVER, WINDOW, YOURS, FlowSummary, timeline
from launcher.core.logs.requests import RECENT_FLOWS, RequestLog

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


# The summary


def test_a_summary_by_endpoint(make: Any) -> None:
    summary = FlowSummary()
    assert summary.endpoints() == []
    for n in range(1, 101):
        summary.add(make.finished(n, flow=FLOW, endpoint="product", duration=n / 1000))
    summary.add(make.finished(200, flow=FLOW, endpoint="pay", status=500, duration=0.5))
    summary.add(make.finished(201, endpoint="product"))  # nothing was recorded
    assert summary.count == 101
    whole, product, pay = summary.endpoints()
    assert (whole.endpoint, whole.count, whole.errors) == (flow.ALL, 101, 1)
    assert (product.endpoint, product.count, product.errors) == ("product", 100, 0)
    assert product.median == pytest.approx(0.0505)
    assert product.p95 == pytest.approx(0.095)
    assert product.total == pytest.approx(5.05)
    assert (pay.count, pay.errors, pay.median, pay.p95) == (1, 1, 0.5, 0.5)
    first = product.stages[0]
    assert (first.stage, first.party) == ("view product", YOURS)
    assert first.share == pytest.approx(0.4)
    assert first.mean == pytest.approx(400e-6)
    assert sum(stage.share for stage in product.stages) == pytest.approx(1)
    assert product.parties == pytest.approx((0.3, 0.2, 0.5))


def test_the_own_times_are_those_of_the_time_line(make: Any) -> None:
    event = make.finished(1, flow=FLOW)
    summary = FlowSummary()
    summary.add(event)
    shares = {stage.stage: stage.share for stage in summary.endpoints()[0].stages}
    for step in timeline(event).steps:
        assert shares[step.stage] == pytest.approx(step.own_share)


def test_the_summary_stays_small(make: Any) -> None:
    summary = FlowSummary()
    for n in range(WINDOW + 10):
        summary.add(make.finished(n, flow=(("app", 0, 1, 0),), duration=float(n)))
    (whole, only) = summary.endpoints()
    assert (whole.count, only.endpoint) == (WINDOW + 10, flow.NO_ENDPOINT)
    assert only.median == (10 + WINDOW + 9) / 2
    for n in range(flow.MAX_ENDPOINTS + 50):
        stages = tuple((f"hook {n}.{k}", 0, 1, 0) for k in range(20))
        summary.add(make.finished(n, flow=stages, endpoint=f"e{n}"))
    found = summary.endpoints()
    assert len(found) == flow.MAX_ENDPOINTS + 2
    assert found[-1].endpoint == flow.OTHERS
    assert found[-1].count == 51
    assert len(found[0].stages) <= flow.MAX_STAGES + len(flow.PARTIES)
    version = summary.version
    summary.clear()
    assert (summary.count, summary.endpoints()) == (0, [])
    assert summary.version != version


def test_a_flood_of_requests_is_summed_up_quickly(make: Any) -> None:
    summary = FlowSummary()
    event = make.finished(1, flow=FLOW * 3, endpoint="product")
    before = time.perf_counter()
    for _ in range(2000):
        summary.add(event)
    # 30 microseconds each on a slow machine; the limit is far from that.
    assert time.perf_counter() - before < 2.0


def test_the_log_keeps_the_summary_and_the_newest_flows(make: Any) -> None:
    log = RequestLog()
    log.add_finished(make.finished(1))
    for n in range(2, RECENT_FLOWS + 12):
        log.add_finished(make.finished(n, flow=FLOW))
    assert log.flows.count == RECENT_FLOWS + 10
    assert list(log.recent_flows) == list(range(11, RECENT_FLOWS + 11))
    log.clear()
    assert log.flows.count == len(log.recent_flows) == 0
