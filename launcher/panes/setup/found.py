"""What was found in the project's folder, and how the last run went; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.panes.controls.labels import ElidedLabel
from server.base.values import dataclass

__all__ = ["Finding", "FoundPanel", "LastRun"]


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    :param icon: its drawing's name
    :param title: what it is called
    :param detail: a second line
    :param yours: it is the user's own code
    :param whole: the detail is to be read to its end, on as many lines as it takes
    """

    icon: str
    title: str
    detail: str
    yours: bool = False
    whole: bool = False


@dataclass(frozen=True)
class LastRun:
    """How the last run went, in words.

    :param facts: each a label and its value
    :param end: how it ended
    """

    facts: tuple[tuple[str, str], ...]
    end: str


class FoundPanel(QWidget):
    """At the right of the set-up, where there is room for it."""

    requestsWanted = Signal()  # noqa: N815
    """The requests of the last run are to be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("foundPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._findings: tuple[Finding, ...] = ()
        self._run: LastRun | None = None
        self._found = QGridLayout()
        self._found.setHorizontalSpacing(12)
        self._found.setVerticalSpacing(2)
        self._found.setColumnStretch(1, 1)
        self._facts = QGridLayout()
        self._facts.setVerticalSpacing(9)
        self._facts.setColumnStretch(0, 1)
        self._last = QWidget(self)
        self._end = _label("", "second")
        self._end.setWordWrap(True)
        show = QPushButton("Show its requests", self._last)
        show.setObjectName("showLastRequests")
        show.setAutoDefault(False)
        show.clicked.connect(self.requestsWanted)
        below = QVBoxLayout(self._last)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(12)
        line = QFrame(self._last)
        line.setObjectName("hairline")
        line.setFixedHeight(1)
        below.addWidget(line)
        below.addWidget(_label("Last run", "strong"))
        below.addLayout(self._facts)
        below.addWidget(self._end)
        row = QHBoxLayout()
        row.addWidget(show)
        row.addStretch(1)
        below.addLayout(row)
        self._title = _label("Found in this folder", "strong")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addWidget(self._title)
        column.addLayout(self._found)
        column.addWidget(self._last)
        column.addStretch(1)
        self._last.hide()

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show what was found now."""
        if tuple(findings) == self._findings:
            return
        self._findings = tuple(findings)
        _empty(self._found)
        self._title.setVisible(bool(findings))
        for number, finding in enumerate(findings):
            icon = QLabel(self)
            icon.setTextFormat(Qt.TextFormat.PlainText)
            icon.setPixmap(theme.pixmap(finding.icon, self.palette(), "soft"))
            title = ElidedLabel("foundTitle", self)
            title.setText(finding.title)
            title.setToolTip(theme.plain_tooltip(finding.title))
            theme.set_font(title, "datum" if finding.yours else "button")
            title.setProperty("tone", "yours" if finding.yours else "")
            detail = (
                _label(finding.detail, "second") if finding.whole else ElidedLabel("muted", self)
            )
            detail.setText(finding.detail)
            if finding.whole:
                detail.setWordWrap(True)
                detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            else:
                detail.setToolTip(theme.plain_tooltip(finding.detail))
            theme.set_font(detail, "second")
            self._found.addWidget(icon, 3 * number, 0, Qt.AlignmentFlag.AlignTop)
            self._found.addWidget(title, 3 * number, 1)
            self._found.addWidget(detail, 3 * number + 1, 1)
            self._found.setRowMinimumHeight(3 * number + 2, 10)

    def show_last_run(self, run: LastRun | None) -> None:
        """Show how the last run went, or that there was none."""
        if run == self._run:
            return
        self._run = run
        self._last.setVisible(run is not None)
        if run is None:
            return
        _empty(self._facts)
        for row, (name, value) in enumerate(run.facts):
            self._facts.addWidget(_label(name, "text", muted=True), row, 0)
            self._facts.addWidget(_label(value, "button"), row, 1, Qt.AlignmentFlag.AlignRight)
        self._end.setText(run.end)
        self._end.setVisible(bool(run.end))

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        findings, self._findings = self._findings, ()
        self.show_findings(findings)


def _label(text: str, role: str, *, muted: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    theme.set_font(label, role)
    if muted:
        label.setObjectName("muted")
    return label


def _empty(grid: QGridLayout) -> None:
    while (item := grid.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
