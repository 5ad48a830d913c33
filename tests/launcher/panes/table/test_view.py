"""The table that paints itself: what it paints, and that it stays still under the pointer."""

from __future__ import annotations

import time
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QCursor, QKeyEvent, QRegion
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QVBoxLayout, QWidget

from launcher import theme
from launcher.core.logs.divided import DividedView
from launcher.core.logs.history.conditions import All
from launcher.core.logs.orders import ARRIVAL
from launcher.core.logs.request_orders import REQUEST_ORDERS
from launcher.core.logs.requests import RequestLog
from launcher.core.logs.view import MAX_RANGES, Filter, View
from launcher.models.requests import PATH, SIZE, TIME, VIEW, RequestModel
from launcher.panes.request_rows import RequestPainter
from launcher.panes.requests import COLUMNS
from launcher.panes.table.view import (
    APART_MS,
    FLOOD_FRAME_MS,
    FRAME_MS,
    MANY,
    PaintedTable,
)

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class CountingPainter(RequestPainter):
    """Counts the rows that are laid out."""

    placed = 0

    def place(self, *arguments: Any) -> Any:
        self.placed += 1
        return super().place(*arguments)


class WatchedTable(PaintedTable):
    """Keeps the regions that are painted."""

    painted: list[QRegion]

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        self.painted.append(QRegion(event.region()))
        super().paintEvent(event)


