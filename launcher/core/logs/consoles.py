"""What was typed for frames of errors, and what came back. Kept as long as the server runs, in
memory alone: it may hold anything, so it goes into no history. No Qt; any one thread."""

from __future__ import annotations

from typing import NamedTuple

from server.base.values import dataclass
from server.config import ServerConfig
from server.events import ConsoleAnswered, ConsoleQuestion, Frame

__all__ = ["Answered", "ConsoleLog", "Entry", "Key", "sentence_of"]

_ENTRIES = 100  # of one frame
_CONSOLES = 20
_INPUTS = 200
_WHY_GONE = {
    "newer": "Only the frames of the newest three errors are kept, and there were others since.",
    "expired": "Frames are kept for ten minutes, since they hold what their variables hold.",
    "cleared": "The errors were cleared, and the frames with them.",
    "reloaded": "The server was reloaded, and the frames of the code before are gone.",
    "ended": "The server has ended, and the frames with it.",
}
_GONE = "This frame is not kept any more."
_FORKED = (
    "Each request runs in a process of its own, and the child of this one has ended: choose "
    "threaded or single to look into its frames."
)
_ONLY_IN_DEBUG = "Frames are kept in debug mode only: switch Debug on, and restart."
_NOTHING_HERE = "Nothing can be evaluated here: only the place of this frame is known."
_BUSY = "Another input still runs: stop waiting for it first."
_HUNG = "Too many inputs have never ended. Restart the server to evaluate anything."


class Key(NamedTuple):
    """A frame.

    :ivar error: the number of the error's row
    :ivar frame: as in ``Frame.console``
    """

    error: int
    frame: int


@dataclass(frozen=True)
class Entry:
    """An input and what came back.

    :param kind: as in ``ConsoleAnswered``
    :param text: what is shown of it
    """

    source: str
    kind: str
    text: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Answered:
    """An answer to what was asked last.

    :param source: what was typed
    """

    key: Key
    source: str
    event: ConsoleAnswered


class ConsoleLog:
    """See the module.

    :ivar earlier: the inputs so far, the newest last
    :ivar pending: the frame whose answer is waited for, and what was typed; None while nothing runs
    :ivar first: rows of errors from this number on are of the server that runs
    """

    def __init__(self) -> None:
        self.earlier: tuple[str, ...] = ()
        self.pending: tuple[Key, str] | None = None
        self.first = 0
        self._kept_from = 0
        self._why_dropped = ""
        self.config = ServerConfig()
        self._number = 0
        self._completes = False
        self._entries: dict[Key, tuple[Entry, ...]] = {}

    def begin(self, config: ServerConfig, first: int) -> None:
        """A server starts.

        :param first: the number of its first error
        """
        self.config, self.first, self.pending = config, first, None
        self._kept_from = first
        self._entries.clear()

    def drop(self, first: int, why: str) -> None:
        """The frames of errors before this number are gone.

        :param why: as in ``ConsoleAnswered.text``
        """
        self._kept_from, self._why_dropped = first, why

    def why_none(self, number: int, frame: Frame) -> str:
        """Why there is no console in a frame; "" where there is one.

        :param number: of the error's row
        """
        if number < self.first:
            return _WHY_GONE["ended"]
        if frame.console and number < self._kept_from:
            return _WHY_GONE[self._why_dropped]
        if frame.console:
            return ""
        if self.config.mode == "forking":
            return _FORKED
        return _ONLY_IN_DEBUG if not self.config.debug else _NOTHING_HERE

    def entries(self, key: Key) -> tuple[Entry, ...]:
        """What was typed for a frame."""
        return self._entries.get(key, ())

    def is_gone(self, key: Key) -> bool:
        """Whether a frame is known to be kept no more."""
        return self.entries(key)[-1:] != () and self.entries(key)[-1].kind == "gone"

    def ask(
        self, key: Key, error_id: int, source: str, *, completes: bool = False
    ) -> ConsoleQuestion | None:
        """The question for an input; None while another one runs."""
        if self.pending is not None:
            return None
        self._number += 1
        self.pending, self._completes = (key, source), completes
        return ConsoleQuestion(self._number, error_id, key.frame, source, completes)

    def take(self, event: ConsoleAnswered) -> Answered | None:
        """An answer; None where nobody waits for it."""
        if self.pending is None or event.number != self._number:
            return None
        (key, source), self.pending = self.pending, None
        if event.kind not in ("incomplete", "names", "busy") and not self._is_idle(event):
            self._add(key, Entry(source, event.kind, sentence_of(event), event.seconds))
        return Answered(key, source, event)

    def end(self, why: str) -> Answered | None:
        """The server has ended, or loads its app anew: no answer comes any more; what was waited
        for is answered by that."""
        return self.take(ConsoleAnswered(self._number, "gone", why))

    def _is_idle(self, event: ConsoleAnswered) -> bool:
        """Whether nothing was typed that this would be the answer to."""
        return self._completes and event.kind != "gone"

    def _add(self, key: Key, entry: Entry) -> None:
        so_far = self._entries.pop(key, ())
        self._entries[key] = (*so_far, entry)[-_ENTRIES:]
        while len(self._entries) > _CONSOLES:
            del self._entries[next(iter(self._entries))]
        if entry.source.strip() and self.earlier[-1:] != (entry.source,):
            self.earlier = (*self.earlier, entry.source)[-_INPUTS:]


def sentence_of(event: ConsoleAnswered) -> str:
    """The text of an answer, or the sentence that it stands for."""
    if event.kind == "gone":
        return _WHY_GONE.get(event.text, _GONE)
    if event.kind == "left":
        return f"{event.text}Nobody waits for this any more."
    return {"busy": _BUSY, "hung": _HUNG}.get(event.kind, event.text)
