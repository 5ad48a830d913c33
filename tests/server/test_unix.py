"""Unix sockets as ``unix://`` hosts: what listens, what is left, and what the app sees."""

from __future__ import annotations

import http.client
import logging
import os
import socket
import threading
from wsgiref.validate import validator

import pytest
import requests.adapters
from serverkit import SAFETY, Running

from server import make_server, run_simple
from server.errors import BindError
from server.events import RequestFinished
from server.reporting.reporter import Reporter

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")


def report(environ, start_response):
    """What the environ says about the client and the server."""
    names = ("REMOTE_ADDR", "REMOTE_PORT", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme")
    body = " ".join(str(environ[name]) for name in names).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


REPORTED = b"<local> 0 localhost 80 http"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=SAFETY)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SAFETY)
        self.sock.connect(self._path)


def ask(path, method="GET", target="/", body=None, headers=None):
    connection = UnixConnection(path)
    try:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.fixture
def path(tmp_path, monkeypatch):
    # A short name: the whole path may have 107 bytes.
    monkeypatch.chdir(tmp_path)
    return tmp_path / "s"


@pytest.fixture
def serve_at(nothing_left, events):
    running = []

    def start(path, app=report, **options):
        server = make_server(f"unix://{path}", 0, app, **options)
        server.reporter = Reporter(events.emit, 65536)
        running.append(Running(server, events))
        return running[-1]

    yield start
    for server in running:
        server.close()


MODES = {"single": {}, "threaded": {"threaded": True}, "forking": {"processes": 2}}


@pytest.mark.parametrize("mode", MODES)
def test_each_server_answers_and_removes_its_file(serve_at, path, mode):
    server = serve_at(path, **MODES[mode])
    assert server.url == f"unix://{path}"
    for _ in range(2):
        assert ask(path) == (200, REPORTED)
    server.stop()
    assert not path.exists()


def test_the_event_has_no_address(serve_at, path):
    server = serve_at(path)
    ask(path)
    assert server.events.wait_kind(RequestFinished).remote_addr == "<local>"


@pytest.mark.parametrize("mode", ["single", "threaded"])
def test_validate_passes(serve_at, path, mode):
    def app(environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) or b"empty"
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body]

    serve_at(path, validator(app), **MODES[mode])
    for method, target, body in [
        ("GET", "/a%20b?q", None),
        ("HEAD", "/", None),
        ("OPTIONS", "*", None),
        ("POST", "/", b"x" * 100_000),
    ]:
        status, got = ask(path, method, target, body)
        assert status == 200
        assert got == (b"" if method == "HEAD" else body or b"empty")


def test_requests_goes_through_it(serve_at, path):
    class Adapter(requests.adapters.HTTPAdapter):
        def get_connection_with_tls_context(self, *args, **kwargs):
            from urllib3.connectionpool import HTTPConnectionPool

            class Pool(HTTPConnectionPool):
                def _new_conn(self):
                    connection = super()._new_conn()
                    connection._new_conn = lambda: connected(path)
                    return connection

            return Pool("localhost")

    def connected(path):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(SAFETY)
        sock.connect(str(path))
        return sock

    serve_at(path)
    with requests.Session() as session:
        session.trust_env = False
        adapter = Adapter()
        session.mount("http://unix", adapter)
        answer = session.get("http://unix/")
        assert answer.content == REPORTED
        answer.close()
        answer.raw._connection and answer.raw._connection.close()


def test_a_stale_file_is_replaced(serve_at, path):
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))
        gone.listen()
    assert path.exists()
    serve_at(path)
    assert ask(path) == (200, REPORTED)


def test_a_file_whose_owner_never_listened_is_replaced(serve_at, path):
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))
    serve_at(path)
    assert ask(path) == (200, REPORTED)


def test_a_live_server_keeps_its_socket(serve_at, path):
    serve_at(path)
    with pytest.raises(BindError) as caught:
        make_server(f"unix://{path}", 0, report)
    assert caught.value.message == (
        f"Another server listens on {path}: stop it, or use another path."
    )
    assert ask(path) == (200, REPORTED)


def refused(host):
    with pytest.raises(BindError) as caught:
        make_server(host, 0, report)
    message = caught.value.message
    assert message.endswith(".")
    assert "\n" not in message
    assert "None" not in message
    return message


def test_a_path_that_is_too_long(path):
    message = refused(f"unix://{path}{'x' * 120}")
    assert "can't be made" in message
    assert "too long" in message


def test_a_path_far_too_long(path):
    assert "can't be made" in refused(f"unix://{path}{'x' * 5000}")


def test_no_path(path):
    assert "unix:// needs a path" in refused("unix://")


def test_a_path_with_nul(path):
    assert "can't be made" in refused("unix://a\0b")


def test_a_folder_that_is_not_there(path):
    assert "it is not there" in refused(f"unix://{path}/deeper/s")


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_socket_is_never_removed(path, kind):
    target = path.with_name("target")
    target.write_text("precious")
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(target)
    message = refused(f"unix://{path}")
    assert "is there already and is no socket" in message
    assert os.path.lexists(path)
    assert target.read_text() == "precious"


def test_a_path_that_is_relative_when_the_app_changes_the_folder(serve_at, path, tmp_path):
    server = serve_at("s")
    assert ask(path) == (200, REPORTED)
    (tmp_path / "elsewhere").mkdir()
    os.chdir(tmp_path / "elsewhere")
    server.stop()
    assert not path.exists()


def test_a_file_that_was_removed_meanwhile(serve_at, path):
    server = serve_at(path)
    path.unlink()
    server.stop()
    assert server.failure is None


@pytest.mark.parametrize("host", ["127.0.0.1", "unix"])
def test_a_descriptor_stays_the_callers(serve_at, path, host):
    """As socket activation hands it over: neither the socket nor its file are the server's."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        name = f"unix://{path}" if host == "unix" else host
        server = make_server(name, 0, report, fd=listener.fileno())
        running = Running(server, None)
        try:
            assert server.url == f"unix://{path}"
            assert ask(path) == (200, REPORTED)
        finally:
            running.close()
        assert path.exists()
        assert listener.fileno() >= 0


def test_https_through_it(serve_at, path):
    pytest.importorskip("cryptography")
    import ssl

    serve_at(path, ssl_context="adhoc")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(SAFETY)
        raw.connect(str(path))
        with context.wrap_socket(raw) as sock:
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            data = b""
            while part := sock.recv(65536):
                data += part
    assert data.endswith(REPORTED.replace(b"http", b"https"))


@pytest.mark.parametrize("threaded", [False, True])
def test_run_simple(path, threaded, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "servedeck")

    def app(environ, start_response):
        environ["werkzeug.server.shutdown"]()
        return report(environ, start_response)

    thread = threading.Thread(
        target=run_simple, args=(f"unix://{path}", 0, app), kwargs={"threaded": threaded}
    )
    with socket.socket(socket.AF_UNIX) as early:
        early.bind(str(path))  # the file is there from the beginning, and stale
    appeared = threading.Event()
    real = logging.Logger.info

    def info(self, message, *args, **kwargs):
        real(self, message, *args, **kwargs)
        if "Running on" in message:
            appeared.set()

    monkeypatch.setattr(logging.Logger, "info", info)
    thread.start()
    assert appeared.wait(SAFETY)
    assert ask(path) == (200, REPORTED)
    thread.join(SAFETY)
    assert not thread.is_alive()
    assert not path.exists()
    assert f"Running on unix://{path}" in caplog.text
    assert "<local> - - [" in caplog.text
