"""server.app.debugger: Werkzeug's debugger around an app, and each error reported first."""

from __future__ import annotations

import bdb
import gc
import io
import re
import sys
import threading
import weakref
from dataclasses import replace
from types import SimpleNamespace

import pytest
from serverkit import SAFETY, Events

from server.app.debugger import debugged, switch_debug_on, with_debugger
from server.app.guard import guarded
from server.app.static import with_static_files
from server.app.trusted_hosts import TrustedHosts
from server.config import ServerConfig
from server.errors import ConfigError
from server.events import AppError, RequestFinished
from server.flow.apps import record_flow
from server.flow.recording import Recording
from server.protocol.channel import ClientDisconnected
from server.reporting.reporter import Reporter

pytest.importorskip("werkzeug.debug")

TEXT = ("Content-Type", "text/plain")


class Closing(list):
    """An iterable that records that it was closed."""

    closed = False

    def close(self):
        self.closed = True


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/call":
        raise RuntimeError("in the call")
    if path == "/gone":
        raise ClientDisconnected("gone")
    start_response("200 OK", [TEXT])
    if path == "/items":
        return _failing()
    return [b"fine"]


def _failing():
    raise RuntimeError("in the iterator")
    yield b""


@pytest.fixture
def reporter(events: Events) -> Reporter:
    return Reporter(events.emit, 0)


def call(wrapped, path):
    environ = {
        "HTTP_HOST": "localhost",
        "PATH_INFO": path,
        "REQUEST_METHOD": "GET",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
    }
    statuses = []
    items = wrapped(environ, lambda status, headers, exc_info=None: statuses.append(status))
    try:
        return b"".join(items), statuses
    finally:
        items.close()


@pytest.mark.parametrize("path", ["/call", "/items"])
def test_errors_are_reported_and_shown(reporter, events, path):
    page, (*_, status) = call(debugged(app, False, reporter).app, path)
    assert status == "500 INTERNAL SERVER ERROR"
    assert b"RuntimeError" in page
    reporter.close()
    (error,) = events.of(AppError)
    assert error.message.startswith("in the ")
    assert [frame.file for frame in error.frames] == [__file__]
    assert "werkzeug" not in error.text


@pytest.mark.parametrize("path", ["/call", "/items"])
def test_neither_its_page_nor_its_log_has_frames_of_ours(monkeypatch, path):
    logged = io.StringIO()
    monkeypatch.setattr(sys, "stderr", logged)
    trusted = TrustedHosts("elsewhere.test")
    page, _ = call(debugged(guarded(app, trusted), False, None, TrustedHosts()).app, path)
    for text in (page.decode(), logged.getvalue()):
        assert "in the " in text
        assert "server/app/guard.py" not in text
        assert "server/app/debugger.py" not in text


def test_the_end_of_debugging_is_answered_and_neither_reported_nor_logged(reporter, events, capsys):
    def paused(environ, start_response):
        raise bdb.BdbQuit

    body, statuses = call(debugged(paused, True, reporter).app, "/")
    assert statuses == ["500 INTERNAL SERVER ERROR"]
    assert body == b"The request ended with its debugging.\n"
    assert capsys.readouterr().err == ""
    assert not events.of(AppError)


def test_a_breach_is_reported_at_the_app_and_not_at_what_is_around_it(serve, events, reporter):
    def never_started(environ, start_response):
        return [b"x"]

    trusted = TrustedHosts("127.0.0.1")
    recorded, undo = record_flow(with_static_files(never_started, {}))
    running = serve(debugged(guarded(recorded, trusted), False, reporter, trusted).app)
    assert running.get("/").status == 500
    undo()
    assert events.wait_kind(AppError).frames[0].function == "never_started"


def test_what_goes_well_goes_through(reporter, events):
    assert call(debugged(app, False, reporter).app, "/") == (b"fine", ["200 OK"])
    assert call(debugged(app, False).app, "/") == (b"fine", ["200 OK"])
    assert list(events) == []


def test_close_reaches_the_app(reporter):
    made = Closing([b"fine"])

    def closing(environ, start_response):
        start_response("200 OK", [TEXT])
        return made

    call(debugged(closing, False, reporter).app, "/")
    assert made.closed


@pytest.mark.parametrize("path", ["/gone"])
def test_a_client_that_left_is_no_error(reporter, events, path):
    call(debugged(app, False, reporter).app, path)
    assert events.of(AppError) == []


