"""The plan of a query in words, and which queries may have one. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence

from launcher.core.secrets import mask_text
from server.events import Explained
from server.facts.span import SQL, Span

from .shapes import is_select
from .values import runnable, without

__all__ = ["DATABASES", "plan_text", "question_of"]

DATABASES = frozenset(("sqlite", "postgresql", "mysql", "mariadb"))
"""Those that are asked for plans."""
_PROBLEMS = {
    "unknown": "How the connection of this query was made isn't known any more: ask for a newer "
    "request.",
    "forked": "Each request runs in a process of its own, which has ended with its connection: "
    "there is no plan. Choose threads to have one.",
    "memory": "The database is in the app's memory, where no other connection sees it: there is no "
    "plan.",
    "statement": "Only a single SELECT is explained.",
}


def question_of(span: Span) -> str | None:
    """The statement that is explained for a run; None where there is no plan to be asked for.

    It has its values in it, also secret ones: it goes to the app's own process.
    """
    if span.kind != SQL or span.database not in DATABASES or not is_select(span.label):
        return None
    return None if span.length else runnable(span.label, span.parameters)


def plan_text(event: Explained, secrets: Sequence[str] = ()) -> str:
    """A plan, or why there is none.

    :param secrets: values of the statement that are masked in it; see
        :func:`~launcher.core.sql.values.secrets_of`
    """
    if event.problem == "failed":
        return f"The database gives no plan: {mask_text(without(secrets, event.message))}"
    if event.problem:
        return _PROBLEMS.get(event.problem, event.problem)
    return mask_text(without(secrets, "\n".join(event.plan))) or "The database gives no plan."
