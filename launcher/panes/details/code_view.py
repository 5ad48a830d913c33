"""Text with line numbers, colours and folds, to read and to copy; GUI thread only.

A page may be long, so its colours are put on a line when it is first seen, and a page beyond some
hundred kilobytes is added piece by piece between the other events. What is folded is only hidden:
it stays in the text that is searched and copied.
"""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QWidget

from launcher import theme
from launcher.core.bodies.layout import Page, Run
from launcher.panes.controls.code_tones import CODE_TONES
from launcher.panes.controls.plain_view import PlainView
from launcher.panes.controls.text_ranges import format_range, units

__all__ = ["CodeView"]

_PIECE = 1_000  # lines that are added at one go
_PIECE_CHARACTERS = 20 * 1024
_MOMENT = 0.008  # seconds, after which other events have their turn
_CHEVRON, _SIGN = 16, 12  # pixels for the sign of a fold, and of the sign
_NO_PAGE = Page()


class CodeView(PlainView):
    """A page of :mod:`launcher.core.bodies.layout`.

    :ivar page: what is shown
    """

    filled = Signal()
    """The last piece of a long page is there."""

    def __init__(self, name: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(name, accessible, parent)
        self.page = _NO_PAGE
        self._numbered = False
        self._folds: dict[int, int] = {}
        self._folded: set[int] = set()
        self._coloured: set[int] = set()
        self._added = 0
        self._gutter = _Gutter(self)
        self._adding = QTimer(self)
        self._adding.setSingleShot(True)
        self._adding.setInterval(0)
        self._adding.timeout.connect(self._add)
        self.updateRequest.connect(self._update_gutter)

    # The page

    def show_page(self, page: Page, *, numbered: bool = False) -> None:
        """Show a page from its beginning; the same page in colours stays where it is.

        :param numbered: with the numbers of its lines
        """
        same = page.lines == self.page.lines and numbered == self._numbered
        if same and page.runs == self.page.runs:
            return
        self.page = page
        self._coloured.clear()
        if not same:
            self._numbered = numbered
            self._folds = dict(page.folds)
            self._folded.clear()
            self._adding.stop()
            self.setExtraSelections([])
            self._added = self._piece_end(0)
            self.setPlainText("\n".join(page.lines[: self._added]))
            self._set_margins()
            if self._added < len(page.lines):
                self._adding.start()
        self._colour()
        self._gutter.update()

    @property
    def is_filled(self) -> bool:
        """Whether all of the page is there."""
        return self._added >= len(self.page.lines)

    def recolour(self) -> None:
        """Take the colours of the theme anew."""
        self._coloured.clear()
        self._colour()
        self._gutter.update()

    @Slot()
    def _add(self) -> None:
        """Add pieces for a moment."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        until = monotonic() + _MOMENT
        while not self.is_filled:
            end = self._piece_end(self._added)
            cursor.insertText("\n" + "\n".join(self.page.lines[self._added : end]))
            self._added = end
            if monotonic() >= until:
                break
        if self.is_filled:
            self.filled.emit()
        else:
            self._adding.start()

    def _piece_end(self, start: int) -> int:
        characters = 0
        lines = self.page.lines
        for number in range(start, min(start + _PIECE, len(lines))):
            characters += len(lines[number])
            if characters > _PIECE_CHARACTERS:
                return number + 1
        return min(start + _PIECE, len(lines))

    # Colours

    def _colour(self) -> None:
        """Put their colours on the lines in sight, as far as they have none yet."""
        runs = self.page.runs
        if not runs:
            return
        block = self.firstVisibleBlock()
        bottom = self.viewport().height()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        formats: dict[str, QTextCharFormat] = {}
        while block.isValid() and top <= bottom:
            number = block.blockNumber()
            if number not in self._coloured and number < len(runs):
                self._coloured.add(number)
                if runs[number]:
                    self._put(block, runs[number], formats)
            if block.isVisible():
                top += self.blockBoundingRect(block).height()
            block = block.next()

    def _put(
        self, block: QTextBlock, runs: tuple[Run, ...], formats: dict[str, QTextCharFormat]
    ) -> None:
        line = self.page.lines[block.blockNumber()]
        ranges = []
        for run in runs:
            kind = formats.get(run.kind)
            if kind is None:
                kind = formats[run.kind] = self.format_of(run.kind)
            start, end = units(line[: run.start]), units(line[: run.start + run.length])
            ranges.append(format_range(start, end - start, kind))
        block.layout().setFormats(ranges)

    def format_of(self, kind: str) -> QTextCharFormat:
        """How the parts of a kind look."""
        made = QTextCharFormat()
        made.setForeground(theme.colour(self.palette(), CODE_TONES.get(kind, "text")))
        return made

    # Folds

    def fold_at(self, line: int) -> int | None:
        """The last line of what begins to be foldable in a line; None where nothing does."""
        return self._folds.get(line)

    def is_folded(self, line: int) -> bool:
        """Whether what begins in a line is folded."""
        return line in self._folded

    def toggle(self, line: int) -> None:
        """Fold what begins in a line, or unfold it."""
        if line in self._folds:
            self._folded ^= {line}
            self._show_folds()

    def unfold_to(self, line: int) -> None:
        """Unfold whatever hides a line."""
        hiding = {start for start in self._folded if start < line < self._folds[start]}
        if hiding:
            self._folded -= hiding
            self._show_folds()

    def _show_folds(self) -> None:
        hidden_until = -1
        block = self.document().firstBlock()
        while block.isValid():
            number = block.blockNumber()
            hidden = number < hidden_until
            if block.isVisible() == hidden:
                block.setVisible(not hidden)
                block.setLineCount(0 if hidden else max(1, block.layout().lineCount()))
            if not hidden and number in self._folded:
                hidden_until = self._folds[number]
            block = block.next()
        document = self.document()
        document.markContentsDirty(0, document.characterCount())
        self.viewport().update()
        self._gutter.update()
        layout = document.documentLayout()
        layout.documentSizeChanged.emit(layout.documentSize())

    # The gutter

    @property
    def gutter_width(self) -> int:
        """Pixels at the left of the text."""
        if not self._numbered:
            return 0
        metrics = QFontMetricsF(theme.font("small_mono"))
        digits = max(2, len(str(len(self.page.lines))))
        return round(metrics.horizontalAdvance("9") * digits) + 10 + _CHEVRON

    def line_at(self, y: float) -> int | None:
        """The line at a height of the viewport, from 0."""
        for number, top, height in self._lines_in_sight():
            if top <= y < top + height:
                return number
        return None

    def _lines_in_sight(self) -> list[tuple[int, float, float]]:
        found = []
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= self.viewport().height():
            height = self.blockBoundingRect(block).height() if block.isVisible() else 0.0
            if height:
                found.append((block.blockNumber(), top, height))
            top += height
            block = block.next()
        return found

    def paint_gutter(self, painter: QPainter) -> None:
        """Line numbers, and the signs of what can be folded."""
        palette = self.palette()
        painter.fillRect(self._gutter.rect(), theme.colour(palette, "base"))
        painter.setFont(theme.font("small_mono"))
        width = self._gutter.width()
        first_line = self.line_height
        for number, top, _ in self._lines_in_sight():
            painter.setPen(theme.colour(palette, "muted"))
            area = QRect(0, round(top), width - _CHEVRON - 4, first_line)
            painter.drawText(
                area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number + 1)
            )
            if number in self._folds:
                name = "chevron-right" if number in self._folded else "chevron"
                drawing = theme.pixmap(name, palette, "muted", _SIGN)
                y = round(top + (first_line - _SIGN) / 2)
                painter.drawPixmap(width - _CHEVRON, y, drawing)

    def _set_margins(self) -> None:
        width = self.gutter_width
        self.setViewportMargins(width, 0, 0, 0)
        self._gutter.setVisible(width > 0)
        self._place_gutter()

    def _place_gutter(self) -> None:
        inside = self.contentsRect()
        self._gutter.setGeometry(inside.left(), inside.top(), self.gutter_width, inside.height())

    @Slot()
    def _update_gutter(self) -> None:
        self._colour()
        self._gutter.update()

    # Qt's own

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._place_gutter()
        self._colour()  # more lines may be in sight

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        line = self.textCursor().blockNumber()
        folds = {Qt.Key.Key_BracketLeft: True, Qt.Key.Key_BraceLeft: True,
                 Qt.Key.Key_BracketRight: False, Qt.Key.Key_BraceRight: False}  # fmt: skip
        wanted = folds.get(Qt.Key(event.key())) if event.modifiers() == both else None
        if wanted is not None and line in self._folds:
            if self.is_folded(line) != wanted:
                self.toggle(line)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if not self._folded:
            return
        painter = QPainter(self.viewport())
        painter.setFont(self.font())
        painter.setPen(theme.colour(self.palette(), "muted"))
        metrics = QFontMetricsF(self.font())
        for number, top, _ in self._lines_in_sight():
            if number in self._folded:
                left = metrics.horizontalAdvance(self.page.lines[number]) + 12
                count = self._folds[number] - number - 1
                words = f"\u2026 {count:,} line{'' if count == 1 else 's'}"
                above = (self.line_height - metrics.height()) / 2
                painter.drawText(round(left), round(top + above + metrics.ascent()), words)
        painter.end()

    def found_format(self, *, current: bool) -> QTextCharFormat:
        """How a hit of the search looks."""
        made = QTextCharFormat()
        made.setBackground(
            QColor(theme.colour(self.palette(), "find_current" if current else "find"))
        )
        made.setForeground(theme.colour(self.palette(), "text"))
        return made


class _Gutter(QWidget):
    """The room at the left of the text; a click folds."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._view.gutter_width, 0)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        self._view.paint_gutter(painter)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        line = self._view.line_at(event.position().y())
        if line is not None:
            self._view.toggle(line)
