"""The theme: readable in light and dark, and in step with the system."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from launcher import theme
from launcher.theme import DARK_COLOURS, LIGHT_COLOURS, Colours, Theme


@pytest.fixture
def look(qapp: QApplication) -> Any:
    made = Theme.of(qapp)
    yield made
    made.set_appearance("system")


def luminance(name: str) -> float:
    colour = QColor(name)
    parts = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for c in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("shades", [LIGHT_COLOURS, DARK_COLOURS], ids=["light", "dark"])
def test_each_text_can_be_read_on_each_of_its_grounds(shades: Colours) -> None:
    tones = ("text", "muted", "good", "info", "warning", "danger", "link", "yours")
    for ground in ("base", "panel", "ground"):
        for tone in tones:
            ratio = contrast(getattr(shades, tone), getattr(shades, ground))
            assert ratio >= 4.5, f"{tone} on {ground}: {ratio:.2f}"
    for tone in ("text", "good", "info", "warning", "danger"):
        ratio = contrast(getattr(shades, tone), shades.selection)
        assert ratio >= 4.5 or tone != "text", f"{tone} on selection: {ratio:.2f}"
        assert ratio >= 3.0, f"{tone} on selection: {ratio:.2f}"
    for ground in ("accent", "accent_hover", "accent_pressed"):
        assert contrast(shades.on_accent, getattr(shades, ground)) >= 4.5
    assert contrast(shades.danger, shades.danger_ground) >= 4.5
    assert contrast(shades.warning, shades.warning_ground) >= 4.5


def test_a_choice_goes_before_the_system(qtbot: Any, look: Theme, qapp: QApplication) -> None:
    for appearance, shades in (("dark", DARK_COLOURS), ("light", LIGHT_COLOURS)):
        look.set_appearance(appearance)
        assert qapp.palette().color(QPalette.ColorRole.Base).name() == shades.base
        assert theme.colours(qapp.palette()) is shades


def test_it_follows_the_system(
    qtbot: Any, look: Theme, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme = Qt.ColorScheme.Dark

    class Hints:
        def colorScheme(self) -> Qt.ColorScheme:  # noqa: N802
            return scheme

    monkeypatch.setattr(theme.QGuiApplication, "styleHints", staticmethod(Hints))
    with qtbot.waitSignal(look.changed, timeout=1000):
        qapp.styleHints  # noqa: B018  # the real one still exists
        look._follow()
    assert theme.colours(qapp.palette()) is DARK_COLOURS
    scheme = Qt.ColorScheme.Light
    look._follow()
    assert theme.colours(qapp.palette()) is LIGHT_COLOURS


def test_there_is_one_for_an_application(look: Theme, qapp: QApplication) -> None:
    assert Theme.of(qapp) is look


def test_icons_have_both_themes_and_a_disabled_look(look: Theme, qapp: QApplication) -> None:
    look.set_appearance("light")
    light = theme.icon("stop", qapp.palette()).pixmap(16, 16).toImage().pixelColor(8, 8).name()
    look.set_appearance("dark")
    dark = theme.icon("stop", qapp.palette()).pixmap(16, 16).toImage().pixelColor(8, 8).name()
    assert (light, dark) == (LIGHT_COLOURS.text, DARK_COLOURS.text)


def test_tooltips_are_text() -> None:
    assert theme.plain_tooltip("<b>&") == "<qt>&lt;b&gt;&amp;</qt>"
    assert theme.plain_tooltip("a\nb") == "<qt>a<br>b</qt>"
    assert theme.plain_tooltip("") == ""
