"""The state of a server at a glance; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from launcher import theme
from launcher.core.state import SessionState


class StatePill(QLabel):
    """The state as a word, a shape and a colour, so that any one of them is enough."""

    _TONES = {
        SessionState.STOPPED: "muted",
        SessionState.STARTING: "info",
        SessionState.RUNNING: "good",
        SessionState.RELOADING: "info",
        SessionState.BROKEN: "danger",
        SessionState.STOPPING: "warning",
        SessionState.FAILED: "danger",
    }

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stateLabel")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        font = self.font()
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)
        self.state = SessionState.STOPPED
        self.show_state(SessionState.STOPPED)

    def show_state(self, state: SessionState) -> None:
        """Show another state."""
        self.state = state
        self.setText(state.value)
        self.setAccessibleName(f"Server state: {state.value}")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance(state.value) for state in SessionState)
        return QSize(widest + 42, metrics.height() + 12)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        tone = theme.colour(self.palette(), self._TONES[self.state])
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ground = QColor(tone)
        ground.setAlpha(34)
        painter.setBrush(ground)
        edge = QColor(tone)
        edge.setAlpha(110)
        painter.setPen(QPen(edge, 1))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        left = (self.width() - 18 - self.fontMetrics().horizontalAdvance(self.text())) // 2
        self._paint_shape(painter, QPointF(left + 5, box.center().y()), tone)
        painter.setPen(tone)
        painter.drawText(
            self.rect().adjusted(left + 18, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text()
        )
        painter.end()

    def _paint_shape(self, painter: QPainter, at: QPointF, tone: QColor) -> None:
        painter.setPen(QPen(tone, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = QRectF(at.x() - 4, at.y() - 4, 8, 8)
        if self.state is SessionState.RUNNING:
            painter.setBrush(tone)
            painter.drawEllipse(ring)
        elif self.state is SessionState.STOPPED:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tone)
            painter.drawRoundedRect(ring, 1.5, 1.5)
        elif self.state is SessionState.FAILED:
            painter.drawLine(ring.topLeft(), ring.bottomRight())
            painter.drawLine(ring.topRight(), ring.bottomLeft())
        elif self.state is SessionState.BROKEN:
            painter.drawLine(QPointF(at.x(), ring.top()), QPointF(at.x(), at.y() + 1))
            painter.drawPoint(QPointF(at.x(), ring.bottom()))
        elif self.state in (SessionState.STARTING, SessionState.RELOADING):
            painter.drawArc(ring, 30 * 16, 240 * 16)
        else:
            painter.drawArc(ring, 120 * 16, 120 * 16)
            painter.drawArc(ring, 300 * 16, 120 * 16)
