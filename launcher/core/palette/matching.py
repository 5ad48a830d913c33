"""Whether a typed text is found in another one, and where: its letters in order, wherever they are.

Pure functions. What stands together or begins a word counts more than what is scattered, so that
``ord`` finds *orders* before *record*, and both before *coloured*.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from server.base.values import dataclass

__all__ = ["Hit", "find"]

_LONGEST = 300  # characters of a text that are looked at
_TOGETHER, _WORD, _FIRST = 8, 12, 6
_FAR = 1


@dataclass(frozen=True)
class Hit:
    """Where a text was found.

    :param score: higher is better; to be compared for the same query only
    :param places: the indexes of the characters that match, in order
    """

    score: int
    places: tuple[int, ...]


def find(query: str, text: str, *, whole: bool = False) -> Hit | None:
    """Find the letters of each word of a query in a text, without regard to case.

    Words may come in any order; the letters of one word come in theirs, in one piece or scattered
    from the beginning of a word on: each in that word, or from the beginning of a later one on.

    :param whole: only in one piece
    :returns: None where a word isn't found; a hit without places for an empty query
    """
    score, places = 0, set[int]()
    folded = _folded(text[:_LONGEST])
    for word in query.split():
        sought = _folded(word)
        hit = _best_whole(sought, folded, text)
        if hit is None and not whole:
            hit = _scattered(sought, folded, text)
        if hit is None:
            return None
        score += hit.score
        places.update(hit.places)
    return Hit(score, tuple(sorted(places)))


def _folded(text: str) -> str:
    """In lower case, character by character, so that places stay what they are."""
    if text.isascii():  # as it nearly always is, and ten times as quick
        return text.lower()
    return "".join(lower if len(lower := char.lower()) == 1 else char for char in text)


def _best_whole(word: str, folded: str, text: str) -> Hit | None:
    """The word in one piece, best where it begins a word of the text."""
    best: Hit | None = None
    at = folded.find(word)
    while at >= 0:
        score = _TOGETHER * 2 * len(word) + _begins(text, at) - min(at, 20) * _FAR // 4
        if best is None or score > best.score:
            best = Hit(score, tuple(range(at, at + len(word))))
        at = folded.find(word, at + 1)
    return best


def _scattered(word: str, folded: str, text: str) -> Hit | None:
    """Its letters one after the other, from the beginning of a word on: each right behind the one
    before, at the beginning of a later word, or further on in the same word. In the midst of
    another word it would be a coincidence."""
    if not _is_in_order(word, folded):
        return None
    begins = _beginnings(text[: len(folded)])
    first = (at for at in begins if folded[at] == word[0])
    hopeless = set[tuple[int, int]]()
    places = next((path for at in first if (path := _path(word, folded, begins, at, hopeless))), ())
    # Letters that are strewn over a long text are no hit that anybody meant.
    if not places or (len(word) > 1 and places[-1] - places[0] > 12 * len(word)):
        return None
    score, after = 0, 0
    for number, at in enumerate(places):
        score += _begins(text, at)
        score += _TOGETHER if number and at == places[number - 1] + 1 else 0
        score -= min(at - after, 10) * _FAR
        after = at + 1
    return Hit(score, places)


def _is_in_order(letters: str, folded: str) -> bool:
    at = 0
    for letter in letters:
        at = folded.find(letter, at) + 1
        if not at:
            return False
    return True


def _path(
    word: str, folded: str, begins: list[int], at: int, hopeless: set[tuple[int, int]]
) -> tuple[int, ...]:
    """Where a word's letters are from its first one's place on; nothing where they aren't all."""
    rest = word[1:]
    if not rest:
        return (at,)
    if (len(rest), at) in hopeless:
        return ()
    later = bisect_right(begins, at)
    end = begins[later] if later < len(begins) else len(folded)
    choices = (
        at + 1 if folded[at + 1 : at + 2] == rest[0] else -1,
        next((begin for begin in begins[later:] if folded[begin] == rest[0]), -1),
        folded.find(rest[0], at + 1, end),
    )
    for choice in choices:
        if choice >= 0 and (path := _path(rest, folded, begins, choice, hopeless)):
            return (at, *path)
    hopeless.add((len(rest), at))
    return ()


def _beginnings(text: str) -> list[int]:
    """The places at which the text, or a word of it, begins."""
    later = [
        number
        for number, (before, char) in enumerate(pairwise(text), 1)
        if char.isalnum() and (not before.isalnum() or (before.islower() and char.isupper()))
    ]
    return [0, *later]


def _begins(text: str, at: int) -> int:
    """What a place counts for beginning the text, or a word of it."""
    if at == 0:
        return _WORD + _FIRST
    return _WORD if 1 in _beginnings(text[at - 1 : at + 1]) else 0
