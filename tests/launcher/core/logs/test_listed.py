"""Numbers and their keys, side by side: as a sorted list of pairs would be."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.logs.listed import Listed, keys_of

TEXTS = st.sampled_from(["", "/", "/a", "/b"])
NUMBERS = st.sampled_from([-1.0, 0.0, 0.5, 200.0, 1e9])


def items_of(listed: Listed) -> list[Any]:
    return [listed.item(index) for index in range(len(listed))]


@pytest.mark.parametrize("keys", [TEXTS, NUMBERS])
@given(data=st.data())
def test_it_is_a_sorted_list_of_pairs(keys: Any, data: Any) -> None:
    pairs = st.sets(st.tuples(keys, st.integers(0, 20)), max_size=8)
    expected = sorted(data.draw(pairs))
    listed = Listed.of(expected, keyed=True)
    for _ in range(3):
        added = sorted(data.draw(pairs) - set(expected))
        gone = data.draw(st.sets(st.sampled_from(range(len(expected))))) if expected else set()
        left = [item for at, item in enumerate(expected) if at not in gone]
        listed = listed.spliced(gone, added)
        expected = sorted(left + added)
        assert items_of(listed) == expected
        for item in expected:
            assert listed.find(item) == expected.index(item)
        if expected:
            stop = data.draw(st.integers(0, len(expected)))
            first, expected = expected[:stop], expected[stop:]
            listed.delete(0, stop)
            listed.insert(0, first)
            expected = first + expected
            assert items_of(listed) == expected


def test_numbers_are_kept_as_such() -> None:
    assert keys_of([1.0, 2.0]) == array("d", [1.0, 2.0])
    assert keys_of(["a"]) == ["a"]
    assert keys_of([]) == []
    listed = Listed.of([(1.0, 3)], keyed=True)
    assert listed.spliced((), ()) is listed
    assert isinstance(listed.spliced((0,), [(2.0, 4)]).keys, array)
    listed.delete(0, 1)
    listed.insert(0, [(5.0, 6)])
    assert items_of(listed) == [(5.0, 6)]
