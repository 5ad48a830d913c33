"""Bodies, compressed where it pays: texts mostly come to a fifth, pictures are left as they are.

Pure functions; any thread.
"""

from __future__ import annotations

import zlib
from typing import Any

__all__ = ["columns", "content_of", "pack", "unpack"]

LEAST = 1024
"""Bytes of a body from which on it is tried."""

_SAMPLE = 4096
_LEVEL = 1
_WORTH = 0.8


def pack(data: bytes) -> tuple[bytes, int]:
    """A body as it is stored, and whether it is compressed."""
    if len(data) < LEAST:
        return data, 0
    sample = data[:_SAMPLE]
    packed = zlib.compress(sample, _LEVEL)
    if len(packed) > _WORTH * len(sample):
        return data, 0
    if len(data) > len(sample):
        packed = zlib.compress(data, _LEVEL)
    return (packed, 1) if len(packed) <= _WORTH * len(data) else (data, 0)


def unpack(data: bytes, packed: int) -> bytes:
    """The body as it was; empty where the file is damaged there."""
    if not packed:
        return data
    try:
        return zlib.decompress(data)
    except zlib.error:
        return b""


def columns(table: str) -> str:
    """What has to be selected of a table of contents, for :func:`content_of`."""
    return "data, packed" if table == "body" else "data, 0"


def content_of(data: Any, packed: int) -> Any:
    """A content of any table as it was."""
    return unpack(data, packed) if packed else data
