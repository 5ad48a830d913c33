"""The tones of the code around a line that failed."""

from __future__ import annotations

import pytest

from launcher.core.errors.code import toned


def parts(*lines: str, failing: int = 0) -> list[tuple[tuple[str, str], ...]]:
    return list(toned([[("code", line)] for line in lines], failing))


def test_keywords_texts_and_comments_have_tones_of_their_own() -> None:
    (line,) = parts('    return shop["lamp"]  # the dearest')
    assert line == (
        ("code", "    "), ("keyword", "return"), ("code", " shop["), ("string", '"lamp"'),
        ("code", "]  "), ("comment", "# the dearest"),
    )  # fmt: skip


def test_names_of_the_language_are_no_keywords() -> None:
    assert parts("total = int(self.price)") == [(("code", "total = int(self.price)"),)]


def test_what_is_marked_stays_marked() -> None:
    line = [("code", "return "), ("mark", 'day["x"]'), ("code", " or None")]
    (found,) = toned([line], 0)
    assert found == (
        ("keyword", "return"), ("code", " "), ("mark", 'day["x"]'), ("code", " "),
        ("keyword", "or"), ("code", " "), ("keyword", "None"),
    )  # fmt: skip


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_lines_may_begin_in_the_middle_of_a_text(quotes: str) -> None:
    before, end, code = parts("The price of", f"a day.{quotes}", "return day", failing=2)
    assert before == (("string", "The price of"),)
    assert end == (("string", f"a day.{quotes}"),)
    assert code == (("keyword", "return"), ("code", " day"))


@pytest.mark.parametrize(
    "lines",
    [
        ("", "x"),
        ('"""', "'''"),
        ("def f(:", "    )}]", "\x00 \ufeff"),
        ("'" * 399, "\\" * 399),
        ("\U0001f600 = '\U0001f600' if x else 1",),
        ("{% if x %}", "</p>"),
    ],
)
def test_nothing_is_lost_whatever_it_is(lines: tuple[str, ...]) -> None:
    for failing in range(len(lines)):
        found = parts(*lines, failing=failing)
        assert ["".join(text for _, text in line) for line in found] == list(lines)
