"""server.serving: what make_server makes and refuses, and run_simple."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from serverkit import SAFETY, Running, hello

from server.errors import BindError, PortInUse
from server.serving import (
    BaseWSGIServer,
    ForkingWSGIServer,
    ThreadedWSGIServer,
    make_server,
    run_simple,
)

ROOT = Path(__file__).parents[2]
TEXT = ("Content-Type", "text/plain")
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_what_make_server_makes():
    for options, kind in [
        ({}, BaseWSGIServer),
        ({"threaded": True}, ThreadedWSGIServer),
        ({"processes": 2}, ForkingWSGIServer),
    ]:
        with make_server(app=hello, **options) as server:
            assert type(server) is kind
            assert server.host == "127.0.0.1"
            assert server.port == server.server_port == server.server_address[1] > 0
            assert server.url == f"http://127.0.0.1:{server.port}"
            assert server.multithread == bool(options.get("threaded"))
            assert server.multiprocess == bool(options.get("processes"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threaded": True, "processes": 2}, "threads and several processes"),
        ({"app": None}, "no app"),
    ],
)
def test_what_make_server_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        make_server(**{"host": "127.0.0.1", "port": 0, "app": hello, **options})


def test_port_in_use_is_an_exception_and_leaves_nothing(serve):
    server = serve()
    with pytest.raises(PortInUse) as caught:
        make_server("127.0.0.1", server.port, hello)
    assert caught.value.port == server.port
    assert f"(pid {os.getpid()})" in caught.value.message


WRONG = [
    *({"port": port} for port in ("x", "", b"x", [], {}, float("nan"), -1, 10**30)),
    *({"host": host} for host in (7, b"127.0.0.1", [])),
    *({"fd": fd} for fd in ("x", 1.5, -1, 9999)),
    *({"processes": number} for number in ("2", None, [])),
    {"threaded": True, "processes": 2},
    *({"request_handler": handler} for handler in (7, "x")),
    {"unknown": 1},
]


@pytest.mark.parametrize("options", WRONG, ids=lambda options: "-".join(options))
def test_wrong_arguments_raise_what_werkzeug_raises(options):
    """Or something more special; where Werkzeug exits the process, a BindError."""
    werkzeug = pytest.importorskip("werkzeug.serving")
    options = {"host": "127.0.0.1", "port": 0, "app": hello, **options}
    with pytest.raises((TypeError, ValueError, ArithmeticError, OSError, AttributeError)) as theirs:
        werkzeug.make_server(**options)
    with pytest.raises(theirs.type):
        make_server(**options)


def test_missing_certificate_is_a_missing_file():
    """As for Werkzeug, which leaves its socket open then."""
    with pytest.raises(FileNotFoundError):
        make_server("127.0.0.1", 0, hello, ssl_context=("nowhere.pem", "key.pem"))


@pytest.mark.parametrize("port", ["5000", 1.5, None, [], b"80"])
def test_run_simple_takes_whole_numbers_for_ports(port):
    werkzeug = pytest.importorskip("werkzeug.serving")
    for run in (werkzeug.run_simple, run_simple):
        with pytest.raises(TypeError, match="port must be an integer"):
            run("127.0.0.1", port, hello)


@pytest.mark.parametrize("port", ["x", "", [], b"x"])
def test_make_server_shows_what_a_port_is(port):
    with pytest.raises(TypeError, match="port must be an integer"):
        make_server("127.0.0.1", port, hello)


def test_ports_as_text():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for given in (str(port), float(port), str(port).encode()):
        server = make_server("127.0.0.1", given, hello)
        assert server.server_port == port
        server.server_close()


@pytest.mark.parametrize("port", [-1, 65536, 70000, 10**9])
def test_ports_out_of_range(port):
    with pytest.raises(BindError, match="out of range: use a number from 0 to 65535"):
        make_server("127.0.0.1", port, hello)


def test_fd(serve):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = serve(fd=listener.fileno())
        assert server.port == listener.getsockname()[1]
        assert server.get().body == b"hello"
        server.stop()
        assert listener.fileno() >= 0


def test_listeners_stay_the_caller_s(serve):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for _ in range(3):
            server = serve(listeners=[listener])
            assert server.get().body == b"hello"
            server.stop()
            # Who comes in between waits for the next server, and is not refused.
            waiting = server.connect()
            waiting.send(GET)
            server = serve(listeners=[listener])
            assert waiting.answer().body == b"hello"
            server.stop()


def test_a_descriptor_that_is_no_socket(tmp_path):
    with (tmp_path / "file").open("w") as file, pytest.raises(BindError, match="no listening"):
        make_server("127.0.0.1", 0, hello, fd=file.fileno())


def test_localhost_is_both_families(events):
    server = make_server("localhost", 0, hello, threaded=True)
    running = Running(server, events)
    try:
        families = {listener.family for listener in server.listeners}
        assert socket.AF_INET in families
        addresses = ["127.0.0.1"] + (["::1"] if socket.AF_INET6 in families else [])
        for address in addresses:
            with socket.create_connection((address, server.port), timeout=SAFETY) as client:
                client.sendall(GET)
                assert client.recv(1000).startswith(b"HTTP/1.1 200")
        assert running.url == f"http://localhost:{server.port}"
    finally:
        running.close()


def test_a_unix_socket(tmp_path, serve, events):
    path = tmp_path / "s"

    def app(environ, start_response):
        start_response("200 OK", [TEXT])
        return [" ".join([environ["REMOTE_ADDR"], environ["REMOTE_PORT"]]).encode()]

    running = Running(make_server(f"unix://{path}", 0, app), events)
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(SAFETY)
            client.connect(str(path))
            client.sendall(GET)
            assert client.recv(1000).endswith(b"<local> 0")
    finally:
        running.close()
    assert not path.exists()


def test_verify_request_may_refuse(serve, monkeypatch):
    monkeypatch.setattr(BaseWSGIServer, "verify_request", lambda *args: False)
    server = serve()
    with server.connect() as client, contextlib.suppress(ConnectionResetError):
        client.assert_closed()


@pytest.mark.parametrize("options", [{}, {"threaded": True}, {"use_debugger": True}])
def test_run_simple(options, monkeypatch, caplog):
    """It says where it runs, serves, and comes back when the app ends it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    def app(environ, start_response):
        environ["werkzeug.server.shutdown"]()
        return hello(environ, start_response)

    caplog.set_level("INFO", "servedeck")
    runner = threading.Thread(target=run_simple, args=("127.0.0.1", port, app), kwargs=options)
    runner.start()
    deadline = time.monotonic() + SAFETY
    while True:
        assert time.monotonic() < deadline
        try:
            client = socket.create_connection(("127.0.0.1", port), timeout=SAFETY)
            break
        except ConnectionRefusedError:
            threading.Event().wait(0.005)
    with client:
        client.sendall(GET)
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
    runner.join(SAFETY)
    assert not runner.is_alive()
    assert f"Running on http://127.0.0.1:{port}" in caplog.text


def test_run_simple_raises_and_never_exits(serve):
    with pytest.raises(PortInUse):
        run_simple("127.0.0.1", serve().port, hello)
    with pytest.raises(ValueError, match="port"):
        run_simple("127.0.0.1", "5000", hello)
    with pytest.raises(ValueError, match="reloader_type"):
        run_simple("127.0.0.1", 0, hello, reloader_type="magic")


def test_the_log_goes_to_the_terminal_where_nobody_set_it_up():
    code = """
import threading
from server.serving import make_server, run_simple
def app(environ, start_response):
    environ["werkzeug.server.shutdown"]()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"x"]
import socket
with socket.create_server(("127.0.0.1", 0)) as s:
    port = s.getsockname()[1]
def ask():
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 20) as client:
                client.sendall(b"GET /path HTTP/1.0\\r\\n\\r\\n")
                while client.recv(1000): pass
            return
        except ConnectionRefusedError:
            pass
threading.Thread(target=ask).start()
run_simple("127.0.0.1", port, app)
"""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=SAFETY
    )
    assert result.returncode == 0
    first, second = result.stderr.splitlines()
    assert first.startswith(" * Running on http://127.0.0.1:")
    assert '"GET /path HTTP/1.0" 200 1' in second
