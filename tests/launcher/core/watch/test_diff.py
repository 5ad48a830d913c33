"""Two texts, line beside line or one below the other."""

from __future__ import annotations

from launcher.core.bodies.json_text import indented
from launcher.core.bodies.layout import Page
from launcher.core.watch.diff import below, beside, count_lines, differing


def _page(text: str) -> Page:
    return Page(tuple(text.split("\n")))


def test_lines_have_their_partners_and_gaps() -> None:
    before = indented('{"id":3,"price":-6.0,"tags":["light"]}')
    after = indented('{"id":3,"price":19.9,"currency":"EUR","tags":["light"]}')
    pairs = beside(before, after)
    changed = [pair for pair in pairs if pair.differs]
    assert [
        (p.before and p.before.text.strip(), p.after and p.after.text.strip()) for p in changed
    ] == [
        ('"price": -6.0,', '"price": 19.9,'),
        (None, '"currency": "EUR",'),
    ]
    first = changed[0]
    assert first.before is not None
    assert first.after is not None
    start, length = first.before.differing[0]
    assert first.before.text[start : start + length] == "-6.0"
    start, length = first.after.differing[0]
    assert first.after.text[start : start + length] == "19.9"
    assert first.after.runs


def test_only_what_differs() -> None:
    text = "\n".join(str(number) for number in range(50))
    changed = text.replace("15", "x").replace("35", "y")
    pairs = differing(beside(_page(text), _page(changed)))
    assert [pair.is_gap for pair in pairs] == [False, False, False, True, False, False, False]
    assert differing(beside(_page(text), _page(text))) == ()


def test_a_saved_file_has_what_was_removed_above_what_was_added() -> None:
    before = "def item(n):\n    a = 1\n    return a\n"
    after = "def item(n):\n    a = 2\n    b = 3\n    return a\n"
    lines = [
        (pair.before.number if pair.before else 0, pair.after.number if pair.after else 0)
        for pair in below(before, after)
    ]
    assert lines == [(1, 1), (2, 0), (0, 2), (0, 3), (3, 4)]
    assert count_lines(before, after) == (2, 1)
    assert count_lines(None, "a\nb\n") == (2, 0)
    assert below("a", "a") == ()


def test_long_texts_take_no_time() -> None:
    first = "\n".join(f"{number} a" for number in range(20_000))
    second = "\n".join(f"{number} b" for number in range(20_000))
    pairs = beside(_page(first), _page(second))
    assert len(pairs) == 20_000
    assert all(pair.differs for pair in pairs)
