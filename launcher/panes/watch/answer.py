"""One pin: the answer that is expected beside the newest, and what changed in the code in between.

GUI thread only. Long answers are laid out on another thread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.display import one_line
from launcher.core.logs.errors import ErrorRow, own_place
from launcher.core.watch.code import FileChange
from launcher.core.watch.diff import Pair, below, differing
from launcher.core.watch.ignoring import choices
from launcher.core.watch.judging import Judgement, Reply, Verdict
from launcher.core.watch.pins import Pin
from launcher.core.watch.shown import Shown, answers, code_lines, expected, is_long
from launcher.models.watch import NOT_SENT, VERDICTS, target_of
from launcher.panes.controls.key_button import KeyButton
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.source_view import SourceView
from launcher.panes.controls.switch import Switch
from launcher.panes.tabs import CountingTabBar
from launcher.pool import Background

from .heads import AnswerFacts, FileHead, VerdictLabel, let_grow
from .lines_view import LinesView

__all__ = ["AnswerView"]

BODY, HEADERS, TIMING, ERROR = range(4)
_MOST_FILES = 8
_NOTHING = "Send it once to see its answer beside the expected one."


class AnswerView(QWidget):
    """Before and after of one pin."""

    acceptRequested = Signal()  # noqa: N815
    """The newest answer is to be expected from now on."""
    ignoreRequested = Signal(object, bool)  # noqa: N815
    """Something is to be ignored from now on, or not any more: an ``Ignored``."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("watchAnswer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("The selected pin")
        self._pin: Pin | None = None
        self._reply: Reply | None = None
        self._judgement: Judgement | None = None
        self._changes: tuple[FileChange, ...] = ()
        self._shown = Shown()
        self._chosen = BODY
        self._behind = Background(self)
        self._behind.finished.connect(self._take_shown)
        self.title = ElidedLabel("watchTitle", self)
        theme.set_font(self.title, "datum")
        let_grow(self.title)
        self.method = QLabel(self)
        self.method.setTextFormat(Qt.TextFormat.PlainText)
        self.method.setObjectName("muted")
        theme.set_font(self.method, "small_mono")
        self.verdict = VerdictLabel(self)
        self.open = KeyButton("watchOpenButton", "Open", "F4", "Open the code in the editor", self)
        self.open.setProperty("look", "quiet")
        self.accept = KeyButton(
            "watchAcceptButton", "Accept as expected", "A",
            "This answer is what is expected from now on", self,
        )  # fmt: skip
        self.tabs = CountingTabBar(self, padding=8)
        self.tabs.setObjectName("watchTabs")
        self.tabs.setAccessibleName("Parts of the answer")
        for name in ("Body", "Headers", "Timing", "Error"):
            self.tabs.addTab(name)
        self.only = Switch("Only differences", self)
        self.only.setObjectName("watchOnlyDifferences")
        self.previous = self._icon("watchPreviousButton", "Previous difference")
        self.next = self._icon("watchNextButton", "Next difference")
        self.sides = AnswerFacts(self)
        self.lines = LinesView(beside=True)
        self.files = QWidget()
        self._file_rows = QVBoxLayout(self.files)
        self._file_rows.setContentsMargins(0, 0, 0, 0)
        self._file_rows.setSpacing(0)
        self.ignore = QPushButton("Ignore a field\u2026")
        self.ignore.setObjectName("watchIgnoreButton")
        menu = QMenu(self.ignore)
        menu.aboutToShow.connect(self._fill_ignore)
        self.ignore.setMenu(menu)
        self.to_editor = KeyButton(
            "watchEditorButton", "Open in editor", "F4", "Open the line that was changed"
        )
        self.error = SourceView("watchError", self)
        self.error.sourceRequested.connect(self.sourceRequested)
        self._lay_out()
        self.tabs.currentChanged.connect(self._show_part)
        self.tabs.tabBarClicked.connect(self._choose)
        self.only.toggled.connect(self._show_part)
        self.previous.clicked.connect(partial(self._step, -1))
        self.next.clicked.connect(partial(self._step, 1))
        self.accept.clicked.connect(self.acceptRequested)
        for button in (self.open, self.to_editor):
            button.clicked.connect(self.open_source)
        self.refresh_icons()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        theme.set_icon(self.accept, "same", "soft")
        theme.set_icon(self.to_editor, "editor", "soft")
        for button, name in ((self.previous, "up"), (self.next, "down")):
            theme.set_icon(button, name, "soft")
        self.error.recolour()
        self._show_files()

    # What is shown

    def show_pin(
        self,
        pin: Pin | None,
        reply: Reply | None,
        judgement: Judgement | None,
        changes: tuple[FileChange, ...],
    ) -> None:
        """Show a pin and its newest answer; does nothing where that is shown already.

        :param changes: in the code, between the two answers
        """
        now = (pin, reply, judgement, changes)
        if (
            all(
                one is other
                for one, other in zip(
                    now[:3], (self._pin, self._reply, self._judgement), strict=True
                )
            )
            and changes == self._changes
        ):
            return
        another = pin is None or self._pin is None or pin.key != self._pin.key
        self._pin, self._reply, self._judgement, self._changes = now
        self._show_head()
        self._show_files()
        done = None if reply is None else reply.done
        self.sides.show_sides(None if pin is None else pin.request, done)
        error = None if reply is None or reply.error is None else _error_row(reply)
        self.error.show_error(error)
        self.tabs.setTabVisible(ERROR, error is not None)
        if error is not None and (another or self._chosen == ERROR):
            self.tabs.setCurrentIndex(ERROR)
        elif another or self.tabs.currentIndex() == ERROR:
            self.tabs.setCurrentIndex(self._chosen if self._chosen != ERROR else BODY)
        comparison = None if judgement is None else judgement.comparison
        made: Callable[[], Shown | None] = _nothing
        if pin is not None and done is not None:
            made = partial(answers, pin, done, comparison)
        elif pin is not None:
            made = partial(expected, pin)
        if pin is not None and is_long(pin, done):
            self._behind.run(made)
        else:
            self._behind.run(_nothing)  # what is under way doesn't count any more
            self._take_shown(made() or Shown())

    @property
    def place(self) -> tuple[str, int] | None:
        """Where the answer failed, or else what was changed in the code."""
        found = self._judgement
        if found is not None and found.place is not None:
            return found.place
        for change in self._changes:
            if change.after is not None:
                return change.path, _first_line(change)
        return None

    @Slot()
    def open_source(self) -> None:
        """Open that place in the editor."""
        if self.place is not None:
            self.sourceRequested.emit(*self.place)

    @Slot()
    def open_ignore_menu(self) -> None:
        """Choose what is ignored."""
        self.ignore.showMenu()

    @Slot(object)
    def _take_shown(self, shown: Shown | None) -> None:
        if shown is None:
            return
        self._shown = shown
        judgement = self._judgement
        counts = judgement is not None and judgement.verdict is not Verdict.FAILED
        for index, count in ((BODY, shown.counts[0]), (HEADERS, shown.counts[1])):
            self.tabs.set_count(index, count if counts else 0)
        self._show_part()

    @Slot()
    def _show_part(self) -> None:
        index = self.tabs.currentIndex()
        self._stack.setCurrentIndex(1 if index == ERROR else 0)
        parts: dict[int, tuple[Pair, ...]] = {
            BODY: self._shown.body, HEADERS: self._shown.headers, TIMING: self._shown.timing,
        }  # fmt: skip
        pairs = parts.get(index, ())
        done = None if self._reply is None else self._reply.done
        if self.only.isChecked() and index != TIMING and done is not None:
            pairs = differing(pairs, 2 if index == BODY else 0)
        self.lines.show_pairs(pairs, numbered=index == BODY)
        empty = ""
        if done is None:
            problem = "" if self._reply is None else self._reply.problem
            empty = problem or _NOTHING
        elif not pairs:
            empty = "Nothing differs." if self.only.isChecked() else "Both are empty."
        self._empty.setText(empty)
        self._empty.setVisible(bool(empty))
        has_differences = done is not None and any(pair.differs for pair in pairs)
        for button in (self.previous, self.next):
            button.setEnabled(has_differences and index != ERROR)
        self.only.setEnabled(index in (BODY, HEADERS))

    def _show_head(self) -> None:
        pin, judgement = self._pin, self._judgement
        self.setEnabled(pin is not None)
        if pin is None:
            self.method.clear()
            self.title.clear()
            self.verdict.show_verdict("", *NOT_SENT)
            return
        path, query = target_of(pin)
        self.method.setText(one_line(pin.request.method, 20))
        self.title.setText(f"{path}{query}")
        if judgement is None:
            self.verdict.show_verdict("Not sent yet", *NOT_SENT)
        else:
            shape, tone = VERDICTS[judgement.verdict]
            self.verdict.show_verdict(judgement.verdict.value.capitalize(), shape, tone)
        done = None if self._reply is None else self._reply.done
        self.accept.setEnabled(done is not None and bool(done.status))
        can_ignore = judgement is not None and judgement.comparison is not None
        self.ignore.setEnabled(bool(pin.ignored) or can_ignore)

    def _show_files(self) -> None:
        """What was changed in the code between the two answers."""
        while self._file_rows.count():
            item = self._file_rows.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()  # it is deleted later, and would be painted until then
                widget.deleteLater()
        changes = self._changes[:_MOST_FILES]
        if changes:
            title = QLabel("Changed between the two")
            title.setTextFormat(Qt.TextFormat.PlainText)
            theme.set_font(title, "strong")
            title.setContentsMargins(20, 12, 16, 4)
            self._file_rows.addWidget(title)
        for change in changes:
            self._file_rows.addWidget(FileHead(change))
            lines = LinesView(beside=False)
            lines.show_pairs(code_lines(change))
            self._file_rows.addWidget(lines)
        if len(self._changes) > len(changes):
            more = QLabel(f"\u2026 and {len(self._changes) - len(changes):,} more files")
            more.setObjectName("muted")
            more.setContentsMargins(20, 8, 16, 4)
            self._file_rows.addWidget(more)
        has_place = self.place is not None
        self.open.setEnabled(has_place)
        self.to_editor.setVisible(bool(changes) and has_place)

    # What the user does

    @Slot(int)
    def _choose(self, index: int) -> None:
        """The tab that the user chose comes back for other pins."""
        if index >= 0:
            self._chosen = index

    def _step(self, by: int, _checked: bool = False) -> None:
        """Scroll to the next difference, or to the one before."""
        pairs = self.lines.pairs
        starts = [
            n for n, pair in enumerate(pairs)
            if pair.differs and (not n or not pairs[n - 1].differs)
        ]  # fmt: skip
        if not starts:
            return
        bar = self._scroll.verticalScrollBar()
        offset = self.lines.mapTo(self._content, self.lines.rect().topLeft()).y()
        tops = [offset + self.lines.top_of(start) - 2 * self.lines.line_height for start in starts]
        now = bar.value()
        if by > 0:
            target = next((top for top in tops if top > now), tops[-1])
        else:
            target = next((top for top in reversed(tops) if top < now), tops[0])
        bar.setValue(max(0, target))

    @Slot()
    def _fill_ignore(self) -> None:
        """What differs can be ignored, and what is ignored can count again."""
        menu = self.ignore.menu()
        menu.clear()
        pin, judgement = self._pin, self._judgement
        if pin is None:
            return
        comparison = None if judgement is None else judgement.comparison
        offered = () if comparison is None else choices(comparison)
        for one in offered:
            action = menu.addAction(one_line(one.title, 80).replace("&", "&&"))
            action.triggered.connect(partial(self._ignore, one, True))
        if pin.ignored:
            menu.addSection("Ignored")
        for one in pin.ignored:
            action = menu.addAction(one_line(one.title, 80).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(True)
            action.triggered.connect(partial(self._ignore, one, False))
        if menu.isEmpty():
            menu.addAction("Nothing differs").setEnabled(False)

    def _ignore(self, one: object, on: bool, _checked: bool = False) -> None:
        self.ignoreRequested.emit(one, on)

    # Putting it together

    def _icon(self, name: str, words: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setProperty("look", "icon")
        button.setAccessibleName(words)
        button.setToolTip(words)
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(20, 8, 14, 2)
        head.setSpacing(10)
        head.addWidget(self.method)
        head.addWidget(self.title)
        head.addWidget(self.verdict)
        head.addStretch(1)
        head.addWidget(self.open)
        head.addWidget(self.accept)
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 0, 10, 0)
        bar.setSpacing(6)
        bar.addWidget(self.tabs)
        bar.addStretch(1)
        bar.addWidget(self.only)
        bar.addSpacing(8)
        bar.addWidget(self.previous)
        bar.addWidget(self.next)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(20, 12, 16, 16)
        buttons.setSpacing(8)
        buttons.addWidget(self.to_editor)
        buttons.addWidget(self.ignore)
        buttons.addStretch(1)
        self._empty = QLabel()
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self._empty.setObjectName("muted")
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(20, 14, 16, 8)
        self._content = QWidget()
        self._content.setObjectName("watchContent")
        rows = QVBoxLayout(self._content)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.sides)
        rows.addWidget(self._empty)
        rows.addWidget(self.lines)
        line = QFrame()
        line.setObjectName("hairline")
        line.setFixedHeight(1)
        rows.addWidget(line)
        rows.addWidget(self.files)
        rows.addLayout(buttons)
        rows.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setObjectName("watchScroll")
        self._scroll.setAccessibleName("Before and after")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._content)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(self.error)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(bar)
        layout.addWidget(self._stack, 1)


def _first_line(change: FileChange) -> int:
    """The first line of a file that was changed, as it is by now."""
    last = 0
    for pair in below(change.before, change.after) if change.known else ():
        if pair.differs and pair.after is None:
            return last + 1
        if pair.after is not None:
            last = pair.after.number
        if pair.differs:
            return last
    return 1


def _error_row(reply: Reply) -> ErrorRow:
    """The error of an answer, as the views of errors have it."""
    error = reply.error
    assert error is not None
    return ErrorRow(
        number=-1,
        time=error.time,
        type=error.type,
        message=error.message,
        text=error.text,
        place=own_place(error.frames, error.text),
        event=error,
        group=error.group,
    )


def _nothing() -> None:
    """Nothing has to be laid out."""
