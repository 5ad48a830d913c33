"""Tab goes through a window as it is read; GUI thread only.

Qt's own order is that in which widgets were made, or what was set for each pair; parts that come
and go later have no place in it. Here the order is that of the layouts, looked up when Tab is
pressed: what is laid out before comes before. Controls made of several widgets count as one, and
what is hidden or disabled isn't there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLayout,
    QMainWindow,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QWidget,
)

__all__ = ["ReadingOrder", "stops"]

_WHOLE = (QAbstractItemView, QAbstractSpinBox, QComboBox, QPlainTextEdit)
"""Controls whose own parts have no place in the order."""


class ReadingOrder:
    """Stands before the Qt class of a window, and has Tab go through it as it is read."""

    def focusNextPrevChild(self, forwards: bool) -> bool:  # noqa: N802
        order = stops(cast("QWidget", self))
        focused = QApplication.focusWidget()
        at = _place(order, focused)
        if not order or (focused is not None and at is None):
            # Nobody has pressed Tab: what had the focus is hidden now, and Qt finds what is near.
            return bool(super().focusNextPrevChild(forwards))  # type: ignore[misc]
        at = at if at is not None else -1 if forwards else len(order)
        step = 1 if forwards else -1
        reasons = Qt.FocusReason
        reason = reasons.TabFocusReason if forwards else reasons.BacktabFocusReason
        order[(at + step) % len(order)].setFocus(reason)
        return True


def stops(root: QWidget) -> list[QWidget]:
    """What Tab goes to within a widget, in its order."""
    return list(dict.fromkeys(_stops(root)))  # a part may be there by its layout and by its parent


def _stops(root: QWidget) -> Iterator[QWidget]:
    if not root.isVisible() or not root.isEnabled():
        return
    if root.focusPolicy() & Qt.FocusPolicy.TabFocus and root.focusProxy() is None:
        yield root
    if not isinstance(root, _WHOLE):
        for part in _parts(root):
            yield from _stops(part)


def _place(order: list[QWidget], focused: QWidget | None) -> int | None:
    """Where the focus is; None where it is in none of them."""
    while focused is not None:
        if focused in order:
            return order.index(focused)
        focused = focused.parentWidget()
    return None


def _parts(widget: QWidget) -> Iterator[QWidget]:
    """The widgets in a widget, as they are laid out; those without a place are the last."""
    found = [part for part in _laid_out(widget) if part is not None]
    yield from found
    for child in widget.children():
        if isinstance(child, QWidget) and not child.isWindow() and child not in found:
            yield child


def _laid_out(widget: QWidget) -> list[QWidget | None]:
    if isinstance(widget, QMainWindow):
        return [widget.centralWidget()]
    if isinstance(widget, QTabWidget):
        corners = (Qt.Corner.TopLeftCorner, Qt.Corner.TopRightCorner)
        left, right = (widget.cornerWidget(corner) for corner in corners)
        return [left, widget.tabBar(), right, widget.currentWidget()]
    if isinstance(widget, QStackedWidget):
        return [widget.currentWidget()]
    if isinstance(widget, QSplitter):
        return [widget.widget(at) for at in range(widget.count())]
    if isinstance(widget, QScrollArea):
        return [widget.widget()]
    layout = widget.layout()
    inside = [child for child in widget.children() if isinstance(child, QWidget)]
    return [] if layout is None else list(_items(layout, inside))


def _items(layout: QLayout, inside: Sequence[QWidget]) -> Iterator[QWidget]:
    """The widgets of a layout, in its order.

    Not by ``itemAt()``: PySide keeps what that returns, also after Qt has deleted it, and takes the
    layout that lies in its place later for a spacer.

    :param inside: those that may be in it
    """
    parts: list[QWidget | QLayout] = [*inside]
    parts += [part for part in layout.children() if isinstance(part, QLayout)]
    placed = sorted(((layout.indexOf(part), part) for part in parts), key=lambda pair: pair[0])
    for at, part in placed:
        if at < 0:
            continue
        if isinstance(part, QLayout):
            yield from _items(part, inside)
        else:
            yield part
