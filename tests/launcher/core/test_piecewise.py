"""What is found in pieces is what is found at one go."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.core import piecewise
from launcher.core.piecewise import blocks, end_of, matches, replaced

TEXTS = st.text('ab=\\";\n', max_size=60)


@pytest.fixture(scope="module", autouse=True)
def small_pieces() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(piecewise, "PIECE", 7)
        yield


@given(TEXTS)
def test_matches(text: str) -> None:
    pattern = re.compile(r"(?<![ab])[ab]{1,3}=|^;", re.MULTILINE)
    assert [m.span() for m in matches(pattern, text, 5)] == [
        m.span() for m in pattern.finditer(text)
    ]


@given(TEXTS)
def test_matches_of_bytes_with_what_follows(text: str) -> None:
    pattern, data = re.compile(rb"a{1,2}(?!b)"), text.encode()
    assert [m.span() for m in matches(pattern, data, 4)] == [
        m.span() for m in pattern.finditer(data)
    ]


@given(TEXTS, st.integers(0, 60))
def test_ends(text: str, start: int) -> None:
    start = min(start, len(text))
    for pattern in (re.compile(r"[^;]*"), re.compile(r'(?:[^"\\]+|\\.)*', re.DOTALL)):
        found = pattern.match(text, start)
        assert found is not None
        assert end_of(pattern, text, start) == found.end()


@given(TEXTS)
def test_replacements(text: str) -> None:
    run = re.compile(r"[^;]*")
    found = replaced(re.compile("="), text, 1, lambda m: (m.end(), end_of(run, text, m.end()), "*"))
    assert found == re.sub(r"=[^;]*", "=*", text)


def test_matches_that_are_longer_than_a_piece() -> None:
    pattern, text = re.compile("a{20}b"), ("a" * 20 + "b") * 5 + "a" * 30
    assert [m.start() for m in matches(pattern, text, 21)] == [0, 21, 42, 63, 84]


@given(TEXTS)
def test_blocks(text: str) -> None:
    found = list(blocks(text, ";="))
    assert "".join(found) == text
    assert all(block[-1] in ";=" for block in found[:-1])
    for block in found:
        assert len(block) <= 7 or not set(block[:-1][:7]) & set(";=")
