"""The fonts: one table of roles. Sizes are in points, so that they follow the screen's resolution.

What is installed is taken, the first of each list; where a family has no weight of 500 or 600, Qt
takes 400 or 700.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics
from PySide6.QtWidgets import QApplication, QComboBox, QLayout, QWidget

from launcher.core.preferences import TEXT_SIZES

__all__ = ["font", "monospace", "set_font", "set_line_height", "set_text_size", "text_size"]

_SANS = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")
_MONO = ("JetBrains Mono", "Cascadia Mono", "SF Mono", "Noto Sans Mono", "DejaVu Sans Mono")

_POINTS = 0.75  # of a pixel, at the 96 dots per inch for which the table is written
_SIZE_PROPERTY = "servedeckTextSize"
_ROLE_PROPERTY = "fontRole"
_HEIGHT_PROPERTY = "lineHeight"

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


def set_font(widget: QWidget, role: str, weight: int = 0) -> None:
    """Give a widget the font of a role, also after another text size is chosen. GUI thread.

    :param weight: from 100 to 900, where it isn't the role's own
    """
    widget.setProperty(_ROLE_PROPERTY, [role, weight])
    _fit_font(widget)


def set_line_height(widget: QWidget, least: int, margin: int) -> None:
    """Give a widget the height of one line of text, also after another text size is chosen.

    :param least: the height that it has at least, in logical pixels
    :param margin: above and below the text together
    """
    widget.setProperty(_HEIGHT_PROPERTY, [least, margin])
    _fit_height(widget)


def monospace() -> QFont:
    """The font for what a machine wrote."""
    return font("mono")


def text_size() -> float:
    """The factor by which all text is larger than usual."""
    app = QApplication.instance()
    value = app.property(_SIZE_PROPERTY) if app is not None else None
    return float(value) if isinstance(value, (int, float)) and value else 1.0


def set_text_size(app: QApplication, factor: float) -> None:
    """Choose the size of all text. All widgets follow but those with a font that isn't of a role.

    :param factor: one of :data:`TEXT_SIZES`, or what is nearest to it
    """
    nearest = min(TEXT_SIZES, key=lambda size: abs(size - factor))
    app.setProperty(_SIZE_PROPERTY, nearest)
    app.setFont(font("text"))
    widgets = app.allWidgets()
    for widget in widgets:
        _fit_font(widget)
        _fit_height(widget)
    for widget in widgets:  # what computes its size from a font is laid out again
        if isinstance(widget, QComboBox):  # which keeps its least size until its style is another
            QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))
        widget.updateGeometry()
        layout = widget.layout()
        if layout is not None:
            _invalidate(layout)


def _invalidate(layout: QLayout) -> None:
    """Have a layout forget the sizes that it remembers, and those in it: of what is hidden Qt
    looks at the outermost alone."""
    layout.invalidate()
    for part in layout.children():
        if isinstance(part, QLayout):
            _invalidate(part)


def _fit_font(widget: QWidget) -> None:
    wanted = widget.property(_ROLE_PROPERTY)
    if wanted:
        role, weight = wanted
        made = font(role)
        if weight:
            made.setWeight(QFont.Weight(weight))
        widget.setFont(made)
    elif not widget.testAttribute(Qt.WidgetAttribute.WA_SetFont):
        widget.setFont(QFont())  # with a style sheet, Qt doesn't give them the application's anew


def _fit_height(widget: QWidget) -> None:
    wanted = widget.property(_HEIGHT_PROPERTY)
    if wanted:
        least, margin = wanted
        widget.setFixedHeight(max(least, QFontMetrics(font("text")).height() + margin))


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
