"""How the window looks: colours, fonts, icons and the style sheet. GUI thread only.

The colours follow the system's light or dark setting unless the user has chosen. Everything that is
painted by hand asks for its colours when it paints, so a change of theme reaches it by itself.
"""

from __future__ import annotations

import html

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from launcher.core.settings import APPEARANCES
from launcher.theme.fonts import (
    font,
    monospace,
    set_font,
    set_line_height,
    set_text_size,
    text_size,
)
from launcher.theme.icons import icon, pixmap, set_icon
from launcher.theme.palette import (
    DARK_COLOURS,
    LIGHT_COLOURS,
    Colours,
    colour,
    colours,
    qt_palette,
)
from launcher.theme.sheet import style_sheet

__all__ = [
    "DARK_COLOURS",
    "LIGHT_COLOURS",
    "Colours",
    "Theme",
    "colour",
    "colours",
    "font",
    "icon",
    "monospace",
    "pixmap",
    "plain_tooltip",
    "set_font",
    "set_icon",
    "set_line_height",
]

SYSTEM, LIGHT, DARK = APPEARANCES


def plain_tooltip(text: str) -> str:
    """A tooltip that shows exactly this text; Qt would render some texts as HTML otherwise."""
    return f"<qt>{html.escape(text)}</qt>".replace("\n", "<br>") if text else ""


class Theme(QObject):
    """Applies the light or the dark theme to the application and keeps it in step.

    One for an application; get it with :meth:`of`.
    """

    changed = Signal()
    """The colours or sizes are different now; icons have to be made again."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._dark: bool | None = None
        self.appearance = SYSTEM
        app.setStyle("Fusion")
        set_text_size(app, text_size())
        app.styleHints().colorSchemeChanged.connect(self._follow)
        self._apply()

    @classmethod
    def of(cls, app: QApplication) -> Theme:
        """The application's theme, made at the first call."""
        for child in app.children():
            if isinstance(child, cls):
                return child
        return cls(app)

    @property
    def text_size(self) -> float:
        """The factor by which all text is larger than usual."""
        return text_size()

    def set_appearance(self, appearance: str) -> None:
        """Choose ``"system"``, ``"light"`` or ``"dark"``."""
        self.appearance = appearance
        self._apply()

    def set_text_size(self, factor: float) -> None:
        """Choose the size of all text, by a factor of its usual one."""
        if factor != text_size():
            set_text_size(self._app, factor)
            self.changed.emit()

    @Slot()
    def _follow(self) -> None:
        self._apply()

    def _apply(self) -> None:
        system_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        dark = self.appearance == DARK or (self.appearance == SYSTEM and system_dark)
        if dark == self._dark:
            return
        self._dark = dark
        shades = DARK_COLOURS if dark else LIGHT_COLOURS
        self._app.setPalette(qt_palette(shades))
        # Of a sheet that takes another's place, Qt styles each widget once for each of its parents.
        self._app.setStyleSheet("")
        self._app.setStyleSheet(style_sheet(shades))
        self.changed.emit()
