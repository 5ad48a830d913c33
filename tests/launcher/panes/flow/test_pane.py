"""The Flow pane: one request's time line, Learn beside it, and the summary of many."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel
from spans import items, sql

from launcher import theme
from launcher.core import learn
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.flow import timeline
from launcher.core.logs.flow_summary import WINDOW
from launcher.core.logs.requests import RequestLog, RequestRow
from launcher.models.flow import SHARE, TIME, EndpointModel, StageModel, TimelineModel
from launcher.panes.controls import timeline as timeline_view
from launcher.panes.controls.timeline import ticks
from launcher.panes.flow.bar import SUMMARY, TIMELINE
from launcher.panes.flow.pane import FlowPane
from launcher.theme import Theme
from server.events import ServerCourse
from server.facts.span import LeftOut, Span

FLOW = (
    ("handle", 0, 10_000, 0),
    ("parse_request", 10, 200, 1),
    ("run_wsgi", 250, 9_700, 1),
    ("app", 300, 9_000, 2),
    ("wsgi_app", 320, 8_900, 3),
    ("preprocess_request", 400, 1_000, 4),
    ("hook shop.log_in", 410, 980, 5),
    ("dispatch_request", 1_500, 6_000, 4),
    ("view shop.product", 1_510, 5_900, 5),
    ("write", 9_400, 500, 2),
    ("what is this", 9_950, 10, 1),
)
VIEW = 8
CHINESE = "zh_CN"
PLACES = (("view shop.product", "/shop/shop.py", 12),)


class Bench:
    """A pane with its logs."""

    def __init__(self, qtbot: Any, make: Any) -> None:
        self.make = make
        self.log = RequestLog(capacity=300, block=50)
        self.errors = ErrorLog()
        self.pane = FlowPane(self.log, self.errors)
        qtbot.addWidget(self.pane)
        self.pane.resize(900, 500)
        with qtbot.waitExposed(self.pane):
            self.pane.show()

    def add(self, id: int, target: str = "/product/tea", **changes: Any) -> None:
        changes = {
            "flow": FLOW, "flow_places": PLACES, "endpoint": "product",
            "view_args": (("slug", "'tea'"),), **changes,
        }  # fmt: skip
        self.log.add_finished(self.make.finished(id, target, **changes))

    def fail(self, id: int) -> None:
        self.log.add_started(self.make.request(id, "/pay"))
        number = self.log.link_error(id, self.errors.end)
        self.errors.add(self.make.error(1, id), number, "GET", "/pay")
        self.add(id, "/pay", flow_failed=VIEW, status=500, error_id=1)

    def look(self) -> None:
        """Show what is new without waiting for the timer."""
        self.pane._timer.stop()
        self.pane.refresh()

    def texts(self, column: int) -> list[str]:
        model = self.pane.model
        return [model.index(row, column).data() for row in range(model.rowCount())]


@pytest.fixture
def bench(qtbot: Any, make: Any) -> Bench:
    return Bench(qtbot, make)


def middle(bench: Bench, row: int, column: int = 0) -> QPoint:
    view = bench.pane.view
    view.scrollTo(bench.pane.model.index(row, column))
    return view.visualRect(bench.pane.model.index(row, column)).center()


def hover(bench: Bench, row: int) -> None:
    """Move the mouse over a row, or away from all rows."""
    port = bench.pane.view.viewport()
    at = middle(bench, row) if row >= 0 else QPoint(5, port.height() - 2)
    if row < 0:
        QApplication.sendEvent(port, QEvent(QEvent.Type.Leave))
        bench.pane.view.leaveEvent(QEvent(QEvent.Type.Leave))
        return
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at), port.mapToGlobal(QPointF(at)),
        Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(port, event)


def test_a_request_is_shown_step_by_step(bench: Bench) -> None:
    bench.pane.set_hint("No flow yet", "Turn on Debug.")
    assert bench.pane.view.hint.text == "Turn on Debug."
    bench.add(1)
    bench.look()
    assert bench.texts(0)[:4] == [
        "handle", "parse_request", "run_wsgi", "app(environ, start_response)",
    ]  # fmt: skip
    assert bench.texts(1)[VIEW] == "5.90 ms"
    assert bench.texts(2)[VIEW] == "59 %"
    assert bench.pane.view.current.stage == "view shop.product"  # where most of the time goes
    assert bench.pane.band.text().split("\n")[:2] == [
        "10.0 ms in 11 steps",
        "Your code 69 %, 6.88 ms",
    ]
    assert bench.pane.failure.isHidden()
    assert "GET /product/tea" in bench.pane.bar.picker.currentText()
    assert not bench.pane.grab().isNull()


def test_times_and_shares_are_not_cut(bench: Bench) -> None:
    view = bench.pane.view
    font = view.font()
    font.setBold(True)  # as the longest step is
    metrics = QFontMetrics(font)
    for column, text in ((TIME, "88.88 ms"), (SHARE, "100 %")):
        assert metrics.horizontalAdvance(text) + 8 <= view.columnWidth(column), text


def test_names_for_those_who_hear_them(bench: Bench) -> None:
    bench.fail(1)
    bench.look()
    role = Qt.ItemDataRole.AccessibleTextRole
    spoken = bench.pane.model.index(VIEW, 0).data(role)
    assert spoken == "view shop.product, level 6, 5.90 ms, 59 %, failed here"
    spoken = bench.pane.model.index(4, 3).data(role)
    assert spoken == "from 320 \u00b5s to 9.22 ms, of it 1.90 ms its own"
    assert bench.pane.model.index(4, 1).data(role) == "8.90 ms"
    assert bench.pane.view.accessibleName()


def test_hovering_explains_in_one_sentence_what_a_step_does(bench: Bench) -> None:
    bench.add(1, view_args=(("slug", "'<b>'"),))
    bench.look()
    tip = bench.pane.model.index(VIEW, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert learn.texts(bench.pane.learn.language).hovers["view"] in tip
    assert "product(slug=&#x27;&lt;b&gt;&#x27;)" in tip
    assert "/shop/shop.py:12" in tip
    unknown = bench.pane.model.index(10, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "what is this" in unknown


def test_a_click_opens_the_users_function_or_the_documented_one(qtbot: Any, bench: Bench) -> None:
    bench.add(1)
    bench.look()
    opened: list[tuple[str, int]] = []
    bench.pane.sourceRequested.connect(lambda file, line: opened.append((file, line)))
    port, left = bench.pane.view.viewport(), Qt.MouseButton.LeftButton
    qtbot.mouseClick(port, left, pos=middle(bench, VIEW))
    assert opened.pop() == ("/shop/shop.py", 12)
    qtbot.mouseClick(port, left, pos=middle(bench, VIEW, 3))
    assert opened.pop() == ("/shop/shop.py", 12)
    qtbot.mouseClick(port, left, pos=middle(bench, 0))
    file, line = opened.pop()
    assert file.endswith("server/handler.py")
    assert "def handle(" in Path(file).read_text().splitlines()[line - 1]
    qtbot.mouseClick(port, left, pos=middle(bench, 10))  # nobody knows where that is
    assert opened == []


def test_a_double_click_opens_once(qtbot: Any, bench: Bench) -> None:
    bench.add(1)
    bench.look()
    opened: list[int] = []
    bench.pane.sourceRequested.connect(lambda _file, line: opened.append(line))
    at, port, left = middle(bench, VIEW), bench.pane.view.viewport(), Qt.MouseButton.LeftButton
    qtbot.mouseClick(port, left, pos=at)
    qtbot.mouseDClick(port, left, pos=at)
    assert opened == [12]


def test_the_keyboard_is_enough(qtbot: Any, bench: Bench) -> None:
    for id in (1, 2, 3):
        bench.add(id, f"/product/{id}")
    bench.look()
    pane, view, key = bench.pane, bench.pane.view, Qt.Key
    opened: list[int] = []
    wanted: list[int] = []
    pane.sourceRequested.connect(lambda _file, line: opened.append(line))
    pane.requestRequested.connect(wanted.append)
    qtbot.keyClick(view, key.Key_Home)
    assert view.current.stage == "handle"
    assert not pane.bar.newest.isChecked()  # the reader has turned to this one: it stays
    qtbot.keyClick(view, key.Key_End)
    qtbot.keyClick(view, key.Key_Up)
    assert view.current.stage == "write"
    view.go_to(VIEW)
    qtbot.keyClick(view, key.Key_Return)
    assert opened == [12]
    qtbot.keyClick(view, key.Key_Left)
    assert "/product/2" in pane.bar.picker.currentText()
    assert view.current.stage == "view shop.product"  # the same step of another request
    qtbot.keyClick(view, key.Key_Left)
    qtbot.keyClick(view, key.Key_Left)
    assert "/product/1" in pane.bar.picker.currentText()
    assert not pane.bar.earlier.isEnabled()
    qtbot.keyClick(view, key.Key_Right)
    assert "/product/2" in pane.bar.picker.currentText()
    qtbot.keyClick(view, key.Key_Escape)
    assert wanted == [1]


def test_a_time_line_can_be_copied(qtbot: Any, bench: Bench) -> None:
    bench.fail(1)
    bench.look()
    qtbot.keyClick(bench.pane.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0] == "handle  10.0 ms  100 %"
    assert lines[VIEW] == "          view shop.product  5.90 ms  59 %  failed"


def test_choosing_a_request(qtbot: Any, bench: Bench) -> None:
    for id in (1, 2, 3):
        bench.add(id, f"/product/{id}")
    bench.look()
    pane = bench.pane
    assert "/product/3" in pane.bar.picker.currentText()
    pane.bar.picker.setCurrentIndex(2)
    pane.bar.picker.activated.emit(2)
    assert "/product/1" in pane.bar.picker.currentText()
    bench.add(4, "/product/4")
    bench.look()
    assert "/product/1" in pane.bar.picker.currentText()
    qtbot.mouseClick(pane.bar.newest, Qt.MouseButton.LeftButton)
    assert "/product/4" in pane.bar.picker.currentText()
    for button, there in ((pane.bar.earlier, "/product/3"), (pane.bar.later, "/product/4")):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert there in pane.bar.picker.currentText()


def test_an_exception_ends_it_in_red_and_leads_to_its_traceback(qtbot: Any, bench: Bench) -> None:
    bench.fail(1)
    bench.look()
    pane = bench.pane
    assert pane.failure.isVisible()
    assert pane.failure.text.text() == "KeyError in view shop.product: 7"
    assert pane.view.current.failed
    wanted: list[int] = []
    pane.errorRequested.connect(wanted.append)
    qtbot.mouseClick(pane.failure.to_error, Qt.MouseButton.LeftButton)
    assert wanted == [0]
    assert not pane.grab().isNull()
    bench.add(2)
    bench.look()
    assert pane.failure.isHidden()


def test_an_exception_that_was_meant_has_no_traceback(bench: Bench) -> None:
    bench.add(1, "/missing", flow_failed=7, status=404)
    bench.look()
    text = "An exception in dispatch_request was answered with 404"
    assert bench.pane.failure.text.text() == text
    assert bench.pane.failure.to_error.isHidden()
    assert bench.pane.view.alarm == bench.pane.failure.property("tone") == "warning"
    assert not bench.pane.grab().isNull()
    bench.add(2, "/gone", flow_failed=7, status=0)
    bench.look()
    assert bench.pane.failure.text.text().endswith("ended the request")
    assert bench.pane.view.alarm == bench.pane.failure.property("tone") == "danger"


def test_an_error_that_is_known_later_appears(bench: Bench) -> None:
    bench.add(1, flow_failed=VIEW)
    bench.look()
    assert bench.pane.failure.to_error.isHidden()
    number = bench.log.link_error(1, bench.errors.end)
    bench.errors.add(bench.make.error(1, 1), number, "GET", "/")
    bench.look()
    assert bench.pane.failure.to_error.isVisible()


def test_what_follows_a_failure_is_only_left_out_where_it_is_servedecks(bench: Bench) -> None:
    bench.fail(1)  # a framework that makes the page itself
    bench.look()
    assert bench.pane.band.text().split("\n")[0] == "10.0 ms in 11 steps"
    flow = (("run_wsgi", 0, 9_000, 0), ("app", 0, 4_000, 1), ("error page", 4_000, 3_000, 1))
    bench.add(2, "/pay", flow=flow, flow_failed=1, status=500, error_id=2)
    bench.look()
    assert bench.pane.band.text().split("\n")[0] == (
        "6.00 ms without what follows the failure, 3 steps"
    )


def test_a_request_without_a_flow_shows_why(bench: Bench) -> None:
    bench.log.add_finished(bench.make.finished(1))
    bench.log.add_started(bench.make.request(2))
    pane = bench.pane
    assert pane.show_flow(0)
    assert "Record flow" in pane.view.hint.text
    assert pane.show_flow(1)
    assert pane.view.hint.title == "Not finished yet"
    bench.log.end_session()
    bench.look()
    assert (pane.view.hint.title, pane.view.hint.text) == (
        "The flow of this request was not recorded",
        "The server ended before the request did.",
    )
    bench.add(2)
    bench.look()
    assert pane.model.rowCount() == len(FLOW)
    assert pane.show_flow(0)
    assert pane.model.rowCount() == 0
    assert "very many requests" in pane.view.hint.text
    assert not pane.show_flow(99)


def test_what_is_shown_stays_when_it_is_dropped_and_goes_when_all_is_cleared(bench: Bench) -> None:
    bench.add(1, "/first")
    assert bench.pane.show_flow(0)
    for id in range(2, 500):
        bench.add(id)
    bench.look()
    assert bench.log.get(0) is None
    assert "/first" in bench.pane.bar.picker.currentText()
    assert bench.pane.model.rowCount() == len(FLOW)
    bench.log.clear()
    bench.look()
    assert bench.pane.model.rowCount() == bench.pane.bar.picker.count() == 0
    assert not bench.pane.bar.earlier.isEnabled()
    assert not bench.pane.bar.to_request.isEnabled()


def test_a_flood_costs_little(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out: list[int] = []
    monkeypatch.setattr(
        "launcher.panes.flow.pane.timeline", lambda event: laid_out.append(1) or timeline(event)
    )
    before = time.perf_counter()
    for id in range(1, 2001):
        bench.add(id)
        bench.pane.refresh()
    assert time.perf_counter() - before < 5.0
    # Once at first, then at most each 150 ms.
    assert len(laid_out) <= 1 + (time.perf_counter() - before) / 0.15
    bench.pane.hide()
    bench.add(3000, "/hidden")
    bench.look()
    assert "/hidden" not in bench.pane.bar.picker.currentText()
    bench.pane.show()
    assert "/hidden" in bench.pane.bar.picker.currentText()


# Learn


def test_learn_explains_the_step_under_the_cursor(qtbot: Any, bench: Bench) -> None:
    bench.add(1)
    bench.look()
    pane = bench.pane
    assert pane.learn.isHidden()
    pane.set_learning(False, learn.ENGLISH)
    qtbot.mouseClick(pane.bar.learn, Qt.MouseButton.LeftButton)
    words = learn.texts(learn.ENGLISH)
    assert pane.learning
    assert pane.learn.text.text() == words.texts["view"]
    hover(bench, 2)
    assert pane.learn.text.text() == words.texts["run_wsgi"]
    where = pane.learn.where.text().replace("\u200b", "")
    assert where == "WSGIRequestHandler.run_wsgi\nserver/handler.py"
    assert "werkzeug" in pane.learn.flask.text()
    hover(bench, -1)
    assert pane.learn.text.text() == words.texts["view"]
    qtbot.keyClick(pane.view, Qt.Key.Key_Home)
    assert pane.learn.text.text() == words.texts["handle"]
    opened: list[str] = []
    pane.sourceRequested.connect(lambda file, _line: opened.append(file))
    qtbot.mouseClick(pane.learn.open, Qt.MouseButton.LeftButton)
    assert opened[0].endswith("server/handler.py")
    qtbot.keyClick(pane.view, Qt.Key.Key_End)
    assert pane.learn.text.text() == words.words["unknown"]
    assert pane.learn.open.isHidden()
    bench.log.clear()
    bench.look()
    assert pane.learn.text.text() == words.words["empty"]


def test_calls_that_were_only_counted_are_explained_and_open_nothing(bench: Bench) -> None:
    whole = sum(length for _, _, length, depth in FLOW if depth == 0)
    bench.add(1, spans=(), spans_left_out=(LeftOut("sql", 9000, 0, whole, 10),))
    bench.look()
    pane = bench.pane
    row = next(step.index for step in pane.view.line.steps if step.key == "sql")
    pane.set_learning(True, learn.ENGLISH)
    for at, links in ((row, False), (0, True)):
        hover(bench, at)
        assert pane.view.is_link(pane.view.line.steps[at]) == links
        pointing = pane.view.viewport().cursor().shape() == Qt.CursorShape.PointingHandCursor
        assert pointing == links
    hover(bench, row)
    assert pane.learn.title.text() == "9,000 more, counted only"
    assert pane.learn.text.text() == learn.texts(learn.ENGLISH).words["counted"]
    assert pane.learn.open.isHidden()


def test_learn_in_chinese(bench: Bench) -> None:
    bench.add(1)
    bench.look()
    pane = bench.pane
    pane.set_learning(True, learn.ENGLISH)
    pane.learn.languages.setCurrentIndex(pane.learn.languages.findData(CHINESE))
    words = learn.texts(CHINESE)
    assert pane.learn.text.text() == words.texts["view"]
    assert pane.learn.open.text() == words.words["open"]
    assert words.hovers["view"] in pane.model.index(VIEW, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert pane.chosen_language == CHINESE
    pane.set_learning(True, "xx")
    assert pane.chosen_language == CHINESE


def test_the_language_is_the_readers_own(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from launcher.panes.flow import learn_panel

    class System:
        @staticmethod
        def system() -> Any:
            return System

        @staticmethod
        def uiLanguages() -> list[str]:  # noqa: N802
            return ["zh-Hans-CN", "zh-CN"]

    monkeypatch.setattr(learn_panel, "QLocale", System)
    shown = [True]

    class Metrics:
        def __init__(self, _font: QFont) -> None: ...

        def inFontUcs4(self, _letter: int) -> bool:  # noqa: N802
            return shown[0]

    monkeypatch.setattr(learn_panel, "QFontMetrics", Metrics)
    assert learn_panel.default_language() == CHINESE
    shown[0] = False  # nothing to show the letters with
    assert learn_panel.default_language() == learn.ENGLISH


# The summary


def test_the_summary(qtbot: Any, bench: Bench) -> None:
    pane = bench.pane
    for id in range(1, 21):
        bench.add(id, duration=id / 1000)
    bench.add(50, endpoint="<b>index", duration=2.0, status=500)
    bench.look()
    qtbot.mouseClick(pane.bar.page_buttons.button(SUMMARY), Qt.MouseButton.LeftButton)
    assert pane.pages.currentIndex() == SUMMARY
    assert not pane.bar.learn.isEnabled()
    page = pane.summary
    rows = [[page.endpoints.index(r, c).data() for c in range(5)] for r in range(3)]
    assert rows == [
        ["All endpoints", "21", "1", "11.0 ms", "20.0 ms"],
        ["<b>index", "1", "1", "2.00 s", "2.00 s"],
        ["product", "20", "", "10.5 ms", "19.0 ms"],
    ]
    tip = page.endpoints.headerData(4, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert f"{WINDOW:,}" in tip
    stages = page.stages
    assert (stages.index(0, 0).data(), stages.index(0, 1).data()) == ("view shop.product", "59 %")
    page.view.setCurrentIndex(page.endpoints.index(2, 0))
    assert page.stage_title.text().endswith("20 requests")
    header = page.view.horizontalHeader()
    header.sectionClicked.emit(1)
    assert page.endpoints.rows[1].endpoint == "product"
    assert page.view.currentIndex().row() == 1  # what was selected still is
    header.sectionClicked.emit(1)
    header.sectionClicked.emit(1)
    assert page.endpoints.rows[1].endpoint == "<b>index"
    for column in (0, 2, 3, 4, 5):
        header.sectionClicked.emit(column)
        assert page.endpoints.rows[0].endpoint == ""
    assert not page.grab().isNull()
    qtbot.waitUntil(lambda: page.again.height() > 10)  # it appeared with the first numbers
    qtbot.mouseClick(page.again, Qt.MouseButton.LeftButton)
    assert page.endpoints.rowCount() == page.stages.rowCount() == 0
    assert pane.show_flow(0)
    assert pane.pages.currentIndex() == TIMELINE


def test_the_summary_is_looked_at_once_a_second_at_most(qtbot: Any, bench: Bench) -> None:
    bench.add(1)
    bench.pane.pages.setCurrentIndex(SUMMARY)
    page = bench.pane.summary
    assert page.endpoints.rows[0].count == 1
    bench.add(2)
    bench.look()
    assert page.endpoints.rows[0].count == 1
    page._timer.timeout.emit()
    assert page.endpoints.rows[0].count == 2


# Models, painting


def test_the_models_keep_qts_rules(qtmodeltester: Any, make: Any) -> None:
    log = RequestLog()
    event = make.finished(1, flow=FLOW, endpoint="x")
    line, endpoints, stages = TimelineModel(), EndpointModel(), StageModel()
    for filled in (False, True):
        if filled:
            log.add_finished(event)
            line.show(timeline(event))
            endpoints.show(log.flows.endpoints())
            stages.show(endpoints.rows[0])
        for model in (line, endpoints, stages):
            qtmodeltester.check(model)


@pytest.mark.parametrize(
    ("total", "width", "marks"),
    [
        (1, 600, [0, 1]),
        (950, 600, [0, 200, 400, 600, 800]),
        (15_300, 600, [0, 5_000, 10_000, 15_000]),
        (15_300, 10, [0]),
        (49_000, 160, [0, 20_000, 40_000]),
        (3_000_000, 300, [0, 1_000_000, 2_000_000, 3_000_000]),
    ],
)
def test_ticks_are_round_and_apart(total: int, width: int, marks: list[int]) -> None:
    assert ticks(total, width) == marks


def test_every_label_is_plain_and_the_themes_differ(qtbot: Any, bench: Bench) -> None:
    bench.fail(1)
    bench.look()
    bench.pane.set_learning(True)
    look = Theme.of(QApplication.instance())  # type: ignore[arg-type]
    seen = []
    for appearance in ("light", "dark"):
        look.set_appearance(appearance)
        bench.pane.refresh_icons()
        # On the average: at any single point, another font may have a letter.
        image = bench.pane.grab().toImage()
        whole = image.scaled(1, 1, mode=Qt.TransformationMode.SmoothTransformation)
        seen.append(whole.pixelColor(0, 0).lightness() > 128)
    look.set_appearance("system")
    assert seen == [True, False]
    for label in bench.pane.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or not label.objectName()


def test_columns_fit_until_the_user_divides_them(qtbot: Any, bench: Bench) -> None:
    view = bench.pane.view
    header = view.horizontalHeader()
    wide = header.sectionSize(timeline_view.STEP)
    bench.pane.resize(560, 400)
    assert header.sectionSize(timeline_view.STEP) < wide
    assert header.sectionSize(timeline_view.BAR) > 100
    header.resizeSection(timeline_view.STEP, 170)
    bench.pane.resize(900, 500)
    assert header.sectionSize(timeline_view.STEP) == 170


class Kept:
    """An archive of one request of before, as a list shows it."""

    oldest = -1

    def __init__(self, row: RequestRow) -> None:
        self.row = row

    def get(self, _number: int) -> RequestRow:
        return self.row

    def find(self, *_what: Any) -> Any:
        raise AssertionError

    sort = find


def test_the_way_of_a_request_of_before_comes_from_the_history(bench: Bench) -> None:
    log, finished = bench.log, bench.make.finished
    done = finished(1, "/product/tea", flow=FLOW, flow_places=PLACES)
    whole = RequestRow(-1, 1, "GET", "/product/tea", 1.0, done)
    light = RequestRow(-1, 1, "GET", "/product/tea", 1.0, finished(1, "/product/tea"), stored=True)
    asked: list[Any] = []
    log.loader = lambda number, then: asked.append((number, then))
    log.attach(Kept(light))
    assert bench.pane.show_flow(-1)
    bench.look()
    assert bench.texts(0) == []
    ((number, then),) = asked  # once, however often the pane looks
    assert number == -1
    then(whole)
    assert bench.texts(0)[0] == "handle"
    bench.add(2)
    bench.look()
    assert bench.texts(1)[VIEW] == "5.90 ms"
    assert "GET /product/tea" in bench.pane.bar.picker.currentText()
    assert len(asked) == 1


@pytest.mark.parametrize(("status", "tone"), [(500, "danger"), (404, "warning")])
def test_the_legend_names_the_failure_in_the_time_line_s_colour(
    bench: Bench, status: int, tone: str
) -> None:
    bench.add(1, flow_failed=VIEW, status=status)
    bench.look()
    assert bench.pane.view.alarm == tone
    image = bench.pane.legend.grab().toImage()
    colours = {image.pixelColor(x, image.height() // 2).name() for x in range(image.width())}
    other = {"danger", "warning"} - {tone}
    assert theme.colour(bench.pane.palette(), tone).name() in colours
    assert theme.colour(bench.pane.palette(), other.pop()).name() not in colours


def kept(bench: Bench, path: str) -> list[Any]:
    """One request of before; returns those that are to be read whole."""
    light = RequestRow(-1, 1, "GET", path, 1.0, bench.make.finished(1, path), stored=True)
    asked: list[Any] = []
    bench.log.loader = lambda number, then: asked.append((number, then))
    bench.log.attach(Kept(light))
    return asked


def whole(bench: Bench, path: str) -> RequestRow:
    done = bench.make.finished(1, path, flow=FLOW, flow_places=PLACES)
    return RequestRow(-1, 1, "GET", path, 1.0, done)


def test_the_newest_of_before_is_shown_until_one_comes(bench: Bench) -> None:
    asked = kept(bench, "/before")
    bench.look()
    assert "GET /before" in bench.pane.bar.picker.currentText()
    assert bench.pane.view.hint.title == ""  # it is being read
    asked.pop()[1](whole(bench, "/before"))
    assert bench.texts(0)[0] == "handle"
    assert bench.pane.bar.newest.isChecked()
    bench.add(2, "/now")
    bench.look()
    assert bench.pane.bar.picker.count() == 1
    assert "GET /now" in bench.pane.bar.picker.currentText()


def test_one_of_before_that_was_never_answered_is_left_to_the_list(bench: Bench) -> None:
    done = bench.make.finished(1, "/crash", status=0)
    bench.log.attach(Kept(RequestRow(-1, 1, "GET", "/crash", 1.0, done, lost=True, stored=True)))
    bench.look()
    assert bench.pane.bar.picker.count() == 0


def test_the_same_number_of_another_history_is_another_request(bench: Bench) -> None:
    asked = kept(bench, "/before")
    bench.pane.show_flow(-1)
    asked.pop()[1](whole(bench, "/before"))
    asked = kept(bench, "/between")
    bench.look()
    _, late = asked.pop()
    asked = kept(bench, "/other")
    bench.look()
    late(whole(bench, "/between"))
    assert "GET /other" in bench.pane.bar.picker.currentText()
    assert bench.texts(0) == []
    asked.pop()[1](whole(bench, "/other"))
    assert bench.texts(0)[0] == "handle"
    bench.log.attach(None)
    bench.look()
    assert bench.texts(0) == []


def test_one_of_this_window_is_read_again_in_another_history(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number stays its own, but the other one may never answer what it was asked for."""
    bench.add(1, "/now")
    (number,) = bench.log.recent_flows
    light = RequestRow(number, 1, "GET", "/now", 1.0, bench.make.finished(1, "/now"), stored=True)
    asked: list[Any] = []
    monkeypatch.setattr(bench.log, "get", lambda _number: light)
    monkeypatch.setattr(bench.log, "load", lambda _number, then: asked.append(then))
    bench.pane.show_flow(number)
    late = asked.pop()
    bench.log.attach(None)
    bench.look()
    late(None)
    done = bench.make.finished(1, "/now", flow=FLOW, flow_places=PLACES)
    asked.pop()(light._replace(finished=done, stored=False))
    assert bench.texts(0)[0] == "handle"


