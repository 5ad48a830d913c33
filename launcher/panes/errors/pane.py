"""The kinds of errors at the left, the selected one at the right; GUI thread only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.display import plural
from launcher.core.logs.errors import ErrorLog, ErrorRow
from launcher.models.error_groups import SORTS, GroupModel
from launcher.panes.controls.list_keys import ListCommand, ListKeys
from launcher.panes.controls.pace import Pace
from launcher.panes.controls.placeholder import Placeholder

from .entries import ErrorEntries
from .error_view import ErrorView

__all__ = ["ErrorsPane"]

_LIST_WIDTH = 316
_MOST_WIDE = 4000
_PACE_MS = 60


class ErrorsPane(QWidget):
    """Every kind of error of the app, and one error with its frames."""

    requestRequested = Signal(int)  # noqa: N815
    """The user wants to see the request with this number."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    seen = Signal()
    """The user has looked at an error that was new."""

    def __init__(self, log: ErrorLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._number: int | None = None
        self._epoch = log.epoch
        self.model = GroupModel(log, self)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        left = QWidget(self.splitter)
        self.view = ErrorEntries(self.model, left)
        self.filter = QLineEdit(left)
        self.filter.setObjectName("errorsFilter")
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter the errors")
        self.filter.setClearButtonEnabled(True)
        self.sort = QComboBox(left)
        self.sort.setObjectName("errorsSort")
        self.sort.setAccessibleName("Sort the errors by")
        self.sort.addItems(list(SORTS))
        self.count = QLabel(left)
        self.count.setObjectName("muted")
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.count, "second")
        self.count.setWordWrap(True)
        self.count.setContentsMargins(34, 8, 8, 8)
        self.panel = ErrorView("", self.splitter)
        self.text, self.to_editor = self.panel.text, self.panel.to_editor
        self._pace = Pace(_PACE_MS, self.catch_up, self)
        self._lay_out(left)
        self.view.chosen.connect(self._open)
        self.keys = ListKeys(
            self.view,
            "Errors",
            ListCommand(
                "Open in editor", self.panel.open_source, ("F4", "Return"), is_there=self._has_place
            ),
            ListCommand(
                "Console in the frame",
                self.panel.frames.open_console,
                ("I",),
                is_there=self._has_frames,
            ),
            ListCommand("Show request", self.panel.show_request, is_there=self._has_request),
            ListCommand("Copy traceback", self.panel.copy_text, ("Ctrl+C",), "copy", self._is_open),
            ListCommand("Copy as Markdown", self.panel.copy_as_markdown, (), "copy", self._is_open),
            ListCommand("Filter", self._focus_filter, ("/", "Ctrl+F"), in_menu=False),
        )
        self.keys.open_menus()
        self.filter.textChanged.connect(self._filter)
        self.sort.currentTextChanged.connect(self._sort)
        self.panel.sourceRequested.connect(self.sourceRequested)
        self.panel.requestRequested.connect(self.requestRequested)
        self.panel.stepRequested.connect(self._step)

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self.panel.refresh_icons()

    @Slot()
    def refresh(self) -> None:
        """Something has been recorded since the last call: show it soon, if anybody is looking."""
        if self.isVisible():
            self._pace.ask()

    @Slot()
    def catch_up(self) -> None:
        """Show what the log has by now; while nobody looks, that waits."""
        if not self.isVisible():
            return
        self.model.refresh()
        if not self.model.rowCount() and not self.model.needle:
            self.close_details()
            self.count.clear()
            return
        self._show_count()
        if self._log.is_of_another(self._number, self._epoch):
            self.close_details()
        self._epoch = self._log.epoch
        if self._number is not None:
            self._show(self._log.get(self._number))
        elif self.view.currentIndex().isValid():  # what was cleared has come back
            self._open(self.view.current_key)
        else:
            self._choose_newest()

    def set_hint(self, title: str, text: str) -> None:
        """The text of the empty list."""
        self.view.hint = Placeholder(title, text)
        self.view.viewport().update()

    def set_facts(self, app: str, python: str) -> None:
        """What copies of an error have of the server.

        :param python: the version of its interpreter, or ""
        """
        self.panel.app, self.panel.python = app, python

    def show_error(self, number: int) -> bool:
        """Select an error's kind and show the error; False where it isn't kept any more."""
        row = self._log.get(number)
        if row is None:
            return False
        self.model.refresh()
        if self.model.row_of(row.key) < 0:
            self.filter.clear()
            self.catch_up()
        self._number = number
        self.view.choose(row.key)
        self._number, self._epoch = number, self._log.epoch
        self._show(row)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    @Slot()
    def close_details(self) -> None:
        """Show no error."""
        self._number = None
        self.panel.show_error(None)
        self.view.setCurrentIndex(QModelIndex())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Entering selects the newest error that the user hasn't seen."""
        super().showEvent(event)
        self.model.refresh()
        newest = self._log.groups.newest_unseen()
        if newest is not None:
            self.view.choose(newest.key)
        self.catch_up()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._mark_seen()

    def _choose_newest(self) -> None:
        """Nothing is shown yet, as where the errors of before arrive only now: show the newest one
        that hasn't been seen, or else what the list begins with."""
        newest = self._log.groups.newest_unseen()
        first = self.model.group(0)
        if not (newest is not None and self.view.choose(newest.key)) and first is not None:
            self.view.choose(first.key)

    def _is_open(self) -> bool:
        return self._row() is not None

    def _has_place(self) -> bool:
        row = self._row()
        return row is not None and row.place is not None

    def _has_frames(self) -> bool:
        row = self._row()
        return row is not None and bool(row.frames)

    def _has_request(self) -> bool:
        row = self._row()
        return row is not None and row.request is not None

    def _row(self) -> ErrorRow | None:
        return None if self._number is None else self._log.get(self._number)

    @Slot(str)
    def _open(self, key: str) -> None:
        """Show the newest error of a group."""
        group = self._log.groups.get(key)
        self._number = None if group is None else group.newest.number
        self._epoch = self._log.epoch
        self._show(self._row())  # one of before is still being read, and comes with a refresh

    def _show(self, row: ErrorRow | None) -> None:
        if row is None:
            return
        members, at = self._kept_with(row)
        self.panel.show_error(row, self._log.groups.get(row.key), (at + 1, len(members)))
        self._mark_seen()

    def _mark_seen(self) -> None:
        """What is shown has been looked at."""
        row = self._row()
        if row is not None:
            self.mark_seen(row.key)

    @Slot(str)
    def mark_seen(self, key: str) -> None:
        """The errors of a group have been looked at, here or beside their request."""
        group = self._log.groups.get(key)
        if group is not None and group.unseen:
            self._log.groups.mark_seen(key)
            self.model.refresh()
            self._show_count()
            self.seen.emit()

    def _show_count(self) -> None:
        unseen = self._log.groups.unseen
        before = len(self._log.groups.all_of_them()) - len(self._log.groups)
        words = [f"{plural(unseen, 'kind')} not seen yet"] if unseen else []
        if self._log.total or not before:
            words.append(f"{plural(self._log.total, 'error')} in all")
        if before:
            words.append(f"{plural(before, 'kind')} from before")
        self.count.setText(", ".join(words))

    def _kept_with(self, row: ErrorRow) -> tuple[list[ErrorRow], int]:
        """The errors of its kind that are kept, with itself, and where it is among them: in front
        where it is of before, or was dropped."""
        members = self._log.members(row.key)
        for at, member in enumerate(members):
            if member.number == row.number:
                return members, at
        return [row, *members], 0

    @Slot(int)
    def _step(self, direction: int) -> None:
        row = self._row()
        if row is None:
            return
        members, at = self._kept_with(row)
        at = min(max(0, at + direction), len(members) - 1)
        self._number = members[at].number
        self._show(members[at])

    def choice(self) -> dict[str, Any]:
        """What is chosen, for the page's memory."""
        return {
            "filter": self.filter.text(),
            "sort": self.sort.currentText(),
            "width": self._width,
        }

    def restore(self, choice: Mapping[str, Any]) -> None:
        """The other way round; what makes no sense is left out."""
        text, sort, width = (choice.get(name) for name in ("filter", "sort", "width"))
        if isinstance(text, str):
            self.filter.setText(text)
        if isinstance(sort, str) and sort in SORTS:
            self.sort.setCurrentText(sort)
        if isinstance(width, int) and 0 < width <= _MOST_WIDE:
            self._share(width)

    def _share(self, width: int) -> None:
        """Give the list this width, in pixels."""
        self._width = width
        self.splitter.setSizes([width, max(_LIST_WIDTH, self.width() - width)])

    @Slot()
    def _keep_width(self) -> None:
        self._width = self.splitter.sizes()[0]

    @Slot(str)
    def _filter(self, text: str) -> None:
        self.model.needle = text.strip()
        self.model.refresh()

    @Slot(str)
    def _sort(self, name: str) -> None:
        self.model.sort_by = name
        self.model.refresh()

    @Slot()
    def _focus_filter(self) -> None:
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def _lay_out(self, left: QWidget) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 3, 6, 3)
        bar.setSpacing(6)
        bar.addWidget(self.filter, 1)
        bar.addWidget(self.sort)
        left.setObjectName("errorsColumn")
        left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.view, 1)
        column.addWidget(self.count)
        left.setMinimumWidth(190)
        self.splitter.setObjectName("errorsSplitter")
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.panel)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        self._share(_LIST_WIDTH)
        self.splitter.splitterMoved.connect(self._keep_width)
        self.splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
