"""Sorting by a click on a column's head."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView

from launcher.panes.controls.sorting import next_order, show_order

UNSORTED = (-1, False)


def test_a_column_one_way_the_other_way_and_not_at_all() -> None:
    order = UNSORTED
    seen = []
    for _ in range(4):
        order = next_order(order, 3, largest_first=True, unsorted=UNSORTED)
        seen.append(order)
    assert seen == [(3, True), (3, False), UNSORTED, (3, True)]
    assert next_order((3, False), 1, largest_first=False, unsorted=UNSORTED) == (1, False)


def test_the_head_shows_it(qtbot: Any) -> None:
    view = QTableView()
    qtbot.addWidget(view)
    header = view.horizontalHeader()
    show_order(header, (2, True))
    assert header.isSortIndicatorShown()
    assert header.sortIndicatorSection() == 2
    assert header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
    show_order(header, UNSORTED)
    assert not header.isSortIndicatorShown()
