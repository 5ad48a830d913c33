"""The entries of a HAR file, one after the other. No Qt; pure; any thread.

To have the standard library parse a file of 200 MB as one value would hold up all other threads of
the process, and so the window, for seconds: its parser never lets go of the interpreter within a
value. So only the outermost objects are walked through here, and each of what they hold is a value
of its own. Of the text there is as much at a time as the value needs that is being read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

__all__ = ["NotHar", "walk"]

_SPACE = re.compile(r"[ \t\n\r]*")
_OF_NUMBER = re.compile(r"[-+.0-9eE]*")
_DECODER = json.JSONDecoder()
_SOME = 64  # values between two looks at whether to go on
_VERSIONS = ("1.1", "1.2")


class NotHar(ValueError):
    """Why a file isn't read, in a sentence."""


Look = Callable[[], None]
"""May raise where it isn't to go on."""
Take = Callable[[Any], None]
"""Takes an entry, as JSON has it; may raise."""


def walk(parts: Iterable[str], name: str, take: Take, look: Look = lambda: None) -> None:
    """Take the entries of a file, in their order.

    :param parts: its text
    :param name: of the file
    :param look: called now and then
    :raises NotHar: it is none, or one of another version; some entries may have been taken by then
    """
    walking = _Walk(iter(parts), name, take, look)
    try:
        walking.walk()
    except json.JSONDecodeError as error:
        place = walking.begin + error.pos + 1
        raise NotHar(f"{name} isn't JSON: {error.msg}, at its character {place:,}.") from None
    except RecursionError:
        raise NotHar(f"{name} isn't JSON.") from None


class _Walk:
    """Walks through a text.

    :ivar begin: how much of the text is there no more
    """

    def __init__(self, parts: Iterator[str], name: str, take: Take, look: Look) -> None:
        self.begin = 0
        self._at = 0
        self._text = ""
        self._parts = parts
        self._name, self._take_entry, self._look = name, take, look
        self._values = 0

    def walk(self) -> None:
        """See :func:`walk`."""
        found = False
        if not self._is_next("{"):
            self._value()
        else:
            for key in self._members():
                if key == "log" and self._is_next("{"):
                    found = self._log()
                else:
                    self._value()
        if not self._is_over():
            raise self._mistake("Extra data")
        if not found:
            raise NotHar(f"{self._name} is JSON, but no HAR file: it has no log with entries.")

    def _log(self) -> bool:
        """Walk through a log; returns whether it has entries."""
        found = False
        for key in self._members():
            if key == "entries" and self._is_next("["):
                found = True
                for entry in self._items():
                    self._take_entry(entry)
                continue
            value = self._value()
            if key == "version" and value not in _VERSIONS:
                version = str(value)[:20]
                raise NotHar(f"{self._name} is HAR {version}: only 1.1 and 1.2 can be opened.")
        return found

    def _members(self) -> Iterator[str]:
        """Each key of the object that begins here; its value is to be walked through before the
        next one."""
        self._take("{")
        while not self._is_next("}"):
            if not self._is_next('"'):
                raise self._mistake("Expecting property name enclosed in double quotes")
            key = self._value()
            self._take(":")
            yield key
            self._go_on("}")
        self._at += 1

    def _items(self) -> Iterator[Any]:
        """Each value of the array that begins here."""
        self._take("[")
        while not self._is_next("]"):
            yield self._value()
            self._go_on("]")
        self._at += 1

    def _go_on(self, end: str) -> None:
        """To the next member, or to the end."""
        if not self._is_next(end):
            self._take(",")
            if self._is_next(end):
                raise self._mistake("Illegal trailing comma")

    def _value(self) -> Any:
        self._is_over()
        self._values += 1
        if self._values % _SOME == 0:
            self._look()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                if not self._read_on():
                    raise
            else:
                rest = _OF_NUMBER.match(self._text, end)
                may_go_on = (
                    isinstance(value, (int, float))
                    and rest is not None
                    and rest.end() == len(self._text)
                )
                length = end - self._at
                if not may_go_on or not self._read_on():
                    self._at += length
                    return value

    def _is_next(self, sign: str) -> bool:
        return not self._is_over() and self._text.startswith(sign, self._at)

    def _take(self, sign: str) -> None:
        if not self._is_next(sign):
            raise self._mistake(f"Expecting '{sign}'")
        self._at += 1

    def _is_over(self) -> bool:
        """Go on to the next sign that isn't white space; returns whether there is none."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = self._at if found is None else found.end()
            if self._at < len(self._text):
                return False
            if not self._read_on():
                return True

    def _read_on(self) -> bool:
        """Have more of the text, as much again as there is of it; returns whether there is."""
        rest = self._text[self._at :]
        more, size = [rest], 0
        for part in self._parts:
            more.append(part)
            size += len(part)
            if size >= len(rest):
                break
        self.begin += self._at
        self._text, self._at = "".join(more), 0
        return size > 0

    def _mistake(self, what: str) -> json.JSONDecodeError:
        return json.JSONDecodeError(what, self._text, self._at)
