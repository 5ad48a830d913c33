"""The entries of a HAR file's text, one after the other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.har_entries import NotHar, walk

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(values, max_size=5),
    st.dictionaries(st.text().filter(lambda key: key not in ("entries", "version")), values),
    st.dictionaries(st.text().filter(lambda key: key != "log"), values),
    st.sampled_from([None, 1, "\t"]),
    st.booleans(),
    st.integers(1, 50),
)
def test_they_are_what_the_standard_library_reads(
    entries: list[Any],
    beside: dict[str, Any],
    around: dict[str, Any],
    indent: Any,
    first: bool,
    size: int,
) -> None:
    log = {"entries": entries, **beside} if first else {**beside, "entries": entries}
    text = json.dumps({"log": log, **around} if first else {**around, "log": log}, indent=indent)
    taken: list[Any] = []
    walk((text[at : at + size] for at in range(0, len(text), size)), "a.har", taken.append)
    assert taken == entries


def test_it_looks_up_now_and_then() -> None:
    seen: list[int] = []
    text = json.dumps({"log": {"entries": [{"n": n} for n in range(1000)]}})
    walk([text], "a.har", lambda _entry: None, lambda: seen.append(0))
    assert len(seen) > 10


def test_a_mistake_is_named_with_its_place_in_the_file() -> None:
    text = '{"log": {"entries": [{}, {}, ?]}}'
    with pytest.raises(NotHar, match=f"at its character {text.index('?') + 1}\\."):
        walk(text, "a.har", lambda _entry: None)
