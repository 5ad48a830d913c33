"""Names and values as one text in two columns."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from launcher.core.bodies.fields import request_groups
from launcher.panes.details.fields_view import FieldsView
from server.events import RequestFinished

LONG = "text/html,application/xhtml+xml, application/xml;q=0.9, image/avif, image/webp, */*;q=0.8"


@pytest.fixture
def view(qtbot: Any) -> FieldsView:
    done = RequestFinished.of(
        id=1, started=1.0, duration=0.1, method="GET", target="/",
        request_headers=(("Host", "a.b"), ("Accept-Everything", LONG), ("Accept", "x")),
    )  # fmt: skip
    view = FieldsView("requestHeaders", "Headers")
    qtbot.addWidget(view)
    view.resize(420, 300)
    with qtbot.waitExposed(view):
        view.show()
    view.show_group(next(group for group in request_groups(done) if group.key == "headers"))
    return view


def lefts(view: FieldsView, field: int) -> list[int]:
    """Where each line of a field's value begins, in pixels."""
    block = view.document().findBlockByNumber(field)
    colon = block.text().index(": ") + 2
    layout = block.layout()
    found = []
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        at = line.textStart() if number else colon
        found.append(round(line.cursorToX(at)[0]))
    return found


def test_wrapped_lines_begin_in_the_column_of_the_values(qtbot: Any, view: FieldsView) -> None:
    for width in (420, 380, 600):
        view.resize(width, 300)
        qtbot.waitUntil(lambda width=width: view.width() == width)
        begins = lefts(view, 2)
        assert len(begins) > 1
        assert max(begins) - min(begins) <= 1
        assert lefts(view, 1) == lefts(view, 3) == begins[:1]
        assert view.lines() == 3 + len(begins)
    view.selectAll()
    view.copy()
    assert f"\nAccept-Everything: {LONG}\n" in QGuiApplication.clipboard().text()


def test_where_there_is_no_room_for_columns_lines_begin_at_the_edge(
    qtbot: Any, view: FieldsView
) -> None:
    view.setMinimumWidth(0)
    view.resize(190, 300)
    qtbot.waitUntil(lambda: view.width() == 190)
    begins = lefts(view, 2)
    assert len(begins) > 2
    assert begins[1] < begins[0]


def test_a_bar_that_takes_its_own_reason_away_stays(
    view: FieldsView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With it the column has no room, and there are fewer lines than without: the window ended in
    a recursion."""
    headers = tuple((f"X-{number}", LONG) for number in range(50))
    done = RequestFinished.of(id=1, started=1.0, request_headers=headers)
    view.show_group(next(group for group in request_groups(done) if group.key == "headers"))
    off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    monkeypatch.setattr(
        view, "lines", lambda: 61.0 if view.verticalScrollBarPolicy() == off else 59.0
    )
    for width in (400, 410, 420):
        view.resize(width, 300)
    assert view.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAsNeeded
