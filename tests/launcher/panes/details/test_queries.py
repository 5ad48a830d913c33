"""The Queries tab: what is grouped, marked, unfolded, opened and copied."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from spans import items, sql

from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import RequestLog
from launcher.models.queries import QueriesModel
from launcher.models.requests import QUERIES as COLUMN
from launcher.models.requests import RequestCells
from launcher.panes.details.details import FLOW, QUERIES, TIMING
from launcher.panes.details.flow_page import FlowPage
from launcher.panes.details.queries_page import QueriesPage
from launcher.panes.request_rows import RequestPainter
from launcher.panes.requests import RequestsPane
from launcher.panes.table.look import Look
from launcher.panes.table.painting import Span as Room
from server.facts.span import LeftOut, Span

LOGIN = sql("SELECT * FROM user WHERE name = ? AND password = ?", "('ada', 'hunter2')", 9, rows=1)


class Bench:
    """A shown pane with requests of its own, with spans."""

    def __init__(self, make: Any) -> None:
        self.make, self.log = make, RequestLog()
        self.pane = RequestsPane(self.log, ErrorLog())
        self.page = self.pane.details.queries
        self.view = self.page.view
        self._next = 1

    def show(self, *spans: Span, **facts: Any) -> None:
        """Add a request and select it, with its queries in front."""
        self.log.add_finished(self.make.finished(self._next, spans=spans, **facts))
        self._next += 1
        self.pane.refresh()
        self.pane.view.catch_up()
        self.pane.filtering.count()
        assert self.pane.show_request(self.log.end - 1)
        self.pane.details.tabs.setCurrentIndex(QUERIES)

    def rows(self, parent: QModelIndex | None = None) -> list[str]:
        model, top = self.page.model, QModelIndex() if parent is None else parent
        return [model.index(n, 0, top).data() for n in range(model.rowCount(top))]


@pytest.fixture
def bench(qtbot: Any, make: Any) -> Bench:
    bench = Bench(make)
    qtbot.addWidget(bench.pane)
    bench.pane.resize(1300, 700)
    with qtbot.waitExposed(bench.pane):
        bench.pane.show()
    return bench


def test_the_tab_is_there_where_there_are_queries(bench: Bench) -> None:
    tabs = bench.pane.details.tabs
    bench.show()
    assert not tabs.isTabVisible(QUERIES)
    bench.show(Span("http", "GET http://127.0.0.1/", 0))
    assert not tabs.isTabVisible(QUERIES)
    bench.show(LOGIN)
    assert tabs.isTabVisible(QUERIES)
    assert tabs.currentWidget() is bench.page


def test_statements_with_their_runs(bench: Bench) -> None:
    bench.show(LOGIN, *items(range(8)), sql("COMMIT", line=40))
    assert bench.rows() == [
        "SELECT item WHERE id = ?",
        "SELECT user WHERE name = ? AND password = ?",
        "COMMIT",
    ]
    assert bench.page.summary.text() == (
        "9 queries  \u00b7  8 duplicates  \u00b7  1.00 ms, 8.1 % of the request"
    )
    assert bench.page.finding.text() == (
        "The same statement 8 times from catalog.py:31, in the loop of index: "
        "a join (select_related, joinedload) may help"
    )
    model = bench.page.model
    assert bench.rows(model.index(0, 0))[:2] == ["id=0", "id=1"]
    assert bench.rows(model.index(1, 0)) == ["name='ada', password=***"]
    assert "in the loop" in model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_secrets_are_masked_until_they_are_asked_for(bench: Bench) -> None:
    bench.show(LOGIN)
    model = bench.page.model
    bench.pane.details.reveal()
    assert bench.rows(model.index(0, 0)) == ["name='ada', password='hunter2'"]
    bench.show(LOGIN)
    assert bench.rows(model.index(0, 0)) == ["name='ada', password=***"]


def test_the_line_is_opened(bench: Bench, qtbot: Any) -> None:
    bench.show(LOGIN, sql("SELECT 1", file="", line=0, duration=1))
    view = bench.view
    view.setFocus()
    for key in (Qt.Key.Key_F4, Qt.Key.Key_Return):
        with qtbot.waitSignal(bench.pane.sourceRequested) as opened:
            QTest.keyClick(view, key)
        assert opened.args == ["/srv/catalog.py", 9]
    rect = view.visualRect(bench.page.model.index(0, 0))
    place = view.itemDelegate().place_rect(rect, bench.page.model.queries.groups[0])
    with qtbot.waitSignal(bench.pane.sourceRequested):
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    view.setCurrentIndex(bench.page.model.index(1, 0))
    with qtbot.assertNotEmitted(bench.pane.sourceRequested):
        QTest.keyClick(view, Qt.Key.Key_F4)


def test_a_statement_is_copied_as_sql(bench: Bench) -> None:
    bench.show(LOGIN)
    bench.view.setFocus()
    QTest.keyClick(bench.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == (
        "SELECT * FROM user WHERE name = 'ada' AND password = '***'"
    )


def test_values_unfold_by_key_and_by_click(bench: Bench) -> None:
    bench.show(LOGIN)
    view, top = bench.view, bench.page.model.index(0, 0)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert view.isExpanded(top)
    corner = view.visualRect(top).topLeft() + QPoint(20, 12)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=corner)
    assert not view.isExpanded(top)


def test_the_whole_statement_stands_below(bench: Bench) -> None:
    bench.show(sql("SELECT 1\nFROM x WHERE token = 'abc'", length=1000))
    assert bench.page.text.toPlainText() == (
        "SELECT 1\nFROM x WHERE token = '***'\n-- 965 characters more"
    )


def test_what_was_not_recorded_is_named(bench: Bench) -> None:
    bench.show(LOGIN, spans_left_out=(LeftOut("", 3),))
    assert "\u00b7  3 more spans not recorded" in bench.page.summary.text()
    bench.show(LOGIN, spans_left_out=(LeftOut("sql", 1999), LeftOut("log", 7)))
    text = bench.page.summary.text()
    assert text.startswith("2,000 queries  \u00b7  ")
    assert text.endswith("  \u00b7  the first 1 recorded")


def test_the_model_is_a_model(bench: Bench, qtmodeltester: Any) -> None:
    bench.show(LOGIN, *items(range(3)))
    model = QueriesModel()
    model.show(bench.page.model.queries)
    qtmodeltester.check(model)


def test_the_column_is_there_once_a_request_has_made_a_query(bench: Bench) -> None:
    columns = bench.pane.view.columns
    bench.show()
    assert columns.isSectionHidden(COLUMN)
    bench.show(*items(range(8)), duration=0.5)
    assert not columns.isSectionHidden(COLUMN)
    texts = [bench.pane.model.texts(number)[COLUMN] for number in range(2)]
    assert texts == ["", "8 q \u00b7 8 dup \u00b7 0.80 ms"]
    columns.choose(COLUMN, False)
    bench.show(*items(range(8)))
    assert columns.isSectionHidden(COLUMN)


def test_a_narrow_column_marks_the_number_where_it_has_no_room_for_those_that_repeat(
    bench: Bench,
) -> None:
    bench.show(*items(range(8)), LOGIN)
    cells = bench.pane.model.cells(0)
    assert isinstance(cells, RequestCells)
    look = Look(bench.pane.palette(), 1.0)

    def shown(width: int) -> list[tuple[str, QColor]]:
        placed = RequestPainter().place(cells, look, {COLUMN: Room(0, width)}, 24)
        return [(text.text, text.colour) for text in placed.texts]

    wide = shown(1000)
    assert [text for text, _ in wide[::2]] == ["9 q", "8 dup", "0.90 ms"]
    assert shown(look.face("second", 600).width("9 q") + 2) == [("9 q", wide[2][1])]


def test_the_chip_has_only_loops(bench: Bench) -> None:
    chip = bench.pane.bar.looped
    bench.show(*items(range(3)))
    assert chip.isHidden()
    bench.show(*items(range(8)))
    assert not chip.isHidden()
    assert chip.count == 1
    chip.click()
    assert bench.pane.model.shown == 1
    bench.pane.filtering.reset()
    bench.pane.filtering.write("sql:>2 dup:<5")
    assert bench.pane.model.shown == 1
    bench.pane.filtering.write("is:n+1")
    assert bench.pane.model.shown == 1


def test_the_hottest_lines_of_a_slow_request(bench: Bench, qtbot: Any) -> None:
    flow = (("run_wsgi", 0, 90_000, 0), ("app", 10, 89_000, 1))
    details = bench.pane.details
    bench.show(flow=flow)
    details.tabs.setCurrentIndex(FLOW)
    samples = details.flow.samples
    assert samples.isHidden()
    lines = (("/srv/pricing.py", 8, "total", 6), ("/srv/catalog.py", 31, "index", 1))
    bench.show(flow=flow, samples=lines, samples_taken=9)
    details.tabs.setCurrentIndex(FLOW)
    assert samples.title.text() == (
        "Hottest own lines  \u00b7  9 samples, none while C code held the lock"
    )
    model = samples.model
    assert [model.index(0, column).data() for column in range(3)] == ["pricing.py:8", "total", "6"]
    samples.view.setCurrentIndex(model.index(1, 0))
    with qtbot.waitSignal(bench.pane.sourceRequested) as opened:
        QTest.keyClick(samples.view, Qt.Key.Key_Return)
    assert opened.args == ["/srv/catalog.py", 31]


def test_in_a_low_page_the_finding_is_one_line(bench: Bench, qtbot: Any) -> None:
    bench.show(*items(range(9)))
    page = QueriesPage()
    qtbot.addWidget(page)
    page.resize(300, 110)
    page.show_request(bench.pane.details.row.finished)
    page.show()
    qtbot.waitUntil(lambda: page.finding.text().endswith("\u2026"))
    assert page.finding.toolTip()
    assert page.finding.whole.endswith("may help")
    page.resize(300, 500)
    qtbot.waitUntil(lambda: page.finding.text() == page.finding.whole)


def test_in_a_low_page_the_hottest_lines_stand_beside_the_steps(bench: Bench, qtbot: Any) -> None:
    flow = (("run_wsgi", 0, 90_000, 0), ("app", 10, 89_000, 1))
    bench.show(flow=flow, samples=(("/srv/pricing.py", 8, "total", 6),), samples_taken=9)
    page = FlowPage()
    qtbot.addWidget(page)
    page.show_request(bench.pane.details.row.finished)
    page.resize(900, 260)
    page.show()
    qtbot.waitUntil(
        lambda: (
            page.samples.x() >= page.view.geometry().right() > 0
            and page.samples.y() == page.view.y()
        )
    )
    page.resize(900, 700)
    qtbot.waitUntil(
        lambda: (
            page.samples.y() > page.view.geometry().bottom()
            and page.samples.width() == page.view.width() == page.width()
            and page.samples.height() < page.view.height() / 2
        )
    )


def test_the_flow_stands_in_place_of_the_timing(bench: Bench) -> None:
    tabs = bench.pane.details.tabs
    bench.show()
    tabs.tabBarClicked.emit(TIMING)
    tabs.setCurrentIndex(TIMING)
    bench.show(flow=(("run_wsgi", 0, 90_000, 0),))
    assert not tabs.isTabVisible(TIMING)
    bench.log.add_finished(bench.make.finished(9, flow=(("run_wsgi", 0, 90_000, 0),)))
    bench.pane.refresh()
    assert bench.pane.show_request(bench.log.end - 1)
    assert tabs.currentIndex() == FLOW


def test_a_plan_is_asked_for_and_shown(bench: Bench, qtbot: Any) -> None:
    query = sql(
        "SELECT * FROM item WHERE id = ? AND token = ?", "(3, 'abc')",
        database="sqlite", connection="sqlite3-2",
    )  # fmt: skip
    bench.show(query, sql("DELETE FROM item", database="sqlite", duration=1))
    page = bench.page
    assert not page.explain.isHidden()
    with qtbot.waitSignal(page.explainRequested) as asked:
        QTest.keyClick(bench.view, Qt.Key.Key_X)
    assert asked.args == [
        "sqlite3-2", "SELECT * FROM item WHERE id = 3 AND token = 'abc'", ("abc",),
    ]  # fmt: skip
    assert not page.explain.isEnabled()
    page.show_plan("SEARCH item")
    assert page.explain.isEnabled()
    assert page.text.toPlainText() == (
        "SEARCH item\n\nSELECT * FROM item WHERE id = ? AND token = ?"
    )
    bench.view.setCurrentIndex(page.model.index(1, 0))
    assert page.explain.isHidden()
    assert page.text.toPlainText() == "DELETE FROM item"
