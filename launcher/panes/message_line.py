"""The messages of a page, one at a time in one line above the status bar; GUI thread only.

The line takes its room at the foot of the page, so no list moves under the pointer. Where there
are several messages, "1 of 3" opens the list of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QModelIndex, QStringListModel, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.display import one_line
from launcher.core.messages import Action, Message, Messages
from launcher.panes.controls.labels import ElidedLabel, FittingLabel

__all__ = ["HEIGHT", "MessageLine"]

HEIGHT = 28
_LIST_ROWS = 6
_ICONS = {
    "danger": "failed",
    "warning": "warning",
    "info": "info",
    "good": "done",
    "busy": "time",
}
_TONES = {"busy": "link", "info": "link"}


class MessageLine(QFrame):
    """Shows the first of the messages that wait, with its buttons.

    :ivar number: of the newest message, so that what adds to it can find out whether it is there
    """

    changed = Signal()
    """Another message is shown, or none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageLine")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.messages = Messages()
        self.number = 0
        self._shown: Message | None = None
        self._icon = QLabel(self)
        self._icon.setTextFormat(Qt.TextFormat.PlainText)
        self.label = FittingLabel("messageText", self)
        theme.set_font(self.label, "button")
        self.detail = ElidedLabel("messageDetail", self)
        theme.set_font(self.detail, "second")
        self.command = ElidedLabel("messageCommand", self)
        self.command.setAccessibleName("Command")
        theme.set_font(self.command, "mono")
        self.button = self._button("messageAction")
        self.offer_button = self._button("messageOffer")
        self.button.clicked.connect(self._act)
        self.offer_button.clicked.connect(self._act_second)
        self.count = self._button("messageCount")
        self.count.setCheckable(True)
        self.count.setToolTip("Show all messages")
        self.count.toggled.connect(self._show_list)
        self.dismiss = self._button("messageDismiss")
        self.dismiss.setAccessibleName("Dismiss the message")
        self.dismiss.setToolTip("Dismiss (Esc)")
        self.dismiss.setFixedWidth(26)
        self.dismiss.clicked.connect(self.dismiss_shown)
        self._line = QFrame(self)
        self._line.setObjectName("messageRow")
        theme.set_line_height(self._line, HEIGHT, 12)
        row = QHBoxLayout(self._line)
        row.setContentsMargins(10, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self.label)
        row.addWidget(self.detail, 100)
        row.addWidget(self.command, 100)
        row.addStretch(1)
        for button in (self.button, self.offer_button, self.count, self.dismiss):
            row.addWidget(button)
        self._model = QStringListModel(self)
        self.view = QListView(self)
        self.view.setObjectName("messagesView")
        self.view.setAccessibleName("Messages")
        self.view.setModel(self._model)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setUniformItemSizes(True)
        self.view.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.view.activated.connect(self._choose)
        self.view.clicked.connect(self._choose)
        self.view.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view)
        layout.addWidget(self._line)
        self.hide()
        self.refresh_icons()

    @property
    def text(self) -> str:
        """The message that is shown, or ""."""
        return "" if self._shown is None else self._shown.text

    def show_message(
        self,
        text: str,
        action: str = "",
        remedy: Callable[[], object] | None = None,
        *,
        tone: str = "danger",
        detail: str = "",
        key: str = "",
        actions: tuple[Action, ...] = (),
    ) -> int:
        """Add a message.

        :param action: the label of the button that the message offers; "" for none
        :param remedy: what that button does
        :param tone: one of ``messages.TONES``
        :param detail: more about it, shown muted behind it
        :param key: a message with the same one is replaced
        :param actions: instead of ``action`` and ``remedy``, where there are two
        :returns: its number
        """
        if action and remedy is not None:
            actions = (Action(action, remedy), *actions)
        added = self.messages.add(
            Message(0, one_line(text, 1000), one_line(detail, 600), tone, actions[:2], key=key)
        )
        self.number = added.number
        self._show()
        return added.number

    def add(self, number: int, text: str, command: str = "", action: Action | None = None) -> None:
        """Add to a message, if it is still there.

        :param number: the message's
        :param text: a further sentence
        :param command: what would be typed in a terminal
        :param action: a further button
        """
        old = self.messages.get(number)
        if old is None:
            return
        actions = old.actions if action is None else (*old.actions, action)[-2:]
        self.messages.update(
            replace(
                old,
                text=one_line(f"{old.text} {text.strip()}".strip(), 1500),
                command=one_line(command, 1000),
                actions=actions,
            )
        )
        self._show()

    def shorten(self, number: int, long: str, short: str) -> None:
        """Call something in a message by a shorter name, so that more of the line can be seen.

        :param number: the message's
        """
        old = self.messages.get(number)
        if old is not None:
            self.messages.update(replace(old, text=old.text.replace(long, short)))
            self._show()

    def clear_key(self, key: str) -> None:
        """Take the message with this key away, if there is one."""
        self.messages.remove_key(key)
        self._show()

    def remove(self, number: int) -> None:
        """Take a message away, if it is still there."""
        self.messages.remove(number)
        self._show()

    @Slot()
    def clear(self) -> None:
        """Take all messages away: what they were about has changed."""
        self.messages.clear()
        self._show()

    @Slot()
    def dismiss_shown(self) -> None:
        """Take away the one that is shown."""
        if self._shown is not None:
            self.remove(self._shown.number)

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        tone = "info" if self._shown is None else self._shown.tone
        picture = theme.pixmap(_ICONS[tone], self.palette(), _TONES.get(tone, tone), 14)
        self._icon.setPixmap(picture)
        theme.set_icon(self.dismiss, "close", "soft")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss_shown()
        elif event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.text)
        else:
            super().keyPressEvent(event)

    # Inside

    def _show(self) -> None:
        """Show the first message, and those that wait in the list."""
        waiting = list(self.messages)
        self._model.setStringList([_whole(message) for message in waiting])
        first = waiting[0] if waiting else None
        self._shown = first
        several = len(waiting) > 1
        self.count.setVisible(several)
        self.count.setText(f"1 of {len(waiting)} \u203a")
        self.count.setAccessibleName(f"Message 1 of {len(waiting)}. Show all messages")
        if not several:
            self.count.setChecked(False)
        if first is None:
            self.hide()
            self.changed.emit()
            return
        for part in (self, self._line):
            if part.property("tone") != first.tone:
                part.setProperty("tone", first.tone)
                part.style().unpolish(part)
                part.style().polish(part)
        self.label.setProperty("tone", first.tone)
        self.label.style().unpolish(self.label)
        self.label.style().polish(self.label)
        whole = theme.plain_tooltip(_whole(first))
        for part, text in (
            (self.label, first.text),
            (self.detail, first.detail),
            (self.command, first.command),
        ):
            part.setText(text)
            part.setToolTip(whole)
            part.setVisible(bool(text))
        self.setAccessibleName(f"Message: {_whole(first)}")
        for number, button in enumerate((self.button, self.offer_button)):
            there = number < len(first.actions)
            button.setVisible(there)
            action = first.actions[number] if there else Action("", _nothing)
            button.setText(action.text.replace("&", "&&"))
            button.setToolTip(action.keys)
            button.setAccessibleDescription(first.command if there else "")
        self.refresh_icons()
        self._fit_list()
        self.show()
        self.changed.emit()

    @Slot()
    def _act(self) -> None:
        self._run(0)

    @Slot()
    def _act_second(self) -> None:
        self._run(1)

    def _run(self, index: int) -> None:
        if self._shown is not None and index < len(self._shown.actions):
            self._shown.actions[index].run()

    @Slot(bool)
    def _show_list(self, shown: bool) -> None:
        self.view.setVisible(shown)
        self._fit_list()
        if shown:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit_list(self) -> None:
        rows = min(_LIST_ROWS, max(1, len(self.messages)))
        edges = self.view.contentsMargins()
        height = rows * max(HEIGHT, self.view.sizeHintForRow(0))
        self.view.setFixedHeight(height + edges.top() + edges.bottom())

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        """Bring a message of the list to the front."""
        waiting = list(self.messages)
        if 0 <= index.row() < len(waiting):
            self.messages.bring_forward(waiting[index.row()].number)
            self.count.setChecked(False)
            self._show()

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setProperty("look", "line")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves it in the list
        button.setAutoDefault(True)  # Enter presses it, too
        button.setAccessibleName("")
        return button


def _whole(message: Message) -> str:
    return "  ".join(filter(None, (message.text, message.detail, message.command)))


def _nothing() -> None:
    """A button without an action is hidden."""
