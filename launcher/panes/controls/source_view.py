"""The frames of an error, as text to read, select and copy; GUI thread only.

The text is what :mod:`launcher.core.errors.lines` makes of the error: some hundred short lines, so
neither a message nor a traceback of a megabyte holds the window up. Tones are character formats,
grounds and edges are painted under the text. It is never rich text: what comes from outside is
inserted as characters.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
)
from PySide6.QtWidgets import QWidget

from launcher import theme
from launcher.core.errors.code import prepare
from launcher.core.errors.lines import Line, error_lines, text_lines
from launcher.core.logs.errors import ErrorRow
from launcher.panes.controls.plain_view import PlainView
from launcher.panes.controls.text_ranges import format_range, units
from launcher.panes.table.look import Look
from launcher.panes.table.styles import Styles
from launcher.pool import Background
from launcher.theme.fonts import text_size
from server.events import Frame

__all__ = ["SourceView"]

_PAINTED_MS = 60
"""After which an error is painted: until then no other thread is to want the interpreter's lock."""

# Tone: colour, role of the font.
_TONES = {
    "text": ("text", "text"),
    "strong": ("text", "strong"),
    "soft": ("soft", "mono"),
    "muted": ("muted", "second"),
    "danger": ("danger", "name"),
    "caption": ("soft", "caption"),
    "yours": ("yours", "datum"),
    "place": ("soft", "datum"),
    "code": ("text", "mono"),
    "keyword": ("text", "mono"),
    "string": ("link", "mono"),
    "comment": ("muted", "mono"),
    "type": ("muted", "mono"),
    "value": ("link", "mono"),
    "missing": ("muted", "mono"),
    "number": ("muted", "small_mono"),
    "failing_number": ("danger", "small_mono"),
    "sign": ("muted", "name"),
    "mark": ("danger", "datum"),
    "link": ("link", "second"),
    "console": ("link", "second"),
}
_GROUNDS = {"failing": "danger_ground"}
_EDGE = 3
_HEIGHTS = {"frame": 28, "library": 28, "heading": 20, "local": 20, "more": 20}
"""How high lines are, in pixels, where they aren't as high as code."""


