"""The bar above a request's details: what was asked, how it went, and what can be done with it.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from launcher import theme
from launcher.core import display
from launcher.core.logs.requests import RequestRow
from launcher.core.request_facts import view_place
from launcher.panes.controls.key_button import KeyButton
from launcher.panes.controls.labels import ElidedLabel
from launcher.theme.fonts import text_size

from .head import RequestStatus, RequestTitle, facts_of

__all__ = ["DetailsBar"]

ON_ONE_LINE = 760
"""Pixels of width from which on it is one line."""
WITH_CURL = 360
"""Pixels of width from which on there is room for the one that copies for curl."""
_TITLE = 210
"""Pixels that method and path have on one line, before any button has more than it needs."""
_LAST_STEP = 5
_WITH_ARROW = 52  # pixels of a button that opens a menu
_LEFT, _RIGHT, _SPACING = 16, 10, 6


class _Place(ElidedLabel):
    """A name of the user's code; a click opens it."""

    activated = Signal()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.activated.emit()


class DetailsBar(QWidget):
    """One line where there is room, else three.

    On one line the buttons leave room for the path: first two of them are without words, then all
    without their keys, then one leaves, whose copy is in the menu beside it, and others are without
    words; last the facts leave, which the list has.

    :ivar edit: leaves where there is no room; its key is there all the same, as that of ``curl``
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("detailsBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(200)  # the title gives way
        self.title = RequestTitle(self)
        self.status = RequestStatus(self)
        self.facts = ElidedLabel("requestFacts", self)
        theme.set_font(self.facts, "second")
        self.facts.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.facts.setForegroundRole(self.facts.foregroundRole().PlaceholderText)
        self.endpoint = _Place("requestEndpoint", self)
        theme.set_font(self.endpoint, "datum")
        self.close_button = self._icon("closeDetailsButton", "Close the details")
        self.close_button.setToolTip("Close the details (Esc)")
        self.pin = self._icon("pinButton", "Pin")
        self.pin.setCheckable(True)
        self.pin.hide()  # until it is known whether it can be
        self.to_editor = KeyButton(
            "openErrorInEditor", "Open in editor", "F4", "Open the line that failed"
        )
        self.to_editor.setProperty("look", "primary")
        self.replay = KeyButton("replayButton", "Send again", "R", "")
        self.edit = KeyButton("editButton", "Edit", "E", "Edit this request, and send it")
        self.curl = KeyButton("copyCurlButton", "cURL", "C", "Copy as a command for curl")
        self.copies = KeyButton("copyButton", "Copy", "", "Copy this request in another form")
        self.show_flow = KeyButton(
            "showFlowButton", "Flow", "", "Show the way that this request took, step by step"
        )
        self.buttons = (
            self.to_editor, self.replay, self.edit, self.curl, self.copies, self.show_flow
        )  # fmt: skip
        self._step = -1
        self._is_wide: bool | None = None
        self._lay_out()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        theme.set_icon(self.close_button, "close", "muted")
        self.show_pin_mark()
        self.show_flow.show_icon("flow")
        self.replay.show_icon("restart")
        self.edit.show_icon("editor")
        self.curl.show_icon("copy")
        self._show_copies_mark()
        self.to_editor.show_icon("editor", "on_accent")
        palette = self.palette()
        yours = self.endpoint.palette()
        yours.setColor(self.endpoint.foregroundRole(), theme.colour(palette, "yours"))
        self.endpoint.setPalette(yours)

    def show_pin_mark(self) -> None:
        """Have the pin look as it is."""
        tone = "link" if self.pin.isChecked() else "muted"
        theme.set_icon(self.pin, "pin", tone)

    def show_request(self, row: RequestRow, *, has_place: bool, secrets: bool) -> None:
        """Show a request.

        :param has_place: its error has a line that can be opened
        :param secrets: show the secrets in its path
        """
        done = row.finished
        self.title.show_request(row, secrets=secrets)
        self.status.show_request(row)
        facts = "" if done is None else facts_of(done, row.queries.total)
        named = done is not None and bool(done.endpoint)
        self.facts.setText(f"{facts}  \u00b7" if named else facts)
        self.endpoint.setText("" if done is None else display.one_line(done.endpoint, 200))
        self.endpoint.setVisible(bool(self.endpoint.text()))
        place = None if done is None else view_place(done)
        where = "" if place is None else f"Open {place[0]}:{place[1]}"
        self.endpoint.setToolTip(theme.plain_tooltip(where or self.endpoint.text()))
        hand = Qt.CursorShape.PointingHandCursor if place else Qt.CursorShape.ArrowCursor
        self.endpoint.setCursor(hand)
        self.to_editor.setVisible(has_place)
        self.curl.setEnabled(done is not None)
        self.edit.setEnabled(done is not None)
        self.show_flow.setVisible(done is not None and bool(done.flow))
        self._fit()

    # Putting it together

    def _icon(self, name: str, words: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setProperty("look", "icon")
        button.setAccessibleName(words)
        return button

    def _lay_out(self) -> None:
        self._first, self._second, self._third = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for line in (self._first, self._second, self._third):
            line.setSpacing(_SPACING)
        top = QVBoxLayout(self)
        top.setContentsMargins(_LEFT, 6, _RIGHT, 6)
        top.setSpacing(4)
        for line in (self._first, self._second, self._third):
            top.addLayout(line)
        for button in self.buttons:
            # Those without words are as high as the others: else these are cut at large texts.
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Minimum)
        self._arrange(wide=False)
        self._take_step(1)

    def _arrange(self, *, wide: bool) -> None:
        """On one line where there is room, on three where there isn't."""
        if wide == self._is_wide:
            return
        self._is_wide = wide
        for line in (self._first, self._second, self._third):
            while line.takeAt(0) is not None:
                pass
        self._first.addWidget(self.title, 3)
        self._first.addWidget(self.status)
        facts = self._first if wide else self._second
        facts.addWidget(self.facts)
        facts.addWidget(self.endpoint, 1)
        row = self._first if wide else self._third
        for button in self.buttons:
            row.addWidget(button)
        if not wide:
            row.addStretch()
            facts.addStretch()
        self._first.addWidget(self.pin)
        self._first.addWidget(self.close_button)

    def _fit(self) -> None:
        width = self.width() / text_size()  # in pixels of the usual text size
        wide, no_editor = width >= ON_ONE_LINE, self.to_editor.isHidden()
        self._arrange(wide=wide)
        step = self._step_for(self._room()) if wide else 1
        self.edit.setVisible(wide or no_editor)
        self.curl.setVisible(step < 3 if wide else no_editor and width >= WITH_CURL)
        self._take_step(step)

    def _room(self) -> float:
        """The pixels that there are for the buttons on one line, with the title's."""
        others = (self.status, self.pin, self.close_button)
        there = [part.sizeHint().width() for part in others if not part.isHidden()]
        gaps = len(there) + (not self.endpoint.isHidden())
        return self.width() - _LEFT - _RIGHT - sum(there) - gaps * _SPACING

    def _step_for(self, room: float) -> int:
        """The first step that leaves the title its room."""
        least = _TITLE * text_size()
        for step in range(_LAST_STEP):
            facts = self.facts.sizeHint().width() + _SPACING
            if self._width_of(step) + facts + least <= room:
                return step
        return _LAST_STEP

    def _width_of(self, step: int) -> int:
        """The pixels of the buttons in a step, with the gaps between them."""
        leave = {button for button in (self.to_editor, self.show_flow) if button.isHidden()}
        if step >= 3:
            leave.add(self.curl)
        return sum(
            button.width_with(words=words, keys=step < 2, narrow=self._narrow(button)) + _SPACING
            for button, words in zip(self.buttons, self._words(step), strict=True)
            if button not in leave
        )

    def _words(self, step: int) -> tuple[bool, ...]:
        """Which of the buttons have words in a step."""
        return (True, step < 4, step < 3, True, step < 1, step < 1)

    def _narrow(self, button: KeyButton) -> int:
        return _WITH_ARROW if button is self.copies else 0

    def _take_step(self, step: int) -> None:
        if step == self._step:
            return
        self._step = step
        self.facts.setVisible(step < _LAST_STEP)
        for button, words in zip(self.buttons, self._words(step), strict=True):
            button.show_parts(words=words, keys=step < 2, narrow=self._narrow(button))
        self._show_copies_mark()
        layout = self.layout()
        assert layout is not None
        layout.activate()  # what is clicked next is where it is painted next

    def _show_copies_mark(self) -> None:
        # Beside its word the path would miss the room.
        self.copies.show_icon("" if self._step < 1 else "copy")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_is_wide"):
            self._fit()
