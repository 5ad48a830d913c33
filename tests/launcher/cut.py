"""What of a window is cut: smaller than it has to be, or beyond the edge of what holds it."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QLabel,
    QLayout,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from launcher.panes.list_and_details import LOW
from launcher.theme.fonts import text_size

_SLACK = 1  # pixels, of rounding


def cut_widgets(window: QWidget) -> list[str]:
    """Name everything that can be seen, and is cut; what scrolls is not."""
    return [
        f"{widget.objectName() or type(widget).__name__} {_text(widget)!r} {fault}"
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and not widget.isWindow() and not _scrolls(widget)
        for fault in (_fault(widget),)
        if fault
    ]


def _text(widget: QWidget) -> str:
    return str(widget.text()) if isinstance(widget, (QLabel, QAbstractButton)) else ""


def _scrolls(widget: QWidget) -> bool:
    """Whether it is inside of something that scrolls, or a part of a control of Qt's own."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = None if parent.isWindow() else parent.parentWidget()
    return widget.objectName().startswith("qt_") or isinstance(widget, QToolButton)


def _is_fixed(widget: QWidget) -> bool:
    elides = widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Ignored
    return elides or widget.minimumWidth() == widget.maximumWidth()


def _fault(widget: QWidget) -> str:
    least, size, parent = widget.minimumSizeHint(), widget.size(), widget.parentWidget()
    layout = widget.layout()
    leaves = isinstance(layout, QLayout) and (
        layout.sizeConstraint() == QLayout.SizeConstraint.SetNoConstraint
    )
    if _is_fixed(widget):
        least = size  # it ends in an ellipsis; or is an icon with less room around it
    if size.width() < least.width() - _SLACK and not leaves:
        return f"is {size.width()} px wide and needs {least.width()}"
    is_low = widget.window().height() < LOW * text_size()  # much scrolls that has room elsewhere
    if not is_low and size.height() < least.height() - _SLACK and not leaves:
        return f"is {size.height()} px high and needs {least.height()}"
    if size.isEmpty():  # nothing is in it now
        return ""
    if parent is not None and not parent.rect().contains(widget.geometry()):
        return f"at {widget.geometry().getRect()} is beyond {parent.size().toTuple()}"
    return ""
