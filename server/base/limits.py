"""How much is kept of what comes from outside: every limit that bounds a record, at one place.

Whatever an app or a client sends may be of any size; what is kept of it for display is not. A limit
is applied where the record is made, so that nothing beyond it goes through a pipe, into a log or
into memory of the window. All sizes are in bytes, of text as UTF-8. No state; any thread.
"""

from __future__ import annotations

from typing import Optional

__all__ = [
    "BODY",
    "CHUNKED_IN_MEMORY",
    "CONSOLE_OUTPUT",
    "CONSOLE_VALUE",
    "ERROR",
    "ERRORS_IN_MEMORY",
    "ERRORS_WAITING",
    "ERROR_FRAMES",
    "ERROR_HANGS",
    "ERROR_LOCAL",
    "ERROR_LOCALS",
    "ERROR_MESSAGE",
    "ERROR_NAME",
    "ERROR_SECONDS",
    "ERROR_SENTENCE",
    "ERROR_SOURCE_LINE",
    "ERROR_TEXT",
    "OUTPUT_PART",
    "SPANS_OF_A_KIND",
    "SPANS_TEXT",
    "SPAN_LABEL",
    "SPAN_PARAMETERS",
    "SPAN_VALUE",
    "cut",
    "cut_middle",
    "size_of",
]

BODY = 256 * 1024
"""Of a request's or response's body; the default of ``ServerConfig.body_limit``."""

CHUNKED_IN_MEMORY = 512 * 1024
"""Of a request body that the app gets whole: one in chunks, or any where few requests run at once.
A longer one lies in a file. The default of ``ServerConfig.chunked_memory``."""

CONSOLE_OUTPUT = 256 * 1024
"""What one input at a console prints."""

CONSOLE_VALUE = 64 * 1024
"""The text of one input's value."""

ERROR = 1024 * 1024
"""All of an error, with its frames."""

ERROR_MESSAGE = 16 * 1024
"""The message of an exception."""

ERROR_TEXT = 256 * 1024
"""A traceback as text."""

ERROR_LOCAL = 4 * 1024
"""The ``repr`` of one local variable."""

ERROR_LOCALS = 60
"""How many of them in a frame."""

ERROR_SECONDS = 0.1
"""For the description of an error, all together; at the end of it the rest is described by type."""

ERROR_HANGS = 3
"""How many times describing may hang; after that, no ``repr`` is called in this process."""

ERRORS_WAITING = 100
"""Errors that wait for their description; further ones are described at once, by type."""

ERROR_FRAMES = 60
"""How many frames of a traceback: the outermost and the innermost."""

ERROR_SOURCE_LINE = 1024
"""A line of the source around a frame."""

ERROR_NAME = 1024
"""A class's, a function's or a variable's name, and a file's."""

ERROR_SENTENCE = 1024
"""The message of an exception, in a sentence about it."""

OUTPUT_PART = 64 * 1024
"""What is printed at once, for one event; more of it are several."""

SPANS_OF_A_KIND = 1000
"""Spans of one kind in one request; the rest is counted."""

SPANS_TEXT = 1024 * 1024
"""Characters of all spans of one request; what comes after that is counted."""

SPAN_LABEL = 16 * 1024
"""Characters of a statement, a URL, a message."""

SPAN_PARAMETERS = 4 * 1024
"""Characters of a statement's parameters."""

SPAN_VALUE = 1024
"""Characters of one of them."""

SAMPLES = 1000
"""Different lines at which a slow request is seen; further ones are only counted."""

SAMPLED_LINES = 20
"""The hottest of them, which are reported."""

ERRORS_IN_MEMORY = 64 * 1024 * 1024
"""All errors that a window keeps."""


def size_of(text: str) -> int:
    """The bytes of a text."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "backslashreplace"))


def cut(text: str, limit: int) -> str:
    """A text within a limit: where there is more, its beginning and how much there was.

    What can't be written as UTF-8, lone halves of characters, comes as an escape.

    :param limit: bytes; more than a mark takes, about 50
    """
    data, size = _data(text, limit)
    if data is None:
        return text
    if size <= limit:
        return data.decode("utf-8")
    mark = f"… ({limit:,} of {size:,} bytes kept)"
    return data[: limit - size_of(mark)].decode("utf-8", "ignore") + mark


def cut_middle(text: str, limit: int) -> str:
    """As :func:`cut`, but the beginning and the end stay, of which each is on lines of its own."""
    data, size = _data(text, limit)
    if data is None:
        return text
    if size <= limit:
        return data.decode("utf-8")
    mark = f"\n… ({limit:,} of {size:,} bytes kept) …\n"
    room = limit - size_of(mark)
    head, tail = data[: room // 2], data[size - (room - room // 2) :]
    return head.decode("utf-8", "ignore") + mark + tail.decode("utf-8", "ignore")


def _data(text: str, limit: int) -> tuple[Optional[bytes], int]:
    """A text's bytes and their number; None for what needs no look."""
    if len(text) <= limit and text.isascii():
        return None, len(text)
    data = text.encode("utf-8", "backslashreplace")
    return data, len(data)
