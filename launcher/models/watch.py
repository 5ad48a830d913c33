"""The pins as a list, one row for each; GUI thread only."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from launcher.core.display import duration, one_line
from launcher.core.logs.requests import RequestRow
from launcher.core.request_facts import readable_target
from launcher.core.watch.judging import Verdict
from launcher.core.watch.pins import Pin
from launcher.core.watch.rounds import WatchLog
from server.base.values import dataclass

__all__ = ["NOT_SENT", "VERDICTS", "PinCells", "PinModel", "target_of"]

VERDICTS: dict[Verdict, tuple[str, str]] = {
    Verdict.FAILED: ("cross", "danger"),
    Verdict.CHANGED: ("unequal", "info"),
    Verdict.SLOWER: ("peak", "warning"),
    Verdict.SAME: ("check", "good"),
}
"""How each verdict is marked: its shape and its colour."""
NOT_SENT = ("circle", "muted")


@dataclass(frozen=True)
class PinCells:
    """What a row shows.

    :param verdict: None as long as it wasn't sent
    :param statuses: what is expected and what came; the first one is "" where they are the same
    :param words: in what the answer differs; ``place`` stands behind them
    :param sending: it is on its way
    """

    key: str
    method: str
    path: str
    query: str
    verdict: Verdict | None
    statuses: tuple[str, str]
    duration: str
    words: str
    place: str
    sending: bool

    @property
    def has_more(self) -> bool:
        """Whether there is a second line."""
        return self.verdict is not None and (self.verdict is not Verdict.SAME or bool(self.words))

    @property
    def title(self) -> str:
        """The verdict as a word."""
        if self.sending:
            return "Sending"
        return "Not sent yet" if self.verdict is None else self.verdict.value.capitalize()


def target_of(pin: Pin) -> tuple[str, str]:
    """Path and query for people, secrets masked; the query with its question mark, or ""."""
    done = pin.request
    return readable_target(RequestRow(-1, 0, done.method, done.target, done.started, done))


def cells_of(log: WatchLog, pin: Pin) -> PinCells:
    """What the row of a pin shows."""
    found = log.judgement(pin.key)
    path, query = target_of(pin)
    expected = str(pin.request.status or "\u2013")
    if found is None:
        statuses, took, words, place = ("", expected), "", "", ""
    else:
        status = str(found.status or "\u2013")
        statuses = ("" if status == expected else expected, status)
        took = duration(found.duration) if found.status else ""
        place = "" if found.place is None else f"{PurePath(found.place[0]).name}:{found.place[1]}"
        words = found.words.removesuffix(place) if place else found.words
    return PinCells(
        key=pin.key,
        method=one_line(pin.request.method, 20),
        path=path,
        query=query,
        verdict=None if found is None else found.verdict,
        statuses=statuses,
        duration=took,
        words=one_line(words, 300),
        place=one_line(place, 100),
        sending=log.sending == pin.key,
    )


class PinModel(QAbstractListModel):
    """One row for each pin, in the order in which they were made."""

    def __init__(self, log: WatchLog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._rows: list[PinCells] = []

    @property
    def rows(self) -> list[PinCells]:
        """What is shown."""
        return self._rows

    def refresh(self) -> bool:
        """Show what the log has by now; returns whether a row is higher or lower than before."""
        found = [cells_of(self._log, pin) for pin in self._log.pins]
        if [row.key for row in found] != [row.key for row in self._rows]:
            self.beginResetModel()
            self._rows = found
            self.endResetModel()
            return True
        resized = [row.has_more for row in found] != [row.has_more for row in self._rows]
        pairs = zip(found, self._rows, strict=True)
        changed = [number for number, (now, before) in enumerate(pairs) if now != before]
        self._rows = found
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))
        return resized

    def row_of(self, key: str) -> int:
        """The row of a pin; -1 where it isn't there."""
        return next((n for n, row in enumerate(self._rows) if row.key == key), -1)

    def cells(self, row: int) -> PinCells | None:
        """What a row shows."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def key_of(self, row: int) -> str:
        """The key of a row's pin; "" where there is no such row."""
        cells = self.cells(row)
        return "" if cells is None else cells.key

    def rowCount(  # noqa: N802
        self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()  # noqa: B008
    ) -> int:  # fmt: skip
        return 0 if parent.isValid() else len(self._rows)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        cells = self.cells(index.row())
        if cells is None:
            return None
        name = f"{cells.method} {cells.path}{cells.query}"
        before, after = cells.statuses
        status = f"{before} \u2192 {after}" if before else after
        if role == Qt.ItemDataRole.DisplayRole:
            first = "  ".join(filter(None, (name, status, cells.duration)))
            return f"{first}\n{cells.title}  {cells.words}{cells.place}".rstrip()
        if role == Qt.ItemDataRole.AccessibleTextRole:
            rest = f": {cells.words}{cells.place}" if cells.words else ""
            return f"{name}, {cells.title}{rest}, {status}, {cells.duration}".rstrip(", ")
        return None
