"""Log lines that are JSON objects."""

from __future__ import annotations

import json

import pytest

from launcher.core.logs.json_lines import read_json_line, unfolded


@pytest.mark.parametrize(
    ("values", "facts", "message"),
    [
        ({"event": "sold", "level": "warn", "logger": "shop", "timestamp": 1.5e9},
         (1.5e9, "warning", "shop"), "sold"),
        ({"msg": 'a "b"', "levelname": "ERROR", "name": "x", "ts": 1500000000500},
         (1500000000.5, "error", "x"), None),
        ({"message": "m", "time": "2017-07-14T02:40:00Z"}, (1.5e9, "", ""), "m"),
        ({"message": "m", "time": "2017-07-14T03:40:00+01:00"}, (1.5e9, "", ""), "m"),
        ({"message": 3, "time": "yesterday", "level": 30}, (0.0, "", ""), ""),
        ({"time": 1e300, "level": None}, (0.0, "", ""), ""),
        ({"time": True}, (0.0, "", ""), ""),
    ],
)  # fmt: skip
def test_facts(values: dict[str, object], facts: tuple[object, ...], message: str | None) -> None:
    text = json.dumps(values)
    found = read_json_line(text)
    assert found is not None
    assert found[:3] == facts
    if message is not None:
        assert found.message == message


@pytest.mark.parametrize("text", ["", "{}", "{x}", "[1]", "{" * 100_000 + "}", "plain", '{"a": 1'])
def test_what_is_no_object_is_none(text: str) -> None:
    assert read_json_line(text) is None
    assert unfolded(text) == ""


def test_nested_without_end_is_none() -> None:
    assert read_json_line('{"a":' * 100_000 + "1" + "}" * 100_000) is None


def test_unfolding() -> None:
    assert unfolded('{"a": [1], "b": "\u00e4"}') == '{\n  "a": [\n    1\n  ],\n  "b": "\u00e4"\n}'


def test_the_other_members_in_short() -> None:
    found = read_json_line(
        '{"msg": "two\\nlines", "time": 1, "id": 3, "who": "ada", "why": "a b", "all": [1, null]}'
    )
    assert found is not None
    assert found.message == "two \u21b5 lines"
    assert found.rest == 'id=3 who=ada why="a b" all=[1, null]'


def test_many_members_and_hostile_ones_are_cut_and_escaped() -> None:
    values = {f"member {n}": "\u202e\x1b[31m" * 200 for n in range(50)}
    found = read_json_line(json.dumps(values))
    assert found is not None
    assert len(found.rest) < 900
    assert found.rest.endswith("\u2026")
    assert found.rest.isprintable()
