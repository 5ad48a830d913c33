"""Spans in the steps in which they ran, what repeats as one, and whose time is left over."""

from __future__ import annotations

from typing import Any

import pytest
from spans import sql

from launcher.core.logs.flow import Step, timeline
from launcher.core.logs.flow_parties import AFTER, FRAMEWORK, YOURS, is_library
from launcher.core.logs.flow_summary import FlowSummary
from server.facts.span import LeftOut, Span

FLOW = (
    ("handle", 100, 1000, 0),
    ("app", 150, 900, 1),
    ("hook log_in", 200, 200, 2),
    ("view product", 450, 500, 2),
)


def steps(make: Any, *spans: Span, **facts: Any) -> list[Step]:
    return list(timeline(make.finished(1, spans=spans, **{"flow": FLOW, **facts})).steps)


def shown(found: list[Step]) -> list[tuple[int, str, int]]:
    return [(step.depth, step.label, step.own) for step in found]


def test_a_span_is_in_the_step_in_which_it_ran(make: Any) -> None:
    found = steps(
        make,
        sql("SELECT * FROM user", start=210, duration=100),
        sql("SELECT * FROM item", start=460, duration=300),
        Span("log", "cold", 500, level="WARNING"),
    )
    assert shown(found) == [
        (0, "handle", 100),
        (1, "app(environ, start_response)", 200),
        (2, "hook log_in", 100),
        (3, "SELECT user", 100),
        (2, "view product", 200),
        (3, "SELECT item", 300),
        (4, "cold", 0),
    ]
    assert [step.party for step in found][3] == "sql"
    assert found[6].is_point
    assert found[3].place == ("/srv/catalog.py", 31)


def test_a_span_is_in_the_span_in_which_it_ran(make: Any) -> None:
    found = steps(
        make,
        Span("template", "page.html", 500, 300),
        sql("SELECT 1", start=550, duration=100),
        Span("http", "GET https://api.example.org/a?token=x", 600, 400),  # longer: beside it
    )
    assert shown(found)[4:] == [
        (3, "page.html", 200),
        (4, "SELECT ?", 100),
        (3, "GET api.example.org/a", 200),  # of its 400, half is the page's already
    ]


def test_queries_of_several_threads_are_beside_each_other(make: Any) -> None:
    runs = [
        sql("SELECT 1", start=500, duration=200),
        sql("SELECT 2", start=550, duration=50),  # meanwhile, in another thread
        sql("SELECT 3", start=620, duration=200),
        sql("SELECT 4", start=830, duration=20),
    ]
    found = steps(make, *runs)
    assert shown(found)[4:] == [(3, "SELECT ?", 220), (3, "SELECT ?", 120)]
    assert [len(step.spans) for step in found[4:]] == [2, 2]
    assert [step.duration for step in found[4:]] == [220, 250]
    view = found[3]
    assert view.own == 500 - 320 - 20
    assert sum(step.own for step in found) == 1000


def streamed(make: Any, app_duration: float, **facts: Any) -> Any:
    flow = (
        ("run_wsgi", 0, 100_000, 0),
        ("app", 0, 2_000, 1),
        ("write", 12_000, 88_000, 1),
        ("first byte", 12_000, 1_000, 2),
    )
    return make.finished(1, flow=flow, duration=0.1, app_duration=app_duration, **facts)


def test_what_a_generator_does_while_its_answer_is_sent_is_yours(make: Any) -> None:
    query = sql("SELECT 1", start=50_000, duration=7_000)
    line = timeline(streamed(make, 0.091, spans=(query,)))
    assert shown(list(line.steps)) == [
        (0, "run_wsgi", 0),
        (1, "app(environ, start_response)", 2_000),
        (1, "app iterator", 10_000),  # up to its first part
        (1, "write", 8_000),
        (2, "first byte", 1_000),
        (2, "app iterator", 72_000),
        (2, "SELECT ?", 7_000),
    ]
    assert dict(line.parties) == {"yours": 84_000, "server": 9_000, "sql": 7_000}
    assert line.heaviest is line.steps[5]
    for spans in ((query,), ()):
        summary = FlowSummary()
        summary.add(streamed(make, 0.091, spans=spans))
        shares = {stage.stage: stage.share for stage in summary.endpoints()[0].stages}
        assert shares["app iterator"] == pytest.approx(0.82 if spans else 0.89)
        assert shares["write"] == pytest.approx(0.08)


def test_a_slow_client_is_not_your_code(make: Any) -> None:
    flow = (("run_wsgi", 0, 90_000, 0), ("app", 0, 2_000, 1), ("write", 2_300, 87_000, 1))
    event = make.finished(1, flow=flow, duration=0.09, app_duration=0.003, spans=())
    assert [step.stage for step in timeline(event).steps] == ["run_wsgi", "app", "write"]
    failed = streamed(make, 0.09, flow_failed=2, spans=())
    assert "app iterator" not in [step.stage for step in timeline(failed).steps]


