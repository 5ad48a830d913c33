"""``run_simple`` and ``make_server`` beside Werkzeug's: parameters, and how they fail."""

from __future__ import annotations

import inspect
import logging
import re
import socket
import sys
import threading
import time

import pytest
import werkzeug.serving
from serverkit import SAFETY, hello

import server
from server.errors import BindError, ConfigError, PortInUse

GET = b"GET / HTTP/1.0\r\n\r\n"


@pytest.fixture(autouse=True)
def log_as_before():
    """run_simple sets the log up where nobody has."""
    log = logging.getLogger("servedeck")
    before = log.level, list(log.handlers)
    yield
    log.level, log.handlers[:] = before


# Werkzeug's parameters ------------------------------------------------------------------------


def parameters(function):
    return list(inspect.signature(function).parameters.values())


def test_run_simple_has_werkzeug_s_parameters():
    ours, theirs = parameters(server.run_simple), parameters(werkzeug.serving.run_simple)
    assert [(p.name, p.kind, p.default) for p in ours] == [
        (p.name, p.kind, p.default) for p in theirs
    ]


def test_make_server_has_werkzeug_s_parameters():
    """Ours has defaults for the first three as well, and takes options for the class."""
    ours, theirs = parameters(server.make_server), parameters(werkzeug.serving.make_server)
    options = ours.pop()
    assert options.kind is options.VAR_KEYWORD
    assert [(p.name, p.kind) for p in ours] == [(p.name, p.kind) for p in theirs]
    for mine, its in zip(ours, theirs, strict=True):
        assert mine.default == (None if its.default is its.empty else its.default)


@pytest.mark.parametrize("name", ["BaseWSGIServer", "ThreadedWSGIServer", "ForkingWSGIServer"])
def test_the_classes_have_werkzeug_s_parameters(name):
    ours, theirs = (getattr(package, name) for package in (server, werkzeug.serving))
    known = [p.name for p in parameters(theirs) if p.kind is p.POSITIONAL_OR_KEYWORD]
    mine = [p.name for p in parameters(ours) if p.kind is p.POSITIONAL_OR_KEYWORD]
    if mine:  # else they are passed on
        assert mine[: len(known)] == known[: len(mine)]
    for attribute in ("multithread", "multiprocess"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)


# A run ----------------------------------------------------------------------------------------


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def ask(port, data=GET):
    """Ask as soon as somebody listens."""
    deadline = time.monotonic() + SAFETY
    while True:
        try:
            sock = socket.create_connection(("127.0.0.1", port), SAFETY)
            break
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            threading.Event().wait(0.005)
    with sock:
        sock.sendall(data)
        answer = b""
        while part := sock.recv(65536):
            answer += part
        return answer


def run_and_ask(app, *, requests=(GET,), **options):
    """Run it until it has answered; the answers, and what it raised in its caller."""
    port = free_port()
    raised = []

    def ending(environ, start_response):
        if environ.get("HTTP_X_LAST"):
            environ["werkzeug.server.shutdown"]()
        return app(environ, start_response)

    def run():
        try:
            server.run_simple("127.0.0.1", port, ending, **options)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    answers = [ask(port, request) for request in requests]
    thread.join(SAFETY)
    assert not thread.is_alive()
    return answers, raised, port


LAST = b"GET / HTTP/1.0\r\nX-Last: 1\r\n\r\n"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"threaded": True},
        {"processes": 2},
        {"use_evalex": False},
        {"extra_files": [__file__], "exclude_patterns": ["*"], "reloader_interval": 0.5},
        {"reloader_type": "stat"},
        {"reloader_type": "watchdog"},
        {"request_handler": type("Handler", (server.WSGIRequestHandler,), {})},
        {"static_files": {"/static": "."}},
        {"use_debugger": True},
        {"passthrough_errors": True},
    ],
    ids=lambda options: ",".join(options) or "none",
)
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_each_parameter_is_taken(options, caplog):
    caplog.set_level(logging.INFO, "servedeck")
    answers, raised, port = run_and_ask(hello, requests=[GET, LAST], **options)
    assert raised == []
    assert all(answer.endswith(b"\r\n\r\nhello") for answer in answers)
    assert f"Running on http://127.0.0.1:{port}" in caplog.text
    with socket.create_server(("127.0.0.1", port)):
        pass  # the port is free again


