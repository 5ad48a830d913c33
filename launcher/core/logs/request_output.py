"""What was printed and logged during each request, bounded. No Qt; for the GUI thread.

The output of a server has all lines in the order in which they came; here they are by request. The
beginning of a request's output is kept, and the newest requests that had any.
"""

from __future__ import annotations

from collections import OrderedDict

from server.base.values import dataclass

__all__ = ["MOST", "RequestOutput", "RequestOutputs"]

MOST = 64 * 1024
"""Characters that are kept of one request's output."""
MOST_IN_ALL = 8 * 1024 * 1024


@dataclass(frozen=True)
class RequestOutput:
    """What one request printed.

    :param text: its beginning, as it was written
    :param left_out: characters that came after it
    """

    text: str = ""
    left_out: int = 0

    @property
    def lines(self) -> int:
        """How many lines are kept; one that has no end counts."""
        return self.text.count("\n") + (not self.text.endswith("\n") and bool(self.text))


_NOTHING = RequestOutput()


class RequestOutputs:
    """The output of the newest requests, by their numbers in the log."""

    def __init__(self, most: int = MOST, most_in_all: int = MOST_IN_ALL) -> None:
        self._most, self._most_in_all = most, most_in_all
        self._kept: OrderedDict[int, RequestOutput] = OrderedDict()
        self._size = 0

    def add(self, number: int, text: str) -> None:
        """A piece of output that belongs to the request with that number."""
        old = self.get(number)
        piece = text[: self._most - len(old.text)]
        self._kept[number] = RequestOutput(old.text + piece, old.left_out + len(text) - len(piece))
        self._size += len(piece)
        while self._size > self._most_in_all and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._size -= len(gone.text)

    def get(self, number: int) -> RequestOutput:
        """What that request has printed; empty where it has printed nothing, or isn't kept."""
        return self._kept.get(number, _NOTHING)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self._size = 0