def test_what_repeats_is_one_step(make: Any) -> None:
    runs = [sql(f"SELECT {n}", start=500 + 50 * n, duration=20) for n in range(5)]
    other = sql("SELECT 7", start=900, duration=10, line=77)
    found = steps(make, *runs, other, Span("error", "KeyError: 7", 910))
    assert shown(found)[4:] == [(3, "SELECT ?", 100), (3, "SELECT ?", 10), (3, "KeyError: 7", 0)]
    loop = found[4]
    assert (len(loop.spans), loop.start, loop.end, loop.duration) == (5, 400, 620, 100)
    assert loop.runs == tuple((400 + 50 * n, 420 + 50 * n) for n in range(5))
    view = found[3]
    assert view.own == 500 - 100 - 10
    assert len(view.pieces) == 7


def test_odd_spans_are_shown_all_the_same(make: Any) -> None:
    found = steps(
        make,
        sql("SELECT 1", start=-50, duration=10),
        sql("SELECT 2", start=5000, duration=10, line=2),
        sql("SELECT 3", start=400, duration=10**9, line=3),
        Span("new kind", "what", 460, 5),
    )
    assert len(found) == len(FLOW) + 4
    for step in found:
        assert 0 <= step.start <= step.end <= 1000
        assert 0 <= step.own <= step.duration


def test_where_the_time_goes(make: Any) -> None:
    event = make.finished(
        1,
        flow=FLOW,
        spans=(sql("SELECT 1", start=460, duration=300), Span("mail", "to a", 800, 50)),
    )
    line = timeline(event)
    assert dict(line.parties) == {
        "yours": 550, "sql": 300, "server": 100, "waiting": 50,
    }  # fmt: skip
    assert line.counted == 1000
    summary = FlowSummary()
    summary.add(event)
    whole = summary.endpoints()[0]
    assert whole.parties == pytest.approx((0.1, 0, 0.55, 0.3, 0, 0, 0.05))
    assert {stage.stage for stage in whole.stages} >= {"SQL", "Mail", "view product"}


def test_what_was_only_counted_has_its_time_where_it_ran(make: Any) -> None:
    """Spread over what is left of the step, or of the template, in which all of it ran."""
    product = sql("SELECT 1", start=460, duration=100)
    event = make.finished(
        1, flow=FLOW, spans=(product,), spans_left_out=(LeftOut("sql", 2000, 560, 940, 300),)
    )
    line = timeline(event)
    assert [step[:2] for step in shown(list(line.steps))[3:]] == [
        (2, "view product"), (3, "SELECT ?"), (3, "2,000 more, counted only"),
    ]  # fmt: skip
    assert dict(line.parties) == {"sql": 400, "yours": 500, "server": 100}
    summary = FlowSummary()
    summary.add(event)
    stages = {one.stage: one.share for one in summary.endpoints()[0].stages}
    assert stages["SQL"] == pytest.approx(0.4)


def test_what_was_only_counted_in_a_template_or_longer_than_there_was(make: Any) -> None:
    page = Span("template", "page.html", 500, 400)
    found = steps(
        make,
        page,
        spans_left_out=(LeftOut("sql", 9, 600, 800, 100), LeftOut("http", 5, 450, 950, 900)),
    )
    assert shown(found)[3:] == [
        (2, "view product", 0),
        (3, "5 more, counted only", 100),
        (3, "page.html", 300),
        (4, "9 more, counted only", 100),
    ]
    # What isn't inside of anything, as of a thread that outlived the request, is left out.
    assert len(steps(make, spans_left_out=(LeftOut("sql", 9, 600, 9999, 100),))) == len(FLOW)


def test_what_follows_a_failure_is_not_counted(make: Any) -> None:
    flow = (
        ("run_wsgi", 0, 1000, 0), ("app", 10, 190, 1), ("error page", 200, 600, 1),
        ("write", 800, 100, 1), ("first byte", 800, 90, 2),
    )  # fmt: skip
    event = make.finished(1, flow=flow, flow_failed=1, error_id=3, status=500)
    line = timeline(event)
    assert [step.party for step in line.steps] == ["server", YOURS, *[AFTER] * 3]
    assert line.counted == 300
    assert line.heaviest is line.steps[1]
    summary = FlowSummary()
    summary.add(event)
    assert {stage.stage for stage in summary.endpoints()[0].stages} == {"run_wsgi", "app"}


def test_a_view_of_a_library_is_not_your_code(make: Any) -> None:
    static = "view flask.app.Flask.send_static_file"
    flow = (("app", 0, 100, 0), ("wsgi_app", 1, 98, 1), (static, 2, 90, 2))
    places = ((static, "/x/lib/python3.12/site-packages/flask/app.py", 300),)
    (_, _, view) = steps(make, flow=flow, flow_places=places)
    assert view.party == FRAMEWORK
    summary = FlowSummary()
    summary.add(make.finished(1, flow=flow, flow_places=places))
    assert summary.endpoints()[0].parties[2] == 0


@pytest.mark.parametrize(
    ("file", "library"),
    [
        ("/home/ada/shop/app.py", False),
        ("/home/ada/shop/lib/tools.py", False),
        ("/home/ada/python3.12/app.py", False),
        ("/home/ada/shop/.venv/lib/python3.12/site-packages/flask/app.py", True),
        ("/usr/lib/python3/dist-packages/django/views/static.py", True),
        ("/usr/lib/python3.13/functools.py", True),
        ("", False),
    ],
)
def test_what_a_library_is(file: str, library: bool) -> None:
    assert is_library(file) == library