class Bench:
    """A shown table over a log of its own, above a field that can have the focus."""

    def __init__(self, qtbot: Any, make: Any, capacity: int = 20_000, block: int = 1000) -> None:
        self.qtbot, self.make = qtbot, make
        self.log = RequestLog(capacity, block)
        self.model = RequestModel(DividedView(self.log, View(self.log), self.log.dividers))
        self.painter = CountingPainter()
        self.page = QWidget()
        self.field = QLineEdit()
        self.table = WatchedTable(
            "requestsView", self.model, COLUMNS, self.painter, "request", PATH
        )
        self.table.painted = []
        layout = QVBoxLayout(self.page)
        layout.addWidget(self.table)
        layout.addWidget(self.field)
        self.page.resize(900, 500)
        qtbot.addWidget(self.page)
        self.chosen: list[int] = []
        self.table.chosen.connect(self.chosen.append)
        self.sent = 0
        with qtbot.waitExposed(self.page):
            self.page.show()
        self.page.activateWindow()
        self.field.setFocus()

    def add(self, count: int = 1, **changes: Any) -> None:
        for _ in range(count):
            self.sent += 1
            target = f"/{self.sent}"
            self.log.add_finished(self.make.finished(self.sent, target, **changes))
        self.table.refresh()

    def add_now(self, count: int = 1, **changes: Any) -> None:
        self.add(count, **changes)
        self.table.catch_up()

    def divide(self) -> None:
        self.log.dividers.take(self.make.started(), self.log.end)

    @property
    def current(self) -> int | None:
        return self.model.number(self.table.currentIndex())

    def under(self, point: QPoint) -> int | None:
        return self.model.number(self.table.indexAt(point))

    def visible(self) -> list[QPoint]:
        """The middle of each row that can be seen whole, of those that can be selected."""
        table, height = self.table, self.table.row_height
        first, last = table.visible_rows()
        tops = [table.rowViewportPosition(row) for row in range(first, last + 1)]
        port = table.viewport().height()
        points = [QPoint(300, top + height // 2) for top in tops if 0 <= top <= port - height]
        return [point for point in points if self.under(point) is not None]

    def settle(self) -> None:
        """Have all painted that is to be painted."""
        QApplication.processEvents()
        self.table.viewport().repaint()
        QApplication.processEvents()
        self.table.painted.clear()


@pytest.fixture
def bench(qtbot: Any, make: Any) -> Bench:
    return Bench(qtbot, make)


# The mouse


@pytest.mark.parametrize("following", [True, False])
def test_a_press_a_pixel_and_a_release_open_that_row(bench: Bench, following: bool) -> None:
    port = bench.table.viewport()
    bench.add_now(100)
    if not following:
        bench.table.verticalScrollBar().setValue(700)
    for point in bench.visible():
        wanted = bench.under(point)
        bench.chosen.clear()
        bench.qtbot.mousePress(port, LEFT, pos=point)
        assert bench.chosen == []  # opening follows the release
        assert bench.current == wanted
        bench.add(30)
        bench.qtbot.mouseMove(port, point + QPoint(0, 1))
        QApplication.processEvents()
        assert bench.under(point) == wanted
        bench.qtbot.mouseRelease(port, LEFT, pos=point + QPoint(0, 1))
        assert bench.chosen == [wanted]
        assert bench.current == wanted
        assert bench.table.selectionModel().isRowSelected(bench.table.currentIndex().row())
        bench.table.setCurrentIndex(QModelIndex())


def test_a_drag_ends_in_the_row_where_it_began(bench: Bench) -> None:
    bench.add_now(100)
    port, points = bench.table.viewport(), bench.visible()
    wanted = bench.under(points[3])
    bench.qtbot.mousePress(port, LEFT, pos=points[3])
    bench.qtbot.mouseMove(port, points[9])
    bench.qtbot.mouseRelease(port, LEFT, pos=points[9])
    assert bench.current == wanted
    assert bench.chosen == [wanted]


def test_nothing_moves_while_a_button_is_down(bench: Bench) -> None:
    bench.add_now(100)
    port, point = bench.table.viewport(), bench.visible()[-1]
    assert bench.under(point) == 99
    bench.qtbot.mousePress(port, LEFT, pos=point)
    for _ in range(3):
        bench.add(10)
        bench.qtbot.wait(60)  # longer than a frame
        assert bench.under(point) == 99
    assert bench.table.follower.following
    bench.qtbot.mouseRelease(port, LEFT, pos=point)
    assert bench.under(point) == 99  # a second click may follow
    bench.qtbot.waitUntil(lambda: bench.under(point) == 129, timeout=3000)
    assert bench.current == 99


def test_a_second_click_meets_the_same_row(bench: Bench) -> None:
    bench.add_now(100)
    opened: list[None] = []
    bench.table.opened.connect(lambda: opened.append(None))
    port, point = bench.table.viewport(), bench.visible()[-1]
    bench.qtbot.mouseClick(port, LEFT, pos=point)
    bench.add(5)
    QApplication.processEvents()
    bench.qtbot.mouseDClick(port, LEFT, pos=point)
    assert bench.current == 99
    assert opened == [None]


def test_a_press_whose_release_is_lost_holds_nothing_up(bench: Bench) -> None:
    bench.add_now(10)
    bench.qtbot.mousePress(bench.table.viewport(), LEFT, pos=bench.visible()[2])
    bench.page.hide()
    bench.page.show()
    bench.add(5)
    bench.qtbot.waitUntil(lambda: bench.model.rowCount() == 15)


def test_empty_space_and_dividers_select_nothing(bench: Bench) -> None:
    bench.add(3)
    bench.divide()
    bench.add_now(2)
    port, height = bench.table.viewport(), bench.table.row_height
    for row in (3, 9):
        bench.qtbot.mouseClick(port, LEFT, pos=QPoint(200, row * height + 5))
        bench.qtbot.mouseClick(port, RIGHT, pos=QPoint(200, row * height + 5))
    assert bench.chosen == []
    assert bench.current is None
    assert not bench.table.selectionModel().hasSelection()
    assert bench.table.follower.following


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_right_click_selects_and_asks_for_a_menu(bench: Bench) -> None:
    bench.add_now(20)
    asked: list[int | None] = []

    def fill(menu: QMenu) -> None:
        asked.append(bench.current)
        menu.addAction("Copy URL")

    bench.table.menuWanted.connect(fill)
    port, point = bench.table.viewport(), bench.visible()[4]
    wanted = bench.under(point)
    bench.qtbot.mousePress(port, RIGHT, pos=point)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, port.mapToGlobal(point))
    QApplication.sendEvent(port, event)
    bench.qtbot.mouseRelease(port, RIGHT, pos=point)
    assert asked == [wanted]
    menu = bench.table.findChild(QMenu, "requestsViewMenu")
    assert menu is not None
    bench.add(50)
    bench.qtbot.wait(60)
    assert bench.under(point) == wanted  # it stays still under an open menu
    menu.close()
    bench.qtbot.waitUntil(lambda: bench.model.rowCount() == 70)


def test_the_menu_key_asks_for_the_current_row(bench: Bench) -> None:
    bench.add_now(20)
    asked: list[int | None] = []
    bench.table.menuWanted.connect(lambda _menu: asked.append(bench.current))
    bench.table.setCurrentIndex(bench.model.index_of(15))
    reason = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(bench.table, QContextMenuEvent(reason, QPoint(0, 0), QPoint(0, 0)))
    assert asked == [15]


# Focus and keys


def test_entering_changes_no_selection_and_goes_on_following(bench: Bench) -> None:
    bench.add_now(100)
    for reason in (
        Qt.FocusReason.TabFocusReason,
        Qt.FocusReason.ShortcutFocusReason,
        Qt.FocusReason.MouseFocusReason,
    ):
        bench.table.setFocus(reason)
        assert bench.table.hasFocus()
        assert bench.current is None
        bench.field.setFocus()
    bench.table.setCurrentIndex(bench.model.index_of(99))
    bench.table.setFocus(Qt.FocusReason.TabFocusReason)
    assert bench.current == 99
    assert bench.table.follower.following
    bench.add_now(10)
    bar = bench.table.verticalScrollBar()
    assert bar.value() == bar.maximum()


def test_letters_go_to_a_table_that_has_a_use_for_them(bench: Bench) -> None:
    bench.add_now(100)
    bench.table.setCurrentIndex(bench.model.index_of(50))
    bench.table.setFocus()
    for key, text in ((Qt.Key.Key_R, "r"), (Qt.Key.Key_1, "1"), (Qt.Key.Key_Slash, "/")):
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text)
        bench.table.keyPressEvent(event)
        assert not event.isAccepted()
    bench.table.keyboardSearch("/7")
    assert bench.current == 50


