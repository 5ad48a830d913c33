"""JSON is indented, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launcher.core.bodies.json_text import MOST_DEPTH, NotJson, indented
from launcher.core.bodies.layout import Run


def test_every_token_stays_as_it_is_written() -> None:
    text = '{"a":1,"a":2,"price":1.10,"big":1e400,"e":"\\u00e9\\/",\n"n":[NaN,-Infinity,{},[ ]]}'
    page = indented(text)
    assert page.text == (
        '{\n  "a": 1,\n  "a": 2,\n  "price": 1.10,\n  "big": 1e400,\n  "e": "\\u00e9\\/",\n'
        '  "n": [\n    NaN,\n    -Infinity,\n    {},\n    []\n  ]\n}'
    )
    assert page.left_out == ""


def test_its_parts_have_kinds_and_its_brackets_fold() -> None:
    page = indented('{"a":[1,true],"b":"x"}')
    assert page.runs[1] == (Run(2, 3, "key"), Run(5, 2, "mark"), Run(7, 1, "mark"))
    assert page.runs[2][0] == Run(4, 1, "number")
    assert page.runs[3][0] == Run(4, 4, "word")
    assert page.folds == ((1, 4), (0, 6))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"a" 1}', "line 1, column 6"),
        ("[1,\n 2,]", "line 2, column 4"),
        ("[1}", "line 1, column 3"),
        ("{'a': 1}", "line 1, column 2"),
        ('["a\nb"]', "line 1, column 2"),
        ("[01]", "line 1, column 3"),
        ("1 2", "line 1, column 3"),
        ("[", "ends too early"),
        ('{"a":', "ends too early"),
        ("]", "line 1, column 1"),
        ('{"a":1,}', "line 1, column 8"),
    ],
)
def test_what_isnt_json_says_where(text: str, where: str) -> None:
    with pytest.raises(NotJson, match=where):
        indented(text)


def test_what_was_cut_is_indented_as_far_as_it_goes() -> None:
    assert indented('{"a":[1,2,"x', whole=False).text == '{\n  "a": [\n    1,\n    2,\n    "x'


def test_deep_nesting_is_left_alone() -> None:
    deep = "[" * MOST_DEPTH + "]" * MOST_DEPTH
    assert indented(deep).lines[1] == "  ["
    with pytest.raises(NotJson, match="levels"):
        indented(f"[{deep}]")


def test_a_page_is_cut_and_says_so() -> None:
    text = json.dumps(list(range(100_000)))
    page = indented(text)
    assert len(page.lines) <= 10_001
    assert page.left_out.endswith("characters not shown")
    whole = indented(text, everything=True)
    assert len(whole.lines) == 100_002
    assert whole.left_out == ""


def test_what_deceives_is_made_visible_and_the_columns_hold() -> None:
    page = indented('["\u202ex", 1]')
    assert page.lines[1] == '  "\u2039U+202E\u203ax",'
    assert page.runs[1][0] == Run(2, len('"\u2039U+202E\u203ax"'), "string")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(value=_VALUES, space=st.sampled_from([None, 1, "\t"]))
def test_it_is_the_same_json_but_for_space(value: object, space: int | str | None) -> None:
    text = json.dumps(value, indent=space)
    page = indented(text)
    assert "".join(page.text.split()) == "".join(text.split())
    assert json.dumps(json.loads(page.text)) == json.dumps(value)
