"""How a typed text is found in another one."""

from __future__ import annotations

import pytest

from launcher.core.palette.matching import find


def order(query: str, *texts: str) -> list[str]:
    found = [(text, find(query, text)) for text in texts]
    hits = [(hit.score, text) for text, hit in found if hit is not None]
    return [text for _, text in sorted(hits, key=lambda one: -one[0])]


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("ord", "/api/orders", "ord"),
        ("ORD", "Record flow", "ord"),
        ("oib", "Open in Browser", "OiB"),
        ("sal", "Start All", "SAl"),
        ("all start", "Start All", "StartAll"),
        ("shout", "Show output", "Shout"),
        ("rfl", "Record flow", "Rfl"),
        ("rqst", "Show Requests", "Rqst"),
        ("", "anything", ""),
        ("\u4e2d", "/\u4e2d\u6587", "\u4e2d"),
        ("\u0130", "\u0130stanbul", "\u0130"),
    ],
)
def test_the_letters_of_each_word_are_found_in_order(query: str, text: str, marked: str) -> None:
    hit = find(query, text)
    assert hit is not None
    assert "".join(text[place] for place in hit.places) == marked


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("xyz", "Start"),
        ("tatsx", "Start"),
        ("start stop", "Start"),
        ("ba", "ab"),
        ("ord", "Coloured"),
        ("ord", "A new kind of error: Is announced"),
        ("ord", "Opens another window"),
    ],
)
def test_what_is_not_there_is_not_found(query: str, text: str) -> None:
    assert find(query, text) is None


def test_letters_strewn_over_a_long_text_are_no_hit() -> None:
    assert find("az", "a" + "-" * 100 + "z") is None


def test_one_piece_at_the_beginning_of_a_word_comes_first() -> None:
    assert order("ord", "Coloured", "Record", "Show orders", "Orders") == [
        "Orders",
        "Show orders",
        "Record",
    ]
    assert order("st", "Restart", "Start", "Show output") == ["Start", "Restart"]


def test_a_long_text_and_a_long_query_take_no_time() -> None:
    assert find("a" * 1000, "a" * 100_000) is None
    assert find("b " * 500, "a" * 100_000) is None