def test_keys_move_over_dividers(bench: Bench) -> None:
    bench.divide()
    bench.add(3)
    bench.divide()
    bench.divide()
    bench.add(97)
    bench.divide()
    bench.table.catch_up()
    press = bench.qtbot.keyClick
    keys = Qt.Key
    page = bench.table.viewport().height() // bench.table.row_height - 1
    for key, wanted in (
        (keys.Key_Down, 99),  # from nowhere, while it follows: the newest
        (keys.Key_Down, 99),
        (keys.Key_Home, 0),
        (keys.Key_Up, 0),
        (keys.Key_Down, 1),
        (keys.Key_Down, 2),
        (keys.Key_Down, 3),
        (keys.Key_Up, 2),
        (keys.Key_PageDown, page),  # two rows of the page are dividers
        (keys.Key_PageUp, 2),
        (keys.Key_End, 99),
    ):
        press(bench.table, key)
        assert bench.current == wanted, key
        assert bench.chosen[-1] == wanted
        rect = bench.table.visualRect(bench.table.currentIndex())
        assert bench.table.viewport().rect().intersects(rect)


def test_what_is_new_is_counted_by_rows_and_not_by_changes(qtbot: Any, make: Any) -> None:
    bench = Bench(qtbot, make, capacity=200, block=10)
    bench.table.arrange(Filter[Any](lambda row: row.finished.status != 404, All(())), ARRIVAL)
    bench.add_now(100)
    qtbot.keyClick(bench.table, Qt.Key.Key_Home)
    bench.add_now(3)
    bench.divide()
    bench.add_now(1)
    assert bench.table.follower.new == 5
    bench.add(1_000)  # more than memory holds since it was looked at: all is arranged anew
    bench.table.catch_up()
    qtbot.waitUntil(lambda: bench.model.progress is None)
    assert bench.table.follower.new == bench.model.rowCount()


