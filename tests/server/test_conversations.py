"""Whole conversations: with h11 as the client, in every server and over every kind of socket."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import ssl
import sys
import threading
from typing import Any, NamedTuple
from wsgiref.validate import validator

import h11
import pytest
from conversations import REQUESTS, many_ways
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serverkit import SAFETY, Client, Running, hello

from server.events import AppError, RequestFinished
from server.handler import WSGIRequestHandler
from server.protocol.channel import Timeouts
from server.reporting.reporter import Reporter
from server.serving import make_server

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
forks_beside_threads = pytest.mark.filterwarnings(
    "ignore:.*multi-threaded.*fork:DeprecationWarning"
)
MODES: dict[str, dict[str, Any]] = {
    "single": {},
    "threaded": {"threaded": True},
    "forking": {"processes": 4},
}
TEXT = ("Content-Type", "text/plain")

# h11 as the client --------------------------------------------------------------------------------


class Exchange(NamedTuple):
    """One request, and the way in which it is to be answered."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: list[bytes] | None
    chunked: bool
    way: str

    def seen_by_app(self) -> bytes:
        """What the app must have seen."""
        seen = "" if self.way == "ignore" else hashlib.sha256(self.sent()).hexdigest()
        return json.dumps([self.method, self.path, self.headers, seen]).encode()

    def sent(self) -> bytes:
        return b"".join(self.body or ())

    def wire(self) -> bytes:
        client = h11.Connection(h11.CLIENT)
        headers = [("Host", "a"), ("X-Way", self.way), *self.headers]
        if self.body is not None and self.chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        elif self.body is not None:
            headers.append(("Content-Length", str(len(self.sent()))))
        data = client.send(h11.Request(method=self.method, target=self.path, headers=headers))
        for part in self.body or ():
            data += client.send(h11.Data(data=part))
        return data + client.send(h11.EndOfMessage())


def teller(environ, start_response):
    """Answers what it was asked, in the way it was asked to."""
    way = environ["HTTP_X_WAY"]
    seen = ""
    if way != "ignore":
        body = b""
        while part := environ["wsgi.input"].read(11):
            body += part
        seen = hashlib.sha256(body).hexdigest()
    headers = sorted(
        (key[5:].lower(), value) for key, value in environ.items() if key.startswith("HTTP_Z")
    )
    report = json.dumps([environ["REQUEST_METHOD"], environ["RAW_URI"], headers, seen]).encode()
    if way == "length":
        start_response("200 OK", [TEXT, ("Content-Length", str(len(report)))])
        return iter([report[:7], b"", report[7:]])
    if way == "write":
        write = start_response("200 OK", [TEXT])
        write(report[:5])
        return [report[5:]]
    start_response("200 OK", [TEXT])
    if way == "file":
        return environ["wsgi.file_wrapper"](io.BytesIO(report), 13)
    if way == "stream":
        return (report[start : start + 9] for start in range(0, len(report), 9))
    return [report]


exchanges = st.builds(
    Exchange,
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "X-OWN"]),
    path=st.text("abc/%25?&=", max_size=12).map(lambda text: "/" + text),
    headers=st.dictionaries(
        st.sampled_from(["za", "zb"]), st.text("ab :;,=", max_size=9).map(str.strip)
    ).map(lambda found: sorted(found.items())),
    body=st.none() | st.lists(st.binary(max_size=70), max_size=4),
    chunked=st.booleans(),
    way=st.sampled_from(["list", "length", "write", "stream", "file", "ignore"]),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.lists(exchanges, min_size=1, max_size=5), step=st.integers(1, 400))
def test_what_h11_asks_is_what_it_gets(serve_each, data, step):
    """Any requests on one connection, in any pieces, all before the first answer is read."""
    server = conversing(serve_each)
    wire = b"".join(exchange.wire() for exchange in data)
    with server.connect() as client:
        if len(wire) // step > 100:
            step = len(wire)
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(wire), step):
            client.send(wire[start : start + step])
        for exchange in data:
            answer = client.answer(exchange.method)
            assert answer.status == 200, answer
            expected = b"" if exchange.method == "HEAD" else exchange.seen_by_app()
            assert answer.body == expected
            assert not answer.will_close
    assert server.events.of(AppError) == []


def conversing(serve_each) -> Running:
    """The same server for each example: hypothesis calls a test function many times."""
    found = getattr(serve_each, "conversing", None)
    if found is None:
        found = serve_each(validated, timeouts=Timeouts(linger=SAFETY))
        serve_each.conversing = found
    return found


