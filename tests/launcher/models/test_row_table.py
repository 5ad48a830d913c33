"""Tables of rows that are made anew: what is the same row stays selected."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPersistentModelIndex, Qt

from launcher.models.row_table import LEFT, RIGHT, RowTable

Row = tuple[str, int]


class Numbers(RowTable[Row]):
    columns = ("Name", "Number")
    right = frozenset({1})

    def key(self, row: Row) -> object:
        return row[0]

    def explain(self, column: int) -> str:
        return "How many." if column else ""

    def value(self, row: Row, column: int, role: int) -> Any:
        return str(row[column]) if role == Qt.ItemDataRole.DisplayRole else None


def test_rows_that_are_the_same_ones_keep_their_place(qtbot: Any, qtmodeltester: Any) -> None:
    model = Numbers()
    changes: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changes.append((first.row(), last.row())))
    one, two, three = ("a", 1), ("b", 2), ("c", 3)
    model.show_rows((one, two, three))
    kept = QPersistentModelIndex(model.index(1, 0))
    model.show_rows((one, ("b", 5), three))
    assert changes == [(1, 1)]
    assert (kept.isValid(), kept.data(), model.index(1, 1).data()) == (True, "b", "5")
    model.show_rows((one, two, three))
    model.show_rows((one, two, three))
    assert len(changes) == 2
    model.show_rows((three, one))
    assert not kept.isValid()
    qtmodeltester.check(model)


def test_heads_and_sides(qtbot: Any) -> None:
    model = Numbers()
    model.show_rows((("a", 1),))
    side, tip = Qt.ItemDataRole.TextAlignmentRole, Qt.ItemDataRole.ToolTipRole
    across = Qt.Orientation.Horizontal
    assert [model.headerData(n, across) for n in range(3)] == ["Name", "Number", None]
    assert [model.headerData(n, across, side) for n in range(2)] == [LEFT, RIGHT]
    assert [model.index(0, n).data(side) for n in range(2)] == [LEFT, RIGHT]
    assert model.headerData(0, across, tip) is None
    assert "How many." in model.headerData(1, across, tip)
    assert model.row_at(model.index(5, 0)) is None
