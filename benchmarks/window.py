"""The window as it is measured: ``python -m benchmarks.window TASK …``, on the screen of DISPLAY.

``serve RUN_IN PORT FOLDER DEBUG`` opens it, serves :mod:`benchmarks.apps`, and answers each line on
its standard input with a line of JSON: ``reset`` begins to look how long the event loop is away,
``report`` ends that and gives the milliseconds, and those of processor time that the GUI thread
used between two looks, ``output`` and ``requests`` bring that tab to the front, ``filter`` writes a
filter that all requests fit, ``sort`` sorts by duration, ``select`` selects the newest request,
``cpu`` gives the seconds of processor time that this process has used, without those of an app in a
process of its own.

``frame FOLDER COUNT`` measures one frame of Requests, and of a bare ``QTableView`` with the same
rows. ``start FOLDER`` starts the program, ``bare`` opens an empty window, and both end when it
can be seen.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView

__all__ = ["main"]

PROBE_MS = 4
"""Between two looks at the clock; what a look is late is how long the loop was away."""
SIZE = (1180, 760)
_FILTER = "path:/ method:GET -status:5xx dur:<10s header:content-type"
_OUT = os.dup(1)
"""Where answers go: a server in this process has the standard output for itself."""


def main(arguments: list[str]) -> None:
    """Run one task."""
    task, *rest = arguments
    if task == "serve":
        _serve(rest[0], int(rest[1]), Path(rest[2]), rest[3] == "debug")
    elif task == "frame":
        _frame(Path(rest[0]), int(rest[1]))
    elif task == "start":
        _start(Path(rest[0]))
    else:
        _bare()


def _answer(value: object) -> None:
    os.write(_OUT, json.dumps(value).encode() + b"\n")


class _Probe(QObject):
    """Looks how late a timer is, and answers what is asked on the standard input."""

    def __init__(self, window: Any) -> None:
        super().__init__()
        self._window = window
        self._late: list[float] = []
        self._used: list[float] = []
        self._last = self._last_used = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)
        self._input = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._input.activated.connect(self._asked)

    def _look(self) -> None:
        now = time.perf_counter()
        used = time.thread_time()
        self._late.append(max(0.0, (now - self._last) * 1000 - PROBE_MS))
        self._used.append((used - self._last_used) * 1000)
        self._last, self._last_used = now, used

    def _asked(self) -> None:
        for word in os.read(0, 4096).decode().split():
            if word == "reset":
                self._late.clear()
                self._used.clear()
                self._last, self._last_used = time.perf_counter(), time.thread_time()
                self._timer.start(PROBE_MS)
                _answer("ok")
            elif word == "report":
                self._timer.stop()
                _answer({"late": self._late, "used": self._used})
            elif word in ("output", "requests"):
                page = self._window.page
                page.panes.setCurrentWidget(getattr(page, word))
                _answer("ok")
            elif word == "filter":
                self._window.page.requests.filtering.write(_FILTER)
                _answer("ok")
            elif word == "sort":
                from launcher.models.requests import DURATION

                self._window.page.requests.filtering.sort(DURATION, False)
                _answer("ok")
            elif word == "select":
                page = self._window.page
                _answer(page.requests.show_request(page.controller.requests.end - 1))
            elif word == "cpu":
                used = resource.getrusage(resource.RUSAGE_SELF)
                _answer(used.ru_utime + used.ru_stime)


def _serve(run_in: str, port: int, folder: Path, debug: bool) -> None:
    """Start is pressed as a user presses it."""
    from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QSpinBox, QWidget

    from launcher.app import SWITCH_SECONDS, build
    from launcher.garbage import Collector

    from .servers import APP_FILE, HOST

    window: Any = build([f"{APP_FILE}:app", "--data-dir", str(folder)])

    def part(kind: type[QWidget], *names: str) -> Any:
        return next(found for name in names if (found := window.findChild(kind, name)))

    part(QComboBox, "hostEdit").setEditText(HOST)
    part(QSpinBox, "portSpin").setValue(port)
    box = part(QComboBox, "runInCombo")
    box.setCurrentIndex(box.findData(run_in))
    part(QCheckBox, "setupDebugCheck").setChecked(debug)
    part(QCheckBox, "setupReloadCheck").setChecked(False)
    window.resize(*SIZE)
    window.show()
    part(QPushButton, "startButton").click()
    kept = (_Probe(window), Collector(window))  # the latter as the program has it, and:
    sys.setswitchinterval(SWITCH_SECONDS)
    QApplication.exec()
    del kept


def _rows(log: Any, count: int) -> None:
    """Add requests as they come from a worker process."""
    from server.events import decode

    for number in range(log.end + 1, log.end + 1 + count):
        path = f"/api/items/{number}/things"
        values = {
            "event": "RequestFinished",
            "time": 1.7e9,
            "id": number,
            "method": "POST" if number % 5 == 0 else "GET",
            "target": f"{path}?page={number % 9}",
            "path": path,
            "query": f"page={number % 9}",
            "http_version": "HTTP/1.1",
            "status": (200, 200, 302, 404, 200, 200, 500)[number % 7],
            "reason": "",
            "started": 1.7e9 + number * 0.37,
            "duration": 0.0013 * (number % 97 + 1),
            "app_duration": 0.001,
            "bytes_received": 100,
            "bytes_sent": 1000,
            "remote_addr": "127.0.0.1",
            "thread": "",
            "pid": 1,
            "response_body": {"size": number * 31 % 9000},
        }
        log.add_finished(decode(json.dumps(values)))


class _BareModel(QAbstractTableModel):
    """Rows of text for a ``QTableView`` that is left as it is."""

    def __init__(self, rows: list[tuple[str, ...]]) -> None:
        super().__init__()
        self.rows = rows

    def rowCount(self, _parent: object = None) -> int:  # noqa: N802
        return len(self.rows)

    def columnCount(self, _parent: object = None) -> int:  # noqa: N802
        return 7

    def data(self, index: Any, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.rows[index.row()][index.column()]
        return None

    def add(self, rows: list[tuple[str, ...]]) -> None:
        """A batch."""
        end = len(self.rows)
        self.beginInsertRows(QModelIndex(), end, end + len(rows) - 1)
        self.rows += rows
        self.endInsertRows()


def _frame(folder: Path, count: int) -> None:
    """Milliseconds: of all rows as they are, of all rows new, of one more row; and of the peer."""
    from launcher.app import build
    from launcher.core.logs.errors import ErrorLog
    from launcher.core.logs.requests import RequestLog
    from launcher.panes.list_and_details import BOTTOM
    from launcher.panes.requests import RequestsPane

    keep = build(["--data-dir", str(folder)])  # the application with its style sheet
    log = RequestLog()
    pane = RequestsPane(log, ErrorLog())
    pane.splitter.place(BOTTOM)
    pane.side.hide()
    pane.resize(*SIZE)
    pane.show()
    _rows(log, 200)
    pane.refresh()
    view = pane.view
    _settle(view)
    shown = view.visible_rows()
    result: dict[str, Any] = {"rows": shown[1] - shown[0] + 1}
    result["again"] = [_timed(view.viewport().repaint) for _ in range(count)]
    times = []
    for _ in range(count):
        _rows(log, 100)
        view.catch_up()
        times.append(_timed(view.viewport().repaint))
    result["new"] = times
    times = []
    for _ in range(count):
        _rows(log, 1)
        times.append(_timed(lambda: (view.catch_up(), QApplication.processEvents())))
    result["one"] = times
    pane.hide()

    bare = QTableView()
    texts = [view.table.cells(row).texts[:7] for row in range(view.table.rowCount() - 100)]
    model = _BareModel(texts[:200])
    bare.setModel(model)
    bare.resize(*SIZE)
    bare.show()
    bare.scrollToBottom()
    _settle(bare)
    result["peer_again"] = [_timed(bare.viewport().repaint) for _ in range(count)]
    times = []
    for number in range(count):
        model.add(texts[number : number + 100])
        bare.scrollToBottom()
        times.append(_timed(bare.viewport().repaint))
    result["peer_new"] = times
    times = []
    for number in range(count):

        def one(row: int = number) -> None:
            model.add(texts[row : row + 1])
            bare.scrollToBottom()
            QApplication.processEvents()

        times.append(_timed(one))
    result["peer_one"] = times
    _answer({key: statistics.median(v) if isinstance(v, list) else v for key, v in result.items()})
    keep.close()
    os._exit(0)


def _timed(action: Any) -> float:
    begun = time.perf_counter()
    action()
    return (time.perf_counter() - begun) * 1000


def _settle(window: Any) -> None:
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)
    window.viewport().repaint()


def _start(folder: Path) -> None:
    """The program as a user starts it, until its event loop would begin."""
    from launcher.__main__ import main as launch

    def wait() -> int:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, QMainWindow):
                _wait_until_seen(window)
        return 1

    QApplication.exec = wait  # type: ignore[assignment]
    sys.argv[1:] = ["--data-dir", str(folder)]
    launch()


def _bare() -> None:
    app = QApplication(["bare"])
    window = QMainWindow()
    window.resize(*SIZE)
    window.show()
    _wait_until_seen(window)
    del app


def _wait_until_seen(window: Any) -> None:
    while not (window.windowHandle() and window.windowHandle().isExposed()):
        QApplication.processEvents()
    QApplication.processEvents()  # what is to be painted, is
    _answer("seen")
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
