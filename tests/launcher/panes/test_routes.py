"""The list of rules, and the ways from it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from launcher.core.logs.routes import RouteLog
from launcher.models.routes import COLUMNS, COUNT, DEFINED, ERRORS, RULE, RoutesModel
from launcher.panes.routes import RoutesPane
from launcher.theme import Theme
from server.events import RequestFinished, Route

ITEMS = Route("/items", ("GET", "POST"), "items", "/shop/views/shop.py", 3)
ITEM = Route("/items/<int:id>", ("GET",), "item", "/shop/views/shop.py", 9)
STATIC = Route("/static/<path:name>", ("GET",), "static", "/lib/site-packages/flask/app.py", 5)
ABOUT = Route("/about", (), "about")


def finished(path: str, duration: float = 0.01, **facts: Any) -> RequestFinished:
    values = {"method": "GET", "status": 200, "bytes_sent": 2048, **facts}
    return RequestFinished.of(id=1, started=1.0, duration=duration, path=path, **values)


@pytest.fixture
def log() -> RouteLog:
    log = RouteLog()
    log.set_routes([ITEMS, ITEM, STATIC, ABOUT])
    log.add(finished("/items/1"))
    log.add(finished("/items/2", 2.0, status=500))
    log.add(finished("/none", status=404))
    return log


@pytest.fixture
def pane(qtbot: Any, log: RouteLog) -> RoutesPane:
    pane = RoutesPane(log)
    pane.set_project("/shop")
    pane.resize(1100, 400)
    qtbot.addWidget(pane)
    with qtbot.waitExposed(pane):
        pane.show()
    return pane


def shown(pane: RoutesPane, column: int) -> list[str]:
    model = pane.model
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_rules_in_the_apps_order_with_their_numbers(pane: RoutesPane) -> None:
    assert shown(pane, RULE) == [
        "/items", "/items/<int:id>", "/static/<path:name>", "/about", "No rule",
    ]  # fmt: skip
    assert shown(pane, COUNT) == ["never", "2", "never", "never", "1"]
    assert [pane.model.index(1, column).data() for column in range(len(COLUMNS))] == [
        "/items/<int:id>", "GET", "item", "views/shop.py:9", "2", "1", "10.0 ms", "2.00 s",
        "2.00 s", "", "4.10 kB",
    ]  # fmt: skip
    assert shown(pane, DEFINED)[2] == "flask/app.py:5"
    assert pane.unasked.count == 3


def test_filter_never_asked_and_sort(pane: RoutesPane) -> None:
    pane.filter.setText("SHOP.PY")
    assert shown(pane, RULE) == ["/items", "/items/<int:id>"]
    assert pane.shown.text() == "2 of 4 rules"
    pane.filter.clear()
    pane.unasked.setChecked(True)
    assert shown(pane, RULE) == ["/items", "/static/<path:name>", "/about"]
    pane.unasked.setChecked(False)
    header = pane.view.horizontalHeader()
    header.sectionClicked.emit(COUNT)
    assert shown(pane, COUNT)[:2] == ["2", "1"]
    header.sectionClicked.emit(COUNT)
    header.sectionClicked.emit(COUNT)
    assert shown(pane, RULE)[0] == "/items"


def test_what_is_selected_stays_so_while_rules_come_and_go(pane: RoutesPane, log: RouteLog) -> None:
    pane.view.selectRow(1)
    log.set_routes([ABOUT, ITEMS, ITEM])
    pane.catch_up()
    assert pane.current().route == ITEM
    log.set_routes([ABOUT])
    pane.catch_up()
    assert pane.current() is None or pane.current().route != ITEM


def test_the_code_and_the_requests_of_a_rule(qtbot: Any, pane: RoutesPane) -> None:
    pane.view.selectRow(1)
    pane.view.setFocus()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_F4):
        with qtbot.waitSignal(pane.sourceRequested) as asked:
            qtbot.keyClick(pane.view, key)
        assert asked.args == ["/shop/views/shop.py", 9]
    with qtbot.waitSignal(pane.requestsRequested) as asked:
        pane.show_requests()
    assert asked.args == ["endpoint:=item"]
    for column, expected in ((COUNT, "endpoint:=item"), (ERRORS, "endpoint:=item is:failed")):
        with qtbot.waitSignal(pane.requestsRequested) as asked:
            pane.view.clicked.emit(pane.model.index(1, column))
        assert asked.args == [expected]
    pane.copy_rule()
    assert QGuiApplication.clipboard().text() == "/items/<int:id>"


def test_a_rule_whose_code_isn_t_known_opens_nothing(qtbot: Any, pane: RoutesPane) -> None:
    pane.view.selectRow(3)
    with qtbot.assertNotEmitted(pane.sourceRequested):
        qtbot.keyClick(pane.view, Qt.Key.Key_Return)
        pane.open_source()
    pane.view.selectRow(4)
    with qtbot.assertNotEmitted(pane.requestsRequested):
        pane.show_requests()
        pane.view.clicked.emit(pane.model.index(4, COUNT))


def test_what_isn_t_visible_costs_nothing(pane: RoutesPane, log: RouteLog) -> None:
    pane.hide()
    log.add(finished("/items"))
    pane.refresh()
    assert shown(pane, COUNT)[0] == "never"
    pane.show()
    assert shown(pane, COUNT)[0] == "1"


def test_starting_over(pane: RoutesPane) -> None:
    pane.again.click()
    assert shown(pane, COUNT) == ["never"] * 4


def test_hostile_rules_are_plain_text_on_one_line(pane: RoutesPane, log: RouteLog) -> None:
    log.set_routes([Route("/<b>x</b>\n\u202e", ("G\n",), "<i>", "/shop/<u>.py", 1)])
    pane.catch_up()
    index = pane.model.index(0, RULE)
    assert "\n" not in index.data()
    assert "\u202e" not in index.data()
    assert "&lt;b&gt;" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_columns_leave_a_narrow_pane(pane: RoutesPane) -> None:
    pane.resize(600, 300)
    assert pane.view.isColumnHidden(DEFINED)
    assert not pane.view.isColumnHidden(COUNT)


def test_the_model_keeps_qts_rules(log: RouteLog, qtmodeltester: Any) -> None:
    model = RoutesModel(log)
    qtmodeltester.check(model)
    model.refresh()
    log.add(finished("/items"))
    model.refresh()
    model.order(COUNT, True)
    model.needle = "item"
    model.refresh()
    log.set_routes([])
    model.refresh()


def test_columns_leave_for_a_larger_text_as_in_a_narrower_pane(
    pane: RoutesPane, qapp: QApplication
) -> None:
    pane.resize(960, 400)
    assert not pane.view.isColumnHidden(DEFINED)
    look = Theme.of(qapp)
    look.set_text_size(1.5)
    try:
        assert pane.view.isColumnHidden(DEFINED)
    finally:
        look.set_text_size(1.0)
    assert not pane.view.isColumnHidden(DEFINED)
