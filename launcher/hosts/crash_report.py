"""What is known of the end of a process: the stack that it printed, its last lines, its requests.

A process that crashes prints where it was by ``faulthandler``, in an order and a form of its own;
here it becomes a traceback as Python prints any other. No thread of its own.

Source: the documentation of ``faulthandler``.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from pathlib import Path

import server
from server.events import RequestStarted

__all__ = ["LastOutput", "crash_text"]

_FATAL = re.compile(r"^(?:Fatal Python error: |Windows fatal exception: )(.+)$", re.MULTILINE)
_THREAD = re.compile(r"^Current thread [^\n]*\n((?:  File [^\n]*\n?)+)", re.MULTILINE)
_FRAME = re.compile(r'^  File "([^"\n]+)", line (\d+) in (.+)$', re.MULTILINE)
_PRINTED = re.compile(
    r"^[^\n]*\n(?:(?:\n|(?:Current t|T)hread [^\n]*\n|  File [^\n]*\n|  <[^\n]*\n|  \.\.\.\n)*)"
    r"(?:Extension modules: [^\n]*\n?)?"
)
_OURS = str(Path(server.__file__).resolve().parent)
_PIECES = 60
_LINES = 20
_WIDTH = 400


class LastOutput:
    """The last that a process has printed, of bounded size. One thread at a time."""

    def __init__(self) -> None:
        self._pieces: deque[str] = deque(maxlen=_PIECES)

    def add(self, text: str) -> None:
        """It has printed this."""
        self._pieces.append(text)

    @property
    def text(self) -> str:
        """All that is kept."""
        return "".join(self._pieces)


def crash_text(output: str, requests: Iterable[RequestStarted]) -> str:
    """What a process has left of its end, as one text; "" where that is nothing.

    :param output: the last that it has printed
    :param requests: those that ended with it
    """
    fatal = list(_FATAL.finditer(output))
    others = output
    parts = []
    if fatal:
        printed = output[fatal[-1].start() :]
        parts.append(_stack(printed))
        # What was printed before may come after it, as it comes another way.
        others = output[: fatal[-1].start()] + _PRINTED.sub("", printed, count=1)
    targets = [f"  {request.method} {request.target}"[:_WIDTH] for request in requests]
    if targets:
        parts.append("\n".join(["Requests that ended with it:", *targets[:_LINES]]))
    last = [f"  {line[:_WIDTH]}" for line in others.splitlines() if line.strip()][-_LINES:]
    if last:
        parts.append("\n".join(["Its last output:", *last]))
    return "\n\n".join(parts)


def _stack(printed: str) -> str:
    """The stack of the thread that crashed, the innermost frame last, without ours."""
    what = _FATAL.match(printed)
    found = _THREAD.search(printed)
    frames = _FRAME.findall(found[1]) if found else []
    own = [frame for frame in frames if not frame[0].startswith(_OURS)]
    lines = [f'  File "{file}", line {line}, in {name}' for file, line, name in reversed(own)]
    head = ["Traceback (most recent call last):"] if lines else []
    return "\n".join([*head, *lines, what[1] if what else ""])
