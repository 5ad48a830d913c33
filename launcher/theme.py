"""How the window looks: one palette for light, one for dark, and what is derived from them.

GUI thread only. The colours follow the system's light or dark setting unless the user has chosen.
Everything that is painted by hand asks for its colours when it paints, so a change of theme needs
no widget to be told.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from launcher.core.resources import resource
from launcher.core.settings import APPEARANCES

SYSTEM, LIGHT, DARK = APPEARANCES

_SANS = ("Inter", "Noto Sans", "Cantarell", "Ubuntu", "Open Sans", "Liberation Sans", "DejaVu Sans")
_MONO = ("JetBrains Mono", "Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono")


@dataclass(frozen=True)
class Colours:
    """The colours of one theme, as ``#rrggbb``.

    Each text colour has a contrast of at least 4.5 : 1 on each of the grounds it is used on.
    """

    ground: str
    panel: str
    base: str
    hover: str
    text: str
    muted: str
    border: str
    edge: str
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    selection: str
    link: str
    good: str
    info: str
    warning: str
    danger: str
    danger_ground: str
    warning_ground: str
    yours: str


LIGHT_COLOURS = Colours(
    ground="#eef1f3",
    panel="#f7f9fa",
    base="#ffffff",
    hover="#e6ebee",
    text="#16212b",
    muted="#56646f",
    border="#d6dde2",
    edge="#bcc6cd",
    accent="#0b766f",
    accent_hover="#0a6a64",
    accent_pressed="#085650",
    on_accent="#ffffff",
    selection="#d3ebe7",
    link="#0a6a64",
    good="#177245",
    info="#2b62b8",
    warning="#8f5a00",
    danger="#b9252f",
    danger_ground="#fdecec",
    warning_ground="#fff5e0",
    yours="#7b3fb5",
)

DARK_COLOURS = Colours(
    ground="#14191e",
    panel="#1a2026",
    base="#11161a",
    hover="#2a323a",
    text="#e3e9ed",
    muted="#97a4ae",
    border="#2b343c",
    edge="#3f4a54",
    accent="#1d9a8d",
    accent_hover="#22aa9c",
    accent_pressed="#1a9084",
    on_accent="#04110f",
    selection="#17423e",
    link="#4fd0c0",
    good="#52c98a",
    info="#7cb0ff",
    warning="#eab54a",
    danger="#ff8080",
    danger_ground="#331c20",
    warning_ground="#32280f",
    yours="#c39bff",
)


def colours(palette: QPalette) -> Colours:
    """The colours that belong to the palette a widget is painted with."""
    return (
        DARK_COLOURS if palette.color(QPalette.ColorRole.Base).lightness() < 128 else LIGHT_COLOURS
    )


def colour(palette: QPalette, name: str) -> QColor:
    """One of the fields of :class:`Colours` as a colour, in the theme of the palette."""
    return QColor(getattr(colours(palette), name))


def plain_tooltip(text: str) -> str:
    """A tooltip that shows exactly this text; Qt would render some texts as HTML otherwise."""
    return f"<qt>{html.escape(text)}</qt>".replace("\n", "<br>") if text else ""


def monospace() -> QFont:
    """The font for what a machine wrote."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if font.family().lower() in ("monospace", "courier", ""):
        font.setFamily(_installed(_MONO) or font.family())
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPointSizeF(max(9.0, QApplication.font().pointSizeF() - 0.5))
    return font


