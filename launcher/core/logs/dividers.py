"""What stands between the requests: where the server started, stopped, reloaded, or failed.

Pure data without locks: filled and read on the GUI thread.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Sequence

from launcher.core.display import one_line, plural
from server.base.values import dataclass
from server.events import (
    Event,
    ReloadFailed,
    Reloading,
    ServerFailed,
    ServerStarted,
    ServerStopped,
)

from .reloads import seconds
from .rows import Log

__all__ = ["Divider", "DividerKind", "DividerLog", "failure_kind", "failure_text"]

CAPACITY = 2_000
TEXT_LIMIT = 200


class DividerKind(enum.Enum):
    """What happened, in words."""

    STARTED = "Started"
    STOPPED = "Stopped"
    RELOADED = "Reloaded"
    RELOAD_FAILED = "Failed to load"
    FAILED = "Failed"
    CRASHED = "Crashed"
    MARKED = "Mark"
    RUN = "Run"


@dataclass(frozen=True)
class Divider:
    """One such event.

    :param before: the number of the request that stands after it, once there is one
    :param time: when it happened, in unix seconds
    :param place: the files it was about; or ""
    :param rest: what else there is to show in a few words; or ""
    :param title: what is written in place of the kind; or ""
    """

    kind: DividerKind
    before: int
    time: float
    place: str = ""
    rest: str = ""
    title: str = ""

    @property
    def heading(self) -> str:
        """What it begins with."""
        return self.title or self.kind.value


def failure_kind(event: ReloadFailed | ServerFailed) -> DividerKind:
    """What has failed: where the app's process has ended, it was no reload and no start."""
    if event.kind in ("app-crashed", "app-restarted"):
        return DividerKind.CRASHED
    reload = isinstance(event, ReloadFailed)
    return DividerKind.RELOAD_FAILED if reload else DividerKind.FAILED


def failure_text(event: ReloadFailed | ServerFailed) -> str:
    """Why, on one line."""
    if isinstance(event, ReloadFailed):
        # The last line of a traceback names the exception.
        return one_line(event.error.strip().rpartition("\n")[2], TEXT_LIMIT)
    return one_line(event.message.strip().partition("\n")[0], TEXT_LIMIT)


class DividerLog(Log[Divider]):
    """The dividers of one server, in the order in which they came."""

    def __init__(self, capacity: int = CAPACITY, block: int = 100) -> None:
        super().__init__(capacity, block)
        self._project = ""
        self._up = False
        self._since = 0.0  # when the server has reported that it is there
        self._paths: Sequence[str] = ()

    def begin_session(self, project: str) -> None:
        """A server starts.

        :param project: the folder from which files are named
        """
        self._project = project
        self._up = False
        self._since = 0.0
        self._paths = ()

    def take(self, event: Event, before: int) -> None:
        """An event of the server; most need no divider.

        :param before: the number that the next request will get
        """
        match event:
            case Reloading():
                self._paths = event.paths
            case ServerStarted():
                took, self._since = event.load_seconds, event.time
                if self._up:
                    self._add(DividerKind.RELOADED, before, event.time, f"in {seconds(took)}")
                else:
                    self._rows.append(
                        Divider(
                            DividerKind.STARTED, before, event.time, rest=one_line(event.url, 120)
                        )
                    )
                self._up = True
            case ReloadFailed():
                # An app that is broken from the beginning has failed before its server is there.
                time = max(event.time, self._since)
                self._add(failure_kind(event), before, time, failure_text(event))
            case ServerFailed():
                text = failure_text(event)
                self._rows.append(Divider(failure_kind(event), before, event.time, rest=text))
            case ServerStopped():
                self._rows.append(Divider(DividerKind.STOPPED, before, event.time))
            case _:
                pass

    def mark(self, text: str, time: float, before: int) -> None:
        """A mark of the user's.

        :param before: the number that the next request will get
        """
        self._rows.append(Divider(DividerKind.MARKED, before, time, rest=text))

    def set_older(self, dividers: Sequence[Divider]) -> None:
        """Have these in front of all that came in this window, in place of those that were."""
        self._rows.set_front(dividers)

    def clear(self) -> None:
        """Forget all of them."""
        self._rows.clear()

    def _add(self, kind: DividerKind, before: int, time: float, rest: str) -> None:
        names = [self._name(path) for path in self._paths[:1]]
        more = len(self._paths) - 1
        place = (
            names[0] + (f" and {plural(more, 'other file')}" if more > 0 else "") if names else ""
        )
        self._rows.append(Divider(kind, before, time, place, rest))
        self._paths = ()

    def _name(self, path: str) -> str:
        relative = os.path.relpath(path, self._project or None)
        return one_line(path if relative.startswith("..") else relative, 120)
