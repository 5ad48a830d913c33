"""Pages of plain text: bounded, printable, and honest about what isn't in them."""

from __future__ import annotations

from launcher.core.bodies.layout import LONGEST_LINE, plain_page
from launcher.core.display import SHOWN, SHOWN_LINES


def test_a_text_that_fits_is_whole() -> None:
    for text in ("", "a", "a\n", "\n\n", "a\nb\n" * 1000):
        page = plain_page(text)
        assert (page.text, page.left_out) == (text, "")
    assert plain_page("a\r\n\x1b\u202e").text == "a\n\u241b\u2039U+202E\u203a"


def test_what_is_left_out_is_counted() -> None:
    page = plain_page("x" * 2_000_000)
    assert page.text.count("x") == SHOWN
    assert page.left_out == f"{2_000_000 - SHOWN:,} characters not shown"
    assert max(map(len, page.lines)) == LONGEST_LINE
    assert page.broken
    page = plain_page("ab\n" * 300_000)
    assert len(page.lines) <= SHOWN_LINES
    gone = 300_001 - len(page.lines)
    assert page.left_out == f"{gone:,} lines, {gone * 3 - 2:,} characters not shown"


def test_everything_is_shown_where_that_is_asked_for() -> None:
    page = plain_page("ab\n" * 30_000, everything=True)
    assert (len(page.lines), page.left_out) == (30_001, "")
