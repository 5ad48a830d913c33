"""Our drawings as icons, in the theme's colours. GUI thread.

Only what is shown is drawn: one size, at the resolution of the screens there are, when an icon is
first asked for. (An icon engine of our own would draw even later; PySide6 can't keep one alive.)
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from launcher.core.resources import resource
from launcher.theme.palette import colours

__all__ = ["WIDTH_BESIDE_WORDS", "icon", "pixmap", "set_icon"]

_ALONE, _BESIDE_WORDS = 16, 14
_GAP = 4  # to words, beside the 4 that Qt leaves
WIDTH_BESIDE_WORDS = _BESIDE_WORDS + _GAP
"""Pixels of a button's icon, with its gap to the words."""


def set_icon(button: QAbstractButton, name: str, tone: str = "text") -> None:
    """Give a button one of our drawings; beside its words smaller, and with room between the two.

    :param tone: a field of :class:`~launcher.theme.palette.Colours`
    """
    size, gap = (_BESIDE_WORDS, _GAP) if button.text() else (_ALONE, 0)
    # A button's own palette is the style sheet's, and late at a change of theme.
    shades = colours(QGuiApplication.palette())
    button.setIconSize(QSize(size + gap, size))
    button.setIcon(_icon(name, getattr(shades, tone), shades.faint, size, gap, _ratio()))


def icon(name: str, palette: QPalette, tone: str = "text", size: int = 16) -> QIcon:
    """One of our drawings in ``resources/icons/actions``.

    :param tone: a field of :class:`~launcher.theme.palette.Colours`
    :param size: of one side, in logical pixels
    """
    shades = colours(palette)
    return _icon(name, getattr(shades, tone), shades.faint, size, 0, _ratio())


def pixmap(name: str, palette: QPalette, tone: str = "text", size: int = 16) -> QPixmap:
    """The same drawing as a picture, to be painted by hand."""
    return _pixmap(name, getattr(colours(palette), tone), size, 0, _ratio())


def _ratio() -> float:
    return max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)


@lru_cache(maxsize=256)
def _icon(name: str, colour_name: str, disabled: str, size: int, gap: int, ratio: float) -> QIcon:
    made = QIcon(_pixmap(name, colour_name, size, gap, ratio))
    made.addPixmap(_pixmap(name, disabled, size, gap, ratio), QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=512)
def _pixmap(name: str, colour_name: str, size: int, gap: int, ratio: float) -> QPixmap:
    """The drawing, with a gap at its right."""
    source = resource("icons", "actions", f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", colour_name).encode()))
    made = QPixmap(QSize(size + gap, size) * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return made
