"""Changes to single objects, each of which can be taken back exactly.

Used by the modules that record the flow inside of an app, on the session's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CellType
from typing import Any

__all__ = ["Patches"]

_MISSING: Any = object()


class Patches:
    """What has been put in front of what."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def attribute(self, target: Any, name: str, value: Any) -> None:
        """Give an object an attribute of its own, in front of its class's or its former one.

        Taking it back leaves alone what somebody else has put there since.
        """
        own = vars(target)
        before = own.get(name, _MISSING)

        def undo() -> None:
            if own.get(name) is not value:
                return
            if before is _MISSING:
                delattr(target, name)
            else:
                setattr(target, name, before)

        setattr(target, name, value)
        self._undo.append(undo)

    def cell(self, target: CellType, value: Any) -> None:
        """Change a variable that a function has taken from the one around it."""
        before = target.cell_contents

        def undo() -> None:
            if target.cell_contents is value:
                target.cell_contents = before

        target.cell_contents = value
        self._undo.append(undo)

    def call(self, undo: Callable[[], None]) -> None:
        """Have a function take back what was changed in another way."""
        self._undo.append(undo)

    def extend(self, others: Patches) -> None:
        """Take over what others are to take back."""
        self._undo += others._undo
        others._undo = []

    def undo(self) -> None:
        """Put everything back, the last change first."""
        while self._undo:
            self._undo.pop()()
