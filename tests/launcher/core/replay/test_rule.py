"""Paths of URL rules, filled in and not."""

from __future__ import annotations

import pytest

from launcher.core.replay.rule import method_of, parameters_of, path_of
from server.events import Route


@pytest.mark.parametrize(
    ("rule", "values", "path"),
    [
        ("/about", [], "/about"),
        ("/items/<int:id>", [], "/items/{id}"),
        ("/items/<int:id>", ["7"], "/items/7"),
        ("/a/{id}/b/{name:str}", ["x y", "\u4e2d/?#"], "/a/x%20y/b/%E4%B8%AD%2F%3F%23"),
        ("/a/{id}/b/{name}", ["", "n"], "/a/{id}/b/n"),
        ("/static/<path:name>", ["css/a b.css"], "/static/css/a%20b.css"),
        ("files/*rest", ["a/b"], "/files/a/b"),
        ("/q/<:re:[a-z]+>", [], "/q/{value 1}"),
    ],
)
def test_the_path_of_a_rule(rule: str, values: list[str], path: str) -> None:
    assert path_of(rule, values) == path
    assert len(parameters_of(rule)) == path_of(rule).count("{")


@pytest.mark.parametrize(
    ("methods", "method"),
    [
        ((), "GET"),
        (("HEAD", "OPTIONS", "GET"), "GET"),
        (("DELETE", "PUT"), "PUT"),
        (("PROPFIND", "X"), "PROPFIND"),
    ],
)
def test_the_method_of_a_rule(methods: tuple[str, ...], method: str) -> None:
    assert method_of(Route("/", methods, "")) == method
