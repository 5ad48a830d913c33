"""Which lines are shown, chosen by chips and a menu; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLayout, QMenu, QPushButton, QWidget

from launcher import theme
from launcher.core.display import one_line
from launcher.core.logs.levels import LEVELS
from launcher.core.logs.output_filter import EVERYTHING, LineFilter
from launcher.panes.filter_bar.chip import Chip
from launcher.theme.fonts import text_size

__all__ = ["CONTEXTS", "FilterChips"]

CONTEXTS = (0, 1, 3, 10)
"""Lines around each hit that can be shown."""
T = TypeVar("T")

_NAME = 24
_SOME, _ALL = 760, 1010
"""Pixels of the pane's width from which on there is room for the request's chip, and for all."""


class FilterChips(QWidget):
    """Chips for what is wanted most, and a menu with all of it.

    :param loggers: the names that lines have, asked when the menu opens
    :ivar context: so many lines are shown around each hit
    """

    changed = Signal()
    """Others are to be shown."""

    def __init__(self, loggers: Callable[[], list[str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loggers = loggers
        self._filter = EVERYTHING
        self.context = 0
        self._room = 2
        self.errors = Chip("outputErrors", "Errors", parent=self)
        self.warnings = Chip("outputWarnings", "Warnings", parent=self)
        self.own = Chip("outputOwn", "Yours only", parent=self)
        self.request = Chip("outputRequest", "Request", parent=self)
        self.more = QPushButton("Filter", self)
        self.more.setObjectName("outputFilterMenu")
        self.more.setProperty("look", "option")
        self.more.setAutoDefault(False)
        self.more.setAccessibleName("Filter by level, logger and request")
        self._menu = QMenu(self.more)
        self._menu.setObjectName("outputFilters")
        self._menu.aboutToShow.connect(self._fill)
        self.more.setMenu(self._menu)
        self.errors.setToolTip(theme.plain_tooltip("Show errors only"))
        self.warnings.setToolTip(theme.plain_tooltip("Show warnings and errors only"))
        self.own.setToolTip(theme.plain_tooltip("Show only what your own code has logged"))
        self.request.setToolTip(theme.plain_tooltip("Show the lines of all requests again"))
        self.errors.clicked.connect(self._errors_only)
        self.warnings.clicked.connect(self._warnings_only)
        self.own.clicked.connect(self._own_only)
        self.request.clicked.connect(self._all_requests)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # see minimumSizeHint
        for part in (self.errors, self.warnings, self.own, self.request, self.more):
            row.addWidget(part)
        self._show()

    @property
    def filter(self) -> LineFilter:
        """What is chosen."""
        return self._filter

    @property
    def hides(self) -> bool:
        """Whether something is chosen."""
        return self._filter.active or bool(self.context)

    def choose(self, wanted: LineFilter) -> None:
        """Choose something else."""
        changed = wanted != self._filter
        self._filter = wanted
        self._show()
        if changed:
            self.changed.emit()

    def choose_context(self, count: int) -> None:
        """Show so many lines around each hit."""
        self.context = count
        self._show()
        self.changed.emit()

    def fit(self, width: int) -> None:
        """Show as many chips as there is room for; the menu has all of them.

        :param width: of the pane, in pixels
        """
        room = sum(width >= round(least * text_size()) for least in (_SOME, _ALL))
        if room != self._room:
            self._room = room
            self._show()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """What is left in a narrow pane: else the chips would keep it from becoming narrow."""
        return self.more.sizeHint()

    def _change(self, **facts: object) -> None:
        self.choose(replace(self._filter, **facts))  # type: ignore[arg-type]

    def _show(self) -> None:
        chosen = self._filter
        self.errors.setChecked(chosen.level in ("error", "critical"))
        self.warnings.setChecked(chosen.level == "warning")
        self.own.setChecked(chosen.own)
        for chip in (self.errors, self.warnings, self.own):
            chip.setVisible(self._room > 1)
        self.request.setVisible(self._room > 0 and chosen.request is not None)
        self.request.setChecked(chosen.request is not None)
        if chosen.request is not None:
            self.request.show_count(None, f"Request {chosen.request + 1:,}")
        words = [one_line(chosen.logger, _NAME)] if chosen.logger else []
        if chosen.level in ("debug", "info"):
            words.append(f"{chosen.level} and above")
        if self.context:
            words.append(f"\u00b1{self.context} lines")
        if self._room < 2 and self.hides:
            words = ["on"]
        self.more.setText(f"Filter: {', '.join(words)}" if words else "Filter")
        self.more.setToolTip(theme.plain_tooltip(chosen.logger))

    # The chips

    @Slot()
    def _errors_only(self) -> None:
        self._change(level="error" if self.errors.isChecked() else "")

    @Slot()
    def _warnings_only(self) -> None:
        self._change(level="warning" if self.warnings.isChecked() else "")

    @Slot()
    def _own_only(self) -> None:
        self._change(own=self.own.isChecked())

    @Slot()
    def _all_requests(self) -> None:
        self._change(request=None)

    @Slot()
    def show_all(self) -> None:
        """Hide no line."""
        self._filter, self.context = EVERYTHING, 0
        self._show()
        self.changed.emit()

    # The menu

    @Slot()
    def _fill(self) -> None:
        menu = self._menu
        menu.clear()
        levels = menu.addMenu("Level")
        self._choices(
            levels,
            [("All", ""), *((f"{level.capitalize()} and above", level) for level in LEVELS)],
            self._filter.level,
            lambda level: self._change(level=level),
        )
        names = self._loggers()
        if self._filter.logger and self._filter.logger not in names:
            names = [self._filter.logger, *names]
        loggers = menu.addMenu("Logger")
        loggers.setEnabled(bool(names))
        self._choices(
            loggers,
            [("All", ""), *((one_line(name, 80), name) for name in names)],
            self._filter.logger,
            lambda name: self._change(logger=name),
        )
        around = menu.addMenu("Lines around hits")
        self._choices(
            around,
            [(str(count) if count else "None", count) for count in CONTEXTS],
            self.context,
            self.choose_context,
        )
        menu.addSeparator()
        own = menu.addAction("Yours only")
        own.setCheckable(True)
        own.setChecked(self._filter.own)
        own.triggered.connect(lambda on: self._change(own=on))
        everything = menu.addAction("Show all lines")
        everything.setEnabled(self.hides)
        everything.triggered.connect(self.show_all)

    def _choices(
        self,
        menu: QMenu,
        choices: list[tuple[str, T]],
        chosen: T,
        choose: Callable[[T], None],
    ) -> None:
        group = QActionGroup(menu)
        for text, value in choices:
            action = menu.addAction(text.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(value == chosen)
            group.addAction(action)
            action.triggered.connect(lambda _=False, value=value: choose(value))
