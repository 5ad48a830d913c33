"""What the chips and a project's rules hide, and what never hides."""

from __future__ import annotations

from typing import Any

import pytest

from launcher.core.filters.fields import REQUESTS
from launcher.core.filters.language import read_filter
from launcher.core.filters.predicates import predicate
from launcher.core.filters.quick import STATIC, Narrowing, rule_for_path
from launcher.core.logs.requests import RequestLog, RequestRow
from server.events import RequestFinished, RequestStarted

PAGE = (("Host", "shop.local"), ("Referer", "http://shop.local/"))


def row(path: str, status: int = 200, **facts: Any) -> RequestRow:
    log = RequestLog()
    known = {"method": "GET", "target": path, "path": path, "status": status, "duration": 0.01}
    log.add_finished(
        RequestFinished.of(id=1, started=1.0, app_duration=0.0, thread="", **{**known, **facts})
    )
    found = log.get(0)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("request_row", "hidden"),
    [
        (row("/static/app.css"), True),
        (row("/logo.PNG", 304), True),
        (row("/static/app.css", endpoint="static"), True),
        (row("/files/7", endpoint="admin.static"), True),
        (row("/chart.png", endpoint="shop.chart"), False),  # a view makes it
        (row("/static/app.css", method="POST"), False),
        (row("/static/app.css", 500), False),
        (row("/static/app.css", 200)._replace(error=3), False),
        (row("/static/gone.css", 404, request_headers=PAGE), False),  # a page names it
        (row("/static/gone.css", 404), True),
        (row("/favicon.ico", 404, request_headers=PAGE), True),
        (row("/static/app.js.map", 404, request_headers=PAGE), True),
        (row("/.well-known/appspecific/com.chrome.devtools.json", 404), True),
        (row("/favicon.ico", 500), False),
        (row("/items"), False),
        (row("/items.json"), False),
    ],
)
def test_static_files_hide_and_errors_never_do(request_row: RequestRow, hidden: bool) -> None:
    assert predicate(STATIC)(request_row) is hidden
    assert predicate(Narrowing().condition())(request_row) is not hidden
    assert predicate(Narrowing(hides_static=False).condition())(request_row)


@pytest.mark.parametrize(
    ("request_row", "failed"),
    [
        (row("/items", 500), True),
        (row("/items")._replace(error=3), True),
        (row("/crash", 0, aborted=True)._replace(error=3), True),  # its process has ended
        (row("/items", aborted=True), False),
        (row("/items", 500, aborted=True), False),
        (row("/items", 404), False),
    ],
)
def test_what_counts_as_an_error(request_row: RequestRow, failed: bool) -> None:
    assert predicate(Narrowing(errors=True).condition())(request_row) is failed


def test_a_file_that_is_being_sent_hides_as_well() -> None:
    log = RequestLog()
    log.add_started(RequestStarted(1, "GET", "/static/app.css?v=1", 1.0))
    assert [*map(predicate(STATIC), log)] == [True]


def test_a_rule_hides_one_path_but_not_its_failure() -> None:
    rules = (rule_for_path("/health"), rule_for_path("/a b"), "path:", "")
    shown = predicate(Narrowing(rules=rules).condition())
    assert not shown(row("/health"))
    assert not shown(row("/a b"))
    assert shown(row("/healthy"))
    assert shown(row("/health", 503))
    assert predicate(Narrowing(rules=("path:",)).condition())(row("/x"))


def test_chips_and_text_all_have_to_be_met() -> None:
    text = read_filter("path:/a", REQUESTS)
    shown = predicate(Narrowing(text, errors=True, slow=True, endpoint="shop.a").condition())
    fitting: dict[str, Any] = {"status": 500, "duration": 2.0, "endpoint": "shop.a"}
    assert shown(row("/a", **fitting))
    for changed in ({"status": 200}, {"duration": 0.1}, {"endpoint": "shop.b"}):
        assert not shown(row("/a", **{**fitting, **changed}))
    assert not shown(row("/b", **fitting))
