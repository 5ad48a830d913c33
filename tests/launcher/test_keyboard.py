"""The keyboard alone: Tab goes through a page as it is read, and back; every control has a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFrame,
    QHeaderView,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QTableView,
    QTreeView,
    QWidget,
)

from launcher.bridge import EventBridge
from launcher.core.har import har_parts
from launcher.opening.servers import Servers
from launcher.page.watching import Watching
from launcher.panes.controls.reading_order import stops
from launcher.panes.editor_dialog import EditorDialog
from launcher.panes.output.whole_line import WholeLine
from launcher.server_page import REQUESTS

CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar,
)  # fmt: skip

# As they are read: of each tab the first ones, and those between which others may come.
READ = {
    "Set-up": ["appCombo", "pythonCombo", "hostEdit", "portSpin", "modeCombo", "copyCommandButton"],
    "Requests": [
        "requestFilter", "staticChip", "filterMore", "requestsView", "closeDetailsButton",
        "replayButton", "requestDetailsBar", "responseBodyView", "responseBody",
    ],
    "Errors": ["errorsFilter", "errorsSort", "errorsView", "openEditorButton", "errorDetails"],
    "Output": ["outputFilter", "outputOnly", "outputErrors", "outputWrap", "outputView"],
    "Flow": ["flowRequestCombo", "flowLearnButton", "flowView"],
    "Routes": ["routesFilter", "routesView"],
}  # fmt: skip


@pytest.fixture
def busy(window: Any, make: Any, qtbot: Any) -> Any:
    """A window with something in every list."""
    page = window.page
    window.resize(1180, 760)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    page.commands.start.trigger()
    bridge = page.findChild(EventBridge)
    bridge.post(make.started())
    for number in range(1, 6):
        bridge.post(make.finished(number, f"/orders/{number}?page=2"))
    bridge.post(make.error(6, request_id=4))
    bridge.flush()
    page.requests.show_request(0)
    return window


def settled(qapp: QApplication) -> None:
    for _turn in range(5):
        qapp.processEvents()


def press_through(qtbot: Any, start: QWidget, key: Qt.Key) -> list[QWidget]:
    """What gets the focus until it is back."""
    start.setFocus(Qt.FocusReason.TabFocusReason)
    found: list[QWidget] = []
    for _press in range(120):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in found:
            break
        found.append(focused)
        qtbot.keyClick(focused, key)
    assert QApplication.focusWidget() is found[0], "nothing keeps Tab for itself"
    return found


def test_tab_goes_through_every_tab_as_it_is_read(
    busy: Any, qtbot: Any, qapp: QApplication
) -> None:
    panes = busy.page.panes
    for index in range(panes.count()):
        panes.setCurrentIndex(index)
        settled(qapp)
        start = busy.page.head.menu
        there = press_through(qtbot, start, Qt.Key.Key_Tab)
        assert there == stops(busy)
        names = [widget.objectName() for widget in there]
        landmarks = ["menuButton", "stopButton", "searchButton", "panesBar"]
        landmarks += READ.get(panes.tabText(index).replace("&", ""), [])
        assert [name for name in names if name in landmarks] == landmarks
        back = press_through(qtbot, start, Qt.Key.Key_Backtab)
        assert back[1:] == there[:0:-1]


def test_tab_leaves_the_composer(busy: Any, qtbot: Any, qapp: QApplication) -> None:
    qtbot.keyClick(busy.page.requests.view, Qt.Key.Key_E)
    settled(qapp)
    there = press_through(qtbot, busy.page.head.menu, Qt.Key.Key_Tab)
    assert any(widget.objectName().startswith("composer") for widget in there)


def test_where_the_focused_part_goes_the_focus_stays_near(busy: Any, qapp: QApplication) -> None:
    details = busy.page.requests.details
    details.curl.setFocus(Qt.FocusReason.TabFocusReason)
    details.curl.hide()
    settled(qapp)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused is not busy.page.head.menu


def test_a_message_that_goes_leaves_the_focus_where_it_was_or_beside_it(
    window: Any, qtbot: Any, qapp: QApplication
) -> None:
    page = window.page
    page.panes.setCurrentIndex(REQUESTS)
    line, view = page.line, page.requests.view
    view.setFocus()
    line.show_message("Something.", "Do it", lambda: None)
    settled(qapp)
    qtbot.mouseClick(line.button, Qt.MouseButton.LeftButton)
    assert view.hasFocus()  # a click is no reason to leave it
    line.dismiss_shown()
    assert view.hasFocus()
    line.show_message("Something.", "Do it", lambda: None)
    settled(qapp)
    line.button.setFocus(Qt.FocusReason.TabFocusReason)
    before = stops(window)[stops(window).index(line.button) - 1]
    line.dismiss_shown()
    assert before.hasFocus()
    assert before is not window.page.head.menu


def nameless(root: QWidget, *, away: bool = False) -> list[str]:
    """The controls within a widget that a screen reader has no name for.

    :param away: also those that are hidden, but for buttons that get their words when they come
    """
    found = []
    for widget in (root, *root.findChildren(QWidget)):
        takes_focus = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        focusable = isinstance(widget, QAbstractScrollArea) and takes_focus
        if not isinstance(widget, CONTROLS) and not focusable:
            continue
        if isinstance(widget, QAbstractSlider) or widget.objectName().startswith("qt_"):
            continue
        parent = widget.parentWidget()
        if isinstance(parent, (QComboBox, QAbstractSpinBox, QTabBar, QLineEdit, QAbstractItemView)):
            continue  # a part of it
        if isinstance(widget, QListView) and type(parent) is QFrame:
            continue  # the list that a combo box opens
        wordless = isinstance(widget, QAbstractButton) and widget.icon().isNull()
        if _is_away(widget) and (not away or wordless):
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        if interface is None or not interface.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} {widget.objectName()!r} in {_where(widget)}")
    return found


def _is_away(widget: QWidget) -> bool:
    """Whether it is hidden, and not just in a tab that isn't in front."""
    parent: QWidget | None = widget
    while parent is not None and not parent.isWindow():
        above = parent.parentWidget()
        if parent.isHidden() and not isinstance(above, QStackedWidget):
            return True
        parent = above
    return False