def test_end_follows_again(bench: Bench) -> None:
    bench.add_now(100)
    bench.qtbot.keyClick(bench.table, Qt.Key.Key_Home)
    assert not bench.table.follower.following
    bench.add_now(7)
    assert bench.table.follower.button.text() == "\u2193 7 new"
    bench.qtbot.keyClick(bench.table, Qt.Key.Key_End)
    assert bench.table.follower.following
    assert bench.table.follower.button.isHidden()
    bench.add_now(3)
    bar = bench.table.verticalScrollBar()
    assert bar.value() == bar.maximum()


def test_enter_and_escape_are_reported(bench: Bench) -> None:
    bench.add_now(5)
    with bench.qtbot.assertNotEmitted(bench.table.opened):
        bench.qtbot.keyClick(bench.table, Qt.Key.Key_Return)
    bench.table.setCurrentIndex(bench.model.index_of(3))
    with bench.qtbot.waitSignal(bench.table.opened):
        bench.qtbot.keyClick(bench.table, Qt.Key.Key_Return)
    with bench.qtbot.waitSignal(bench.table.left):
        bench.qtbot.keyClick(bench.table, Qt.Key.Key_Escape)


# What is painted


def test_a_new_row_is_all_that_is_painted(bench: Bench) -> None:
    bench.add_now(100)
    bench.settle()
    bench.painter.placed = 0
    bench.add_now(1)
    QApplication.processEvents()
    height = bench.table.row_height
    painted = [region.boundingRect().height() for region in bench.table.painted]
    assert 0 < sum(painted) <= height
    assert bench.painter.placed == 1


def test_what_passes_below_a_resting_pointer_is_not_painted_for_it(bench: Bench) -> None:
    """Qt asks the screen where the pointer is, and paints two rows, whenever a view scrolls."""
    bench.add_now(100)
    table, port = bench.table, bench.table.viewport()
    QCursor.setPos(port.mapToGlobal(port.rect().center()))
    bench.qtbot.mouseMove(port, port.rect().center())
    bench.add_now(1)  # takes the tint off the row that was below it
    bench.settle()
    bench.add_now(1)
    QApplication.processEvents()
    painted = [region.boundingRect().height() for region in table.painted]
    assert 0 < sum(painted) <= table.row_height


def test_the_hint_goes_with_the_first_row_below_a_divider(bench: Bench) -> None:
    bench.table.set_hint("No requests yet", "Send one.")
    bench.divide()
    bench.table.catch_up()
    bench.settle()
    bench.add_now(1)
    bench.qtbot.waitUntil(lambda: bool(bench.table.painted))
    port = bench.table.viewport().rect()
    assert any(region.boundingRect() == port for region in bench.table.painted)
    bench.settle()
    bench.add_now(1)
    bench.qtbot.waitUntil(lambda: bool(bench.table.painted))
    assert all(region.boundingRect() != port for region in bench.table.painted)


def test_a_row_that_ends_is_painted_by_itself(bench: Bench, make: Any) -> None:
    bench.add(10)
    bench.log.add_started(make.request(11, "/slow"))
    bench.add_now(0)
    bench.settle()
    bench.log.add_finished(make.finished(11, "/slow"))
    bench.add_now(0)
    QApplication.processEvents()
    rect = bench.table.visualRect(bench.model.index(10, 0))
    for region in bench.table.painted:
        assert region.boundingRect().top() >= rect.top()
        assert region.boundingRect().bottom() <= rect.bottom()
    assert bench.table.painted


def test_a_batch_that_is_sorted_in_out_of_sight_paints_nothing(bench: Bench) -> None:
    table, order = bench.table, REQUEST_ORDERS["duration"]
    for duration in range(1, 300):
        bench.add(duration=float(duration))
    table.arrange(None, order)
    bench.settle()
    shown = [bench.model.number(bench.model.index(row, 0)) for row in range(20)]
    for number in range(2 * MAX_RANGES):  # so many places that all of it is arranged anew
        bench.add(duration=150.5 + number)
    table.catch_up()
    QApplication.processEvents()
    assert bench.model.rowCount() == 299 + 2 * MAX_RANGES
    assert [bench.model.number(bench.model.index(row, 0)) for row in range(20)] == shown
    assert table.painted == []
    bench.add(duration=0.5)  # comes first
    for number in range(2 * MAX_RANGES):
        bench.add(duration=150.7 + number)
    table.catch_up()
    QApplication.processEvents()
    assert bench.model.number(bench.model.index(0, 0)) == 299 + 2 * MAX_RANGES
    assert table.painted