@lru_cache(maxsize=256)
def _pixmap(name: str, colour_name: str, size: int, ratio: float) -> QPixmap:
    source = resource("icons", "actions", f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", colour_name).encode()))
    pixmap = QPixmap(QSize(size, size) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def icon(name: str, palette: QPalette, tone: str = "text") -> QIcon:
    """One of our drawings in ``resources/icons/actions``, in the theme's colours.

    :param tone: a field of :class:`Colours`
    """
    shades = colours(palette)
    result = QIcon()
    for size in (16, 20, 24, 32):
        for ratio in (1.0, 2.0):
            result.addPixmap(_pixmap(name, getattr(shades, tone), size, ratio), QIcon.Mode.Normal)
            result.addPixmap(_pixmap(name, shades.edge, size, ratio), QIcon.Mode.Disabled)
    return result


class Theme(QObject):
    """Applies the light or the dark theme to the application and keeps it in step.

    One for an application; get it with :meth:`of`.
    """

    changed = Signal()
    """The colours are different now; icons have to be made again."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._dark: bool | None = None
        self.appearance = SYSTEM
        app.setStyle("Fusion")
        family = app.font().family()
        if family.lower() in ("sans serif", "sans", "sans-serif", "helvetica", ""):
            font = app.font()
            font.setFamily(_installed(_SANS) or family)
            font.setPointSizeF(10.0)
            app.setFont(font)
        app.styleHints().colorSchemeChanged.connect(self._follow)
        self._apply()

    @classmethod
    def of(cls, app: QApplication) -> Theme:
        """The application's theme, made at the first call."""
        for child in app.children():
            if isinstance(child, cls):
                return child
        return cls(app)

    def set_appearance(self, appearance: str) -> None:
        """Choose ``"system"``, ``"light"`` or ``"dark"``."""
        self.appearance = appearance
        self._apply()

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
        self._app.setPalette(_palette(shades))
        self._app.setStyleSheet(_style_sheet(shades))
        self.changed.emit()


def _installed(families: tuple[str, ...]) -> str:
    there = set(QFontDatabase.families())
    return next((family for family in families if family in there), "")


def _palette(shades: Colours) -> QPalette:
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = QPalette()
    for which, name in (
        (role.Window, shades.ground),
        (role.WindowText, shades.text),
        (role.Base, shades.base),
        (role.AlternateBase, shades.panel),
        (role.Text, shades.text),
        (role.PlaceholderText, shades.muted),
        (role.Button, shades.panel),
        (role.ButtonText, shades.text),
        (role.BrightText, shades.danger),
        (role.ToolTipBase, shades.panel),
        (role.ToolTipText, shades.text),
        (role.Highlight, shades.accent),
        (role.HighlightedText, shades.on_accent),
        (role.Accent, shades.accent),
        (role.Link, shades.link),
        (role.LinkVisited, shades.link),
        (role.Light, shades.base),
        (role.Midlight, shades.border),
        (role.Mid, shades.edge),
        (role.Dark, shades.edge),
        (role.Shadow, shades.edge),
    ):
        palette.setColor(which, QColor(name))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(group.Disabled, which, QColor(shades.muted))
    palette.setColor(group.Disabled, role.Highlight, QColor(shades.edge))
    palette.setColor(group.Disabled, role.Base, QColor(shades.ground))
    palette.setColor(group.Inactive, role.Highlight, QColor(shades.accent))
    return palette


def _style_sheet(shades: Colours) -> str:
    values = {name: getattr(shades, name) for name in Colours.__dataclass_fields__}
    for name in ("chevron", "chevron-up", "check"):
        values[name] = resource("icons", "actions", f"{name}.svg").as_posix()
    sheet = _SHEET
    for name in sorted(values, key=len, reverse=True):
        sheet = sheet.replace(f"@{name}@", values[name])
    return sheet


_SHEET = """
QMainWindow, QDialog { background: @ground@; }
QWidget#header { background: @ground@; }
QLabel#formLabel, QLabel#muted { color: @muted@; }

QPushButton {
    background: @base@; color: @text@; border: 1px solid @edge@; border-radius: 6px;
    padding: 5px 12px; min-height: 18px;
}
QPushButton:hover { background: @hover@; }
QPushButton:pressed { background: @border@; }
QPushButton:focus { border: 2px solid @accent@; padding: 4px 11px; }
QPushButton:disabled { color: @muted@; background: @ground@; border-color: @border@; }
QPushButton[look="primary"] {
    background: @accent@; color: @on_accent@; border-color: @accent@; font-weight: 600;
}
QPushButton[look="primary"]:hover { background: @accent_hover@; }
QPushButton[look="primary"]:pressed { background: @accent_pressed@; }
QPushButton[look="primary"]:focus { border: 2px solid @text@; }
QPushButton[look="primary"]:disabled {
    background: @ground@; color: @muted@; border-color: @border@;
}
QPushButton[look="quiet"] { background: transparent; border-color: transparent; }
QPushButton[look="quiet"]:hover { background: @hover@; }
QPushButton[look="quiet"]:focus { border: 2px solid @accent@; }
QPushButton[look="disclosure"] {
    background: transparent; border-color: transparent; color: @muted@; padding: 3px 8px 3px 2px;
    text-align: left;
}
QPushButton[look="disclosure"]:hover { color: @text@; background: @hover@; }
QPushButton[look="disclosure"]:checked { color: @text@; }
QPushButton[look="disclosure"]:focus { border: 2px solid @accent@; padding: 2px 7px 2px 1px; }
QPushButton[look="disclosure"]:disabled { color: @muted@; background: transparent; }
QPushButton[look="float"] {
    background: @accent@; color: @on_accent@; border: 1px solid @accent@; border-radius: 13px;
    padding: 3px 14px; font-weight: 600;
}
QPushButton[look="float"]:hover { background: @accent_hover@; }
QPushButton[look="float"]:focus { border: 2px solid @text@; }

QLineEdit, QSpinBox, QComboBox {
    background: @base@; color: @text@; border: 1px solid @edge@; border-radius: 6px;
    padding: 4px 8px; min-height: 20px;
    selection-background-color: @accent@; selection-color: @on_accent@;
}
QLineEdit:focus, QSpinBox:focus, QComboBox:focus, QComboBox:on {
    border: 2px solid @accent@; padding: 3px 7px;
}
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled {
    background: @ground@; color: @muted@; border-color: @border@;
}
QLineEdit[invalid="true"], QSpinBox[invalid="true"], QComboBox[invalid="true"] {
    border: 2px solid @danger@; padding: 3px 7px;
}
QPlainTextEdit#envEdit { border: 1px solid @edge@; border-radius: 6px; padding: 1px 4px; }
QPlainTextEdit#envEdit:focus { border: 2px solid @accent@; padding: 0 3px; }
QPlainTextEdit#envEdit[invalid="true"] { border: 2px solid @danger@; padding: 0 3px; }
QPlainTextEdit#envEdit:disabled {
    background: @ground@; color: @muted@; border-color: @border@;
}
QLabel#fieldRemark { color: @muted@; }
QLabel#fieldRemark[tone="warning"] { color: @warning@; }
QLabel#fieldRemark[tone="danger"] { color: @danger@; }
QComboBox QLineEdit, QComboBox QLineEdit:focus, QSpinBox QLineEdit, QSpinBox QLineEdit:focus {
    border: none; padding: 0; background: transparent; min-height: 0;
}
QSpinBox QLineEdit, QSpinBox QLineEdit:focus { padding-left: 6px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url(@chevron@); width: 14px; height: 14px; }
QComboBox QAbstractItemView {
    background: @base@; border: 1px solid @edge@; padding: 4px; outline: 0;
    selection-background-color: @selection@; selection-color: @text@;
}
QComboBox QAbstractItemView::item { padding: 3px 4px; min-height: 20px; }
QScrollArea#optionsScroll, QWidget#optionsPanel { background: transparent; }
QSpinBox { padding: 4px 20px 4px 8px; }
QSpinBox:focus, QSpinBox[invalid="true"] { padding: 3px 19px 3px 7px; }
QCheckBox { spacing: 7px; }
QCheckBox::indicator {
    width: 14px; height: 14px; border: 1px solid @edge@; border-radius: 4px; background: @base@;
}
QCheckBox::indicator:hover { border-color: @muted@; }
QCheckBox::indicator:focus { border: 2px solid @accent@; width: 12px; height: 12px; }
QCheckBox::indicator:checked {
    background: @accent@; border-color: @accent@; image: url(@check@);
}
QCheckBox::indicator:checked:focus { border-color: @text@; }
QCheckBox::indicator:disabled { background: @ground@; border-color: @border@; }
QCheckBox::indicator:checked:disabled { background: @muted@; border-color: @muted@; }
QCheckBox:disabled { color: @muted@; }
QSpinBox::up-button, QSpinBox::down-button { border: none; background: transparent; width: 18px; }
QSpinBox::up-button { subcontrol-position: top right; margin: 2px 2px 0 0; }
QSpinBox::down-button { subcontrol-position: bottom right; margin: 0 2px 2px 0; }
QSpinBox::up-arrow { image: url(@chevron-up@); width: 11px; height: 11px; }
QSpinBox::down-arrow { image: url(@chevron@); width: 11px; height: 11px; }

QTabWidget::pane { border: none; border-top: 1px solid @border@; background: @base@; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab {
    background: transparent; color: @muted@; padding: 7px 14px; margin: 0;
    border: none; border-bottom: 2px solid transparent;
}
QTabBar::tab:hover { color: @text@; background: @hover@; }
QTabBar::tab:selected { color: @text@; border-bottom: 2px solid @accent@; font-weight: 600; }
QTabBar::tab:focus { background: @hover@; color: @text@; }

QTableView, QPlainTextEdit {
    background: @base@; color: @text@; border: 1px solid transparent; outline: 0;
}
QTableView { selection-background-color: @selection@; selection-color: @text@; }
QTableView:focus, QPlainTextEdit:focus { border: 1px solid @accent@; }
QPlainTextEdit { selection-background-color: @accent@; selection-color: @on_accent@; }
QTableView::item { padding: 0 8px; border: none; }
QTableView::item:selected { background: @selection@; color: @text@; }
QHeaderView { background: @base@; border: none; }
QHeaderView::section {
    background: @base@; color: @muted@; padding: 5px 8px; border: none;
    border-bottom: 1px solid @border@; border-right: 1px solid @border@;
}
QHeaderView::section:last { border-right: none; }
QTableCornerButton::section { background: @panel@; border: none; }

QWidget#requestDetails, QWidget#errorPanel { background: @base@; }
QWidget#paneBar { background: @panel@; border-bottom: 1px solid @border@; }
QWidget#detailsBar { background: @panel@; border-bottom: 1px solid @border@; }
QLabel#sectionTitle { color: @muted@; font-weight: 600; padding: 2px 0; }
QSplitter::handle { background: @border@; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: @accent@; }

QFrame#messageStrip { border: none; border-left: 4px solid @danger@; background: @danger_ground@; }
QFrame#messageStrip[tone="warning"] { border-left-color: @warning@; background: @warning_ground@; }
QFrame#messageStrip[tone="info"] { border-left-color: @info@; background: @panel@; }
QFrame#messageStrip[tone="good"] { border-left-color: @good@; background: @panel@; }
QFrame#flowFailure { border: none; border-left: 4px solid @danger@; background: @danger_ground@; }
QFrame#flowFailure[tone="warning"] {
    border-left-color: @warning@; background: @warning_ground@;
}
QFrame#flowFailure QLabel { color: @danger@; }
QFrame#flowFailure[tone="warning"] QLabel { color: @warning@; }
QWidget#flowPage { background: @base@; }
QWidget#learnPanel, QWidget#learnPage, QScrollArea#learnScroll { background: @panel@; }
QPushButton[look="toggle"] { padding: 4px 10px; }
QPushButton[look="toggle"]:focus { padding: 3px 9px; }
QPushButton[look="toggle"]:checked {
    background: @selection@; color: @text@; border-color: @accent@;
}
QLabel#exposureLabel {
    color: @warning@; background: @warning_ground@; border-radius: 5px; padding: 3px 8px;
}

QStatusBar { background: @ground@; border-top: 1px solid @border@; color: @muted@; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: @muted@; padding: 2px 8px; }

QMenuBar { background: @ground@; padding: 2px 4px; }
QMenuBar::item { padding: 4px 10px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: @hover@; }
QMenu { background: @base@; border: 1px solid @edge@; padding: 5px; }
QMenu::item { padding: 5px 28px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: @selection@; color: @text@; }
QMenu::item:disabled { color: @muted@; }
QMenu::separator { height: 1px; background: @border@; margin: 5px 8px; }
QMenu::icon { padding-left: 8px; }
QToolTip { background: @panel@; color: @text@; border: 1px solid @edge@; padding: 4px 6px; }

QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: @edge@; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: @muted@; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""