def test_a_client_that_leaves_a_stream(serve_each, events):
    closed = threading.Event()

    def endless(environ, start_response):
        start_response("200 OK", [TEXT])
        try:
            while True:
                yield b"x" * 65536
        finally:
            closed.set()

    server = serve_each(debugged(endless, False, Reporter(events.emit, 0)).app)
    with server.connect() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.until(b"xxx")
        client.reset()
    assert closed.wait(SAFETY)
    assert events.wait_kind(RequestFinished).aborted
    assert events.of(AppError) == []


def test_without_werkzeug(monkeypatch):
    monkeypatch.setitem(sys.modules, "werkzeug.debug", None)
    with pytest.raises(ConfigError, match="Werkzeug is not installed") as caught:
        debugged(app, False)
    assert caught.value.setting == "debug"


def test_a_page_under_another_name_of_this_machine_runs_no_code(serve, monkeypatch):
    """DNS rebinding: a foreign site's name that leads here opens neither console nor PIN."""
    monkeypatch.setenv("WERKZEUG_DEBUG_PIN", "123-456-789")
    server = serve(debugged(app, True).app)

    def ask(host, target="/call"):
        return server.raw(
            f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        )

    own, foreign = ask(f"127.0.0.1:{server.port}"), ask("rebound.example")
    assert b"EVALEX = true" in own
    assert foreign.startswith(b"HTTP/1.1 500 ")
    assert b"in the call" not in foreign
    assert b"__debugger__" not in foreign
    secret = re.search(rb'SECRET = "(\w+)"', own)[1].decode()
    for target in (
        "/console",
        f"/?__debugger__=yes&cmd=pinauth&pin=123-456-789&s={secret}",
        f"/?__debugger__=yes&cmd=printpin&s={secret}",
    ):
        refused = ask("rebound.example", target)
        assert not refused.startswith(b"HTTP/1.1 200 "), target
        assert b'"auth": true' not in refused
    allowed = ask("127.0.0.1", f"/?__debugger__=yes&cmd=pinauth&pin=123-456-789&s={secret}")
    assert b'"auth": true' in allowed


def test_its_page_is_a_step_of_its_own_in_the_flow(serve, events, reporter):
    """What the debugger does after a failure is neither the app's time nor the server's."""
    recorded, _undo = record_flow(app)
    running = serve(debugged(recorded, False, reporter, TrustedHosts("127.0.0.1")).app)
    running.server.recording = Recording()
    assert running.get("/call").status == 500
    event = events.wait_kind(RequestFinished)
    names = [name for name, _, _, _ in event.flow]
    assert names[names.index("app") + 1 :][:2] == ["error page", "start_response"]
    assert event.flow[event.flow_failed][0] == "app"


def test_the_pin_is_known_and_printed_by_the_launcher_alone(monkeypatch, capsys):
    monkeypatch.setenv("WERKZEUG_DEBUG_PIN", "123-456-789")
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")
    found = debugged(app, True, logs_pin=False)
    assert found.pin == "123-456-789"
    assert "123-456-789" not in "".join(capsys.readouterr())
    assert debugged(app, False, logs_pin=False).pin == ""
    monkeypatch.setenv("WERKZEUG_DEBUG_PIN", "off")
    assert debugged(app, True, logs_pin=False).pin == ""
    assert "asks for no PIN" in capsys.readouterr().err


def test_a_session_reports_the_pin_where_the_console_can_run_code():
    config = ServerConfig(app="app", debug=True)
    assert with_debugger(app, config, Reporter(print, 0), TrustedHosts()).pin
    open_host = replace(config, host="0.0.0.0")
    assert with_debugger(app, open_host, Reporter(print, 0), TrustedHosts()).pin == ""
    forking = replace(config, mode="forking")
    assert with_debugger(app, forking, Reporter(print, 0), TrustedHosts()).pin == ""


def test_the_console_in_the_browser_has_frames_of_the_newest_errors_only():
    class Held:
        pass

    alive = []

    def failing(environ, start_response):
        held = Held()
        alive.append(weakref.ref(held))
        raise LookupError

    wrapped = debugged(failing, True).app
    for _ in range(400):
        call(wrapped, "/")
    gc.collect()
    left = [one() for one in alive if one() is not None]
    assert 0 < len(left) <= 300
    assert alive[-1]() is not None


def test_debug_is_switched_on_where_the_app_has_such_a_switch():
    switch, other, without = SimpleNamespace(debug=False), SimpleNamespace(debug="x"), object()
    for thing in (switch, other, without):
        switch_debug_on(thing)
    assert (switch.debug, other.debug) == (True, "x")
