"""Where an import stands in which nothing answers, from what ``faulthandler`` prints of it.

A worker whose interpreter's lock is held by code in C can report nothing by itself; a thread in C
prints all its stacks, among the app's output (see ``server/worker/stall.py``). Here they are taken
out of that, and become the event that any long import reports. A reader's thread, then the
host's.

Source: the documentation of ``faulthandler``.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import server
from server.events import Frame, Importing, Reason
from server.worker.stall import SECONDS

__all__ = ["PrintedStacks", "importing"]

_BEGIN = f"Timeout (0:00:{SECONDS:02.0f})!"  # with other seconds, it is the app's own matter
_PART = re.compile(r'(?:Current t|T)hread 0x[0-9a-f]+ |  File "|  <|  \.\.\.|$')
_THREAD = re.compile(r"(?:Current t|T)hread 0x")
_FRAME = re.compile(r'  File "(.+)", line (\d+) in (.+)$')
_OURS = str(Path(server.__file__).resolve().parent)
_FOREIGN = re.compile(r"[\\/](?:site-packages|dist-packages|lib[\\/]python3[^\\/]*)[\\/]|^<")
_MOST_LINES = 20_000  # faulthandler prints 100 threads of 100 frames


class PrintedStacks:
    """Takes what is printed apart, line by line. One thread at a time.

    :ivar is_open: stacks have begun, and more of them may come
    """

    def __init__(self) -> None:
        self.is_open = False
        self._lines: list[str] = []

    def take(self, text: str) -> tuple[str, list[str]]:
        """Take whole lines.

        :returns: the output that is left, and the stacks that are through
        """
        if not self.is_open and _BEGIN not in text:
            return text, []
        left: list[str] = []
        through: list[str] = []
        for line in text.splitlines(keepends=True):
            bare = line.rstrip("\r\n")
            begins = bare == _BEGIN
            goes_on = self.is_open and _PART.match(bare) and len(self._lines) < _MOST_LINES
            if begins or not goes_on:
                through += self.end()
            if begins or goes_on:
                self.is_open = True
                self._lines.append(line)
            else:
                left.append(line)
        return "".join(left), through

    def end(self) -> list[str]:
        """Nothing more has come for a while: the stacks that were open."""
        lines, self._lines = self._lines, []
        self.is_open = False
        return ["".join(lines)] if lines else []


def importing(stacks: str, app: str, project: str, elapsed: float) -> Importing | None:
    """What a worker would report that could.

    :param stacks: as they were printed
    :param app: what is loaded, as the user named it
    :param project: the folder whose files are the app's own
    :param elapsed: seconds since the load began
    :returns: None where the importing thread runs no code of the app
    """
    frames = _importing_thread(stacks)
    if not frames:
        return None
    own = [frame for frame in frames if _is_own(frame.file, project)]
    where = None
    if own:
        source = linecache.getline(own[-1].file, own[-1].line).strip()
        where = replace(own[-1], source=(source,) if source else (), first_line=own[-1].line)
    modules = [frame.file for frame in frames if frame.function == "<module>"]
    return Importing(
        app=app,
        elapsed=round(elapsed, 1),
        module=_module(modules[-1]) if modules else "",
        where=where,
        frames=tuple(frames),
        hint=Reason("lock-held"),
    )


def _importing_thread(stacks: str) -> Sequence[Frame]:
    """The frames of the main thread, the outermost first, without ours; it is printed last, as the
    oldest one."""
    lines = stacks.splitlines()
    begins = [number for number, line in enumerate(lines) if _THREAD.match(line)]
    frames = []
    for line in lines[begins[-1] + 1 :] if begins else ():
        found = _FRAME.match(line)
        if found is None:
            continue
        file, number, function = found.groups()
        if file.startswith(_OURS):
            break
        if not file.startswith("<frozen "):
            frames.append(Frame(file, int(number), function))
    return frames[::-1]


def _is_own(file: str, project: str) -> bool:
    return file.startswith(project.rstrip("/") + "/") and _FOREIGN.search(file) is None


def _module(file: str) -> str:
    path = Path(file)
    return path.parent.name if path.name == "__init__.py" else path.stem
