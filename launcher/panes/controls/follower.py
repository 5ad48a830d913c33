"""Following the end of a view that grows; GUI thread only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QPushButton

from launcher.core.display import plural


class Follower(QObject):
    """Keeps a view at its end while rows come, until the user scrolls up.

    Then a button over the view shows how much is new; it, the end of the scroll bar, or the End
    key resume.

    :param noun: what the new things are called
    """

    changed = Signal(bool)

    def __init__(self, view: QAbstractScrollArea, noun: str) -> None:
        super().__init__(view)
        self._view = view
        self._noun = noun
        self._new = 0
        self._moving = False
        self.following = True
        self.button = QPushButton(view)
        self.button.setObjectName(f"{view.objectName()}Follow")
        self.button.setProperty("look", "float")
        self.button.setAccessibleName(f"Show the newest {noun}s")
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.hide()
        self.button.clicked.connect(self.resume)
        bar = view.verticalScrollBar()
        bar.valueChanged.connect(self._moved)
        bar.rangeChanged.connect(self._grown)
        view.installEventFilter(self)

    @property
    def new(self) -> int:
        """How many have come since following stopped."""
        return self._new

    @property
    def is_moving(self) -> bool:
        """Whether what scrolls now is what has come or gone, and not the user."""
        return self._moving

    def added(self, count: int) -> None:
        """More has come at the end."""
        if count:
            self.count(self._new + count)

    def count(self, new: int) -> None:
        """So many have come since following stopped."""
        if not self.following and new != self._new:
            self._new = new
            self._show_button()

    def shifted(self, gone: int) -> None:
        """So much, in steps of the scroll bar, has gone at the top: what is seen stays in place."""
        if not self.following:
            self._move(max(0, self._view.verticalScrollBar().value() - gone))

    @contextmanager
    def rewriting(self, gone: int) -> Iterator[None]:
        """All is written anew meanwhile; afterwards the view is where it was.

        :param gone: how much, in steps of the scroll bar, is missing at the top afterwards
        """
        place = max(0, self._view.verticalScrollBar().value() - gone)
        self._moving = True
        try:
            yield
        finally:
            self._moving = False
        if self.following:
            self._to_end()
        else:
            self._move(place)

    def reset(self) -> None:
        """Everything is gone: follow again."""
        self._set(True)

    def forget_new(self) -> None:
        """What has come is not at the end, or not only there: count from here on."""
        self._new = 0
        self._show_button()

    @Slot()
    def pause(self) -> None:
        """Stop following: the user has turned to something that isn't at the end."""
        self._set(False)

    @Slot()
    def resume(self) -> None:
        """Go to the end and follow again."""
        self._set(True)
        self._to_end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize and watched is self._view:
            self._place(event)
        return False

    @Slot(int)
    def _moved(self, value: int) -> None:
        if not self._moving:
            self._set(value >= self._view.verticalScrollBar().maximum())

    @Slot(int, int)
    def _grown(self, _low: int, _high: int) -> None:
        if self.following:
            self._to_end()

    def _to_end(self) -> None:
        self._move(self._view.verticalScrollBar().maximum())

    def _move(self, value: int) -> None:
        """Scroll without taking it for the user's doing."""
        self._moving = True
        self._view.verticalScrollBar().setValue(value)
        self._moving = False

    def _set(self, following: bool) -> None:
        if following:
            self._new = 0
        was, self.following = self.following, following
        self._show_button()
        if was != following:
            self.changed.emit(following)

    def _show_button(self) -> None:
        # Where all of it can be seen, there is nothing to go to.
        if self.following or not self._new or not self._view.verticalScrollBar().maximum():
            self.button.hide()
            return
        self.button.setText(f"\u2193 {self._new:,} new")
        self.button.setAccessibleName(f"Show {plural(self._new, 'new ' + self._noun)}")
        self._place(None)
        self.button.show()
        self.button.raise_()

    def _place(self, _event: QEvent | QResizeEvent | None) -> None:
        self.button.adjustSize()
        view = self._view
        self.button.move(
            (view.width() - self.button.width()) // 2, view.height() - self.button.height() - 14
        )
