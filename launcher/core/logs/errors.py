"""The errors of the user's app, newest last, bounded in number and in bytes.

Pure data without locks: filled and read on the GUI thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from launcher.core import ansi
from launcher.core.secrets import mask_target, mask_text
from launcher.core.sentences import crash_name, failure, reload_failure
from server.base.limits import ERROR_MESSAGE, ERRORS_IN_MEMORY, cut, size_of
from server.base.values import dataclass
from server.events import AppError, Frame, ReloadFailed, ServerFailed

from .groups import ErrorGroups, Occurrence
from .rows import Log

CAPACITY = 2_000

_FRAME = re.compile(r'^[ |]*File "([^"\n]+)", line (\d+)', re.MULTILINE)
_CRASHED = ("app-crashed", "app-restarted")
_FOREIGN = re.compile(r"[/\\](?:site-packages|dist-packages|lib(?:64)?[/\\]python3[^/\\]*)[/\\]")


@dataclass(frozen=True)
class ErrorRow:
    """One error, and the request it happened in as far as that is known.

    :param number: its place in the log, for life
    :param type: the exception's class; for a failed start, what failed
    :param text: the traceback as Python prints it
    :param request: the number in the request log of the request that caused it
    :param method: that request's method, kept for when the request itself is gone
    :param target: that request's target, likewise
    :param others: how many more ended with it, where the app's process has crashed
    :param place: file and line of the innermost frame in the user's own code, or None
    :param event: the error itself, with its frames; None for a failed start or reload
    :param group: the same for errors that are one and the same
    """

    number: int
    time: float
    type: str
    message: str
    text: str
    request: int | None = None
    method: str = ""
    target: str = ""
    place: tuple[str, int] | None = None
    event: AppError | None = None
    group: str = ""
    others: int = 0

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames of its traceback, the outermost first."""
        return self.event.frames if self.event is not None else ()

    @property
    def function(self) -> str:
        """The function at its place, or ""."""
        for frame in reversed(self.frames):
            if (frame.file, frame.line) == self.place:
                return frame.function
        return ""

    @property
    def key(self) -> str:
        """That of its group; of an older server, and of a failed start, the type and the place are
        all there is."""
        return self.group or " \u00b7 ".join((self.type, *map(str, self.place or ("",))))

    @property
    def origin(self) -> str:
        """Where it happened, for a list: the request, its secrets masked, or what else."""
        if not self.method:
            return "Outside of a request"
        request = f"{self.method} {mask_target(self.target)}"
        return f"{request} and {self.others:,} more" if self.others else request

    @property
    def size(self) -> int:
        """The bytes of what it holds, about."""
        texts = sum(map(size_of, (self.type, self.message, self.text, self.target)))
        return texts + sum(map(_frame_size, self.frames))


def _frame_size(frame: Frame) -> int:
    """About; the frames of what is behind an error are of the same size again at most."""
    return sum(map(len, frame.source)) + sum(len(text) for _, text in frame.locals) + 200


