"""What the app prints and logs, with its search; GUI thread only. Plain text throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from launcher import theme
from launcher.core.display import plural
from launcher.core.logs.output import Line, OutputLog
from launcher.core.logs.output_filter import EVERYTHING, loggers_of, with_context
from launcher.core.logs.output_search import Query
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.list_keys import ListCommand, ListKeys
from launcher.panes.controls.pace import Pace
from launcher.pool import Background
from launcher.theme.fonts import text_size

from .filter_chips import FilterChips
from .saving import save_blocks, save_text
from .search import Search
from .search_bar import SearchBar
from .view import OutputView
from .whole_line import WholeLine

__all__ = ["OutputPane"]

FRAME_MS = 50
"""Between two looks at what has come: a flood is painted twenty times a second at most."""
_BAR = 34
_WITH_WORDS = 600  # the width from which on all buttons have their words, in pixels


class OutputPane(QWidget):
    """The last lines of the output, following until the user turns to something above.

    :ivar view: the lines
    :ivar search: what is searched for in them
    :ivar filtered: those that the filter lets through
    :ivar chips: the filter
    :ivar keys: what can be done in the view, for its menu and the sheet of keys
    """

    problem = Signal(str)
    """Something that the user asked for can't be done: a sentence."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """This file is to be opened, at this line."""
    requestRequested = Signal(int)  # noqa: N815
    """The request with this number is to be shown."""
    saving = Signal(str)
    """A file is written: its name; "" when that has ended."""
    saved = Signal(str)
    """It has been saved: a sentence."""

    def __init__(self, log: OutputLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self.view = OutputView(log.lines, "outputView", "Output of the app", self)
        self.follower = self.view.follower
        self.search = Search(log.lines, self)
        self.filtered = Search(log.lines, self)
        self.chips = FilterChips(self._seen_loggers, self)
        self.bar = SearchBar(self)
        self.wrap = _button("Wrap", "outputWrap", "Wrap long lines (W)", self)
        self.wrap.setCheckable(True)
        self.save = _button("Save", "outputSave", "Save the output as a file", self)
        self.dropped = ElidedLabel("outputDropped", self)
        self.dropped.setContentsMargins(16, 4, 16, 4)
        self.dropped.hide()
        self._pace = Pace(FRAME_MS, self._catch_up, self)
        self._saving = Background(self)
        self._saving.finished.connect(self._saved)
        self._jumps = False  # to the first hit that comes
        self._target = ""
        self.keys = ListKeys(self.view, "Output", *self._commands())
        self.chips.fit(0)  # until it has its width
        self._lay_out()
        self._connect()
        self.refresh_icons()

    def set_hint(self, title: str, text: str) -> None:
        """What the empty view says."""
        self.view.set_hint(title, text)

    def add_below(self, bar: QWidget) -> None:
        """Put something at the foot of the pane."""
        layout = self.layout()
        assert layout is not None
        layout.addWidget(bar)

    @Slot()
    def refresh(self) -> None:
        """There is more, or it was cleared: show it soon. Nothing is done while nobody sees it."""
        if self.isVisible():
            self._pace.ask()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self.bar.refresh_icons()
        theme.set_icon(self.wrap, "wrap", "soft")
        theme.set_icon(self.save, "save", "soft")
        self.view.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "chips"):
            self._fit()

    def _fit(self) -> None:
        """Where it is narrow, chips leave, then the words of two buttons."""
        self.chips.fit(self.width())
        width = self.width() / text_size()
        self.bar.fit(width)
        for button, words in ((self.wrap, "Wrap"), (self.save, "Save")):
            button.setText(words if width >= _WITH_WORDS else "")

    def choice(self) -> dict[str, Any]:
        """What is chosen, for the page's memory."""
        return {"wrap": self.wrap.isChecked(), **self.bar.choice()}

    def restore(self, choice: Mapping[str, Any]) -> None:
        """The other way round; what makes no sense is left out."""
        self.wrap.setChecked(choice.get("wrap") is True)
        self.bar.restore(choice)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._catch_up()

    @Slot()
    def _catch_up(self) -> None:
        changed = self._log.lines.take_changed()
        self.view.catch_up(changed)
        self.filtered.follow(changed)
        self.search.follow(changed)
        dropped = self._log.dropped
        self.dropped.setVisible(dropped > 0)
        if dropped:
            kept = f"the last {len(self._log):,} are kept"
            self.dropped.setText(f"{plural(dropped, 'earlier line')} dropped; {kept}")

    # Searching

    @Slot(object)
    def _look_for(self, query: object) -> None:
        assert isinstance(query, Query)
        self._jumps = True
        self.search.look_for(replace(query, filter=self.chips.filter if query.text else EVERYTHING))
        self.view.set_marks(self.search.marks if self.search.active else None)

    @Slot()
    def _filter(self) -> None:
        self.filtered.look_for(Query("", filter=self.chips.filter))
        if self.bar.query.text:
            self._look_for(self.bar.query)
        self._show_only()

    @Slot()
    def _found(self) -> None:
        self.bar.show_result(self.search)
        if self.bar.only.isChecked():
            self._show_only()
        if self._jumps and self._knows_first():
            self._jumps = False
            self._go(not self.view.follower.following)
        self.view.viewport().update()

    def _knows_first(self) -> bool:
        """Whether it is known which hit is to be gone to. The newest ones are found first, those of
        before beside those of now."""
        search = self.search
        if not search.numbers or self.view.follower.following:
            return bool(search.numbers) and (search.numbers[-1] >= 0 or not search.running)
        return not (search.running or search.looks_back)

    @Slot()
    def _show_only(self) -> None:
        lines = self._log.lines
        shown = None
        if self.bar.only.isChecked() and self.search.active:
            shown = self.search
        elif self.filtered.active:
            shown = self.filtered
        if shown is None:
            self.view.set_only(None)
        else:
            around = self.chips.context
            numbers = with_context(shown.numbers, around, lines.oldest, lines.end)
            self.view.set_only(numbers, folded=shown is self.filtered)

    @Slot(bool)
    def _go(self, forwards: bool) -> None:
        """Go to the next hit, or the one before; from the end, where the view is there."""
        lines = self._log.lines
        top = self.view.top_number()
        start = lines.end if self.view.follower.following or top is None else top
        number = self.search.go(forwards, start)
        if number is not None:
            self.view.follower.pause()
            self.view.current = number
            self.view.reveal(number)
            self.view.show_number(number)

    @Slot()
    def _leave_search(self) -> None:
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _next(self) -> None:
        self._go(True)

    def _before(self) -> None:
        self._go(False)

    # What can be done in the view

    def _commands(self) -> tuple[ListCommand, ...]:
        view = self.view
        return (
            ListCommand("Copy", view.copy, ("Ctrl+C",), group="copy"),
            ListCommand("Select all", view.select_all, ("Ctrl+A",), group="copy"),
            ListCommand(
                "Show the whole line", self._show_current, ("Return",), "line", self._is_cut
            ),
            ListCommand("Unfold", self._unfold, ("Right", "Return"), "fold", self._is_folded),
            ListCommand("Fold", self._fold, ("Left",), "fold", self._is_unfolded),
            ListCommand("Unfold all tracebacks", self._unfold_all, (), "fold"),
            ListCommand("Fold all", self._fold_all, (), "fold"),
            ListCommand("Open in editor", self._open_source, ("F4",), "line", self._has_source),
            ListCommand(
                "Show request", self._show_request, group="line", is_there=self._has_request
            ),
            ListCommand(
                "Only this request's lines", self._only_request, (), "filter", self._has_request
            ),
            ListCommand("Only this logger", self._only_logger, (), "filter", self._has_logger),
            ListCommand("Show all lines", self.chips.show_all, (), "filter", self._is_filtered),
            ListCommand("Search", self.bar.begin, ("/",), group="search"),
            ListCommand("Next hit", self._next, ("N",), "search", self._has_hits),
            ListCommand("Hit before", self._before, ("Shift+N",), "search", self._has_hits),
            ListCommand("Wrap long lines", self.wrap.toggle, ("W",), group="view"),
            ListCommand("Show times", self._toggle_times, ("T",), group="view"),
            ListCommand("Save as a file\u2026", self._save, group="save"),
        )

    def _has_hits(self) -> bool:
        return bool(self.search.numbers)

    @property
    def _line(self) -> Line | None:
        """The current line."""
        number = self.view.current
        return None if number is None else self._log.lines.get(number)

    def _is_cut(self) -> bool:
        line = self._line
        return line is not None and line.length > len(line.text)

    def _is_folded(self) -> bool:
        number = self.view.current
        return number is not None and self.view.can_turn(number, is_open=True)

    def _is_unfolded(self) -> bool:
        number = self.view.current
        return number is not None and self.view.can_turn(self.view.head_of(number), is_open=False)

    def _unfold(self) -> None:
        if self.view.current is not None:
            self.view.turn(self.view.current, is_open=True)

    def _fold(self) -> None:
        if self.view.current is not None:
            self.view.current = self.view.head_of(self.view.current)
            self.view.turn(self.view.current, is_open=False)

    def _unfold_all(self) -> None:
        self.view.turn_all(is_open=True)

    def _fold_all(self) -> None:
        self.view.turn_all(is_open=False)

    def _has_source(self) -> bool:
        return self._line is not None and bool(self._line.source.file)

    def _has_request(self) -> bool:
        return self._line is not None and self._line.source.request is not None

    def _show_request(self) -> None:
        if self._line is not None and self._line.source.request is not None:
            self.requestRequested.emit(self._line.source.request)

    def _only_request(self) -> None:
        if self._line is not None:
            self.show_lines_of(self._line.source.request)

    def show_lines_of(self, request: int | None) -> None:
        """Show the lines of one request only; of all, where it is None.

        :param request: the number of its row
        """
        self.chips.choose(replace(self.chips.filter, request=request))

    def _has_logger(self) -> bool:
        return self._line is not None and bool(self._line.source.logger)

    def _only_logger(self) -> None:
        if self._line is not None:
            logger = self._line.source.logger
            self.chips.choose(replace(self.chips.filter, logger=logger))

    def _is_filtered(self) -> bool:
        return self.chips.hides

    def _seen_loggers(self) -> list[str]:
        lines = self._log.lines
        return loggers_of(reversed(lines.blocks(lines.first)))

    def _open_source(self) -> None:
        if self.view.current is not None:
            self.view.open_source(self.view.current)

    def _toggle_times(self) -> None:
        self.view.set_shows_times(not self.view.shows_times)

    @Slot(QPoint)
    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setObjectName("outputMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.keys.fill(menu)
        menu.popup(at)

    def _show_current(self) -> None:
        if self.view.current is not None:
            self._show_whole(self.view.current)

    @Slot(int)
    def _show_whole(self, number: int) -> None:
        line = self._log.lines.get(number)
        if line is not None:
            dialog = WholeLine(self._log.lines.whole(number), line.length, self)
            dialog.saveRequested.connect(self._save_line)
            dialog.show()

    # Saving

    def _choose_file(self, name: str) -> str:
        path, _ = QFileDialog.getSaveFileName(self, "Save as", name, "Text (*.txt *.log);;All (*)")
        return str(path)

    @Slot()
    def _save(self) -> None:
        path = self._choose_file("output.log")
        if path:
            lines = self._log.lines
            first = lines.first
            blocks, whole = lines.blocks(first), lines.whole_lines()
            self._begin_saving(path)
            self._saving.run(lambda: save_blocks(path, blocks, whole, first))

    @Slot(str)
    def _save_line(self, text: str) -> None:
        path = self._choose_file("line.txt")
        if path:
            self._begin_saving(path)
            self._saving.run(lambda: save_text(path, text))

    def _begin_saving(self, path: str) -> None:
        self._target = path
        self.save.setEnabled(False)
        self.saving.emit(Path(path).name)

    @Slot(object)
    def _saved(self, mistake: str | None) -> None:
        self.save.setEnabled(True)
        self.saving.emit("")
        if mistake or mistake is None:
            self.problem.emit(mistake or "The output could not be saved.")
        else:
            self.saved.emit(f"Saved as {self._target}.")

    # Putting it together

    def _lay_out(self) -> None:
        top = QWidget(self)
        top.setObjectName("outputBar")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        top.setMinimumHeight(_BAR)
        row = QHBoxLayout(top)
        row.setContentsMargins(12, 2, 12, 2)
        row.setSpacing(8)
        row.addWidget(self.bar, 1)
        row.addWidget(self.chips)
        row.addStretch(0)
        row.addWidget(self.wrap)
        row.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(top)
        layout.addWidget(self.dropped)
        layout.addWidget(self.view, 1)

    def _connect(self) -> None:
        self.bar.wanted.connect(self._look_for)
        self.bar.stepped.connect(self._go)
        self.bar.onlyChanged.connect(self._show_only)
        self.bar.left.connect(self._leave_search)
        self.search.changed.connect(self._found)
        self.filtered.changed.connect(self._show_only)
        self.chips.changed.connect(self._filter)
        self.wrap.toggled.connect(self.view.set_wraps)
        self.save.clicked.connect(self._save)
        self.view.menuRequested.connect(self._open_menu)
        self.view.wholeRequested.connect(self._show_whole)
        self.view.sourceRequested.connect(self.sourceRequested)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.bar.begin)


def _button(text: str, name: str, tip: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setObjectName(name)
    button.setProperty("look", "quiet")
    button.setAutoDefault(False)
    button.setToolTip(theme.plain_tooltip(tip))
    button.setAccessibleName(tip.partition(" (")[0])
    return button
