"""The set-up of a server as a page: its options, Start, and the same as a command; GUI thread only.

The options can be changed while the server runs; what they change takes effect at the next start,
which the page shows in its message line.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.actions import PageActions
from launcher.core.command_line import serve_command
from launcher.core.display import one_line
from launcher.core.project.frameworks import BY_KIND
from launcher.panes.controls.action_button import ActionButton
from launcher.panes.controls.elided_line import ElidedLine

from .form import SetupForm
from .found import Finding, FoundPanel
from .sections import WIDTH

__all__ = ["SetupPage"]

_MARGIN, _RIGHT = 28, 16  # at the right there is a scroll bar beside it
_NO_APPS = 3  # of each kind are shown
_WITH_FOUND = WIDTH + 2 * _MARGIN + 260


class SetupPage(QWidget):
    """One column of options with a foot that starts the server.

    :ivar form: the options
    :ivar found: at the right, what was found and how the last run went
    """

    def __init__(self, actions: PageActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("setupPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QWidget(self)
        self._scroller = QScrollArea(self._column)
        self._inside = QWidget(self._scroller.viewport())
        self.form = SetupForm(self._inside)
        self.found = FoundPanel(self)
        self._lent: str | None = None  # Start's focus: to the field of the app, with this in it
        self.start = ActionButton(actions.start, "setupStartButton", "primary", self)
        theme.set_font(self.start, "strong")
        self.command = ElidedLine("commandEdit", self)
        theme.set_font(self.command, "mono")
        self.command.setAccessibleName("The same from a terminal")
        self.copy = QPushButton("Copy", self)
        self.copy.setObjectName("copyCommandButton")
        self.copy.setProperty("look", "quiet")
        self.copy.setAutoDefault(False)
        self.copy.setAccessibleName("Copy the command")
        self.copy.clicked.connect(self._copy)
        self._lay_out()
        form = self.form
        form.changed.connect(self.refresh)
        self.refresh_icons()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the command, and what was found, as they are now."""
        config = self.form.draft()
        self.command.setText(one_line(serve_command(config, masked=True), 4000))
        self.command.setCursorPosition(0)
        self.command.setToolTip(theme.plain_tooltip(self.command.text()))
        self.found.show_findings(self._findings())

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        theme.set_icon(self.copy, "copy", "soft")
        theme.set_icon(self.form.add_button, "add", "link")
        self.found.refresh_icons()

    def set_running(self, running: bool) -> None:
        """A server runs: Start is for when it has stopped, and changes wait for a restart."""
        self.form.set_running(running)
        self.start.setVisible(not running)
        if not running and self._lent is not None:
            if self.form.app.hasFocus() and self.form.app.currentText() == self._lent:
                self.start.setFocus(Qt.FocusReason.OtherFocusReason)
            self._lent = None

    def lend_focus(self) -> None:
        """Start is about to be disabled: where it has the focus, the form has it meanwhile, or Qt
        would give it to what is first in the window. It comes back, unless the user has gone on."""
        if self.window().focusWidget() is self.start:
            self.form.app.setFocus(Qt.FocusReason.OtherFocusReason)
            self._lent = self.form.app.currentText()

    def _findings(self) -> list[Finding]:
        found: list[Finding] = []
        candidate = self.form.app.candidate()
        if candidate is not None:
            found.append(Finding("package", candidate.spec, one_line(candidate.reason, 200), True))
        python = self.form.python.current()
        if python is not None and python.version:
            found.append(
                Finding("terminal", one_line(python.source, 100), f"Python {python.version}")
            )
            kind = self.form.app.kind()
            framework = python.framework(kind)
            if framework:
                others = [
                    f"{BY_KIND[name].name if name in BY_KIND else name} {version}".strip()
                    for name, version in python.frameworks
                    if name != kind
                ]
                detail = f"also there: {', '.join(others)}" if others else "its framework"
                found.append(Finding("package", one_line(framework, 100), one_line(detail, 200)))
        return found + self._no_apps()

    def _no_apps(self) -> list[Finding]:
        """What can't be offered as it is, and what to do about it."""
        findings = self.form.findings
        found = [
            Finding(
                "info",
                f"{one_line(hint.file, 100)}:{hint.line}",
                one_line(hint.text, 500),
                True,
                True,
            )
            for hint in findings.hints[:_NO_APPS]
        ]
        if findings.apps:
            return found
        return found + [
            Finding("warning", one_line(file, 100), "can't be read as Python", True)
            for file in findings.unreadable[:_NO_APPS]
        ]

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(serve_command(self.form.draft()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # as after another text size
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """The form has its width; what was found, the rest, where there is enough of it. Where
        there isn't even enough for the form, its titles go above the fields."""
        wide, beside_it = self._wide(), self.found.minimumSizeHint().width()
        beside = self.width() >= max(_WITH_FOUND, wide + beside_it)
        self.found.setVisible(beside)
        self.form.set_stacked(self._room(self.form.width_beside()) > self.width())
        self.form.setMaximumWidth(max(WIDTH, self.form.width_beside()))
        self._column.setMaximumWidth(wide if beside else 16777215)
        self._column.setMinimumWidth(wide if beside else 0)

    def _wide(self) -> int:
        needed = max(WIDTH, self.form.width_beside())
        return self._room(needed) + _MARGIN - _RIGHT

    def _room(self, width: int) -> int:
        """The width of the page for a form that has this one."""
        return _MARGIN + width + _RIGHT + self._scroller.verticalScrollBar().sizeHint().width()

    def _lay_out(self) -> None:
        inside = self._inside
        inside.setObjectName("setupColumn")
        row = QHBoxLayout(inside)
        row.setContentsMargins(_MARGIN, 8, _RIGHT, 8)
        row.addWidget(self.form, 100)
        row.addStretch(1)
        self._scroller.setObjectName("setupScroll")
        self._scroller.setFrameShape(QFrame.Shape.NoFrame)
        self._scroller.setWidgetResizable(True)
        self._scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroller.setWidget(inside)
        foot = QWidget(self._column)
        foot.setObjectName("setupFoot")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        caption = QLabel("The same from a terminal", foot)
        caption.setObjectName("caption")
        caption.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(caption, "caption")
        words = QHBoxLayout()
        words.addWidget(caption, 1)
        words.addWidget(self.copy)
        right = QVBoxLayout()
        right.setSpacing(2)
        right.addLayout(words)
        right.addWidget(self.command)
        line = QHBoxLayout(foot)
        # It ends where the form does, beside which there is room for a scroll bar.
        bar = self._scroller.verticalScrollBar().sizeHint().width()
        line.setContentsMargins(_MARGIN, 4, _MARGIN + bar, 14)
        line.setSpacing(12)
        line.addWidget(self.start, 0, Qt.AlignmentFlag.AlignBottom)
        line.addLayout(right, 1)
        below = QVBoxLayout(self._column)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self._scroller, 1)
        below.addWidget(foot)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._column)
        whole.addWidget(self.found, 1)
