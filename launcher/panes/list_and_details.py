"""The list of requests and the details of one, beside or below each other; GUI thread only.

Where the window is low, there is one of them: the list, or, once a request was opened, its details.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from launcher.theme.fonts import text_size

POSITIONS = AUTO, RIGHT, BOTTOM = "auto", "right", "below"
"""Where the details can be."""
BESIDE_FROM = 1000
"""Pixels of the pane's width from which on the details are beside the list."""
LOW = 560
"""Pixels of the window's height, at the usual text size, below which there is no room for both of
them, one below the other."""
BESIDE, BELOW = 432, 250
"""Their width there, and their height below it, as long as the user hasn't chosen another."""
_USUAL, _LARGE, _BESIDE_LARGE = 1180, 1920, 640
"""From the usual width of the pane on they get wider with it: as wide as this in a large one."""


class ListAndDetails(QSplitter):
    """Places them.

    It is made before the parts that :meth:`hold` takes in, so that they are made in their place.

    :param pane: holds the splitter, and perhaps more
    """

    arranged = Signal(bool)
    """The details are beside the list now; or below it."""

    def __init__(self, pane: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, pane)
        self.setObjectName("requestsSplitter")
        self._pane = pane
        self._position = AUTO
        self._covers = False
        self._is_arranged = False
        self._sizes = {Qt.Orientation.Horizontal: BESIDE, Qt.Orientation.Vertical: BELOW}
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(self._keep_size)

    def hold(self, view: QWidget, side: QStackedWidget, details: QWidget) -> None:
        """Take the parts in; nothing else may be asked of it before.

        :param view: the list
        :param side: the details, and what takes their place; the first one is there for nothing
        :param details: gets the focus where the list gives way to it
        """
        self._view = view
        self._side = side
        self._details = details
        self.addWidget(view)
        self.addWidget(side)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 0)

    def place(self, position: str) -> None:
        """Have the details beside the list, below it, or where there is room.

        :param position: one of :data:`POSITIONS`
        """
        self._position = position
        self.arrange()

    @property
    def choice(self) -> str:
        """Where the details are, and how large they are in each place, for the settings."""
        sizes = self._sizes
        beside, below = sizes[Qt.Orientation.Horizontal], sizes[Qt.Orientation.Vertical]
        return f"{self._position} {beside} {below}"

    def restore(self, choice: str) -> None:
        """Take over what ``choice`` was; anything else is left alone."""
        position, *sizes = choice.split(" ")
        if position not in POSITIONS or len(sizes) != 2 or not all(map(str.isdecimal, sizes)):
            return
        beside, below = (min(max(int(size), 120), 4000) for size in sizes)
        self._sizes = {Qt.Orientation.Horizontal: beside, Qt.Orientation.Vertical: below}
        self._is_arranged = False
        self.place(position)

    @Slot()
    def toggle(self) -> None:
        """Have the details on the other side of the list."""
        beside = self.orientation() == Qt.Orientation.Horizontal
        self.place(BOTTOM if beside else RIGHT)

    def arrange(self) -> None:
        """Follow the pane's size."""
        room = self._pane.width() >= BESIDE_FROM
        beside = self._position == RIGHT or (self._position == AUTO and room)
        wanted = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if self.orientation() == wanted and self._is_arranged:
            if beside and self._sizes[wanted] == BESIDE:
                self._share()
            return
        self._is_arranged = True
        self.arranged.emit(beside)
        self.setOrientation(wanted)
        self.cover()
        self._share()

    def set_covers(self, covers: bool) -> None:
        """Have the details in front of the list, or the list, where there is room for one."""
        self._covers = covers
        self.cover()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_details"):
            self.cover()

    def cover(self) -> None:
        """Follow the window's height."""
        beside = self.orientation() == Qt.Orientation.Horizontal
        is_low = not beside and self.window().height() < LOW * text_size()
        covers = is_low and self._covers and self._side.currentIndex() > 0
        both = self._view.isVisibleTo(self._pane) and self._side.isVisibleTo(self._pane)
        has_focus = self._view.hasFocus()
        self._side.setVisible(covers or not is_low)
        if covers and has_focus:  # otherwise it would go to the filter, which is typed into
            self._details.setFocus(Qt.FocusReason.OtherFocusReason)
        self._view.setVisible(not covers)
        if not (is_low or both):
            self._share()

    def _share(self) -> None:
        """Give the details the size that was chosen for where they are."""
        wanted = self.orientation()
        beside = wanted == Qt.Orientation.Horizontal
        room = self._pane.width() if beside else self._pane.height()
        size = self._sizes[wanted]
        if beside and size == BESIDE:
            share = (_BESIDE_LARGE - BESIDE) / (_LARGE - _USUAL)
            size += max(0, round((room - _USUAL) * share))
        size = min(size, room // 2)
        self.setSizes([room - size, size])

    @Slot()
    def _keep_size(self) -> None:
        self._sizes[self.orientation()] = self.sizes()[1]
