"""Plans of queries: each is asked for on a thread and on a connection of its own.

Questions come on the channel's or the host's thread, which must not wait for a database. So each is
answered on a thread that ends with its answer; one at a time, since more than a person reads is of
no use. ``ANALYZE`` is never used: it would run the query. What may be explained is one statement
that begins as a SELECT does; the connection can't write besides.
"""

from __future__ import annotations

import re
from typing import Optional

from ..base import native
from ..events import Emit, Explained, ExplainQuestion
from ..flow.libraries.openers import Explain, openers

__all__ = ["Explainer", "is_one_select"]

_SELECT = re.compile(r"[\s(]*(SELECT|WITH|VALUES)\b", re.IGNORECASE)
_WRITES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|INTO|CREATE|DROP|ALTER|TRUNCATE|COPY|CALL)\b", re.IGNORECASE
)
_QUOTED = re.compile(
    r"\b[eE]'|'[^']*(?:''[^']*)*'|\"[^\"]*(?:\"\"[^\"]*)*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL
)


def is_one_select(statement: str) -> bool:
    """Whether it only reads, and is one statement; where that isn't sure, it is none."""
    # What PostgreSQL reads backslashes in may end where it doesn't seem to: it stays.
    bare = _QUOTED.sub(lambda found: "'" if found[0] in ("E'", "e'") else " ", statement).strip()
    if bare.endswith(";"):
        bare = bare[:-1]
    if ";" in bare or "'" in bare or '"' in bare or "$$" in bare or "/*" in bare:
        return False
    return _SELECT.match(bare) is not None and _WRITES.search(bare) is None


class Explainer:
    """Answers by ``Explained``.

    :param emit: takes the answers, on the thread that has found them
    :param forks: each request runs in a process of its own, which alone knows its connections
    """

    def __init__(self, emit: Emit, *, forks: bool = False) -> None:
        self._emit = emit
        self._unknown = "forked" if forks else "unknown"
        self._lock = native.allocate_lock()
        self._waiting: Optional[ExplainQuestion] = None
        self._is_busy = False

    def ask(self, question: ExplainQuestion) -> None:
        """Have a query explained; returns at once. Any thread.

        Of those that come while one is being explained, the newest is answered.
        """
        with self._lock:
            self._waiting = question
            if self._is_busy:
                return
            self._is_busy = True
        native.start_thread(self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                question, self._waiting = self._waiting, None
                if question is None:
                    self._is_busy = False
                    return
            try:
                explain = openers.get(question.connection)
            except KeyError:
                self._emit(Explained(question.number, problem=self._unknown))
            else:
                self._emit(_explained(question, explain))


def _explained(question: ExplainQuestion, explain: Optional[Explain]) -> Explained:
    number = question.number
    if explain is None:
        return Explained(number, problem="memory")
    if not is_one_select(question.statement):
        return Explained(number, problem="statement")
    try:
        return Explained(number, explain(question.statement))
    except Exception as error:  # whatever the driver raises
        return Explained(number, problem="failed", message=f"{type(error).__name__}: {error}")
