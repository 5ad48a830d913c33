"""The tabs of a page, with what each of them counts, and the numbers at their right; GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QStyle,
    QStyleOptionTab,
    QTabBar,
    QTabWidget,
    QWidget,
)

from launcher import theme
from launcher.core.logs.traffic import TrafficNumbers
from launcher.panes.traffic import TrafficView

__all__ = ["HEIGHT", "CountingTabBar", "FittedTabs", "Tabs"]

HEIGHT = 36
_PADDING = 12
_GAP = 6
_LINE = 2
_PLOTTED = 980
"""Pixels of width from which on there is room for a plot."""


class CountingTabBar(QTabBar):
    """Tabs with a number behind their words; a number can be urgent.

    A tab's text stays its words alone, so that those who look for a tab find it by its name.

    :param padding: pixels at each side of a tab's words, where there is room
    """

    laidOut = Signal()  # noqa: N815
    """The tabs may need another width now."""

    def __init__(self, parent: QWidget | None = None, padding: int = _PADDING) -> None:
        super().__init__(parent)
        self._full = self._padding = padding
        self._counts: dict[int, tuple[str, bool]] = {}
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setElideMode(Qt.TextElideMode.ElideNone)

    def count_text(self, index: int) -> str:
        """The number that is shown at a tab; "" for none."""
        return self._counts.get(index, ("", False))[0]

    def is_urgent(self, index: int) -> bool:
        """Whether the number is shown as one that asks for attention."""
        return self._counts.get(index, ("", False))[1]

    def set_count(self, index: int, count: int, *, urgent: bool = False) -> None:
        """Show a number at a tab; none where it is 0."""
        shown = (f"{count:,}" if count else "", urgent)
        old = self._counts.get(index, ("", False))
        if shown == old:
            return
        self._counts[index] = shown
        words = "not seen yet" if urgent else "in all"
        self.setAccessibleTabName(
            index, f"{self._words(index)}, {shown[0]} {words}" if count else self._words(index)
        )
        if len(shown[0]) == len(old[0]):
            self.update(self.tabRect(index))
        else:
            self._lay_out()

    def full_width(self) -> int:
        """The pixels that all tabs need with all the room around their words."""
        return self.sizeHint().width() + 2 * (self._full - self._padding) * self._shown()

    def fit(self, room: int) -> None:
        """Move the tabs closer together where there isn't room for all of them; where that isn't
        enough, they scroll.

        :param room: the pixels that there are
        """
        count = self._shown()
        if not count:
            return
        missing = max(0, self.full_width() - room)
        padding = max(self._full // 2, self._full - -(-missing // (2 * count)))
        if padding != self._padding:
            self._padding = padding
            self._lay_out()

    def _shown(self) -> int:
        return sum(map(self.isTabVisible, range(self.count())))

    def _lay_out(self) -> None:
        """Have Qt ask for the width of each tab again, which depends on its number."""
        self.setIconSize(self.iconSize())  # what makes it do so; and it repaints
        # At once: to show or hide a tab that is so already would have Qt forget it.
        self.tabRect(0)

    # Qt's own

    def tabInserted(self, index: int) -> None:  # noqa: N802
        """The numbers stay at their tabs; Qt measured the tabs before they did."""
        super().tabInserted(index)
        self._counts = {at + (at >= index): count for at, count in self._counts.items()}
        self._lay_out()

    def tabRemoved(self, index: int) -> None:  # noqa: N802
        """The numbers stay at their tabs."""
        super().tabRemoved(index)
        self._counts = {
            at - (at > index): count for at, count in self._counts.items() if at != index
        }
        self._lay_out()

    def tabSizeHint(self, index: int) -> QSize:  # noqa: N802
        strong, plain = (QFontMetrics(theme.font(role)) for role in ("strong", "text"))
        width = strong.horizontalAdvance(self._words(index)) + 2 * self._padding
        count = self.count_text(index)
        if count:
            width += _GAP + (strong if self.is_urgent(index) else plain).horizontalAdvance(count)
        return QSize(width, max(HEIGHT, plain.height() + 16))

    def tabLayoutChange(self) -> None:  # noqa: N802
        super().tabLayoutChange()
        self.laidOut.emit()

    def minimumTabSizeHint(self, index: int) -> QSize:  # noqa: N802
        return self.tabSizeHint(index)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter, changed = QPainter(self), event.rect()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(self.count()):
            if self.isTabVisible(index) and self.tabRect(index).intersects(changed):
                self._paint_tab(painter, index)
        painter.end()

    def _paint_tab(self, painter: QPainter, index: int) -> None:
        palette, area = self.window().palette(), self.tabRect(index)
        option = QStyleOptionTab()
        self.initStyleOption(option, index)
        current = index == self.currentIndex()
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if hovered and not current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(palette, "line"))
            painter.drawRoundedRect(area.adjusted(3, 6, -3, -6), 6, 6)
        if current and self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour(palette, "accent"), 1.6))
            painter.drawRoundedRect(area.adjusted(3, 5, -3, -6), 6, 6)
        painter.setFont(theme.font("strong" if current else "text"))
        painter.setPen(theme.colour(palette, "text" if current or hovered else "muted"))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        words = self._words(index)
        room = area.adjusted(self._padding, 0, -self._padding, -1)
        painter.drawText(room, flags, words)
        count = self.count_text(index)
        if count:
            used = painter.fontMetrics().horizontalAdvance(words) + _GAP
            urgent = self.is_urgent(index)
            painter.setFont(theme.font("strong" if urgent else "text"))
            painter.setPen(theme.colour(palette, "danger" if urgent else "muted"))
            painter.drawText(room.adjusted(used, 0, self._padding, 0), flags, count)
        if current:
            line = QRect(area.left() + self._padding - 2, self.height() - _LINE, 0, _LINE)
            line.setRight(area.right() - self._padding + 2)
            painter.fillRect(line, theme.colour(palette, "accent"))

    def _words(self, index: int) -> str:
        return self.tabText(index).replace("&", "")


class FittedTabs(QTabWidget):
    """Pages with tabs that move closer together before they scroll.

    :ivar counts: the tabs
    """

    def __init__(self, parent: QWidget | None = None, padding: int = _PADDING) -> None:
        super().__init__(parent)
        self.counts = CountingTabBar(self, padding)
        self.setTabBar(self.counts)
        self.setDocumentMode(True)
        self._tabs_width = 0
        self.counts.laidOut.connect(self._follow_tabs)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _follow_tabs(self) -> None:
        """A tab has come or gone, or needs more room."""
        width = self.counts.full_width()
        if width != self._tabs_width:
            self._tabs_width = width
            self._fit()

    def _fit(self) -> None:
        self.counts.fit(self.width())


class Tabs(FittedTabs):
    """The panes of a page.

    :ivar numbers: at the right of the tabs: how busy the server is; they leave before the tabs move
    :ivar cleared: before them, where rows are hidden: shows them again
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panes")
        self.counts.setObjectName("panesBar")
        self.counts.setAccessibleName("Parts of the page")
        self.numbers = TrafficView(self)
        self.numbers.setMinimumHeight(HEIGHT - 2)
        self.cleared = QPushButton(self)
        self.cleared.setObjectName("clearedButton")
        self.cleared.setAccessibleName("Show what was cleared")
        self.cleared.setProperty("look", "link")
        self.cleared.setFlat(True)
        self.cleared.setCursor(Qt.CursorShape.PointingHandCursor)
        self.cleared.hide()
        self._corner = QWidget(self)
        row = QHBoxLayout(self._corner)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addStretch(1)
        row.addWidget(self.cleared)
        row.addWidget(self.numbers)
        self.setCornerWidget(self._corner, Qt.Corner.TopRightCorner)

    def show_numbers(self, numbers: TrafficNumbers) -> None:
        """Show how busy the server is; the plot leaves where the tabs need the room."""
        if self.numbers.show_numbers(numbers, plotted=self.width() >= _PLOTTED):
            self._fit()

    def show_cleared(self, count: int) -> None:
        """Offer to show so many rows that are hidden; nothing where there are none."""
        text = f"Show {count:,} cleared" if count else ""
        if text != self.cleared.text():
            self.cleared.setText(text)
            self.cleared.setAccessibleName(text or "Show what was cleared")
            self.cleared.setHidden(not count)
            self._fit()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """The panes' own: tabs and numbers leave or scroll."""
        hint, bar = super().minimumSizeHint(), self.counts.sizeHint().height()
        pane = self.currentWidget()
        least = QSize(0, 0) if pane is None else pane.minimumSizeHint()
        return QSize(least.width(), min(hint.height(), least.height() + bar))

    def _fit(self) -> None:
        self.numbers.adjustSize()
        room = self.width() - self.cleared.sizeHint().width() * (not self.cleared.isHidden())
        left = room - self.counts.full_width()
        self.numbers.setVisible(self.numbers.sizeHint().width() <= left)
        self._corner.adjustSize()
        self.counts.fit(room)
        self.updateGeometry()
