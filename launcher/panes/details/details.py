"""Everything that is known of one request; GUI thread only. Plain text throughout.

What the tab in front shows is made when a request is selected, what the others show a moment later,
or when they come to the front (``filling.py``), and once: as long as the request and what belongs
to it are the same objects, nothing is done, however many others arrive.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core import display
from launcher.core.logs.errors import ErrorRow
from launcher.core.logs.request_output import RequestOutput
from launcher.core.logs.requests import RequestRow
from launcher.core.request_facts import answer_place, spans, view_place
from launcher.panes.controls.key_button import KeyButton
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.page_holder import page_holder
from launcher.panes.details.compare_page import ComparePage
from launcher.panes.details.copying import Copier
from launcher.panes.details.error_page import ErrorPage
from launcher.panes.details.filling import LatePages
from launcher.panes.details.flow_page import FlowPage
from launcher.panes.details.head import RequestStatus, RequestTitle, facts_of
from launcher.panes.details.message_page import MessagePage
from launcher.panes.details.output_page import OutputPage
from launcher.panes.details.overview_page import OverviewPage
from launcher.panes.details.queries_page import QueriesPage
from launcher.panes.details.timing import TimingPage
from launcher.panes.tabs import CountingTabBar
from launcher.theme.fonts import text_size

__all__ = ["RequestDetails"]

TABS = ERROR, OVERVIEW, REQUEST, RESPONSE, TIMING, QUERIES, OUTPUT, FLOW, COMPARE = range(9)
ON_ONE_LINE = 760
"""Pixels of width from which on the head is one line."""
WITH_WORDS = 1000
"""Pixels of width from which on all of its buttons have words."""
WITH_CURL = 360
"""Pixels of width from which on there is room for the one that copies for curl."""
_OF_THE_ROW = (RESPONSE, REQUEST, OVERVIEW, TIMING)
"""Tabs that show nothing but the request; in the order in which they are filled."""
_NO_OUTPUT = RequestOutput()
_INSTEAD = {TIMING: FLOW}  # where the flow was recorded
_NARROW, _WITH_ARROW, _WIDEST = 40, 48, 400  # pixels of a button


class _Place(ElidedLabel):
    """A name of the user's code; a click opens it."""

    activated = Signal()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.activated.emit()