def test_static_files_of_run_simple(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a file")
    requests = [b"GET /s/a.txt HTTP/1.0\r\n\r\n", LAST]
    answers, _, _ = run_and_ask(
        hello, requests=requests, static_files={"/s": str(tmp_path)}, threaded=True
    )
    assert answers[0].endswith(b"\r\n\r\na file")
    assert answers[1].endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize("evalex", [True, False])
def test_the_debugger_shows_tracebacks(evalex):
    def app(environ, start_response):
        if environ.get("HTTP_X_LAST"):
            return hello(environ, start_response)
        raise RuntimeError("shown in the browser")

    answers, raised, _ = run_and_ask(
        app,
        requests=[b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", LAST],
        use_debugger=True,
        use_evalex=evalex,
    )
    assert raised == []
    assert b"shown in the browser" in answers[0]
    assert re.search(rb"EVALEX = (\w+)", answers[0])[1] == str(evalex).lower().encode()


# How it fails ---------------------------------------------------------------------------------


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("options", [{}, {"threaded": True}, {"processes": 2}])
@pytest.mark.parametrize("use_reloader", [False, True])
def test_a_port_in_use_is_an_exception(taken, options, use_reloader, monkeypatch):
    monkeypatch.delenv("WERKZEUG_RUN_MAIN", raising=False)
    with pytest.raises(PortInUse) as caught:
        server.run_simple("127.0.0.1", taken, hello, use_reloader=use_reloader, **options)
    assert isinstance(caught.value, OSError)
    assert caught.value.port == taken
    assert f"Port {taken} is in use" in caught.value.message
    with pytest.raises(PortInUse):
        server.make_server("127.0.0.1", taken, hello, **options)


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("no.such.host.invalid", 0, "can't be found"),
        ("203.0.113.1", 0, "is not an address of this machine"),
        ("127.0.0.1", 65536, "out of range"),
        ("127.0.0.1", -1, "out of range"),
    ],
)
def test_an_address_that_cannot_be_had(host, port, sentence):
    with pytest.raises(BindError, match=sentence):
        server.run_simple(host, port, hello)


def test_the_debugger_needs_werkzeug(monkeypatch):
    port = free_port()
    for name in [name for name in sys.modules if name.split(".")[0] == "werkzeug"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "werkzeug", None)
    with pytest.raises(ConfigError) as caught:
        server.run_simple("127.0.0.1", port, hello, use_debugger=True)
    assert caught.value.setting == "debug"
    assert "pip install Werkzeug" in caught.value.message
    with socket.create_server(("127.0.0.1", port)):
        pass


@pytest.mark.parametrize("function", ["run_simple", "make_server"])
def test_threads_and_processes_exclude_each_other(function):
    with pytest.raises(ValueError, match="threads and several processes"):
        getattr(server, function)("127.0.0.1", 0, hello, threaded=True, processes=2)


def test_bad_files_for_https_are_reported_and_the_port_is_free():
    port = free_port()
    with pytest.raises(ConfigError, match=r"There is no certificate or key file gone\.pem\."):
        server.run_simple("127.0.0.1", port, hello, ssl_context=("gone.pem", "gone.key"))
    with socket.create_server(("127.0.0.1", port)):
        pass


class OwnError(Exception):
    pass


@pytest.mark.parametrize("options", [{}, {"threaded": True}])
@pytest.mark.parametrize("moment", ["call", "items", "close"])
@pytest.mark.parametrize("error", [OwnError, SystemExit, ConnectionResetError, AssertionError])
def test_passthrough_errors_raises_in_the_caller(options, moment, error):
    class Items(list):
        def __iter__(self):
            if moment == "items":
                raise error("mine")
            return super().__iter__()

        def close(self):
            if moment == "close":
                raise error("mine")

    def app(environ, start_response):
        if moment == "call":
            raise error("mine")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Items([b"x"])

    _, raised, port = run_and_ask(app, passthrough_errors=True, **options)
    assert [type(item) for item in raised] == [error]
    assert raised[0].args == ("mine",)
    assert raised[0].__traceback__ is not None
    with socket.create_server(("127.0.0.1", port)):
        pass


@pytest.mark.parametrize("options", [{}, {"threaded": True}])
def test_without_it_errors_are_answered(options):
    def app(environ, start_response):
        if environ.get("HTTP_X_LAST"):
            return hello(environ, start_response)
        raise OwnError("mine")

    answers, raised, _ = run_and_ask(app, requests=[GET, GET, LAST], **options)
    assert raised == []
    assert [answer.split(b" ")[1] for answer in answers] == [b"500", b"500", b"200"]
