"""When the pages of a tab widget are filled: the one in front at once; GUI thread only.

The others are filled when they come to the front, when their text is read, and else one by one once
nothing else was selected for a moment: so moving through a list costs no more than what is seen of
each row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QTabWidget

__all__ = ["LatePages"]

_STILL = 80
"""Milliseconds without another selection, after which pages behind are filled."""


class LatePages(QObject):
    """Fills pages when they are needed.

    :param tabs: the widget that has them; it owns this object
    :param fill: what fills a page, by its index; it must not change which page is in front
    """

    def __init__(self, tabs: QTabWidget, fill: Mapping[int, Callable[[], None]]) -> None:
        super().__init__(tabs)
        self._tabs, self._fill = tabs, dict(fill)
        self._stale: list[int] = []
        self._behind = QTimer(self)
        self._behind.setSingleShot(True)
        self._behind.timeout.connect(self._fill_next)
        tabs.currentChanged.connect(self.fill)

    @property
    def is_filled(self) -> bool:
        """Whether all pages show what they are to show."""
        return not self._stale

    def renew(self, *pages: int) -> None:
        """Something else is to be shown.

        :param pages: by what it is shown; all of them where none is named
        """
        wanted = pages or tuple(self._fill)
        self._stale = [page for page in self._stale if page not in wanted] + list(wanted)
        self.fill(self._tabs.currentIndex())
        if self._stale:
            self._behind.start(_STILL)

    @Slot(int)
    def fill(self, page: int) -> None:
        """Have a page show what it is to show; does nothing where it does."""
        if page in self._stale:
            self._stale.remove(page)
            self._fill[page]()

    @Slot()
    def _fill_next(self) -> None:
        """One page for each turn of the event loop, so that none of them waits for all."""
        if self._stale:
            self.fill(self._stale[0])
        if self._stale:
            self._behind.start(0)
