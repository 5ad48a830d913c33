"""The lines of Python around one that failed, in the tones of their words.

What is recorded of a file are some lines of its middle, so nobody knows whether they begin inside
of a text. The line that failed is code, and decides it. Functions only; any thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from keyword import iskeyword
from operator import itemgetter

from launcher.core.bodies.highlighting import runs_of
from launcher.core.bodies.layout import Run

__all__ = ["prepare", "toned"]

_QUOTES = ('"""', "'''")
_TONES = {"string": "string", "comment": "comment"}
_REMEMBERED = 64
"""Frames; an error's are laid out again whenever something of it is unfolded."""


def prepare() -> None:
    """Make ready what the first call of :func:`toned` needs: it takes some hundred milliseconds,
    so this is for a thread beside the window."""
    runs_of(["pass"], "python")


def toned(
    lines: Sequence[Sequence[tuple[str, str]]], failing: int
) -> Iterator[tuple[tuple[str, str], ...]]:
    """The same lines, with ``"keyword"``, ``"string"`` and ``"comment"`` taken out of ``"code"``.

    :param lines: the parts of each line: a tone and a text
    :param failing: which line is code for certain, from 0
    """
    texts = tuple("".join(text for _, text in line) for line in lines)
    for parts, text, runs in zip(lines, texts, _runs(texts, failing), strict=True):
        yield tuple(_divided(parts, text, runs))


@lru_cache(maxsize=_REMEMBERED)
def _runs(texts: tuple[str, ...], failing: int) -> list[list[Run]]:
    """What the parts of the lines are, also where the first one is in the middle of a text."""
    found = _complete(runs_of(texts, "python"), len(texts))
    if not _is_text(texts[failing], found[failing]):
        return found
    for quotes in _QUOTES:
        others = _complete(runs_of([quotes, *texts], "python"), len(texts) + 1)[1:]
        if not _is_text(texts[failing], others[failing]):
            return others
    return [[] for _ in texts]


def _complete(runs: list[list[Run]], count: int) -> list[list[Run]]:
    return runs + [[] for _ in range(count - len(runs))]


def _is_text(line: str, runs: Sequence[Run]) -> bool:
    """Whether a line is nothing but text between quotes, which can't fail."""
    inside = sum(run.length for run in runs if run.kind == "string")
    return bool(line.strip()) and inside >= len(line.strip())


def _divided(
    parts: Sequence[tuple[str, str]], text: str, runs: Sequence[Run]
) -> Iterator[tuple[str, str]]:
    start = 0
    for tone, part in parts:
        end = start + len(part)
        if tone != "code":
            yield tone, part
            start = end
            continue
        tones = [(_tone(run, text), run.start, run.start + run.length) for run in runs]
        for new, same in groupby(_whole(tones, start, end), itemgetter(0)):
            yield new, "".join(text[first:last] for _, first, last in same)
        start = end


def _whole(
    tones: Sequence[tuple[str, int, int]], start: int, end: int
) -> Iterator[tuple[str, int, int]]:
    """The tones of everything from one place to another, what has none between them as code."""
    for tone, first, last in tones:
        first, last = max(first, start), min(last, end)
        if first < last:
            if start < first:
                yield "code", start, first
            yield tone, first, last
            start = last
    if start < end:
        yield "code", start, end


def _tone(run: Run, text: str) -> str:
    if run.kind == "word":
        return "keyword" if iskeyword(text[run.start : run.start + run.length]) else "code"
    return _TONES.get(run.kind, "code")
