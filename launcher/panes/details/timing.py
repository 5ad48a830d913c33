"""Where a request's time went, as bars under each other; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from launcher import theme
from launcher.core.display import duration, percent
from launcher.core.request_facts import Span

__all__ = ["TimingBars", "TimingPage"]

_ROW, _BAR, _EDGE, _INDENT = 26, 10, 16, 12


class TimingBars(QWidget):
    """One row for each span: its name, its bar on a common scale, its length and share."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timingBars")
        self.spans: tuple[Span, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_spans(self, spans: tuple[Span, ...]) -> None:
        """Show other spans; the first one is the whole."""
        if spans == self.spans:
            return
        self.spans = spans
        words = (f"{span.name}: {duration(span.length)}" for span in spans[:50])
        self.setAccessibleName("Where the time went")
        self.setAccessibleDescription("; ".join(words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(300, _ROW * len(self.spans) + 16)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if not self.spans:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        second, strong = theme.font("second"), theme.font("second")
        strong.setWeight(theme.font("strong").weight())
        metrics = QFontMetricsF(second)
        numbers = metrics.horizontalAdvance("888.88 ms  100 %") + 8
        widest = max(
            metrics.horizontalAdvance(span.name) + span.depth * _INDENT for span in self.spans
        )
        names = min(widest + 12, (self.width() - 2 * _EDGE - numbers) * 0.55)
        left = _EDGE + names
        room = max(20.0, self.width() - left - numbers - _EDGE)
        total = max(self.spans[0].length, 1e-9)
        palette = self.palette()
        first = max(0, (event.rect().top() - 8) // _ROW)
        last = min(len(self.spans), (event.rect().bottom() - 8) // _ROW + 1)
        for number in range(first, last):
            span, top = self.spans[number], 8 + number * _ROW
            painter.setFont(strong if number == 0 else second)
            painter.setPen(theme.colour(palette, "text" if number == 0 else "soft"))
            indent = span.depth * _INDENT
            area = QRectF(_EDGE + indent, top, names - indent - 8, _ROW)
            name = painter.fontMetrics().elidedText(
                span.name, Qt.TextElideMode.ElideMiddle, int(area.width())
            )
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, name)
            start = min(1.0, max(0.0, span.start / total))
            share = min(1.0 - start, span.length / total)
            bar = QRectF(left + start * room, top + (_ROW - _BAR) / 2, max(2, share * room), _BAR)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(palette, span.tone))
            painter.drawRoundedRect(bar, 3, 3)
            painter.setPen(theme.colour(palette, "text"))
            area = QRectF(left + room, top, numbers, _ROW)
            words = f"{duration(span.length)}  {percent(span.length / total)}"
            painter.drawText(
                area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words
            )
        painter.end()


class TimingPage(QScrollArea):
    """The bars, which scroll where there are many."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Where the time went")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.bars = TimingBars()
        self.setWidget(self.bars)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
