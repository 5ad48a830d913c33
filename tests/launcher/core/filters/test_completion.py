"""What is proposed while a filter is written."""

from __future__ import annotations

import pytest

from launcher.core.filters.completion import complete
from launcher.core.filters.fields import ERRORS, REQUESTS

SEEN = {"path": ["/items/7", "/a b", "/api"], "thread": ["worker-1"], "method": ["PURGE"]}


def proposed(text: str) -> list[str]:
    """The whole texts that would stand there."""
    found = complete(text, len(text), REQUESTS, SEEN)
    return [text[: found.start] + one.text + text[found.stop :] for one in found.proposals]


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("me", ["method:"]),
        ("a -pa", ["a -path:"]),
        ("(pa", ["(path:"]),
        ("a o", ["a or"]),
        ("a or", []),
        ("o", []),  # nothing stands before it
        ("method:p", ["method:POST", "method:PUT", "method:PATCH", "method:OPTIONS"]),
        ("method:POST", []),
        ("path:/i", ["path:/items/7"]),
        ("path:=/a", ['path:="/a b"', "path:=/api"]),
        ('path:"/a', ['path:"/a b"', "path:/api"]),
        ("status:>", ["status:>=400"]),
        ("thread:1", ["thread:worker-1"]),
        ("header:x", []),
        ("nofield:x", []),
        ('"a m', []),
        ("path:~/i", []),
        ("a) m", []),
    ],
)
def test_what_fits_is_proposed(text: str, texts: list[str]) -> None:
    assert proposed(text) == texts


def test_an_empty_filter_proposes_all_fields_with_what_they_are() -> None:
    found = complete("", 0, REQUESTS, SEEN)
    assert [one.text[:-1] for one in found.proposals] == [*REQUESTS.fields]
    assert all(one.about for one in found.proposals)
    assert [one.text for one in complete("ty", 2, ERRORS, {}).proposals] == ["type:"]


def test_in_the_midst_of_a_text_only_what_is_begun_is_replaced() -> None:
    found = complete("me status:200", 2, REQUESTS, SEEN)
    assert (found.start, found.stop, [one.text for one in found.proposals]) == (0, 2, ["method:"])
