"""``sys.stdin`` of the app, and what pauses at it: ``input``, pdb, ``code.interact``.

While it is installed, ``sys.stdin`` is a text file over one of ``sources.py``, and what waits for a
person is reported by ``pauses.py``. Where there is no input, what asks for it gets a sentence.
These hooks belong to the whole process, so one is installed at a time.

Reading happens on the app's threads, everything else on the host's.

Source: the documentation of ``cmd``, ``code``, ``bdb`` and of ``sys.breakpointhook`` (PEP 553).
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Optional

from ..base.forks import Forked, register
from ..events import Emit
from ..flow.imports import after_imports
from ..flow.patches import Patches
from ..reporting.captured import is_ours
from .pauses import Pauses, is_debugger
from .sources import FedSource, NoSource, Source, TerminalSource

__all__ = ["StandardInput", "standard_input"]

_FORKING = (
    "There is no input in forking mode, where each request runs in a process of its own: choose "
    "threaded or single to debug."
)
_NO_TERMINAL = (
    "There is no input, since standard input is no terminal: run servedeck serve in a terminal, "
    "or use the window, to debug."
)

_CONSOLES = {"IPython.terminal.interactiveshell": "TerminalInteractiveShell"}
"""Consoles that are no ``code.InteractiveConsole``, by the module of their class. Each has an
``interact`` that reads until it ends, and asks back at the end of the input."""

_OWN_PROMPTS = {"IPython.terminal.debugger": "TerminalPdb"}
"""Debuggers that read a terminal by themselves, by the module of their class: they get the prompt
of ``cmd``, since a terminal that one can draw on is nowhere here."""


class _Raw(io.RawIOBase):
    """Bytes of a source.

    :param descriptor: what ``fileno`` gives; None where there is none
    """

    mode = "rb"
    name = "<stdin>"

    def __init__(self, source: Source, descriptor: Optional[int]) -> None:
        super().__init__()
        self._source = source
        self._descriptor = descriptor

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def fileno(self) -> int:
        if self._descriptor is None:
            raise io.UnsupportedOperation("fileno")
        return self._descriptor

    def isatty(self) -> bool:
        return self._descriptor is not None and os.isatty(self._descriptor)


class _InputStream(io.TextIOWrapper):
    """``sys.stdin``: each read is a pause, or a part of one; where there is no input, it isn't.

    The pause is entered before the layers below, whose lock would else be held by a thread that
    waits for another one's pause to end.
    """

    mode = "r"

    def __init__(self, source: Source, pauses: Optional[Pauses], descriptor: Optional[int]) -> None:
        super().__init__(io.BufferedReader(_Raw(source, descriptor)), "utf-8", "replace")
        self._pauses = pauses

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        for stream in (sys.stdout, sys.stderr):  # a prompt without a newline is shown now
            with contextlib.suppress(Exception):
                stream.flush()
        if self._pauses is None:
            yield
            return
        with self._pauses.pause():
            self._pauses.prompt()
            yield

    def readline(self, size: int = -1) -> str:  # type: ignore[override]
        with self._reading():
            return super().readline(size)

    def read(self, size: Optional[int] = -1) -> str:
        with self._reading():
            return super().read(size)

    def __next__(self) -> str:  # type: ignore[override]
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def readlines(self, hint: int = -1) -> list[str]:  # type: ignore[override]
        return list(self)


class StandardInput(Forked):
    """What the app reads from.

    :param source: where that comes from
    :param descriptor: of a terminal that is this process's own standard input; else None
    """

    def __init__(self, source: Source, descriptor: Optional[int] = None) -> None:
        self._source = source
        self._descriptor = descriptor
        self._pauses: Optional[Pauses] = None
        register(self)

    def begin_in_child(self, ours: bool) -> None:
        """See :class:`~server.base.forks.Forked`: the input stays the parent's."""
        self.close()

    @contextlib.contextmanager
    def installed(self, emit: Emit, first: int) -> Iterator[None]:
        """Have the app read from it while the block runs.

        :param emit: takes ``Paused`` and ``Resumed``
        :param first: the number of the first pause
        """
        pauses = None
        if not isinstance(self._source, NoSource):
            pauses = self._pauses = Pauses(self._source, emit, first)
        stream = _InputStream(self._source, pauses, self._descriptor)
        before = sys.stdin, sys.breakpointhook
        sys.stdin = stream
        hook: Any = before[1]
        if isinstance(self._source, NoSource) and not os.environ.get("PYTHONBREAKPOINT"):
            hook = sys.breakpointhook = functools.partial(_pass_over, self._source.why)
        try:
            with contextlib.nullcontext() if pauses is None else _consoles_reported(pauses):
                yield
        finally:
            self.close()
            # An app may have put something of its own there: that stays.
            if sys.stdin is stream:
                sys.stdin = before[0]
            if sys.breakpointhook is hook:
                sys.breakpointhook = before[1]

    def put(self, text: str) -> None:
        """Take in what was typed. Any thread."""
        self._source.put(text.encode("utf-8", "replace"))

    def end_pause(self) -> None:
        """End the pause that there is, if any: its reads are at the end. Any thread; returns at
        once."""
        if self._pauses is not None:
            self._pauses.end()

    def close(self) -> None:
        """All reads are at the end from now on. Any thread; returns at once, and may be called
        more than once."""
        if self._pauses is not None:
            self._pauses.close()
        self._source.end()


def standard_input(kind: str, mode: str, *, shared: bool = False) -> StandardInput:
    """The standard input of an app.

    :param kind: ``"terminal"``, ``"channel"`` where the launcher sends it, or ``"none"``
    :param mode: one of ``server.config.MODES``
    :param shared: the process is the launcher's, too: what reads a terminal by its descriptor would
        go past this
    """
    if mode == "forking":
        return StandardInput(NoSource(_FORKING))
    if kind == "terminal":
        return StandardInput(TerminalSource(), None if shared else 0)
    if kind == "channel":
        return StandardInput(FedSource())
    return StandardInput(NoSource(_NO_TERMINAL))


def _pass_over(why: str, *unused: Any, **unused_too: Any) -> None:
    """What ``breakpoint()`` does where nothing can be typed."""
    frame = sys._getframe(1)
    while frame.f_back is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    place = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"  # noqa: PTH119
    print(f"breakpoint() was passed over at {place}. {why}", file=sys.stderr)


@contextlib.contextmanager
def _consoles_reported(pauses: Pauses) -> Iterator[None]:
    """A debugger's prompts, and a console's, are one pause, from the first to the last."""
    import cmd
    import code

    patches = Patches()
    command_loop = cmd.Cmd.cmdloop

    @functools.wraps(command_loop)
    def reported_loop(self: Any, *args: Any, **options: Any) -> Any:
        if not is_debugger(self):
            return command_loop(self, *args, **options)
        with pauses.pause(self):
            return command_loop(self, *args, **options)

    def report(console: type[Any]) -> None:
        interact = console.interact

        @functools.wraps(interact)
        def reported(self: Any, *args: Any, **options: Any) -> Any:
            with pauses.pause():
                return interact(self, *args, **options)

        patches.attribute(console, "interact", reported)

    def imported(name: str, module: ModuleType) -> None:
        if name in _OWN_PROMPTS:
            patches.attribute(getattr(module, _OWN_PROMPTS[name]), "cmdloop", reported_loop)
        else:
            report(getattr(module, _CONSOLES[name]))

    patches.attribute(cmd.Cmd, "cmdloop", reported_loop)
    report(code.InteractiveConsole)
    try:
        with after_imports({**_CONSOLES, **_OWN_PROMPTS}, imported):
            yield
    finally:
        patches.undo()
