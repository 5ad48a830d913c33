"""Folders and files that are dropped on a window; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

__all__ = ["Drops"]

_ENTERS = (QEvent.Type.DragEnter, QEvent.Type.DragMove)


class Drops(QObject):
    """Takes what is dropped anywhere on a widget, but for where a child of it takes it itself."""

    dropped = Signal(str)
    """The path of a folder or file, once for each."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if not isinstance(event, QDropEvent):
            return super().eventFilter(watched, event)
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if not paths:
            return super().eventFilter(watched, event)
        event.acceptProposedAction()
        if event.type() not in _ENTERS:
            for path in paths:
                self.dropped.emit(path)
        return True
