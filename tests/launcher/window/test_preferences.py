"""Preferences: page, keys, palette; what they change, and that they are kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QWidget

from launcher import app
from launcher.core import resources
from launcher.core.preferences import PREFERENCES, text_size_beside
from launcher.core.settings import Settings, glance
from launcher.page.history_keeper import HistoryKeeper
from launcher.theme import DARK_COLOURS, Theme
from launcher.theme.fonts import text_size
from launcher.tools.tools import Tools
from launcher.window.preferences import Preferences

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def usual(qapp: Any) -> Any:
    yield
    Theme.of(qapp).set_text_size(1.0)


@pytest.fixture
def dialog(qtbot: Any, window: Any) -> Any:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_Comma, CONTROL)
    found = window.findChild(QDialog, "preferencesDialog")
    assert found.isVisible()
    return found


def choose(dialog: Any, name: str, text: str) -> None:
    combo = dialog.findChild(QComboBox, f"{name}Preference")
    at = combo.findText(text)
    assert at >= 0, [combo.itemText(n) for n in range(combo.count())]
    combo.setCurrentIndex(at)
    combo.activated.emit(at)


def test_every_preference_is_a_field_of_the_settings_with_the_same_default() -> None:
    hints = get_type_hints(Settings)
    for preference in PREFERENCES:
        default = getattr(Settings(), preference.name)
        assert default == preference.default
        assert preference.allows(default)
        assert all(type(c.value) is hints[preference.name] for c in preference.choices)
        assert not preference.allows(None)


def test_what_is_chosen_on_the_page_holds_at_once(qtbot: Any, window: Any, dialog: Any) -> None:
    view = window.page.requests.view
    choose(dialog, "rows", "Compact")
    assert view.row_height == 21
    choose(dialog, "rows", "Normal")
    assert view.row_height == 25
    choose(dialog, "appearance", "Dark")
    assert QApplication.palette().base().color().name() == DARK_COLOURS.base
    action = next(a for a in window.commands.appearance.actions() if a.data() == "dark")
    assert action.isChecked()
    choose(dialog, "kept_requests", "5,000")
    assert window.page.controller.requests._rows.capacity == 5000
    choose(dialog, "history_days", "7 days")
    choose(dialog, "history_megabytes", "256 MB")
    keeper = window.page.findChild(HistoryKeeper)
    assert (keeper._limits.days, keeper._limits.total_bytes) == (7.0, 256 << 20)
    dialog.editor.setEditText("ed {file}")
    dialog.editor.lineEdit().editingFinished.emit()
    assert window.page.links.editor == "ed {file}"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_text_grows_and_shrinks_by_keys_and_the_page_follows(
    qtbot: Any, window: Any, dialog: Any
) -> None:
    before = window.page.head.height(), window.page.head.name.font().pointSizeF()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    for key, size in (
        (Qt.Key.Key_Plus, 1.1),
        (Qt.Key.Key_Equal, 1.25),
        (Qt.Key.Key_Minus, 1.1),
        (Qt.Key.Key_0, 1.0),
    ):
        qtbot.keyClick(window, key, CONTROL)
        assert text_size() == size
        assert dialog.findChild(QComboBox, "text_sizePreference").currentData() == size
    for _ in range(3):
        window.commands.larger_text.trigger()
    head = window.page.head
    assert text_size() == 1.5
    assert head.name.font().pointSizeF() == pytest.approx(before[1] * 1.5)
    assert window.page.latest.title.font().pointSizeF() == pytest.approx(13 * 0.75 * 1.5)
    assert not window.grab().isNull()


def test_text_sizes_end_at_both_ends() -> None:
    assert (text_size_beside(2.0, 1), text_size_beside(0.8, -1), text_size_beside(1.9, -1)) == (
        2.0, 0.8, 1.75
    )  # fmt: skip


def test_each_is_found_in_the_palette(window: Any) -> None:
    entries = {entry.title: entry for entry in window.findChild(Tools).entries()}
    assert (entries["Rows: Normal"].state, entries["Rows: Compact"].state) == (True, False)
    entries["Rows: Compact"].run()
    assert window.page.requests.view.row_height == 21
    entries = {entry.title: entry for entry in window.findChild(Tools).entries()}
    assert entries["Rows: Compact"].state
    assert "Preferences\u2026" in entries


def test_they_are_kept_and_hold_for_pages_that_come_later(
    build_window: Callable[..., Any], tmp_path: Path, fake: Any
) -> None:
    window = build_window(str(resources.example()))
    tools = window.findChild(Tools)
    tools._preferences.set("rows", "compact")
    tools._preferences.set("body_limit", 1 << 20)
    tools._preferences.set("new_windows", "new")
    tools.palette.chosen.emit("action:start")
    kept = json.loads((tmp_path / "data" / "window.json").read_text())
    assert (kept["rows"], kept["lately"]) == ("compact", ["action:start"])
    assert glance(tmp_path / "data").new_windows == "new"
    again = build_window(str(resources.example()))
    assert again.page.requests.view.row_height == 21
    assert again.findChild(Tools).palette.lately == ("action:start",)
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh" / "app.py").write_text("def app(e, s): ...\n")
    from launcher.opening.servers import Servers

    again.findChild(Servers).open_path(str(tmp_path / "fresh"))
    assert again.page.form.draft().body_limit == 1 << 20


@pytest.mark.parametrize("text", ["", "[", "[" * 100_000, "[]", '{"rows": 7, "text_size": 3.5}'])
def test_what_makes_no_sense_counts_as_the_default(tmp_path: Path, text: str) -> None:
    (tmp_path / "window.json").write_text(text)
    assert glance(tmp_path) == Settings()
    assert (tmp_path / "window.json").read_text() == text


def test_a_further_start_opens_another_window_where_that_is_preferred(tmp_path: Path) -> None:
    assert app._hands_over(tmp_path)
    (tmp_path / "window.json").write_text('{"new_windows": "new"}')
    assert not app._hands_over(tmp_path)


def test_setting_what_is_set_changes_nothing(qapp: Any) -> None:
    preferences = Preferences(Settings(), Theme.of(qapp))
    seen: list[object] = []
    preferences.changed.connect(seen.append)
    preferences.set("rows", "normal")
    preferences.set("rows", "compact")
    assert len(seen) == 1
    assert preferences.added_to(Settings(geometry="x")).geometry == "x"


def test_every_row_of_the_page_has_a_name_and_fits(window: Any, dialog: Any) -> None:
    assert window.rect().width() >= dialog.width()
    for combo in dialog.findChildren(QComboBox):
        assert combo.accessibleName()
    assert isinstance(dialog, QWidget)
