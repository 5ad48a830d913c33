"""server.base.limits: texts are cut at bytes, between characters, and say so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.base.limits import cut, cut_middle, size_of

TEXT = st.text(st.characters(), max_size=300)


@given(TEXT, st.integers(100, 400))
def test_within_the_limit_and_writable(text: str, limit: int) -> None:
    whole = text.encode("utf-8", "backslashreplace").decode()
    for shorten in (cut, cut_middle):
        short = shorten(text, limit)
        assert size_of(short) == len(short.encode("utf-8")) <= limit
        if len(whole.encode()) <= limit:
            assert short == whole
        else:
            assert f"{len(whole.encode()):,} bytes kept)" in short
            assert whole.startswith(short.partition("…")[0].rstrip("\n")) or "…" in text


def test_ends_that_stay() -> None:
    text = "a" * 500 + "z" * 500
    assert cut(text, 200).startswith("a" * 150)
    short = cut_middle(text, 200)
    assert (short[:50], short[-50:]) == ("a" * 50, "z" * 50)
    assert short.splitlines()[1] == "… (200 of 1,000 bytes kept) …"
