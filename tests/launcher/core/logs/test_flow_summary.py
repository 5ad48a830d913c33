"""The ways of many requests as a summary."""

from __future__ import annotations

import time
from typing import Any

import pytest

from launcher.core.logs import flow_summary
from launcher.core.logs.flow import timeline
from launcher.core.logs.flow_parties import PARTIES, YOURS
from launcher.core.logs.flow_summary import WINDOW, FlowSummary
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


def test_a_summary_by_endpoint(make: Any) -> None:
    summary = FlowSummary()
    assert summary.endpoints() == []
    for n in range(1, 101):
        summary.add(make.finished(n, flow=FLOW, endpoint="product", duration=n / 1000))
    summary.add(make.finished(200, flow=FLOW, endpoint="pay", status=500, duration=0.5))
    summary.add(make.finished(201, endpoint="product"))  # nothing was recorded
    assert summary.count == 101
    whole, product, pay = summary.endpoints()
    assert (whole.endpoint, whole.count, whole.errors) == (flow_summary.ALL, 101, 1)
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
    assert product.parties == pytest.approx((0.3, 0.2, 0.5, 0, 0, 0, 0))


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
    assert (whole.count, only.endpoint) == (WINDOW + 10, flow_summary.NO_ENDPOINT)
    assert only.median == (10 + WINDOW + 9) / 2
    for n in range(flow_summary.MAX_ENDPOINTS + 50):
        stages = tuple((f"hook {n}.{k}", 0, 1, 0) for k in range(20))
        summary.add(make.finished(n, flow=stages, endpoint=f"e{n}"))
    found = summary.endpoints()
    assert len(found) == flow_summary.MAX_ENDPOINTS + 2
    assert found[-1].endpoint == flow_summary.OTHERS
    assert found[-1].count == 51
    assert len(found[0].stages) <= flow_summary.MAX_STAGES + len(PARTIES)
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
