"""Values as a person reads them."""

from __future__ import annotations

import pytest

from launcher.core import display
from launcher.core.display import microseconds, percent, round_time


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 ms"),
        (-1, "0.00 ms"),
        (0.00042, "0.42 ms"),
        (0.000996, "1.0 ms"),
        (0.0123, "12.3 ms"),
        (0.0999, "99.9 ms"),
        (0.09996, "100 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (1.254, "1.25 s"),
        (12.34, "12.3 s"),
        (59.96, "1 m 00 s"),
        (125, "2 m 05 s"),
        (3725, "1 h 02 m"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert display.duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (1530, "1.53 kB"),
        (48_210, "48.2 kB"),
        (999_400, "999 kB"),
        (999_600, "1.00 MB"),
        (104_857_600, "105 MB"),
        (5_000_000_000_000, "5000 GB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert display.size(count) == text


def test_plural() -> None:
    assert display.plural(1, "request") == "1 request"
    assert display.plural(1234, "request") == "1,234 requests"
    assert display.plural(2, "entry", "entries") == "2 entries"


def test_one_line_hides_nothing_and_breaks_nothing() -> None:
    text = display.one_line("a\nb\0c\x1b[31m\u202ed\ud800")
    assert text == "a\u240ab\u2400c\u241b[31m\u2039U+202E\u203ad\ufffd"
    assert display.one_line("x" * 50, 10) == "x" * 9 + "\u2026"


def test_what_has_no_width_can_be_seen() -> None:
    for code in (0x85, 0x9B, 0x61C, 0x200B, 0x2060, 0x2064, 0xFEFF, 0xE0041):
        assert display.printable(f"a{chr(code)}b") == f"a\u2039U+{code:04X}\u203ab"
    family = "\U0001f468\u200d\U0001f469"  # joined to one emoji
    assert display.printable(family) == family


def test_bytes_as_a_hex_dump() -> None:
    (line,) = display.hexdump(bytes(range(250, 256)) + b"\0abcdefghi").splitlines()
    assert line.startswith("00000000  fa fb fc fd fe ff 00 61  62 63")
    assert line.endswith("\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7abcdefghi")
    assert len(display.hexdump(bytes(102_400)).splitlines()) == display.HEX_LIMIT // 16


def test_short_times_and_parts_of_a_whole() -> None:
    assert [microseconds(n) for n in (-1, 0, 37, 999, 1250, 9994, 15_300, 2_500_000)] == [
        "0 \u00b5s", "0 \u00b5s", "37 \u00b5s", "999 \u00b5s", "1.25 ms", "9.99 ms", "15.3 ms",
        "2.50 s",
    ]  # fmt: skip
    assert [round_time(n) for n in (0, 500, 2500, 10_000, 1_500_000)] == [
        "0", "500 \u00b5s", "2.5 ms", "10 ms", "1.5 s",
    ]  # fmt: skip
    assert [percent(part) for part in (0, 0.0001, 0.012, 0.0996, 0.664, 1)] == [
        "0 %", "< 0.1 %", "1.2 %", "10 %", "66 %", "100 %",
    ]  # fmt: skip


def test_what_is_short_enough_stays_as_it_is() -> None:
    text = "line\n" * (display.SHOWN_LINES - 1)
    assert display.cut(text) is text
    assert display.cut("x" * display.SHOWN, middle=True) == "x" * display.SHOWN


@pytest.mark.parametrize("middle", [False, True])
def test_what_is_cut_shows_how_much_is_left_out(middle: bool) -> None:
    many = "".join(f"line {number}\n" for number in range(300_000))
    cut = display.cut(many, middle=middle)
    lines = cut.splitlines()
    assert len(lines) <= display.SHOWN_LINES + 2
    assert lines[0] == "line 0"
    assert (lines[-1] == "line 299999") is middle
    mark = next(line for line in lines if line.startswith("\u2026"))
    numbers = [line for line in lines if line.startswith("line")]
    left_out = 300_000 - len(numbers)
    assert mark.startswith(f"\u2026 {left_out:,} lines, ")
    long = display.cut("x" * 10_000_000, middle=middle)
    assert len(long) <= display.SHOWN + 100
    gone = 10_000_000 - long.count("x")
    assert f"{gone:,} characters not shown here" in long


def test_any_text_is_shown_with_lines_that_can_be_laid_out() -> None:
    shown = display.shown("\x1b" + "x" * 1_000_000 + "\n\u202e")
    assert shown.startswith("\u241b")
    assert max(map(len, shown.splitlines())) <= 20_001
