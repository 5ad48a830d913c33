"""The theme: readable in light and dark, and in step with the system."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

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
    grounds = ("base", "panel", "ground", "hover", "selection", "selection_blurred")
    tones = ("text", "soft", "muted", "good", "info", "warning", "danger", "yours")
    pairs = [(tone, ground) for tone in tones for ground in grounds]
    pairs += [("link", ground) for ground in ("base", "panel", "ground", "tint")]
    pairs += [("text", ground) for ground in ("field", "find", "find_current", "danger_ground")]
    pairs += [("on_accent", ground) for ground in ("accent", "accent_hover", "accent_pressed")]
    pairs += [(tone, f"{tone}_ground") for tone in ("warning", "danger", "yours")]
    for tone, ground in pairs:
        ratio = contrast(getattr(shades, tone), getattr(shades, ground))
        assert ratio >= 4.5, f"{tone} on {ground}: {ratio:.2f}"


@pytest.mark.parametrize("shades", [LIGHT_COLOURS, DARK_COLOURS], ids=["light", "dark"])
def test_each_bar_can_be_seen(shades: Colours) -> None:
    for bar in ("server_bar", "framework_bar", "yours_bar", "sql", "http", "template", "accent"):
        assert contrast(getattr(shades, bar), shades.base) >= 3.0, bar


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


class StyleChanges(QObject):
    """Counts how often widgets are styled."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.counts = dict.fromkeys((widget.objectName() for widget in widgets), 0)
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.counts[watched.objectName()] += event.type() == QEvent.Type.StyleChange
        return False


def test_a_change_of_theme_styles_a_widget_no_oftener_for_having_many_parents(
    qtbot: Any, window: Any, look: Theme
) -> None:
    window.show()
    deep = window.page.requests.details.response.body.view
    changes = StyleChanges(window, deep)
    look.set_appearance("dark")
    assert deep.palette().color(QPalette.ColorRole.Base) == QColor(DARK_COLOURS.base)
    look.set_appearance("light")
    of_window, of_deep = changes.counts.values()
    assert 0 < of_deep <= of_window


def test_a_window_that_is_not_shown_yet_has_the_signs_of_the_theme(
    look: Theme, build_window: Callable[..., Any], tmp_path: Path
) -> None:
    """Its own palette may be the last one that is another."""
    look.set_appearance("light")
    (tmp_path / "app.py").write_text("def app(environ, start_response): ...\n")
    first, second = (build_window(str(tmp_path / "app.py"), data=tmp_path / n) for n in "ab")
    first.show()
    look.set_appearance("dark")
    second.show()
    tones = set()
    for page in (first.page, second.page):
        sign = page.requests.bar.sign.pixmap().toImage()
        pixels = (sign.pixelColor(x, y) for x in range(16) for y in range(16))
        tones |= {colour.name() for colour in pixels if colour.alpha() == 255}
    assert tones == {DARK_COLOURS.muted}


def test_a_hidden_part_has_the_signs_of_the_theme(
    look: Theme, build_window: Callable[..., Any], tmp_path: Path
) -> None:
    look.set_appearance("light")
    (tmp_path / "app.py").write_text("def app(environ, start_response): ...\n")
    window = build_window(str(tmp_path / "app.py"), data=tmp_path / "data")
    look.set_appearance("dark")
    sign = window.sidebar.add.icon().pixmap(16, 16).toImage()
    pixels = (sign.pixelColor(x, y) for x in range(16) for y in range(16))
    assert {colour.name() for colour in pixels if colour.alpha() == 255} == {DARK_COLOURS.soft}


def test_there_is_one_for_an_application(look: Theme, qapp: QApplication) -> None:
    assert Theme.of(qapp) is look


def test_icons_have_both_themes_and_a_disabled_look(look: Theme, qapp: QApplication) -> None:
    look.set_appearance("light")
    light = theme.icon("stop", qapp.palette()).pixmap(16, 16).toImage().pixelColor(8, 8).name()
    look.set_appearance("dark")
    dark = theme.icon("stop", qapp.palette()).pixmap(16, 16).toImage().pixelColor(8, 8).name()
    assert (light, dark) == (LIGHT_COLOURS.text, DARK_COLOURS.text)


@pytest.mark.parametrize("kind", [QLineEdit, QPlainTextEdit])
def test_what_stands_in_an_empty_field_can_be_read(
    qtbot: Any, look: Theme, kind: type[QLineEdit | QPlainTextEdit]
) -> None:
    look.set_appearance("light")
    field = kind()
    qtbot.addWidget(field)
    field.setPlaceholderText("beside .env")
    field.ensurePolished()
    tone = field.palette().color(QPalette.ColorRole.PlaceholderText)
    assert tone.alpha() == 255
    assert contrast(tone.name(), LIGHT_COLOURS.field) >= 4.5


def test_fields_beside_each_other_are_of_one_height(qtbot: Any, look: Theme) -> None:
    fields = (QLineEdit(), QComboBox(), QSpinBox())
    for field in fields:
        qtbot.addWidget(field)
        field.ensurePolished()
    assert len({field.sizeHint().height() for field in fields}) == 1


