"""Statements through aiosqlite, which has them sent by a thread of its own for each connection.

That thread has no request, so nothing that it does is recorded. The coroutines that wait for it
have one: all of them hand a function of ``sqlite3``'s and its arguments to one method, and those
that send something are the spans. Their time has that of waiting in the thread's queue in it.

Source: ``aiosqlite.core.Connection`` of 0.11 to 0.22.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ...facts.span import SQL
from ..patches import Patches
from ..spans import OpenSpan
from .calls import record_calls, recorded_coroutine
from .known import check_has
from .statements import fill, keep_rows

__all__ = ["AFTER", "install"]

AFTER = "aiosqlite"

_DATABASE = "sqlite"
_STATEMENTS = frozenset(
    ("execute", "executemany", "executescript", "_execute_insert", "_execute_fetchall")
)
_ENDS = {"commit": "COMMIT", "rollback": "ROLLBACK"}


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    connection: Any = getattr(module, "Connection", None)
    check_has(connection, "aiosqlite", "_execute")
    record_calls(patches, connection, ("_execute",), SQL, _call, _ended, recorded_coroutine)


def _call(span: OpenSpan, connection: Any, function: Any, *args: Any, **options: Any) -> bool:
    """Describe a function that is sent to the thread; False where it sends nothing itself."""
    name = getattr(function, "__name__", "")
    below = connection._conn
    label = _ENDS.get(name)
    if label is not None:
        if not below.in_transaction:
            return False
        fill(span, label, None, below, _DATABASE)
        return True
    if name not in _STATEMENTS or not args:
        return False
    parameters = args[1] if len(args) > 1 else None
    # An iterator of them is not to be gone through here.
    known = parameters if isinstance(parameters, (list, tuple, dict)) else None
    fill(span, args[0], known, below, _DATABASE)
    return True


def _ended(
    span: OpenSpan, result: Any, connection: Any, function: Any, *unused: Any, **options: Any
) -> None:
    if type(result) is list:  # of execute_fetchall
        span.rows = len(result)
    else:
        keep_rows(span, result, result)
