"""The ring around the button or switch that has the focus by keyboard. GUI thread.

A style sheet can't paint outside of its widget, and a border that grows moves the words in it. So
one transparent widget of the window lies over all of its parts and follows the focus. Fields and
lists show focus by themselves.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from shiboken6 import isValid

from launcher import theme

__all__ = ["FocusRing"]

_DISTANCE = 2
_WIDTH = 1.6
_RADIUS = 8.0


class FocusRing(QWidget):
    """Lies over a window and rings the focused button.

    :param window: what it lies over
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("focusRing")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._around: QWidget | None = None
        self._watched: list[QWidget] = []  # it moves with each of those that it is in
        self.hide()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    @property
    def around(self) -> QWidget | None:
        """What it rings now."""
        return self._around

    @Slot(QWidget, QWidget)
    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        self._leave()
        # With a mouse button down it is the mouse that gave the focus.
        by_key = QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
        if isinstance(new, QAbstractButton) and by_key and new.window() is self.window():
            self._around = new
            part: QWidget | None = new
            while part is not None and part is not self.window():
                part.installEventFilter(self)
                self._watched.append(part)
                part = part.parentWidget()
        self._place()

    def _leave(self) -> None:
        self._around = None
        for part in self._watched:
            if isValid(part):
                part.removeEventFilter(self)
        self._watched.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        kinds = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)
        if event.type() in kinds:
            self._place()
        elif event.type() == QEvent.Type.MouseButtonPress and watched is self._around:
            self._leave()
            self._place()
        return False

    def _place(self) -> None:
        around = self._around
        if around is None or not around.isVisible():
            self.hide()
            return
        corner = around.mapTo(self.window(), QPoint(0, 0))
        more = _DISTANCE + 2
        self.setGeometry(QRect(corner, around.size()).adjusted(-more, -more, more, more))
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour(self.palette(), "accent"), _WIDTH))
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(area, _RADIUS, _RADIUS)
        painter.end()
