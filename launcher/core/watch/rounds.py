"""What came of the pins after each reload. Pure data without locks: the GUI thread's.

A *round* is one time that the pins were sent: after a reload, or because the user wanted it. Its
verdicts stay for as long as the window is open, some dozens of rounds; the answers themselves,
which are large, only of the newest rounds, within a number of bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import field

from server.base.values import dataclass

from .judging import Judgement, Reply, Verdict, count_verdicts, judge
from .pins import Pin

__all__ = ["ROUNDS", "Round", "WatchLog"]

ROUNDS = 40
"""How many rounds are kept."""
_BYTES = 32 * 1024 * 1024
"""Bytes of bodies that are kept of all rounds; those of the newest round stay in any case."""


@dataclass
class Round:
    """One time that the pins were sent.

    :ivar number: counts up from 1
    :ivar time: when it began, in unix seconds
    :ivar cause: the files that were changed, as the user knows them; () where it was wanted
    :ivar failed: the app could not be loaded, so nothing was sent
    :ivar judgements: by the key of the pin
    :ivar replies: the same, as long as there is room
    """

    number: int
    time: float
    cause: tuple[str, ...] = ()
    failed: bool = False
    judgements: dict[str, Judgement] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)


class WatchLog:
    """The pins of one server, and how they went.

    :ivar pins: in the order in which they were made
    :ivar rounds: the oldest first
    :ivar sending: the key of the pin that has no answer yet; "" where none is sent
    :ivar version: another number after each change
    """

    def __init__(self) -> None:
        self.pins: tuple[Pin, ...] = ()
        self.rounds: deque[Round] = deque(maxlen=ROUNDS)
        self.sending = ""
        self.version = 0
        self._last = 0

    def set_pins(self, pins: Sequence[Pin]) -> None:
        """There are other pins, or one expects something else: its last reply is judged anew."""
        pins = tuple(pins)
        if pins == self.pins:
            return
        before = {pin.key: pin for pin in self.pins}
        self.pins = pins
        for pin in pins:
            if pin != before.get(pin.key):
                self._judge_newest(pin)
        self.version += 1

    def get(self, key: str) -> Pin | None:
        """The pin with that key."""
        return next((pin for pin in self.pins if pin.key == key), None)

    def begin(self, time: float, cause: Iterable[str] = (), *, failed: bool = False) -> Round:
        """A round begins."""
        self._last += 1
        made = Round(self._last, time, tuple(cause), failed)
        self.rounds.append(made)
        self._drop_old()
        self.version += 1
        return made

    def add(self, made: Round, key: str, reply: Reply) -> Judgement | None:
        """A pin was answered, or an answer's error is known by now.

        :returns: how it compares; None where it isn't pinned any more
        """
        pin = self.get(key)
        if pin is None:
            return None
        found = judge(pin, reply)
        made.judgements[key], made.replies[key] = found, reply
        self.version += 1
        return found

    def set_sending(self, key: str) -> None:
        """A pin is on its way; "" for none."""
        if key != self.sending:
            self.sending = key
            self.version += 1

    def newest(self, key: str) -> Round | None:
        """The newest round in which a pin was answered."""
        return next((one for one in reversed(self.rounds) if key in one.judgements), None)

    def judgement(self, key: str) -> Judgement | None:
        """How a pin's newest answer compares."""
        found = self.newest(key)
        return None if found is None else found.judgements[key]

    def reply(self, key: str, number: int = 0) -> Reply | None:
        """A pin's newest answer, or that of a round; None where it isn't kept."""
        for one in reversed(self.rounds):
            if key in one.judgements and number in (0, one.number):
                return one.replies.get(key)
        return None

    def counts(self) -> dict[Verdict, int]:
        """How many pins there are of each verdict, the worst first."""
        found = (self.judgement(pin.key) for pin in self.pins)
        return count_verdicts(one for one in found if one is not None)

    def start_over(self) -> None:
        """Forget what came of the pins: they are another server's now."""
        self.rounds.clear()
        self.sending = ""
        self.version += 1

    def _judge_newest(self, pin: Pin) -> None:
        found = self.newest(pin.key)
        reply = None if found is None else found.replies.get(pin.key)
        if found is not None and reply is not None:
            found.judgements[pin.key] = judge(pin, reply)

    def _drop_old(self) -> None:
        """Let go of the oldest answers where there are too many bytes of them."""
        left = _BYTES
        for one in list(reversed(self.rounds))[1:]:
            left -= sum(reply.size for reply in one.replies.values())
            if left < 0:
                one.replies.clear()
