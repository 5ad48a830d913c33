"""Sorting by a click on a column's head, in panes that keep their order themselves; GUI thread."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView

__all__ = ["Order", "next_order", "show_order"]

Order = tuple[int, bool]
"""A column, below 0 for none, and whether the largest come first."""


def next_order(order: Order, column: int, *, largest_first: bool, unsorted: Order) -> Order:
    """The order after a click: by this column; again: the other way round; once more: none.

    :param largest_first: how it is sorted at first: numbers from the largest on, names from A on
    :param unsorted: what stands for none
    """
    if order == (column, largest_first):
        return column, not largest_first
    return unsorted if order[0] == column else (column, largest_first)


def show_order(header: QHeaderView, order: Order) -> None:
    """Mark the column by which is sorted, or none."""
    column, descending = order
    header.setSortIndicatorShown(column >= 0)
    if column >= 0:
        down = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(column, down)
