"""The last rounds as a grid: a row for each pin, a column for each round; GUI thread only."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from launcher import theme
from launcher.core.display import clock, one_line, plural
from launcher.core.watch.judging import Verdict
from launcher.core.watch.rounds import Round, WatchLog
from launcher.models.watch import VERDICTS, PinModel

from .entries import draw_shape

__all__ = ["RoundGrid", "rounds_title"]

_COLUMN, _ROW, _HEAD = 16, 20, 30
_MARGIN, _NAME = 16, 150
_MOST = 16  # columns


class RoundGrid(QWidget):
    """How each pin went in the last rounds, the newest at the right.

    :param log: the rounds
    :param model: the pins, in their order
    """

    chosen = Signal(str)
    """The user wants to see the pin with this key."""

    def __init__(self, log: WatchLog, model: PinModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log, self._model = log, model
        self.setObjectName("watchGrid")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The last times the pins were sent")

    def refresh(self) -> None:
        """Show what the log has by now."""
        rounds = self._rounds()
        self.setAccessibleDescription("; ".join(map(_summary, rounds[-3:])))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        rows = len(self._model.rows)
        return QSize(300, self._head_height() + rows * self._row_height() + 8 if rows else 0)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(240, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        rounds, rows = self._rounds(), self._model.rows
        if not rows:
            painter.end()
            return
        self._paint_head(painter, rounds)
        top, height = self._head_height(), self._row_height()
        right = self.width() - _MARGIN
        if len(rounds) > 1:  # between the newest and those before
            line = right - _COLUMN
            painter.fillRect(line, top - 6, 1, len(rows) * height + 8, self._colour("line"))
        mono = theme.font("small_mono")
        metrics = QFontMetrics(mono)
        width = max(60, right - len(rounds) * _COLUMN - _MARGIN - 12)
        for number, cells in enumerate(rows):
            room = QRect(_MARGIN, top + number * height, width, height)
            if not room.intersects(event.rect().adjusted(-self.width(), 0, self.width(), 0)):
                continue
            name = metrics.elidedText(
                f"{cells.path}{cells.query}", Qt.TextElideMode.ElideMiddle, width
            )
            painter.setFont(mono)
            painter.setPen(self._colour("muted"))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
            painter.drawText(room, flags, name)
            for column, made in enumerate(reversed(rounds)):
                left = right - (column + 1) * _COLUMN
                self._paint_cell(painter, made, cells.key, QRect(left, room.top(), _COLUMN, height))
        painter.end()

    def _paint_head(self, painter: QPainter, rounds: list[Round]) -> None:
        room = QRect(_MARGIN, 0, self.width() - 2 * _MARGIN, self._head_height() - 6)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.setFont(theme.font("strong"))
        painter.setPen(self._colour("text"))
        painter.drawText(room, flags | Qt.AlignmentFlag.AlignLeft, rounds_title(rounds))
        if rounds:
            first, last = clock(rounds[0].time)[:5], clock(rounds[-1].time)[:5]
            span = first if first == last else f"{first} to {last}"
            painter.setFont(theme.font("second"))
            painter.setPen(self._colour("muted"))
            painter.drawText(room, flags | Qt.AlignmentFlag.AlignRight, span)

    def _paint_cell(self, painter: QPainter, made: Round, key: str, room: QRect) -> None:
        found = made.judgements.get(key)
        left = (room.width() - 12) // 2
        ground = self._colour("base")
        if found is not None and found.verdict is Verdict.SAME:
            pale = self._colour("good")
            pale.setAlphaF(0.65)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pale)
            painter.drawEllipse(room.center() + QPoint(1, 1), 2.6, 2.6)
            painter.restore()
        elif found is not None:
            shape, tone = VERDICTS[found.verdict]
            draw_shape(painter, shape, self._colour(tone), ground, room, left)
        else:
            tone = "danger" if made.failed else "faint"
            dash = QRect(room.center().x() - 2, room.center().y() + 1, 6, 1)
            painter.fillRect(dash, self._colour(tone))

    # What the pointer is over

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            made = self._round_at(event.pos())
            text = "" if made is None else _summary(made)
            QToolTip.showText(event.globalPos(), theme.plain_tooltip(text), self)
            return True
        return super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        row = (round(event.position().y()) - self._head_height()) // self._row_height()
        cells = self._model.cells(row)
        if event.button() == Qt.MouseButton.LeftButton and cells is not None:
            self.chosen.emit(cells.key)

    def _round_at(self, at: QPoint) -> Round | None:
        rounds = self._rounds()
        column = (self.width() - _MARGIN - at.x()) // _COLUMN
        return rounds[-1 - column] if 0 <= column < len(rounds) else None

    def _rounds(self) -> list[Round]:
        room = (self.width() - 2 * _MARGIN - _NAME) // _COLUMN
        return list(self._log.rounds)[-max(1, min(_MOST, room)) :]

    def _head_height(self) -> int:
        return max(_HEAD, QFontMetrics(theme.font("strong")).height() + 14)

    def _row_height(self) -> int:
        return max(_ROW, QFontMetrics(theme.font("small_mono")).height() + 5)

    def _colour(self, name: str) -> QColor:
        return theme.colour(self.palette(), name)


def rounds_title(rounds: list[Round]) -> str:
    """What the columns are; those that were sent by hand are no reloads."""
    if not rounds:
        return "No reload yet"
    what = "time" if any(not made.cause and not made.failed for made in rounds) else "reload"
    return f"The last {what}" if len(rounds) == 1 else f"The last {len(rounds)} {what}s"


def _summary(made: Round) -> str:
    """What a round was, in a sentence."""
    names = [PurePath(path).name for path in made.cause]
    more = f" and {plural(len(names) - 1, 'other file')}" if len(names) > 1 else ""
    what = f"{names[0]}{more}" if names else "sent again"
    end = "failed to reload" if made.failed else ""
    return one_line(", ".join(filter(None, (clock(made.time)[:8], what, end))), 200)
