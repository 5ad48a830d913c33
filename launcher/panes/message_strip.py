"""One sentence about what happened, with what to do about it, inside of the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.display import one_line

_ICONS = {"danger": "warning", "warning": "warning", "info": "output", "good": "done"}


class MessageStrip(QFrame):
    """Appears above the panes, holds nothing up, and goes when it is dismissed.

    :ivar number: counts the messages, so that what adds to one finds out whether it is still shown
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageStrip")
        self._tone = "danger"
        self._remedy: Callable[[], None] | None = None
        self._offer: Callable[[], None] | None = None
        self.number = 0
        self._icon = QLabel(self)
        self._icon.setTextFormat(Qt.TextFormat.PlainText)
        self.label = self._text("messageText")
        self.command = self._text("messageCommand")
        self.command.setAccessibleName("Command")
        self.command.setFont(theme.monospace())
        self.offer_button = QPushButton("Install", self)
        self.offer_button.setObjectName("messageOffer")
        self.offer_button.clicked.connect(self._take_offer)
        self.button = QPushButton(self)
        self.button.setObjectName("messageAction")
        self.button.clicked.connect(self._act)
        self.dismiss = QPushButton(self)
        self.dismiss.setObjectName("messageDismiss")
        self.dismiss.setProperty("look", "quiet")
        self.dismiss.setAccessibleName("Dismiss the message")
        self.dismiss.setToolTip("Dismiss")
        self.dismiss.setFixedWidth(34)
        self.dismiss.clicked.connect(self.clear)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.setSpacing(10)
        layout.addWidget(self._icon)
        texts = QVBoxLayout()
        texts.setSpacing(3)
        texts.addWidget(self.label)
        texts.addWidget(self.command)
        layout.addLayout(texts, 1)
        layout.addWidget(self.offer_button)
        layout.addWidget(self.button)
        layout.addWidget(self.dismiss)
        self.hide()
        self.refresh_icons()

    @property
    def text(self) -> str:
        """The message, or ""."""
        return "" if self.isHidden() else self.label.text()

    def say(
        self,
        text: str,
        action: str = "",
        remedy: Callable[[], None] | None = None,
        *,
        tone: str = "danger",
    ) -> None:
        """Show a sentence.

        :param action: what the button says that the message offers; "" for none
        :param remedy: what that button does
        :param tone: ``"danger"``, ``"warning"``, ``"info"`` or ``"good"``
        """
        self.number += 1
        self._remedy = remedy
        self._offer = None
        self._tone = tone
        self.command.hide()
        self.offer_button.hide()
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self.label.setText(one_line(text, 1000))
        self.setAccessibleName(f"Message: {self.label.text()}")
        self.button.setText(action.replace("&", "&&"))
        self.button.setVisible(bool(action))
        self.refresh_icons()
        self.show()

    def add(
        self,
        text: str,
        command: str = "",
        action: str = "",
        remedy: Callable[[], None] | None = None,
    ) -> None:
        """Add to the message that is shown.

        :param text: a further sentence
        :param command: what would be typed in a terminal, shown on a line of its own
        :param action: what a further button says; "" for none
        :param remedy: what that button does
        """
        self._offer = remedy
        self.label.setText(one_line(f"{self.label.text()} {text.strip()}".strip(), 1500))
        self.setAccessibleName(f"Message: {self.label.text()} {command}".strip())
        self.command.setText(one_line(command, 1000))
        self.command.setVisible(bool(command))
        self.offer_button.setText(action.replace("&", "&&"))
        self.offer_button.setAccessibleDescription(command)
        self.offer_button.setVisible(bool(action))

    @Slot()
    def clear(self) -> None:
        """Take the message away."""
        self.number += 1
        self.hide()

    @Slot()
    def _take_offer(self) -> None:
        if self._offer is not None:
            self._offer()

    @Slot()
    def _act(self) -> None:
        if self._remedy is not None:
            self._remedy()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        icon = theme.icon(_ICONS[self._tone], self.palette(), self._tone)
        self._icon.setPixmap(icon.pixmap(20, 20))
        self.dismiss.setIcon(theme.icon("close", self.palette(), "muted"))

    def _text(self, name: str) -> QLabel:
        """Plain text that can be selected, over as many lines as it takes."""
        label = QLabel(self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        return label
