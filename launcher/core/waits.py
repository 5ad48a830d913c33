"""What the window waits for: what it is, since when, and what is known of how far it is. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace

from server.base.values import dataclass
from server.events import Frame

__all__ = ["ELAPSED_FROM", "SHOWN_FROM", "Wait", "Waits", "stack_text"]

SHOWN_FROM = 0.3
"""Seconds from which on it is shown that something goes on: what is quicker needs no words."""
ELAPSED_FROM = 3.0
"""Seconds from which on it is shown how long it has taken."""


@dataclass(frozen=True)
class Wait:
    """Something that goes on.

    :param key: what it is, for the program
    :param text: what it is, for the user
    :param begun: when, on the monotonic clock
    :param detail: the last that was heard of it
    :param where: the line of the user's code at which it stands, or None
    :param frames: the stack of the thread that does it, the outermost frame first
    :param stop_text: what the button says that ends it; "" for none
    :param stop: ends it; on the GUI thread
    """

    key: str
    text: str
    begun: float
    detail: str = ""
    where: Frame | None = None
    frames: tuple[Frame, ...] = ()
    stop_text: str = ""
    stop: Callable[[], object] | None = field(default=None, compare=False)

    def elapsed(self, now: float) -> str:
        """How long it has taken, in words; "" in the first seconds."""
        seconds = now - self.begun
        if seconds < ELAPSED_FROM:
            return ""
        whole = int(seconds)
        return f"{whole} s" if whole < 60 else f"{whole // 60} m {whole % 60:02} s"


class Waits:
    """All that goes on for one page; the one that began last is in front."""

    def __init__(self) -> None:
        self._waits: dict[str, Wait] = {}

    @property
    def front(self) -> Wait | None:
        """The one to be shown, or None."""
        return next(reversed(self._waits.values()), None)

    def begin(self, wait: Wait) -> None:
        """Something has begun; the same again begins anew."""
        self._waits.pop(wait.key, None)
        self._waits[wait.key] = wait

    def change(
        self,
        key: str,
        *,
        detail: str | None = None,
        where: Frame | None = None,
        frames: tuple[Frame, ...] | None = None,
    ) -> None:
        """More is known of it; does nothing where it has ended."""
        wait = self._waits.get(key)
        if wait is None:
            return
        if frames is not None:
            wait = replace(wait, where=where, frames=frames)
        if detail is not None:
            wait = replace(wait, detail=detail)
        self._waits[key] = wait

    def end(self, key: str) -> None:
        """It has ended."""
        self._waits.pop(key, None)


def stack_text(frames: tuple[Frame, ...]) -> str:
    """A stack for reading, the innermost frame first, each with its line where that is known."""
    lines = []
    for frame in reversed(frames):
        lines.append(f"{frame.file}:{frame.line}  {frame.function}")
        at = frame.line - frame.first_line if frame.first_line else 0
        if 0 <= at < len(frame.source):
            lines.append(f"    {frame.source[at].strip()}")
    return "\n".join(lines)
