"""The fonts: one table of roles. Sizes are in points, so that they follow the screen's resolution.

What is installed is taken, the first of each list; where a family has no weight of 500 or 600, Qt
takes 400 or 700.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

__all__ = ["TEXT_SIZES", "font", "monospace", "set_text_size", "text_size"]

_SANS = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")
_MONO = ("JetBrains Mono", "Cascadia Mono", "SF Mono", "Noto Sans Mono", "DejaVu Sans Mono")

TEXT_SIZES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
"""The factors that a user can choose for all text."""

_POINTS = 0.75  # of a pixel, at the 96 dots per inch for which the table is written
_SIZE_PROPERTY = "servedeckTextSize"

# Role: pixels, weight, whether it is monospace.
_ROLES = {
    "title": (24, 600, False),  # of the start page
    "error": (17, 600, False),  # an error's class
    "name": (14, 600, False),  # a server, a request
    "text": (13, 400, False),
    "button": (13, 500, False),
    "strong": (13, 600, False),  # the current tab, a section
    "second": (12, 400, False),  # second lines, numbers in rows, table headers
    "caption": (11, 600, False),  # captions, keys
    "datum": (12, 500, True),  # a path, a status, a place
    "mono": (12, 400, True),  # a query, a time, code
    "small_mono": (11, 400, True),  # a method, line numbers, times of output
}


def font(role: str) -> QFont:
    """The font of one of the roles, at the text size that is chosen. GUI thread."""
    return QFont(_font(role, text_size()))


def monospace() -> QFont:
    """The font for what a machine wrote."""
    return font("mono")


def text_size() -> float:
    """The factor by which all text is larger than usual."""
    app = QApplication.instance()
    value = app.property(_SIZE_PROPERTY) if app is not None else None
    return float(value) if isinstance(value, (int, float)) and value else 1.0


def set_text_size(app: QApplication, factor: float) -> None:
    """Choose the size of all text; widgets that set fonts by themselves follow a theme change.

    :param factor: one of :data:`TEXT_SIZES`, or what is nearest to it
    """
    nearest = min(TEXT_SIZES, key=lambda size: abs(size - factor))
    app.setProperty(_SIZE_PROPERTY, nearest)
    app.setFont(font("text"))


@lru_cache(maxsize=64)
def _font(role: str, factor: float) -> QFont:
    pixels, weight, is_mono = _ROLES[role]
    made = QFont()
    made.setFamilies(_families(_MONO if is_mono else _SANS))
    made.setPointSizeF(pixels * _POINTS * factor)
    made.setWeight(QFont.Weight(weight))
    if is_mono:
        made.setStyleHint(QFont.StyleHint.Monospace)
        for feature in ("calt", "liga"):  # != is two characters in code, not one
            made.setFeature(QFont.Tag(feature), 0)
    else:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


@lru_cache(maxsize=2)
def _families(wanted: tuple[str, ...]) -> tuple[str, ...]:
    there = set(QFontDatabase.families())
    return tuple(name for name in wanted if name in there) or wanted[-1:]
