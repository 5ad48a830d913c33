"""What there is to begin with: the example apps as cards, and a way to one's own; GUI thread only.

It wants to be seen until the first start, as long as nothing of the user's own is chosen, and
whenever it is asked for. Where it stands is not its business.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFont,
    QIcon,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QWidget,
)

from launcher import theme
from launcher.core.resources import Example
from launcher.core.state import CAN_START, SessionState

_WIDEST = 1040
_NARROWEST_CARD = 250
_GAP = 10
_LEFT, _TOP, _RIGHT = 54, 12, 34  # where the text of a card begins, and what is free at its right
_WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
_RECOLOURED = (QEvent.Type.PaletteChange, QEvent.Type.StyleChange)


class ExampleCard(QAbstractButton):
    """An example as a button: a drawing, its title and one sentence.

    It is checked while its example is what is filled in; a click doesn't check it by itself.
    """

    picked = Signal(str)
    """The example's file: it was clicked."""

    def __init__(self, example: Example, parent: QWidget) -> None:
        super().__init__(parent)
        self.example = example
        self._drawing = QIcon()
        self.setObjectName(f"exampleButton_{example.name}")
        self.setText(example.title)
        self.setAccessibleName(f"Example: {example.title}")
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.show_chosen(False)
        self._draw_again()
        self.clicked.connect(self._pick)

    @Slot()
    def _pick(self) -> None:
        self.picked.emit(str(self.example.file))

    def show_chosen(self, chosen: bool) -> None:
        """Show whether this is the app that Start would start."""
        self.setChecked(chosen)
        state = " It is filled in." if chosen else ""
        self.setAccessibleDescription(self.example.description + state)

    def height_for(self, width: int) -> int:
        """The height that all of the text needs."""
        room = QRect(0, 0, width - _LEFT - _RIGHT, 1000)
        text = self.fontMetrics().boundingRect(room, int(_WRAP), self.example.description)
        return _TOP + self._title_height() + text.height() + _TOP + 2

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(_NARROWEST_CARD, self.height_for(_NARROWEST_CARD))

    def nextCheckState(self) -> None:  # noqa: N802
        """Only :meth:`show_chosen` changes it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        if event.type() in _RECOLOURED:
            self._draw_again()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        def tone(name: str) -> None:
            painter.setPen(theme.colour(self.palette(), name))

        live, chosen, focus = self.isEnabled(), self.isChecked(), self.hasFocus()
        if self.isDown():
            ground = "line"
        elif chosen and live:
            ground = "selection"
        else:
            ground = "hover" if live and self.underMouse() else "panel"
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = theme.colour(self.palette(), "accent" if focus or (chosen and live) else "line")
        width = 2.0 if focus else 1.0
        painter.setPen(QPen(edge, width))
        painter.setBrush(theme.colour(self.palette(), ground))
        box = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.drawRoundedRect(box, 8, 8)
        mode = QIcon.Mode.Normal if live else QIcon.Mode.Disabled
        self._drawing.paint(painter, QRect(16, _TOP + 1, 24, 24), mode=mode)
        room = self.rect().adjusted(_LEFT, _TOP, -_RIGHT, 0)
        painter.setFont(self._title_font())
        tone("text" if live else "muted")
        painter.drawText(room, int(_WRAP), self.text())
        painter.setFont(self.font())
        tone("text" if chosen and live else "muted")
        room.setTop(room.top() + self._title_height())
        painter.drawText(room, int(_WRAP), self.example.description)
        if chosen:
            painter.setPen(QPen(theme.colour(self.palette(), "accent" if live else "muted"), 2))
            x, y = self.width() - 20.0, _TOP + 8.0
            painter.drawPolyline([QPointF(x - 5, y), QPointF(x - 1, y + 4), QPointF(x + 6, y - 5)])
        painter.end()

    def _title_font(self) -> QFont:
        font = self.font()
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def _title_height(self) -> int:
        return self.fontMetrics().height() + 3

    def _draw_again(self) -> None:
        self._drawing = theme.icon(f"example-{self.example.name}", self.palette(), "accent")


class CardGrid(QWidget):
    """The cards in as many columns as there is room for, all of one size."""

    def __init__(self, examples: Sequence[Example], parent: QWidget) -> None:
        super().__init__(parent)
        self.cards = [ExampleCard(example, self) for example in examples]

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._place()

    def _place(self) -> None:
        fitting = (self.width() + _GAP) // (_NARROWEST_CARD + _GAP)
        columns = max(1, min(3, fitting, len(self.cards)))
        width = (self.width() - _GAP * (columns - 1)) // columns
        height = max((card.height_for(width) for card in self.cards), default=0)
        for number, card in enumerate(self.cards):
            row, column = divmod(number, columns)
            card.setGeometry(column * (width + _GAP), row * (height + _GAP), width, height)
        rows = -(-len(self.cards) // columns)
        self.setFixedHeight(max(0, rows * (height + _GAP) - _GAP))


class StartPage(QScrollArea):
    """The examples, and the button for a project of one's own.

    :param examples: what is offered
    """

    exampleRequested = Signal(str)  # noqa: N815
    """An example was chosen: the path of its file."""
    chosen = Signal()
    """The same, once it is filled in; what is next is to press Start."""
    folderRequested = Signal()  # noqa: N815
    """The user wants to open a folder."""
    wanted = Signal(bool)
    """Whether the page wants to be seen, each time that may have changed."""

    def __init__(self, examples: Sequence[Example], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._began = False
        self._asked = False
        self._project, self._app = "", ""
        self._homes = {path for e in examples for path in (e.project, e.project.resolve())}
        self.setObjectName("startPage")
        self.setAccessibleName("Examples")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = QWidget(self)
        self._content.setBackgroundRole(QPalette.ColorRole.Base)
        self._content.setAutoFillBackground(True)
        self.title = QLabel(self._content)
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setWeight(QFont.Weight.DemiBold)
        self.title.setFont(font)
        self.text = QLabel(self._content)
        self.text.setObjectName("muted")
        self.text.setWordWrap(True)
        for label in (self.title, self.text):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.folder = QPushButton("Open a Project Folder\u2026", self._content)
        self.folder.setObjectName("startPageFolderButton")
        self.folder.setToolTip("Choose the folder of your own project (Ctrl+O)")
        self.close_button = QPushButton(self._content)
        self.close_button.setObjectName("startPageCloseButton")
        self.close_button.setProperty("look", "quiet")
        self.close_button.setAccessibleName("Close the examples")
        self.close_button.setToolTip("Close the examples (Esc)")
        self.close_button.setFixedWidth(42)
        for button in (self.folder, self.close_button):
            button.setAutoDefault(False)
        self.grid = CardGrid(examples, self._content)
        self._lay_out()
        self._recolour()
        self.follow(SessionState.STOPPED)

        for card in self.grid.cards:
            card.picked.connect(self._choose)
        self.folder.clicked.connect(self.folderRequested)
        self.close_button.clicked.connect(self.leave)

    @Slot(object)
    def follow(self, state: SessionState) -> None:
        """The server is in this state now: another app can be chosen only while none runs."""
        if state is SessionState.STARTING:
            self._began, self._asked = True, False
        free = state in CAN_START
        for part in (*self.grid.cards, self.folder):
            part.setEnabled(free)
        self.title.setText("Start with an example" if free else "Examples")
        self.text.setText(
            "Choose one, then press Start (F5). Each is a short program, made to be read."
            if free
            else "Stop the server (Shift+F5) to choose another app."
        )
        self._show()

    @Slot(str)
    def show_project(self, project: str) -> None:
        """This is the project folder in the form now."""
        self._project = project.strip()
        self._asked = self._asked and self._nothing_own()
        self._show()

    @Slot(str)
    def show_app(self, app: str) -> None:
        """This is the app in the form now."""
        self._app = app.strip()
        self._show()

    @Slot()
    def ask(self) -> None:
        """The user wants to see the examples."""
        self._asked = True
        self._show()
        cards = [card for card in self.grid.cards if card.isEnabled()]
        cards.sort(key=lambda card: not card.isChecked())
        for widget in (*cards[:1], self.close_button):
            if widget.isEnabled():
                widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
                break

    @Slot()
    def leave(self) -> None:
        """The user has seen enough of them."""
        self._asked = False
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape and self._asked:
            self.leave()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._set_margins()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in _RECOLOURED and self.widget() is not None:
            self._recolour()

    @Slot(str)
    def _choose(self, file: str) -> None:
        self.exampleRequested.emit(file)
        self.chosen.emit()

    def _nothing_own(self) -> bool:
        """Whether the form holds an example, or nothing at all."""
        if not self._project:
            return not self._app
        return Path(self._project) in self._homes

    def _show(self) -> None:
        """Mark the card that is filled in, and return whether the page is to be seen."""
        first = not self._began and self._nothing_own()
        self.close_button.setVisible(not first)
        for card in self.grid.cards:
            card.show_chosen(self._is_filled_in(card.example))
        self.wanted.emit(self._asked or first)

    def _is_filled_in(self, example: Example) -> bool:
        if Path(self._project) not in (example.project, example.project.resolve()):
            return False
        return self._app.removesuffix(":app").removesuffix(".py") == example.name

    def _lay_out(self) -> None:
        self._layout = QGridLayout(self._content)
        self._layout.setVerticalSpacing(2)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.folder)
        buttons.addWidget(self.close_button)
        self._layout.addWidget(self.title, 0, 0)
        self._layout.addWidget(self.text, 1, 0)
        self._layout.addLayout(buttons, 0, 1, 2, 1)
        self._layout.setRowMinimumHeight(2, 12)
        self._layout.addWidget(self.grid, 3, 0, 1, 2)
        self._layout.setColumnStretch(0, 1)
        self._layout.setRowStretch(4, 1)
        self.setWidgetResizable(True)
        self.setWidget(self._content)
        self._set_margins()
        for before, after in zip(
            (self.folder, self.close_button, *self.grid.cards[:-1]),
            (self.close_button, *self.grid.cards),
            strict=True,
        ):
            self.setTabOrder(before, after)

    def _set_margins(self) -> None:
        beside = max(24, (self.viewport().width() - _WIDEST) // 2)
        self._layout.setContentsMargins(beside, 22, beside, 18)

    def _recolour(self) -> None:
        self.folder.setIcon(theme.icon("folder", self.palette()))
        self.close_button.setIcon(theme.icon("close", self.palette(), "muted"))
