"""The hottest own lines of a slow request: where it stood when sampled; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from launcher import theme
from launcher.core.display import plural
from launcher.models.samples import SamplesModel
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.log_table import LogTable
from launcher.panes.controls.parts import PartsDelegate
from server.events import RequestFinished

__all__ = ["SamplesView"]

_MOST = 6
"""Lines that are seen without scrolling."""
_UNBOUNDED = 16777215  # Qt's own


class SamplesView(QWidget):
    """A heading with the number of samples, and the lines; a click or Enter opens one.

    :ivar view: the lines
    :ivar beside: it has all the height there is, not only what the lines need
    """

    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestSamples")
        self.model = SamplesModel(self)
        self.title = ElidedLabel("samplesTitle", self)
        theme.set_font(self.title, "second")
        self.title.setContentsMargins(16, 6, 10, 4)
        self.view = LogTable("samplesView", (17, 0, 8, 12), self, margin=6)
        self.view.setAccessibleName("Own lines at which the request stood most often")
        self.view.setModel(self.model)
        self.view.arrange_columns()
        self.view.setItemDelegate(PartsDelegate(self.view))
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.clicked.connect(self._open)
        self.view.opened.connect(self._open_current)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self.view)
        self.beside = False
        self.hide()

    def set_beside(self, beside: bool) -> None:
        """Stand beside something else, or below it."""
        self.beside = beside
        self._fit()

    def show_request(self, done: RequestFinished | None) -> None:
        """Show another request's; nothing where it was quick, or not looked at."""
        samples = () if done is None else done.samples
        taken = 0 if done is None else done.samples_taken
        self.setVisible(bool(samples))
        if not samples:
            return
        self.model.show(samples, taken)
        self.title.setText(
            f"Hottest own lines  \u00b7  {plural(taken, 'sample')}, none while C code held the lock"
        )
        self._fit()

    def _fit(self) -> None:
        if self.beside:
            self.view.setMinimumHeight(0)
            self.view.setMaximumHeight(_UNBOUNDED)
            return
        rows = min(len(self.model.rows), _MOST)
        self.view.setFixedHeight(
            self.view.horizontalHeader().sizeHint().height() + rows * self.view.row_height + 2
        )

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            file, line, _, _ = self.model.rows[index.row()]
            self.sourceRequested.emit(file, line)

    @Slot()
    def _open_current(self) -> None:
        self._open(self.view.currentIndex())
