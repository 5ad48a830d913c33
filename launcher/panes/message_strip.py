"""One sentence about what went wrong, with what to do about it, inside of the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from launcher import theme
from launcher.core.display import one_line


class MessageStrip(QFrame):
    """Appears above the panes, holds nothing up, and goes when it is dismissed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageStrip")
        self._tone = "danger"
        self._remedy: Callable[[], None] | None = None
        self._icon = QLabel(self)
        self._icon.setTextFormat(Qt.TextFormat.PlainText)
        self.label = QLabel(self)
        self.label.setObjectName("messageText")
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
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
        layout.addWidget(self.label, 1)
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
        :param tone: ``"danger"`` or ``"warning"``
        """
        self._remedy = remedy
        self._tone = tone
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self.label.setText(one_line(text, 1000))
        self.setAccessibleName(f"Message: {self.label.text()}")
        self.button.setText(action.replace("&", "&&"))
        self.button.setVisible(bool(action))
        self.refresh_icons()
        self.show()

    @Slot()
    def clear(self) -> None:
        """Take the message away."""
        self.hide()

    @Slot()
    def _act(self) -> None:
        if self._remedy is not None:
            self._remedy()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self._icon.setPixmap(theme.icon("warning", self.palette(), self._tone).pixmap(20, 20))
        self.dismiss.setIcon(theme.icon("close", self.palette(), "muted"))
