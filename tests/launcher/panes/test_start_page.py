"""The start page: by itself, and in the window, where it fills in the form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget
from rows import listed

from launcher.core import resources
from launcher.core.state import CAN_START, SessionState
from launcher.panes.start_page import ExampleCard, StartPage

NAMES = [example.name for example in resources.examples()]


class Bench:
    """A page of its own, and what it has reported."""

    def __init__(self, qtbot: Any, width: int = 1100, height: int = 420) -> None:
        self.page = StartPage(resources.examples())
        qtbot.addWidget(self.page)
        self.page.resize(width, height)
        self.asked: list[str] = []
        self.wanted: list[bool] = []
        self.page.exampleRequested.connect(self.asked.append)
        self.page.wanted.connect(self.wanted.append)
        with qtbot.waitExposed(self.page):
            self.page.show()

    def card(self, name: str) -> ExampleCard:
        card = self.page.findChild(ExampleCard, f"exampleButton_{name}")
        assert card is not None
        return card

    def fill_in(self, name: str) -> None:
        example = next(example for example in resources.examples() if example.name == name)
        self.page.show_project(str(example.project))
        self.page.show_app(example.app)


@pytest.fixture
def bench(qtbot: Any) -> Bench:
    return Bench(qtbot)


def test_each_example_is_offered_with_title_and_sentence(bench: Bench) -> None:
    assert [card.example.name for card in bench.page.grid.cards] == NAMES
    for example in resources.examples():
        card = bench.card(example.name)
        assert card.text() == example.title
        assert card.accessibleName() == f"Example: {example.title}"
        assert card.accessibleDescription().startswith(example.description)


@pytest.mark.parametrize("name", NAMES)
def test_a_click_or_a_key_asks_for_the_example(qtbot: Any, bench: Bench, name: str) -> None:
    card = bench.card(name)
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
        qtbot.keyClick(card, key)
    assert bench.asked == [str(card.example.file)] * 4
    assert not card.isChecked(), "only what the form says is marked"


def test_the_card_of_what_is_filled_in_is_marked(bench: Bench) -> None:
    for name in NAMES:
        bench.fill_in(name)
        marked = [card.example.name for card in bench.page.grid.cards if card.isChecked()]
        assert marked == [name]
        assert "filled in" in bench.card(name).accessibleDescription()
    for app, marked_too in (("hello:app", True), ("hello", True), ("hello.py:app", True)):
        bench.fill_in("hello")
        bench.page.show_app(app)
        assert bench.card("hello").isChecked() is marked_too
    bench.page.show_app("other.py")
    assert not bench.card("hello").isChecked()


def test_it_wants_to_be_seen_while_nothing_own_is_chosen(bench: Bench, tmp_path: Path) -> None:
    page = bench.page
    for name in NAMES:
        bench.fill_in(name)
        assert bench.wanted[-1]
    page.show_project(str(tmp_path))
    assert not bench.wanted[-1]
    page.show_project("")
    assert not bench.wanted[-1], "an app without a folder is one's own as well"
    page.show_app("")
    assert bench.wanted[-1]


def test_after_the_first_start_it_comes_only_when_asked_for(bench: Bench) -> None:
    page = bench.page
    bench.fill_in("todo")
    assert page.close_button.isHidden()
    page.follow(SessionState.STARTING)
    assert not bench.wanted[-1]
    page.follow(SessionState.RUNNING)
    page.follow(SessionState.STOPPED)
    assert not bench.wanted[-1]
    page.ask()
    assert bench.wanted[-1]
    assert not page.close_button.isHidden()
    page.leave()
    assert not bench.wanted[-1]
    page.ask()
    page.follow(SessionState.STARTING)
    assert not bench.wanted[-1], "a start shows the requests"


def test_asked_for_beside_an_own_project_it_goes_when_another_is_opened(
    bench: Bench, tmp_path: Path
) -> None:
    bench.page.show_project(str(tmp_path))
    bench.page.ask()
    assert bench.wanted[-1]
    bench.fill_in("uploads")
    assert bench.wanted[-1], "the choice is still to be seen"
    bench.page.show_project(str(tmp_path / "other"))
    assert not bench.wanted[-1]


@pytest.mark.parametrize("state", SessionState)
def test_another_app_can_be_chosen_only_while_none_runs(
    qtbot: Any, bench: Bench, state: SessionState
) -> None:
    bench.page.ask()
    bench.page.follow(state)
    free = state in CAN_START
    for card in bench.page.grid.cards:
        assert card.isEnabled() is free
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert len(bench.asked) == (len(NAMES) if free else 0)
    assert bench.page.folder.isEnabled() is free
    assert ("Stop the server" in bench.page.text.text()) is not free


def test_escape_closes_it_when_it_was_asked_for(qtbot: Any, bench: Bench) -> None:
    bench.fill_in("hello")
    bench.page.follow(SessionState.STARTING)
    bench.page.follow(SessionState.STOPPED)
    bench.page.ask()
    qtbot.keyClick(bench.card("hello"), Qt.Key.Key_Escape)
    assert not bench.wanted[-1]


def test_asking_puts_the_focus_on_what_is_filled_in(qtbot: Any, bench: Bench) -> None:
    bench.page.activateWindow()
    qtbot.waitUntil(bench.page.isActiveWindow)
    bench.fill_in("streaming")
    bench.page.ask()
    assert bench.card("streaming").hasFocus()
    qtbot.keyClick(bench.card("streaming"), Qt.Key.Key_Tab)
    assert bench.card("failures").hasFocus()
    bench.page.show_project("/elsewhere")
    bench.page.ask()
    assert bench.card("hello").hasFocus()


@pytest.mark.parametrize(("width", "columns"), [(1100, 3), (900, 3), (620, 2), (480, 1)])
def test_cards_fit_and_show_all_of_their_text(qtbot: Any, width: int, columns: int) -> None:
    bench = Bench(qtbot, width)
    cards = bench.page.grid.cards
    assert len({card.x() for card in cards}) == columns
    assert len({card.size().toTuple() for card in cards}) == 1
    for card in cards:
        assert card.height() >= card.height_for(card.width())
        left = card.mapTo(bench.page.viewport(), QPoint(0, 0)).x()
        assert left >= 0
        assert left + card.width() <= bench.page.viewport().width()
    assert bench.page.grid.height() >= max(card.geometry().bottom() for card in cards)


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_it_is_painted_in_both_themes_and_all_states(
    qtbot: Any, qapp: Any, appearance: str
) -> None:
    from launcher import theme

    look = theme.Theme.of(qapp)
    bench = Bench(qtbot)
    look.set_appearance(appearance)
    try:
        bench.fill_in("todo")
        shades = theme.colours(bench.page.palette())
        images = {}
        for state in (SessionState.STOPPED, SessionState.RUNNING):
            bench.page.follow(state)
            for name in ("todo", "uploads"):
                images[state, name] = bench.card(name).grab().toImage()
        assert images[SessionState.STOPPED, "todo"].pixelColor(60, 6).name() == shades.selection
        assert images[SessionState.STOPPED, "uploads"].pixelColor(60, 6).name() == shades.panel
        assert images[SessionState.RUNNING, "todo"].pixelColor(60, 6).name() == shades.panel
        down = bench.card("todo")
        bench.page.follow(SessionState.STOPPED)
        down.setDown(True)
        assert down.grab().toImage().pixelColor(60, 6).name() == shades.line
    finally:
        look.set_appearance("system")


def test_texts_are_plain(bench: Bench) -> None:
    for label in bench.page.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText


# In the window


def part(window: Any, name: str) -> Any:
    found = window.findChild(QWidget, name)
    assert found is not None, name
    return found


@pytest.fixture
def first(build_window: Callable[..., Any], qtbot: Any) -> Any:
    """The window as it is at the very first start."""
    window = build_window()
    with qtbot.waitExposed(window):
        window.show()
    return window


def start_and_stop(window: Any, send: Callable[..., None], make: Any) -> None:
    window.page.commands.start.trigger()
    send(make.started(), make.request(1), make.finished(1), make.stopped())


@pytest.fixture
def send(first: Any) -> Callable[..., None]:
    from launcher.bridge import EventBridge

    def report(*events: Any) -> None:
        bridge = first.findChild(EventBridge)
        for event in events:
            bridge.post(event)
        bridge.flush()

    return report


def test_first_start_shows_it_with_hello_chosen(first: Any) -> None:
    assert part(first, "startPage").isVisible()
    assert not part(first, "requestsView").isVisible()
    assert part(first, "exampleButton_hello").isChecked()
    assert part(first, "appCombo").currentText() == "hello.py"
    assert part(first, "startButton").isEnabled()


@pytest.mark.parametrize("name", NAMES)
def test_card_fills_in_the_form_ready_to_start(qtbot: Any, first: Any, name: str) -> None:
    first.activateWindow()
    qtbot.waitUntil(first.isActiveWindow)
    qtbot.keyClick(part(first, f"exampleButton_{name}"), Qt.Key.Key_Return)
    example = next(example for example in resources.examples() if example.name == name)
    config = first.page.form.values()
    assert (Path(config.project), config.app) == (example.project, example.app)
    assert part(first, f"exampleButton_{name}").isChecked()
    assert part(first, "startButton").hasFocus()
    assert part(first, "startPage").isVisible()
    first.page.commands.start.trigger()
    assert first.page.controller.config.app == example.app
    assert not part(first, "startPage").isVisible()
    assert part(first, "requestsView").isVisible()


def test_menu_shows_it_at_any_time(
    qtbot: Any, first: Any, send: Callable[..., None], make: Any
) -> None:
    action = first.page.commands.examples
    assert action in first.findChildren(QAction)
    start_and_stop(first, send, make)
    page, view = part(first, "startPage"), part(first, "requestsView")
    assert not page.isVisible()
    first.page.commands.show_errors.trigger()
    action.trigger()
    assert page.isVisible()
    assert not view.isVisible()
    first.activateWindow()
    qtbot.waitUntil(first.isActiveWindow)
    part(first, "exampleButton_hello").setFocus()
    qtbot.keyClick(part(first, "exampleButton_hello"), Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert view.isVisible()
    assert view.hasFocus()
    assert len(listed(view.model())) == 1

    first.page.commands.start.trigger()
    send(make.started())
    action.trigger()
    assert page.isVisible()
    assert not part(first, "exampleButton_todo").isEnabled()
    qtbot.mouseClick(part(first, "startPageCloseButton"), Qt.MouseButton.LeftButton)
    assert view.isVisible()


def test_whatever_shows_a_request_puts_it_in_front(
    first: Any, send: Callable[..., None], make: Any
) -> None:
    start_and_stop(first, send, make)
    page, view = part(first, "startPage"), part(first, "requestsView")
    for show in (
        lambda: first.page.requests.show_request(0),
        first.page.commands.show_requests.trigger,
    ):
        first.page.commands.examples.trigger()
        assert page.isVisible()
        show()
        assert not page.isVisible()
        assert view.isVisible()
        first.page.form.app.setEditText("another.py")
        assert not page.isVisible(), "it does not come back by itself"


def test_an_own_project_shows_its_set_up_at_once(window: Any, qtbot: Any) -> None:
    qtbot.waitExposed(window)
    assert not part(window, "startPage").isVisible()
    assert part(window, "setupPage").isVisible()


def test_the_folder_button_opens_the_dialog(qtbot: Any, first: Any) -> None:
    qtbot.mouseClick(part(first, "startPageFolderButton"), Qt.MouseButton.LeftButton)
    dialog = first.findChild(QFileDialog, "projectDialog")
    assert dialog is not None
    dialog.reject()


def test_choosing_an_own_folder_shows_its_set_up(first: Any, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def app(environ, start_response):\n    return []\n")
    first.page.form.open_path(str(tmp_path / "own.py"))
    assert not part(first, "startPage").isVisible()
    assert part(first, "setupPage").isVisible()
