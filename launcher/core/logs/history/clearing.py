"""Clear: hides what is there up to now, deletes nothing, and can be undone.

What is hidden is remembered by run: the rows below a place. Functions only; the writer's thread.
"""

from __future__ import annotations

import json
import sqlite3
import time

from .schema import KINDS

__all__ = ["clear", "show_all", "undo"]


def clear(connection: sqlite3.Connection, kind: str, app: str) -> int:
    """Hide all rows of a kind that an app has; returns how many weren't hidden before.

    :param kind: one of ``schema.KINDS``
    """
    assert kind in KINDS
    connection.execute("BEGIN IMMEDIATE")
    try:
        runs = connection.execute(
            f"SELECT id, max(first_{kind}, cleared_{kind}), next_{kind}, cleared_{kind} FROM run "
            f"WHERE app = ? AND next_{kind} > max(first_{kind}, cleared_{kind})",
            (app,),
        ).fetchall()
        if runs:
            before = {run: cleared for run, _, _, cleared in runs}
            connection.execute(
                "INSERT INTO clearing (kind, app, time, before) VALUES (?, ?, ?, ?)",
                (kind, app, time.time(), json.dumps(before)),
            )
            connection.execute(
                f"UPDATE run SET cleared_{kind} = next_{kind} WHERE app = ? "
                f"AND next_{kind} > max(first_{kind}, cleared_{kind})",
                (app,),
            )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return sum(end - start for _, start, end, _ in runs)


def show_all(connection: sqlite3.Connection, kind: str, app: str) -> None:
    """Show again all that Clear has hidden of an app."""
    assert kind in KINDS
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f"UPDATE run SET cleared_{kind} = first_{kind} WHERE app = ?", (app,))
        connection.execute("DELETE FROM clearing WHERE kind = ? AND app = ?", (kind, app))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def undo(connection: sqlite3.Connection, kind: str, app: str) -> int:
    """Show again what the last Clear has hidden; returns how many rows that are."""
    assert kind in KINDS
    shown = 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = connection.execute(
            "SELECT id, before FROM clearing WHERE kind = ? AND app = ? ORDER BY id DESC LIMIT 1",
            (kind, app),
        ).fetchone()
        if found is not None:
            for run, before in json.loads(found[1]).items():
                row = connection.execute(
                    f"SELECT cleared_{kind}, first_{kind} FROM run WHERE id = ?", (int(run),)
                ).fetchone()
                if row is not None:
                    shown += max(0, row[0] - max(before, row[1]))
                    connection.execute(
                        f"UPDATE run SET cleared_{kind} = ? WHERE id = ?", (before, int(run))
                    )
            connection.execute("DELETE FROM clearing WHERE id = ?", (found[0],))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return shown