def validated(environ, start_response):
    """Checked by ``wsgiref.validate``, where that knows the method and the way."""
    if environ["REQUEST_METHOD"] == "X-OWN" or environ["HTTP_X_WAY"] == "file":
        return teller(environ, start_response)
    return validator(teller)(environ, start_response)


# Every server, every kind of socket ---------------------------------------------------------------


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


HOSTS = {
    "IPv4": ("127.0.0.1", "127.0.0.1"),
    "IPv6": ("::1", "::1"),
    "localhost": ("localhost", "127.0.0.1"),
    "HTTPS": ("127.0.0.1", "127.0.0.1"),
}


@pytest.fixture(params=HOSTS)
def kind(request):
    if request.param == "IPv6" and not has_ipv6():
        pytest.skip("no IPv6 here")
    return request.param


@pytest.mark.parametrize("mode", MODES)
@forks_beside_threads
def test_validate_passes_everywhere(nothing_left, events, mode, kind):
    """``wsgiref.validate`` finds nothing, and the environ says what is the case."""
    seen = {}

    def app(environ, start_response):
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size)
        sock = environ["werkzeug.socket"]
        seen.update(
            peer=sock.getpeername()[:2],
            own=sock.getsockname()[1],
            remote=(environ["REMOTE_ADDR"], int(environ["REMOTE_PORT"])),
            port=environ["SERVER_PORT"],
            scheme=environ["wsgi.url_scheme"],
            flags=[environ[f"wsgi.{n}"] for n in ("multithread", "multiprocess", "run_once")],
            shutdown=callable(environ["werkzeug.server.shutdown"]),
            protocol=environ["SERVER_PROTOCOL"],
        )
        shown = json.dumps([seen, len(body)]).encode()
        start_response("200 OK", [("Content-Type", "application/json")])
        return [shown]

    host, address = HOSTS[kind]
    server = make_server(
        host, 0, validator(app), ssl_context="adhoc" if kind == "HTTPS" else None, **MODES[mode]
    )
    server.reporter = Reporter(events.emit, 0)
    running = Running(server, events)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    try:
        for method, target, body in [
            ("GET", "/a%20b?q", b""),
            ("HEAD", "/", b""),
            ("OPTIONS", "*", b""),
            ("POST", "/", b"Content-Length: 70\r\n\r\n" + b"x" * 70),
            (
                "PUT",
                "/",
                b"Transfer-Encoding: chunked\r\n\r\n46\r\n" + b"x" * 70 + b"\r\n0\r\n\r\n",
            ),
        ]:
            sock = socket.create_connection((address, server.port), SAFETY)
            peer = sock.getsockname()[:2]
            if kind == "HTTPS":
                sock = trusting.wrap_socket(sock)
            with Client(sock) as client:
                head = f"{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                client.send(head.encode() + (body or b"\r\n"))
                answer = client.answer(method)
            assert answer.status == 200, answer
            if method == "HEAD":
                assert answer.body == b""
                continue
            seen, size = json.loads(answer.body)
            assert size == (70 if body else 0)
            assert seen == {
                "peer": list(peer),
                "own": server.port,
                "remote": list(peer),
                "port": str(server.port),
                "scheme": "https" if kind == "HTTPS" else "http",
                "flags": [mode == "threaded", mode == "forking", False],
                "shutdown": True,
                "protocol": "HTTP/1.1",
            }
    finally:
        running.close()
    assert running.failure is None
    assert events.of(AppError) == []


