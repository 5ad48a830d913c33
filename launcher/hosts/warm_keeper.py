"""Keeps a warm process ready for the next reload, as long as that is safe.

What the app has imported of installed packages, it imports, too. A module that can't be imported by
itself may leave something behind half-way, so the process then begins again without it. Everything
here happens on the host's thread.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from server.base.values import dataclass
from server.errors import why_refused
from server.events import Reason

from .warm_process import WarmProcess
from .worker_process import WorkerProcess


@dataclass(frozen=True)
class WarmPlan:
    """How a warm process is started.

    :param wanted: whether reloads may fork one
    :param folder: the project's
    :param environ: that of the process
    :param cold: packages that by the project must not be forked
    """

    wanted: bool
    python: str
    folder: str
    environ: Mapping[str, str]
    cold: Sequence[str] = ()


class WarmKeeper:
    """See the module.

    :param plan: how to start it
    :param call: has a function called on the host's thread; may be called on any
    """

    def __init__(self, plan: WarmPlan, call: Callable[[Callable[[], None]], None]) -> None:
        self._plan = plan
        self._call = call
        self._warm: WarmProcess | None = None
        self._old: list[WarmProcess] = []
        self._refused: Reason | None = None if plan.wanted else Reason("chosen")
        self._names: dict[str, None] = {}  # in the order in which they were imported
        self._not_alone: set[str] = set()
        self._is_outdated = False
        self._variables: Mapping[str, str] = {}
        if plan.wanted and not WarmProcess.is_possible():
            self._refused = Reason("no-fork")

    @property
    def cold_reason(self) -> Reason:
        """Why there is nothing to be forked now."""
        return self._refused or Reason("packages-changed" if self._is_outdated else "not-ready")

    def set_variables(self, variables: Mapping[str, str]) -> None:
        """What the project's variables are from now on. A package may read them while it is
        imported, so where they are others than before, the process begins again."""
        if variables != self._variables:
            self._variables = dict(variables)
            self._drop()

    def add_imported(self, installed: Sequence[str]) -> None:
        """The app has imported these modules of installed packages, in this order, by now; a
        worker that was forked may report only those that it has imported itself."""
        self._names.update(dict.fromkeys(installed))
        names = [name for name in self._names if name not in self._not_alone]
        if self._refused is not None or not names:
            return
        if self._warm is not None:
            self._warm.add(names)
            return
        plan = self._plan
        try:
            self._warm = WarmProcess(
                plan.python,
                names,
                plan.folder,
                plan.environ,
                self._variables,
                plan.cold,
                self._post,
            )
        except OSError as error:
            self._refused = Reason.of("not-started", error=why_refused(error))

    def fork(self, worker: WorkerProcess, listeners: Sequence[socket.socket]) -> bool:
        """Have a worker forked; False where there is nothing to be forked now.

        What has old versions of packages begins again: what an installer has changed since is
        imported anew.
        """
        warm = self._warm
        if warm is None or not warm.ready:
            return False
        self._is_outdated = warm.is_outdated()
        if self._is_outdated:
            self._drop()
            self._not_alone.clear()
            self.add_imported(())
            return False
        return warm.fork(worker, listeners)

    def close(self) -> None:
        """End every warm process."""
        for warm in [*self._old, *([self._warm] if self._warm else [])]:
            warm.close()
        self._old.clear()
        self._warm = None

    def _post(self, warm: WarmProcess, record: dict[str, Any]) -> None:
        """On the warm process's thread."""
        self._call(lambda: self._take(warm, record))

    def _take(self, warm: WarmProcess, record: dict[str, Any]) -> None:
        failed = warm.take(record)
        if warm is self._warm:
            if failed:
                self._not_alone.update(failed)
                self._drop()
                self.add_imported(())
            elif warm.unsafe is not None:
                self._refused = warm.unsafe
                self._drop()
            elif "closed" in record:
                self._drop()
        if warm in self._old and not warm.has_workers():
            self._old.remove(warm)
            warm.close()

    def _drop(self) -> None:
        warm, self._warm = self._warm, None
        if warm is None:
            return
        if warm.has_workers():  # only it learns how they end
            self._old.append(warm)
        else:
            warm.close()