def test_what_scrolls_by_unseen_is_never_laid_out(bench: Bench) -> None:
    bench.add_now(100)
    bench.settle()
    bench.painter.placed = 0
    bench.add(5_000)
    bench.table.catch_up()
    QApplication.processEvents()
    first, last = bench.table.visible_rows()
    assert bench.painter.placed <= last - first + 1
    bench.table.verticalScrollBar().setValue(0)
    bench.settle()
    bench.painter.placed = 0
    bench.add_now(50)
    QApplication.processEvents()
    assert bench.painter.placed == 0


def test_start_and_end_in_one_batch_are_one_row(bench: Bench, make: Any) -> None:
    inserted: list[int] = []
    changed: list[None] = []
    bench.model.rowsInserted.connect(lambda _p, low, high: inserted.append(high - low + 1))
    bench.model.dataChanged.connect(lambda *_: changed.append(None))
    for number in range(1, 4):
        bench.log.add_started(make.request(number))
        bench.log.add_finished(make.finished(number))
    bench.add_now(0)
    assert (inserted, changed) == ([3], [])


def test_a_table_that_nobody_sees_takes_nothing_over(bench: Bench) -> None:
    bench.add_now(10)
    bench.page.hide()
    bench.painter.placed = 0
    bench.table.catch_up()
    before = time.monotonic()
    for _ in range(20):
        bench.add(10)
        QApplication.processEvents()
    if time.monotonic() - before < 0.9:
        assert bench.model.rowCount() == 10
    assert bench.painter.placed == 0
    bench.page.show()
    assert bench.model.rowCount() == 210


def test_frames_come_at_intervals(bench: Bench) -> None:
    bench.add_now(1)
    before = time.monotonic()
    bench.add(1)
    bench.add(1)
    if time.monotonic() - before < 0.04:
        assert bench.model.rowCount() == 1
    bench.qtbot.waitUntil(lambda: bench.model.rowCount() == 3)


def test_many_rows_are_taken_over_in_another_turn_than_they_came_in(bench: Bench) -> None:
    bench.add_now(1)
    bench.table._last_sync = 0.0  # long ago
    bench.add(1)
    assert bench.table._due.interval() <= 1
    bench.qtbot.waitUntil(lambda: bench.model.rowCount() == 2)
    bench.table._last_sync = 0.0
    bench.add(2 * MANY)
    assert bench.table._due.interval() == APART_MS
    bench.qtbot.waitUntil(lambda: bench.model.rowCount() == 2 + 2 * MANY)
    bench.table._last_sync = time.monotonic()
    bench.add(2 * MANY)
    assert FRAME_MS < bench.table._due.interval() <= FLOOD_FRAME_MS + 1


def test_a_running_clock_moves_until_the_end(bench: Bench, make: Any) -> None:
    bench.add(3)
    bench.log.add_started(make.request(4, "/slow"))
    bench.add_now(0)
    bench.settle()
    bench.qtbot.waitUntil(lambda: len(bench.table.painted) >= 2)
    assert all(region.boundingRect().height() <= 25 for region in bench.table.painted)
    bench.log.add_finished(make.finished(4, "/slow"))
    bench.add_now(0)
    bench.qtbot.waitUntil(lambda: not bench.table._tick.isActive())
    bench.settle()
    bench.qtbot.wait(250)
    assert bench.table.painted == []


def pixel(table: PaintedTable, x: int, row: int) -> str:
    image = table.viewport().grab().toImage()
    ratio = table.devicePixelRatioF()
    y = table.rowViewportPosition(row) + 2
    return QColor(image.pixelColor(int(x * ratio), int(y * ratio))).name()


