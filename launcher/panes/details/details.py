"""Everything that is known of one request; GUI thread only. Plain text throughout.

What the tab in front shows is made when a request is selected, what the others show a moment later,
or when they come to the front (``filling.py``), and once: as long as the request and what belongs
to it are the same objects, nothing is done, however many others arrive.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QMenu,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.logs.errors import ErrorRow
from launcher.core.logs.request_output import RequestOutput
from launcher.core.logs.requests import RequestRow
from launcher.core.request_facts import answer_place, spans, view_place
from launcher.panes.controls.page_holder import page_holder
from launcher.panes.details.bar import DetailsBar
from launcher.panes.details.compare_page import ComparePage
from launcher.panes.details.copying import Copier
from launcher.panes.details.error_page import ErrorPage
from launcher.panes.details.filling import LatePages
from launcher.panes.details.flow_page import FlowPage
from launcher.panes.details.message_page import MessagePage
from launcher.panes.details.output_page import OutputPage
from launcher.panes.details.overview_page import OverviewPage
from launcher.panes.details.queries_page import QueriesPage
from launcher.panes.details.timing import TimingPage
from launcher.panes.tabs import FittedTabs

__all__ = ["RequestDetails"]

TABS = ERROR, OVERVIEW, REQUEST, RESPONSE, TIMING, QUERIES, OUTPUT, FLOW, COMPARE = range(9)
_OF_THE_ROW = (RESPONSE, REQUEST, OVERVIEW, TIMING)
"""Tabs that show nothing but the request; in the order in which they are filled."""
_NO_OUTPUT = RequestOutput()
_INSTEAD = {TIMING: FLOW}  # where the flow was recorded


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

        self.bar = bar = DetailsBar(self)
        self.title, self.status, self.endpoint = bar.title, bar.status, bar.endpoint
        self.to_editor, self.replay, self.pin = bar.to_editor, bar.replay, bar.pin
        self.edit, self.curl, self.copies, self.show_flow = (
            bar.edit, bar.curl, bar.copies, bar.show_flow
        )  # fmt: skip
        menu = QMenu(self.copies)
        menu.aboutToShow.connect(self._fill_copies)
        self.copies.setMenu(menu)

        self.tabs = FittedTabs(self, padding=6)
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
        self._tab_bar = self.tabs.counts
        self._tab_bar.setObjectName("requestDetailsBar")
        self._tab_bar.setAccessibleName("Parts of the request")
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
        bar.close_button.clicked.connect(self.closed)
        self.pin.clicked.connect(self.pinRequested)
        self.endpoint.activated.connect(self._open_view)
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
        self.bar.refresh_icons()
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
        self.bar.show_pin_mark()

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
        has_place = error is not None and error.place is not None
        self.bar.show_request(row, has_place=has_place, secrets=self._secrets)
        self._show_queries(row)
        has_flow = self.flow.show_request(done)
        self.tabs.setTabVisible(FLOW, has_flow)
        self.tabs.setTabVisible(TIMING, not has_flow)  # which has all that there is in Timing

    def _show_queries(self, row: RequestRow) -> None:
        there = self.queries.show_request(row.finished, secrets=self._secrets)
        self._tab_bar.set_count(QUERIES, row.queries.total)
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
            self._tab_bar.set_count(OUTPUT, output.lines)
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

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.tabs)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


def _same(one: tuple[RequestRow, RequestRow] | None, other: object) -> bool:
    """Whether two pairs are of the same rows, without a look into them."""
    if one is None or not isinstance(other, tuple):
        return one is other
    return one[0] is other[0] and one[1] is other[1]
