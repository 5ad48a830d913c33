"""Which rule a path fits, in the forms of all frameworks."""

from __future__ import annotations

import re
import time

import pytest

from launcher.core.logs.route_rules import Parameter, RuleIndex, parts_of, pattern_of
from server.events import Route


@pytest.mark.parametrize(
    ("rule", "fits", "refuses"),
    [
        ("/", ["/", ""], ["/a"]),
        ("/items", ["/items", "/items/"], ["/item", "/items/1", "/xitems"]),
        ("/items/", ["/items", "/items/"], ["/items/1"]),
        ("/items/<id>", ["/items/1", "/items/a b"], ["/items", "/items/1/2"]),
        ("/items/<int:id>", ["/items/12", "/items/-1"], ["/items/new"]),
        ("/items/<int(min=1, max=5):id>/x", ["/items/12/x"], ["/items/new/x"]),
        ("/price/<float:much>", ["/price/1.5", "/price/2"], ["/price/x"]),
        ("/files/<path:name>", ["/files/a/b/c", "/files/x"], ["/other"]),
        ("/files/<name:path>", ["/files/a/b/c"], ["/other"]),
        ("/old/<name:re:[a-z/]+>/x", ["/old/a/b/x"], ["/old/a"]),
        ("/old/<:re:.*>", ["/old/a/b"], ["/new"]),
        ("/<any(about, help):page>", ["/about"], []),
        ("/u/<uuid:id>", ["/u/5f0c"], ["/u/a/b"]),
        ("/items/{id}", ["/items/x"], ["/items"]),
        ("/items/{id:int}", ["/items/7"], ["/items/x"]),
        (r"/items/{id:\d{4}}/y", ["/items/1234/y"], ["/items/1/2/y"]),
        ("/all/{rest:path}", ["/all/a/b"], ["/al"]),
        ("/all/{rest:.*}", ["/all/a/b"], ["/al"]),
        ("/all/*rest", ["/all/", "/all/a/b"], ["/al"]),
        ("/a.b+c/<x", ["/a.b+c/<x"], ["/aXb+c/<x"]),
        ("/\u4e2d\u6587/<x>", ["/\u4e2d\u6587/1"], ["/x/1"]),
    ],
)
def test_a_rule_fits_its_paths_alone(rule, fits, refuses):
    pattern = re.compile(pattern_of(rule))
    assert [path for path in fits if not pattern.match(path)] == []
    assert [path for path in refuses if pattern.match(path)] == []


def test_parts_have_the_names_of_parameters():
    assert parts_of("/a/<int:id>/{name:str}/*rest") == (
        "/a/",
        Parameter("id", r"-?[0-9]+", "<int:id>"),
        "/",
        Parameter("name", "[^/]+", "{name:str}"),
        "/",
        Parameter("rest", ".*", "*rest"),
    )
    assert "".join(getattr(part, "text", part) for part in parts_of("/x/<a:b:c>{d}")) == (
        "/x/<a:b:c>{d}"
    )


ROUTES = [
    Route("/items", ("GET",), "items"),
    Route("/items", ("POST",), "add"),
    Route("/items/<int:id>", ("GET",), "item"),
    Route("/<page>", (), ""),
    Route("/old/<int:id>", (), "item"),
    Route("/api/things", ("GET",)),
]


@pytest.mark.parametrize(
    ("method", "path", "endpoint", "expected"),
    [
        ("GET", "/whatever", "items", 0),
        ("POST", "/items", "", 1),
        ("HEAD", "/items", "", 0),
        ("PUT", "/items", "", 3),
        ("PUT", "/items/5", "", 2),
        ("GET", "/items/5", "item", 2),
        ("GET", "/old/5", "item", 4),
        ("GET", "/mounted/old/5", "item", 2),
        ("GET", "/about", "", 3),
        ("GET", "/about", "not.known", 3),
        ("GET", "/api/things", "", 5),
        ("GET", "/api/none", "", None),
    ],
)
def test_by_endpoint_then_by_path_and_method(method, path, endpoint, expected):
    assert RuleIndex(ROUTES).find(method, path, endpoint) == expected


def test_hostile_rules_and_paths_take_no_time():
    rule = "/" + "<path:a>/" * 6 + "{" * 500 + "<" * 500
    index = RuleIndex([Route(rule), Route("/" + "<a>-" * 50 + "z"), Route("/" + "*" * 5000)])
    began = time.process_time()
    index.find("GET", "/" + "a/" * 5000, "")
    index.find("GET", "/" + "a-" * 5000, "")
    assert time.process_time() - began < 5