def test_an_icon_keeps_off_the_words_of_its_button(qtbot: Any, qapp: QApplication) -> None:
    alone, beside = QPushButton(), QPushButton("Copy")
    for button in (alone, beside):
        qtbot.addWidget(button)
        theme.set_icon(button, "copy")
    assert alone.iconSize().width() == alone.iconSize().height()
    wide = beside.iconSize()
    assert wide.width() > wide.height()
    drawn = beside.icon().pixmap(wide, 1.0).toImage()
    gap = range(wide.height(), wide.width())
    assert not any(drawn.pixelColor(x, y).alpha() for x in gap for y in range(wide.height()))


def test_a_transparent_widget_has_the_applications_colours(look: Theme, qapp: QApplication) -> None:
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
    look.set_appearance("light")
    assert theme.colours(palette) is LIGHT_COLOURS
    look.set_appearance("dark")
    assert theme.colours(palette) is DARK_COLOURS


def test_text_may_be_larger(qtbot: Any, look: Theme, qapp: QApplication) -> None:
    usual = theme.font("text").pointSizeF()
    with qtbot.waitSignal(look.changed, timeout=1000):
        look.set_text_size(1.49)
    try:
        assert look.text_size == 1.5
        assert theme.font("text").pointSizeF() == pytest.approx(usual * 1.5)
        assert qapp.font().pointSizeF() == pytest.approx(usual * 1.5)
    finally:
        look.set_text_size(1.0)
    assert theme.monospace().pointSizeF() == pytest.approx(9.0)


def test_tooltips_are_text() -> None:
    assert theme.plain_tooltip("<b>&") == "<qt>&lt;b&gt;&amp;</qt>"
    assert theme.plain_tooltip("a\nb") == "<qt>a<br>b</qt>"
    assert theme.plain_tooltip("") == ""


def test_a_widget_with_a_role_follows_the_text_size(
    qtbot: Any, look: Theme, qapp: QApplication
) -> None:
    plain, heavier = QLabel("a"), QLabel("b")
    for label in (plain, heavier):
        qtbot.addWidget(label)
    theme.set_font(plain, "error")
    theme.set_font(heavier, "mono", 600)
    usual = plain.font().pointSizeF()
    look.set_text_size(1.5)
    try:
        assert plain.font().pointSizeF() == pytest.approx(usual * 1.5)
        assert heavier.font().weight() == 600
        assert heavier.font().pointSizeF() == pytest.approx(theme.font("mono").pointSizeF())
    finally:
        look.set_text_size(1.0)
    assert plain.font().pointSizeF() == pytest.approx(usual)


def test_a_widget_without_a_role_follows_the_text_size_too(
    qtbot: Any, look: Theme, qapp: QApplication
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    parts = [QPushButton("a"), QLabel("b"), QLineEdit("c"), QComboBox(), QPushButton("d")]
    for part in parts:
        layout.addWidget(part)
    parts[-1].hide()  # it is looked at later
    with qtbot.waitExposed(window):
        window.show()
    usual, height = parts[0].font().pointSizeF(), parts[0].sizeHint().height()
    combo = parts[3]
    least = combo.minimumSizeHint().height()
    look.set_text_size(1.5)
    try:
        assert [part.font().pointSizeF() for part in parts] == [pytest.approx(usual * 1.5)] * 5
        assert parts[0].sizeHint().height() > height
        assert combo.minimumSizeHint().height() > least  # which it remembers
    finally:
        look.set_text_size(1.0)
    assert combo.minimumSizeHint().height() == least
    assert [part.font().pointSizeF() for part in parts] == [pytest.approx(usual)] * 5


def test_widgets_get_their_font_by_role() -> None:
    """A font that was set once stays as it is when the text size changes."""
    once = re.compile(
        r"(self|label|title|button)(\.\w+)?\.setFont\(theme\."
        r"|self\.\w+ = theme\.(font|monospace)\("
    )
    for file in Path(theme.__file__).parents[1].glob("panes/**/*.py"):
        for line in file.read_text(encoding="utf-8").splitlines():
            assert not once.search(line), f"{file.name}: {line}"


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_long_list_to_choose_from_is_as_high_as_it_is_to_be(qtbot: Any, window: Any) -> None:
    """Not as high as the screen, which cuts its last row."""
    picker = window.page.flow.bar.picker
    window.page.panes.setCurrentWidget(window.page.flow)
    for number in range(100):
        picker.addItem(f"GET /items/{number}")
    picker.setCurrentIndex(99)
    qtbot.waitUntil(picker.isVisible)
    picker.showPopup()
    rows = picker.view()

    def is_whole() -> bool:
        last = rows.visualRect(rows.model().index(99, 0))
        is_high = rows.viewport().height() == last.height() * picker.maxVisibleItems()
        is_wide = rows.verticalScrollBar().isVisible() and rows.width() >= 380
        return is_high and is_wide and rows.viewport().rect().contains(last)

    qtbot.waitUntil(lambda: rows.isVisible() and is_whole())
    picker.hidePopup()
