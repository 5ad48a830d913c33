"""The state of a server as a shape and a word, in one colour; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from launcher import theme
from launcher.core.state import SessionState
from launcher.panes.controls.turning import STEPS, Turning

__all__ = ["StateLabel", "StateShape", "paint_state"]

# What each state looks like: its colour and its shape, so that either is enough.
_LOOKS = {
    SessionState.STOPPED: ("muted", "circle"),
    SessionState.STARTING: ("link", "arc"),
    SessionState.RUNNING: ("good", "dot"),
    SessionState.RELOADING: ("link", "arrow"),
    SessionState.BROKEN: ("danger", "cross"),
    SessionState.STOPPING: ("soft", "arc"),
    SessionState.FAILED: ("danger", "cross"),
    SessionState.CRASHED: ("danger", "cross"),
}


def tone(state: SessionState) -> str:
    """The colour of a state, as a field of :class:`~launcher.theme.palette.Colours`."""
    return _LOOKS[state][0]


def paint_state(
    painter: QPainter, at: QPointF, state: SessionState, palette: QPalette, step: int = 0
) -> None:
    """Paint the shape of a state, some 9 pixels wide.

    :param at: its centre
    :param step: how far an arc has turned, in twelfths
    """
    name, shape = _LOOKS[state]
    colour: QColor = theme.colour(palette, name)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(colour, 1.8)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    ring = QRectF(at.x() - 4, at.y() - 4, 8, 8)
    if shape == "dot":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(at, 3.8, 3.8)
    elif shape == "circle":
        painter.drawEllipse(at, 3.6, 3.6)
    elif shape == "arc":
        painter.drawArc(ring, (60 - step * 360 // STEPS) * 16, 270 * 16)
    elif shape == "arrow":
        painter.drawArc(ring, 60 * 16, 300 * 16)
        painter.drawPolyline(
            [QPointF(at.x() + 0.6, at.y() - 4.4), QPointF(at.x() + 3.6, at.y() - 3.4),
             QPointF(at.x() + 2.8, at.y() - 0.6)]
        )  # fmt: skip
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(at, 5.5, 5.5)
        painter.setPen(QPen(theme.colour(palette, "base"), 1.6))
        painter.drawLine(QPointF(at.x() - 2, at.y() - 2), QPointF(at.x() + 2, at.y() + 2))
        painter.drawLine(QPointF(at.x() - 2, at.y() + 2), QPointF(at.x() + 2, at.y() - 2))
    painter.restore()


class StateShape(Turning):
    """The shape alone; the word stands beside it. An arc turns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stateShape")
        self.setFixedSize(13, 13)
        self._state = SessionState.STOPPED
        self._paused = False
        self.set_goes_on(False)

    def show_state(self, state: SessionState, *, paused: bool = False) -> None:
        """Show another state.

        :param paused: it waits for a person
        """
        self._state = state
        self._paused = paused
        self.set_goes_on(_LOOKS[state][1] == "arc")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        if self._paused:
            for x in (3.5, 8.0):
                painter.fillRect(QRectF(x, 2.5, 2, 8), theme.colour(self.palette(), "link"))
        else:
            paint_state(painter, QPointF(6.5, 6.5), self._state, self.palette(), self.step)
        painter.end()


class StateLabel(QLabel):
    """The word; as wide as the longest one, so that nothing moves when the state changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stateLabel")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        theme.set_font(self, "button")
        self.state = SessionState.STOPPED
        self._tone = ""
        self.show_state(SessionState.STOPPED)

    def show_state(self, state: SessionState, words: str = "", tone: str = "") -> None:
        """Show another state.

        :param words: instead of its own word
        :param tone: the colour, instead of its own
        """
        self.state = state
        self._tone = tone
        self.setText(words or state.value)
        self.setAccessibleName(f"Server state: {self.text()}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        metrics = self.fontMetrics()
        words = (self.text(), *(state.value for state in SessionState))
        widest = max(map(metrics.horizontalAdvance, words))
        return QSize(widest + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setPen(theme.colour(self.palette(), self._tone or tone(self.state)))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()
