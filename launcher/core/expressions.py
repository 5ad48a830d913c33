"""Makes regular expressions of what a user types ready, without being held up by it; any thread.

The library ``regex`` has time limits for searches but none for compiling, and it writes a repeat
out: ``a{99999999}`` would take minutes, and more memory than there is.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["LARGEST", "ExpressionError", "compiled"]

LARGEST = 20_000
"""Characters, sets and groups of an expression whose repeats are written out; some hundredths of a
second."""

_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{ *(\d*)(?: *, *\d*)? *\}|.", re.DOTALL
)  # an escape, a set, a repeat, or a character


class ExpressionError(ValueError):
    """A text is no regular expression; its message says why, without a full stop.

    :param place: the index in the text
    """

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.place = place


def compiled(text: str, flags: int) -> Any:
    """An expression of ``regex``, which has no type for it.

    :param flags: of ``regex``
    :raises ExpressionError: it is none, or too large
    """
    import regex  # when it is first needed: it takes a tenth of the window's start

    place = _too_large(text)
    if place is not None:
        raise ExpressionError("it repeats too much", place)
    try:
        return regex.compile(text, flags, cache_pattern=False)
    except regex.error as error:
        raise ExpressionError(error.msg, min(error.pos or 0, len(text))) from None
    except (RecursionError, OverflowError, MemoryError):
        raise ExpressionError("it is too large", 0) from None


def _too_large(text: str) -> int | None:
    """The place of the repeat by which an expression gets too large; None if it doesn't.

    The sizes are those at least: what a repeat in braces begins with is written out as often.
    """
    sizes, last = [0], 0
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token == "(":
            sizes.append(0)
            last = 0
        elif token == ")" and len(sizes) > 1:
            last = sizes.pop()
            sizes[-1] += last
        elif found[1]:
            # Beyond nine digits it's too large, and int() would have a limit of its own.
            times = int(found[1][:9])
            more = last * max(0, times - 1)
            last += more
            sizes[-1] += more
            if sizes[-1] > LARGEST:
                return found.start()
        elif token not in ("*", "+", "?"):
            last = 1
            sizes[-1] += 1
    return None
