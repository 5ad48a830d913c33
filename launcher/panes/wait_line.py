"""What a page waits for, in one line above its messages; GUI thread only.

Nothing waits silently: after 0.3 s it is shown that something goes on, after 3 s for how long, with
the last that was heard of it, where in the user's code it stands, and a button that ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from time import monotonic

from PySide6.QtCore import QSize, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout
from PySide6.QtWidgets import QWidget as Widget

from launcher import theme
from launcher.core.display import one_line, shown
from launcher.core.waits import SHOWN_FROM, Wait, Waits, stack_text
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.plain_view import PlainView
from launcher.panes.controls.ring import Ring
from launcher.panes.message_line import HEIGHT
from server.events import Frame

__all__ = ["WaitLine"]

_STACK_HEIGHT = 170


class WaitLine(QFrame):
    """Shows the wait that began last.

    :ivar label: what is waited for
    :ivar elapsed: for how long; "" in the first seconds
    :ivar place: where it stands
    :ivar stop: ends it
    """

    ticked = Signal()
    """About a second has gone by while it was shown: what is shown can be brought up to date."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""

    def __init__(self, parent: Widget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("waitLine")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._waits = Waits()
        self._shown: Wait | None = None
        self.ring = Ring(self)
        self.label = _text("waitText", "button", self)
        self.elapsed = _text("waitElapsed", "second", self)
        self.place = _text("waitPlace", "datum", self)
        self.detail = ElidedLabel("waitDetail", self)
        theme.set_font(self.detail, "mono")
        self.editor = self._button("waitEditor", "Open in editor")
        self.stack_button = self._button("waitStackButton", "Stack")
        self.stack_button.setCheckable(True)
        self.stack_button.setToolTip("The calls that have led there, refreshed each second")
        self.stop = self._button("waitStop", "Stop now")
        self.stack = PlainView("waitStack", "Where it stands")
        self.stack.setFixedHeight(_STACK_HEIGHT)
        self.stack.hide()
        self.editor.clicked.connect(self._open)
        self.stack_button.toggled.connect(self._show_stack)
        self.stop.clicked.connect(self._stop)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(8)
        for part in (self.ring, self.label, self.elapsed, self.place):
            row.addWidget(part)
        row.addWidget(self.detail, 1)
        for button in (self.editor, self.stack_button, self.stop):
            row.addWidget(button)
        self._row = Widget(self)
        self._row.setFixedHeight(max(HEIGHT, self.fontMetrics().height() + 12))
        self._row.setLayout(row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.stack)
        layout.addWidget(self._row)
        self._appear = QTimer(self)
        self._appear.setSingleShot(True)
        self._appear.timeout.connect(self._update)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._ticked)
        self.hide()

    def begin(
        self,
        key: str,
        text: str,
        stop_text: str = "",
        stop: Callable[[], object] | None = None,
        *,
        seconds: float = 0.0,
    ) -> None:
        """Something has begun that may take a while.

        :param key: what it is, for the program
        :param stop_text: what the button says that ends it
        :param seconds: how long ago it began
        """
        begun = monotonic() - seconds
        words = one_line(text, 200)
        self._waits.begin(Wait(key, words, begun, stop_text=stop_text, stop=stop))
        self._update()

    def show_detail(self, key: str, detail: str) -> None:
        """Show the last that was heard of it."""
        self._waits.change(key, detail=one_line(detail.strip(), 400))
        self._update()

    def show_stack(self, key: str, where: Frame | None, frames: tuple[Frame, ...]) -> None:
        """Show where it stands."""
        self._waits.change(key, where=where, frames=frames)
        self._update()

    def end(self, key: str) -> None:
        """It has ended."""
        self._waits.end(key)
        self._update()

    @property
    def front(self) -> Wait | None:
        """What is waited for, shown yet or not; None where nothing is."""
        return self._waits.front

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, super().minimumSizeHint().height())

    @Slot()
    def _update(self) -> None:
        wait = self._shown = self._waits.front
        if wait is None:
            self._appear.stop()
            self._tick.stop()
            self.stack_button.setChecked(False)
            self.hide()
            return
        now = monotonic()
        left = wait.begun + SHOWN_FROM - now
        if left > 0 and self.isHidden():
            self._appear.start(int(left * 1000) + 1)
            return
        if not self._tick.isActive():
            self._tick.start()
        self.label.setText(wait.text)
        self.elapsed.setText(wait.elapsed(now))
        self._show_place(wait)
        self.stop.setText(wait.stop_text)
        self.stop.setVisible(bool(wait.stop_text))
        self.setAccessibleName(" ".join(filter(None, (wait.text, self.elapsed.text()))))
        self.show()

    def _show_place(self, wait: Wait) -> None:
        frame, detail = wait.where, wait.detail
        if frame is not None:
            self.place.setText(one_line(f"{PurePath(frame.file).name}:{frame.line}", 80))
            at = frame.line - frame.first_line if frame.first_line else 0
            if 0 <= at < len(frame.source):
                detail = one_line(frame.source[at].strip(), 400)
        self.place.setVisible(frame is not None)
        self.editor.setVisible(frame is not None)
        self.detail.setText(detail)
        self.stack_button.setVisible(bool(wait.frames))
        if wait.frames and self.stack_button.isChecked():
            self.stack.show_text(shown(stack_text(wait.frames)))
        if not wait.frames:
            self.stack_button.setChecked(False)

    @Slot()
    def _ticked(self) -> None:
        self.ticked.emit()
        self._update()

    @Slot(bool)
    def _show_stack(self, on: bool) -> None:
        self.stack.setVisible(on)
        if on and self._shown is not None:
            self.stack.show_text(shown(stack_text(self._shown.frames)))

    @Slot()
    def _stop(self) -> None:
        if self._shown is not None and self._shown.stop is not None:
            self._shown.stop()

    @Slot()
    def _open(self) -> None:
        frame = None if self._shown is None else self._shown.where
        if frame is not None:
            self.sourceRequested.emit(frame.file, frame.line)

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setProperty("look", "line")
        button.setAutoDefault(True)
        return button


def _text(name: str, role: str, parent: Widget) -> ElidedLabel:
    label = ElidedLabel(name, parent)
    theme.set_font(label, role)
    label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
    return label
