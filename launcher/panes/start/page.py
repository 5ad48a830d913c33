"""The start page: a way to one's project, the recent ones, and the examples; GUI thread only.

It is in front while no server's page is, and whenever it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from launcher import APP_NAME, theme
from launcher.core.resources import Example
from launcher.panes.controls.key_button import KeyButton
from launcher.panes.controls.window_menu_button import WindowMenuButton
from launcher.panes.head.search_button import SearchButton
from launcher.panes.message_line import MessageLine
from launcher.panes.sidebar.lists import RecentList

from .examples import ExampleRow
from .painting import MARGIN, ProjectDelegate

__all__ = ["StartPage"]

_WIDEST, _BESIDE_FROM = 904, 780
_HEAD = 44


class StartPage(QWidget):
    """See the module.

    :param examples: what is offered
    :ivar recent: the recent projects
    :ivar line: messages
    """

    folderRequested = Signal()  # noqa: N815
    """The user wants to open a folder."""
    fileRequested = Signal()  # noqa: N815
    """The user wants to open a file."""
    exampleRequested = Signal(str)  # noqa: N815
    """An example was chosen: the path of its file."""
    menuRequested = Signal(QPoint)  # noqa: N815
    """The menu is to be opened at this point of the screen."""
    searchRequested = Signal()  # noqa: N815
    """The palette is to be opened."""
    left = Signal()
    """The user has seen enough of it."""

    def __init__(self, examples: Sequence[Example], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("startPage")
        self.line = MessageLine(self)
        self.menu = WindowMenuButton("startMenuButton", self)
        self.menu.menuRequested.connect(self.menuRequested)
        self.search = SearchButton(self)
        self.search.clicked.connect(self.searchRequested)
        self._scroll = QScrollArea(self)
        self._content = QWidget(self._scroll)
        self._column = column = QWidget(self._content)
        self._projects, self._examples = QWidget(column), QWidget(column)
        self.folder = KeyButton(
            "startPageFolderButton", "Open a folder\u2026", "Ctrl+O",
            "Choose the folder of your project", column,
        )  # fmt: skip
        self.folder.setProperty("look", "primary")
        self.folder.clicked.connect(self.folderRequested)
        self.file = QPushButton("Open a file\u2026", column)
        self.file.setObjectName("startPageFileButton")
        self.file.setToolTip("Choose the file that has your app")
        self.file.clicked.connect(self.fileRequested)
        self.recent = RecentList("startRecentList", self._projects)
        delegate = ProjectDelegate(self.recent)
        self.recent.setItemDelegate(delegate)
        self.recent.rows.modelReset.connect(self._fit)
        self.rows = [ExampleRow(example, self._examples) for example in examples]
        for row in self.rows:
            row.clicked.connect(partial(self._choose, row.example))
        self._lay_out()
        self.refresh_icons()
        self._fit()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self.menu.refresh_icon()
        self.folder.show_icon("folder", "on_accent")
        self.line.refresh_icons()
        self.update()

    @Slot()
    def focus_start(self) -> None:
        """Put the focus on what is mostly wanted."""
        target: QWidget = self.recent if self.recent.rows.rowCount() else self.folder
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def open_menu(self) -> None:
        """Open the menu below its button."""
        self.menu.open_menu()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.matches(QKeySequence.StandardKey.Cancel):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        beside = self.width() >= _BESIDE_FROM
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(way)
        self._hint.setVisible(beside)

    def _choose(self, example: Example, _checked: bool = False) -> None:
        self.exampleRequested.emit(str(example.file))

    @Slot()
    def _fit(self) -> None:
        """The list is as high as its rows: the page scrolls, not the list in it."""
        rows = self.recent.rows.rowCount()
        self._projects.setVisible(rows > 0)
        self.recent.setFixedHeight(sum(self.recent.sizeHintForRow(row) for row in range(rows)) + 2)

    def _lay_out(self) -> None:
        head = QWidget(self)
        head.setObjectName("head")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.set_line_height(head, _HEAD, 20)
        top = QHBoxLayout(head)
        top.setContentsMargins(8, 0, 12, 0)
        top.setSpacing(12)
        top.addWidget(self.menu)
        top.addWidget(_label(APP_NAME, "name", head))
        top.addStretch(1)
        top.addWidget(self.search)

        column = self._column
        column.setMaximumWidth(_WIDEST + 2 * MARGIN)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(MARGIN, 48, MARGIN, 24)
        inner.setSpacing(8)
        titles = QVBoxLayout()
        titles.setContentsMargins(MARGIN, 0, MARGIN, 0)
        titles.setSpacing(8)
        titles.addWidget(_label("Serve a Python web app", "title", column))
        text = "Open its folder: the app, the interpreter and the settings are found for you."
        titles.addWidget(_label(text, "text", column, "muted"))
        titles.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.folder)
        buttons.addWidget(self.file)
        buttons.addStretch(1)
        self._hint = _label("or drop a folder anywhere in this window", "second", column, "muted")
        buttons.addWidget(self._hint)
        for button in (self.folder, self.file):
            button.setMinimumHeight(36)
        titles.addLayout(buttons)
        inner.addLayout(titles)
        inner.addSpacing(16)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(32)
        projects = _fill_section(self._projects, "Recent", "Last used")
        projects.addWidget(self.recent)
        foot = _label(
            "Enter opens it, Delete takes it off the list", "second", self._projects, "muted"
        )
        foot.setContentsMargins(MARGIN, 8, 0, 0)
        projects.addWidget(foot)
        below = _fill_section(self._examples, "Examples", "a click opens one, F5 starts it")
        for row in self.rows:
            below.addWidget(row)
        for section in (self._projects, self._examples):
            self._columns.addWidget(section, 1, Qt.AlignmentFlag.AlignTop)
        inner.addLayout(self._columns)
        inner.addStretch(1)

        content = self._content
        content.setBackgroundRole(QPalette.ColorRole.Base)
        content.setAutoFillBackground(True)
        around = QHBoxLayout(content)
        around.setContentsMargins(12, 0, 12, 0)
        around.addStretch(1)
        around.addWidget(column, 100)
        around.addStretch(1)
        scroll = self._scroll
        scroll.setObjectName("startScroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidgetResizable(True)
        scroll.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.line)
        order: list[QWidget] = [
            self.menu, self.search, self.folder, self.file, self.recent, *self.rows
        ]  # fmt: skip
        for before, after in pairwise(order):
            self.setTabOrder(before, after)


def _fill_section(section: QWidget, title: str, second: str) -> QVBoxLayout:
    """Give a column its title, and a line below that; its layout, for the rest."""
    layout = QVBoxLayout(section)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    top = QHBoxLayout()
    top.setContentsMargins(MARGIN, 0, MARGIN, 6)
    top.addWidget(_label(title, "strong", section))
    top.addStretch(1)
    top.addWidget(_label(second, "second", section, "muted"))
    layout.addLayout(top)
    line = QFrame(section)
    line.setObjectName("hairline")
    line.setFixedHeight(1)
    inset = QHBoxLayout()
    inset.setContentsMargins(MARGIN, 0, MARGIN, 0)
    inset.addWidget(line)
    layout.addLayout(inset)
    return layout


def _label(text: str, role: str, parent: QWidget, name: str = "startLabel") -> QLabel:
    made = QLabel(text, parent)
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(role == "text")
    theme.set_font(made, role)
    return made