def _where(widget: QWidget) -> str:
    names, parent = [], widget.parentWidget()
    while parent is not None:
        names.append(parent.objectName() or type(parent).__name__)
        parent = parent.parentWidget()
    return " < ".join(names[:4])


def untitled(root: QWidget) -> list[str]:
    """The heads of tables without a name, and the columns without a title."""
    found = []
    for head in root.findChildren(QHeaderView):
        view = head.parentWidget()
        assert isinstance(view, (QTableView, QTreeView))
        if head.orientation() != Qt.Orientation.Horizontal:
            continue
        if not head.accessibleName():
            found.append(f"the head of {view.objectName()!r} in {_where(view)}")
        model, is_shown = view.model(), not head.isHidden()
        for column in range(head.count() if is_shown else 0):
            if not model.headerData(column, Qt.Orientation.Horizontal):
                found.append(f"column {column} of {view.objectName()!r}")
    return found


def test_every_control_of_the_window_has_a_name(busy: Any, qapp: QApplication) -> None:
    """Also those that are hidden: some come with a key."""
    settled(qapp)
    found = nameless(busy, away=True) + untitled(busy)
    assert not found, "\n".join(found)


def test_every_control_of_watch_has_a_name_and_is_reached(
    busy: Any, qtbot: Any, qapp: QApplication
) -> None:
    page = busy.page
    qtbot.keyClick(page.requests.view, Qt.Key.Key_P)
    page.commands.show_watch.trigger()
    (watching,) = page.findChildren(Watching)
    qtbot.waitUntil(lambda: bool(watching.log.pins))
    page.watch.show_pin(watching.log.pins[0].key)
    settled(qapp)
    found = nameless(page.watch, away=True) + untitled(page.watch)
    assert not found, "\n".join(found)
    start = page.head.menu
    there = press_through(qtbot, start, Qt.Key.Key_Tab)
    assert there == stops(busy)
    assert page.watch.view in there
    assert sum(page.watch.isAncestorOf(widget) for widget in there) > 1
    assert press_through(qtbot, start, Qt.Key.Key_Backtab)[1:] == there[:0:-1]


