"""Where the time of a request goes: one stacked bar, and below it each part; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from launcher import theme
from launcher.core.display import microseconds, percent, plural
from launcher.core.logs.flow import Timeline
from launcher.core.logs.flow_parties import AFTER
from launcher.models.flow import PARTY_NAMES
from launcher.theme.fonts import text_size

from .party_tones import TONES

__all__ = ["TimeBand"]

_BAR, _GAP = 14, 2
_HEIGHT, _LOW = 80, 48
_LEAST = 3
"""Pixels of a part that is too short to be seen."""


class TimeBand(QWidget):
    """The parts in descending order, with their names, shares and times.

    What ServeDeck does after a failure isn't in it. Where there is little room, the times leave,
    and then the shortest parts.

    :param titled: with a heading, and how long it took in how many steps
    """

    def __init__(
        self, name: str, parent: QWidget | None = None, *, titled: bool = True, edge: int = 16
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._titled, self._edge = titled, edge
        self._line = Timeline()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_line(self, line: Timeline) -> None:
        """Show another request's."""
        self._line = line
        self.setAccessibleName("Where the time goes")
        self.setAccessibleDescription(self.text())
        self.setToolTip(theme.plain_tooltip(self.text()))
        self.update()

    def text(self) -> str:
        """What it shows, as a text."""
        parts = [
            f"{PARTY_NAMES[party]} {percent(time / self._whole)}, {microseconds(time)}"
            for party, time in self._line.parties
        ]
        return "\n".join((self._length(), *parts)) if parts else ""

    @property
    def _whole(self) -> int:
        return max(1, self._line.counted)

    def _length(self) -> str:
        line = self._line
        counted = microseconds(line.counted)
        steps = plural(len(line.steps), "step")
        if any(step.party == AFTER for step in line.steps):
            text = f"{counted} without what follows the failure, {steps}"
        else:
            text = f"{counted} in {steps}"
        if line.left_out:
            text += f", {plural(line.left_out, 'more step')} not shown"
        if line.spans_left_out:
            text += f", {plural(line.spans_left_out, 'more call')} counted only"
        return text

    # Qt's own

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(300, round((_HEIGHT if self._titled else _LOW) * text_size()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(100, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        if not self._line.parties:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 10.0
        if self._titled:
            top = self._paint_title(painter, top)
        self._paint_bar(painter, top)
        self._paint_names(painter, top + _BAR + 8)
        painter.end()

    def _paint_title(self, painter: QPainter, top: float) -> float:
        strong, second = theme.font("strong"), theme.font("second")
        height = max(QFontMetricsF(strong).height(), 16.0)
        width = QFontMetricsF(strong).horizontalAdvance("Where the time goes")
        line = QRectF(self._edge, top, self.width() - 2 * self._edge, height)
        painter.setFont(strong)
        painter.setPen(theme.colour(self.palette(), "text"))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, "Where the time goes")
        painter.setFont(second)
        painter.setPen(theme.colour(self.palette(), "muted"))
        rest = line.adjusted(width + 12, 0, 0, 0)
        words = QFontMetricsF(second).elidedText(
            self._length(), Qt.TextElideMode.ElideRight, max(0.0, rest.width())
        )
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, words)
        return top + height + 7

    def _paint_bar(self, painter: QPainter, top: float) -> None:
        parts = self._line.parties
        room = self.width() - 2.0 * self._edge - _GAP * (len(parts) - 1)
        left = float(self._edge)
        painter.setPen(Qt.PenStyle.NoPen)
        for party, time in parts:
            width = max(float(_LEAST), room * time / self._whole)
            painter.setBrush(theme.colour(self.palette(), TONES[party]))
            painter.drawRoundedRect(QRectF(left, top, width, _BAR), 3, 3)
            left += width + _GAP

    def _paint_names(self, painter: QPainter, top: float) -> None:
        second, strong = theme.font("second"), theme.font("second")
        strong.setWeight(theme.font("strong").weight())
        plain, bold = QFontMetricsF(second), QFontMetricsF(strong)
        room = self.width() - self._edge
        parts = [
            (party, PARTY_NAMES[party], percent(time / self._whole), microseconds(time))
            for party, time in self._line.parties
        ]

        def width(name: str, share: str, time: str, timed: bool) -> float:
            words = 16 + plain.horizontalAdvance(name) + 6 + bold.horizontalAdvance(share)
            return words + (6 + plain.horizontalAdvance(time) if timed else 0) + 22

        timed = self._edge + sum(width(*part[1:], True) for part in parts) - 22 <= room
        left = float(self._edge)
        height = max(plain.height(), 15.0)
        for party, name, share, time in parts:
            if left + width(name, share, time, timed) - 22 > room:
                break  # in full, or not at all
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(self.palette(), TONES[party]))
            painter.drawRoundedRect(QRectF(left, top + height / 2 - 5, 10, 10), 2.5, 2.5)
            left += 16
            for text, font, tone in (
                (name, second, "soft"),
                (share, strong, "text"),
                (time if timed else "", second, "muted"),
            ):
                if not text:
                    continue
                painter.setFont(font)
                painter.setPen(theme.colour(self.palette(), tone))
                advance = QFontMetricsF(font).horizontalAdvance(text)
                area = QRectF(left, top, advance + 2, height)
                painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, text)
                left += advance + 6
            left += 16
