"""Names and values as a table of plain text: names at the left, values in a column; GUI thread.

It is one text, so that any part of it can be selected and copied; the column is made by the width
of the space behind the colon alone, so a copy has ``Name: value`` and no padding. What of a value
is wrapped goes on below its beginning: Qt's layout of plain text knows no indent, so the lines of
such a block are laid out here, in the same way but for their place, whenever Qt has done so.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt, Slot
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from launcher import theme
from launcher.core.bodies.fields import Field, Group
from launcher.core.display import shown
from launcher.panes.controls.plain_view import PlainView
from launcher.panes.controls.text_ranges import format_range, units

__all__ = ["FieldsView"]

_MOST_COLUMN = 150  # pixels; a longer name pushes its value to the right
_GAP = 12
_MOST_LINES = 60  # of one view; the rest scrolls
_MOST_INDENT = 0.5  # of the width
_MOST_INDENTED = 40  # lines of a value; of a longer one they begin at the edge, as Qt lays them out
_MOST_IN_COLUMNS = 400  # fields; those beyond are plain lines


class FieldsView(PlainView):
    """The fields of a :class:`~launcher.core.bodies.fields.Group`. It is as high as it needs.

    :param left: pixels at the left, as many as the title of a section has by default
    """

    def __init__(
        self, name: str, accessible: str, parent: QWidget | None = None, *, left: int = 34
    ) -> None:
        super().__init__(name, accessible, parent)
        self._fields: tuple[Field, ...] = ()
        self._first = ""
        self._column = 0.0
        self._is_new = False
        self._is_fitting = False
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(3)
        self.setViewportMargins(left, 0, 12, 6)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def show_group(self, group: Group | None) -> None:
        """Show other fields; None for none."""
        text = "" if group is None else shown(group.shown)
        if text == self.toPlainText():
            return
        self._fields = () if group is None else group.fields
        self._first = "" if group is None else group.first
        self._is_new = True
        self.clear()  # what was there isn't laid out once more
        self._have_bar(self._least_lines(text) > _MOST_LINES)
        document = self.document()
        layout = document.documentLayout()
        layout.blockSignals(True)  # by them the text would be laid out, and again with its formats
        document.setPlainText(text)  # the view's own has the last line laid out at once
        self._put_formats()
        layout.blockSignals(False)
        self._is_new = False
        layout.documentSizeChanged.emit(layout.documentSize())
        self.setTextCursor(QTextCursor(document))
        self._indent()
        self._fit()
        self.viewport().update()

    def recolour(self) -> None:
        """Lay the column out, with the colours and fonts of the theme."""
        self._put_formats()
        self._indent()
        self._fit()

    def _put_formats(self) -> None:
        """Put the colours on names and details, and the width of the column."""
        name_format = QTextCharFormat()
        name_format.setForeground(theme.colour(self.palette(), "muted"))
        detail_format = QTextCharFormat()
        detail_format.setForeground(theme.colour(self.palette(), "muted"))
        metrics = QFontMetricsF(self.font())
        fields = self._fields[:_MOST_IN_COLUMNS]
        widths = [metrics.horizontalAdvance(f"{field.name}:") for field in fields]
        column = max((width for width in widths if width <= _MOST_COLUMN), default=0.0) + _GAP
        self._column = column
        block = self.document().firstBlock()
        if self._first:
            block.layout().setFormats([format_range(0, units(block.text()), name_format)])
            block = block.next()
        for field, width in zip(fields, widths, strict=True):
            if not block.isValid() or not block.text().startswith(f"{field.name}:"):
                break  # what follows was cut
            colon = units(field.name) + 1
            space = QTextCharFormat()
            extra = max(0.0, column - width - metrics.horizontalAdvance(" "))
            space.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
            space.setFontLetterSpacing(extra)
            ranges = [format_range(0, colon, name_format), format_range(colon, 1, space)]
            if field.detail and block.text().endswith(field.detail):
                end = units(block.text())
                length = units(field.detail)
                ranges.append(format_range(end - length, length, detail_format))
            block.layout().setFormats(ranges)
            block = block.next()

    def _indent(self) -> None:
        """Have wrapped lines begin in the column of the values."""
        document = self.document()
        margin = document.documentMargin()
        room = self.viewport().width() - 2 * margin
        if self._column > room * _MOST_INDENT:
            return
        block = document.firstBlock()
        if self._first:
            block = block.next()
        for _ in self._fields[:_MOST_IN_COLUMNS]:
            if not block.isValid():
                break
            document.documentLayout().blockBoundingRect(block)  # Qt lays it out, if it has to
            if 1 < block.layout().lineCount() <= _MOST_INDENTED:
                _lay_out(block, margin, room, self._column)
            block = block.next()
        self.viewport().update()

    def lines(self) -> float:
        """How many lines it has, with those that are wrapped."""
        return self.document().documentLayout().documentSize().height()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, round(min(self.lines(), _MOST_LINES) * self.line_height) + 18)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(100, self.sizeHint().height())

    @Slot()
    def _fit(self) -> None:
        """Have a scroll bar where there are too many lines.

        The bar takes width, by which there are more lines, or fewer where the column has no room
        any more: so it is decided once whether it is there, and not again by what comes of that.
        """
        if self._is_fitting:
            return
        self._is_fitting = True
        self._have_bar(self.lines() > _MOST_LINES)
        if self.lines() > _MOST_LINES:
            self._have_bar(True)
        self._is_fitting = False
        self.updateGeometry()

    def _least_lines(self, text: str) -> int:
        """How many lines it takes at least, without laying it out."""
        room = max(1, self.viewport().width() // max(1, self.fontMetrics().horizontalAdvance("x")))
        return sum(max(1, len(line) // room) for line in text.split("\n"))

    def _have_bar(self, scrolls: bool) -> None:
        policy = Qt.ScrollBarPolicy
        wanted = policy.ScrollBarAsNeeded if scrolls else policy.ScrollBarAlwaysOff
        if wanted != self.verticalScrollBarPolicy():  # else Qt lays the text out once more
            self.setVerticalScrollBarPolicy(wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width() and not self._is_new:
            self._indent()
            self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self.lines() > _MOST_LINES:
            super().wheelEvent(event)
        else:
            event.ignore()  # the page around it scrolls


def _lay_out(block: QTextBlock, margin: float, room: float, indent: float) -> None:
    """Lay a block's lines out anew, all but the first further to the right.

    :param margin: around the document
    :param room: how wide the first line may be
    """
    layout, top = block.layout(), 0.0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        left = indent if line.lineNumber() else 0.0
        line.setLeadingIncluded(True)
        line.setLineWidth(room - left)
        line.setPosition(QPointF(margin + left, top))
        top += line.height()
    layout.endLayout()
    block.setLineCount(layout.lineCount())
