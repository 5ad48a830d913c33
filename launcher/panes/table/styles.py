"""Terminal styles in the colours of the theme; GUI thread only.

The sixteen named colours are those of the theme, which were chosen for contrast. Of the others each
is brought so far towards the colour of text that it can be read on its ground.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QTextCharFormat

from launcher.core.ansi import BOLD, DIM, INVERSE, ITALIC, RGB, STRIKE, UNDERLINE, Style
from launcher.panes.table.look import Look

__all__ = ["Styles", "contrast"]

_NAMED = ("muted", "danger", "good", "warning", "info", "http", "link", "soft")
"""The roles of the eight colours; the bright ones are the same, and white is that of text."""
_LEAST = 4.5
_KEPT = 500


def contrast(first: QColor, second: QColor) -> float:
    """How well one can be read on the other, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


class Styles:
    """The formats of runs, each made once.

    :param look: the colours they are made of
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._made: dict[tuple[Style, str], QTextCharFormat] = {}

    def format(self, style: Style, tone: str) -> QTextCharFormat:
        """How a run is shown.

        :param tone: the role of the colour of the text around it
        """
        made = self._made.get((style, tone))
        if made is None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            made = self._made[style, tone] = self._make(style, tone)
        return made

    def _make(self, style: Style, tone: str) -> QTextCharFormat:
        look, made = self._look, QTextCharFormat()
        fg = None if style.fg is None else self._colour(style.fg)
        bg = None if style.bg is None else self._colour(style.bg)
        if style.flags & INVERSE:
            fg, bg = bg or look.colour("base"), fg or look.colour(tone)
        if bg is not None:
            made.setBackground(bg)
        ground = bg or look.colour("base")
        if fg is None:
            fg = look.colour("soft" if style.flags & DIM else tone)
        made.setForeground(self._readable(fg, ground))
        if style.flags & BOLD:
            made.setFontWeight(int(QFont.Weight.DemiBold))
        made.setFontItalic(bool(style.flags & ITALIC))
        made.setFontUnderline(bool(style.flags & UNDERLINE))
        made.setFontStrikeOut(bool(style.flags & STRIKE))
        return made

    def _colour(self, code: int) -> QColor:
        if code & RGB:
            return QColor.fromRgb(code & 0xFFFFFF)
        if code < 16:
            return self._look.colour("text" if code == 15 else _NAMED[code % 8])
        if code >= 232:
            grey = 8 + 10 * (code - 232)
            return QColor(grey, grey, grey)
        red, green, blue = (code - 16) // 36, (code - 16) // 6 % 6, (code - 16) % 6
        return QColor(*(55 + 40 * part if part else 0 for part in (red, green, blue)))

    def _readable(self, colour: QColor, ground: QColor) -> QColor:
        """The colour, or what is nearest to it among those that can be read there."""
        if contrast(colour, ground) >= _LEAST:
            return colour
        candidates = (self._look.colour("text"), self._look.colour("base"))
        goal = max(candidates, key=lambda candidate: contrast(candidate, ground))
        for step in range(1, 9):
            share = step / 8
            mixed = QColor.fromRgbF(
                *(
                    one + (other - one) * share
                    for one, other in (
                        (colour.redF(), goal.redF()),
                        (colour.greenF(), goal.greenF()),
                        (colour.blueF(), goal.blueF()),
                    )
                )
            )
            if contrast(mixed, ground) >= _LEAST:
                return mixed
        return goal


def _luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in (colour.redF(), colour.greenF(), colour.blueF()))
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)
