"""Connects a page with its pins: the key P, the pin in the details, the tab Watch; GUI thread only.

The tab is there only while something is pinned; its number counts what failed.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot

from launcher.core.display import one_line
from launcher.core.logs.requests import RequestRow
from launcher.core.messages import Undo
from launcher.core.replay.message import message_of, why_not
from launcher.core.replay.sending import destination_of
from launcher.core.secrets import mask_target
from launcher.core.watch.ignoring import Ignored
from launcher.core.watch.judging import Verdict
from launcher.core.watch.pins import Pin, key_of
from launcher.page.watching import Watching
from launcher.panes.controls.list_keys import ListCommand
from launcher.panes.controls.remark import remark
from launcher.server_page import REQUESTS, ServerPage

__all__ = ["Pinning"]

_STOPPED = "The server isn't running."


class Pinning(QObject):
    """The commands of a page's pins, and what is shown of them.

    :param page: the page
    :param watching: its pins
    """

    def __init__(self, page: ServerPage, watching: Watching) -> None:
        super().__init__(page)
        self._page, self._watching = page, watching
        self._pane, self._details = page.watch, page.requests.details
        self._shown: tuple[RequestRow | None, int] = (None, -1)
        page.requests.keys.add(
            ListCommand("Pin", self.toggle, ("P",), "send", self._may_pin),
            ListCommand("Unpin", self.toggle, ("P",), "send", self._is_pinned),
        )
        self._details.pinRequested.connect(self.toggle)
        page.requests.replays.shown.connect(self._show_pin)
        watching.changed.connect(self._refresh)
        page.form.projectChanged.connect(watching.look)
        page.controller.stateChanged.connect(self._refresh)
        page.panes.currentChanged.connect(self._tab_changed)
        page.commands.send_pinned.triggered.connect(watching.send_all)
        self._connect_pane()
        watching.look()

    def _connect_pane(self) -> None:
        pane, watching = self._pane, self._watching
        pane.sendRequested.connect(watching.send)
        pane.sendAllRequested.connect(watching.send_all)
        pane.acceptRequested.connect(watching.accept)
        pane.ignoreRequested.connect(self._ignore)
        pane.automaticChanged.connect(watching.set_automatic)
        pane.unpinRequested.connect(self._unpin)
        pane.ordinaryRequested.connect(self._send_as_any_other)
        pane.changesWanted.connect(self._show_changes)
        pane.sourceRequested.connect(self._page.links.open_source)

    # Pinning

    @Slot()
    def toggle(self) -> None:
        """Pin the current request, or take its pin off; where that can't be, show why."""
        row = self._page.requests.replays.current_whole()
        done = None if row is None else row.finished
        if done is not None and self._watching.is_pinned(done):
            self._unpin(key_of(done))
            return
        refusal = why_not(row)
        if refusal or done is None:
            remark(self._page.requests.view, refusal)
        else:
            self._watching.pin(done)
            if self._watching.is_pinned(done):
                name = one_line(f"{done.method} {mask_target(done.target)}", 60)
                text = f"{name} is pinned: see Watch"
                remark(self._page.requests.view, text)
        self._show_pin()

    @Slot(str)
    def _unpin(self, key: str) -> None:
        pin = self._watching.log.get(key)
        if pin is None:
            return
        self._watching.unpin(key)
        name = one_line(f"{pin.request.method} {mask_target(pin.request.target)}", 60)
        self._page.undoOffered.emit(
            Undo(f"{name} isn\u2019t pinned any more", partial(self._pin_again, pin))
        )

    def _pin_again(self, pin: Pin) -> None:
        self._watching.restore(pin)

    def _may_pin(self) -> bool:
        row = self._page.requests.replays.current_whole()
        return row is not None and row.finished is not None and not self._is_pinned()

    def _is_pinned(self) -> bool:
        row = self._page.requests.replays.current_whole()
        done = None if row is None else row.finished
        return done is not None and self._watching.is_pinned(done)

    # What the pane wants

    @Slot(str, object, bool)
    def _ignore(self, key: str, one: Ignored, on: bool) -> None:
        self._watching.ignore(key, one, on=on)

    @Slot(str)
    def _show_changes(self, key: str) -> None:
        self._pane.show_changes(self._watching.changes(key))

    @Slot(str)
    def _send_as_any_other(self, key: str) -> None:
        """As R sends a request: it has a row of its own, with all that is known of it."""
        pin, server = self._watching.log.get(key), self._page.controller.server
        if pin is not None and server is not None:
            to = destination_of(server.url, own=True)
            self._page.replaying.send(message_of(pin.request, to.authority))
            self._page.panes.setCurrentIndex(REQUESTS)

    # What is shown

    @Slot()
    def _refresh(self) -> None:
        page, log = self._page, self._watching.log
        has_pins = bool(log.pins)
        place = self._show_tab(has_pins)
        for action in (page.commands.show_watch, page.commands.send_pinned):
            action.setVisible(has_pins)
        can_send = self._watching.can_send
        page.commands.send_pinned.setEnabled(can_send)
        failed = log.counts()[Verdict.FAILED]
        if place >= 0:
            page.panes.counts.set_count(place, failed, urgent=True)
            name = f"Watch, {failed:,} failed" if failed else "Watch"
            page.panes.counts.setAccessibleTabName(place, name)
        refusal = "" if can_send else _STOPPED
        self._pane.set_sending(automatic=self._watching.automatic, refusal=refusal)
        self._show_pin()

    def _show_tab(self, is_there: bool) -> int:
        """Have the tab, or not; returns its index, -1 without it."""
        panes = self._page.panes
        place = panes.indexOf(self._pane)
        if is_there and place < 0:
            return panes.insertTab(REQUESTS + 1, self._pane, "Watch")
        if not is_there and place >= 0:
            if panes.currentIndex() == place:  # or Qt would go on to the errors, which see it then
                panes.setCurrentIndex(REQUESTS)
            panes.removeTab(place)
            self._pane.hide()
            return -1
        return place

    @Slot()
    def _show_pin(self) -> None:
        """Whether the request in the details is pinned."""
        row = self._page.requests.replays.current_whole()
        now = (row, self._watching.log.version)
        if row is self._shown[0] and now[1] == self._shown[1]:
            return
        self._shown = now
        done = None if row is None else row.finished
        pinned = done is not None and self._watching.is_pinned(done)
        self._details.show_pin(pinned=pinned, refusal=why_not(row))

    @Slot(int)
    def _tab_changed(self, index: int) -> None:
        """Another window may have pinned something meanwhile."""
        if index >= 0 and self._page.panes.widget(index) is self._pane:
            self._watching.look()