def test_every_control_of_a_file_s_page_has_a_name_and_is_reached(
    busy: Any, qtbot: Any, qapp: QApplication, tmp_path: Path
) -> None:
    path = tmp_path / "shop.har"
    done = busy.page.controller.requests.get(0).finished
    path.write_text("".join(har_parts([done], lambda _: "http://shop.example", secrets=True)))
    busy.findChild(Servers).open_path(str(path))
    qtbot.waitUntil(lambda: len(busy.pages.files) == 1, timeout=30_000)
    page = busy.page
    qtbot.waitUntil(lambda: page.requests.model.shown == 1, timeout=30_000)
    page.requests.show_request(0)
    settled(qapp)
    found = nameless(page, away=True) + untitled(page)
    assert not found, "\n".join(found)
    start = page.requests.view
    there = press_through(qtbot, start, Qt.Key.Key_Tab)
    order = stops(busy)
    at = order.index(start)
    assert there == order[at:] + order[:at]
    for name in ("requestFilter", "filterMore", "requestsView", "requestDetailsBar"):
        assert name in [widget.objectName() for widget in there]
    assert press_through(qtbot, start, Qt.Key.Key_Backtab)[1:] == there[:0:-1]


def test_the_palette_is_left_by_escape_alone(busy: Any, qtbot: Any, qapp: QApplication) -> None:
    """It is one field with a list below it, which is gone through with the arrows: Tab stays."""
    before = busy.page.requests.view
    before.setFocus()
    busy.commands.palette.trigger()
    settled(qapp)
    palette = busy.findChild(QWidget, "commandPalette")
    found = nameless(palette, away=True)
    assert not found, "\n".join(found)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        qtbot.keyClick(QApplication.focusWidget(), key)
        assert palette.isAncestorOf(QApplication.focusWidget())
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert QApplication.focusWidget() is before


def test_the_choice_of_an_editor_is_made_by_keys(busy: Any, qtbot: Any, qapp: QApplication) -> None:
    dialog = EditorDialog("", busy)
    settled(qapp)
    found = nameless(dialog, away=True)
    assert not found, "\n".join(found)
    start = QApplication.focusWidget()
    assert start is not None
    there = press_through(qtbot, start, Qt.Key.Key_Tab)
    assert {*dialog.findChildren(QPushButton), dialog.combo} <= {*there, *_around(there)}
    chosen: list[str] = []
    dialog.chosen.connect(chosen.append)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert len(chosen) == 1


def _around(widgets: list[QWidget]) -> list[QWidget]:
    return [parent for widget in widgets if (parent := widget.parentWidget()) is not None]


def test_every_control_of_the_dialogs_has_a_name(busy: Any, qapp: QApplication) -> None:
    for action in (busy.commands.preferences, busy.commands.keys):
        action.trigger()
        settled(qapp)
    WholeLine("x" * 5000, 5000, busy).show()
    dialogs = [widget for widget in qapp.topLevelWidgets() if isinstance(widget, QDialog)]
    assert len(dialogs) >= 3
    found = [fault for dialog in dialogs for fault in nameless(dialog)]
    for dialog in dialogs:
        dialog.close()
    assert not found, "\n".join(found)


def test_enter_presses_the_button_with_the_focus(window: Any, make: Any, qtbot: Any) -> None:
    """As in any other program; but it switches nothing that has two states."""
    page = window.page or make()
    copy = page.findChild(QAbstractButton, "copyCommandButton")
    debug = page.findChild(QAbstractButton, "setupDebugCheck")
    pressed: list[bool] = []
    copy.clicked.connect(lambda: pressed.append(True))
    copy.setFocus()
    qtbot.keyClick(copy, Qt.Key.Key_Return)
    assert pressed == [True]
    was = debug.isChecked()
    debug.setFocus()
    qtbot.keyClick(debug, Qt.Key.Key_Return)
    assert debug.isChecked() == was
