"""The sidebar: the window's servers, the recent projects, and one button for all; GUI thread."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.state import CAN_START, CAN_STOP
from launcher.models.servers import ServerRow
from launcher.theme.fonts import text_size

from .lists import RecentList, ServersList

__all__ = ["WIDTH", "Sidebar"]

WIDTH = 152


class Sidebar(QWidget):
    """See the module.

    :ivar servers: the list of servers
    :ivar recent: the list of recent projects
    """

    addRequested = Signal()  # noqa: N815
    """Another project is to be opened."""
    startAllRequested = Signal()  # noqa: N815
    stopAllRequested = Signal()  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.servers = ServersList(self)
        self.recent = RecentList("recentList", self)
        self.add = QPushButton(self)
        self.add.setObjectName("addServerButton")
        self.add.setAccessibleName("Open another project")
        self.add.setToolTip("Open another project (Ctrl+O)")
        self.start_all = QPushButton("Start all", self)
        self.start_all.setObjectName("startAllButton")
        self.stop_all = QPushButton("Stop all", self)
        self.stop_all.setObjectName("stopAllButton")
        for button in (self.add, self.start_all, self.stop_all):
            button.setProperty("look", "icon" if button is self.add else "quiet")
            button.setAutoDefault(False)
        self._recent_caption = _caption("Recent", self)
        self._lay_out()
        self.refresh_icons()
        self.add.clicked.connect(self.addRequested)
        self.start_all.clicked.connect(self.startAllRequested)
        self.stop_all.clicked.connect(self.stopAllRequested)
        self.recent.rows.modelReset.connect(self._fit)
        self.servers.rows.modelReset.connect(self._fit)
        self.servers.rows.dataChanged.connect(self._fit)

    def show_servers(self, rows: Sequence[ServerRow], front: int) -> None:
        """List these servers.

        :param front: which one's page is in front; -1 for none
        """
        self.servers.rows.set_rows(rows)
        self.servers.setCurrentIndex(self.servers.rows.index(front))
        servers = [row for row in rows if not row.is_file]
        # Both stay in their places: the other one must not come under a pointer that clicks twice.
        for button, states in ((self.start_all, CAN_START), (self.stop_all, CAN_STOP)):
            self._enable(button, any(row.state in states for row in servers))
            button.setVisible(bool(servers))

    def _enable(self, button: QPushButton, can: bool) -> None:
        """One that can do nothing any more gives the focus to the list, not to the other one."""
        if not can and button.hasFocus():
            self.servers.setFocus(Qt.FocusReason.OtherFocusReason)
        button.setEnabled(can)

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme or text size."""
        theme.set_icon(self.add, "add", "soft")
        theme.set_icon(self.start_all, "start", "soft")
        theme.set_icon(self.stop_all, "stop", "soft")
        self.setFixedWidth(round(WIDTH * text_size()))
        for view in (self.servers, self.recent):
            view.doItemsLayout()  # rows are as high as their text
        self._fit()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour(self.palette(), "ground"))
        painter.setPen(theme.colour(self.palette(), "line"))
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())
        painter.end()

    @Slot()
    def _fit(self) -> None:
        """The servers take the height of their rows; the recent projects have the rest."""
        height = self.servers.sizeHint().height()
        if self.servers.maximumHeight() != height:
            self.servers.setMaximumHeight(height)
            self.servers.updateGeometry()
        has_recent = self.recent.rows.rowCount() > 0
        self._recent_caption.setVisible(has_recent)
        self.recent.setVisible(has_recent)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 8, 7, 8)
        layout.setSpacing(2)
        top = QHBoxLayout()
        top.addWidget(_caption("Servers", self), 1)
        top.addWidget(self.add)
        layout.addLayout(top)
        layout.addWidget(self.servers)
        layout.addSpacing(8)
        layout.addWidget(self._recent_caption)
        layout.addWidget(self.recent, 1)
        layout.addStretch(0)
        layout.addWidget(self.start_all, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.stop_all, 0, Qt.AlignmentFlag.AlignLeft)
        self.servers.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setTabOrder(self.add, self.servers)
        self.setTabOrder(self.servers, self.recent)
        self.setTabOrder(self.recent, self.start_all)
        self.setTabOrder(self.start_all, self.stop_all)
        self._fit()


def _caption(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    theme.set_font(label, "caption")
    label.setProperty("tone", "muted")
    label.setContentsMargins(4, 0, 0, 0)
    return label
