"""Regular expressions that can't hold anything up.

``re`` has no bound on the time that a search takes, and a pattern such as ``(a+)+$`` may take years
over thirty characters. The library ``regex`` stops at a time limit. A pattern for which that has
happened has ``gave_up`` set; one that has used up its time with slow searches matches nothing from
then on.

A pattern may be used on any thread.
"""

from __future__ import annotations

import time

from launcher.core.expressions import ExpressionError, compiled

from .mistakes import FilterError

__all__ = ["SECONDS", "Pattern"]

SECONDS = 0.25
"""What all slow searches of a pattern may take together."""

_AT_ONCE = 0.05  # seconds for one text
_SLOW = 0.001  # seconds from which on a search counts
_FOR_CHARACTERS = 100e-9  # seconds for each character of a text, beyond that
# Of this thread's own work, where the system counts it finely: on a busy machine, a quick search
# may wait long for its turn.
_FINE = time.get_clock_info("thread_time").resolution < _SLOW
_clock = time.thread_time if _FINE else time.perf_counter


class Pattern:
    """A regular expression to which upper and lower case don't matter. Called with a text, it
    returns whether the expression is found in it.

    :param text: the expression
    :raises FilterError: it is none; the place is the one in the expression
    """

    def __init__(self, text: str) -> None:
        self.text = text
        import regex  # for the first one: most windows never need it

        try:
            self._compiled = compiled(text, regex.IGNORECASE)
        except ExpressionError as error:
            raise FilterError(f"The regular expression is wrong: {error}.", error.place) from None
        self._left = SECONDS
        self._has_missed = False

    @property
    def gave_up(self) -> bool:
        """Whether it took too long, if only in one text, so that it may have missed something."""
        return self._has_missed or self._left <= 0

    def __call__(self, text: str) -> bool:
        if self._left <= 0:
            return False
        began = _clock()
        try:
            found = self._compiled.search(text, timeout=_AT_ONCE) is not None
        except TimeoutError:
            found, self._has_missed = False, True
        took = _clock() - began
        if took >= _SLOW + _FOR_CHARACTERS * len(text):
            self._left -= took
        return found
