"""A project's history, as what fills it holds it: the window's controller.

Everything returns at once; a :class:`~launcher.core.logs.history.writer.Writer` does the work on a
thread of its own. What is in a history is read through
:class:`~launcher.core.logs.history.reading.Reader`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from server.events import Event

from . import clearing, files
from .limits import Limits, keep_run
from .reading import Reader
from .recording import OwnLine, Recording, Run, UserMark
from .store import Store
from .writer import Trouble, Writer

__all__ = ["History", "Item"]

Item = Event | OwnLine | UserMark
"""What a history takes."""


class History:
    """Records what happens to one server of a project. Used on one thread, such as the GUI's.

    :param data_dir: the data folder
    :param project: the project's folder
    :param on_trouble: takes each kind of trouble once, on a thread of its own
    :ivar file: where the history is
    :ivar on: whether it is kept; see :meth:`switch`
    """

    def __init__(
        self,
        data_dir: Path,
        project: str,
        on_trouble: Callable[[Trouble], None],
        limits: Limits | None = None,
    ) -> None:
        self.file = files.file_of(data_dir, project)
        self.on = not files.is_off(self.file)
        self._writer = Writer(
            self.file, project, limits or Limits(), on_trouble, paused=not self.on
        )
        self._recording: Recording | None = None

    def set_limits(self, limits: Limits) -> None:
        """Keep so much from now on."""
        self._writer.limits = limits

    def begin_run(self, app: str) -> Run:
        """Start was pressed: what comes from now on belongs to a new run.

        :param app: what is served, as the user named it
        """
        self._recording = Recording(Run(app), time.time())
        return self._recording.run

    def take(self, items: Sequence[Item]) -> None:
        """What has happened, in order; not to be changed afterwards."""
        if self._recording is None:  # such as an installer's output before the first Start
            self.begin_run("")
        assert self._recording is not None
        self._writer.put(self._recording, items)

    def clear(self, kind: str, app: str) -> Future[int]:
        """Hide an app's rows up to now; the result is how many weren't hidden before.

        :param kind: one of ``schema.KINDS``
        """
        return self._writer.call(lambda store: clearing.clear(store.connection, kind, app))

    def undo_clear(self, kind: str, app: str) -> Future[int]:
        """Show again what the last :meth:`clear` has hidden; the result is how many rows."""
        return self._writer.call(lambda store: clearing.undo(store.connection, kind, app))

    def show_cleared(self, kind: str, app: str) -> Future[None]:
        """Show again all that was hidden of an app."""
        return self._writer.call(lambda store: clearing.show_all(store.connection, kind, app))

    def keep_run(self, run: Run | int, *, kept: bool = True) -> Future[None]:
        """Keep a run whatever the limits are, or no longer.

        :param run: one of this window's, or its id in the history
        """

        def keep(store: Store) -> None:
            for id in (run,) if isinstance(run, int) else run.ids:
                keep_run(store.connection, id, kept=kept)

        return self._writer.call(keep)

    def switch(self, *, on: bool) -> None:
        """Keep the history of this project from now on, or don't; deletes nothing.

        :raises OSError: the data folder can't be written to
        """
        files.switch(self.file, on=on)
        self.on = on
        self._writer.pause(paused=not on)

    def delete(self) -> Future[None]:
        """Delete all of it; a new one is begun with what happens next.

        The result may be an ``OSError``.
        """
        return self._writer.delete()

    def reader(self) -> Reader:
        """What reads it, for one thread at a time.

        :raises FileNotFoundError: there is none yet
        :raises Damaged: it can't be read
        :raises Refused: it is no history of this version
        """
        return Reader(self.file)

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all is written that has happened; returns whether it was in time."""
        return self._writer.flush(timeout)

    def close(self, timeout: float = 5.0) -> bool:
        """Write what is left and close the file; returns whether it was in time."""
        return self._writer.close(timeout)
