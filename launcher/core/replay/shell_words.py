"""A line for a shell as words, without a shell: what ``bash`` would make of its quotes.

Nothing is looked up and nothing is run. What only a shell can fill in (variables, commands) is
refused by name; but for ``printf`` with one plain format, as our own copies of requests have it.
Pure; any thread.
"""

from __future__ import annotations

import re

from .message import Refusal

__all__ = ["Redirected", "words_of"]

_SIMPLE = {
    ord("a"): 7, ord("b"): 8, ord("e"): 27, ord("E"): 27, ord("f"): 12, ord("n"): 10, ord("r"): 13,
    ord("t"): 9, ord("v"): 11, ord("\\"): 92, ord("'"): 39, ord('"'): 34, ord("?"): 63,
}  # fmt: skip
_ANSI = re.compile(
    rb"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c(.)|(.))",
    re.DOTALL,
)
_PRINTF = re.compile(rb"\$\(printf '([^']*)'\)")
_PRINTF_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)|%%", re.DOTALL)
_NAME = re.compile(rb"\$(?:\{[^}]*\}?|\w+|[@*#?$!-])")


class Redirected(Exception):
    """The line goes on after a ``|``, a ``;`` or a line's end.

    :ivar words: up to there
    :ivar rest: what follows the sign
    :ivar sign: which one
    """

    def __init__(self, words: list[bytes], rest: bytes, sign: str) -> None:
        super().__init__(sign)
        self.words, self.rest, self.sign = words, rest, sign


class _Reader:
    def __init__(self, line: bytes) -> None:
        self.line = line
        self.at = 0
        self.words: list[bytes] = []
        self.word: bytearray | None = None

    def read(self) -> list[bytes]:
        while self.at < len(self.line):
            self._step(self.line[self.at : self.at + 1])
        self._end_word()
        return self.words

    def _step(self, char: bytes) -> None:
        if char in (b" ", b"\t"):
            self._end_word()
            self.at += 1
        elif char == b"\\":
            self._escape()
        elif char == b"'":
            end = self._find(b"'", self.at + 1)
            self._put(self.line[self.at + 1 : end])
            self.at = end + 1
        elif char == b'"':
            self._double()
        elif self.line.startswith(b"$'", self.at):
            self._ansi()
        elif char in (b"$", b"`"):
            if self.line.startswith(b'$"', self.at):
                self.at += 1
            else:
                self._expansion()
        elif char in (b"\n", b"|", b";", b"&", b"<", b">", b"(", b")"):
            self._end(char)
        elif char == b"#" and self.word is None:
            end = self.line.find(b"\n", self.at)
            self.at = len(self.line) if end < 0 else end
        else:
            self._put(char)
            self.at += 1

    def _end(self, char: bytes) -> None:
        self._end_word()
        sign = char.decode()
        if char == b"\n" and (not self.words or not self.line[self.at :].strip()):
            self.at += 1
            return
        raise Redirected(self.words, self.line[self.at + 1 :], sign)

    def _put(self, data: bytes) -> None:
        if self.word is None:
            self.word = bytearray()
        self.word += data

    def _end_word(self) -> None:
        if self.word is not None:
            self.words.append(bytes(self.word))
            self.word = None

    def _find(self, quote: bytes, start: int) -> int:
        end = self.line.find(quote, start)
        if end < 0:
            raise Refusal(f"A quote ({quote.decode()}) isn't closed.", "url")
        return end

    def _escape(self) -> None:
        following = self.line[self.at + 1 : self.at + 2]
        if following == b"\r" and self.line[self.at + 2 : self.at + 3] == b"\n":
            self.at += 3
        elif following == b"\n":
            self.at += 2
        else:
            self._put(following or b"\\")
            self.at += 2

    def _double(self) -> None:
        self._put(b"")
        self.at += 1
        while True:
            char = self.line[self.at : self.at + 1]
            if not char:
                raise Refusal("A quote (\") isn't closed.", "url")
            if char == b'"':
                self.at += 1
                return
            following = self.line[self.at + 1 : self.at + 2]
            if char == b"\\" and following in (b"$", b"`", b'"', b"\\", b"\n"):
                self._put(b"" if following == b"\n" else following)
                self.at += 2
            elif char in (b"$", b"`"):
                self._expansion()
            else:
                self._put(char)
                self.at += 1

    def _ansi(self) -> None:
        start = end = self.at + 2
        while True:
            end = self._find(b"'", end)
            slashes = len(self.line[start:end]) - len(self.line[start:end].rstrip(b"\\"))
            if slashes % 2 == 0:
                break
            end += 1
        text = _ANSI.sub(_ansi_escape, self.line[start:end])
        self._put(text.partition(b"\0")[0])
        self.at = end + 1

    def _expansion(self) -> None:
        found = _PRINTF.match(self.line, self.at)
        if found is not None:
            self._put(_printed(found.group(1)).rstrip(b"\n"))
            self.at = found.end()
            return
        name = _NAME.match(self.line, self.at)
        if self.line.startswith((b"$(", b"`"), self.at):
            raise Refusal(
                "There is a command in the line, $(\u2026), which only a shell runs.", "url"
            )
        if name is not None:
            shown = name.group().decode("utf-8", "replace")[:40]
            raise Refusal(f"There is a variable in the line, {shown}: write its value.", "url")
        self._put(b"$")
        self.at += 1


def words_of(line: str) -> list[bytes]:
    """The words of one command.

    :raises Refusal: a quote isn't closed, or something is in it that only a shell knows
    :raises Redirected: the command ends, and something follows it
    """
    return _Reader(line.encode("utf-8", "surrogateescape")).read()


def printed(format: bytes) -> bytes:
    """What ``printf`` prints of a format without conversions."""
    return _printed(format)


def _printed(format: bytes) -> bytes:
    return _PRINTF_ESCAPE.sub(_printf_escape, format)


def _printf_escape(found: re.Match[bytes]) -> bytes:
    code = found.group(1)
    if code is None:
        return b"%"
    if code.isdigit():
        return bytes([int(code, 8) & 255])
    simple = _SIMPLE.get(code[0])
    return bytes([simple]) if simple is not None else found.group()


def _ansi_escape(found: re.Match[bytes]) -> bytes:
    hexadecimal, octal, short, long, control, other = found.groups()
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    if octal:
        return bytes([int(octal, 8) & 255])
    if short or long:
        code = int(short or long, 16)
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise Refusal(f"\\u{(short or long).decode()} is no character.", "url")
        return chr(code).encode()
    if control:
        return bytes([control[0] & 31])
    simple = _SIMPLE.get(other[0])
    return bytes([simple]) if simple is not None else found.group()
