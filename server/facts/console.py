"""A console in the frame of an error: what is asked of it, and what comes back.

Everything in here is immutable, and may be used on any thread. Readers and writers of events import
it from :mod:`server.events`.
"""

from __future__ import annotations

import time as _time
from dataclasses import asdict, field
from typing import Any

from ..base.values import dataclass

__all__ = ["ConsoleAnswered", "ConsoleQuestion"]


@dataclass(frozen=True)
class ConsoleQuestion:
    """An input for a frame.

    :param number: comes back with the answer
    :param error_id: the error, as in ``AppError.id``
    :param frame: the frame, as in ``Frame.console``
    :param text: what was typed; of a completion, as far as the cursor
    :param completes: it is to be completed, not run
    """

    number: int
    error_id: int
    frame: int
    text: str
    completes: bool = False

    def to_json(self) -> dict[str, Any]:
        """The question as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ConsoleQuestion:
        """Read what :meth:`to_json` wrote."""
        return cls(**value)


@dataclass(frozen=True)
class ConsoleAnswered:
    """What became of an input. It is for who has asked, and is kept nowhere.

    :param number: that of the question
    :param kind: ``"done"``, ``"failed"`` (its traceback is in ``text``), ``"incomplete"`` (more
        lines belong to it), ``"names"`` (of a completion), ``"left"`` (nobody waits any more),
        ``"busy"`` (another input still runs), ``"hung"`` (too many still run), or ``"gone"``: the
        frame isn't kept any more, and ``text`` is the reason, a stable word: ``"newer"``,
        ``"expired"``, ``"cleared"``, ``"reloaded"``, ``"ended"`` or ``"unknown"``
    :param text: what it printed, and its value
    :param names: what the last name of the input may become
    :param seconds: how long it took
    """

    number: int
    kind: str
    text: str = ""
    names: tuple[str, ...] = ()
    seconds: float = 0.0
    time: float = field(default_factory=_time.time)
