"""The table of which most lists are made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QApplication

from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import RequestLog
from launcher.models.flow import TimelineModel
from launcher.panes.controls.log_table import LogTable
from launcher.panes.controls.timeline import STEP, TIME, TimelineView
from launcher.panes.details.compare_page import ComparePage
from launcher.panes.flow.pane import FlowPane
from launcher.theme import Theme


@pytest.fixture
def look(qapp: QApplication) -> Iterator[Theme]:
    made = Theme.of(qapp)
    yield made
    made.set_text_size(1.0)


def test_rows_and_columns_follow_the_text_size(qtbot: Any, look: Theme) -> None:
    table = LogTable("rows", (10, 0, 8), margin=6)
    qtbot.addWidget(table)
    table.setModel(QStandardItemModel(1, 3, table))
    table.arrange_columns()
    table.resize(900, 300)
    table.setColumnWidth(2, 200)  # as a user has chosen it
    usual = table.row_height, table.columnWidth(0), table.columnWidth(2)
    look.set_text_size(1.5)
    text = table.fontMetrics().height()
    assert table.row_height == text + 6 > usual[0]
    assert table.columnWidth(0) == pytest.approx(10 * table.digit_width() + 18, abs=1)
    assert table.columnWidth(2) > 1.3 * usual[2]
    look.set_text_size(1.0)
    found = table.row_height, table.columnWidth(0), table.columnWidth(2)
    assert found == tuple(pytest.approx(value, abs=2) for value in usual)


def test_a_time_line_that_nobody_has_divided_divides_itself_anew(qtbot: Any, look: Theme) -> None:
    view = TimelineView(TimelineModel())
    qtbot.addWidget(view)
    view.resize(900, 300)
    view.show()
    before = view.columnWidth(TIME)
    look.set_text_size(1.5)
    assert view.columnWidth(TIME) == 8 * view.digit_width() + 16 > before
    look.set_text_size(1.0)
    view.resize(700, 300)
    narrow = view.columnWidth(STEP)
    view.resize(900, 300)
    assert view.columnWidth(STEP) > narrow  # still by itself


def test_every_table_of_the_flow_and_of_a_comparison_does(qtbot: Any, look: Theme) -> None:
    pane, page = FlowPane(RequestLog(), ErrorLog()), ComparePage()
    for part in (pane, page):
        qtbot.addWidget(part)
    tables = [pane.view, pane.summary.view, pane.summary.stage_view, pane.summary.statement_view]
    views = [*tables, page.view]
    usual = [view.verticalHeader().defaultSectionSize() for view in views]
    look.set_text_size(2.0)
    for view, height in zip(views, usual, strict=True):
        large = view.verticalHeader().defaultSectionSize()
        assert large > 1.3 * height
        assert large >= view.fontMetrics().height() + 4