def test_the_red_edge_stays_on_a_selected_row(bench: Bench) -> None:
    bench.add(2)
    bench.add_now(1, status=500)
    shades = theme.colours(bench.table.palette())
    assert pixel(bench.table, 1, 2) == shades.danger
    assert pixel(bench.table, 300, 2) == shades.danger_ground
    assert pixel(bench.table, 300, 1) == shades.base
    bench.table.setCurrentIndex(bench.model.index_of(2))
    assert pixel(bench.table, 1, 2) == shades.danger
    assert pixel(bench.table, 4, 2) == shades.edge
    assert pixel(bench.table, 300, 2) == shades.selection_blurred
    bench.table.setFocus()
    bench.qtbot.waitUntil(bench.table.hasFocus)
    assert pixel(bench.table, 4, 2) == shades.accent
    assert pixel(bench.table, 300, 2) == shades.selection
    bench.field.setFocus()
    assert pixel(bench.table, 300, 2) == shades.selection_blurred


def test_the_row_under_the_pointer_is_tinted(bench: Bench) -> None:
    bench.add(5)
    bench.divide()
    bench.table.catch_up()
    shades = theme.colours(bench.table.palette())
    port, height = bench.table.viewport(), bench.table.row_height
    bench.qtbot.mouseMove(port, QPoint(100, 2 * height + 8))
    bench.qtbot.waitUntil(lambda: pixel(bench.table, 300, 2) == shades.hover)
    bench.qtbot.mouseMove(port, QPoint(100, 5 * height + 8))
    bench.qtbot.waitUntil(lambda: pixel(bench.table, 300, 2) == shades.base)
    assert pixel(bench.table, 3, 5) == shades.base  # a divider is nothing to click
    QApplication.sendEvent(port, QEvent(QEvent.Type.Leave))
    assert pixel(bench.table, 300, 5) == shades.base


def test_rows_that_pass_below_a_resting_pointer_are_not_tinted(bench: Bench) -> None:
    bench.add_now(100)
    shades = theme.colours(bench.table.palette())
    port = bench.table.viewport()
    bench.qtbot.mouseMove(port, QPoint(100, 60))
    row = bench.table.rowAt(60)
    bench.qtbot.waitUntil(lambda: bench.table._hovered == row)
    bench.add_now(3)
    assert bench.table.rowAt(60) == row + 3
    grounds = {port.grab().toImage().pixelColor(2, y).name() for y in range(port.height())}
    assert shades.hover not in grounds
    bench.qtbot.mouseMove(port, QPoint(101, 62))
    bench.qtbot.waitUntil(lambda: bench.table._hovered == row + 3)


def test_the_button_stands_at_the_end_of_the_path(bench: Bench) -> None:
    bench.add_now(100)
    bench.table.verticalScrollBar().setValue(0)
    bench.add_now(11)
    button, port = bench.table.follower.button, bench.table.viewport().geometry()
    assert button.isVisible()
    path = bench.table.columns.spans()[PATH]
    assert abs(button.geometry().right() - port.left() - path.right) <= 1
    assert button.geometry().bottom() < port.bottom()
    bench.page.resize(1300, 700)
    QApplication.processEvents()
    path = bench.table.columns.spans()[PATH]
    assert abs(button.geometry().right() - port.left() - path.right) <= 1


# Trimming, sizes, columns


def test_trimming_moves_nothing_that_is_looked_at(qtbot: Any, make: Any) -> None:
    bench = Bench(qtbot, make, capacity=200, block=50)
    bench.add_now(240)
    bar = bench.table.verticalScrollBar()
    bar.setValue(bar.maximum() - 400)
    point = QPoint(200, 100)
    seen = bench.under(point)
    for _ in range(3):
        bench.add_now(20)
        assert bench.under(point) == seen
        assert not bench.table.follower.following
    assert bench.log.dropped


def test_the_current_row_may_be_dropped(qtbot: Any, make: Any) -> None:
    bench = Bench(qtbot, make, capacity=50, block=10)
    bench.add_now(50)
    bench.table.setCurrentIndex(bench.model.index_of(3))
    bench.chosen.clear()
    bench.add_now(30)
    assert bench.current is None
    assert bench.chosen == []


