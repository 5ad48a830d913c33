"""Undoes what ``Content-Encoding`` names: gzip, deflate, br and zstd. Pure functions; any thread.

What comes out is bounded, whatever the bytes claim: each step makes a little of its output at a
time and stops at the limit, so that a small body can't fill the memory. What can't be undone stays
as it was sent, with a sentence that explains it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from server.base.values import dataclass

__all__ = ["DECODE_LIMIT", "Decoded", "decode"]

DECODE_LIMIT = 4 * 1024 * 1024
"""Bytes that are made of a body at most, as long as nobody asks for more."""

_PIECE = 64  # bytes of zstd at a time: one of its blocks can stand for 128 KB
_WINDOW = 8 * 1024 * 1024  # what RFC 9659 allows zstd on the web


@dataclass(frozen=True)
class Decoded:
    """A body without its codings.

    :param undone: the codings that were undone, in the order in which that was done
    :param problem: why one was not undone, in a sentence; else ""
    :param is_coded: it is still in a coding that wasn't undone
    :param complete: nothing is missing: neither was it cut, nor did it reach the limit
    """

    data: bytes
    undone: tuple[str, ...] = ()
    problem: str = ""
    complete: bool = True
    is_coded: bool = False


class _Spoilt(ValueError):
    """The bytes aren't in the coding that they claim."""


def decode(data: bytes, codings: str, *, whole: bool = True, limit: int = DECODE_LIMIT) -> Decoded:
    """Undo the codings of a body, the last one first; see RFC 9110, section 8.4.

    :param codings: the value of ``Content-Encoding``
    :param whole: ``data`` is all of the body; else its end is missing
    :param limit: bytes of output of each step
    """
    names = [name.strip().lower() for name in codings.split(",")]
    undone: list[str] = []
    for name in reversed([name for name in names if name and name != "identity"]):
        if not data:
            break
        undo = _UNDO.get(name)
        if undo is None:
            problem = f"The encoding {name[:40]!r} isn't known: these are the bytes as sent."
            return Decoded(data, tuple(undone), problem, whole, is_coded=True)
        try:
            plain, ended = undo(data, limit)
            if not plain and not ended:  # nothing came of it
                raise _Spoilt
        except _Spoilt:
            problem = f"This is not {name}, though its header names it: the bytes as sent."
            return Decoded(data, tuple(undone), problem, whole, is_coded=True)
        if not ended and whole and len(plain) < limit:
            problem = f"The {name} data ends too early: this is what it holds."
            return Decoded(plain, (*undone, name), problem, False)
        data, whole = plain, whole and ended
        undone.append(name)
    return Decoded(data, tuple(undone), "", whole)


def _gzip(data: bytes, limit: int) -> tuple[bytes, bool]:
    return _zlib(data, limit, zlib.MAX_WBITS | 16)


def _deflate(data: bytes, limit: int) -> tuple[bytes, bool]:
    """What is called deflate is zlib's form by the RFC, and often the bare one."""
    try:
        return _zlib(data, limit, zlib.MAX_WBITS)
    except _Spoilt:
        return _zlib(data, limit, -zlib.MAX_WBITS)


def _zlib(data: bytes, limit: int, bits: int) -> tuple[bytes, bool]:
    made = bytearray()
    while data and len(made) < limit:
        unpacker = zlib.decompressobj(bits)
        try:
            made += unpacker.decompress(data, limit - len(made))
        except zlib.error as error:
            if made:  # whatever follows the first member isn't one
                return bytes(made), True
            raise _Spoilt from error
        if not unpacker.eof:
            return bytes(made), False
        data = unpacker.unused_data
    return bytes(made), not data


def _brotli(data: bytes, limit: int) -> tuple[bytes, bool]:
    import brotli

    unpacker = brotli.Decompressor()
    made = bytearray()
    try:
        made += unpacker.process(data, output_buffer_limit=limit)
        while len(made) < limit and not unpacker.can_accept_more_data():
            made += unpacker.process(b"", output_buffer_limit=limit - len(made))
    except brotli.error as error:
        raise _Spoilt from error
    return bytes(made[:limit]), unpacker.is_finished() and len(made) <= limit


def _zstd(data: bytes, limit: int) -> tuple[bytes, bool]:
    import zstandard

    made, rest = bytearray(), data
    unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    while rest and len(made) < limit:
        frame = unpacker.decompressobj()
        try:
            while rest and not frame.eof and len(made) < limit:
                made += frame.decompress(rest[:_PIECE])
                rest = rest[_PIECE:]
        except zstandard.ZstdError as error:
            if made:
                return bytes(made[:limit]), False
            raise _Spoilt from error
        if not frame.eof:
            return bytes(made[:limit]), False
        rest = frame.unused_data + rest
    return bytes(made[:limit]), not rest and len(made) <= limit


_UNDO: dict[str, Callable[[bytes, int], tuple[bytes, bool]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