class SourceView(PlainView):
    """Shows one error; lines unfold and fold by a press or by Space."""

    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    consoleRequested = Signal(object)  # noqa: N815
    """The user wants the console of this ``Frame``, or of the one that matters for None."""

    _lines: tuple[Line, ...] = ()  # Qt asks for heights while the view is being made

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "The selected error", parent)
        self._console: int | None = None
        self._row: ErrorRow | None = None
        self._folded: frozenset[str] = frozenset()
        self._pressed: QPointF | None = None
        self._in_tones = False
        self._preparing: Background | None = None
        self.viewport().setMouseTracking(True)
        self.setCursorWidth(1)

    def show_error(self, row: ErrorRow | None, console: int | None = None) -> None:
        """Show an error from its innermost own frame; nothing for None.

        :param console: see :meth:`show_consoles`
        """
        if row is self._row:
            return
        self._row, self._folded, self._console = row, frozenset(), console
        self._make()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        if self._preparing is None and row is not None and row.event is not None:
            self._preparing = Background(self)
            self._preparing.finished.connect(self._show_tones)
            QTimer.singleShot(_PAINTED_MS, self._preparing, self._prepare)

    @Slot()
    def _prepare(self) -> None:
        if self._preparing is not None:
            self._preparing.run(prepare)

    @Slot(object)
    def _show_tones(self, _result: object) -> None:
        """The first error was shown without the tones of its code, which take long at first."""
        self._in_tones = True
        self._make_again()

    def recolour(self) -> None:
        """Make the text again, after a change of theme."""
        if self._row is not None:
            self._make()

    def show_consoles(self, console: int | None) -> None:
        """Show which frames have consoles.

        :param console: see :func:`~launcher.core.errors.lines.error_lines`
        """
        if console != self._console:
            self._console = console
            self._make_again()

    def toggle(self, name: str) -> None:
        """Unfold what is folded, or the other way round; what is in sight stays where it is."""
        self._folded ^= {name}
        self._make_again()

    def _make_again(self) -> None:
        place = self.verticalScrollBar().value()
        at = self.textCursor().blockNumber()
        self._make()
        block = self.document().findBlockByNumber(at)
        if block.isValid():
            self.setTextCursor(QTextCursor(block))
        self.verticalScrollBar().setValue(place)

    def _make(self) -> None:
        row = self._row
        if row is None:
            self._lines = ()
        elif row.event is not None:
            self._lines = error_lines(
                row.event, self._folded, console=self._console, in_tones=self._in_tones
            )
        else:
            self._lines = text_lines(row.text)
        self.setPlainText("\n".join(line.text for line in self._lines))
        formats = {tone: self._format(tone) for tone in _TONES}
        styles = Styles(Look(self.palette(), self.devicePixelRatioF()))
        document = self.document()
        block = document.begin()
        for line in self._lines:
            block.layout().setFormats(_ranges(line, formats, styles))
            block = block.next()
        document.markContentsDirty(0, document.characterCount())

    def _format(self, tone: str) -> QTextCharFormat:
        name, role = _TONES[tone]
        made = QTextCharFormat()
        made.setFont(theme.font(role))
        made.setForeground(theme.colour(self.palette(), name))
        if tone == "mark":
            made.setFontUnderline(True)
            made.setFontWeight(QFont.Weight.Bold)
        if tone == "keyword":
            made.setFontWeight(QFont.Weight.DemiBold)
        if tone == "missing":
            made.setFontItalic(True)
        return made

    def height_of(self, block: QTextBlock) -> float:
        line = self._line_at(block.blockNumber())
        pixels = None if line is None else _HEIGHTS.get(line.kind)
        return self.line_height if pixels is None else round(pixels * text_size())

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self.viewport())
        block, offset = self.firstVisibleBlock(), self.contentOffset()
        width, bottom = self.viewport().width(), event.rect().bottom()
        top = self.blockBoundingGeometry(block).translated(offset).top()
        while block.isValid() and top <= bottom:
            # Not its geometry: for that, Qt asks for the height of each block above it.
            box = QRectF(0, top, width, self.blockBoundingRect(block).height())
            if block.blockNumber() < len(self._lines):
                self._ground(painter, self._lines[block.blockNumber()], box, width)
            top += box.height()
            block = block.next()
        painter.end()
        super().paintEvent(event)

    def _ground(self, painter: QPainter, line: Line, box: QRectF, width: int) -> None:
        whole = QRectF(0, box.top(), width, box.height())
        ground = _GROUNDS.get(line.kind)
        if line.kind == "frame" and line.own:
            ground = "yours_ground"
        elif line.kind in ("frame", "library"):
            painter.fillRect(QRectF(0, box.top(), width, 1), theme.colour(self.palette(), "line"))
        if ground:
            painter.fillRect(whole, theme.colour(self.palette(), ground))
        if line.own:
            edge = QRectF(0, box.top(), _EDGE, box.height())
            painter.fillRect(edge, theme.colour(self.palette(), "yours"))

    # Keys and mouse

    def _line_at(self, number: int) -> Line | None:
        return self._lines[number] if 0 <= number < len(self._lines) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        line = self._line_at(self.textCursor().blockNumber())
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F4):
            place = line.place if line is not None else None
            if place is None and self._row is not None:
                place = self._row.place
            if place is not None:
                self.sourceRequested.emit(*place)
        elif event.key() == Qt.Key.Key_I and not event.modifiers():
            self.consoleRequested.emit(self._frame_at(self.textCursor().blockNumber()))
        elif event.key() == Qt.Key.Key_Space and line is not None and line.fold:
            self.toggle(line.fold)
        else:
            super().keyPressEvent(event)

    def _frame_at(self, number: int) -> Frame | None:
        """The frame with a console that a line belongs to; None for a line above all of them."""
        before = reversed(self._lines[: number + 1])
        return next((line.frame for line in before if line.frame is not None), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._pressed = event.position()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if (event.position() - pressed).manhattanLength() > 4 or self.textCursor().hasSelection():
            return
        cursor = self.cursorForPosition(event.position().toPoint())
        line = self._line_at(cursor.blockNumber())
        if line is None:
            return
        on_place = line.place is not None and self._is_on_place(line, cursor)
        if line.frame is not None and self._tone_at(line, cursor) == "console":
            self.consoleRequested.emit(line.frame)
        elif on_place and line.place is not None:
            self.sourceRequested.emit(*line.place)
        elif line.fold:
            self.toggle(line.fold)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseMoveEvent(event)
        cursor = self.cursorForPosition(event.position().toPoint())
        line = self._line_at(cursor.blockNumber())
        acts = line is not None and (bool(line.fold) or self._is_on_place(line, cursor))
        shape = Qt.CursorShape.PointingHandCursor if acts else Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def _is_on_place(self, line: Line, cursor: QTextCursor) -> bool:
        """Whether a press is on what opens the editor: a frame's place, a source line's number."""
        tone = self._tone_at(line, cursor)
        return line.place is not None and tone in ("yours", "place", "number", "failing_number")

    def _tone_at(self, line: Line, cursor: QTextCursor) -> str:
        """The tone of the part that a press is on; "" behind all of them."""
        column, start = cursor.positionInBlock(), 0
        for tone, text in line.parts:
            if start <= column < start + len(text):
                return tone if isinstance(tone, str) else ""
            start += len(text)
        return ""


def _ranges(
    line: Line, formats: dict[str, QTextCharFormat], styles: Styles
) -> list[QTextLayout.FormatRange]:
    """How the parts of a line look."""
    found, start = [], 0
    for tone, text in line.parts:
        length = units(text)
        if length:
            look = formats[tone] if isinstance(tone, str) else styles.format(tone, "text")
            found.append(format_range(start, length, look))
        start += length
    return found