def test_another_filter_keeps_the_current_row(bench: Bench) -> None:
    bench.add_now(20)
    bench.table.setCurrentIndex(bench.model.index_of(8))
    bench.chosen.clear()
    bench.model._divided.arrange(Filter(lambda row: row.number % 2 == 0, All(())))
    assert bench.current == 8
    assert bench.chosen == []
    bench.model._divided.arrange(Filter(lambda row: row.number % 2 == 1, All(())))
    assert bench.current is None


def test_columns_leave_in_their_order(bench: Bench) -> None:
    def there(width: int) -> tuple[bool, bool, bool, int]:
        bench.page.resize(width, 400)
        QApplication.processEvents()
        spans = bench.table.columns.spans()
        time_width = bench.table.look().face("mono").width("23:59:58.888")
        return VIEW in spans, SIZE in spans, spans[TIME].width >= time_width, spans[PATH].width

    wide = there(1300)
    assert wide[:3] == (True, True, True)
    assert there(900)[:3] == (False, True, True)
    widths = [there(width) for width in range(900, 400, -20)]
    assert (False, True, False) in {item[:3] for item in widths}
    assert widths[-1][:3] == (False, False, False)
    px = bench.table.look().px
    for _, sized, timed, path in widths:
        assert path >= px(230 if timed else 190 if sized else COLUMNS[PATH].least)
    bench.table.columns.choose(SIZE, True)
    assert there(450)[1]
    bench.table.columns.choose(SIZE, False)
    assert not there(1300)[1]


def test_the_current_row_stays_in_sight_in_a_lower_table(bench: Bench) -> None:
    bench.add_now(20)
    table = bench.table
    table.resize(table.width(), 500)
    bench.qtbot.mouseClick(table.viewport(), LEFT, pos=bench.visible()[-2])
    row = table.currentIndex().row()
    table.follower.pause()
    table.resize(table.width(), 200)
    first, last = table.visible_rows()
    assert 0 < first < row <= last


def test_rows_can_be_lower(bench: Bench) -> None:
    bench.add_now(3)
    assert bench.table.row_height == 25
    bench.table.set_compact(True)
    assert bench.table.row_height == 21
    assert bench.table.rowViewportPosition(2) == 42


def test_a_row_is_read_out_as_a_sentence(bench: Bench) -> None:
    bench.add(1, status=404)
    bench.divide()
    bench.table.catch_up()
    role = Qt.ItemDataRole.AccessibleTextRole
    assert bench.model.index(0, PATH).data(role) == "GET /1, 404, refused, 12.3 ms"
    assert "Started http://127.0.0.1:5000/" in bench.model.index(1, PATH).data(role)
    assert not bench.model.flags(bench.model.index(1, 0)) & Qt.ItemFlag.ItemIsSelectable


def test_many_columns_scroll_sideways_and_the_path_keeps_its_room(bench: Bench) -> None:
    table, bar = bench.table, bench.table.horizontalScrollBar()
    bench.add_now(3)
    assert bar.maximum() == 0
    for number, column in enumerate(COLUMNS):
        if not column.shown:
            table.columns.choose(number, True)
    bench.qtbot.waitUntil(lambda: bar.maximum() > 0)
    least = table.look().px(COLUMNS[PATH].least)
    assert table.place_of(PATH).width >= least
    last = max(range(len(COLUMNS)), key=table.columns.visualIndex)
    assert table.place_of(last).left > table.viewport().width()
    before = table.place_of(PATH)
    bar.setValue(bar.maximum())
    assert table.place_of(PATH).left == before.left - bar.maximum()
    assert table.place_of(PATH).width == before.width
    assert table.place_of(last).right <= table.viewport().width()
    table.painted.clear()
    bench.qtbot.waitUntil(lambda: table.painted != [])
    table.scrollTo(bench.model.index(0, 0))  # a row, whichever part of it is seen
    assert bar.value() == bar.maximum()
    table.columns.forget()
    bench.qtbot.waitUntil(lambda: bar.maximum() == 0)


def test_rows_are_sorted_by_every_column() -> None:
    assert [column.name for column in COLUMNS if not column.sorts] == []
