"""Where an import that takes long stands: the importing thread's stack, taken by another thread.

An app is imported on one thread, the session's, which can do nothing else meanwhile. So what it is
doing is looked at from elsewhere, about each second: in a worker process by the channel's thread,
which runs whatever the app does to ``threading``; in a launcher's own process by the thread that
keeps the deadline. Each look that comes when the import has taken ``SECONDS`` reports
:class:`~server.events.Importing`; no such report comes after the one that the import has ended by.

Reading a stack runs no code of the app: names and lines alone are taken, and the text of a line
from the file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Optional

from ..base import limits, native
from ..base.limits import cut
from ..events import Emit, Importing, Reason
from ..reporting.stacks import bounded, described, stack_of
from .imported import is_foreign

__all__ = ["SECONDS", "ImportWatch"]

SECONDS = 3.0
"""What an import takes without a report."""

_EACH = 1.0  # seconds between two reports
_EARLY = 0.2  # so much sooner a look counts as well, as looks are not made to the millisecond

_SERVES = frozenset({"serve_forever", "run_forever", "run_until_complete", "run_simple", "run_app"})
_SERVES_IN = frozenset(
    {
        ("asyncio.runners", "run"),
        ("cheroot.server", "serve"),
        ("cherrypy.process.wspbus", "block"),
        ("daphne.server", "run"),
        ("eventlet.wsgi", "server"),
        ("gunicorn.app.base", "run"),
        ("hypercorn.run", "run"),
        ("trio._core._run", "run"),
        ("twisted.internet.base", "run"),
        ("uvicorn.main", "run"),
        ("uvicorn.server", "run"),
        ("waitress", "serve"),
        ("waitress.server", "run"),
    }
)
"""Functions that serve, or run a loop, until they are stopped: by name, and by module and name."""


class ImportWatch:
    """Watches one import after the other.

    :param app: what is imported, as the user named it
    :param project: the folder whose files are the app's own
    :param emit: takes the reports, on the thread that looks
    """

    def __init__(self, app: str, project: Path, emit: Emit) -> None:
        self._app = app
        self._project = str(project).rstrip(os.sep) + os.sep
        self._emit = emit
        self._lock = native.allocate_lock()  # no report once the import is through
        self._thread: Optional[int] = None
        self._base: Optional[FrameType] = None  # what the import was called from
        self._began = self._next = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """What runs in the block is the import. The importing thread."""
        with self._lock:
            self._began = native.monotonic()
            self._next = self._began + SECONDS
            self._thread = native.get_ident()
            self._base = sys._getframe(2)  # beyond contextlib's
        try:
            yield
        finally:
            with self._lock:
                self._thread = self._base = None

    @property
    def is_running(self) -> bool:
        """Whether an import runs now. Any thread."""
        return self._thread is not None

    def look(self) -> None:
        """Report where the import stands, if it is time for that. Any thread but the importing
        one; blocks for no longer than ``emit`` does."""
        with self._lock:
            now = native.monotonic()
            if self._thread is None or now < self._next - _EARLY:
                return
            self._next = now + _EACH
            stack = stack_of(self._thread, self._base)
            # An app may replace what is used here, while it is imported.
            with suppress(Exception):
                self._emit(self._report(stack, now - self._began))

    def _report(self, stack: list[FrameType], seconds: float) -> Importing:
        own = [frame for frame in stack if self.is_own(frame.f_code.co_filename)]
        return Importing(
            app=self._app,
            elapsed=round(seconds, 1),
            module=_module(stack),
            where=described(own[-1], with_source=True) if own else None,
            frames=tuple(described(frame) for frame in bounded(stack)),
            hint=_hint(stack, own),
        )

    def is_own(self, filename: str) -> bool:
        """Whether a file is one of the app's own. Any thread."""
        return filename.startswith(self._project) and not is_foreign(filename)


def _module(stack: list[FrameType]) -> str:
    """The module whose own lines run innermost, or ""."""
    for frame in reversed(stack):
        if frame.f_code.co_name == "<module>":
            return _name_of_module(frame)
    return ""


def _name_of_module(frame: FrameType) -> str:
    name = frame.f_globals.get("__name__")
    return cut(name, limits.ERROR_NAME) if type(name) is str else ""


def _hint(stack: list[FrameType], own: list[FrameType]) -> Optional[Reason]:
    """That a module of the app's starts a server, or a loop, while it is imported."""
    starters = [frame for frame in own if frame.f_code.co_name == "<module>"]
    if not starters:
        return None
    starter = starters[-1]
    for frame in stack[stack.index(starter) + 1 :]:
        name = frame.f_code.co_name
        if name in _SERVES or (_name_of_module(frame), name) in _SERVES_IN:
            file = cut(starter.f_code.co_filename, limits.ERROR_NAME)
            return Reason.of("serves-at-import", file=file, line=starter.f_lineno or 0)
    return None
