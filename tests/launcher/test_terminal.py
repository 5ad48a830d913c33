"""launcher.terminal: what the terminal shows of each event, in order, and in few writes."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from typing import Any

import pytest

from launcher.terminal import Terminal
from server.config import ServerConfig
from server.events import (
    AppError,
    Body,
    Event,
    Frame,
    Importing,
    OutputWritten,
    Reason,
    ReloadFailed,
    Reloading,
    RequestFinished,
    RequestStarted,
    ServerFailed,
    ServerStarted,
    ServerStopped,
)

NOON = time.mktime((2026, 1, 2, 12, 0, 0, 0, 0, -1))


class Stream(io.StringIO):
    """Counts what is written to it, beside the other one."""

    def __init__(self, name: str, log: list[tuple[str, str]]) -> None:
        super().__init__()
        self._name = name
        self._log = log

    def write(self, text: str) -> int:
        self._log.append((self._name, text))
        return len(text)


def finished(**fields: Any) -> RequestFinished:
    values: dict[str, Any] = {
        "id": 1, "method": "GET", "target": "/", "path": "/", "query": "", "http_version": "1.1",
        "status": 200, "reason": "OK", "started": NOON, "duration": 0.0123, "app_duration": 0.01,
        "bytes_received": 10, "bytes_sent": 20, "remote_addr": "127.0.0.1", "thread": "t", "pid": 1,
        "response_body": Body(5, b"hello"),
    }  # fmt: skip
    return RequestFinished.of(**{**values, **fields})


def serving(**fields: Any) -> ServerStarted:
    values: dict[str, Any] = {
        "url": "http://127.0.0.1:5000/", "host": "127.0.0.1", "port": 5000, "pid": 1,
        "mode": "threaded", "python": "3.11.7", "load_seconds": 0.25,
    }  # fmt: skip
    return ServerStarted(**{**values, **fields})


def shown(*events: Event, color: bool = False) -> list[tuple[str, str]]:
    log: list[tuple[str, str]] = []
    out, err = Stream("out", log), Stream("err", log)
    Terminal(ServerConfig(app="shop:app", project="/shop"), out, err, color=color).show(events)
    return log


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (finished(), "12:00:00  200  GET /  12.3 ms  5 B\n"),
        (finished(status=404, started=NOON + 61), "12:01:01  404  GET /  12.3 ms  5 B\n"),
        (finished(aborted=True), "12:00:00  cut off  GET /  12.3 ms  5 B\n"),
        (finished(target="/\x1b[2J"), "12:00:00  200  GET /\\x1b[2J  12.3 ms  5 B\n"),
        (finished(problem="no Host"), "12:00:00  200  GET /  12.3 ms  5 B  (no Host)\n"),
        (OutputWritten("stdout", "printed"), "printed"),
        (Reloading(("/shop/cart.py",)), "Reloading: cart.py changed.\n"),
        (Reloading(("/shop/a.py", "/shop/b.py")), "Reloading: a.py and 1 other file changed.\n"),
        (Reloading(()), "Reloading: asked for.\n"),
    ],
)  # fmt: skip
def test_what_an_event_shows(event: Event, text: str) -> None:
    assert shown(event) == [("out", text)]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (OutputWritten("stderr", "printed\n"), "printed\n"),
        (AppError(1, 1, "ValueError", "no", "Traceback…\n"), "Traceback…\n"),
        (ServerFailed("port-in-use", "Port 5000 is in use."), "servedeck: Port 5000 is in use.\n"),
        (
            ReloadFailed("No module named shop."),
            "servedeck: No module named shop. The next change loads the app again.\n",
        ),
        (
            ReloadFailed("app failed: OSError: taken"),
            "servedeck: app failed: OSError: taken. The next change loads the app again.\n",
        ),
        (
            ReloadFailed("", kind="app-restarted", status=3),
            "servedeck: The process of the app has ended: exit status 3. It is started again.\n",
        ),
    ],
)
def test_errors_go_to_standard_error(event: Event, text: str) -> None:
    assert shown(event) == [("err", text)]


def test_the_beginning_of_a_request_is_not_shown() -> None:
    assert shown(RequestStarted(1, "GET", "/", NOON)) == []


def test_a_stop_that_takes_its_time_names_the_requests_that_still_run() -> None:
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(ServerConfig(app="shop:app", grace=3), out, err, color=False)
    terminal.show([RequestStarted(id, "GET", "/", NOON) for id in (1, 2)])
    terminal.show([finished()])
    terminal.show_stopping()
    terminal.show([finished(id=2)])
    terminal.show_stopping()
    shown = [line for line in out.getvalue().splitlines() if line.startswith("Stopping")]
    assert shown == [
        "Stopping: 1 running request may take 3 s to finish. Press Ctrl+C again to end at once.",
        "Stopping. Press Ctrl+C again to end at once.",
    ]


def test_a_start_a_reload_and_the_end() -> None:
    (out, text), (err, complaint), (_, rest) = shown(
        serving(note="The debugger is off."),
        serving(why_cold="cold reloads are chosen"),
        ServerStopped("stopped", port_free=True, processes_left=0),
    )
    assert (out, err) == ("out", "err")
    assert text == (
        "Serving shop:app on http://127.0.0.1:5000/ (threaded, Python 3.11.7). "
        "Press Ctrl+C to stop.\n"
    )
    assert complaint == "servedeck: The debugger is off.\n"
    reloaded, stopped = rest.splitlines()
    assert reloaded == "Reloaded in 0.25 s (cold reloads are chosen)."
    assert stopped.endswith("port 5000 free, 0 processes left.")


def test_the_debuggers_pin_is_shown_once() -> None:
    pieces = shown(serving(debugger_pin="123-456"), serving(debugger_pin="123-456"))
    text = "".join(text for _, text in pieces)
    assert text.count("Debugger in the browser: PIN 123-456\n") == 1


def test_an_import_that_takes_long_is_shown_once() -> None:
    where = Frame("/shop/shop.py", 4, "<module>", ("app.run()",), 4)
    hint = Reason.of("serves-at-import", file="/shop/shop.py", line=4)
    first = Importing("shop:app", 3.2, "werkzeug.serving", where, (where,), hint)
    again = replace(first, elapsed=4.2)
    ((_, text),) = shown(first, again, Reloading(()))[:1]
    line, advice = text.splitlines()
    assert line == (
        "servedeck: shop:app has been loading for 3 s: /shop/shop.py, line 4, app.run() "
        "(executing the module werkzeug.serving)."
    )
    assert "/shop/shop.py, line 4, starts a server" in advice
    assert "__main__" in advice


@pytest.mark.parametrize(("status", "tone"), [(200, 32), (302, 36), (404, 33), (500, 31)])
def test_colours_show_the_kind_of_a_status(status: int, tone: int) -> None:
    ((_, text),) = shown(finished(status=status), color=True)
    assert f"\x1b[{tone}m{status}\x1b[0m" in text


def test_many_events_are_written_together_and_both_streams_in_order() -> None:
    log = shown(
        *[finished()] * 100, OutputWritten("stderr", "one\n"), OutputWritten("stderr", "two\n"),
        finished(),
    )  # fmt: skip
    assert [name for name, _ in log] == ["out", "err", "out"]
    assert log[0][1].count("\n") == 100
    assert log[1][1] == "one\ntwo\n"


def test_requests_with_the_same_facts_are_shown_alike() -> None:
    """But for their times; and the next one, which says something else, as it is."""
    first, other = finished(), finished(status=404)
    events = [first, first._replace(started=NOON + 1, duration=0.5), other, first]
    assert shown(*events) == [
        (
            "out",
            "12:00:00  200  GET /  12.3 ms  5 B\n"
            "12:00:01  200  GET /  500.0 ms  5 B\n"
            "12:00:00  404  GET /  12.3 ms  5 B\n"
            "12:00:00  200  GET /  12.3 ms  5 B\n",
        )
    ]