def test_a_request_of_before_that_was_deleted_meanwhile_has_no_flow(bench: Bench) -> None:
    light = RequestRow(-1, 1, "GET", "/gone", 1.0, bench.make.finished(1, "/gone"), stored=True)
    asked: list[int] = []

    def gone(number: int, then: Any) -> None:
        asked.append(number)
        then(None)

    bench.log.loader = gone
    bench.log.attach(Kept(light))
    assert bench.pane.show_flow(-1)
    bench.look()
    assert bench.texts(0) == []
    assert asked == [-1]


def test_a_path_in_another_script_can_be_read(bench: Bench) -> None:
    bench.add(1, "/%E6%90%9C%E7%B4%A2?q=%E5%BC%A0")
    bench.look()
    assert "GET /\u641c\u7d22?q=%E5%BC%A0" in bench.pane.bar.picker.currentText()


def test_secrets_of_a_target_are_not_shown(bench: Bench) -> None:
    bench.add(1, "/product/tea?token=hunter2")
    bench.look()
    assert "GET /product/tea?token=***" in bench.pane.bar.picker.currentText()


def test_calls_are_in_the_time_line_and_a_click_opens_their_line(qtbot: Any, bench: Bench) -> None:
    bench.add(1, spans=tuple(items(range(8), start=2_000)))
    bench.look()
    row = VIEW + 2
    assert bench.texts(0)[VIEW + 1] == "8\u00d7 SELECT item WHERE id = ?"
    with qtbot.waitSignal(bench.pane.sourceRequested) as opened:
        qtbot.mouseClick(
            bench.pane.view.viewport(), Qt.MouseButton.LeftButton, pos=middle(bench, row - 1)
        )
    assert opened.args == ["/srv/catalog.py", 31]
    tip = bench.pane.model.index(row - 1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "8 calls" in tip


def test_each_call_is_explained_and_a_mail_with_its_text(bench: Bench) -> None:
    text = "Go on:\nhttps://a.org/?token=abc"
    mail = Span("mail", "to a@b.org: Hello", 2_000, 100, parameters=text)
    bench.add(1, spans=(mail, Span("cache", "get a", 2_200, 100)))
    bench.look()
    pane = bench.pane
    pane.set_learning(True, learn.ENGLISH)
    pane.view.go_to(VIEW + 1)
    masked = "Go on:\nhttps://a.org/?token=***"
    assert pane.learn.text.text().startswith(f"Mail: to a@b.org: Hello\n\n{masked}\n\n")
    tip = pane.model.index(VIEW + 1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert masked.replace("\n", "<br>") in tip
    pane.view.go_to(VIEW + 2)
    assert pane.learn.text.text().startswith("Cache: get a\n\n")


def test_what_repeats_is_found(bench: Bench, qtbot: Any) -> None:
    bench.add(1, spans=tuple(items([1])))
    bench.look()
    finding = bench.pane.finding
    assert finding.isHidden()
    bench.add(2, spans=tuple(items(range(8), start=2_000)))
    bench.look()
    assert not finding.isHidden()
    assert finding.text.text() == "The same query 8 times, in a loop"
    assert finding.place.text() == "catalog.py:31"
    with qtbot.waitSignal(bench.pane.sourceRequested) as wanted:
        qtbot.mouseClick(finding.place, Qt.MouseButton.LeftButton)
    assert wanted.args == ["/srv/catalog.py", 31]
    bench.pane.view.go_to(0)
    finding.open.click()
    assert bench.pane.view.current is not None
    assert bench.pane.view.current.key == "sql"


def test_the_newest_is_no_static_file(bench: Bench) -> None:
    bench.add(1, "/product/tea")
    bench.add(2, "/static/app.css", endpoint="static", view_args=())
    bench.look()
    assert bench.pane.bar.picker.currentText().split()[2] == "/product/tea"


@pytest.mark.parametrize(
    ("name", "characters", "shown"),
    [
        ("shop.views.load_user", 40, "shop.views.load_user"),
        ("shop.create_app.load_user", 20, "shop.crea\u2026.load_user"),
        ("shop.create_app.load_user", 8, "loa\u2026ser"),
    ],
)
def test_a_name_is_cut_in_its_middle(qtbot: Any, name: str, characters: int, shown: str) -> None:
    font = theme.monospace()
    metrics = QFontMetrics(font)
    room = characters * metrics.horizontalAdvance("m")
    found = timeline_view.elided_name(metrics, name, room)
    assert metrics.horizontalAdvance(found) <= room
    if "\u2026" not in shown:
        assert found == shown
    elif characters > len("load_user"):
        assert found.startswith("shop.")
        assert found.endswith("\u2026.load_user")
    else:
        assert found[0] == "l"
        assert found[-1] == "r"


def test_learn_opens_the_function_that_really_ran(qtbot: Any, bench: Bench) -> None:
    bench.add(1, flow_places=(*PLACES, ("wsgi_app", "/x/site-packages/flask/app.py", 1500)))
    bench.look()
    bench.pane.set_learning(True)
    bench.pane.view.go_to(4)
    with qtbot.waitSignal(bench.pane.sourceRequested) as opened:
        bench.pane.learn.open.click()
    assert opened.args == ["/x/site-packages/flask/app.py", 1500]


def test_the_statements_of_all_requests(qtbot: Any, bench: Bench) -> None:
    bench.add(1, spans=tuple(items(range(4))))
    bench.add(2, spans=(*items([1]), sql("SELECT 1", line=7, duration=5_000)))
    summary = bench.pane.summary
    bench.pane.pages.setCurrentIndex(SUMMARY)
    summary.slowest.click()
    model = summary.statements
    rows = [[model.index(n, c).data() for c in range(model.columnCount())] for n in range(2)]
    assert rows == [
        ["SELECT ?", "catalog.py:7", "1", "1", "5.00 ms", "5.00 ms", "5.00 ms"],
        ["SELECT item WHERE id = ?", "catalog.py:31", "2", "2.5", "100 \u00b5s", "100 \u00b5s",
         "500 \u00b5s"],
    ]  # fmt: skip
    assert summary.stage_title.text() == "2 statements of all requests"
    view = summary.statement_view
    view.horizontalHeader().sectionClicked.emit(3)
    assert model.index(0, 0).data() == "SELECT item WHERE id = ?"
    view.setCurrentIndex(model.index(0, 0))
    with qtbot.waitSignal(bench.pane.sourceRequested) as opened:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert opened.args == ["/srv/catalog.py", 31]
    summary.again.click()
    assert model.rowCount() == 0


def test_what_the_server_itself_has_done(qtbot: Any, bench: Bench) -> None:
    course = (("run_simple", 0, 9_000, 0), ("load_app", 0, 8_000, 1))
    bench.log.courses.add(ServerCourse("start", 1.7e9, course))
    bench.add(1)
    bench.look()
    picker = bench.pane.bar.picker
    assert "Server started" in picker.itemText(0)
    assert picker.currentIndex() == 1
    picker.setCurrentIndex(0)
    picker.activated.emit(0)
    assert bench.texts(0) == ["run_simple", "load_app"]
    bench.pane.set_learning(True)
    bench.pane.view.go_to(1)
    assert "imports" in bench.pane.learn.text.text()
    bench.add(2)
    bench.look()
    assert bench.texts(0) == ["run_simple", "load_app"]  # until another one is chosen
    assert picker.currentIndex() == 0
    bench.pane.bar.newest.click()
    assert bench.texts(0)[0] == "handle"


def test_a_pane_that_was_narrow_at_first_is_divided_by_its_width(qtbot: Any, make: Any) -> None:
    pane = FlowPane(RequestLog(), ErrorLog())
    qtbot.addWidget(pane)
    pane.resize(300, 300)
    with qtbot.waitExposed(pane):
        pane.show()
    header = pane.view.horizontalHeader()
    assert header.isSectionHidden(SHARE)
    narrow = header.sectionSize(timeline_view.STEP)
    pane.resize(1600, 700)  # room for it in any font
    qtbot.waitUntil(
        lambda: (
            not header.isSectionHidden(SHARE) and header.sectionSize(timeline_view.STEP) > narrow
        )
    )


def test_a_narrow_list_to_choose_from_keeps_method_path_and_status(qtbot: Any, bench: Any) -> None:
    picker = bench.pane.bar.picker
    text = "16:08:20   GET /price?day=tomorrow   \u2192  500   7.2 ms   9 q"
    assert picker.shorter(text) == "GET /price?day=tomorrow   \u2192  500"
    for width, words in ((900, "Learn"), (640, "")):
        bench.pane.resize(width, 400)
        qtbot.waitUntil(lambda words=words: bench.pane.bar.learn.text() == words)
    assert bench.pane.bar.learn.accessibleName() == "Explain the steps"


def test_the_bar_is_as_high_as_its_words_at_another_text_size(
    bench: Bench, qtbot: Any, qapp: QApplication
) -> None:
    bar, look = bench.pane.bar, Theme.of(qapp)
    look.set_text_size(2.0)
    try:
        parts = (bar.newest, bar.picker, *bar.page_buttons.buttons())
        qtbot.waitUntil(lambda: all(p.height() >= p.sizeHint().height() for p in parts))
    finally:
        look.set_text_size(1.0)
