"""What of a server waits for a person: its pauses, as they are now. No Qt; any one thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from server.events import Paused, Resumed

from ..display import one_line

__all__ = ["PauseLog", "completions", "place_of"]

_COMMANDS = (
    "args", "break", "clear", "condition", "continue", "disable", "display", "down", "enable",
    "help", "interact", "jump", "list", "longlist", "next", "pp", "return", "source", "step",
    "until", "up", "whatis", "where",
)  # fmt: skip
_NAME_CHARACTERS = "_"


class PauseLog:
    """See the module."""

    def __init__(self) -> None:
        self._pauses: dict[int, Paused] = {}

    def __len__(self) -> int:
        return len(self._pauses)

    def take(self, event: Paused | Resumed) -> None:
        """One has begun, is somewhere else, or is over."""
        if isinstance(event, Paused):
            self._pauses[event.id] = event
        else:
            self._pauses.pop(event.id, None)

    def clear(self) -> None:
        """The server has ended."""
        self._pauses.clear()

    @property
    def front(self) -> Paused | None:
        """The one that reads what is typed; None where there is none."""
        return next((item for item in self._pauses.values() if not item.waits), None)

    @property
    def text(self) -> str:
        """What the state of the server says of it, such as ``Paused at shop.py:12``; else ""."""
        front = self.front
        if front is None:
            return ""
        return f"Paused at {place_of(front)}"


def place_of(paused: Paused) -> str:
    """Where it is, short."""
    return one_line(f"{PurePath(paused.file).name}:{paused.line}", 60)


def completions(paused: Paused, before: str) -> Iterator[str]:
    """What the last word of an input may become.

    :param before: the input as far as the cursor
    """
    start = len(before)
    while start and (before[start - 1].isalnum() or before[start - 1] in _NAME_CHARACTERS):
        start -= 1
    word = before[start:]
    if not word or before[:start].endswith("."):
        return
    names = [name for name, _ in paused.locals]
    if paused.debugger and not before[:start].strip():
        names += _COMMANDS
    for name in dict.fromkeys(sorted(names)):
        if name.startswith(word) and name != word:
            yield before[:start] + name
