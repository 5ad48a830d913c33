"""The head of an answer that an app has sent by itself, for the record. The thread that sends."""

from __future__ import annotations

import re
from typing import Any, Optional

__all__ = ["SentHead"]

_HEAD_LIMIT = 16 * 1024
_STATUS_LINE = re.compile(r"HTTP/1\.[01] ([1-9][0-9]{2})(?: ([^\r\n]*))?")


class SentHead:
    """Reads the head from the bytes as they are sent.

    :ivar status: its code; 0 where it sent none
    :ivar reason: the phrase after it
    :ivar headers: all of them, in order
    """

    def __init__(self) -> None:
        self.status = 0
        self.reason = ""
        self.headers: tuple[tuple[str, str], ...] = ()
        self._begun: Optional[bytearray] = bytearray()

    def feed(self, data: Any) -> None:
        """Take the next bytes that were sent; does nothing once the head is complete."""
        begun = self._begun
        if begun is None:
            return
        begun += bytes(memoryview(data)[:_HEAD_LIMIT])
        end = begun.find(b"\r\n\r\n")
        if end >= 0:
            self._read(begun[:end].decode("latin-1"))
        if end >= 0 or len(begun) >= _HEAD_LIMIT:
            self._begun = None

    def _read(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        match = _STATUS_LINE.fullmatch(first)
        if match is not None:
            self.status, self.reason = int(match[1]), match[2] or ""
            pairs = (line.partition(":") for line in lines)
            self.headers = tuple((name.strip(), value.strip()) for name, _, value in pairs)
