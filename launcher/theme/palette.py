"""The colours: one table of roles, in light and in dark, and Qt's palette made of them.

Each text colour has a contrast of at least 4.5 : 1 on each of the grounds it is used on.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QGuiApplication, QPalette

from server.base.values import dataclass

__all__ = ["DARK_COLOURS", "LIGHT_COLOURS", "Colours", "colour", "colours", "qt_palette"]


@dataclass(frozen=True)
class Colours:
    """The colours of one theme, as ``#rrggbb``."""

    ground: str  # head, side bar, tabs, status bar
    panel: str  # table header, foot of the set-up; in the dark menus and plain buttons, too
    base: str  # lists, code, pages
    field: str  # inputs
    hover: str  # what the pointer is over
    line: str  # hairlines; what is pressed
    edge: str  # borders of controls, scroll bars, a switch that is off
    text: str  # a datum
    soft: str  # a second datum
    muted: str  # a label
    faint: str  # what is disabled, and decoration; never text that has to be read
    bar: str  # duration bars
    accent: str  # the primary button, the current tab, focus, what runs
    accent_hover: str
    accent_pressed: str
    on_accent: str  # text on these three
    link: str  # addresses, strings in code, text on tint
    tint: str  # a chip that is on, a method that writes, an added line
    selection: str  # selected rows
    selection_blurred: str  # the same while the focus is elsewhere; a removed line
    good: str  # 2xx, running, the same
    info: str  # 3xx, changed, numbers in code
    warning: str  # 4xx, slow, duplicate queries, WARNING; nothing else
    warning_ground: str
    danger: str  # 5xx, errors, what failed
    danger_ground: str
    yours: str  # the user's own code: frames, places, loggers, endpoints, files
    yours_ground: str
    find: str  # hits of a search
    find_current: str  # the current one
    server_bar: str  # parties in Flow
    framework_bar: str
    yours_bar: str
    sql: str  # spans in Flow, each with its icon
    http: str
    template: str


_ROLES = (
    ("ground", "#f3f5f6", "#14191e"),
    ("panel", "#f8fafa", "#171d22"),
    ("base", "#ffffff", "#101519"),
    ("field", "#ffffff", "#0d1216"),
    ("hover", "#eef2f3", "#1f272d"),
    ("line", "#e2e7ea", "#242d34"),
    ("edge", "#c6d0d6", "#3b4751"),
    ("text", "#16212b", "#e3e9ed"),
    ("soft", "#3d4a55", "#b7c2ca"),
    ("muted", "#596771", "#97a4ae"),
    ("faint", "#9aa7b0", "#5f6c76"),
    ("bar", "#aab6be", "#4d5a64"),
    ("accent", "#0b766f", "#1d9a8d"),
    ("accent_hover", "#0a6a64", "#22aa9c"),
    ("accent_pressed", "#085650", "#1a9084"),
    ("on_accent", "#ffffff", "#04110f"),
    ("link", "#0a6a64", "#4fd0c0"),
    ("tint", "#e3f2f0", "#12302d"),
    ("selection", "#d8eeea", "#163c38"),
    ("selection_blurred", "#e6ebed", "#242c32"),
    ("good", "#177245", "#52c98a"),
    ("info", "#2b62b8", "#7cb0ff"),
    ("warning", "#8a5600", "#eab54a"),
    ("warning_ground", "#fff6e3", "#2b2412"),
    ("danger", "#b9252f", "#ff8080"),
    ("danger_ground", "#fdf1f1", "#2a191c"),
    ("yours", "#7b3fb5", "#c39bff"),
    ("yours_ground", "#f8f3fd", "#1e1a2b"),
    ("find", "#ffe9a8", "#4d4012"),
    ("find_current", "#ffc94d", "#775c0c"),
    ("server_bar", "#74838f", "#8796a2"),
    ("framework_bar", "#1d9a8d", "#1d9a8d"),
    ("yours_bar", "#9a5fd0", "#c39bff"),
    ("sql", "#3f76d8", "#7ca6f5"),
    ("http", "#c64a92", "#ef8cc6"),
    ("template", "#7d9426", "#b5c95c"),
)

LIGHT_COLOURS = Colours(**{name: light for name, light, _ in _ROLES})
DARK_COLOURS = Colours(**{name: dark for name, _, dark in _ROLES})


def colours(palette: QPalette) -> Colours:
    """The colours that belong to the palette a widget is painted with.

    One that the style sheet makes transparent has no ground of its own: the application's counts.
    """
    base = palette.color(QPalette.ColorRole.Base)
    if base.alpha() < 255:
        base = QGuiApplication.palette().color(QPalette.ColorRole.Base)
    return DARK_COLOURS if base.lightness() < 128 else LIGHT_COLOURS


def colour(palette: QPalette, name: str) -> QColor:
    """One of the fields of :class:`Colours` as a colour, in the theme of the palette."""
    return QColor(getattr(colours(palette), name))


def qt_palette(shades: Colours) -> QPalette:
    """What Qt's own widgets are painted with."""
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
        (role.Midlight, shades.line),
        (role.Mid, shades.edge),
        (role.Dark, shades.edge),
        (role.Shadow, shades.edge),
    ):
        palette.setColor(which, QColor(name))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(group.Disabled, which, QColor(shades.faint))
    palette.setColor(group.Disabled, role.Highlight, QColor(shades.edge))
    palette.setColor(group.Disabled, role.Base, QColor(shades.ground))
    palette.setColor(group.Inactive, role.Highlight, QColor(shades.accent))
    return palette