@forks
@forks_beside_threads
def test_each_request_in_a_process_of_its_own(serve):
    """The requests of the other servers' tests: the answers are the same, the connection ends."""
    quick = Timeouts(linger=0.05)
    server = serve(validator(many_ways), mode="forking", reporter=False, timeouts=quick)
    for name, data, status, body in REQUESTS:
        method = data.split()[0].decode()
        with server.connect() as client:
            client.send(data[:-1])
            client.send(data[-1:] + data)
            answer = client.answer(method)
            assert (answer.status, answer.body, answer.will_close) == (status, body, True), name
            client.assert_closed()
    for data, status in [(b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET /" + b"a" * 17000, 414)]:
        with server.connect() as client:
            client.send(data)
            assert client.answer().status == status
            client.assert_closed()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [5, 20_000, 100_000])
@forks_beside_threads
def test_more_than_was_asked_for_does_not_cost_the_answer(serve, mode, size):
    """Bytes after the last request that is answered: closing over them would be a reset."""

    def app(environ, start_response):
        while environ["wsgi.input"].read(1000):
            pass
        return hello(environ, start_response)

    server = serve(app, mode=mode, reporter=False, timeouts=Timeouts(linger=SAFETY))
    head = f"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n"
    with server.connect() as client:
        client.send(head.encode() + b"x" * size + b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = client.answer()
        assert (answer.body, answer.will_close) == (b"hello", True)
        if mode == "forking":  # the child holds this end of the connection, too
            client.sock.shutdown(socket.SHUT_WR)
        client.assert_closed()


# A stop that a handler hears of -------------------------------------------------------------------


def test_initiate_shutdown_is_called_once_the_signal_is_set(serve_each):
    """As the documented handler has it: a subclass may do more, or first of all something else."""
    called = []

    class Handler(WSGIRequestHandler):
        def initiate_shutdown(self):
            called.append((self.path, self.server.shutdown_signal))
            super().initiate_shutdown()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/end":
            environ["werkzeug.server.shutdown"]()
        return hello(environ, start_response)

    server = serve_each(app, request_handler=Handler)
    assert server.get("/").body == b"hello"
    assert called == []
    assert server.get("/end").body == b"hello"
    server.join()
    assert called == [("/end", True)]


@pytest.mark.parametrize("threads", [1, 20])
def test_any_number_of_threads_may_stop_it(serve_each, threads):
    server = serve_each()
    ready = threading.Barrier(threads)

    def stop():
        ready.wait(SAFETY)
        server.server.shutdown_signal = True
        server.server.shutdown()

    stoppers = [threading.Thread(target=stop) for _ in range(threads)]
    for stopper in stoppers:
        stopper.start()
    for stopper in stoppers:
        stopper.join(SAFETY)
        assert not stopper.is_alive()
    server.join()
    assert server.failure is None


def test_what_a_crash_in_the_middle_looks_like(serve_each):
    """Never like a whole answer: no final chunk, fewer bytes than announced, no goodbye of HTTP."""

    def app(environ, start_response):
        announced = [("Content-Length", "100")] if "length" in environ["PATH_INFO"] else []
        write = start_response("200 OK", [TEXT, *announced])
        write(b"begun")
        raise RuntimeError("in the middle")

    server = serve_each(app)
    for target in ("/chunks", "/length"):
        data = server.raw(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        reader = h11.Connection(h11.CLIENT)
        reader.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
        reader.send(h11.EndOfMessage())
        reader.receive_data(data)
        reader.receive_data(b"")
        with pytest.raises(h11.RemoteProtocolError, match="without sending complete message body"):
            while reader.next_event() is not h11.NEED_DATA:
                pass
    finished = server.events.wait_count(RequestFinished, 2)
    assert all(event.error_id for event in finished)


def test_requests_take_turns_where_the_system_gives_no_thread(serve, monkeypatch):
    """A slow request is being answered, and nobody can be found to lead: the next one waits."""
    inside, go = threading.Semaphore(0), threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            inside.release()
            assert go.wait(SAFETY)
        return hello(environ, start_response)

    server = serve(app)
    assert server.get("/").body == b"hello"
    pool, refused = server.server._pool, threading.Event()

    class NoThread(threading.Thread):
        def start(self):
            refused.set()
            raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr("server.net.threads.threading.Thread", NoThread)
        with server.connect() as slow, server.connect() as other:
            slow.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            assert inside.acquire(timeout=SAFETY)
            assert refused.wait(SAFETY)
            other.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            go.set()
            assert slow.answer().body == b"hello"
            assert other.answer().body == b"hello"
    assert len(pool._threads) == 1


def test_no_exception_is_no_breach(serve_each):
    """``start_response(..., sys.exc_info())`` where nothing was raised: a second call all the same,
    as PEP 3333 asks only whether ``exc_info`` is true."""

    def app(environ, start_response):
        start_response("200 OK", [TEXT, ("X-First", "yes")])
        start_response("202 Accepted", [TEXT], sys.exc_info())
        return [b"second"]

    server = serve_each(app)
    answer = server.get()
    assert (answer.status, answer.body) == (202, b"second")
    assert "x-first" not in answer.headers
    assert server.events.of(AppError) == []


def test_the_handler_s_own_file_is_one_that_is_written_to(serve_each):
    """For handlers that print to ``wfile``, through a text file perhaps."""

    class Handler(WSGIRequestHandler):
        def run_wsgi(self):
            text = io.TextIOWrapper(self.wfile, "ascii", write_through=True)
            assert self.wfile.writable()
            text.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            text.detach()
            self.close_connection = True

    assert serve_each(request_handler=Handler).get().body == b"ok"
