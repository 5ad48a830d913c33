"""What was just done, with Undo, over the foot of the window for some seconds; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from launcher.core.display import one_line
from launcher.core.messages import Undo

__all__ = ["SHOWN_MS", "UndoToast"]

SHOWN_MS = 8000
_ABOVE_FOOT = 44
_MARGIN = 12


class UndoToast(QFrame):
    """Offers one thing at a time to be taken back. It never takes the focus.

    :param window: over which it lies
    """

    offers = Signal(bool)
    """Whether something can be taken back now."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("undoToast")
        self._undo: Undo | None = None
        self.label = QLabel(self)
        self.label.setObjectName("undoText")
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton("Undo  Ctrl+Z", self)
        self.button.setObjectName("undoButton")
        self.button.setAccessibleName("Undo")
        self.button.clicked.connect(self.take_back)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 4, 8, 4)
        layout.setSpacing(24)
        layout.addWidget(self.label)
        layout.addStretch(1)
        layout.addWidget(self.button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self.end)
        window.installEventFilter(self)
        self.hide()

    @Slot(object)
    def offer(self, undo: Undo) -> None:
        """Show it; what was offered before can't be taken back here any more."""
        self._undo = undo
        self.label.setText(one_line(undo.text, 120))
        self.setAccessibleName(f"{self.label.text()}. Ctrl+Z takes it back.")
        self._place()
        self.show()
        self.raise_()
        self._timer.start()
        self.offers.emit(True)

    @Slot()
    def take_back(self) -> None:
        """Undo what is offered."""
        undo = self._undo
        self.end()
        if undo is not None:
            undo.run()

    @Slot()
    def end(self) -> None:
        """Offer nothing any more."""
        self._undo = None
        self._timer.stop()
        self.hide()
        self.offers.emit(False)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize and self._undo is not None:
            self._place()
        return False

    def _place(self) -> None:
        window = self.parentWidget()
        assert window is not None
        size = self.sizeHint()
        size.setWidth(min(max(size.width(), 268), window.width() - 2 * _MARGIN))
        self.resize(size)
        left = (window.width() - size.width()) // 2
        self.move(QPoint(left, window.height() - size.height() - _ABOVE_FOOT))
