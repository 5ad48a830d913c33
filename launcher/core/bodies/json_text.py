"""JSON indented token by token: what is written stays as it is written. Pure; any thread.

A parser would make values of the tokens and print the values, and so change numbers (``1.10``,
``1e400``), escapes (``\\u00e9``), and keys that stand twice. Here only the white space between the
tokens is replaced. ``NaN`` and ``Infinity`` are tokens as well: Python writes them.
"""

from __future__ import annotations

import re

from launcher.core.display import plural, printable

from .layout import Page, Writer, writer_for

__all__ = ["NotJson", "indented"]

MOST_DEPTH = 200
"""Levels of nesting that are indented; what is nested deeper is shown as it was sent."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<string>"(?:[^"\\\x00-\x1f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
    |(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|-?Infinity|NaN)
    |(?P<word>true|false|null)
    |(?P<mark>[][{},:])""",
    re.VERBOSE,
)
_CLOSES = {"{": "}", "[": "]"}
_INDENT = "  "


class NotJson(ValueError):
    """The text isn't JSON; its message is a sentence with the place."""


def indented(text: str, *, whole: bool = True, everything: bool = False) -> Page:
    """A JSON text on lines of its own for each member and item.

    :param whole: nothing is missing at its end; else it is indented as far as it goes
    :param everything: don't cut the page where it gets long; what is cut away isn't checked
    :raises NotJson: it isn't JSON, or is nested too deeply
    """
    return _Indenter(text, whole, writer_for(everything)).run()


class _Indenter:
    """One text on its way. Its state is the stack of open brackets, and what may come next."""

    def __init__(self, text: str, whole: bool, writer: Writer) -> None:
        self.text, self.whole, self.writer = text, whole, writer
        self.open: list[tuple[str, int]] = []
        self.wants = "value"  # or: first (value or end), key, first key, colon, next (, or end)
        self.clean = text.isascii() and text.isprintable()

    def run(self) -> Page:
        at = 0
        while found := _TOKEN.match(self.text, at):
            at = found.end()
            kind = found.lastgroup
            if kind == "space":
                continue
            self._take(kind or "", found.group(), found.start())
            if self.writer.is_full:
                rest = len(self.text) - at
                left_out = f"{plural(rest, 'character')} not shown" if rest else ""
                return self.writer.page(left_out)
        if at < len(self.text):
            if self.whole:
                self._fail(at)
            self.writer.write(printable(self.text[at:]).replace("\n", "\u240a"))
        elif self.whole and (self.open or self.wants != "end"):
            raise NotJson("This is not JSON: it ends too early.")
        return self.writer.page()

    def _take(self, kind: str, token: str, start: int) -> None:
        wants, writer = self.wants, self.writer
        if kind == "mark":
            if token in "[{" and wants in ("value", "first"):
                self._begin(token)
            elif token in "]}" and wants in ("first", "first key", "next"):
                self._end(token, start)
            elif token == "," and wants == "next":
                writer.write(token, "mark")
                self._new_line()
                self.wants = "key" if self.open[-1][0] == "{" else "value"
            elif token == ":" and wants == "colon":
                writer.write(": ", "mark")
                self.wants = "value"
            else:
                self._fail(start)
        elif wants in ("key", "first key") and kind == "string":
            self._first()
            writer.write(self._shown(token), "key")
            self.wants = "colon"
        elif wants in ("value", "first"):
            self._first()
            writer.write(self._shown(token), kind)
            self._after()
        else:
            self._fail(start)

    def _shown(self, token: str) -> str:
        return token if self.clean else printable(token)

    def _first(self) -> None:
        """The first of what a bracket holds begins a line."""
        if self.wants.startswith("first"):
            self._new_line()

    def _begin(self, token: str) -> None:
        self._first()
        if len(self.open) >= MOST_DEPTH:
            raise NotJson(
                f"This JSON is nested deeper than {MOST_DEPTH} levels: it isn't indented."
            )
        self.writer.write(token, "mark")
        self.open.append((token, self.writer.line))
        self.wants = "first key" if token == "{" else "first"

    def _end(self, token: str, start: int) -> None:
        bracket, line = self.open[-1] if self.open else ("", 0)
        if _CLOSES.get(bracket) != token:
            self._fail(start)
        self.open.pop()
        if self.wants == "next":
            self._new_line()
        self.writer.write(token, "mark")
        if self.writer.line > line + 1:
            self.writer.folds.append((line, self.writer.line))
        self._after()

    def _after(self) -> None:
        self.wants = "next" if self.open else "end"

    def _new_line(self) -> None:
        self.writer.end_line()
        self.writer.write(_INDENT * len(self.open))

    def _fail(self, at: int) -> None:
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        raise NotJson(f"This is not JSON: line {line:,}, column {column:,}.")
