"""The output's view: mouse, keys, selection and clipboard. :mod:`.canvas` paints it. GUI thread
only."""

from __future__ import annotations

import re

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from launcher.core.logs.line_store import LineStore

from .canvas import OutputCanvas
from .selection import Place, Selection

__all__ = ["OutputView"]

_DRAG_MS = 50
_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)
_WHEEL = 3  # rows for a step of the wheel


class OutputView(OutputCanvas):
    """Lines that can be scrolled, selected and copied."""

    menuRequested = Signal(QPoint)  # noqa: N815
    """A context menu is wanted at this place of the screen."""
    wholeRequested = Signal(int)  # noqa: N815
    """All of the line with this number is to be shown."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """This file is to be opened, at this line."""
    selectionChanged = Signal()  # noqa: N815

    def __init__(
        self,
        lines: LineStore,
        name: str,
        accessible: str,
        parent: QWidget | None = None,
        *,
        folds: bool = True,
    ) -> None:
        super().__init__(lines, name, accessible, parent, folds=folds)
        self._drag = QTimer(self)
        self._drag.setInterval(_DRAG_MS)
        self._drag.timeout.connect(self._drag_on)
        self._pointer = QPointF()
        self._wheel = 0
        self._clicks = 0
        self.viewport().setMouseTracking(True)

    # Selecting

    def select(self, anchor: Place | None, cursor: Place | None = None) -> None:
        """Select from one place to another; nothing without them."""
        if anchor is None:
            self.selection = None
        else:
            self.selection = Selection(anchor, cursor or anchor)
        self.viewport().update()
        self.selectionChanged.emit()

    def selected_text(self) -> str:
        """What is selected, without times, levels and names."""
        chosen = self.selection
        if chosen is None or chosen.empty:
            return ""
        start, end = chosen.start, chosen.end
        if start.number == end.number and not self._is_all(start, end):
            return self._shown_text(start.number)[start.column : end.column]
        texts: list[str] = []
        if start.column:
            texts.append(self._shown_text(start.number)[start.column :])
            start = Place(self.end_of(start.number), 0)
        last: list[str] = []
        if end.column < self._length(end.number):
            last = [self._shown_text(end.number)[: end.column]]
            end = Place(end.number - 1, 0)
        texts += self._whole_texts(start.number, self.end_of(end.number))
        return "\n".join(texts + last)

    def _is_all(self, start: Place, end: Place) -> bool:
        return start.column == 0 and end.column >= self._length(end.number)

    def _whole_texts(self, first: int, end: int) -> list[str]:
        """The lines as they came, with those that are folded into them."""
        if not isinstance(self.numbers, list):
            return self.lines.texts(first, end)
        found: list[str] = []
        for number in self.numbers[self.position(first) : self.position(end)]:
            found += self.lines.texts(number, self.end_of(number))
        return found

    @Slot()
    def select_all(self) -> None:
        """Select all lines that are shown, but not those of before: they aren't read yet."""
        numbers = self.numbers
        if len(numbers):
            self.follower.pause()
            first, last = max(numbers[0], self.lines.first), numbers[-1]
            self.select(Place(first, 0), Place(last, self._length(last)))

    @Slot()
    def copy(self) -> None:
        """Put on the clipboard what is selected, or else the current line."""
        text = self.selected_text()
        if not text and self.current is not None:
            text = "\n".join(self.lines.texts(self.current, self.end_of(self.current)))
        if text:
            QGuiApplication.clipboard().setText(text)

    def open_source(self, number: int) -> None:
        """Ask for the code that logged a line to be opened."""
        line = self.lines.get(number)
        if line is not None and line.source.file:
            self.sourceRequested.emit(line.source.file, line.source.line)

    def _shown_text(self, number: int) -> str:
        laid = self.laid(number)
        return "" if laid is None else laid.text

    def _length(self, number: int) -> int:
        return len(self._shown_text(number))

    def _select_word(self, place: Place) -> None:
        for word in _WORD.finditer(self._shown_text(place.number)):
            if word.start() <= place.column < word.end():
                self.select(Place(place.number, word.start()), Place(place.number, word.end()))

    def _select_line(self, number: int) -> None:
        self.select(Place(number, 0), Place(number, self._length(number)))

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        spot = event.position()
        if event.button() == Qt.MouseButton.LeftButton:
            number = self.whole_at(spot.x(), spot.y())
            if number is not None:
                self.wholeRequested.emit(number)
                return
            number = self.source_at(spot.x(), spot.y())
            if number is not None:
                self.open_source(number)
                return
            number = self.turn_at(spot.x(), spot.y())
            if number is not None:
                self.current = number
                self.turn(number, is_open=not self.is_open(number))
                return
        place = self.place_at(spot.x(), spot.y())
        if place is None:
            return
        if event.button() == Qt.MouseButton.RightButton:
            chosen = self.selection
            if chosen is None or not chosen.start <= place <= chosen.end:
                self.select(None)
                self.current = place.number
            return
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self.follower.pause()
        self.current = place.number
        if self._clicks == 2:  # a third press right after a double click
            self._clicks = 3
            self._select_line(place.number)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.selection is not None:
            self.select(self.selection.anchor, place)
        else:
            self.select(place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        place = self.place_at(event.position().x(), event.position().y())
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self._clicks = 2
            pause = QGuiApplication.styleHints().mouseDoubleClickInterval()
            QTimer.singleShot(pause, self, self._calm)
            self._select_word(place)

    @Slot()
    def _calm(self) -> None:
        self._clicks = 0

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        spot = self._pointer = event.position()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            x, y = spot.x(), spot.y()
            leads = any(
                find(x, y) is not None for find in (self.whole_at, self.source_at, self.turn_at)
            )
            shape = Qt.CursorShape.PointingHandCursor if leads else Qt.CursorShape.IBeamCursor
            if self.viewport().cursor().shape() != shape:
                self.viewport().setCursor(shape)
            return
        if self._clicks or self.selection is None:
            return
        self._draw_to(spot)
        if not self.viewport().rect().contains(spot.toPoint()):
            self._drag.start()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802
        self._drag.stop()
        clipboard = QGuiApplication.clipboard()
        if clipboard.supportsSelection() and (text := self.selected_text()):
            clipboard.setText(text, clipboard.Mode.Selection)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        turn = event.angleDelta()
        if abs(turn.x()) > abs(turn.y()) or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - (turn.x() or turn.y()) // 2)
        else:
            self._wheel += turn.y() * _WHEEL
            rows = int(self._wheel / 120)
            self._wheel -= rows * 120
            self.scroll_rows(-rows)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        self.menuRequested.emit(event.globalPos())

    @Slot()
    def _drag_on(self) -> None:
        """The pointer is held outside: what is there comes into view."""
        inside = self.viewport().rect()
        if self._pointer.y() < inside.top():
            self.scroll_rows(-1 - int(inside.top() - self._pointer.y()) // ROWS_PER_PIXELS)
        elif self._pointer.y() > inside.bottom():
            self.scroll_rows(1 + int(self._pointer.y() - inside.bottom()) // ROWS_PER_PIXELS)
        bar = self.horizontalScrollBar()
        if self._pointer.x() > inside.right():
            bar.setValue(bar.value() + bar.singleStep())
        elif self._pointer.x() < inside.left():
            bar.setValue(bar.value() - bar.singleStep())
        self._draw_to(self._pointer)

    def _draw_to(self, spot: QPointF) -> None:
        port = self.viewport().rect()
        y = min(max(spot.y(), port.top()), port.bottom())
        place = self.place_at(spot.x(), y)
        if place is not None and self.selection is not None:
            self.current = place.number
            self.select(self.selection.anchor, place)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif not self._moved(event):
            event.ignore()

    def _moved(self, event: QKeyEvent) -> bool:
        key, extends = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        numbers = self.numbers
        page = max(1, self.rows_seen - 1)
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -len(numbers),
            Qt.Key.Key_End: len(numbers),
        }
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return self._sideways(1 if key == Qt.Key.Key_Right else -1, extends)
        if key not in steps or not len(numbers):
            return False
        if key == Qt.Key.Key_End and not extends:
            self.select(None)
            self.current = numbers[-1]
            self.follower.resume()
            return True
        self._step(steps[Qt.Key(key)], extends)
        return True

    def _step(self, count: int, extends: bool) -> None:
        """Make another line the current one; where that extends the selection, up to its end."""
        numbers = self.numbers
        if self.current is None:
            top = self.verticalScrollBar().value()
            at = min(len(numbers), top + self.rows_seen) if count < 0 else top - 1
            if self.follower.following:
                at = len(numbers) - 1 if count > 0 else len(numbers)
        else:
            at = self.position(self.current)
        before = numbers[min(max(0, at), len(numbers) - 1)]
        at = min(max(0, at + count), len(numbers) - 1)
        self.follower.pause()
        self.current = number = numbers[at]
        if extends:
            chosen = self.selection
            down = count > 0
            anchor = (
                chosen.anchor
                if chosen is not None
                else Place(before, 0 if down else self._length(before))
            )
            column = 0 if number < anchor.number else self._length(number)
            self.select(anchor, Place(number, column))
        else:
            self.select(None)
        self.show_number(number)

    def _sideways(self, step: int, extends: bool) -> bool:
        if not extends:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() + step * bar.singleStep())
            return True
        if self.selection is None and self.current is not None:
            start = Place(self.current, 0)
            self.selection = Selection(start, start)
        if self.selection is None:
            return False
        number, column = self.selection.cursor
        column = min(max(0, column + step), self._length(number))
        self.select(self.selection.anchor, Place(number, column))
        return True


ROWS_PER_PIXELS = 20
"""So many pixels further outside, one row more is scrolled at each step of a drag."""