class ErrorLog(Log[ErrorRow]):
    """Every error since the window opened, or the newest of them.

    :param limit: bytes that all rows together may have; the newest row stays, whatever its size
    :ivar groups: the same errors by type and place, with their counts
    """

    def __init__(
        self, capacity: int = CAPACITY, block: int = 100, limit: int = ERRORS_IN_MEMORY
    ) -> None:
        super().__init__(capacity, block)
        self.groups = ErrorGroups()
        self._capacity = capacity
        self._numbers: dict[int, int] = {}  # by the ids of one session's events
        self._limit = limit
        self._size = 0

    def begin_session(self) -> None:
        """A server starts."""
        self._numbers.clear()

    @property
    def total(self) -> int:
        """How many there have been since the log was last cleared."""
        return self.groups.total

    def add(
        self, event: AppError, request: int | None = None, method: str = "", target: str = ""
    ) -> int:
        """An exception of the app; returns its number.

        :param request: the number of the request that caused it
        """
        number = self._append(
            ErrorRow(
                number=self.end,
                time=event.time,
                type=event.type,
                message=mask_text(ansi.plain(event.message)),
                text=event.text,
                request=request,
                method=method,
                target=target,
                place=own_place(event.frames, event.text),
                event=event,
                group=event.group,
            )
        )
        self._numbers[event.id] = number
        if len(self._numbers) > self._capacity:
            del self._numbers[next(iter(self._numbers))]
        return number

    def add_failure(
        self,
        event: ServerFailed | ReloadFailed,
        request: int | None = None,
        method: str = "",
        target: str = "",
    ) -> int | None:
        """A failed start or reload; returns the number of its row, None where it gets none.

        An error that was reported by itself is not listed twice, also where its row isn't in memory
        any more. A start that fails without a traceback is not the app's error; a reload always is,
        as when it ends its process, and a crash.

        :param request: the number of the newest request that ended with the process
        """
        listed = None if event.error_id is None else self._numbers.get(event.error_id)
        if listed is not None:
            return listed
        found = read_failure(event)
        if found is None:
            return None
        type_, message, text = found
        return self._append(
            ErrorRow(
                number=self.end,
                time=event.time,
                type=type_,
                message=cut(message, ERROR_MESSAGE),
                text=text,
                request=request,
                method=method,
                target=target,
                place=failure_place(event),
                others=others_of(event) if method else 0,
            )
        )

    def hide(self, below: int | None = None) -> int:
        """Clear, and count from 0 again; see :meth:`Log.hide`."""
        count = super().hide(below)
        if count and below is None:
            self.groups.mark_seen()
            self.groups.hide()
        return count

    def unhide(self) -> int:
        """Take the last :meth:`hide` back."""
        count = super().unhide()
        if count:
            self.groups.unhide()
        return count

    def clear(self) -> None:
        """Drop all errors."""
        self._rows.clear()
        self._numbers.clear()
        self._size = 0
        self.groups.clear()

    def members(self, key: str) -> list[ErrorRow]:
        """The errors of a group that are kept, the oldest first."""
        return [row for row in self._rows if row.key == key]

    def _append(self, row: ErrorRow) -> int:
        self._size += row.size - sum(gone.size for gone in self._rows.append(row))
        while self._size > self._limit and len(self._rows) > 1:
            self._size -= sum(gone.size for gone in self._rows.drop(1))
        self.groups.add(
            Occurrence(
                row.number, row.time, row.key, row.type, row.message, row.place, row.function,
                row.origin,
            )
        )  # fmt: skip
        return row.number


def others_of(event: AppError | ServerFailed | ReloadFailed) -> int:
    """How many requests ended with the app's process, beside the one that its error names."""
    return 0 if isinstance(event, AppError) else max(0, len(event.request_ids) - 1)


def read_failure(event: ServerFailed | ReloadFailed) -> tuple[str, str, str] | None:
    """Type, message and text of the error in a failed start or reload; None where there is none."""
    reload = isinstance(event, ReloadFailed)
    sentence = reload_failure(event) if isinstance(event, ReloadFailed) else failure(event)
    crashed = event.kind in _CRASHED
    text = event.traceback or (sentence if reload or crashed else "")
    if not text:
        return None
    last = text.strip().rpartition("\n")[2] if event.traceback and not crashed else ""
    name, _, message = last.partition(": ")
    if name.replace(".", "").replace("_", "").isalnum():
        return name, message, text
    return crash_name(event.status) if crashed else "The app can't be loaded", sentence, text


def failure_place(event: ServerFailed | ReloadFailed) -> tuple[str, int] | None:
    """File and line of the user's own code in which a start or a reload failed, or a process
    crashed; of the last output that one has left, nothing counts: a traceback in it is another's.
    """
    text = event.traceback
    if event.kind in _CRASHED:
        text = text.partition("\n\n")[0] if text.startswith("Traceback ") else ""
    return own_place((), text)


def own_place(frames: Iterable[Frame], text: str) -> tuple[str, int] | None:
    """The innermost frame in the user's own code; the innermost of all where none is.

    :param frames: the frames of the traceback, the innermost last; where there are none, they are
        read from its text
    """
    frames = tuple(frames)
    marked = [(frame.file, frame.line) for frame in frames if frame.own]
    if marked:
        return marked[-1]
    places = [(frame.file, frame.line) for frame in frames if frame.line]
    if not places:
        places = [(file, int(line)) for file, line in _FRAME.findall(text)]
    real = [place for place in places if not place[0].startswith("<")]
    own = [place for place in real if not _FOREIGN.search(place[0])]
    return next(iter((own or real)[-1:]), None)
