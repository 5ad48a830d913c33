"""What ``--filter`` takes."""

from __future__ import annotations

import pytest

from launcher.core.logs.history.conditions import All, Compare, Text
from launcher.core.logs.history.query import QueryError, read_query


def test_names_and_words() -> None:
    condition = read_query('method:POST status:5xx path:"/a b" status:404')
    assert condition == All(
        (
            Text("method", "is", "POST"),
            All((Compare("status", ">=", 500), Compare("status", "<", 600))),
            Text("path", "has", "/a b"),
            Compare("status", "=", 404),
        )
    )
    assert read_query("") == All(())


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("status:abc", "number"),
        ("status:", "nothing behind status:"),
        ("method:", "nothing behind method:"),
        ('path:"x', "quotation mark"),
        ("x" * 20_000, "longer"),
        ("x " * 2_000, "words"),
    ],
)
def test_what_is_wrong_is_one_sentence(text: str, about: str) -> None:
    with pytest.raises(QueryError, match=about):
        read_query(text)
