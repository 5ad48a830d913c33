"""The head of a page that shows a file: its name, what is in it, where its requests can go.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLayout, QWidget
from PySide6.QtWidgets import QSizePolicy as Policy

from launcher import theme
from launcher.core.display import one_line
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.window_menu_button import WindowMenuButton
from launcher.panes.targets import Target

from .head import HEIGHT
from .search_button import SearchButton

__all__ = ["FileHead"]

_NAME_WIDTH = 260
_TARGET_WIDTH = 200
_WORDS_FROM = 760
"""Pixels of width from which on there is room for all words."""


class FileHead(QWidget):
    """See the module.

    :ivar targets: the running servers, one of which is chosen
    """

    menuRequested = Signal(QPoint)  # noqa: N815
    """The menu is to be opened at this point of the screen."""
    searchRequested = Signal()  # noqa: N815
    """The palette is to be opened."""
    targetChosen = Signal(object)  # noqa: N815
    """Requests go to this ``Target`` from now on; None where no server runs."""

    def __init__(self, name: str, path: str, facts: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("head")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(Policy.Policy.Ignored, Policy.Policy.Fixed)
        theme.set_line_height(self, HEIGHT, 20)
        self._known: list[Target] = []
        self._target: Target | None = None
        self.menu = WindowMenuButton("menuButton", self)
        self.menu.menuRequested.connect(self.menuRequested)
        self._icon = QLabel(self)
        self._icon.setTextFormat(Qt.TextFormat.PlainText)
        self.name = QLabel(self)
        self.name.setObjectName("nameLabel")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.name, "name")
        text = one_line(name, 120)
        metrics = self.name.fontMetrics()
        self.name.setText(metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, _NAME_WIDTH))
        self.name.setToolTip(theme.plain_tooltip(one_line(path, 400)))
        self.facts = ElidedLabel("fileFacts", self)
        self.facts.setText(facts)
        self.facts.setForegroundRole(self.facts.foregroundRole().PlaceholderText)
        theme.set_font(self.facts, "second")
        self._caption = QLabel("Send to", self)
        self._caption.setObjectName("muted")
        self._caption.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self._caption, "second")
        self.targets = QComboBox(self)
        self.targets.setObjectName("targetCombo")
        self.targets.setAccessibleName("Server that requests are sent to")
        self.targets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.targets.setMaximumWidth(_TARGET_WIDTH)
        self._caption.setBuddy(self.targets)
        self.targets.activated.connect(self._choose)
        self.search = SearchButton(self)
        self.search.clicked.connect(self.searchRequested)
        self._lay_out()
        self.refresh_icons()
        self._list()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self.menu.refresh_icon()
        self._icon.setPixmap(theme.pixmap("request", self.palette(), "muted"))

    def show_targets(self, targets: Sequence[Target]) -> None:
        """List the servers that run now; the chosen one stays chosen as long as it runs."""
        if [(one.key, one.name, one.url) for one in targets] == [
            (one.key, one.name, one.url) for one in self._known
        ]:
            return
        before = self._target
        self._known = list(targets)
        chosen = [one for one in self._known if before is not None and one.key is before.key]
        self._target = next(iter([*chosen, *self._known]), None)
        self._list()
        self.targetChosen.emit(self._target)

    @Slot()
    def open_menu(self) -> None:
        """Open the menu below its button."""
        self.menu.open_menu()

    @Slot(int)
    def _choose(self, number: int) -> None:
        if 0 <= number < len(self._known):
            self._target = self._known[number]
            self.targetChosen.emit(self._target)

    def _list(self) -> None:
        self.targets.clear()
        for target in self._known:
            self.targets.addItem(one_line(target.name, 60))
            tip = theme.plain_tooltip(one_line(target.url, 200))
            self.targets.setItemData(self.targets.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        if self._target is None:
            self.targets.addItem("no server runs")
        else:
            self.targets.setCurrentIndex(self._known.index(self._target))
        self.targets.setEnabled(self._target is not None)
        url = "Start a server to send these requests to it." if self._target is None else ""
        self.targets.setToolTip(url or "Where Send again and Edit go")

    # Where it is narrow

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        wide = self.width() >= _WORDS_FROM
        self._caption.setVisible(wide)
        self.search.set_shows_text(wide)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(600, self.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, self.height())

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        layout.setContentsMargins(8, 0, 12, 0)
        layout.setSpacing(6)
        layout.addWidget(self.menu)
        layout.addSpacing(6)
        layout.addWidget(self._icon)
        layout.addWidget(self.name)
        layout.addSpacing(6)
        layout.addWidget(self.facts, 1)
        layout.addSpacing(8)
        layout.addWidget(self._caption)
        layout.addWidget(self.targets)
        layout.addSpacing(8)
        layout.addWidget(self.search)
