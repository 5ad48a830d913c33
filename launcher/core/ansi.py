"""The escape codes of terminals: styles become runs of a text, everything else is made harmless.

A program writes colours and styles as *SGR* codes (ECMA-48, section 8.3.117, with the colours of
ISO 8613-6 for 256 colours and RGB). :func:`styled` takes them out of a text once and returns them
as runs, so that nothing of them has to be looked at again when the text is shown, searched or
copied. Codes that would move the cursor, set a title, or switch something of a terminal have no
effect: they are left out. Control characters, and marks that change the direction of reading,
become escapes of plain characters that any font has.

Pure functions without Qt, for any thread.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = [
    "BOLD",
    "DIM",
    "INVERSE",
    "ITALIC",
    "PLAIN",
    "RGB",
    "STRIKE",
    "UNDERLINE",
    "Run",
    "Style",
    "escaped",
    "plain",
    "styled",
    "unfinished",
]

BOLD, DIM, ITALIC, UNDERLINE, INVERSE, STRIKE = 1, 2, 4, 8, 16, 32
"""The bits of :attr:`Style.flags`."""
RGB = 1 << 24
"""Set in a colour that is given by its parts, ``0xRRGGBB``, and not by its number."""

# CSI … final byte; OSC … BEL or ST; DCS, SOS, PM, APC … ST; other two- and three-byte sequences.
_CODE = re.compile(
    r"\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)"
    r"|[PX^_][^\x1b]{0,4096}\x1b\\|[ -/]+[0-~]|[0-OQ-WYZ\\`-~])"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]{0,4096}\x1b?|[ -/]*)\Z")
_LONGEST = 4200
"""Characters at the end of a text in which an unfinished code can begin."""

_HARMFUL = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_OFF = {22: BOLD | DIM, 23: ITALIC, 24: UNDERLINE, 27: INVERSE, 29: STRIKE}
_ON = {1: BOLD, 2: DIM, 3: ITALIC, 4: UNDERLINE, 7: INVERSE, 9: STRIKE, 21: UNDERLINE}


class Style(NamedTuple):
    """How a run of characters looks.

    :param fg: the number of a colour from 0 to 255, or :data:`RGB` with the parts of one; None for
        that of all text
    :param bg: the same for the ground
    :param flags: :data:`BOLD` and the others, joined by ``|``
    """

    fg: int | None = None
    bg: int | None = None
    flags: int = 0


PLAIN = Style()
"""What isn't styled."""


class Run(NamedTuple):
    """A part of a text, in characters, and its style."""

    start: int
    end: int
    style: Style


def escaped(text: str) -> str:
    """The text with what can't be seen, or deceives, as an escape: ``\\x07``, ``\\u202e``. Tabs and
    newlines stay."""
    # Nearly all text is printable, which is known ten times as quickly as what else there is.
    if text.replace("\n", "").isprintable():
        return text
    return _HARMFUL.sub(_escape, text) if _HARMFUL.search(text) else text


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def unfinished(text: str) -> int:
    """Where at the end of the text a code begins whose rest is still to come; its length where
    there is none."""
    found = _UNFINISHED.search(text, max(0, len(text) - _LONGEST))
    return found.start() if found else len(text)


def styled(text: str, style: Style = PLAIN) -> tuple[str, tuple[Run, ...], Style]:
    """Take the codes out of a text.

    :param text: without newlines
    :param style: with which it begins
    :returns: what is left, its runs (without those that are plain), and the style with which it
        ends
    """
    if "\x1b" not in text:
        clean = escaped(text)
        runs = (Run(0, len(clean), style),) if clean and style != PLAIN else ()
        return clean, runs, style
    parts: list[str] = []
    found: list[Run] = []
    length = at = 0
    for match in _CODE.finditer(text):
        length = _add(text[at : match.start()], style, parts, found, length)
        at = match.end()
        if match.group(2) == "m":
            style = _changed(style, match.group(1))
    _add(text[at:], style, parts, found, length)
    return "".join(parts), tuple(found), style


def plain(text: str) -> str:
    """The text without codes; where there are none it is left as it is."""
    return styled(text)[0] if "\x1b" in text else text


def _add(text: str, style: Style, parts: list[str], runs: list[Run], length: int) -> int:
    """Add a piece that has one style; returns how long all is now."""
    if not text:
        return length
    clean = escaped(text)
    parts.append(clean)
    end = length + len(clean)
    if style != PLAIN:
        if runs and runs[-1].end == length and runs[-1].style == style:
            runs[-1] = Run(runs[-1].start, end, style)
        else:
            runs.append(Run(length, end, style))
    return end


def _changed(style: Style, parameters: str) -> Style:
    """The style after an SGR code; a parameter that isn't known has no effect."""
    # Sub-parameters stand behind a colon: 4:3 is an underline that is wavy, 38:2::r:g:b a colour.
    fields = [field.split(":") for field in parameters.split(";")]
    at = 0
    while at < len(fields):
        first, *more = fields[at]
        at += 1
        code = _number(first)
        if code in (38, 48):
            if more:
                values = [_number(value) for value in more if value]
                used = 0
            else:
                values = [_number(field[0]) for field in fields[at : at + 4]]
                used = {5: 2, 2: 4}.get(values[0] if values else -1, len(values))
            at += used
            colour = _colour(values)
            if colour is not None:
                style = style._replace(fg=colour) if code == 38 else style._replace(bg=colour)
        elif code == 4 and more == ["0"]:
            style = style._replace(flags=style.flags & ~UNDERLINE)
        else:
            style = _simple(style, code)
    return style


def _simple(style: Style, code: int) -> Style:
    if code == 0:
        return PLAIN
    if code in _ON:
        return style._replace(flags=style.flags | _ON[code])
    if code in _OFF:
        return style._replace(flags=style.flags & ~_OFF[code])
    if 30 <= code <= 37 or 90 <= code <= 97:
        return style._replace(fg=code - 30 if code < 90 else code - 82)
    if 40 <= code <= 47 or 100 <= code <= 107:
        return style._replace(bg=code - 40 if code < 100 else code - 92)
    if code == 39:
        return style._replace(fg=None)
    if code == 49:
        return style._replace(bg=None)
    return style


def _colour(values: list[int]) -> int | None:
    """What follows 38 or 48: ``5;N`` or ``2;R;G;B``."""
    if values[:1] == [5] and len(values) >= 2 and 0 <= values[1] <= 255:
        return values[1]
    if values[:1] == [2] and len(values) >= 4:
        red, green, blue = values[-3:]
        if all(0 <= part <= 255 for part in (red, green, blue)):
            return RGB | red << 16 | green << 8 | blue
    return None


def _number(text: str) -> int:
    """A parameter; one that is left out is 0, one that is no number has no meaning."""
    if not text:
        return 0
    return int(text) if text.isdecimal() and len(text) < 5 else -1
