"""Parts of forms that stand within a text, such as an exception's message that has a body in it.

A form that was sent in parts has names and values on lines of their own, so what stands beside a
value doesn't show that it is a secret. Pure; any thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .piecewise import matches, replaced

__all__ = ["with_parts_masked"]

# Line ends also as they stand in a string of Python or JSON, quotes as in JSON within JSON, too.
_END = r"(?:\r?\n|(?:\\+r)?\\+n)"
_QUOTE = r"""(?:\\*["']|&(?:quot|apos|\#0?3[49]|\#x2[27]);)?"""
_PART = re.compile(
    rf"""form-data\s{{0,4}};[^\r\n]{{0,60}}?\bname={_QUOTE}([^\r\n"'\\;&]{{1,200}})"""
)
_LONGEST_PART = 300
_IN_LINE = rf"(?:(?!{_END})[^\r\n]){{0,300}}"
_REST_OF_HEAD = re.compile(
    rf"{_QUOTE}(?:;{_IN_LINE})?(?:{_END}[A-Za-z-]{{1,40}}:{_IN_LINE}){{0,6}}{_END}{_END}"
)
_NEXT_PART = re.compile(r"\r?\n--")
_NEXT_ESCAPED = re.compile(r"(?:\\+r)?\\+n--|\n")
_LONGEST_NEXT = 100


def with_parts_masked(text: str, is_secret: Callable[[str], bool], mask: str) -> str:
    """The text with a mask in place of the values of those parts that are secrets.

    Where a part was cut, all that follows counts as its value; up to the end of the line where its
    own line ends are escapes.

    :param is_secret: whether the part of a name is
    """

    def find(found: re.Match[str]) -> tuple[int, int, str] | None:
        head = _REST_OF_HEAD.match(text, found.end()) if is_secret(found[1]) else None
        if head is None:
            return None
        start = head.end()
        pattern = _NEXT_ESCAPED if text[start - 2] == "\\" else _NEXT_PART
        behind = next(matches(pattern, text, _LONGEST_NEXT, start), None)
        end = len(text) if behind is None else behind.start()
        return (start, end, mask) if end > start else None

    if "form-data" not in text:
        return text
    return replaced(_PART, text, _LONGEST_PART, find)