class RequestDetails(QWidget):
    """One request: its head, and a tab for each part of it.

    :param copier: copies the request that is shown
    :param output: returns what the request with a number has printed
    :ivar copier: the same
    """

    closed = Signal()
    """The user wants the room back."""
    errorRequested = Signal(int)  # noqa: N815
    """The user wants to see this error in its list."""
    errorSeen = Signal(str)  # noqa: N815
    """The user has looked at an error; the key of its group."""
    flowRequested = Signal(int)  # noqa: N815
    """The user wants to see the way that the request with this number took."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    sendRequested = Signal()  # noqa: N815
    """The user wants this request to be sent again."""
    pinRequested = Signal()  # noqa: N815
    """The user wants this request to be pinned, or not to be any more."""
    editRequested = Signal()  # noqa: N815
    """The user wants to edit this request, and to send it then."""

    def __init__(
        self,
        copier: Copier,
        output: Callable[[int], RequestOutput] = lambda _: _NO_OUTPUT,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("requestDetails")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Details of the selected request")
        self.copier, self._output_of = copier, output
        self._shown: tuple[RequestRow, ErrorRow | None] | None = None
        self._secrets = False
        self._chosen = RESPONSE
        self._printed = _NO_OUTPUT
        self._compared: tuple[RequestRow, RequestRow] | None = None
        self._answered_by = ""
        self._sending: tuple[str, str] | None = None  # as they were last shown
        self._pinning: tuple[bool, str] | None = None

        self.title = RequestTitle(self)
        self.status = RequestStatus(self)
        self.facts = ElidedLabel("requestFacts", self)
        theme.set_font(self.facts, "second")
        self.facts.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.facts.setForegroundRole(self.facts.foregroundRole().PlaceholderText)
        self.endpoint = _Place("requestEndpoint", self)
        theme.set_font(self.endpoint, "datum")
        self.endpoint.activated.connect(self._open_view)
        self._close = self._icon("closeDetailsButton", "Close the details")
        self._close.setToolTip("Close the details (Esc)")
        self.pin = self._icon("pinButton", "Pin")
        self.pin.setCheckable(True)
        self.pin.hide()  # until it is known whether it can be
        self.pin.clicked.connect(self.pinRequested)
        self.to_editor = KeyButton(
            "openErrorInEditor", "Open in editor", "F4", "Open the line that failed"
        )
        self.to_editor.setProperty("look", "primary")
        self.replay = KeyButton("replayButton", "Send again", "R", "")
        self.edit = KeyButton("editButton", "Edit", "E", "Edit this request, and send it")
        self.curl = KeyButton("copyCurlButton", "cURL", "C", "Copy as a command for curl")
        self.copies = KeyButton("copyButton", "Copy", "", "Copy this request in another form")
        self.copies.setAccessibleName("Copy")
        self.show_flow = KeyButton(
            "showFlowButton", "Flow", "", "Show the way that this request took, step by step"
        )
        self.show_flow.setAccessibleName("Flow")
        menu = QMenu(self.copies)
        menu.aboutToShow.connect(self._fill_copies)
        self.copies.setMenu(menu)

        self.tabs = QTabWidget(self)
        holder = page_holder(self.tabs)
        self.error = ErrorPage(holder)
        self.overview = OverviewPage(holder)
        self.request = MessagePage("request", holder)
        self.response = MessagePage("response", holder)
        self.timing = TimingPage("requestTiming", holder)
        self.queries = QueriesPage(holder)
        self.output = OutputPage(holder)
        self.flow = FlowPage(holder)
        self.compare = ComparePage(holder)
        self.tabs.setObjectName("requestDetailsTabs")
        self.tabs.setAccessibleName("Parts of the request")
        self._bar = CountingTabBar(self.tabs, padding=6)
        self._bar.setObjectName("requestDetailsBar")
        self._bar.setAccessibleName("Parts of the request")
        self.tabs.setTabBar(self._bar)
        self.tabs.setDocumentMode(True)
        self.tabs.setMinimumHeight(90)  # each page scrolls; so a low window keeps its list
        for page, name in (
            (self.error, "Error"), (self.overview, "Overview"), (self.request, "Request"),
            (self.response, "Response"), (self.timing, "Timing"), (self.queries, "Queries"),
            (self.output, "Output"), (self.flow, "Flow"), (self.compare, "Compare"),
        ):  # fmt: skip
            self.tabs.addTab(page, name)
        for index in (ERROR, QUERIES, FLOW, COMPARE):
            self.tabs.setTabVisible(index, False)
        self.tabs.setCurrentIndex(RESPONSE)
        self.tabs.tabBarClicked.connect(self._choose)
        self.pages = LatePages(self.tabs, {
            OVERVIEW: self._fill_overview, REQUEST: self._fill_request,
            RESPONSE: self._fill_response, TIMING: self._fill_timing,
            OUTPUT: self._fill_output, COMPARE: self._fill_comparison,
        })  # fmt: skip
        for index, views in (
            (OVERVIEW, (self.overview.view,)), (REQUEST, self.request.texts),
            (RESPONSE, self.response.texts), (OUTPUT, (self.output.view,)),
        ):  # fmt: skip
            for text in views:
                text.complete = partial(self.pages.fill, index)

        self._lay_out()
        self._close.clicked.connect(self.closed)
        self.to_editor.clicked.connect(self.open_source)
        self.curl.clicked.connect(copier.curl)
        self.replay.clicked.connect(self.sendRequested)
        self.edit.clicked.connect(self.editRequested)
        self.show_flow.clicked.connect(self._flow_wanted)
        self.error.errorRequested.connect(self.errorRequested)
        self.error.seen.connect(self.errorSeen)
        for view in (self.flow.view, self.queries.view):
            view.left.connect(self.closed)
        for source in (self.error, self.flow, self.queries):
            source.sourceRequested.connect(self.sourceRequested)
        for page in (self.request, self.response):
            page.revealRequested.connect(self.reveal)
        self.refresh_icons()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        palette = self.palette()
        self._close.setIcon(theme.icon("close", palette, "muted"))
        self.pin.setIcon(theme.icon("pin", palette, "link" if self.pin.isChecked() else "muted"))
        self.show_flow.setIcon(theme.icon("flow", palette, "soft"))
        self.replay.setIcon(theme.icon("restart", palette, "soft"))
        self.edit.setIcon(theme.icon("editor", palette, "soft"))
        self.curl.setIcon(theme.icon("copy", palette, "soft"))
        self._show_copies_mark()
        self.to_editor.setIcon(theme.icon("editor", palette, "on_accent"))
        yours = self.endpoint.palette()
        yours.setColor(self.endpoint.foregroundRole(), theme.colour(palette, "yours"))
        self.endpoint.setPalette(yours)
        self.error.recolour()
        self.overview.view.recolour()
        self.output.recolour()
        for page in (self.request, self.response):
            page.refresh_icons()

    # The request

    def show_request(self, row: RequestRow, error: ErrorRow | None) -> None:
        """Show a request; does nothing where it is shown as it is already.

        :param error: the error it caused, where that is known and still kept
        """
        self._show_output(self._output_of(row.number))
        if self._shown is not None and self._shown[0] is row and self._shown[1] is error:
            return
        another = self._shown is None or self._shown[0].number != row.number
        self._shown = (row, error)
        if another:
            self._secrets = False
            self.show_comparison(None)
        self._show_row(row, error)
        self._show_error(row, error, another)
        self.pages.renew(*_OF_THE_ROW)

    def show_sending(self, refusal: str, where: str = "") -> None:
        """Show whether the request can be sent again.

        :param refusal: why it can't, in a sentence; "" where it can
        :param where: name and address of the server that it goes to; "" for its own
        """
        if (refusal, where) == self._sending:
            return
        self._sending = (refusal, where)
        self.replay.setEnabled(not refusal)
        tip = refusal or f"Send the same request to {where or 'the running server'} (R)"
        self.replay.setToolTip(theme.plain_tooltip(tip))
        self.replay.setAccessibleDescription(tip)

    def show_pin(self, *, pinned: bool, refusal: str) -> None:
        """Show whether the request is pinned.

        :param refusal: why it can't be, in a sentence; "" where it can
        """
        if (pinned, refusal) == self._pinning:
            return  # a button that gets its icon again has the whole page laid out again
        self._pinning = (pinned, refusal)
        self.pin.show()
        self.pin.setChecked(pinned)
        self.pin.setEnabled(pinned or not refusal)
        words = "Unpin" if pinned else "Pin"
        self.pin.setAccessibleName(words)
        tip = (
            "Don\u2019t send it again after each reload"
            if pinned
            else (refusal or "Send it again after each reload, and compare")
        )
        self.pin.setToolTip(theme.plain_tooltip(f"{words}: {tip} (P)"))
        self.pin.setIcon(theme.icon("pin", self.palette(), "link" if pinned else "muted"))

    def show_comparison(
        self,
        pair: tuple[RequestRow, RequestRow] | None,
        *,
        in_front: bool = False,
        server: str = "",
    ) -> None:
        """Show two answers side by side, one of which is this request's; None for none.

        :param in_front: bring the tab to the front
        :param server: the name of the other server that gave the second one; "" for the same
        """
        before, self._compared = self._compared, pair
        server_before, self._answered_by = self._answered_by, server
        if not _same(pair, before) or server != server_before:
            self.pages.renew(COMPARE)
        was_there = self.tabs.isTabVisible(COMPARE)
        if was_there != (pair is not None):  # Qt has all of the page laid out again in any case
            self.tabs.setTabVisible(COMPARE, pair is not None)
        if pair is not None and in_front:
            self.tabs.setCurrentIndex(COMPARE)
        elif pair is None and was_there and self.tabs.currentIndex() == COMPARE:
            self._show_chosen()

    @property
    def row(self) -> RequestRow | None:
        """The request that is shown."""
        return None if self._shown is None else self._shown[0]

    @property
    def secrets(self) -> bool:
        """Whether its secrets are shown."""
        return self._secrets

    @Slot()
    def reveal(self) -> None:
        """Show the secrets of this request, or mask them again. Another one begins masked."""
        self._secrets = not self._secrets
        if self._shown is not None:
            self._show_row(*self._shown)
            self.pages.renew(*_OF_THE_ROW, COMPARE)

    def _show_row(self, row: RequestRow, error: ErrorRow | None) -> None:
        done = row.finished
        self.title.show_request(row, secrets=self._secrets)
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
        self.to_editor.setVisible(error is not None and error.place is not None)
        self.curl.setEnabled(done is not None)
        self.edit.setEnabled(done is not None)
        self._show_edits()
        self.show_flow.setVisible(done is not None and bool(done.flow))
        self._show_queries(row)
        has_flow = self.flow.show_request(done)
        self.tabs.setTabVisible(FLOW, has_flow)
        self.tabs.setTabVisible(TIMING, not has_flow)  # which has all that there is in Timing

    def _show_queries(self, row: RequestRow) -> None:
        there = self.queries.show_request(row.finished, secrets=self._secrets)
        self._bar.set_count(QUERIES, row.queries.total)
        self.tabs.setTabVisible(QUERIES, there)

    def _show_error(self, row: RequestRow, error: ErrorRow | None, another: bool) -> None:
        there = self.error.show_request(row, error)
        appeared = there and not self.tabs.isTabVisible(ERROR)
        self.tabs.setTabVisible(ERROR, there)
        if there and (another or appeared):
            self.tabs.setCurrentIndex(ERROR)
        elif another or (not there and self.tabs.currentIndex() == ERROR):
            self._show_chosen()

    def _show_chosen(self) -> None:
        """The tab that the user chose, where this request has it."""
        wanted = (self._chosen, _INSTEAD.get(self._chosen, RESPONSE), RESPONSE)
        self.tabs.setCurrentIndex(next(filter(self.tabs.isTabVisible, wanted)))

    def _show_output(self, output: RequestOutput) -> None:
        if output is not self._printed:
            self._printed = output
            self._bar.set_count(OUTPUT, output.lines)
            self.pages.renew(OUTPUT)

    # What a tab shows, made when it is needed

    def _fill_overview(self) -> None:
        if self._shown is not None:
            self.overview.show_request(self._shown[0])

    def _fill_request(self) -> None:
        if self._shown is not None:
            self.request.show_request(self._shown[0], secrets=self._secrets)

    def _fill_response(self) -> None:
        if self._shown is not None:
            self.response.show_request(self._shown[0], secrets=self._secrets)

    def _fill_timing(self) -> None:
        done = None if self._shown is None else self._shown[0].finished
        self.timing.bars.show_spans(() if done is None else spans(done))

    def _fill_output(self) -> None:
        self.output.show_output(self._printed)

    def _fill_comparison(self) -> None:
        if self._compared is not None:
            server = self._answered_by
            self.compare.show_pair(*self._compared, secrets=self._secrets, server=server)

    # What the user does

    @Slot(int)
    def _choose(self, index: int) -> None:
        """The tab that the user chose comes back for requests without an error."""
        if index in TABS and index not in (ERROR, COMPARE):
            self._chosen = index

    @Slot()
    def open_console(self) -> None:
        """Open the console in the frame in which the request failed."""
        self.tabs.setCurrentIndex(ERROR)
        self.error.frames.open_console()

    @Slot()
    def open_source(self) -> None:
        """Open the line that failed; without an error, a loop of queries, or what has answered."""
        row, error = self._shown or (None, None)
        place = None if error is None else error.place
        if place is None and row is not None and row.finished is not None:
            place = answer_place(row.finished)
        if place is not None:
            self.sourceRequested.emit(*place)

    @Slot()
    def _open_view(self) -> None:
        done = None if self._shown is None else self._shown[0].finished
        place = None if done is None else view_place(done)
        if place is not None:
            self.sourceRequested.emit(*place)

    @Slot()
    def _flow_wanted(self) -> None:
        if self._shown is not None:
            self.flowRequested.emit(self._shown[0].number)

    @Slot()
    def _fill_copies(self) -> None:
        menu = self.copies.menu()
        menu.clear()
        self.copier.fill(menu)

    # Putting it together

    def _icon(self, name: str, words: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setProperty("look", "icon")
        button.setAccessibleName(words)
        return button

    def _lay_out(self) -> None:
        bar = QWidget(self)
        bar.setObjectName("detailsBar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        bar.setMinimumWidth(200)  # the title gives way
        self._first, self._second, self._third = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for line in (self._first, self._second, self._third):
            line.setSpacing(6)
        top = QVBoxLayout(bar)
        top.setContentsMargins(16, 6, 10, 6)
        top.setSpacing(4)
        for line in (self._first, self._second, self._third):
            top.addLayout(line)
        self._is_wide: bool | None = None
        self._has_words: bool | None = None
        self._show_words(there=False)
        self._arrange(wide=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.tabs)

    def _show_words(self, *, there: bool) -> None:
        """Two buttons have their words where there is room. Where there isn't, they are known by
        their mark, and by their name to the mouse."""
        if there == self._has_words:
            return
        self._has_words = there
        for button, words, narrow in (
            (self.copies, "Copy", _WITH_ARROW), (self.show_flow, "Flow", _NARROW),
        ):  # fmt: skip
            button.setText(words if there else "")
            button.setMinimumWidth(0 if there else narrow)
            button.setMaximumWidth(_WIDEST if there else narrow)
        self._show_copies_mark()

    def _show_copies_mark(self) -> None:
        mark = QIcon() if self._has_words else theme.icon("copy", self.palette(), "soft")
        self.copies.setIcon(mark)  # beside its word the path would miss the room

    def _arrange(self, *, wide: bool) -> None:
        """The head on one line where there is room, on three where there isn't."""
        if wide == self._is_wide:
            return
        self._is_wide = wide
        for line in (self._first, self._second, self._third):
            while line.takeAt(0) is not None:
                pass
        buttons = (self.to_editor, self.replay, self.edit, self.curl, self.copies, self.show_flow)
        self._first.addWidget(self.title, 3)
        self._first.addWidget(self.status)
        facts = self._first if wide else self._second
        facts.addWidget(self.facts)
        facts.addWidget(self.endpoint, 1)
        row = self._first if wide else self._third
        for button in buttons:
            # Those without words are as high as the others: else these are cut at large texts.
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Minimum)
            row.addWidget(button)
        if not wide:
            row.addStretch()
            facts.addStretch()
        self._first.addWidget(self.pin)
        self._first.addWidget(self._close)

    def _show_edits(self) -> None:
        """Two buttons leave where there is no room; their keys are there all the same."""
        wide, no_editor = bool(self._is_wide), self.to_editor.isHidden()
        self.edit.setVisible(wide or no_editor)
        self.curl.setVisible(wide or (no_editor and self._width() >= WITH_CURL))

    def _width(self) -> float:
        """The width, in pixels of the usual text size."""
        return self.width() / text_size()

    def _fit(self) -> None:
        self._arrange(wide=self._width() >= ON_ONE_LINE)
        self._show_words(there=self._width() >= WITH_WORDS)
        self._show_edits()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_is_wide"):
            self._fit()


def _same(one: tuple[RequestRow, RequestRow] | None, other: object) -> bool:
    """Whether two pairs are of the same rows, without a look into them."""
    if one is None or not isinstance(other, tuple):
        return one is other
    return one[0] is other[0] and one[1] is other[1]
