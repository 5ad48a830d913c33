"""The requests of one rule, as a filter that the list understands."""

from __future__ import annotations

import pytest

from launcher.core.filters.fields import REQUESTS
from launcher.core.filters.language import read_filter
from launcher.core.filters.routes import filter_of
from server.events import Route

ITEMS = Route("/items", ("GET",), "items")
ADD = Route("/items", ("POST",), "add")
PAGE = Route("/<name>", (), "page")
AGAIN = Route("/p/{name}", (), "page")
PLAIN = Route('/a "b" (c)', ("GET",))


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (ITEMS, "endpoint:=items"),
        (PAGE, "path:~^/[^/]+/?$"),
        (AGAIN, "path:~^/p/[^/]+/?$"),
    ],
)
def test_by_endpoint_else_by_path(route: Route, expected: str) -> None:
    assert filter_of(route, [ITEMS, ADD, PAGE, AGAIN]) == expected


def test_by_method_where_two_rules_have_one_path() -> None:
    routes = [Route("/x", ("GET",)), Route("/x", ("POST",))]
    assert filter_of(routes[0], routes) == "path:~^/x/?$ (method:GET or method:HEAD)"
    assert filter_of(routes[1], routes) == "path:~^/x/?$ method:POST"


@pytest.mark.parametrize("route", [ITEMS, ADD, PAGE, AGAIN, PLAIN])
def test_the_language_understands_it(route: Route) -> None:
    assert read_filter(filter_of(route, [ITEMS, ADD, PAGE, AGAIN, PLAIN]), REQUESTS)
