"""What the two shades of a time line's bars mean, or the colours of a list's; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from launcher import theme
from launcher.core.display import microseconds
from launcher.core.logs.flow import Timeline
from launcher.core.logs.flow_parties import PARTIES
from launcher.models.flow import PARTY_NAMES

from .party_tones import TONES
from .timeline import pale

__all__ = ["Legend"]

_LEFT = 16


class Legend(QWidget):
    """What colours and shades mean.

    :param shades: those of a time line; else the colours of the parties
    """

    def __init__(self, parent: QWidget | None = None, *, shades: bool = True) -> None:
        super().__init__(parent)
        self._shades = shades
        self._end = ""
        self._alarm = "danger"
        self._hint = ""
        self.setObjectName("flowLegend")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Solid: a step's own time. Pale: with the steps inside of it.")

    def show_line(self, line: Timeline, alarm: str, hint: str = "") -> None:
        """Have the moment of the failure named.

        :param alarm: the colour in which the time line shows it
        :param hint: what keys do, at the right end
        """
        self._alarm = alarm
        failed = line.failed_at
        self._end = "" if failed is None else f"Failed after {microseconds(failed)}"
        self._hint = hint
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, self.fontMetrics().height() + 10)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, metrics = self.palette(), self.fontMetrics()
        middle = self.height() / 2
        left = float(_LEFT)
        grey = theme.colour(palette, "muted")
        items: list[tuple[QColor, int, str]] = [
            (theme.colour(palette, TONES[party]), 255, PARTY_NAMES[party]) for party in PARTIES
        ]
        wide = 9
        if self._shades:
            wide = 16
            items = [(grey, 255, "Own time"), (grey, pale(palette), "With the steps inside")]
            if self._end:
                items.append((theme.colour(palette, self._alarm), 255, self._end))
        for tone, alpha, text in items:
            width = metrics.horizontalAdvance(text)
            if left + wide + 6 + width > self.width():
                return  # in full, or not at all
            shade = QColor(tone)
            shade.setAlpha(alpha)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            if text == self._end:
                painter.fillRect(QRect(round(left) + wide - 2, round(middle) - 7, 2, 14), shade)
            else:
                painter.drawRoundedRect(QRectF(left, middle - 4.5, wide, 9), 2, 2)
            left += wide + 6
            self._text(painter, QRectF(left, 0, width + 2, self.height()), text)
            left += width + 16
        width = metrics.horizontalAdvance(self._hint)
        if self._hint and left + width + _LEFT < self.width():
            area = QRectF(self.width() - width - _LEFT - 2, 0, width + 2, self.height())
            self._text(painter, area, self._hint)

    def _text(self, painter: QPainter, area: QRectF, text: str) -> None:
        painter.setPen(theme.colour(self.palette(), "muted"))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, text)
