"""The list of requests and, below it, the details of the selected one; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from launcher.core.copies import BaseOf
from launcher.core.display import plural
from launcher.core.logs.divided import DividedView
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import RequestLog, RequestRow
from launcher.core.logs.view import View
from launcher.models.requests import (
    NAMES,
    PATH,
    SIZE,
    TYPE,
    VIEW,
    RequestModel,
)
from server.events import RequestFinished, Route

from .composer import Composer
from .controls.labels import ElidedLabel
from .controls.list_keys import ListCommand, ListKeys
from .controls.remark import remark
from .details.copying import Copier
from .details.details import RequestDetails
from .exporting import Exporter
from .filter_bar.bar import FilterBar
from .filter_bar.cell_menu import fill_cell_menu
from .filter_bar.filtering import RequestFiltering
from .list_and_details import ListAndDetails
from .replays import Replays
from .request_columns import COLUMNS
from .request_commands import RequestCommands
from .request_rows import RequestPainter
from .table.view import PaintedTable


class RequestsPane(QWidget):
    """Requests as they come, newest at the bottom.

    :param live: they are those of a server of its own; otherwise there are no more to come
    :ivar base_of: returns the address of the server that a request was sent to
    :ivar view: the table
    :ivar splitter: places the list and the details
    :ivar commands: those that lead from the current request elsewhere, or copy of it
    :ivar keys: all that can be done with the current request
    :ivar details: what is known of the selected request
    :ivar composer: writes requests
    :ivar replays: what is sent again, and what is compared
    :ivar exporter: saves requests as files
    :ivar filtering: which requests are shown, and in which order
    """

    errorRequested = Signal(int)  # noqa: N815
    """The user wants to see the error with this number in its list."""
    listWanted = Signal()  # noqa: N815
    """A request is to be seen: the pane comes to the front."""
    markWanted = Signal()  # noqa: N815
    """A line with the time is to be drawn into the lists."""
    clearWanted = Signal()  # noqa: N815
    """The list is to be emptied."""
    flowRequested = Signal(int)  # noqa: N815
    """The user wants to see the way that the request with this number took."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    whereRequested = Signal(int)  # noqa: N815
    """The user wants to know where the running request with this number stands."""

    def __init__(
        self,
        log: RequestLog,
        errors: ErrorLog,
        parent: QWidget | None = None,
        *,
        live: bool = True,
    ) -> None:
        super().__init__(parent)
        self.base_of: BaseOf = lambda _done: self._url
        self._live = live
        self._log = log
        self._errors = errors
        self._url = ""
        self._wanted: int | None = None
        self._loading: tuple[int, int] | None = None  # number, and epoch of the log
        self._whole: RequestRow | None = None  # what was read from the history of what is wanted
        rows = View(log)
        divided = DividedView(log, rows, log.dividers)
        self.model = RequestModel(divided, self, self._error_name)
        self.splitter = ListAndDetails(self)
        self.view = PaintedTable(
            "requestsView", self.model, COLUMNS, RequestPainter(), "request", PATH, self.splitter
        )
        self.view.setAccessibleName("Requests")
        self.view.columns.place(VIEW, PATH)
        self.view.columns.place(TYPE, SIZE)
        self.bar = FilterBar(self._seen, self, self)
        self.filtering = RequestFiltering(log, self.model, self.view, self.bar)
        self.copier = Copier(errors, self._whole_current, self)
        self.exporter = Exporter(log, rows.numbers, self._base_of, self)
        self.bar.moreWanted.connect(self._fill_saving)
        self.side = QStackedWidget(self.splitter)
        self.details = RequestDetails(
            Copier(errors, self._shown_row, self), log.outputs.get, self.side
        )
        self.replays = Replays(log, self.view, self.details, self._request, self, own=live)
        self.commands = RequestCommands(errors, self.model, self._request, self)
        self.keys = ListKeys(self.view, "Requests", *self._commands())
        self.follower = self.view.follower
        self.nothing = QLabel("Select a request", self.side)
        self.nothing.setObjectName("noRequest")
        self.nothing.setTextFormat(Qt.TextFormat.PlainText)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setForegroundRole(self.nothing.foregroundRole().PlaceholderText)
        # There whether or not a request is selected, so that selecting one moves nothing.
        self.side.addWidget(self.nothing)
        self.side.addWidget(self.details)
        self.composer = Composer(self.side)
        self.side.addWidget(self.composer)
        self.replays.composeWanted.connect(self._compose)
        self.composer.closed.connect(self._leave_composer)
        self.composer.answerWanted.connect(self.show_request)
        self.dropped = ElidedLabel("requestsDropped", self)
        self.dropped.setForegroundRole(self.dropped.foregroundRole().PlaceholderText)
        self.dropped.setContentsMargins(10, 4, 10, 4)
        self.dropped.hide()
        self._dropped = 0

        self.splitter.hold(self.view, self.side, self.details)
        self.splitter.arranged.connect(self._arranged)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.dropped)
        layout.addWidget(self.splitter)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.focus_filter)

        self.view.chosen.connect(self._open)
        self.view.left.connect(self.close_details)
        self.view.menuWanted.connect(self.keys.fill)
        self.view.menuWanted.connect(self._fill_cell_menu)
        self.bar.field.left.connect(self._leave_filter)
        self.view.opened.connect(self._opened)
        self.view.clicked.connect(self._opened)
        self.model.modelReset.connect(self._reset)
        self.details.closed.connect(self._leave_details)
        self.bar.menu.clear_list.setEnabled(live)
        self.bar.menu.position.clicked.connect(self.splitter.toggle)
        self.bar.menu.clear_list.clicked.connect(self.clearWanted)
        for part in (self.details, self.commands):
            part.errorRequested.connect(self.errorRequested)
            part.flowRequested.connect(self.flowRequested)
            part.sourceRequested.connect(self.sourceRequested)
        self.commands.whereRequested.connect(self.whereRequested)
        self.commands.consoleRequested.connect(self._open_console)
        for copier in (self.copier, self.details.copier):
            copier.copied.connect(self._remark)
            copier.base_of = self._base_of
        self.replays.base_of = self._base_of

    @property
    def selected(self) -> int | None:
        """The number of the selected request, or None."""
        return self.model.number(self.view.currentIndex())

    @Slot()
    def refresh(self) -> None:
        """Something has been recorded since the last call: show it within a frame."""
        self.view.refresh()
        if self.filtering.is_held:  # else when it has been taken over
            self.filtering.refresh()
        dropped = self._log.dropped
        if dropped != self._dropped:
            self._dropped = dropped
            self.dropped.setVisible(dropped > 0)
            kept = f"the newest {len(self._log):,} are kept"
            self.dropped.setText(f"{plural(dropped, 'older request')} dropped; {kept}")
        self._show(self._wanted)

    def set_hint(self, title: str, text: str, actions: Sequence[QAction] = ()) -> None:
        """The text of the empty list, and what can be done, as buttons below it."""
        self.filtering.set_hint(title, text, actions)

    def show_request(self, number: int) -> bool:
        """Select a request and show its details, also where the filter leaves it out; False where
        it isn't kept any more."""
        if not self.model.index_of(number).isValid():
            self.filtering.release()
            self.view.catch_up()
        is_there = self._log.oldest <= number < self._log.end
        if not self.model.index_of(number).isValid() and is_there:
            self.filtering.show_all()
        index = self.model.index_of(number)
        if not index.isValid():
            return False
        self.listWanted.emit()
        self.view.setCurrentIndex(index)
        self._open(number)
        self.view.scrollTo(index)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._opened()
        return True

    @Slot()
    def select_shown(self) -> None:
        """Select the request in the details, where it has come back into the list."""
        self.view.catch_up()
        if self._wanted is None or self.selected is not None:
            return
        index = self.model.index_of(self._wanted)
        if index.isValid():
            self.view.setCurrentIndex(index)

    @Slot()
    def close_details(self) -> None:
        """Have no request selected, and none shown."""
        self._wanted = None
        self.splitter.set_covers(False)
        self.side.setCurrentWidget(self.nothing)
        self.view.clearSelection()
        self.view.setCurrentIndex(QModelIndex())
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _opened(self) -> None:
        number = self.selected
        if number is None:
            return
        if number != self._wanted:
            self._open(number)
        self.splitter.set_covers(True)
        if not self.view.isVisibleTo(self):
            self.details.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _leave_details(self) -> None:
        """Back to the list: where the details are over it, the request stays selected."""
        if self.view.isVisibleTo(self):
            self.close_details()
            return
        self.splitter.set_covers(False)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(int)
    def _open(self, number: int) -> None:
        self._wanted = number
        self.side.setCurrentWidget(self.details)  # before it is filled: so it has its width by then
        self._show(number)

    @Slot(object)
    def _compose(self, row: RequestRow | None) -> None:
        """Write a new request, or edit one."""
        self._show_composer()
        self.composer.begin(row)

    @Slot(object)
    def compose_rule(self, route: Route) -> None:
        """Write a request for a URL rule."""
        self._show_composer()
        self.composer.begin_rule(route)

    def compose_copy(self, row: RequestRow, base: str) -> None:
        """Write a request like one of another server.

        :param base: the address of that one
        """
        self._show_composer()
        self.composer.begin_copy(row, base)

    def _show_composer(self) -> None:
        self.listWanted.emit()
        self.composer.set_paths(self._seen().get("path", []))
        self.side.setCurrentWidget(self.composer)
        self.splitter.set_covers(True)

    @Slot()
    def _leave_composer(self) -> None:
        """Back to the details."""
        self.side.setCurrentWidget(self.nothing if self._wanted is None else self.details)
        self.splitter.set_covers(False)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    # What can be done with the current request

    @Slot()
    def focus_filter(self) -> None:
        """Go to the field of the filter."""
        self.listWanted.emit()
        self.bar.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.field.selectAll()

    @Slot()
    def _leave_filter(self) -> None:
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _commands(self) -> tuple[ListCommand, ...]:
        hold = self.filtering.toggle_hold
        return (
            *self.replays.commands(),
            ListCommand("Filter", self.focus_filter, ("/",), group="filter", in_menu=False),
            *(
                (
                    ListCommand("Hold the list, go on", hold, ("Space",), "filter", in_menu=False),
                    ListCommand("Mark", self.markWanted.emit, ("M",), "filter", in_menu=False),
                )
                if self._live
                else ()
            ),
            ListCommand(
                "Show in context", self._show_in_context, group="show", is_there=self._is_narrowed
            ),
            *self.commands.leading(),
            *(
                ListCommand(
                    text,
                    run,
                    keys,
                    group="copy",
                    is_there=self.copier.has_request,
                    under="" if keys else "Copy",
                )
                for text, run, keys in self.copier.commands()
            ),
            *self.commands.copying(),
        )

    @Slot(QMenu)
    def _fill_cell_menu(self, menu: QMenu) -> None:
        """What can be done with the cell in which the menu was opened."""
        row = self._current()
        if row is not None:
            column = self.view.menu_column
            fill_cell_menu(menu, self.filtering, row, NAMES[max(column, 0)])
            self.replays.fill(menu)
            if row.finished is not None:
                number = row.number
                self.exporter.fill(menu.addMenu("Save this request as"), lambda: [number])

    @Slot(QMenu)
    def _fill_saving(self, menu: QMenu) -> None:
        self.exporter.fill(menu.addMenu(f"Save {plural(self.model.shown, 'request')} as"))

    @Slot()
    def _open_console(self) -> None:
        if self.details.isVisible():
            self.details.open_console()

    def _is_narrowed(self) -> bool:
        return self.commands.has_request() and self.filtering.hides_or_sorts

    def _show_in_context(self) -> None:
        """All requests in the order of arrival, the current one in the middle."""
        number = self.selected
        self.filtering.show_all()
        index = QModelIndex() if number is None else self.model.index_of(number)
        if index.isValid():
            self.follower.pause()
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _base_of(self, done: RequestFinished) -> str:
        return self.base_of(done)

    def _seen(self) -> dict[str, list[str]]:
        return self.filtering.seen()

    def _error_name(self, number: int) -> str:
        row = self._errors.get(number)
        return "" if row is None else row.type

    def _current(self) -> RequestRow | None:
        number = self.selected
        return None if number is None else self._log.get(number)

    def _whole_current(self) -> RequestRow | None:
        """The current request with all of it; None until it has come from the history."""
        row = self._current()
        if row is None or not row.stored:
            return row
        return self._read_of(row)

    def _read_of(self, row: RequestRow) -> RequestRow | None:
        """What was read of a request of before. In another history its number is another's."""
        whole = self._whole
        if whole is None or (whole.number, whole.started) != (row.number, row.started):
            return None
        return whole

    def _request(self, whole: bool) -> RequestRow | None:
        return self._whole_current() if whole else self._current()

    def _shown_row(self) -> RequestRow | None:
        row = self.details.row
        return None if row is None or (row.stored and row is not self._whole) else row

    def show_server(self, url: str) -> None:
        """The address that copies of requests name; "" while no server runs."""
        self._url = url
        self.replays.set_server(url)
        self.composer.set_server(url)
        self.replays.refresh()

    @Slot(str)
    def _remark(self, text: str) -> None:
        remark(self, text)

    def _show(self, number: int | None) -> None:
        """Bring the details up to date; a request that was dropped meanwhile stays shown."""
        row = None if number is None else self._log.get(number)
        if number is None or row is None:
            return
        if row.stored:
            whole = self._read_of(row)
            if whole is not None:
                row = whole
            elif self._loading != (number, self._log.epoch):
                self._loading = (number, self._log.epoch)
                self._log.load(number, partial(self._loaded, number))
        self._show_row(row)

    def _loaded(self, number: int, row: RequestRow | None) -> None:
        """A request has come from the history."""
        if row is None:
            return  # not again with each refresh
        self._loading = None
        if number == self._wanted:
            self._whole = row
            self._show_row(row)

    def _show_row(self, row: RequestRow) -> None:
        self.filtering.set_endpoint("" if row.finished is None else row.finished.endpoint)
        error = None if row.error is None else self._errors.get(row.error)
        self.details.show_request(row, error)
        self.replays.refresh()

    @Slot()
    def _reset(self) -> None:
        if self._wanted is not None and self._log.get(self._wanted) is None:
            self._wanted = None
            self.side.setCurrentWidget(self.nothing)
        if self.model.empty:
            self.follower.reset()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.splitter.arrange()
        self.splitter.cover()

    @Slot(bool)
    def _arranged(self, beside: bool) -> None:
        self.bar.menu.show_position(beside=beside)
