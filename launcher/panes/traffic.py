"""How busy the server is, at the right of the tabs: numbers and a plot; GUI thread only.

The plot is one bar for each second of the last minute, the part of it that failed in red.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from launcher import theme
from launcher.core.display import duration, percent
from launcher.core.logs.traffic import QUIET, SECONDS, TrafficNumbers
from launcher.panes.controls.labels import SteadyLabel

__all__ = ["TrafficPlot", "TrafficView"]

_BAR, _HEIGHT = 1, 18
_LEAST = 5.0  # requests a second that fill the plot, where there are no more


def numbers_text(numbers: TrafficNumbers) -> str:
    """The numbers on one line; "" where there is nothing to show."""
    if numbers.is_quiet:
        return ""
    parts = [f"{_rate(numbers.rate)}/s"]
    if numbers.p95 is not None:
        parts.append(f"p95 {duration(numbers.p95)}")
    if numbers.failed:
        parts.append(f"{percent(numbers.failed)} err")
    if numbers.running:
        parts.append(f"{numbers.running:,} in flight")
    return "   ".join(parts)


def explained(numbers: TrafficNumbers) -> str:
    """All of the numbers, one a line."""
    if numbers.is_quiet:
        return "No requests in the last minute"
    lines = [
        f"{_rate(numbers.rate)} requests/s, {_rate(numbers.errors)} errors/s",
        f"{numbers.running:,} in flight",
    ]
    for name, seconds in (("p50", numbers.p50), ("p95", numbers.p95), ("p99", numbers.p99)):
        if seconds is not None:
            lines.append(f"{name} {duration(seconds)}")
    if numbers.failed:
        lines.append(f"{percent(numbers.failed)} failed")
    return "\n".join([*lines, "Times, shares and the plot are of the last minute."])


class TrafficPlot(QWidget):
    """The last minute, drawn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trafficPlot")
        self.setAccessibleName("Requests of the last minute")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.numbers = QUIET

    def show_numbers(self, numbers: TrafficNumbers) -> None:
        """Draw other numbers."""
        if numbers.seconds != self.numbers.seconds:
            self.numbers = numbers
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(SECONDS * (_BAR + 1), _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        palette, painter = self.window().palette(), QPainter(self)
        seconds = self.numbers.seconds[-SECONDS:]
        most = max([_LEAST, *(second.rate for second in seconds)])
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.colour(palette, "line"))
        left = self.width() - len(seconds) * (_BAR + 1)
        for second in seconds:
            if second.requests:
                height = max(2.0, second.rate / most * (self.height() - 1))
                red = max(2.0, height * second.errors / second.requests) if second.errors else 0.0
                bar = QRectF(left, self.height() - 1 - height, _BAR, height)
                painter.fillRect(bar, theme.colour(palette, "accent"))
                bar.setTop(bar.bottom() - red)
                painter.fillRect(bar, theme.colour(palette, "danger"))
            left += _BAR + 1
        painter.end()


class TrafficView(QWidget):
    """Numbers and plot.

    :ivar text: the numbers
    :ivar plot: the last minute
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = SteadyLabel("trafficLabel", self)
        self.text.setAccessibleName("How busy the server is")
        self.text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme.set_font(self.text, "second")
        self.plot = TrafficPlot(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 14, 0)
        row.setSpacing(10)
        row.addStretch(1)
        row.addWidget(self.text)
        row.addWidget(self.plot)
        self.plot.hide()

    def show_numbers(self, numbers: TrafficNumbers, *, plotted: bool) -> bool:
        """Show other numbers.

        :param plotted: whether there is room for the plot
        :returns: whether it takes another width by now
        """
        before = self.sizeHint()
        self.text.show_text(numbers_text(numbers))
        words = explained(numbers)
        if words != self.text.accessibleDescription():
            self.setToolTip(theme.plain_tooltip(words))  # of its parts, too: they have none
            self.text.setAccessibleDescription(words)
        self.plot.show_numbers(numbers)
        self.plot.setVisible(plotted and not numbers.is_quiet)
        return self.sizeHint() != before


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 or rate == int(rate) else f"{rate:.1f}"
