"""The request log as a table; GUI thread only."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from launcher.core.display import clock, duration, one_line, size
from launcher.core.logs.requests import Outcome, RequestRow

from .log_model import OUTCOME_ROLE, LogModel

TIME, METHOD, PATH, STATUS, DURATION, SIZE, CLIENT = range(7)
PATH_LIMIT = 500
"""Characters of a path in the list; the details show all of it."""

_NO_STATUS = {Outcome.PENDING: "\u2026", Outcome.LOST: "lost", Outcome.ABORTED: "aborted"}


class RequestModel(LogModel[RequestRow]):
    """One row for each request, from its first line on."""

    columns = ("Time", "Method", "Path", "Status", "Duration", "Size", "Client")
    right = frozenset({DURATION, SIZE})

    def text(self, row: RequestRow, column: int) -> str:
        done = row.finished
        if column == TIME:
            return clock(row.started)
        if column == METHOD:
            return one_line(row.method, 32)
        if column == PATH:
            return one_line(_path(row), PATH_LIMIT)
        if column == STATUS:
            if done is not None and done.status:
                return f"{done.status} aborted" if done.aborted else str(done.status)
            return _NO_STATUS.get(row.outcome, "no answer")
        if done is None:
            return ""
        if column == DURATION:
            return duration(done.duration)
        if column == SIZE:
            return size(done.response_body.size)
        return one_line(done.remote_addr, 64)

    def detail(self, row: RequestRow, column: int, role: int) -> Any:
        if role == OUTCOME_ROLE:
            return row.outcome
        if role == Qt.ItemDataRole.AccessibleTextRole and column == STATUS:
            return f"{self.text(row, STATUS)}, {row.outcome.value}"
        return None


def _path(row: RequestRow) -> str:
    done = row.finished
    if done is None or not done.path:
        return row.target
    return f"{done.path}?{done.query}" if done.query else done.path
