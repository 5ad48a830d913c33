"""The pinned requests at the left, the selected one's answers at the right; GUI thread only.

Below :data:`BESIDE_FROM` pixels of width, the answers are below the list.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QLabel,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.watch.code import FileChange
from launcher.core.watch.rounds import WatchLog
from launcher.models.watch import PinModel
from launcher.panes.controls.list_keys import ListCommand, ListKeys

from .answer import AnswerView
from .entries import PinEntries
from .grid import RoundGrid
from .strip import WatchStrip

__all__ = ["WatchPane"]

BESIDE_FROM = 1000
_LIST = 392


class WatchPane(QWidget):
    """What was pinned, how it went, and before and after side by side.

    :param log: the pins, and what came of them
    :ivar view: the list
    :ivar strip: the line above
    :ivar answer: the selected pin
    :ivar keys: what can be done with the selected pin
    """

    sendRequested = Signal(str)  # noqa: N815
    """This pin is to be sent now."""
    sendAllRequested = Signal()  # noqa: N815
    """All pins are to be sent now."""
    ordinaryRequested = Signal(str)  # noqa: N815
    """This pin is to be sent as any other request, with a row in the list."""
    acceptRequested = Signal(str)  # noqa: N815
    """The newest answer of this pin is to be expected from now on."""
    unpinRequested = Signal(str)  # noqa: N815
    """This pin is to be taken off."""
    ignoreRequested = Signal(str, object, bool)  # noqa: N815
    """An ``Ignored`` of this pin is to be ignored, or isn't any more."""
    automaticChanged = Signal(bool)  # noqa: N815
    """Pins are to be sent after each reload, or not."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    changesWanted = Signal(str)  # noqa: N815
    """What changed in the code is to be shown of this pin: see :meth:`show_changes`."""

    def __init__(self, log: WatchLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._automatic, self._refusal = True, ""
        self._changes: tuple[FileChange, ...] = ()
        self.strip = WatchStrip(self)
        self.model = PinModel(log, self)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._left = QWidget(self.splitter)
        self.view = PinEntries(self.model, self._left)
        self._grid_area = QScrollArea(self._left)
        self._grid_holder = QWidget(self._grid_area.viewport())
        self.grid = RoundGrid(log, self.model, self._grid_holder)
        self.answer = AnswerView(self.splitter)
        self._arranged = False
        self._lay_out()
        self.keys = ListKeys(self.view, "Watch", *self._commands())
        self.keys.open_menus()
        self.view.chosen.connect(self._show_current)
        self.view.doubleClicked.connect(self.answer.open_source)
        self.grid.chosen.connect(self._choose)
        self.strip.send.clicked.connect(self.sendAllRequested)
        self.strip.automatic.toggled.connect(self.automaticChanged)
        self.answer.acceptRequested.connect(self._accept)
        self.answer.ignoreRequested.connect(self._ignore)
        self.answer.sourceRequested.connect(self.sourceRequested)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.catch_up)
        self.refresh_icons()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self.strip.refresh_icons()
        self.answer.refresh_icons()

    def set_sending(self, *, automatic: bool, refusal: str) -> None:
        """How pins are sent.

        :param automatic: after each reload
        :param refusal: why they can't be sent now, in a sentence; "" where they can
        """
        self._automatic, self._refusal = automatic, refusal
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """The pins, or what came of them, are others now: show it soon."""
        if self.isVisible():
            self._soon.start()
        else:
            self.model.refresh()

    @Slot()
    def catch_up(self) -> None:
        """Show everything as it is now."""
        self._soon.stop()
        if self.model.refresh():
            self.view.doItemsLayout()
        self._fit_list()
        self.strip.refresh(self._log, automatic=self._automatic, refusal=self._refusal)
        self.grid.refresh()
        if not self.view.current_key and self.model.rows:
            self.view.choose(self.model.rows[0].key)
        self._show_current()

    def show_changes(self, changes: tuple[FileChange, ...]) -> None:
        """What changed in the code of the pin that was asked for last."""
        self._changes = changes

    def show_pin(self, key: str) -> bool:
        """Select a pin; False where it isn't there."""
        self.model.refresh()
        return self.view.choose(key)

    # What can be done with the selected pin

    @property
    def current(self) -> str:
        """The key of the selected pin; "" for none."""
        key = self.view.current_key
        return key if self._log.get(key) is not None else ""

    def _commands(self) -> tuple[ListCommand, ...]:
        def has_pin() -> bool:
            return bool(self.current)

        return (
            ListCommand("Send again", self._send, ("R",), "send", has_pin),
            ListCommand("Send all again", self.sendAllRequested.emit, ("Shift+R",), "send"),
            ListCommand("Send as an ordinary request", self._ordinary, (), "send", has_pin),
            ListCommand("Accept as expected", self._accept, ("A",), "expect", self._has_answer),
            ListCommand(
                "Ignore a field\u2026", self.answer.open_ignore_menu, ("I",), "expect", has_pin
            ),
            ListCommand(
                "Open in editor", self.answer.open_source, ("F4", "Return"), "show", self._has_place
            ),
            ListCommand("Unpin", self._unpin, ("P", "Delete"), "pin", has_pin),
        )

    def _has_answer(self) -> bool:
        reply = self._log.reply(self.current)
        return reply is not None and reply.done is not None

    def _has_place(self) -> bool:
        return self.answer.place is not None

    @Slot()
    def _send(self) -> None:
        self.sendRequested.emit(self.current)

    @Slot()
    def _ordinary(self) -> None:
        self.ordinaryRequested.emit(self.current)

    @Slot()
    def _accept(self) -> None:
        if self._has_answer():
            self.acceptRequested.emit(self.current)

    @Slot()
    def _unpin(self) -> None:
        self.unpinRequested.emit(self.current)

    @Slot(object, bool)
    def _ignore(self, one: object, on: bool) -> None:
        self.ignoreRequested.emit(self.current, one, on)

    @Slot(str)
    def _choose(self, key: str) -> None:
        self.view.choose(key)
        self.view.setFocus(Qt.FocusReason.MouseFocusReason)

    @Slot()
    def _show_current(self) -> None:
        key = self.current
        self._changes = ()
        if key:
            self.changesWanted.emit(key)
        log = self._log
        self.answer.show_pin(log.get(key), log.reply(key), log.judgement(key), self._changes)

    # Qt's own

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self.catch_up()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        beside = event.size().width() >= BESIDE_FROM
        wanted = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if self.splitter.orientation() != wanted or not self._arranged:
            self._arranged = True
            self.splitter.setOrientation(wanted)
            down, right = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
            self._column.setDirection(down if beside else right)
            if beside:
                self.splitter.setSizes([_LIST, self.width() - _LIST])
            else:
                wanted_height = max(self.view.content_height, self.grid.sizeHint().height() + 40)
                list_height = min(self.height() * 2 // 5, max(120, wanted_height))
                self.splitter.setSizes([list_height, self.height() - list_height])
        self._fit_list()

    def _fit_list(self) -> None:
        """The list is as high as its entries, as long as there is room; the rest is the grid's."""
        beside = self.splitter.orientation() == Qt.Orientation.Horizontal
        self.view.setMaximumHeight(max(self.view.content_height + 2, 32) if beside else 16_777_215)

    # Putting it together

    def _lay_out(self) -> None:
        holder, left = self._grid_holder, self._left
        hint = QLabel("Pin a request in the list with P", holder)
        hint.setTextFormat(Qt.TextFormat.PlainText)
        hint.setObjectName("muted")
        theme.set_font(hint, "second")
        hint.setContentsMargins(41, 12, 16, 12)
        self._grid_area.setObjectName("watchGridArea")
        self._grid_area.setAccessibleName("The last times the pins were sent")
        self._grid_area.setFrameShape(QFrame.Shape.NoFrame)
        self._grid_area.setWidgetResizable(True)
        self._grid_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._grid_area.setMinimumHeight(60)
        holder.setObjectName("watchGridHolder")
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(0, 0, 0, 8)
        rows.addWidget(hint)
        rows.addWidget(self.grid)
        rows.addStretch(1)
        self._grid_area.setWidget(holder)
        left.setObjectName("watchList")
        left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QBoxLayout(QBoxLayout.Direction.TopToBottom, left)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.view, 3)
        self._column.addWidget(self._grid_area, 2)
        left.setMinimumWidth(260)
        self.splitter.setObjectName("watchSplitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.answer)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip)
        layout.addWidget(self.splitter, 1)
