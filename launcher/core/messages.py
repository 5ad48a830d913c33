"""The messages of a server that wait to be read, in the order in which they are shown. Pure.

What went wrong stands before what is only worth knowing, the newest in front. Nothing takes the
place of something else, but for a message with the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field, replace

from server.base.values import dataclass

__all__ = ["LIMIT", "PORT_KEY", "TONES", "Action", "Message", "Messages", "Undo"]

LIMIT = 20
"""How many are kept; the last ones go first, but for those that wait for an answer."""

TONES = ("danger", "warning", "good", "info", "busy")
"""From the gravest; ``busy`` is something that goes on."""

PORT_KEY = "port"
"""The key of the message about a port that is taken, of which there is one at a time."""


@dataclass(frozen=True)
class Action:
    """What a button of a message does.

    :param text: its words
    :param run: what it does; on the GUI thread
    :param keys: the keys that do the same; for showing
    """

    text: str
    run: Callable[[], object]
    keys: str = ""


@dataclass(frozen=True)
class Undo:
    """How to take back what was just done; offered for some seconds.

    :param text: what was done
    :param run: takes it back; on the GUI thread
    """

    text: str
    run: Callable[[], object] = field(compare=False)


@dataclass(frozen=True)
class Message:
    """One message.

    :param number: unique; later ones are higher
    :param text: what happened
    :param detail: more about it, shown muted
    :param tone: one of :data:`TONES`
    :param actions: what can be done about it, the first one also by Enter
    :param command: what would be typed in a terminal
    :param key: a later message with the same one takes its place; "" for none
    """

    number: int
    text: str
    detail: str = ""
    tone: str = "danger"
    actions: tuple[Action, ...] = field(default=(), compare=False)
    command: str = ""
    key: str = ""

    @property
    def asks(self) -> bool:
        """Whether it waits for an answer."""
        return bool(self.actions)


class Messages:
    """All messages of one server; one thread at a time."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._last = 0

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages)

    def get(self, number: int) -> Message | None:
        """The message with this number, or None where it has gone."""
        return next((one for one in self._messages if one.number == number), None)

    def add(self, message: Message) -> Message:
        """Take a message in; its number is given to it here."""
        self._last += 1
        added = replace(message, number=self._last, actions=message.actions)
        same = (added.text, added.detail, added.tone)
        self._messages = [
            one
            for one in self._messages
            if not (added.key and one.key == added.key) and (one.text, one.detail, one.tone) != same
        ]
        self._messages.append(added)
        self._messages.sort(key=lambda one: (one.tone != "danger", -one.number))
        while len(self._messages) > LIMIT:
            plain = [one for one in self._messages if not one.asks]
            self._messages.remove((plain or self._messages)[-1])
        return added

    def update(self, message: Message) -> None:
        """Put a message in place of the one with its number, if that is still there."""
        self._messages = [
            message if one.number == message.number else one for one in self._messages
        ]

    def remove(self, number: int) -> None:
        """Take a message away."""
        self._messages = [one for one in self._messages if one.number != number]

    def remove_key(self, key: str) -> None:
        """Take the message with this key away."""
        self._messages = [one for one in self._messages if one.key != key]

    def bring_forward(self, number: int) -> None:
        """Show this one first, until another one comes."""
        self._messages.sort(key=lambda one: one.number != number)

    def clear(self) -> None:
        """Take all away."""
        self._messages.clear()
