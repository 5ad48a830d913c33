"""The head of a request's details: method and path, how it went, and the facts in one line.

GUI thread only. What comes from the client is painted as plain text.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QLabel,
    QSizePolicy,
    QWidget,
)

from launcher import theme
from launcher.core import display
from launcher.core.logs.requests import Outcome, RequestRow
from launcher.core.request_facts import readable_target
from launcher.models.requests import WRITING
from launcher.panes.controls.shapes import draw
from launcher.panes.request_rows import CHIP_HEIGHT, CHIP_PAD, MARK_ROOM, MARKS
from server.events import RequestFinished

__all__ = ["RequestStatus", "RequestTitle", "facts_of", "status_of"]

_GAP = 12
_MARK = 12
_PAINTED = 2000  # characters of a path or a query that are measured for painting


class RequestTitle(QLabel):
    """Method and path. Its text is both, whole; what there is no room for leaves from the middle
    of the path, and of the query from its end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestTitle")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._method = self._path = self._query = ""

    def show_request(self, row: RequestRow, *, secrets: bool = False) -> None:
        """Show a request's first line; secrets in it are masked.

        :param secrets: show them
        """
        path, query = readable_target(row, secrets=secrets)
        self._method = display.one_line(row.method, 40)
        self._path, self._query = path[:_PAINTED], query[:_PAINTED]
        self.setText(f"{self._method} {path}{query}")
        self.setToolTip(theme.plain_tooltip(display.one_line(self.text(), _PAINTED)))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(60, max(CHIP_HEIGHT, round(QFontMetricsF(theme.font("name")).height())) + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        left = self._paint_method(painter, middle) + _GAP
        font = theme.font("datum")
        font.setPointSizeF(theme.font("name").pointSizeF())
        font.setWeight(theme.font("name").weight())
        metrics = QFontMetricsF(font)
        room = max(0.0, self.width() - left)
        wanted = min(metrics.horizontalAdvance(self._query), room / 3)
        path = metrics.elidedText(self._path, Qt.TextElideMode.ElideMiddle, room - wanted)
        left = self._paint_text(painter, path, font, "text", left)
        font.setWeight(theme.font("mono").weight())
        rest = metrics.elidedText(self._query, Qt.TextElideMode.ElideRight, self.width() - left)
        self._paint_text(painter, rest, font, "muted", left)
        painter.end()

    def _paint_method(self, painter: QPainter, middle: float) -> float:
        font = theme.font("small_mono")
        writes = self._method in WRITING
        if writes:
            font.setWeight(theme.font("strong").weight())
        width = QFontMetricsF(font).horizontalAdvance(self._method)
        if writes:
            chip = QRectF(0, middle - CHIP_HEIGHT / 2, width + 2 * CHIP_PAD, CHIP_HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(self.palette(), "tint"))
            painter.drawRoundedRect(chip, 4, 4)
        tone = "link" if writes else "muted"
        return self._paint_text(painter, self._method, font, tone, CHIP_PAD if writes else 0)

    def _paint_text(
        self, painter: QPainter, text: str, font: QFont, tone: str, left: float
    ) -> float:
        """Paint a text; returns where it ends."""
        painter.setFont(font)
        painter.setPen(theme.colour(self.palette(), tone))
        width = painter.fontMetrics().horizontalAdvance(text)
        area = QRectF(left, 0, width + 2, self.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        return left + width


class RequestStatus(QLabel):
    """How a request went, by shape, colour and word."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestStatus")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._outcome = Outcome.PENDING

    def show_request(self, row: RequestRow) -> None:
        """Show a request's outcome."""
        self._outcome = row.outcome
        done = row.finished
        self.setText(row.outcome.value if done is None else status_of(done))
        self.setToolTip(theme.plain_tooltip(self.text()))
        self.updateGeometry()

    def _short(self) -> str:
        """What is painted: the reason stands in the answer, and the path needs the room."""
        first, _, rest = self.text().partition(" ")
        return first if first.isdigit() and not rest.endswith("(aborted)") else self.text()

    def sizeHint(self) -> QSize:  # noqa: N802
        metrics = QFontMetricsF(theme.font("strong"))
        width = min(metrics.horizontalAdvance(self._short()), 240.0)
        return QSize(round(MARK_ROOM + width) + 4, round(metrics.height()) + 4)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        shape, mark, tone = MARKS[self._outcome]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        painter.save()
        painter.translate(0, (self.height() - _MARK) / 2)
        draw(painter, shape, theme.colour(palette, mark), theme.colour(palette, "base"))
        painter.restore()
        painter.setFont(theme.font("strong"))
        painter.setPen(theme.colour(palette, tone))
        room = self.width() - MARK_ROOM
        text = painter.fontMetrics().elidedText(self._short(), Qt.TextElideMode.ElideRight, room)
        area = QRectF(MARK_ROOM, 0, room, self.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        painter.end()


def status_of(done: RequestFinished) -> str:
    """The status and its reason, in words where there was none."""
    if not done.status:
        return "no answer"
    text = f"{done.status} {display.one_line(done.reason, 80)}".rstrip()
    if done.upgrade:
        text = f"{text} ({display.one_line(done.upgrade, 40)})"
    return f"{text} (aborted)" if done.aborted else text


def facts_of(done: RequestFinished, queries: int = 0) -> str:
    """How long it took, how many queries it made and how much was answered, in one line."""
    parts = (
        display.duration(done.duration),
        display.plural(queries, "query", "queries") if queries else "",
        display.size(done.response_body.size),
    )
    return "  \u00b7  ".join(filter(None, parts))
