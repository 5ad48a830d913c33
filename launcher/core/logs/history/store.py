"""A history that is open for writing: one batch of a run is one transaction.

The writer's thread only. A batch that fails leaves nothing behind and can be written again.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from . import files, index
from .contents import Pool, insert
from .limits import Limits, step
from .numbers import number_of
from .recording import Batch, Recording
from .requests import RequestWriter
from .schema import CONTENTS, PINNED, has_full_text

__all__ = ["RunGone", "Store"]


class RunGone(Exception):
    """The run was deleted, by another window: it has to be begun again."""


class Store:
    """An open history.

    :param file: where it is
    :raises OSError: it can't be made
    :raises sqlite3.Error: it can't be opened
    :raises Refused: it is no history of this version
    :ivar wal: whether it has a write-ahead log
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._connection, self.wal = files.open_for_writing(file)
        self._identity = files.identity(file)
        self._pools = {name: Pool(name) for name in CONTENTS}
        self._requests = RequestWriter(self._connection, self._pools)
        self._swept: Any = None
        self._full_text = has_full_text(self._connection)
        if self._full_text:
            index.prepare(self._connection)

    @property
    def connection(self) -> sqlite3.Connection:
        """For what is written beside batches, each in a transaction of its own."""
        return self._connection

    def is_there(self) -> bool:
        """Whether the file still is the one that was opened."""
        return files.identity(self.file) == self._identity

    def close(self) -> None:
        """Close it; what was written is in the file."""
        self._connection.close()

    def begin(self, recording: Recording, project: str, firsts: tuple[int, int, int]) -> int:
        """Make a run's row, within a transaction; returns its id.

        :param firsts: the places of its first rows
        """
        self._connection.execute("INSERT OR IGNORE INTO meta VALUES ('project', ?)", (project,))
        cursor = self._connection.execute(
            "INSERT INTO run (app, started, first_request, next_request, cleared_request, "
            "first_error, next_error, cleared_error, first_line, next_line, cleared_line, "
            "indexed_line) VALUES (?1, ?2, ?3, ?3, ?3, ?4, ?4, ?4, ?5, ?5, ?5, ?5)",
            (recording.run.app, recording.begun, *firsts),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def write(self, recording: Recording, batch: Batch, project: str) -> None:
        """Write a batch.

        :param project: the folder that the history belongs to
        :raises RunGone: see there
        :raises sqlite3.Error: it can't be written
        """
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            kept = self._look(recording.id)
            new = recording.id is None
            firsts = batch.firsts if new else recording.firsts
            run = self.begin(recording, project, firsts) if recording.id is None else recording.id
            self._write_rows(run, recording, batch, firsts, kept=kept)
            if self._update_run(run, recording, batch) != 1:
                raise RunGone
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._forget()
            raise
        finally:
            for pool in self._pools.values():
                pool.drop_wanted()
        if new:
            recording.id, recording.firsts = run, firsts
            recording.run.add_part(run, firsts)

    def trim(self, limits: Limits, now: float, live: set[int]) -> bool:
        """Let some of the oldest go; see :func:`launcher.core.logs.history.limits.step`."""
        return step(self._connection, limits, now, live)

    def fill_index(self, settled: dict[int, int]) -> bool:
        """Index some of what isn't yet; see :func:`launcher.core.logs.history.index.fill`."""
        return self._full_text and index.fill(self._connection, settled)

    def settle(self) -> None:
        """Move what is in the write-ahead log into the file, as far as readers let it."""
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _look(self, run: int | None) -> bool:
        """Notice whether contents were deleted, also by another window, whose ids are remembered
        here; returns whether the run is kept for good."""
        swept, kept = self._connection.execute(
            "SELECT (SELECT value FROM meta WHERE name = 'swept'), "
            "(SELECT kept FROM run WHERE id = ?)",
            (run,),
        ).fetchone()
        if swept != self._swept:
            self._swept = swept
            self._forget()
        return bool(kept)

    def _forget(self) -> None:
        for pool in self._pools.values():
            pool.forget()
        self._requests.forget()

    def _write_rows(
        self,
        run: int,
        recording: Recording,
        batch: Batch,
        firsts: tuple[int, int, int],
        *,
        kept: bool,
    ) -> None:
        connection = self._connection
        requests = self._requests.gather(run, batch, firsts[0])
        lines = {place: line for place, line in batch.lines.items() if place >= firsts[2]}
        word = self._pools["word"]
        words = {text for line in lines.values() for text in (line.logger, line.file) if text}
        keys = {text: word.want(text) for text in words}
        last = PINNED if kept else number_of(run, batch.nexts[0])
        for pool in self._pools.values():
            pool.settle(connection, last)
        self._requests.write(run, requests, batch)
        insert(
            connection, "error",
            ("number", "time", "request", "type", "message", "file", "line", "event"),
            [(number_of(run, place), *values) for place, values in batch.errors.items()
             if place >= firsts[1]],
        )  # fmt: skip
        insert(
            connection, "line",
            ("number", "time", "stream", "request", "level", "logger", "text", "file", "place",
             "own"),
            [
                (
                    number_of(run, place), line.time, line.stream, line.request, line.level,
                    word.id(keys[line.logger]) if line.logger else None, line.text,
                    word.id(keys[line.file]) if line.file else None, line.place, line.own or None,
                )
                for place, line in sorted(lines.items())
            ],
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO mark (run, kind, time, request, error, line, text) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(run, *mark) for mark in batch.marks],
        )

    def _update_run(self, run: int, recording: Recording, batch: Batch) -> int:
        size = sum(  # a line that goes on was counted when it began
            len(line.text.encode("utf-8")) + index.LINE_OVERHEAD
            for place, line in batch.lines.items()
            if place >= batch.firsts[2]
        )
        server = recording.server
        ended, reason = batch.ended or (None, "")
        return self._connection.execute(
            "UPDATE run SET next_request = ?, next_error = ?, next_line = ?, "
            "line_bytes = line_bytes + ?, url = ?, python = ?, mode = ?, "
            "ended = coalesce(?, ended), reason = ? WHERE id = ?",
            (
                *batch.nexts, size,
                server.url if server else "", server.python if server else "",
                server.mode if server else "", ended, reason, run,
            ),
        ).rowcount  # fmt: skip
