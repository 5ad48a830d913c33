"""The bar of the Flow pane: which request is shown, and what beside its time line; GUI thread."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from launcher import theme
from launcher.core.display import clock, duration, one_line
from launcher.core.logs.courses import Course
from launcher.core.logs.requests import RequestRow
from launcher.core.secrets import mask_target
from launcher.panes.controls.eliding_combo import ElidingCombo
from launcher.theme.fonts import text_size
from server.facts.exchange import readable_path

__all__ = ["SUMMARY", "TIMELINE", "FlowBar", "course_title", "request_title"]

TIMELINE, SUMMARY = range(2)
"""The pages, by the numbers of their buttons."""
_WITH_WORDS = 720  # pixels of width from which on each button has its words
_LIST = 380  # pixels of the list to choose a request from
_GAP = "   "  # between the parts of a title


class FlowBar(QWidget):
    """See the module.

    :ivar earlier: to the request before, and ``later`` to the one after
    :ivar picker: what is shown, to be chosen
    :ivar newest: always show the newest
    :ivar to_request: show the request in its list
    :ivar page_buttons: time line or summary
    :ivar learn: explain the steps
    """

    turned = Signal(int)
    """To the request so many after the one that is shown."""
    picked = Signal(object)
    """What belongs to the line that was chosen; see :meth:`fill`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("paneBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.earlier = self._button(
            "flowEarlierButton", "", "Earlier request", "The request before this one (Left)"
        )
        self.later = self._button(
            "flowLaterButton", "", "Later request", "The request after this one (Right)"
        )
        self.to_request = self._button(
            "flowRequestButton", "", "Show request", "Show this request in its list (Esc)"
        )
        for small in (self.earlier, self.later, self.to_request):
            small.setFixedWidth(34)
        self.earlier.clicked.connect(self._turn_back)
        self.later.clicked.connect(self._turn_on)
        self.picker = _Picker(self)
        self.picker.setObjectName("flowRequestCombo")
        self.picker.setAccessibleName("Request whose flow is shown")
        self.picker.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.picker.setMaxVisibleItems(15)
        self.picker.view().setMinimumWidth(_LIST)  # also where the field is narrow
        self.picker.activated.connect(self._pick)
        self.newest = self._button(
            "flowNewestButton", "Newest", "Follow the newest request", "Always show the newest"
        )
        self.learn = self._button(
            "flowLearnButton", "Learn", "Explain the steps", "Explain the step under the cursor"
        )
        self.page_buttons = QButtonGroup(self)
        self.page_buttons.setExclusive(True)
        for index, (name, text, tip) in enumerate(
            (
                ("flowTimelineButton", "Time line", "One request, step by step"),
                ("flowSummaryButton", "Summary", "All requests: endpoints and stages"),
            )
        ):
            self.page_buttons.addButton(self._button(name, text, text, tip), index)
        for toggle in (self.newest, self.learn, *self.page_buttons.buttons()):
            toggle.setProperty("look", "toggle")
            toggle.setCheckable(True)
        self.newest.setChecked(True)
        self.page_buttons.button(TIMELINE).setChecked(True)
        self._lay_out()

    @property
    def stops(self) -> list[QWidget]:
        """What can have the focus, from left to right."""
        steps = [self.earlier, self.picker, self.later, self.newest, self.to_request]
        return [*steps, *self.page_buttons.buttons(), self.learn]

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        theme.set_icon(self.earlier, "earlier")
        theme.set_icon(self.later, "later")
        theme.set_icon(self.to_request, "request")
        theme.set_icon(self.learn, "learn")

    def show_page(self, index: int) -> None:
        """Show which page is there, and leave to it what belongs to it."""
        self.page_buttons.button(index).setChecked(True)
        for part in (self.picker, self.newest, self.learn):
            part.setEnabled(index == TIMELINE)

    def fill(self, choices: Sequence[tuple[str, object]], current: object) -> None:
        """List what can be chosen. An open list is left alone.

        :param choices: titles, and what belongs to each: a number or a text
        :param current: what belongs to the one that is shown
        """
        picker = self.picker
        if picker.view().isVisible():
            return
        with QSignalBlocker(picker):
            have = [(picker.itemText(n), picker.itemData(n)) for n in range(picker.count())]
            if list(choices) != have:
                picker.clear()
                for text, data in choices:
                    picker.addItem(text, data)
            picker.setCurrentIndex(picker.findData(current))

    @Slot()
    def _turn_back(self) -> None:
        self.turned.emit(-1)

    @Slot()
    def _turn_on(self) -> None:
        self.turned.emit(1)

    @Slot(int)
    def _pick(self, index: int) -> None:
        data = self.picker.itemData(index)
        if data is not None:
            self.picked.emit(data)

    def _button(self, name: str, text: str, spoken: str, tip: str) -> QPushButton:
        made = QPushButton(text, self)
        made.setObjectName(name)
        made.setAccessibleName(spoken)
        made.setToolTip(tip)
        made.setAutoDefault(False)
        # Those without words may be as high as the others: else these are cut at large texts.
        made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        return made

    def _lay_out(self) -> None:
        top = QHBoxLayout(self)
        top.setContentsMargins(12, 5, 12, 5)
        top.setSpacing(6)
        for part in (self.earlier, self.picker, self.later, self.newest, self.to_request):
            top.addWidget(part, 1 if part is self.picker else 0)
        top.addSpacing(10)
        for toggle in self.page_buttons.buttons():
            top.addWidget(toggle)
        top.addSpacing(10)
        top.addWidget(self.learn)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "learn"):
            self._fit()

    def _fit(self) -> None:
        words = "Learn" if self.width() >= round(_WITH_WORDS * text_size()) else ""
        if words != self.learn.text():
            self.learn.setText(words)
            theme.set_icon(self.learn, "learn")


class _Picker(ElidingCombo):
    """Without the time and the numbers, where there is room for method, path and status alone."""

    def shorter(self, text: str) -> str:
        return _GAP.join(text.split(_GAP)[1:3])


def course_title(course: Course) -> str:
    """A start, reload or stop in one line."""
    length = duration(course.length / 1e6)
    return f"{clock(course.event.began)[:8]}{_GAP}Server {course.word}{_GAP}{length}"


def request_title(row: RequestRow) -> str:
    """A request in one line, for the list to choose from."""
    done = row.finished
    path, mark, query = mask_target(row.target).partition("?")
    target = one_line(f"{readable_path(path)}{mark}{query}", 160)
    text = f"{clock(row.started)[:8]}{_GAP}{one_line(row.method, 20)} {target}"
    if done is None:
        return text
    status = f"{_GAP}\u2192  {done.status}" if done.status else ""
    queries = f"{_GAP}{row.queries.total:,} q" if row.queries.total else ""
    return f"{text}{status}{_GAP}{duration(done.duration)}{queries}"
