"""Languages have colours, within bounds."""

from __future__ import annotations

import pytest

from launcher.core.bodies.highlighting import LANGUAGES, highlighted, language_of
from launcher.core.bodies.layout import plain_page


@pytest.mark.parametrize(
    ("kind", "text", "part", "expected"),
    [
        ("text/html; charset=utf-8", '<p class="x">\nhi</p>', '"x"', "string"),
        ("application/atom+xml", "<feed>\n</feed>", "<feed", "tag"),
        ("text/css", "/* a */\nb { color: red }", "/* a */", "comment"),
        ("application/javascript", "let a = 12;\n", "let", "word"),
        ("application/sql", "select 12 from t", "12", "number"),
    ],
)
def test_each_language_has_colours(kind: str, text: str, part: str, expected: str) -> None:
    page = highlighted(plain_page(text), language_of(kind))
    found = {
        page.lines[number][run.start : run.start + run.length]: run.kind
        for number, line in enumerate(page.runs)
        for run in line
    }
    assert found[part] == expected
    assert page.text == text


def test_every_language_is_known_and_other_types_have_none() -> None:
    for language in set(LANGUAGES.values()):
        highlighted(plain_page("x"), language)
    assert language_of("text/plain") == language_of("") == language_of("image/png") == ""


def test_long_lines_stay_plain() -> None:
    page = highlighted(plain_page("<p>\n" + "<" * 5000 + "\n<b>"), "html")
    assert page.runs[1] == ()
    assert page.runs[2]
