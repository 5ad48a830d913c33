"""What of an answer may be another each time."""

from __future__ import annotations

import json
from typing import Any

from launcher.core.compare import Comparison, compare
from launcher.core.watch.ignoring import Ignored, choices, paths, without
from server.events import Body

JSON = (("Content-Type", "application/json"),)
TEXT = (("Content-Type", "text/html"),)


def _compared(make: Any, before: bytes, after: bytes, headers: Any) -> Comparison:
    first, second = (
        make.finished(n, response_body=Body(len(data), data), response_headers=headers)
        for n, data in ((1, before), (2, after))
    )
    return compare(first, second)


def test_a_field_is_ignored_in_each_item_of_a_list(make: Any) -> None:
    before = json.dumps({"rows": [{"id": 1, "n": 1}, {"id": 2, "n": 1}]}).encode()
    after = json.dumps({"rows": [{"id": 8, "n": 1}, {"id": 9, "n": 1}]}).encode()
    offered = choices(_compared(make, before, after, JSON))
    assert offered == (Ignored("json", "rows[].id"), Ignored("body"))
    first, second = (
        make.finished(n, response_body=Body(len(data), data), response_headers=JSON)
        for n, data in ((1, before), (2, after))
    )
    assert compare(first, second, paths(offered)).difference == ""


def test_a_line_is_ignored_whatever_is_in_its_middle(make: Any) -> None:
    page = "<form>\n<input name='csrf' value='{}'>\n<b>{}</b>\n</form>"
    found = _compared(
        make, page.format("tok-aX1", 1).encode(), page.format("tok-bX1", 1).encode(), TEXT
    )
    line = choices(found)[0]
    assert (line.kind, line.name, line.end) == ("line", "<input name='csrf' value='", "'>")
    assert without(found, [line]).difference == ""
    other = _compared(make, page.format("a", 1).encode(), page.format("b", 2).encode(), TEXT)
    left = without(other, [line])
    assert [change.before for change in left.body] == ["<b>1</b>"]


def test_a_header_and_the_body_are_ignored(make: Any) -> None:
    first = make.finished(1, response_headers=(("X-Build", "1"),))
    second = make.finished(2, response_headers=(("X-Build", "2"),), response_body=Body(3, b"new"))
    found = compare(first, second)
    assert without(found, [Ignored("header", "x-build")]).difference == "body"
    assert without(found, [Ignored("body")]).difference == "headers"
    assert without(found, [Ignored("body"), Ignored("header", "x-build")]).difference == ""
    assert Ignored("header", "x-build") in choices(found)


def test_what_makes_no_sense_in_a_file_is_left_out() -> None:
    one = Ignored("json", "a.b")
    assert Ignored.from_json(one.to_json()) == one
    for value in (None, 3, {}, {"kind": "all"}, {"kind": "json", "name": 4}):
        assert Ignored.from_json(value) is None
