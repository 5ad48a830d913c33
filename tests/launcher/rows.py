"""What a table lists, without what stands between its rows."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, Qt


def listed(model: QAbstractItemModel, column: int = 0) -> list[str]:
    """What a column shows in each row that can be selected."""
    indexes = [model.index(row, column) for row in range(model.rowCount())]
    return [index.data() for index in indexes if index.flags() & Qt.ItemFlag.ItemIsSelectable]
