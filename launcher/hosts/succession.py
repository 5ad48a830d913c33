"""Whether the code before may stand in the way of the code that follows it, and what is done then.

At a reload the new code is loaded while the old one finishes its requests, so both are there for a
while. An app that takes something at its import which only one process can have, such as a port or
a lock, then fails with a reason that is gone a moment later. So where a load fails in a way that
can come of that, it is done once more as soon as no old process is left. When that has helped
twice, each reload ends the old one first; the server reports so, and what keeps its
configuration may remember it.

Pure decisions, by the process host and on its thread.
"""

from __future__ import annotations

import enum
from dataclasses import replace

from server.events import AppError, ReloadFailed

_HELPED_OFTEN = 2

# What Python raises for what the code itself says; no other process has a part in it.
_OF_THE_CODE = frozenset(
    {
        "AssertionError", "AttributeError", "ImportError", "IndentationError", "IndexError",
        "KeyError", "ModuleNotFoundError", "NameError", "NotImplementedError", "RecursionError",
        "SyntaxError", "TabError", "TypeError", "UnboundLocalError", "UnicodeDecodeError",
        "UnicodeEncodeError", "ValueError", "ZeroDivisionError",
    }
)  # fmt: skip
_KINDS = frozenset({"app-import", "import-ended"})


class Wait(enum.Enum):
    """What is done when no old process is left."""

    LOAD = "load"  # it was put off
    SECOND_TRY = "second try"  # it has failed


class Succession:
    """One code after the other.

    :param ends_first: from the beginning, each reload ends the old code first
    :ivar ends_first: whether each reload does so from now on
    :ivar wait: what waits for the end of the old code, or None
    """

    def __init__(self, ends_first: bool) -> None:
        self.ends_first = ends_first
        self.wait: Wait | None = None
        self._is_second = False
        self._helped = 0
        self._error_type = ""

    def begin(self, *, second: bool, old_is_there: bool) -> bool:
        """A reload begins.

        :param second: it is a second try
        :param old_is_there: a process of the code before is there, be it one whose load has failed
        :returns: whether the code is loaded now; else that is put off
        """
        self._is_second = second
        self._error_type = ""
        self.wait = Wait.LOAD if old_is_there and (second or self.ends_first) else None
        return self.wait is None

    def raised(self, error: AppError) -> None:
        """The code that is loaded has raised this."""
        self._error_type = error.type

    def failed(self, failure: ReloadFailed, *, old_is_there: bool) -> ReloadFailed:
        """The load has failed.

        :param old_is_there: a process of the code before was there until now
        :returns: the event of it, and whether it is tried once more
        """
        may_come_of_it = failure.kind in _KINDS and self._error_type not in _OF_THE_CODE
        if old_is_there and may_come_of_it and not self._is_second:
            self.wait = Wait.SECOND_TRY
        return replace(failure, waits_for_old=self.wait is Wait.SECOND_TRY)

    def succeeded(self) -> None:
        """The code is loaded."""
        if self._is_second:
            self._is_second = False
            self._helped += 1
            self.ends_first = self.ends_first or self._helped >= _HELPED_OFTEN
