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
            # Nobody has pressed Tab: what had the focus is hidden or disabled now.
            before = _before(cast("QWidget", self), order, focused)
            if before is None:
                return bool(super().focusNextPrevChild(forwards))  # type: ignore[misc]
            before.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        at = at if at is not None else -1 if forwards else len(order)
        step = 1 if forwards else -1
        reasons = Qt.FocusReason
        reason = reasons.TabFocusReason if forwards else reasons.BacktabFocusReason
        order[(at + step) % len(order)].setFocus(reason)
        return True


def stops(root: QWidget) -> list[QWidget]:
    """What Tab goes to within a widget, in its order."""
    return list(dict.fromkeys(_stops(root)))  # a part may be there by its layout and by its parent


def _before(root: QWidget, order: list[QWidget], gone: QWidget | None) -> QWidget | None:
    """What is read before something that was hidden or disabled a moment ago.

    :param order: what Tab goes to now
    """
    with_it = list(dict.fromkeys(_stops(root, gone)))
    at = _place(with_it, gone)
    found = [stop for stop in with_it[:at] if stop in order]
    return found[-1] if at is not None and found else None


def _stops(root: QWidget, gone: QWidget | None = None) -> Iterator[QWidget]:
    """What Tab goes to; with ``gone`` in its place, though it is hidden or disabled."""
    holds_gone = gone is not None and (root is gone or root.isAncestorOf(gone))
    if not holds_gone and not (root.isVisible() and root.isEnabled()):
        return
    if root.focusPolicy() & Qt.FocusPolicy.TabFocus and root.focusProxy() is None:
        yield root
    if not isinstance(root, _WHOLE):
        for part in _parts(root):
            yield from _stops(part, gone)


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
