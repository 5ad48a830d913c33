"""Sending requests of the list again, and comparing them; GUI thread only.

What belongs to it of the list and of the details comes together here: the commands, the reason why
something can't be done, the bracket that joins a request with its original, and the tab Compare.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from launcher.actions import ICON
from launcher.core.copies import BaseOf
from launcher.core.display import one_line
from launcher.core.logs.requests import RequestLog, RequestRow
from launcher.core.replay.message import why_not
from launcher.core.secrets import mask_target
from launcher.panes.controls.list_keys import ListCommand
from launcher.panes.controls.remark import remark
from launcher.panes.details.details import RequestDetails
from launcher.panes.table.view import PaintedTable
from launcher.panes.targets import Target

__all__ = ["Replays"]

_STOPPED = "The server isn't running."
_NOWHERE = "No server is running here that it could be sent to: start one."
_WHOLE = 100
_OLDER = 1_000
_Pair = tuple[RequestRow, RequestRow]
_Elsewhere = tuple[RequestRow, RequestRow, Target]


class Replays(QObject):
    """What of the requests is sent again, and what came of it.

    :param current: returns the current request; with ``True``, whole or not at all
    :param own: there is a server of its own that they go to; otherwise it is a chosen one
    :ivar new: writes a new request
    :ivar others: returns the other servers that run
    :ivar base_of: returns the address of the server that a request was sent to
    """

    sendWanted = Signal(object)  # noqa: N815
    """A request is to be sent again: its ``RequestRow``, whole."""
    shown = Signal()
    """What belongs to the current request is shown as it is now."""
    composeWanted = Signal(object)  # noqa: N815
    """A request is to be edited: its ``RequestRow``, whole; or None for a new one."""

    def __init__(
        self,
        log: RequestLog,
        view: PaintedTable,
        details: RequestDetails,
        current: Callable[[bool], RequestRow | None],
        parent: QObject,
        *,
        own: bool = True,
    ) -> None:
        super().__init__(parent)
        self._log, self._view, self._details, self._current = log, view, details, current
        self._own = own
        self.new = QAction("New request\u2026", self)
        self.new.setIconText("New request")
        self.new.setStatusTip("Write a request, and send it (N)")
        self.new.setProperty(ICON, "editor")
        self.new.triggered.connect(self.compose)
        self.others: Callable[[], Sequence[Target]] = tuple
        self.base_of: BaseOf = lambda _done: ""
        self._url = ""
        self._target: Target | None = None
        self._elsewhere: dict[int, _Elsewhere] = {}
        self._first: int | None = None  # of two that are to be compared
        self._pair: tuple[int, int] | None = None  # that was asked for
        self._in_front = False
        self._whole: dict[int, RequestRow | None] = {}
        self._older: dict[int, tuple[int, int] | None] = {}  # what was found in the history
        self._epoch = log.epoch
        details.sendRequested.connect(self.send)
        details.editRequested.connect(self.edit)
        details.compare.elsewhereRequested.connect(self._show_elsewhere)

    def commands(self) -> tuple[ListCommand, ...]:
        """What can be done with the current request."""
        is_there = self._has_request
        return (
            ListCommand("Send again", self.send, ("R",), "send", is_there),
            ListCommand("Edit and send\u2026", self.edit, ("E",), "send", is_there),
            *((ListCommand("New request\u2026", self.compose, ("N",), "send"),) * self._own),
            ListCommand("Compare with another", self._mark_first, ("=",), "send", self._may_mark),
            ListCommand(
                "Compare with the marked one", self._compare, ("=",), "send", self._may_pair
            ),
        )

    def set_server(self, url: str) -> None:
        """The address of the running server; "" while there is none."""
        self._url = url

    def set_target(self, target: Target | None) -> None:
        """Where requests without a server of their own go; None while no server runs."""
        self._target = target
        self.refresh()

    def fill(self, menu: QMenu) -> None:
        """Put the other servers that run, to which the current request can be sent, into a menu."""
        whole = self._current(True)
        others = [] if whole is None or why_not(whole) else self.others()
        if not others:
            return
        sending = menu.addMenu("Send to")
        for target in others:
            action = sending.addAction(one_line(f"{target.name}  {target.url}", 80))
            action.triggered.connect(partial(self._send_to, target))

    @property
    def refusal(self) -> str:
        """Why the current request can't be sent again, in a sentence; "" where it can."""
        row = self._current(False)
        if row is None:
            return "No request is selected."
        whole = self._current(True)
        if whole is None:
            return "It is being read from the history."
        if refusal := why_not(whole):
            return refusal
        if self._own:
            return "" if self._url else _STOPPED
        return "" if self._target else _NOWHERE

    @Slot()
    def send(self) -> None:
        """Send the current request again; where that can't be, show why."""
        refusal, row = self.refusal, self._current(True)
        if refusal or row is None:
            remark(self._view, refusal)
        elif self._target is not None:
            self._send_to(self._target)
        else:
            self.sendWanted.emit(row)

    @Slot()
    def edit(self) -> None:
        """Edit the current request; where it isn't whole yet, show why."""
        row = self._current(True)
        if row is None or row.finished is None or not (self._own or self._target):
            remark(self._view, self.refusal)
        elif self._target is not None:
            self._target.edit(row, self.base_of(row.finished))
        else:
            self.composeWanted.emit(row)

    @Slot()
    def compose(self) -> None:
        """Write a new request."""
        self.composeWanted.emit(None)

    # What came of it

    def show_new(self, number: int, original: int | None) -> None:
        """A request was sent, and has its row: show both answers, if the user is still there."""
        selected = self._selected()
        if original is None or selected not in (original, number):
            return
        self._elsewhere.pop(selected, None)
        self._pair, self._in_front = (original, number), True
        self.refresh()

    def _send_to(self, target: Target, _checked: bool = False) -> None:
        row = self._current(True)
        if row is not None:
            remark(self._view, f"Sent to {target.name}")
            target.send(row, partial(self._answered, row.number, row, target))

    def _answered(
        self, number: int, row: RequestRow, target: Target, answer: RequestRow | None, problem: str
    ) -> None:
        """Another server has answered, or hasn't."""
        if answer is None:
            remark(self._view, problem)
            return
        self._elsewhere.pop(number, None)
        if len(self._elsewhere) >= _WHOLE:
            del self._elsewhere[next(iter(self._elsewhere))]
        self._elsewhere[number] = (row, answer, target)
        self._in_front = self._selected() == number
        self.refresh()

    @Slot()
    def _show_elsewhere(self) -> None:
        found = self._elsewhere.get(-1 if (number := self._selected()) is None else number)
        if found is not None:
            found[2].show(found[1].number)

    @Slot()
    def refresh(self) -> None:
        """Show what belongs to the current request."""
        if self._epoch != self._log.epoch:  # in another history its numbers are others'
            self._epoch = self._log.epoch
            self._older.clear()
            self._whole.clear()
        number = self._selected()
        elsewhere = None if number is None else self._elsewhere.get(number)
        if elsewhere is not None:
            self._view.join(None)
            self._show_pair(number, elsewhere[:2], elsewhere[2].name)
            return
        pair = None if number is None else self._pair_of(number)
        self._view.join(pair)
        self._show_pair(number, None if pair is None else self._rows(pair))

    def _show_pair(self, number: int | None, rows: _Pair | None, server: str = "") -> None:
        """Show two answers beside each other.

        :param server: the name of the other server that gave the second one
        """
        where = "" if self._target is None else f"{self._target.name}, {self._target.url}"
        self._details.show_sending("" if number is None else self.refusal, where)
        in_front, self._in_front = self._in_front and rows is not None, self._in_front and not rows
        if self._details.row is not None and self._details.row.number == number:
            self._details.show_comparison(rows, in_front=in_front, server=server)
        self.shown.emit()

    def current_whole(self) -> RequestRow | None:
        """The current request with all of it; None where there is none, or it is being read."""
        return self._current(True)

    def _pair_of(self, number: int) -> tuple[int, int] | None:
        """The two that belong together, the older one first."""
        if self._pair is not None:
            if number in self._pair:
                return self._pair
            self._pair = None
        original = self._log.original_of(number)
        if original is not None:
            return original, number
        again = self._log.replay_of(number)
        if again is not None:
            return number, again
        return self._older_pair(number) if number < 0 else None

    def _older_pair(self, number: int) -> tuple[int, int] | None:
        """The two of before this window; None as well while that is looked for."""
        if len(self._older) > _OLDER:
            self._older.clear()
        find = self._log.partner_finder
        if number not in self._older and find is not None:
            self._older[number] = None
            find(number, partial(self._found_partner, number))
        return self._older.get(number)

    def _found_partner(self, number: int, other: int | None) -> None:
        if other is not None:
            self._older[number] = min(number, other), max(number, other)
            if self._selected() == number:
                self.refresh()

    def _rows(self, pair: tuple[int, int]) -> _Pair | None:
        """Both, whole; None while one is being read, isn't over, or isn't kept any more."""
        found: list[RequestRow] = []
        for number in pair:
            row = self._log.get(number)
            if row is not None and row.stored:
                row = self._load(number)
            if row is None or row.finished is None:
                return None
            found.append(row)
        return found[0], found[1]

    def _load(self, number: int) -> RequestRow | None:
        if number not in self._whole:
            if len(self._whole) > _WHOLE:
                self._whole.clear()
            self._whole[number] = None
            self._log.load(number, partial(self._loaded, number))
        return self._whole[number]

    def _loaded(self, number: int, row: RequestRow | None) -> None:
        self._whole[number] = row
        if row is not None:
            self.refresh()

    # Compare any two

    def _has_request(self) -> bool:
        return self._current(False) is not None

    def _is_over(self) -> bool:
        row = self._current(False)
        return row is not None and row.finished is not None

    def _may_mark(self) -> bool:
        return self._is_over() and not self._may_pair()

    def _may_pair(self) -> bool:
        first = self._first
        is_there = first is not None and self._log.get(first) is not None
        return is_there and self._is_over() and first != self._selected()

    def _mark_first(self) -> None:
        row = self._current(False)
        if row is not None:
            self._first = row.number
            name = one_line(f"{row.method} {mask_target(row.target)}", 60)
            remark(self._view, f"{name} is marked: select another request and press = to compare")

    def _compare(self) -> None:
        number, first = self._selected(), self._first
        if number is not None and first is not None:
            self._elsewhere.pop(number, None)
            self._pair, self._in_front = (min(first, number), max(first, number)), True
            self._first = None
            self.refresh()

    def _selected(self) -> int | None:
        row = self._current(False)
        return None if row is None else row.number
