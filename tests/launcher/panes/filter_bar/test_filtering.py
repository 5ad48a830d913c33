"""The bar above the requests, by mouse and keyboard, over logs of its own."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu

from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import RequestLog
from launcher.core.profiles import ProjectFilters
from launcher.models.requests import DURATION, METHOD, NAMES, PATH, STATUS
from launcher.panes.requests import RequestsPane
from server.events import Body


class Bench:
    """A shown pane over logs of its own."""

    def __init__(self, qtbot: Any, make: Any, capacity: int = 1000) -> None:
        self.qtbot = qtbot
        self.make = make
        self.log = RequestLog(capacity, capacity // 5)
        self.pane = RequestsPane(self.log, ErrorLog())
        self.bar, self.view = self.pane.bar, self.pane.view
        self.filtering = self.pane.filtering
        qtbot.addWidget(self.pane)
        self.pane.resize(1200, 500)
        with qtbot.waitExposed(self.pane):
            self.pane.show()

    def add(self, path: str, status: int = 200, **facts: Any) -> int:
        number = self.log.end
        event = self.make.finished(number + 1, path, status=status, **facts)
        self.log.add_finished(event)
        return number

    def show_now(self) -> None:
        self.pane.refresh()
        self.view.catch_up()
        self.filtering.count()

    def paths(self) -> list[str]:
        model = self.pane.model
        while model.progress is not None:  # a busy machine looks at few rows in one go
            self.view.catch_up()
        self.filtering.count()
        rows = range(model.rowCount())
        return [model.index(row, PATH).data() for row in rows]

    def type(self, text: str) -> None:
        """Write into the field, and wait until it is used, or refused."""
        field = self.bar.field
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()
        QTest.keyClicks(field, text)
        field.use_now()

    def menu(self, row: int, column: int) -> list[Any]:
        self.view.setCurrentIndex(self.pane.model.index(row, PATH))
        self.view.menu_column = column
        menu = QMenu()
        self.qtbot.addWidget(menu)
        self.view.menuWanted.emit(menu)
        self._menu = menu
        return [action for action in menu.actions() if not action.isSeparator()]

    def choose(self, row: int, column: int, text: str) -> None:
        next(a for a in self.menu(row, column) if a.text().startswith(text)).trigger()


@pytest.fixture
def bench(qtbot: Any, make: Any) -> Bench:
    return Bench(qtbot, make)


@pytest.fixture
def shop(bench: Bench) -> Bench:
    bench.add("/items")
    bench.add("/static/app.css")
    bench.add("/static/broken.css", 500)
    bench.add("/deep", 500)
    bench.add("/slow", duration=2.0)
    bench.add("/health")
    bench.add("/favicon.ico", 404)
    bench.show_now()
    return bench


def test_static_files_are_hidden_with_their_count_but_no_error_is(shop: Bench) -> None:
    assert shop.paths() == ["/items", "/static/broken.css", "/deep", "/slow", "/health"]
    assert shop.bar.static.isChecked()
    counts = [chip.count for chip in (shop.bar.errors, shop.bar.slow, shop.bar.static)]
    assert counts == [2, 1, 2]
    assert shop.bar.shown.isVisible()
    assert shop.bar.shown.text() == "5 of 7 shown"
    QTest.mouseClick(shop.bar.shown, Qt.MouseButton.LeftButton)
    assert len(shop.paths()) == 7
    assert not shop.bar.static.isChecked()
    assert not shop.bar.shown.isVisible()


def test_rows_that_are_about_to_be_shown_are_not_counted_as_hidden(bench: Bench) -> None:
    for path in ("/one", "/two"):
        bench.add(path)
        bench.filtering.count()
        assert not bench.bar.shown.isVisible()
    bench.show_now()
    assert bench.pane.model.shown == bench.pane.model.total == 2
    assert not bench.bar.shown.isVisible()


def test_what_is_written_narrows_the_list_and_new_rows(shop: Bench) -> None:
    shop.type("path:/s status:500")
    assert shop.paths() == ["/static/broken.css"]
    assert shop.bar.shown.text() == "1 of 7 shown"
    shop.add("/s/new", 500)
    shop.add("/other", 500)
    shop.show_now()
    assert shop.paths() == ["/static/broken.css", "/s/new"]
    assert shop.bar.shown.text() == "2 of 9 shown"


def test_while_it_is_incomplete_the_last_filter_stays_and_the_place_is_marked(shop: Bench) -> None:
    shop.type("deep")
    assert shop.paths() == ["/deep"]
    shop.type("deep status:")
    field = shop.bar.field
    assert shop.paths() == ["/deep"]
    assert field.mistake is not None
    assert field.help.sentence.text() == "A value is expected right after status:, such as 5xx."
    assert not field.property("invalid")  # it may still become right
    assert field.accessibleDescription() == field.mistake.message
    shop.type("status:x deep")
    assert field.property("invalid")
    assert shop.paths() == ["/deep"]
    shop.type("items")
    assert field.mistake is None
    assert not field.property("invalid")
    assert shop.paths() == ["/items"]


def test_chips_narrow_together_and_are_seen_to(shop: Bench) -> None:
    shop.bar.errors.click()
    assert shop.paths() == ["/static/broken.css", "/deep"]
    shop.bar.slow.click()
    assert shop.paths() == []
    assert shop.view.hint.title == "No request fits"
    shop.bar.errors.click()
    assert shop.paths() == ["/slow"]
    shop.filtering.reset()
    assert len(shop.paths()) == 7


def test_a_proposal_is_taken_by_keys_and_by_the_mouse(shop: Bench) -> None:
    field = shop.bar.field
    field.setFocus(Qt.FocusReason.OtherFocusReason)
    QTest.keyClicks(field, "me")
    assert field.help.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert field.text() == "method:"
    assert field.hasFocus()
    field.help.list.itemClicked.emit(field.help.list.item(0))
    assert field.text() == "method:GET "
    assert not field.help.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert shop.view.hasFocus()
    assert field.text() == "method:GET "


def test_values_are_proposed_as_they_were_seen(shop: Bench) -> None:
    field = shop.bar.field
    field.setFocus(Qt.FocusReason.OtherFocusReason)
    QTest.keyClicks(field, "path:/he")
    assert field.help.list.item(0).text() == "/health"
    QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(field, Qt.Key.Key_Return)
    field.use_now()
    assert shop.paths() == ["/health"]


def test_what_clients_have_sent_is_proposed_on_one_line_and_taken_whole(bench: Bench) -> None:
    deceiving = "/\u202egnp.exe" + "x" * 10_000
    bench.add(deceiving)
    bench.show_now()
    bench.type("path:/")
    proposals = bench.bar.field.help.list
    shown = proposals.item(0).text()
    assert len(shown) < 200
    assert "\u202e" not in shown
    QTest.keyClick(bench.bar.field, Qt.Key.Key_Down)
    QTest.keyClick(bench.bar.field, Qt.Key.Key_Return)
    assert deceiving in bench.bar.field.text()
    bench.bar.field.setText("\u202e" + "y" * 5_000 + ":1")
    bench.bar.field.open_help()
    sentence = bench.bar.field.help.sentence.text()
    assert len(sentence) < 400
    assert "\u202e" not in sentence


@pytest.mark.parametrize("keys", ["/", "Ctrl+F"])
def test_a_key_leads_to_the_field(shop: Bench, keys: str) -> None:
    shop.pane.activateWindow()
    shop.view.setFocus()
    shop.qtbot.waitUntil(shop.view.hasFocus)
    QTest.keySequence(shop.view, QKeySequence(keys))
    assert shop.bar.field.hasFocus()
    assert shop.bar.field.help.isVisible()  # what may be written
    assert shop.pane.findChild(QLineEdit, "requestFilter") is shop.bar.field


def test_a_cell_offers_itself(shop: Bench) -> None:
    shop.choose(0, STATUS, "All but status:200")
    assert shop.paths() == ["/static/broken.css", "/deep"]
    assert shop.bar.field.text() == "-status:200"
    shop.choose(1, PATH, "Only path:=/deep")
    assert shop.paths() == ["/deep"]
    assert shop.bar.field.text() == "-status:200 path:=/deep"
    shop.choose(0, METHOD, "All but method:GET")
    assert shop.paths() == []


def test_a_path_is_hidden_in_the_project_counted_and_shown_again(shop: Bench) -> None:
    kept = shop.qtbot.waitSignal(shop.filtering.kept)
    with kept:
        shop.choose(4, PATH, "Hide /health in this project")
    assert shop.filtering.filters == ProjectFilters(hidden=("path:=/health",))
    assert "/health" not in shop.paths()
    assert shop.bar.rules.isVisible()
    assert (shop.bar.rules.text(), shop.bar.rules.count) == ("1 rule, hidden", 1)
    number = shop.add("/health", 503)
    shop.show_now()
    assert shop.pane.model.index_of(number).isValid()  # a failure never hides
    menu = QMenu()
    shop.qtbot.addWidget(menu)
    shop.bar.rulesWanted.emit(menu)
    (again,) = [action for action in menu.actions() if not action.isSeparator()]
    assert again.text() == "Show path:=/health again"
    again.trigger()
    assert shop.paths().count("/health") == 2
    assert not shop.bar.rules.isVisible()


def test_filters_are_saved_chosen_and_forgotten(shop: Bench) -> None:
    def entries() -> dict[str, Any]:
        menu = QMenu()
        shop.qtbot.addWidget(menu)
        shop.bar.moreWanted.emit(menu)
        shop._menu = menu
        return {action.text(): action for action in menu.actions()}

    shop.type("is:slow")
    entries()["Save this filter"].trigger()
    assert shop.filtering.filters.saved == ("is:slow",)
    shop.filtering.reset()
    entries()["is:slow"].trigger()
    assert shop.paths() == ["/slow"]
    entries()["Forget this filter"].trigger()
    assert shop.filtering.filters.saved == ()


def test_show_in_context(shop: Bench) -> None:
    for number in range(200):
        shop.add(f"/{number}")
    shop.show_now()
    shop.type("is:slow")
    shop.choose(0, PATH, "Show in context")
    assert len(shop.paths()) == 207
    index = shop.view.currentIndex()
    assert index.siblingAtColumn(PATH).data() == "/slow"
    assert shop.view.viewport().rect().intersects(shop.view.visualRect(index))
    assert not shop.pane.follower.following


def test_a_link_to_a_hidden_request_shows_it(shop: Bench) -> None:
    assert shop.pane.show_request(1)
    assert shop.view.currentIndex().siblingAtColumn(PATH).data() == "/static/app.css"


def test_a_click_on_the_header_sorts_the_other_way_round_and_not_at_all(shop: Bench) -> None:
    header = shop.view.columns
    arrival = shop.paths()
    header.sectionClicked.emit(DURATION)
    assert shop.paths()[-1] == "/slow"
    header.sectionClicked.emit(DURATION)
    assert shop.paths()[0] == "/slow"
    shop.add("/slower", duration=9.0)
    shop.show_now()
    assert shop.paths()[0] == "/slower"
    header.sectionClicked.emit(DURATION)
    assert shop.paths() == [*arrival, "/slower"]


def test_a_sorted_list_counts_nothing_as_new_at_its_end(bench: Bench) -> None:
    for number in range(60):
        bench.add(f"/{number}")
    bench.show_now()
    bench.pane.follower.pause()
    bench.add("/a")
    bench.show_now()
    assert bench.pane.follower.button.isVisible()
    bench.filtering.sort(DURATION, True)
    bench.add("/b", duration=5.0)
    bench.show_now()
    assert not bench.pane.follower.button.isVisible()
    assert bench.paths()[0] == "/b"


def test_a_held_list_stays_as_it_is_and_counts(shop: Bench) -> None:
    before = shop.paths()
    QTest.keyClick(shop.view, Qt.Key.Key_Space)
    shop.add("/new")
    shop.pane.refresh()
    assert shop.paths() == before
    assert shop.bar.held.isVisible()
    assert shop.bar.held.text().endswith("1 new")
    QTest.keyClick(shop.view, Qt.Key.Key_Space)
    assert not shop.bar.held.isVisible()
    shop.qtbot.waitUntil(lambda: shop.paths() == [*before, "/new"])


def test_m_asks_for_a_mark(shop: Bench) -> None:
    with shop.qtbot.waitSignal(shop.pane.markWanted):
        QTest.keyClick(shop.view, Qt.Key.Key_M)


def test_only_the_view_of_the_selected_request(bench: Bench) -> None:
    bench.add("/a/1", endpoint="shop.a")
    bench.add("/b", endpoint="shop.b")
    bench.add("/a/2", endpoint="shop.a")
    bench.show_now()
    assert not bench.bar.endpoint.isVisible()
    bench.pane.show_request(0)
    assert bench.bar.endpoint.isVisible()
    bench.bar.endpoint.click()
    assert bench.paths() == ["/a/1", "/a/2"]
    assert bench.bar.endpoint.text() == "Only shop.a"
    bench.bar.endpoint.click()
    assert len(bench.paths()) == 3


def test_what_is_chosen_is_remembered(shop: Bench, qtbot: Any, make: Any) -> None:
    shop.type("path:/")
    shop.bar.slow.click()
    shop.bar.static.click()
    shop.filtering.sort(DURATION, True)
    columns = shop.view.columns
    columns.choose(NAMES.index("host"), True)
    columns.moveSection(columns.visualIndex(STATUS), 0)
    choice = shop.filtering.choice()
    other = Bench(qtbot, make)
    other.filtering.restore(choice)
    assert other.filtering.choice() == choice
    assert other.bar.field.text() == "path:/"
    assert not other.view.columns.isSectionHidden(NAMES.index("host"))
    assert other.view.columns.visualIndex(STATUS) == 0
    for spoilt in ({}, {"filter": 3, "sort": "x", "columns": {"order": "x", "widths": [1]}}):
        other.filtering.restore(spoilt)


def test_in_a_narrow_pane_what_hides_rows_stays_in_sight(shop: Bench) -> None:
    shop.filtering.set_filters(ProjectFilters(hidden=("path:=/health",)))
    shop.pane.resize(640, 400)
    shop.qtbot.waitUntil(lambda: shop.bar.width() == 640)
    parts = (shop.bar.static, shop.bar.rules, shop.bar.shown, shop.bar.more)

    def fits() -> bool:
        whole = all(part.width() >= part.minimumSizeHint().width() for part in parts)
        within = all(part.isVisible() and part.geometry().right() < 640 for part in parts)
        return whole and within and shop.bar.field.width() >= 150

    shop.qtbot.waitUntil(fits)


def test_the_model_keeps_to_qt_s_rules_while_it_grows_trims_filters_and_sorts(
    qtbot: Any, make: Any, qtmodeltester: Any
) -> None:
    bench = Bench(qtbot, make, capacity=30)
    qtmodeltester.check(bench.pane.model, force_py=False)
    for step in range(20):
        for number in range(12):
            status = (200, 404, 500)[number % 3]
            bench.add(f"/{number % 7}", status, response_body=Body(number))
        bench.view.catch_up()
        match step % 5:
            case 0:
                bench.type(f"path:/{step % 7}")
            case 1:
                bench.filtering.sort(DURATION, step % 2 == 0)
            case 2:
                bench.bar.errors.click()
            case 3:
                bench.filtering.sort(-1, False)
            case 4:
                bench.filtering.reset()
    assert bench.log.first > 0


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_menu_at_the_end_has_clear_and_the_place_of_the_details(shop: Bench) -> None:
    menu = shop.bar.menu
    shop.filtering.set_filters(ProjectFilters(saved=("is:slow",)))
    for _twice in range(2):
        shop.bar.more.click()
        shop.qtbot.waitUntil(menu.isVisible)
        texts = [action.text() for action in menu.actions()]
        assert texts.count("is:slow") == 1
        assert menu.clear_list.isVisible()
        assert menu.position.isVisible()
        with shop.qtbot.waitSignal(shop.pane.clearWanted, timeout=1000):
            shop.qtbot.mouseClick(menu.clear_list, Qt.MouseButton.LeftButton)
        shop.qtbot.waitUntil(lambda: not menu.isVisible())
    # By keyboard: down to a button, and Enter.
    shop.bar.more.click()
    shop.qtbot.waitUntil(menu.isVisible)
    menu.setActiveAction(menu.actions()[1])
    menu.clear_list.setFocus()
    with shop.qtbot.waitSignal(shop.pane.clearWanted, timeout=1000):
        shop.qtbot.keyClick(menu.clear_list, Qt.Key.Key_Return)
    shop.qtbot.waitUntil(lambda: not menu.isVisible())


def test_what_stands_below_the_field_is_as_wide_as_it_is(qtbot: Any, shop: Bench) -> None:
    shop.pane.resize(2400, 500)
    field = shop.bar.field
    field.setFocus(Qt.FocusReason.OtherFocusReason)
    field.open_help()
    qtbot.waitUntil(lambda: field.help.width() == field.width())
    before = field.width()
    shop.pane.resize(2300, 500)
    qtbot.waitUntil(lambda: field.help.width() == field.width() < before)
