"""Expressions that a user types are compiled at once, or refused."""

from __future__ import annotations

import time

import pytest
import regex

from launcher.core.expressions import LARGEST, ExpressionError, compiled


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a{99999999}", 1),
        ("x(?:a{1000}){1000}", 12),
        ("((a{100}){100}){100}", 15),
        ("[a-z]{99999}", 5),
        (r"\d{99999,}", 2),
        ("a{ 99999 , }", 1),
        ("a" + "9" * 5000 + "{" + "9" * 5000 + "}", 5001),
        ("(a|b)?{99999}", 6),
        ("(?x)a {99999}", 6),
    ],
)
def test_what_repeats_too_much_is_refused_at_once(text: str, place: int) -> None:
    began = time.thread_time()
    with pytest.raises(ExpressionError, match="repeats too much") as caught:
        compiled(text, 0)
    assert caught.value.place == place
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "a{1000}b{1000}",
        "a{0,99999999}",
        "^/v[12]{2}/(?:[0-9a-f]{8})(?:-[0-9a-f]{4}){3}",
        r"\{99999999\}",
        "[{99999999}]",
        "a{,3}",
        "a{99999999",
    ],
)
def test_what_does_not_is_taken(text: str) -> None:
    assert compiled(text, 0).pattern == text


@pytest.mark.parametrize(("text", "place"), [("(", 1), ("[a", 2), (")", 0), ("a**", 2)])
def test_what_is_no_expression_has_a_place(text: str, place: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        compiled(text, regex.IGNORECASE)
    assert caught.value.place == place


def test_the_largest_is_compiled_quickly() -> None:
    began = time.thread_time()
    compiled(f"a{{{LARGEST}}}", regex.IGNORECASE)
    assert time.thread_time() - began < 2
