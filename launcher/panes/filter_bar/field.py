"""The field in which a filter is written; GUI thread only.

Each change is read at once. What can be used is reported a moment later, so that a word that is
being written isn't looked for letter by letter; what can't be is underlined at its place, with a
sentence below the field, while the last filter that could be used goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QLineEdit, QWidget

from launcher import theme
from launcher.core.filters.completion import Completion, complete
from launcher.core.filters.fields import REQUESTS
from launcher.core.filters.language import LONGEST, WrittenFilter, read_filter
from launcher.core.filters.mistakes import FilterError
from launcher.theme.fonts import text_size

from .help import FilterHelp

__all__ = ["FilterField"]

PAUSE_MS = 150
"""After the last letter, before a filter is used."""

_DESCRIPTION = "Words, and fields such as method:POST status:5xx path:/api dur:>200ms"

Seen = Callable[[], Mapping[str, Iterable[str]]]


class FilterField(QLineEdit):
    """One line in the language of the filters.

    :param seen: gives the values that are proposed, by column
    :param area: where the help below the field may stand
    :ivar mistake: what is wrong with what is written, or missing; else None
    """

    used = Signal(object)
    """A :class:`~launcher.core.filters.language.WrittenFilter` that can be used."""
    left = Signal()
    """Escape, or Enter: back to the list."""

    def __init__(self, seen: Seen, area: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestFilter")
        self.setAccessibleName("Filter")
        self.setAccessibleDescription(_DESCRIPTION)
        self.setPlaceholderText("Filter   method:POST   path:/api   status:5xx")
        self.setClearButtonEnabled(True)
        self.setMaxLength(10 * LONGEST)  # longer ones get their sentence
        self.help = FilterHelp(area)
        self.help.chosen.connect(self._accept)
        self.mistake: FilterError | None = None
        self._seen = seen
        self._written = WrittenFilter()
        self._completion = Completion(0, 0)
        self._composing = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.use_now)
        self.textChanged.connect(self._read)
        self.textEdited.connect(self._propose)
        self.cursorPositionChanged.connect(self._moved)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self.help.isVisible():
            self.help.fit()

    @property
    def written(self) -> WrittenFilter:
        """The last filter that could be used."""
        return self._written

    def set_filter(self, text: str) -> None:
        """Write another filter, and use it at once."""
        self.setText(text)
        self.help.hide()
        self.use_now()

    @Slot()
    def use_now(self) -> None:
        """Use what is written, if it can be."""
        self._pause.stop()
        if self.mistake is None:
            self.used.emit(self._written)

    @Slot()
    def open_help(self) -> None:
        """Propose what may be written here."""
        completion = complete(self.text(), self.cursorPosition(), REQUESTS, self._seen())
        self._completion = completion
        self.help.set_tone(self._is_wrong())
        sentence = self.mistake.message if self.mistake is not None else ""
        self.help.show_below(self, sentence, completion.proposals)

    @Slot(str)
    def _read(self, text: str) -> None:
        try:
            self._written = read_filter(text, REQUESTS)
            self.mistake = None
        except FilterError as error:
            self.mistake = error
            self._pause.stop()
        else:
            self._pause.start()
        wrong = self._is_wrong()
        if wrong != bool(self.property("invalid")):
            self.setProperty("invalid", wrong)
            self.style().unpolish(self)
            self.style().polish(self)
        message = "" if self.mistake is None else self.mistake.message
        self.setToolTip(theme.plain_tooltip(message) if message else "")
        self.setAccessibleDescription(message or _DESCRIPTION)
        self.update()

    def _is_wrong(self) -> bool:
        """Whether there is a mistake that writing on doesn't mend."""
        return self.mistake is not None and self.mistake.start < len(self.text().rstrip()) - 1

    @Slot()
    def _propose(self) -> None:
        if not self.hasFocus():
            return
        before = self.text()[: self.cursorPosition()]
        if before[-1:].isspace() and self.mistake is None:
            self.help.hide()  # something is complete: one wants to see what it finds
        else:
            self.open_help()

    @Slot()
    def _moved(self) -> None:
        if self.help.isVisible():
            self.open_help()

    @Slot(int)
    def _accept(self, row: int) -> None:
        """Write a proposal in place of what is begun."""
        if not 0 <= row < len(self._completion.proposals):
            return
        start, stop = self._completion.start, self._completion.stop
        proposal = self._completion.proposals[row].text
        rest = self.text()[stop:]
        space = "" if proposal.endswith(":") or rest.startswith((" ", ")")) else " "
        self.setSelection(start, stop - start)
        self.insert(proposal + space)
        if proposal.endswith(":"):
            self.open_help()
        else:
            self.help.hide()

    # Qt's own

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key, shown = event.key(), self.help.isVisible()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and not control:
            if not shown and key == Qt.Key.Key_Down:
                self.open_help()
            self.help.move_by(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Space and control:
            self.open_help()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if shown and self.help.row >= 0:
                self._accept(self.help.row)
            else:
                self.help.hide()
                self.use_now()
                if self.mistake is None:
                    self.left.emit()
                else:
                    self.open_help()
        elif key == Qt.Key.Key_Escape:
            if shown:
                self.help.hide()
            else:
                self.left.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        # Tab completes where something is chosen, and else goes on as ever.
        if pressed and event.key() == Qt.Key.Key_Tab and self.help.row >= 0:  # type: ignore[attr-defined]
            self._accept(self.help.row)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        if event.reason() == Qt.FocusReason.ShortcutFocusReason and not self.text():
            self.open_help()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.help.hide()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:  # noqa: N802
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if not self.text() and not self.hasFocus() and self._has_room():
            self._paint_key()
        if self.mistake is not None and not self._composing and self.text():
            self._underline(self.mistake)

    def _has_room(self) -> bool:
        """Whether a key beside the placeholder is no trouble."""
        words = QFontMetricsF(self.font()).horizontalAdvance(self.placeholderText())
        return self.width() - words > 2 * self.height()

    def _paint_key(self) -> None:
        """The key that leads here."""
        palette, font = self.window().palette(), theme.font("small_mono")
        side = round(18 * text_size())
        box = QRectF(self.width() - side - 6.5, (self.height() - side) / 2, side, side)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour(palette, "edge"))
        painter.drawRoundedRect(box, 4, 4)
        painter.setFont(font)
        painter.setPen(theme.colour(palette, "muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "/")
        painter.end()

    def _underline(self, mistake: FilterError) -> None:
        """Mark the place of a mistake."""
        start = min(mistake.start, len(self.text()))
        stop = max(mistake.stop, start + 1)
        left, right = self._x(start), self._x(stop)
        if right - left < 6:
            right = left + 6
        rect = self.cursorRect()
        y = rect.bottom() - 1.0
        tone = "danger" if self._is_wrong() else "accent"
        painter = QPainter(self)
        painter.setClipRect(self.rect().adjusted(6, 0, -6, 0))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour(self.window().palette(), tone), 2))
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        painter.end()

    def _x(self, place: int) -> float:
        """Where a character begins, in pixels: counted from the cursor, since the text scrolls."""
        metrics = QFontMetricsF(self.font())
        text = self.text()
        cursor = metrics.horizontalAdvance(text[: self.cursorPosition()])
        return self.cursorRect().center().x() + metrics.horizontalAdvance(text[:place]) - cursor
