"""One error: what it is, what to do with it, and its frames; GUI thread only.

The same in the list of errors and beside a request.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from launcher import theme
from launcher.core.display import clock, one_line, plural, shown
from launcher.core.errors.report import ErrorReport, as_markdown, as_text
from launcher.core.logs.errors import ErrorRow
from launcher.core.logs.groups import ErrorGroup
from launcher.models.error_groups import class_name
from launcher.panes.console import FramesView
from launcher.panes.controls.key_button import KeyButton
from launcher.panes.controls.labels import ElidedLabel

__all__ = ["ErrorView"]

_MESSAGE_LINES = 4
_LEFT, _RIGHT, _GAP = 20, 12, 6  # around the buttons, and between them


class ErrorView(QWidget):
    """Shows one error.

    :param names: begins the object names of its parts; "" in the list of errors
    """

    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    requestRequested = Signal(int)  # noqa: N815
    """The user wants to see the request with this number."""
    stepRequested = Signal(int)  # noqa: N815
    """The user wants to see the error before (-1) or after (1) this one, of the same kind."""

    def __init__(self, names: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: ErrorRow | None = None
        self.app = ""
        self.python = ""
        self.title = self._label("errorTitle" if not names else f"{names}Title", "error")
        self.module = self._label("muted", "mono")
        self.steps = self._label("muted", "second")
        self.message = ElidedLabel("errorMessage" if not names else f"{names}Message")
        theme.set_font(self.message, "strong")
        self.about = ElidedLabel("muted")
        self.frames = FramesView("errorDetails" if not names else f"{names}Text", self)
        self.text = self.frames.text
        self.to_editor = KeyButton(
            "openEditorButton" if not names else f"{names}EditorButton",
            "Open in editor",
            "F4",
            "",
            self,
        )
        self.to_editor.setProperty("look", "primary")
        self.to_request = self._button("Show request", "")
        self.to_request.setObjectName("showRequestButton" if not names else f"{names}RequestButton")
        self.copy = self._button("Copy", "")
        self.copy.setObjectName("copyErrorButton" if not names else f"{names}CopyButton")
        self.copy.setToolTip("Copy the traceback; secrets are masked")
        self.copy_markdown = self._button("Copy as Markdown", "")
        self.copy_markdown.setObjectName(
            "copyMarkdownButton" if not names else f"{names}MarkdownButton"
        )
        self.before = self._button("\u2039", "icon")
        self.before.setAccessibleName("The error of this kind before this one")
        self.after = self._button("\u203a", "icon")
        self.after.setAccessibleName("The error of this kind after this one")
        self._lay_out()
        self.to_editor.clicked.connect(self.open_source)
        self.to_request.clicked.connect(self.show_request)
        self.copy.clicked.connect(self.copy_text)
        self.copy_markdown.clicked.connect(self.copy_as_markdown)
        self.before.clicked.connect(self._step_back)
        self.after.clicked.connect(self._step_on)
        self.frames.sourceRequested.connect(self.sourceRequested)
        self.text.set_hint("Select an error", "")
        self.show_error(None)
        self.refresh_icons()

    def refresh_icons(self) -> None:
        """Make icons and colours again, after a change of theme."""
        palette = self.palette()
        theme.set_icon(self.copy, "copy")
        theme.set_icon(self.copy_markdown, "copy")
        theme.set_icon(self.to_request, "request")
        theme.set_icon(self.to_editor, "editor", "on_accent")
        self.title.setStyleSheet(f"color: {theme.colours(palette).danger}")
        self.frames.recolour()

    def show_error(
        self, row: ErrorRow | None, group: ErrorGroup | None = None, step: tuple[int, int] = (1, 1)
    ) -> None:
        """Show an error.

        :param group: its kind
        :param step: which of the kind's kept errors it is, from 1, and how many there are
        """
        self._row = row
        self.head.setVisible(row is not None)
        if row is None:
            self.frames.show_error(None)
            return
        name, module = class_name(row.type)
        self.title.setText(one_line(name, 120))
        self.module.setText(one_line(module, 120))
        message = [line for line in shown(row.message[:4000]).split("\n") if line.strip()]
        self.message.setText(one_line(" ".join(message[:_MESSAGE_LINES]), 600))
        self.message.setVisible(bool(message))
        self.message.setToolTip(theme.plain_tooltip(shown(row.message[:2000])))
        self.about.setText(_about(row, group))
        self.to_editor.setEnabled(row.place is not None)
        where = "" if row.place is None else f"Open {row.place[0]} at line {row.place[1]}"
        self.to_editor.setToolTip(theme.plain_tooltip(one_line(where, 400)))
        self._fit()
        number, count = step
        self.steps.setText(f"{number} of {count}")
        for part in (self.steps, self.before, self.after):
            part.setVisible(count > 1)
        self.before.setEnabled(number > 1)
        self.after.setEnabled(number < count)
        self.frames.show_error(row)
        layout = self.layout()
        if layout is not None:
            layout.activate()  # what is pressed next lies where it will stay

    def report(self) -> ErrorReport | None:
        """What is copied of the error."""
        row = self._row
        if row is None:
            return None
        return ErrorReport(
            type=row.type,
            message=row.message,
            text=row.text,
            time=row.time,
            frames=row.frames,
            causes=row.event.causes if row.event is not None else (),
            place=row.place,
            method=row.method,
            target=row.target,
            app=self.app,
            python=self.python,
        )

    @Slot()
    def open_source(self) -> None:
        """Open the place in the user's own code."""
        if self._row is not None and self._row.place is not None:
            self.sourceRequested.emit(*self._row.place)

    @Slot()
    def show_request(self) -> None:
        """Show the request that it happened in."""
        if self._row is not None and self._row.request is not None:
            self.requestRequested.emit(self._row.request)

    @Slot()
    def copy_text(self) -> None:
        """Copy the request's line and the traceback."""
        report = self.report()
        if report is not None:
            QGuiApplication.clipboard().setText(as_text(report))

    @Slot()
    def copy_as_markdown(self) -> None:
        """Copy the error for an issue or an assistant."""
        report = self.report()
        if report is not None:
            QGuiApplication.clipboard().setText(as_markdown(report))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "head"):
            self._fit()

    def _fit(self) -> None:
        """Leave buttons out where they would be cut: the context menu has them all."""
        room = self.width() - _LEFT - _RIGHT
        self.to_request.setVisible(self._row is not None and self._row.request is not None)
        self.copy_markdown.show()
        for leaves in (self.copy_markdown, self.to_request):
            there = [button for button in self._buttons() if not button.isHidden()]
            widths = [button.sizeHint().width() + _GAP for button in there]
            leaves.setVisible(not leaves.isHidden() and sum(widths) - _GAP <= room)

    def _buttons(self) -> tuple[QPushButton, ...]:
        return self.to_editor, self.to_request, self.copy_markdown, self.copy

    @Slot()
    def _step_back(self) -> None:
        self.stepRequested.emit(-1)

    @Slot()
    def _step_on(self) -> None:
        self.stepRequested.emit(1)

    def _label(self, name: str, role: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(label, role)
        return label

    def _button(self, text: str, look: str) -> QPushButton:
        button = QPushButton(text, self)
        if look:
            button.setProperty("look", look)
        return button

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(10)
        first.addWidget(self.title, 0, Qt.AlignmentFlag.AlignBaseline)
        first.addWidget(self.module, 1, Qt.AlignmentFlag.AlignBaseline)
        for part in (self.before, self.steps, self.after):
            first.addWidget(part)
        buttons = QHBoxLayout()
        buttons.setSpacing(_GAP)
        for button in self._buttons():
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.head = QWidget(self)
        self.head.setObjectName("errorHead")
        self.head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        head = QVBoxLayout(self.head)
        head.setContentsMargins(_LEFT, 10, _RIGHT, 8)
        head.setSpacing(4)
        head.addLayout(first)
        head.addWidget(self.message)
        head.addWidget(self.about)
        head.addSpacing(2)
        head.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self.frames, 1)


def _about(row: ErrorRow, group: ErrorGroup | None) -> str:
    """The request, and how often it has happened."""
    facts = [f"{row.origin}   {clock(row.time)[:8]}"]
    if group is not None and group.count > 1:
        facts.append(f"{plural(group.count, 'time')} since {clock(group.first)[:8]}")
    return one_line(", ".join(facts), 600)
