"""The latest error that the user hasn't looked at yet, in one line; GUI thread only."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from launcher import theme
from launcher.core.display import clock, one_line
from launcher.core.logs.errors import ErrorLog
from launcher.panes.controls.labels import ElidedLabel, FittingLabel
from launcher.panes.message_line import HEIGHT
from launcher.theme.fonts import text_size

__all__ = ["LatestError"]

_SPACING = 8
_AROUND = 18 + _SPACING  # at both ends, and before the message
_MESSAGE = 60
"""Pixels that the message has at least, before how often it came and where."""


class LatestError(QFrame):
    """Stands in the place of the messages while there are none; overlays and moves nothing."""

    errorRequested = Signal(int)  # noqa: N815
    """The user wants to see the error with this number."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    dismissed = Signal()
    """The user has seen enough of it."""

    def __init__(self, log: ErrorLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("latestError")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.set_line_height(self, HEIGHT, 12)
        self._log = log
        self._number: int | None = None
        self._place: tuple[str, int] | None = None
        self._icon = QLabel(self)
        self._icon.setTextFormat(Qt.TextFormat.PlainText)
        self.title = FittingLabel("latestErrorTitle", self)
        theme.set_font(self.title, "strong")
        self.place = QLabel(self)
        self.place.setObjectName("latestErrorPlace")
        self.place.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.place, "datum")
        self.message = ElidedLabel("latestErrorText", self)
        self.count = QLabel(self)
        self.count.setObjectName("muted")
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.count, "second")
        self.editor = self._button("latestErrorEditor", "Open in editor")
        self.editor.clicked.connect(self._open)
        self.details = self._button("latestErrorShow", "Show")
        self.details.setAccessibleName("Show the error")
        self.details.clicked.connect(self._show_error)
        self.close_button = self._button("latestErrorClose", "")
        self.close_button.setAccessibleName("Dismiss the error")
        self.close_button.setToolTip("Dismiss")
        self.close_button.setFixedWidth(26)
        self.close_button.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 8, 0)
        row.setSpacing(_SPACING)
        row.addWidget(self._icon)
        row.addWidget(self.title)
        row.addWidget(self.place)
        row.addWidget(self.message, 1)
        row.addWidget(self.count)
        for button in (self.editor, self.details, self.close_button):
            row.addWidget(button)
        self.hide()
        self.refresh_icons()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self._icon.setPixmap(theme.pixmap("failed", self.palette(), "danger", 14))
        theme.set_icon(self.close_button, "close", "soft")

    def refresh(self, *, free: bool) -> None:
        """Show the newest error that hasn't been seen, or go.

        :param free: whether the place isn't taken by a message
        """
        groups = self._log.groups
        group = groups.newest_unseen()
        row = None if group is None else self._log.get(group.newest.number)
        if group is None or row is None or not free:
            self.hide()
            return
        self._number, self._place = row.number, row.place
        module, _, name = row.type.rpartition(".")
        self.title.setText(one_line(name or module, 60))
        where = "" if row.place is None else f"{PurePath(row.place[0]).name}:{row.place[1]}"
        self.place.setText(one_line(where, 60))
        self.message.setText(one_line(" ".join(row.message[:800].split()), 400))
        self.message.setToolTip(theme.plain_tooltip(self.message.text()))
        last = f"last {clock(group.last)[:8]}"
        self.count.setText(f"{group.count:,}\u00d7, {last}" if group.count > 1 else last[5:])
        self.editor.setVisible(row.place is not None)
        self.setAccessibleName(f"Latest error: {row.type} {where} {self.message.text()}")
        self._fit()
        self.show()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "close_button"):
            self._fit()

    def _fit(self) -> None:
        """Nothing is cut: how often and when leaves first, then the place, which the error has."""
        stay = (self._icon, self.title, self.editor, self.details, self.close_button)
        room = self.width() - _AROUND - _MESSAGE * text_size()
        room -= sum(part.sizeHint().width() + _SPACING for part in stay if not part.isHidden())
        for part in (self.place, self.count):
            room -= part.sizeHint().width() + _SPACING
            part.setVisible(room >= 0 and bool(part.text()))

    @Slot()
    def _show_error(self) -> None:
        if self._number is not None:
            self.errorRequested.emit(self._number)

    @Slot()
    def _open(self) -> None:
        if self._place is not None:
            self.sourceRequested.emit(*self._place)

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setProperty("look", "line")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves it in the list
        return button
