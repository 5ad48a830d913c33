"""Whether a typed text is found in another one, and where: its letters in order, wherever they are.

Pure functions. What stands together or begins a word counts more than what is scattered, so that
``ord`` finds *orders* before *record*, and both before *coloured*.
"""

from __future__ import annotations

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
    from the beginning of a word on.

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
    """Its letters one after the other; each where a word begins, if it does so anywhere."""
    places: list[int] = []
    score, after = 0, 0
    for number, letter in enumerate(word):
        at = folded.find(letter, after) if number else _next_begin(letter, folded, text, 0)
        if at < 0:
            return None
        if places and at != places[-1] + 1:
            begin = _next_begin(letter, folded, text, at)
            rest = word[number + 1 :]
            if begin >= 0 and _is_in_order(rest, folded, begin + 1):
                at = begin
        score += _begins(text, at)
        score += _TOGETHER if places and at == places[-1] + 1 else 0
        score -= min(at - after, 10) * _FAR
        places.append(at)
        after = at + 1
    # Letters that are strewn over a long text are no hit that anybody meant.
    if len(word) > 1 and places[-1] - places[0] > 12 * len(word):
        return None
    return Hit(score, tuple(places))


def _next_begin(letter: str, folded: str, text: str, start: int) -> int:
    at = folded.find(letter, start)
    while at >= 0 and not _begins(text, at):
        at = folded.find(letter, at + 1)
    return at


def _is_in_order(letters: str, folded: str, start: int) -> bool:
    for letter in letters:
        start = folded.find(letter, start) + 1
        if not start:
            return False
    return True


def _begins(text: str, at: int) -> int:
    """What a place counts for beginning the text, or a word of it."""
    if at == 0:
        return _WORD + _FIRST
    before, char = text[at - 1], text[at]
    begins = not before.isalnum() or (before.islower() and char.isupper())
    return _WORD if begins and char.isalnum() else 0
