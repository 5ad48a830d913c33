"""Escape codes: styles become runs, all else is harmless."""

from __future__ import annotations

import pytest

from launcher.core.ansi import (
    BOLD,
    DIM,
    INVERSE,
    PLAIN,
    RGB,
    UNDERLINE,
    Run,
    Style,
    escaped,
    styled,
    unfinished,
)


@pytest.mark.parametrize(
    ("codes", "style"),
    [
        ("31", Style(fg=1)),
        ("1;31", Style(fg=1, flags=BOLD)),
        ("97;100", Style(fg=15, bg=8)),
        ("38;5;208", Style(fg=208)),
        ("38;2;1;2;3", Style(fg=RGB | 0x010203)),
        ("38:2::1:2:3", Style(fg=RGB | 0x010203)),
        ("48:5:17", Style(bg=17)),
        ("38;5;208;1", Style(fg=208, flags=BOLD)),
        ("4:3", Style(flags=UNDERLINE)),
        ("4:0", PLAIN),
        ("7;2", Style(flags=INVERSE | DIM)),
        ("31;0", PLAIN),
        ("31;", PLAIN),
        ("31;39", PLAIN),
        ("38;5;999", PLAIN),
        ("38", PLAIN),
        ("999999", PLAIN),
        ("38;7;1", PLAIN),
    ],
)
def test_styles(codes: str, style: Style) -> None:
    text, runs, after = styled(f"\x1b[{codes}mx")
    assert (text, after) == ("x", style)
    assert runs == (() if style == PLAIN else (Run(0, 1, style),))


def test_a_style_goes_on_in_the_next_line() -> None:
    _, _, style = styled("\x1b[32mone")
    assert styled("two\x1b[m three", style) == ("two three", (Run(0, 3, Style(fg=2)),), PLAIN)


def test_the_same_style_is_one_run() -> None:
    assert styled("\x1b[31ma\x1b[31mb\x1b[0m")[1] == (Run(0, 2, Style(fg=1)),)


@pytest.mark.parametrize(
    "code",
    ["\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1b(B", "\x1b=", "\x1bPx\x1b\\"],
)
def test_other_codes_have_no_effect(code: str) -> None:
    assert styled(f"a{code}b") == ("ab", (), PLAIN)


def test_what_cannot_be_seen_or_deceives_is_an_escape() -> None:
    assert escaped("a\0b\x07\u202e\ud800\tc\n") == "a\\x00b\\x07\\u202e\\ud800\tc\n"
    assert styled("a\x1b")[0] == "a\\x1b"


def test_an_unfinished_code_waits_for_its_rest() -> None:
    assert unfinished("ab\x1b[3") == 2
    assert unfinished("ab\x1b[31m") == len("ab\x1b[31m")
