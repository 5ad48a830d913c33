"""The way of one request through server, framework and app, and a summary of many.

GUI thread only. However many requests come, only the one that is shown is laid out, and not more
often than a reader could follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from launcher.core import learn
from launcher.core.filters.predicates import predicate
from launcher.core.filters.quick import STATIC
from launcher.core.logs.courses import Course, course_line
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.flow import Step, Timeline, timeline, why_no_flow
from launcher.core.logs.requests import RequestLog, RequestRow
from launcher.models.flow import TimelineModel
from launcher.panes.controls.legend import Legend
from launcher.panes.controls.time_band import TimeBand
from launcher.panes.controls.timeline import TimelineView, place_of

from .bar import TIMELINE, FlowBar, course_title, request_title
from .failure_strip import FailureStrip, failure_words
from .finding import FlowFinding
from .learn_panel import LearnPanel
from .summary import FlowSummaryPage

EVERY = 150
"""Milliseconds between two looks at what is new."""

_KEYS = "Enter opens the step in the editor"
_is_static = predicate(STATIC)
_COURSE = "course "  # before the number of one, in the list to choose from


class FlowPane(QWidget):
    """A request's time line with the request to choose above it; at the side, what a step does.

    :ivar bar: which request is shown, and on which page
    :ivar view: the time line
    :ivar failure: how the request has failed
    :ivar learn: the panel that explains the step under the cursor
    :ivar summary: the page with the numbers of all requests
    :ivar chosen_language: the language of the explanations where the user has chosen one, else ""
    """

    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    errorRequested = Signal(int)  # noqa: N815
    """The user wants to see the error with this number in its list."""
    requestRequested = Signal(int)  # noqa: N815
    """The user wants to see the request with this number in its list."""

    def __init__(self, log: RequestLog, errors: ErrorLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._errors = errors
        self._number: int | None = None
        self._epoch = log.epoch
        self._course: Course | None = None
        self._row: RequestRow | None = None
        self._error: int | None = None
        self._loading: tuple[int, int] | None = None  # number, and epoch of the log
        self._touched = False
        self._hint: tuple[str, str, Sequence[QAction]] = ("", "", ())
        self.chosen_language = ""
        self.model = TimelineModel(self)
        self.pages = QStackedWidget(self)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self.pages)
        self._time_line = QWidget(self.splitter)
        self.view = TimelineView(self.model, self._time_line)
        self.learn = LearnPanel(self.splitter)
        self.learn.hide()
        self.summary = FlowSummaryPage(log.flows, self.pages)
        self.bar = FlowBar(self)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._look)

        bar = self.bar
        bar.turned.connect(self._turn)
        bar.picked.connect(self._picked)
        bar.to_request.clicked.connect(self._request_wanted)
        bar.newest.toggled.connect(self._follow)
        bar.learn.toggled.connect(self._learn)
        bar.page_buttons.idClicked.connect(self.pages.setCurrentIndex)
        self.view.chosen.connect(self._open)
        self.view.pointed.connect(self.learn.explain)
        self.view.touched.connect(self._stay)
        self.view.turned.connect(self._turn)
        self.view.left.connect(self._request_wanted)
        for source in (self.learn, self.summary):
            source.sourceRequested.connect(self.sourceRequested)
        self.learn.languageChosen.connect(self._speak)
        self.model.language = self.learn.language
        self.refresh_icons()
        self._show()

    # What others ask for

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self.bar.refresh_icons()
        self.learn.refresh_icons()
        self.finding.refresh_icons()

    @Slot()
    def refresh(self) -> None:
        """Something has been recorded; it is looked at soon, if anybody is looking."""
        if self.isVisible() and not self._timer.isActive():
            self._look()
            self._timer.start()

    def set_hint(self, title: str, text: str, actions: Sequence[QAction] = ()) -> None:
        """The text of the empty time line: how the flow comes to be recorded."""
        self._hint = (title, text, actions)
        self.summary.set_hint(title, text)
        self._show_hint()

    def show_flow(self, number: int) -> bool:
        """Show the way of a request; False where the request isn't kept any more."""
        if self._log.get(number) is None:
            return False
        self.pages.setCurrentIndex(TIMELINE)
        self.bar.newest.setChecked(False)
        self._select(number)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def set_learning(self, learning: bool, language: str = "") -> None:
        """Whether steps are explained at the side, and in which language; "" for the reader's."""
        if language in learn.languages():
            self.learn.set_language(language)
            self.model.language = self.chosen_language = language
        self.bar.learn.setChecked(learning)

    @property
    def learning(self) -> bool:
        """Whether steps are explained at the side."""
        return self.bar.learn.isChecked()

    # What the user does

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._look()

    @Slot(object)
    def _open(self, step: Step) -> None:
        place = place_of(step)
        if place is not None:
            self.sourceRequested.emit(*place)

    @Slot()
    def _stay(self) -> None:
        self._touched = True
        self.bar.newest.setChecked(False)

    @Slot(int)
    def _turn(self, by: int) -> None:
        """To the recorded request before or after the one that is shown."""
        numbers = list(self._log.with_flow())
        if not numbers:
            return
        if self._number in numbers:
            place = numbers.index(self._number) + by
        else:
            place = len(numbers) - 1
        if 0 <= place < len(numbers):
            self.bar.newest.setChecked(False)
            self._select(numbers[place])

    @Slot(object)
    def _picked(self, picked: int | str) -> None:
        self.bar.newest.setChecked(False)
        if isinstance(picked, str):
            self._show_course(self._log.courses.get(int(picked.removeprefix(_COURSE))))
        else:
            self._select(picked)

    @Slot(bool)
    def _follow(self, follow: bool) -> None:
        if follow:
            self._touched, self._course = False, None
            self._look()

    @Slot()
    def _request_wanted(self) -> None:
        if self._number is not None:
            self.requestRequested.emit(self._number)

    @Slot()
    def _error_wanted(self) -> None:
        if self._error is not None:
            self.errorRequested.emit(self._error)

    @Slot(bool)
    def _learn(self, on: bool) -> None:
        self.learn.setVisible(on)
        self.learn.explain(self.view.current)

    @Slot(str)
    def _speak(self, language: str) -> None:
        self.model.language = self.chosen_language = language

    @Slot(int)
    def _show_page(self, index: int) -> None:
        self.bar.show_page(index)
        self._enable_steps()

    # What is shown

    @Slot()
    def _look(self) -> None:
        """Bring everything that can be seen up to date."""
        if not self.isVisible():
            return
        if self._log.is_of_another(self._number, self._epoch):
            self._number = self._row = None
            self.bar.newest.setChecked(True)
        self._epoch = self._log.epoch
        numbers = self._log.with_flow()
        if self.bar.newest.isChecked() and numbers:
            self._number = self._newest(numbers)
        if self._log.oldest == self._log.end:
            self._number = self._row = None
        self._fill_picker()
        if self._course is None:
            self._show()
        self.summary.refresh()

    def _newest(self, numbers: Sequence[int]) -> int:
        """The newest request that isn't for a static file; the newest where all are."""
        for number in reversed(numbers):
            row = self._log.get(number)
            if row is not None and not _is_static(row):
                return number
        return numbers[-1]

    def _show_course(self, course: Course | None) -> None:
        """Show what the server itself has done."""
        if course is None:
            return
        self._course, self._number = course, None
        self._fill_picker()
        self._row = None
        self._lay_out_steps(course_line(course))
        self._show_failure()
        self._enable_steps()

    def _select(self, number: int) -> None:
        self._number, self._course, self._epoch = number, None, self._log.epoch
        self._fill_picker()
        self._show()

    def _fill_picker(self) -> None:
        """The newest recorded requests, and the shown one."""
        numbers = list(reversed(self._log.with_flow()))
        if self._number is not None and self._number not in numbers:
            numbers.append(self._number)
        shown = [(number, self._log.get(number)) for number in numbers]
        if self._number is not None and self._log.get(self._number) is None:
            shown.append((self._number, self._row))
        choices: list[tuple[str, object]] = [
            (course_title(course), f"{_COURSE}{course.number}") for course in self._log.courses
        ]
        choices += [(request_title(row), number) for number, row in shown if row is not None]
        current = self._number if self._course is None else f"{_COURSE}{self._course.number}"
        self.bar.fill(choices, current)

    def _show(self) -> None:
        row = None if self._number is None else self._log.get(self._number)
        if self._number is not None and row is None:
            row = self._row  # dropped meanwhile; it stays shown
        if row is not None and row.stored:
            row = self._whole(row)
        self._show_row(row)

    def _whole(self, row: RequestRow) -> RequestRow:
        """A row of the history with its flow; as it is until that has been read."""
        shown = self._row
        if shown is not None and shown.number == row.number and not shown.stored:
            return shown
        wanted = row.number, self._log.epoch
        if self._loading != wanted:
            self._loading = wanted
            self._log.load(row.number, partial(self._loaded, wanted))
        return row

    def _loaded(self, wanted: tuple[int, int], row: RequestRow | None) -> None:
        """A request has come from the history."""
        if row is None or wanted != self._loading:
            return  # not again with each refresh; or another one is being read
        self._loading = None
        if row.number == self._number:
            self._show_row(row)

    def _show_row(self, row: RequestRow | None) -> None:
        if row is not self._row or row is None:
            again = (
                row is not None
                and self._row is not None
                and row.number == self._row.number
                and row.finished is self._row.finished
            )
            self._row = row
            if not again:
                done = None if row is None else row.finished
                self._lay_out_steps(Timeline() if done is None else timeline(done))
        self._show_failure()
        self._show_hint()
        self._enable_steps()

    def _enable_steps(self) -> None:
        numbers, shown = self._log.with_flow(), self.pages.currentIndex() == TIMELINE
        self.bar.earlier.setEnabled(shown and bool(numbers) and self._number != numbers[0])
        self.bar.later.setEnabled(shown and bool(numbers) and self._number != numbers[-1])
        self.bar.to_request.setEnabled(shown and self._row is not None)

    def _lay_out_steps(self, line: Timeline) -> None:
        if not line.steps and not self.model.line.steps:
            return
        before = self.view.current if self._touched else None
        self.model.show(line)
        self.band.show_line(line)
        self.band.setVisible(bool(line.parties))
        self.legend.show_line(line, self.view.alarm, _KEYS)
        self.legend.setVisible(bool(line.steps))
        if not line.steps:
            self.learn.explain(None)
            return
        # The step that was looked at is looked at again; else what is most worth a look.
        same = [step.index for step in line.steps if before and step.stage == before.stage]
        heaviest = line.heaviest
        if same:
            self.view.go_to(same[0])
        elif line.failed is not None:
            self.view.go_to(line.failed)
        elif heaviest is not None:
            self.view.go_to(heaviest.index)

    def _show_failure(self) -> None:
        row, line = self._row, self.model.line
        number = None if row is None else row.error
        error = None if number is None else self._errors.get(number)
        self._error = None if error is None else number
        failed = bool(line.steps) and (line.failed is not None or error is not None)
        self.failure.setVisible(failed)
        self.finding.show_request(None if failed or row is None else row.finished, line)
        step = "" if line.failed is None else line.steps[line.failed].label
        done = None if row is None else row.finished
        words = failure_words(error, 0 if done is None else done.status, step)
        self.failure.show_failure(words, self.view.alarm, has_error=error is not None)

    def _show_hint(self) -> None:
        row = self._row
        if row is None:
            self.view.set_hint(*self._hint)
        elif self._loading == (row.number, self._log.epoch):
            self.view.set_hint("", "")
        elif row.is_running:
            self.view.set_hint("Not finished yet", "The time line appears when the request ends.")
        else:
            why = why_no_flow(row.finished, others=bool(self._log.recent_flows))
            self.view.set_hint("The flow of this request was not recorded", why)

    # Putting it together

    def _lay_out(self) -> None:
        self.failure = FailureStrip(self._time_line)
        self.failure.errorWanted.connect(self._error_wanted)
        self.band = TimeBand("flowTimeBand", self._time_line)
        self.band.hide()
        self.finding = FlowFinding(self._time_line)
        self.finding.stepWanted.connect(self.view.go_to)
        self.finding.sourceRequested.connect(self.sourceRequested)
        self.legend = Legend(self._time_line)
        self.legend.hide()

        page = self._time_line
        page.setObjectName("flowPage")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        below = QVBoxLayout(page)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        for widget in (self.band, self.failure, self.finding, self.view, self.legend):
            below.addWidget(widget, 1 if widget is self.view else 0)
        self.splitter.setObjectName("flowSplitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(page)
        self.splitter.addWidget(self.learn)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([820, 290])
        self.pages.addWidget(self.splitter)
        self.pages.addWidget(self.summary)
        self.pages.currentChanged.connect(self._show_page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.pages, 1)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """With the Tab key from left to right and from top to bottom."""
        stops: list[QWidget] = [*self.bar.stops, self.failure.to_error, self.view]
        stops += [self.learn.languages, self.learn.area, self.learn.open]
        stops += [self.summary.view, self.summary.slowest, self.summary.again]
        stops += [self.summary.stage_view, self.summary.statement_view]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)
