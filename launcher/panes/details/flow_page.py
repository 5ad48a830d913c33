"""The Flow tab of a request: its own time line; GUI thread only.

It is painted as in the Flow pane, and laid out when it is first seen. The hottest lines stand below
the steps, or beside them where the page is low, as it is below the list.
"""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from launcher.core.logs.flow import Step, Timeline, timeline
from launcher.models.flow import TimelineModel
from launcher.panes.controls.legend import Legend
from launcher.panes.controls.time_band import TimeBand
from launcher.panes.controls.timeline import TimelineView, place_of
from launcher.theme.fonts import text_size
from server.events import RequestFinished

from .samples_view import SamplesView

__all__ = ["FlowPage"]

_LOW, _WIDE = 340, 640
"""Pixels of a page with too little height for both, and with the width for them."""


class FlowPage(QWidget):
    """The steps of one request.

    :ivar view: its time line
    """

    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestFlowPage")
        self.setMinimumSize(200, 60)  # it scrolls; so the list keeps its room
        self._wanted: RequestFinished | None = None
        self._laid_out: RequestFinished | None = None
        self.model = TimelineModel(self)
        self.view = TimelineView(self.model, self)
        self.view.setObjectName("requestFlow")
        self.band = TimeBand("requestTimeBand", self, titled=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.band)
        steps = QVBoxLayout()
        steps.addWidget(self.view, 1)
        self.legend = Legend(self)
        steps.addWidget(self.legend)
        self.samples = SamplesView(self)
        self.samples.sourceRequested.connect(self.sourceRequested)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._parts.addLayout(steps, 5)
        self._parts.addWidget(self.samples)
        layout.addLayout(self._parts, 1)
        self.view.chosen.connect(self._open)

    def show_request(self, done: RequestFinished | None) -> bool:
        """Show another request; returns whether its flow was recorded."""
        self._wanted = done
        if self.isVisible():
            self._lay_out()
        return done is not None and bool(done.flow)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        scale = text_size()
        beside = self.height() < _LOW * scale and self.width() >= _WIDE * scale
        if beside == self.samples.beside:
            return
        direction = QBoxLayout.Direction
        self._parts.setDirection(direction.LeftToRight if beside else direction.TopToBottom)
        self._parts.setStretch(1, 4 if beside else 0)
        self.samples.set_beside(beside)

    def _lay_out(self) -> None:
        if self._wanted is self._laid_out:
            return
        self._laid_out = done = self._wanted
        line = Timeline() if done is None else timeline(done)
        self.model.show(line)
        self.samples.show_request(done)
        self.band.show_line(line)
        self.band.setVisible(bool(line.parties))
        self.legend.show_line(line, self.view.alarm)
        worth = line.heaviest.index if line.failed is None and line.heaviest else line.failed
        if worth is not None:
            self.view.go_to(worth)

    @Slot(object)
    def _open(self, step: Step) -> None:
        place = place_of(step)
        if place is not None:
            self.sourceRequested.emit(*place)
