"""The errors of the user's app, newest last, bounded.

Pure data without locks: filled and read on the GUI thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from server.events import AppError, ServerFailed

from .rows import Rows

CAPACITY = 2_000


@dataclass(frozen=True)
class ErrorRow:
    """One error, and the request it happened in as far as that is known.

    :param number: its place in the log, for life
    :param type: the exception's class; for a failed start, what failed
    :param text: the traceback as Python prints it
    :param request: the number in the request log of the request that caused it
    :param method: that request's method, kept for when the request itself is gone
    :param target: that request's target, likewise
    """

    number: int
    time: float
    type: str
    message: str
    text: str
    request: int | None = None
    method: str = ""
    target: str = ""

    @property
    def origin(self) -> str:
        """Where it happened, for a list: the request, or what else."""
        return f"{self.method} {self.target}" if self.method else "Outside of a request"


class ErrorLog:
    """Every error since the window opened, or the newest of them."""

    def __init__(self, capacity: int = CAPACITY, block: int = 100) -> None:
        self.rows: Rows[ErrorRow] = Rows(capacity, block)
        self.total = 0
        self._outside: dict[str, int] = {}

    def begin_session(self) -> None:
        """A server starts."""
        self._outside.clear()

    @property
    def next_number(self) -> int:
        """The number the next error gets."""
        return self.rows.end

    def add(
        self, event: AppError, request: int | None = None, method: str = "", target: str = ""
    ) -> int:
        """An exception of the app; returns its number.

        :param request: the number of the request that caused it
        """
        return self._append(
            ErrorRow(
                number=self.rows.end,
                time=event.time,
                type=event.type,
                message=event.message,
                text=event.text,
                request=request,
                method=method,
                target=target,
            ),
            outside=event.request_id is None,
        )

    def add_failure(self, event: ServerFailed) -> int | None:
        """A failed start; returns the number of the row with its traceback, None without one.

        A traceback that the same session has reported before is not listed twice.
        """
        if not event.traceback:
            return None
        listed = self._outside.get(event.traceback.strip())
        if listed is not None and self.rows.get(listed) is not None:
            return listed
        last = event.traceback.strip().rpartition("\n")[2]
        name, _, message = last.partition(": ")
        known = name.replace(".", "").replace("_", "").isalnum()
        return self._append(
            ErrorRow(
                number=self.rows.end,
                time=event.time,
                type=name if known else "The app can't be loaded",
                message=message if known else event.message,
                text=event.traceback,
            ),
            outside=True,
        )

    def clear(self) -> None:
        """Forget all errors."""
        self.rows.clear()
        self.total = 0

    def _append(self, row: ErrorRow, *, outside: bool) -> int:
        self.total += 1
        self.rows.append(row)
        if outside and len(self._outside) < 100:
            self._outside[row.text.strip()] = row.number
        return row.number
