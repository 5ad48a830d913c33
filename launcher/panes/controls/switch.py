"""A check box that looks like a switch: for what takes effect by itself. GUI thread."""

from __future__ import annotations

from PySide6.QtCore import (
    Property,
    QEasingCurve,
    QEvent,
    QPropertyAnimation,
    QRectF,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QStyle, QWidget

from launcher import theme

__all__ = ["Switch"]

_TRACK = QSize(26, 14)
_GAP = 7
_KNOB = 5.0  # its radius
_MILLISECONDS = 120


class Switch(QCheckBox):
    """A :class:`QCheckBox` in all but its look; keyboard and accessibility are that one's.

    :param text: the words at its right; they may be hidden where there is little room
    """

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._position = 0.0
        self._shows_text = True
        self._move = QPropertyAnimation(self, b"position", self)
        self._move.setDuration(_MILLISECONDS)
        self._move.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.toggled.connect(self._slide)
        self.setAccessibleName(text.replace("&", ""))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_shows_text(self, shows: bool) -> None:
        """Show the words, or the switch alone; its name for a screen reader stays."""
        if shows != self._shows_text:
            self._shows_text = shows
            self.updateGeometry()
            self.update()

    @Slot(bool)
    def _slide(self, on: bool) -> None:
        target = 1.0 if on else 0.0
        style = self.style()
        moves = bool(style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self))
        if self.isVisible() and moves:
            self._move.setStartValue(self._position)
            self._move.setEndValue(target)
            self._move.start()
        else:
            self._move.stop()
            self._set_position(target)

    def _get_position(self) -> float:
        return self._position

    def _set_position(self, value: float) -> None:
        self._position = value
        self.update()

    position = Property(float, _get_position, _set_position)
    """Where the knob is: 0.0 is off, 1.0 is on."""

    # Qt's own

    def sizeHint(self) -> QSize:  # noqa: N802
        metrics = self.fontMetrics()
        words = metrics.horizontalAdvance(self._words())
        width = _TRACK.width() + (_GAP + words if words else 0)
        return QSize(width + 2, max(_TRACK.height(), metrics.height()) + 4)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def hitButton(self, pos: object) -> bool:  # noqa: N802
        return self.rect().contains(pos)  # type: ignore[call-overload, no-any-return]

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - _TRACK.height()) / 2
        track = QRectF(1, top, _TRACK.width(), _TRACK.height())
        painter.setPen(Qt.PenStyle.NoPen)
        on = self._position > 0.5
        if not self.isEnabled():
            painter.setBrush(theme.colour(self.palette(), "line"))
        elif on:
            name = "accent_pressed" if self.isDown() else "accent"
            painter.setBrush(theme.colour(self.palette(), name))
        else:
            painter.setBrush(theme.colour(self.palette(), "muted" if self.isDown() else "edge"))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        travel = track.width() - track.height()
        centre = track.left() + track.height() / 2 + travel * self._position
        painter.setBrush(theme.colour(self.palette(), "on_accent" if on else "base"))
        painter.drawEllipse(QRectF(centre - _KNOB, top + 2, 2 * _KNOB, 2 * _KNOB))
        words = self._words()
        if words:
            painter.setPen(theme.colour(self.palette(), "text" if self.isEnabled() else "faint"))
            left = int(track.right()) + _GAP
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(left, 0, self.width() - left, self.height(), flags, words)
        painter.end()

    def _words(self) -> str:
        if not self._shows_text:
            return ""
        return self.text().replace("&&", "\0").replace("&", "").replace("\0", "&")
