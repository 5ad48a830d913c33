"""The window with a supervisor that is driven by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTableView,
    QWidget,
)

from launcher.bridge import EventBridge
from launcher.core.display import plural
from launcher.core.state import CAN_RESTART, CAN_START, CAN_STOP, IS_UP, SessionState
from launcher.server_page import ERRORS, REQUESTS
from server.events import OutputWritten, ReloadFailed, Reloading

WAIT = 30_000
S = SessionState


class Seen(QObject):
    """Records which widgets an event of one type comes to."""

    def __init__(self, type: QEvent.Type) -> None:
        super().__init__()
        self.where: list[str] = []
        self._type = type

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == self._type:
            self.where.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


def part(window: Any, name: str, kind: type = QWidget) -> Any:
    page = getattr(window, "page", None)
    found = None if page is None else page.findChild(kind, name)
    found = window.findChild(kind, name) if found is None else found
    assert found is not None, name
    return found


def click(qtbot: Any, window: Any, name: str) -> None:
    qtbot.mouseClick(part(window, name), Qt.MouseButton.LeftButton)


def supervisor(window: Any) -> Any:
    return window.page.controller._supervisor


def test_all_names_of_the_contract_are_there(window: Any) -> None:
    for name, kind in (
        ("projectEdit", QLineEdit),
        ("appCombo", QComboBox),
        ("hostEdit", QComboBox),
        ("portSpin", QSpinBox),
        ("debugCheck", QAbstractButton),
        ("modeCombo", QComboBox),
        ("startButton", QPushButton),
        ("stopButton", QPushButton),
        ("restartButton", QPushButton),
        ("openBrowserButton", QPushButton),
        ("urlLabel", QLabel),
        ("stateLabel", QLabel),
        ("requestsView", QTableView),
        ("requestDetails", QWidget),
        ("requestHeaders", QPlainTextEdit),
        ("requestBody", QPlainTextEdit),
        ("responseHeaders", QPlainTextEdit),
        ("responseBody", QPlainTextEdit),
        ("errorsView", QAbstractItemView),
        ("errorDetails", QPlainTextEdit),
        ("outputView", QAbstractScrollArea),
        ("flowView", QTableView),
        ("openEditorButton", QPushButton),
        ("messagesView", QAbstractItemView),
        ("latestError", QWidget),
        ("setupPage", QWidget),
        ("setupStartButton", QPushButton),
        ("setupDebugCheck", QAbstractButton),
        ("setupReloadCheck", QAbstractButton),
        ("reloadCheck", QAbstractButton),
        ("runInCombo", QComboBox),
        ("envEdit", QPlainTextEdit),
    ):
        part(window, name, kind)


def test_every_control_has_a_name_for_those_who_hear_it(any_window: Any) -> None:
    for control in any_window.findChildren(QWidget):
        focusable = control.focusPolicy() & Qt.FocusPolicy.TabFocus
        if not focusable or not control.objectName() or control.objectName().startswith("qt_"):
            continue
        named = control.accessibleName() or (
            isinstance(control, QAbstractButton) and control.text()
        )
        # A message's buttons have their texts from it, and are hidden until there is one.
        is_empty = control.objectName() in ("messageAction", "messageOffer", "messageCount")
        assert named or is_empty, control


def test_all_labels_are_plain_text(any_window: Any) -> None:
    for label in any_window.findChildren(QLabel):
        if label.objectName():
            safe = label.textFormat() == Qt.TextFormat.PlainText
            assert safe or label.objectName() == "exposureLabel", label.objectName()


def test_each_state_is_shown_and_allows_what_the_table_shows(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    """One after the other, as a server goes through them."""
    seen = [S.STOPPED]
    assert_shown(window, S.STOPPED)

    def go_to(state: S, *events: Any, press: str = "") -> None:
        if press:
            click(qtbot, window, press)
        send(*events)
        assert_shown(window, state)
        seen.append(state)

    go_to(S.STARTING, press="startButton")
    go_to(S.FAILED, make.failed())
    go_to(S.RUNNING, make.started(), press="startButton")
    go_to(S.RELOADING, Reloading(("/shop/shop.py",)))
    go_to(S.BROKEN, ReloadFailed("It can't be."))
    go_to(S.STOPPING, press="stopButton")
    go_to(S.STOPPED, make.stopped())
    go_to(S.CRASHED, make.started(), make.failed("app-crashed"), press="startButton")
    assert set(seen) == set(S)


def assert_shown(window: Any, state: S) -> None:
    assert part(window, "stateLabel").text() == state.value
    for name, is_enabled in (
        ("startButton", state in CAN_START),
        ("stopButton", state in CAN_STOP | {S.STOPPING}),
        ("restartButton", state in CAN_RESTART),
        ("openBrowserButton", state in IS_UP),
        ("projectEdit", state in CAN_START),
    ):
        assert part(window, name).isEnabled() == is_enabled, (state, name)
    assert part(window, "startButton").isVisible() == (state in CAN_START), state
    assert part(window, "stopButton").isVisible() == (state not in CAN_START), state
    for name in ("appCombo", "hostEdit", "portSpin", "debugCheck", "modeCombo"):
        assert part(window, name).isEnabled(), (state, name)
    url = part(window, "urlLabel")
    assert (url.text() == "http://127.0.0.1:5000/") == (state in IS_UP | {S.STOPPING}), state
    assert not part(window, "stateLabel").grab().isNull()


def test_start_hands_over_what_the_form_shows(qtbot: Any, window: Any, tmp_path: Path) -> None:
    part(window, "portSpin").setValue(0)
    part(window, "debugCheck").setChecked(True)
    part(window, "modeCombo").setCurrentIndex(1)
    click(qtbot, window, "startButton")
    config = supervisor(window).config
    assert (config.app, config.project) == ("shop:app", str(tmp_path / "shop"))
    assert (config.port, config.debug, config.mode) == (0, True, "single")
    click(qtbot, window, "startButton")
    assert supervisor(window).calls == ["start"]


def test_a_mistake_in_the_form_is_shown_in_the_window(qtbot: Any, window: Any) -> None:
    part(window, "projectEdit").setText("/no/such/folder")
    click(qtbot, window, "startButton")
    line = part(window, "messageLine")
    assert line.isVisible()
    assert line.text.startswith("There is no folder /no/such/folder")
    assert supervisor(window).calls == []
    click(qtbot, window, "messageDismiss")
    assert not line.isVisible()


def test_keys(qtbot: Any, window: Any, send: Callable[..., None], make: Any) -> None:
    def press(key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        qtbot.keyClick(window, key, modifier)

    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    press(Qt.Key.Key_F5)
    send(make.started())
    press(Qt.Key.Key_F5)
    send(make.stopped(), make.started(), make.request(1))
    press(Qt.Key.Key_L, control)
    assert window.page.controller.requests.total == 0
    keys = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5)
    for index, key in enumerate(keys):
        press(key, Qt.KeyboardModifier.AltModifier)
        assert window.page.panes.currentIndex() == index
    press(Qt.Key.Key_F5, shift)
    assert supervisor(window).calls == ["start", "restart", "stop"]


def test_undo_of_a_clear_selects_the_request_in_the_details_again(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    requests = window.page.requests
    click(qtbot, window, "startButton")
    send(make.started(), *(make.finished(number, f"/{number}") for number in (1, 2, 3)))
    requests.view.catch_up()
    assert requests.show_request(1)
    for take_back in (window.commands.undo, window.page.commands.show_cleared):
        window.page.commands.clear.trigger()
        requests.view.catch_up()
        assert requests.selected is None
        take_back.trigger()
        assert requests.selected == 1


def test_a_port_in_use_offers_the_next_one(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    send(make.failed("port-in-use", message="Port 5000 is taken by <b>x</b>.", suggested_port=5007))
    line = part(window, "messageLine")
    assert line.text == "Port 5000 is taken by <b>x</b>."
    assert part(window, "messageAction").text() == "Use port 5007"
    click(qtbot, window, "messageAction")
    assert part(window, "portSpin").value() == 5007
    assert supervisor(window).config.port == 5007
    assert window.page.controller.state is S.STARTING
    assert not line.isVisible()


def test_a_failed_import_leads_to_its_traceback(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    error = make.error(1)
    click(qtbot, window, "startButton")
    send(
        error,
        make.failed(
            "app-import", message="shop can't be imported.", traceback=error.text, error_id=error.id
        ),
    )
    assert part(window, "messageAction").text() == "Show traceback"
    click(qtbot, window, "messageAction")
    assert window.page.panes.currentIndex() == ERRORS
    assert part(window, "errorDetails").toPlainText() == error.text
    assert part(window, "errorsView").model().rowCount() == 1


def test_from_a_request_to_its_error_and_back(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    send(
        make.started(),
        make.request(1),
        make.finished(1),
        make.request(2, "/pay"),
        make.error(1, 2),
        make.finished(2, "/pay", status=500, error_id=1),
    )
    window.page.requests.show_request(1)
    click(qtbot, window, "showErrorButton")
    assert window.page.panes.currentIndex() == ERRORS
    assert "KeyError: 7" in part(window, "errorDetails").toPlainText()
    click(qtbot, window, "showRequestButton")
    assert window.page.panes.currentIndex() == REQUESTS
    assert window.page.requests.selected == 1
    window.page.controller.hiding.clear("requests")
    window.page.panes.setCurrentIndex(ERRORS)
    click(qtbot, window, "showRequestButton")
    assert part(window, "messageLine").text == "This request is no longer in the list."


@pytest.mark.parametrize("by_key", [True, False])
def test_from_the_set_up_the_focus_goes_on_to_the_requests(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any, by_key: bool
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    page = window.page
    page.setup.start.setFocus()
    if by_key:
        qtbot.keyClick(window, Qt.Key.Key_F5)
    else:
        page.setup.start.click()
    assert page.setup.isAncestorOf(QApplication.focusWidget())  # also while it starts, or fails
    send(make.started())
    assert page.panes.currentIndex() == REQUESTS
    assert page.requests.view.hasFocus()


def test_in_the_head_the_focus_stays_with_start_and_stop(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    page, head = window.page, window.page.head
    page.panes.setCurrentIndex(REQUESTS)
    head.start.setFocus()
    qtbot.keyClick(head.start, Qt.Key.Key_Space)
    assert head.stop.hasFocus()
    send(make.failed())
    assert head.start.hasFocus()
    qtbot.keyClick(window, Qt.Key.Key_F5)
    send(make.started())
    assert head.stop.hasFocus()
    head.restart.setFocus()
    qtbot.keyClick(head.restart, Qt.Key.Key_Space)
    assert head.stop.hasFocus()  # not Debug, which the next press would switch
    send(make.stopped())
    assert head.has_command_focus


def test_counts_and_facts(qtbot: Any, window: Any, send: Callable[..., None], make: Any) -> None:
    window.resize(1600, 700)  # room for all facts, in any font
    click(qtbot, window, "startButton")
    send(make.started(), make.request(1), make.request(2), make.error(1, 2))
    assert part(window, "countsLabel").text() == "2 requests  \u00b7  1 error"
    facts = part(window, "factsLabel").text()
    assert "Threaded" in facts
    assert "Python 3.11.7" in facts
    assert "port 5000" in facts
    tabs = window.page.panes.counts
    assert [(tabs.tabText(n), tabs.count_text(n), tabs.is_urgent(n)) for n in range(4)] == [
        ("Set-up", "", False),
        ("Requests", "2", False),
        ("Errors", "1", True),
        ("Output", "", False),
    ]


def test_numbers_that_change_lay_nothing_out(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    """While requests come, that happened every second, and painted all of the page."""
    click(qtbot, window, "startButton")
    send(make.started(), *(make.finished(number, "/static/a.css") for number in range(100, 110)))
    page = window.page
    page.panes.setCurrentIndex(REQUESTS)
    page.requests.view.catch_up()
    page.numbers.show_counts()
    page.requests.filtering.count()
    qtbot.waitUntil(lambda: part(window, "shownButton").isVisible())
    tabs, counts, shown = (
        page.panes.counts,
        part(window, "countsLabel"),
        part(window, "shownButton"),
    )
    laid_out = Seen(QEvent.Type.LayoutRequest)
    QApplication.instance().installEventFilter(laid_out)

    def settled() -> bool:
        laid_out.where.clear()
        for _ in range(20):
            QApplication.processEvents()
        return not laid_out.where

    qtbot.waitUntil(settled, timeout=WAIT)
    for number in range(110, 118):
        send(make.finished(number, "/static/a.css"))
        page.requests.view.catch_up()
        page.numbers.show_counts()
        page.requests.filtering.count()
        QApplication.processEvents()
    QApplication.instance().removeEventFilter(laid_out)
    assert (tabs.count_text(REQUESTS), shown.text()) == ("18", "0 of 18 shown")
    assert counts.text().startswith("18 requests")
    assert laid_out.where == []


def test_the_address_is_opened_by_mouse_and_keyboard(
    qtbot: Any,
    window: Any,
    send: Callable[..., None],
    make: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or len(opened) < 4
    )
    url = part(window, "urlLabel")
    click(qtbot, window, "urlLabel")
    assert opened == []
    click(qtbot, window, "startButton")
    send(make.started())
    click(qtbot, window, "urlLabel")
    qtbot.keyClick(url, Qt.Key.Key_Return)
    click(qtbot, window, "openBrowserButton")
    assert opened == ["http://127.0.0.1:5000/"] * 3
    click(qtbot, window, "openBrowserButton")
    assert "No browser could be opened" in part(window, "messageLine").text
    window.page.commands.copy_url.trigger()
    assert QGuiApplication.clipboard().text() == "http://127.0.0.1:5000/"


def test_an_open_server_is_marked(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    for host, warned in (
        ("127.0.0.1", False), ("0.0.0.0", True), ("::1", False), ("::", True), ("localhost", False),
    ):  # fmt: skip
        click(qtbot, window, "startButton")
        send(make.started(host=host))
        mark = part(window, "exposureLabel")
        assert mark.isVisible() == warned, host
        if warned:
            window.page.head.layout().activate()
            assert mark.height() <= window.page.head.stop.height()  # not a block of the head
        send(make.stopped())
        assert not part(window, "exposureLabel").isVisible(), host


def test_hostile_events_are_shown_as_text(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    bad = "<img src=x>\x1b[31m\0" + "x" * 100_000
    click(qtbot, window, "startButton")
    send(
        make.started(url="http://<b>/", python=bad, mode=bad),
        make.request(1, bad, bad),
        OutputWritten("stdout", bad),
        make.error(1, 1, type=bad, message=bad, text=bad),
        make.finished(1, bad, method=bad, reason=bad, remote_addr=bad),
    )
    assert part(window, "urlLabel").text() == "http://<b>/"
    assert part(window, "urlLabel").textFormat() == Qt.TextFormat.PlainText
    window.page.requests.show_request(0)
    window.page.links.show_error(0)
    # The terminal's red is shown as red, and is no text.
    assert part(window, "errorDetails").toPlainText().startswith("<img src=x>\\x00x")
    assert "<img src=x>\\x00" in part(window, "outputView").toPlainText()
    click(qtbot, window, "stopButton")
    send(make.failed(message=bad))
    assert part(window, "messageLine").text.startswith("<img src=x>\u241b")
    assert len(part(window, "messageLine").text) <= 1000
    window.grab()


def test_a_flood_leaves_the_event_loop_its_turns(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    """Counts what is done, not how long it takes: inserts come in few batches, and between two
    of them the loop serves others."""
    click(qtbot, window, "startButton")
    send(make.started())
    window.page.requests.view.catch_up()
    inserts: list[int] = []
    turns: list[int] = []
    model = window.page.requests.model
    model.rowsInserted.connect(lambda _p, a, b: inserts.append(b - a + 1))
    # The history of the project joins while it starts: what is there then is shown anew.
    model.modelReset.connect(lambda: inserts.__setitem__(slice(None), [model.shown]))
    timer = QTimer()
    timer.timeout.connect(lambda: turns.append(len(inserts)))
    timer.start(0)
    bridge = window.findChild(EventBridge)
    total = 10_000

    def flood() -> None:
        for number in range(1, total + 1):
            bridge.post(make.request(number))
            bridge.post(make.finished(number))

    thread = threading.Thread(target=flood)
    thread.start()
    qtbot.waitUntil(lambda: window.page.controller.requests.total == total, timeout=WAIT)
    thread.join(5)
    qtbot.waitUntil(lambda: model.progress is None and model.shown == total, timeout=WAIT)
    timer.stop()
    window.page.requests.view.catch_up()
    assert sum(inserts) == total
    assert len(inserts) <= total / 20
    assert len(set(turns)) >= len(inserts) / 2
    assert window.page.requests.model.rowCount() == total + 1
    counts = part(window, "countsLabel")
    qtbot.waitUntil(lambda: counts.text().startswith(plural(total, "request")), timeout=WAIT)


def answer(qtbot: Any, window: Any, name: str = "quitConfirmButton") -> None:
    dialog = part(window, "quitDialog", QMessageBox)
    if name == "cancel":
        button = dialog.button(QMessageBox.StandardButton.Cancel)
    else:
        button = part(dialog, name)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_closing_when_stopped_is_at_once(qtbot: Any, window: Any) -> None:
    window.close()
    assert not window.isVisible()
    assert window.findChild(QMessageBox, "quitDialog") is None


def test_closing_while_serving_asks_once_stops_and_closes(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    send(make.started())
    window.close()
    window.close()
    assert len(window.findChildren(QMessageBox, "quitDialog")) == 1
    assert part(window, "quitDialog", QMessageBox).text() == "Stop the server and quit?"
    answer(qtbot, window)
    assert supervisor(window).calls == ["start", "stop"]
    assert window.isVisible()
    assert window.page.controller.state is S.STOPPING
    window.close()
    assert window.isVisible()
    send(make.request(1), make.finished(1))
    assert window.page.controller.requests.total == 1
    send(make.stopped())
    assert not window.isVisible()


def test_not_quitting_after_all(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    send(make.started())
    window.close()
    answer(qtbot, window, "cancel")
    assert window.page.controller.state is S.RUNNING
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.close()
    assert part(window, "quitDialog", QMessageBox).isVisible()


def test_quitting_while_starting_restarting_and_failing(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    send(make.started())
    click(qtbot, window, "restartButton")
    window.close()
    answer(qtbot, window)
    assert supervisor(window).calls == ["start", "restart"]
    assert window.isVisible()
    send(make.stopped())
    assert supervisor(window).calls == ["start", "restart", "stop"]
    assert window.isVisible()
    send(make.failed())
    assert not window.isVisible()


def test_the_server_ends_while_the_question_is_open(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    send(make.started())
    window.close()
    send(make.stopped(reason="app"))
    assert window.isVisible()
    answer(qtbot, window)
    assert not window.isVisible()
    assert supervisor(window).calls == ["start"]


def test_requests_left_behind_are_reported(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    send(make.started())
    click(qtbot, window, "stopButton")
    send(make.stopped(abandoned=2))
    assert part(window, "messageLine").text == "Stopped, but 2 requests did not finish in time."


def test_it_paints_in_both_themes(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    send(make.started(), make.request(1), make.finished(1, status=404), make.request(2))
    send(make.finished(2, status=500), OutputWritten("stderr", "oh\n"), make.request(3))
    window.page.requests.show_request(1)
    for action in window.commands.appearance.actions():
        if action.data() not in ("dark", "light"):
            continue
        action.trigger()
        for size in ((900, 600), (1180, 760)):
            window.resize(*size)
            for index in range(window.page.panes.count()):
                window.page.panes.setCurrentIndex(index)
                assert not window.grab().isNull()
            assert (window.width(), window.height()) == size


def test_no_project_file_is_too_long_for_the_window() -> None:
    from launcher import main_window

    assert len(Path(main_window.__file__).read_text().splitlines()) < 300


def test_the_status_bar_leaves_facts_out_rather_than_cutting_them(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    send(make.started())
    facts = part(window, "factsLabel")
    window.resize(1180, 700)
    assert facts.text().startswith("Threaded")
    window.resize(640, 400)
    assert facts.text().endswith("pid 4711")
    assert not facts.text().startswith("Threaded") or facts.geometry().right() < 640
    needed = facts.fontMetrics().horizontalAdvance(facts.text())
    qtbot.waitUntil(lambda: facts.width() >= needed)
