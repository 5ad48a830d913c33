"""What the reloader has done since a server started: how often, how fast, and because of what.

Pure data without locks: filled and read on the GUI thread.
"""

from __future__ import annotations

import os
from collections import deque

from launcher.core import sentences
from launcher.core.display import one_line, plural
from server.base.values import dataclass
from server.events import ReloadFailed, Reloading, ServerStarted, WatchChanged

_KEPT = 50


@dataclass(frozen=True)
class Reload:
    """One reload that has come to an end.

    :param cause: what was changed, in a few words
    :param seconds: how long it took; None where it failed
    :param how: how the new process was started, or why the reload failed
    """

    cause: str
    seconds: float | None
    how: str


class ReloadLog:
    """The reloads of one server.

    :ivar cause: what the reload under way was caused by; "" where none is
    :ivar watched: how many files are watched; 0 without a reloader
    :ivar watch_problem: why changes may go unseen, or ""
    """

    def __init__(self) -> None:
        self.begin_session("")

    def begin_session(self, project: str) -> None:
        """A server starts.

        :param project: the folder from which files are named
        """
        self._project = project
        self._started = False
        self.reloads: deque[Reload] = deque(maxlen=_KEPT)
        self.total = 0
        self.cause = ""
        self.watched = 0
        self.watch_problem = ""

    def add_reloading(self, event: Reloading) -> None:
        """Files have changed."""
        if not event.paths:
            asked = event.cause is None
            self.cause = f"Reloading{', as' if asked else ':'} {sentences.reload_cause(event)}"
            return
        name = self._name(event.paths[0])
        more = len(event.paths) - 1
        others = f" and {plural(more, 'other file')}" if more else ""
        self.cause = f"Reloading: {name}{others} changed"

    def add_started(self, event: ServerStarted) -> None:
        """The app is served: for the first time, or again."""
        self.watched = event.watched
        self.watch_problem = sentences.watch_problem(event)
        if self._started:
            if event.warm:
                how = "forked from a process that has the installed packages imported"
            elif why := sentences.why_cold(event):
                how = f"a new interpreter: {why}"
            else:
                how = "the project's modules imported anew"
            # Without a cause where the app has ended its process, or several came at once.
            self._append(Reload(self.cause or "Loaded again", event.load_seconds, how))
        self._started = True

    def add_watch_changed(self, event: WatchChanged) -> None:
        """How the files are watched has changed."""
        self.watched = event.watched
        self.watch_problem = sentences.watch_problem(event)

    def add_failed(self, event: ReloadFailed) -> None:
        """The app could not be loaded."""
        if self.cause:
            self._append(Reload(self.cause, None, sentences.reload_failure(event)))

    @property
    def last(self) -> Reload | None:
        """The reload that ended last."""
        return self.reloads[-1] if self.reloads else None

    def summary(self) -> str:
        """The last reload in a few words, for the status bar; "" without a reloader."""
        if not self.watched:
            return ""
        last = self.last
        if last is None:
            return f"watching {plural(self.watched, 'file')}"
        if last.seconds is None:
            return "last reload failed"
        return f"reloaded in {seconds(last.seconds)}"

    def details(self) -> str:
        """All there is to know, line by line, for a tooltip."""
        lines = []
        if self.watched:
            lines.append(f"{plural(self.watched, 'file')} watched for changes")
        if self.watch_problem:
            lines.append(self.watch_problem)
        for item in [*self.reloads][-5:][::-1]:
            took = "failed" if item.seconds is None else f"took {seconds(item.seconds)}"
            lines.append(one_line(f"{item.cause}: {took} ({item.how})", 300))
        if self.total > 5:
            lines.append(f"{plural(self.total, 'reload')} in all")
        return "\n".join(lines)

    def _append(self, reload: Reload) -> None:
        self.reloads.append(reload)
        self.total += 1
        self.cause = ""

    def _name(self, path: str) -> str:
        relative = os.path.relpath(path, self._project or None)
        return one_line(path if relative.startswith("..") else relative, 120)


def seconds(value: float) -> str:
    """A duration for reading: ``34 ms``, ``1.2 s``."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"
