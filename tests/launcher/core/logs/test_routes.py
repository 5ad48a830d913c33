"""How the requests of each rule went."""

from __future__ import annotations

from spans import items

from launcher.core.logs.routes import WINDOW, RouteLog
from server.events import RequestFinished, Route

ITEMS = Route("/items", ("GET",), "items", "shop.py", 3)
ITEM = Route("/items/<int:id>", ("GET",), "item", "shop.py", 9)


def finished(path: str, duration: float = 0.01, **facts: object) -> RequestFinished:
    return RequestFinished.of(
        id=1, started=1.0, duration=duration, method="GET", path=path, **{"status": 200, **facts}
    )


def log_with(*routes: Route) -> RouteLog:
    log = RouteLog()
    log.set_routes(routes)
    return log


def test_numbers_of_a_rule() -> None:
    log = log_with(ITEMS, ITEM)
    for number in range(1, 101):
        log.add(finished("/items", number / 1000, bytes_sent=10))
    log.add(finished("/items/3", 2.0, status=500))
    log.add(finished("/items/4", 1.0, status=404, error_id=5))
    items, item = log.rows()
    assert (items.count, items.errors, items.size) == (100, 0, 1000)
    assert (items.p50, items.p95, items.longest) == (0.05, 0.095, 0.1)
    assert (item.count, item.errors, item.longest) == (2, 2, 2.0)


def test_queries_per_request_of_those_that_were_recorded() -> None:
    log = log_with(ITEMS)
    log.add(finished("/items"))
    assert log.rows()[0].queries is None
    log.add(finished("/items", spans=tuple(items(range(4)))))
    log.add(finished("/items", spans=()))
    assert log.rows()[0].queries == 2


def test_a_rule_that_was_never_asked_for_has_no_times() -> None:
    (row,) = log_with(ITEMS).rows()
    assert (row.count, row.p50, row.p95, row.longest) == (0, None, None, None)


def test_what_no_rule_answers_is_counted_together() -> None:
    log = log_with(ITEMS)
    log.add(finished("/none", status=404))
    log.add(finished("/never", status=404))
    assert [(row.route, row.count) for row in log.rows()] == [(ITEMS, 0), (None, 2)]


def test_a_reload_keeps_the_numbers_of_rules_that_stay() -> None:
    log = log_with(ITEMS, ITEM)
    log.add(finished("/items"))
    log.add(finished("/items/1"))
    moved = Route("/items", ("GET",), "items", "shop.py", 33)
    log.set_routes([Route("/new"), moved])
    assert [(row.route, row.count) for row in log.rows()] == [(Route("/new"), 0), (moved, 1)]


def test_starting_over_keeps_the_rules() -> None:
    log = log_with(ITEMS)
    log.add(finished("/items"))
    log.add(finished("/x"))
    version = log.version
    log.start_over()
    assert [(row.route, row.count) for row in log.rows()] == [(ITEMS, 0)]
    assert log.version != version


def test_memory_doesn_t_grow_with_the_requests() -> None:
    log = log_with(ITEMS)
    for number in range(WINDOW + 50):
        log.add(finished("/items", float(number)))
    (row,) = log.rows()
    assert row.count == WINDOW + 50
    assert row.p50 == 50 + (WINDOW - 1) // 2
