"""What is in front while no page is open: the recent projects, and a way to another; GUI thread."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from launcher import theme

from .message_line import MessageLine
from .sidebar.lists import RecentList

_WIDEST = 560


class NoServer(QWidget):
    """See the module.

    :ivar recent: the recent projects
    :ivar line: messages
    """

    folderRequested = Signal()  # noqa: N815
    """The user wants to open a folder."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noServer")
        self.line = MessageLine(self)
        title = QLabel("Serve a Python web app", self)
        title.setFont(theme.font("title"))
        text = QLabel("Open its folder: the app and the interpreter are found for you.", self)
        text.setObjectName("muted")
        for label in (title, text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.folder = QPushButton("Open a Project Folder\u2026", self)
        self.folder.setObjectName("noServerFolderButton")
        self.folder.setProperty("look", "primary")
        self.folder.setToolTip("Choose the folder of a project (Ctrl+O)")
        self.folder.clicked.connect(self.folderRequested)
        self.recent = RecentList("noServerRecentList", self)
        column = QWidget(self)
        column.setFixedWidth(_WIDEST)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(28, 40, 28, 16)
        inner.setSpacing(8)
        inner.addWidget(title)
        inner.addWidget(text)
        inner.addWidget(self.folder, 0, Qt.AlignmentFlag.AlignLeft)
        inner.addSpacing(12)
        inner.addWidget(self.recent, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column, 1, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.line)
