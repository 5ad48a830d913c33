"""A regular expression can't hold anything up."""

from __future__ import annotations

from launcher.core.filters.fields import REQUESTS
from launcher.core.filters.language import read_filter
from launcher.core.filters.patterns import Pattern

ENDLESS = r"^(a|a)*(a|a)*$"  # doubles with each character


def test_a_pattern_that_takes_too_long_gives_up_and_says_so() -> None:
    pattern = Pattern(ENDLESS)
    text = "a" * 40 + "!"
    assert not pattern(text)
    assert pattern.gave_up  # that one may have been missed
    assert pattern("aa")
    for _ in range(1000):
        assert not pattern(text)
    assert not pattern("aa")  # no time is left


def test_a_quick_one_never_gives_up() -> None:
    pattern = Pattern("^/A")
    assert all(pattern(f"/a/{n}") for n in range(5000))
    assert not pattern.gave_up


def test_the_filter_knows_of_it() -> None:
    found = read_filter(f'a or -(b path:~"{ENDLESS}")', REQUESTS)
    assert not found.gave_up
    pattern = found.condition.parts[1].part.parts[1].test  # type: ignore[union-attr]
    for _ in range(1000):
        pattern("a" * 40 + "!")
    assert found.gave_up
