"""Looks at a large history as the window does: ``python -m benchmarks.history_view FOLDER``.

In a process of its own, so that memory is that of the one thing. The event loop turns meanwhile,
and the longest time in which it didn't is how long the window would have stood still. Prints a JSON
object.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Slot

from launcher.core.filters.quick import Narrowing
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.history.conditions import Compare, Text
from launcher.core.logs.history.files import file_of
from launcher.core.logs.history.reading import Reader
from launcher.core.logs.orders import Filter
from launcher.core.logs.past import NOTHING, Past, read_past
from launcher.core.logs.request_orders import REQUEST_ORDERS
from launcher.core.logs.requests import RequestLog, RequestRow
from launcher.core.logs.view import View
from launcher.garbage import Collector
from launcher.page.history_reading import HistorySource

__all__ = ["main"]

_SCREEN = 40
_PLACES = 200
_WAIT = 120.0
_PATH = "/items/77"


class _Clock(QObject):
    """Notices how long the event loop stood still."""

    def __init__(self) -> None:
        super().__init__()
        self.worst = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(1)

    @Slot()
    def _tick(self) -> None:
        now = time.perf_counter()
        self.worst = max(self.worst, now - self._last)
        self._last = now

    def take(self) -> float:
        """The longest time since this was last asked."""
        worst, self.worst = self.worst, 0.0
        self._last = time.perf_counter()
        return worst


class _Bench:
    def __init__(self, folder: Path) -> None:
        self.app = QCoreApplication([])
        self.collector = Collector(self.app)  # as the program has it
        self.log = RequestLog()
        self.past = Past(self.log, ErrorLog())
        self.source = HistorySource(partial(Reader, file_of(folder, str(folder))))
        self.clock = _Clock()

    def until(self, done: Callable[[], Any]) -> float:
        """Let the event loop turn until something is so; returns the seconds."""
        began = time.perf_counter()
        while not done():
            self.app.processEvents()
            if time.perf_counter() - began > _WAIT:
                raise TimeoutError
            time.sleep(0.0005)
        return time.perf_counter() - began

    def attach(self) -> float:
        """Have the history behind the log, and its last screen read."""
        view = View(self.log)
        took: list[float] = []
        self.source.read(
            partial(read_past, "shop:app"),
            lambda found: self.past.attach(self.source, found or NOTHING),
        )
        took.append(self.until(lambda: view.sync() or len(view)))
        took.append(self.until(partial(self.is_shown, view, len(view) - _SCREEN)))
        return sum(took)

    def is_shown(self, view: View[RequestRow], at: int) -> bool:
        """Whether a screen of rows can be painted; asks for what is missing."""
        rows = [view.row(position) for position in range(max(0, at), min(len(view), at + _SCREEN))]
        return all(row is not None for row in rows)

    def scroll(self) -> float:
        """To places all over; the slowest."""
        view, chance = View(self.log), random.Random(3)
        places = [chance.randrange(len(view)) for _ in range(_PLACES)]
        return max(self.until(partial(self.is_shown, view, at)) for at in places)

    def arrange(self, filter: Filter[RequestRow] | None, column: str = "") -> dict[str, float]:
        """A filter or an order: until a screen of it can be painted, and until all is there."""
        view = View(self.log)
        began = time.perf_counter()
        if column:
            view.arrange(filter, REQUEST_ORDERS[column])
        else:
            view.arrange(filter)

        def has_screen() -> bool:
            view.sync()
            full = len(view) >= _SCREEN or view.progress is None
            return full and self.is_shown(view, len(view) - _SCREEN)

        def is_done() -> bool:
            view.sync()
            return view.progress is None

        self.until(has_screen)
        first = time.perf_counter() - began
        self.until(is_done)
        return {"first": first, "all": time.perf_counter() - began, "found": float(len(view))}


def _errors(row: RequestRow) -> bool:
    return row.finished is not None and row.finished.status >= 500


def _has_path(row: RequestRow) -> bool:
    return _PATH in row.target


def _always(row: RequestRow) -> bool:
    return True


def main(arguments: list[str]) -> int:
    """Measure, and print it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bench = _Bench(Path(arguments[0]))
    found: dict[str, Any] = {"open": bench.attach(), "absent open": bench.clock.take()}
    found["scroll"] = bench.scroll()
    found["absent scroll"] = bench.clock.take()
    failed = Filter(_errors, Compare("status", ">=", 500))
    path = Filter(_has_path, Text("path", "has", _PATH))
    plain = Filter(_always, Narrowing().condition())  # as the window begins
    for name, filter, column in (
        ("status:5xx", failed, ""),
        ("path:/items/77", path, ""),
        ("by duration", None, "duration"),
        ("by path", None, "path"),
        ("status:5xx by duration", failed, "duration"),
        ("without static files", plain, ""),
        ("without static files by duration", plain, "duration"),
        ("without static files by type", plain, "type"),
    ):
        found[name] = bench.arrange(filter, column)
        found[name]["absent"] = bench.clock.take()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found["memory"] = (after - before) * 1024
    assert bench.source.close()
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
