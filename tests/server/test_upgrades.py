"""Apps that take the connection's socket from the environ, as libraries for websockets do."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading

import pytest
from conversations import TEXT, request
from serverkit import SAFETY

from server.events import AppError, RequestFinished, RequestStarted
from server.handler import WSGIRequestHandler
from server.protocol.channel import Timeouts
from server.reporting.reporter import Reporter

UPGRADE = ("Connection: keep-alive, Upgrade", "Upgrade: websocket")
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
SHORT = Timeouts(idle=0.05, head=0.05, body=0.05, send=0.05, linger=0.05)


def echoing(environ, start_response):
    """Answers by itself, then sends back what it gets, until the client leaves."""
    sock = environ["werkzeug.socket"]
    sock.send(SWITCHED)
    while data := sock.recv(4096):
        sock.sendall(data)
    start_response("200 OK", [TEXT])  # as flask-sock does; it must not be sent
    return [b"an answer after the end"]


def talk(client, *messages: bytes) -> None:
    for message in messages:
        client.send(message)
        assert client.exactly(len(message)) == message


def test_the_socket_is_the_apps_until_the_client_leaves(serve_each):
    server = serve_each(echoing, timeouts=SHORT)
    with server.connect() as client:
        head = request("GET /ws", *UPGRADE)
        client.send(head)
        assert client.until(b"\r\n\r\n") == SWITCHED
        # Longer than anything that the server would wait for.
        assert select.select([client.sock], [], [], 0.2)[0] == []
        talk(client, b"ping", b"x" * 3000, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        client.sock.shutdown(socket.SHUT_WR)
        client.assert_closed()
    finished = server.events.wait_kind(RequestFinished)
    exchanged = 4 + 3000 + 27
    assert (finished.upgrade, finished.status, finished.reason) == (
        "websocket", 101, "Switching Protocols"
    )  # fmt: skip
    assert finished.response_headers == (("Upgrade", "websocket"), ("Connection", "Upgrade"))
    assert finished.bytes_received == len(head) + exchanged
    assert finished.bytes_sent == len(SWITCHED) + exchanged
    assert finished.duration >= 0.2
    assert (finished.aborted, finished.problem, finished.error_id) == (False, "", None)
    assert len(server.events.of(RequestStarted)) == 1
    assert server.events.of(AppError) == []


def test_bytes_that_came_with_the_request_are_the_first(serve_each):
    with serve_each(echoing).connect() as client:
        client.send(request("GET /ws", *UPGRADE) + b"early")
        assert client.until(b"\r\n\r\n") == SWITCHED
        assert client.exactly(5) == b"early"
        talk(client, b"later")


@pytest.mark.parametrize("how", ["nothing", "list", "write", "connection", "stop", "broken"])
def test_nothing_of_ours_follows(serve_each, how):
    """Whatever the app returns or raises to end such a request."""

    def app(environ, start_response):
        sock = environ["werkzeug.socket"]
        sock.sendall(SWITCHED)
        if how == "write":
            start_response("200 OK", [TEXT])(b"written")
        if how == "connection":
            raise ConnectionError
        if how == "stop":
            raise StopIteration
        if how == "broken":
            raise ZeroDivisionError
        return [b"more"] if how == "list" else []

    server = serve_each(app)
    with server.connect() as client:
        client.send(request("GET /ws", *UPGRADE))
        assert client.rest() == SWITCHED
    finished = server.events.wait_kind(RequestFinished)
    assert (finished.status, finished.upgrade, finished.aborted) == (101, "websocket", False)
    errors = [error.type for error in server.events.of(AppError)]
    assert errors == (["ZeroDivisionError"] if how == "broken" else [])


def test_an_end_on_purpose_is_passed_over_with_passthrough_errors(serve_each):
    def app(environ, start_response):
        environ["werkzeug.socket"].sendall(SWITCHED)
        raise ConnectionError

    server = serve_each(app, passthrough_errors=True)
    for _ in range(2):
        with server.connect() as client:
            client.send(request("GET /ws", *UPGRADE))
            assert client.rest() == SWITCHED


def test_the_app_may_close_it_itself(serve_each):
    """From another thread, too; the number of the descriptor may then be another connection's."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/":
            start_response("200 OK", [TEXT])
            return [b"fine"]
        sock = environ["werkzeug.socket"]
        sock.sendall(SWITCHED)
        closing = threading.Thread(target=sock.close)
        closing.start()
        closing.join()
        return []

    server = serve_each(app)
    with server.connect() as other:
        for _ in range(3):
            with server.connect() as client:
                client.send(request("GET /ws", *UPGRADE))
                assert client.rest() == SWITCHED
            other.send(request("GET /"))
            assert other.answer().body == b"fine"


def test_it_is_closed_although_a_thread_of_the_app_still_reads(serve_each):
    threads = []

    def read(sock):
        with contextlib.suppress(OSError):  # closed before it was read from
            sock.recv(1)

    def app(environ, start_response):
        sock = environ["werkzeug.socket"]
        sock.sendall(SWITCHED)
        reading = threading.Thread(target=read, args=(sock,))
        threads.append(reading)
        reading.start()
        return []

    with serve_each(app).connect() as client:
        client.send(request("GET /ws", *UPGRADE))
        assert client.rest() == SWITCHED
        threads[0].join(SAFETY)
        assert not threads[0].is_alive()


@pytest.mark.parametrize("headers", [(), UPGRADE])
def test_a_socket_that_is_only_looked_at_stays_the_servers(serve_each, headers):
    seen = {}

    def app(environ, start_response):
        sock = environ["werkzeug.socket"]
        seen.update(
            peer=sock.getpeername(), own=sock.getsockname(), timeout=sock.gettimeout(),
            family=sock.family, blocking=sock.getblocking(), known=isinstance(sock, socket.socket),
        )  # fmt: skip
        sock.settimeout(30)
        assert sock.gettimeout() == 30
        sock.settimeout(None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with pytest.raises(BlockingIOError):
            sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        start_response("200 OK", [TEXT, ("Content-Length", "5")])
        return [b"hello"]

    server = serve_each(app)
    with server.connect() as client:
        for _ in range(2):
            client.send(request("GET /", *headers))
            answer = client.answer()
            assert (answer.body, answer.will_close) == (b"hello", False)
        own = client.sock.getsockname()
    assert seen == {
        "peer": own, "own": ("127.0.0.1", server.port), "timeout": None,
        "family": socket.AF_INET, "blocking": True, "known": True,
    }  # fmt: skip
    assert server.events.wait_kind(RequestFinished).upgrade == ""


def test_without_an_upgrade_the_first_use_takes_it(serve_each):
    def app(environ, start_response):
        sock = environ["werkzeug.socket"]
        with sock.makefile("rwb") as file:
            assert sock.fileno() >= 0
            file.write(b"no HTTP at all\n")
            file.flush()
            file.write(file.readline())
        return []

    server = serve_each(app, timeouts=SHORT)
    with server.connect() as client:
        client.send(request("GET /raw"))
        assert client.until(b"\n") == b"no HTTP at all\n"
        assert select.select([client.sock], [], [], 0.2)[0] == []
        client.send(b"a line\n")
        assert client.rest() == b"a line\n"
    finished = server.events.wait_kind(RequestFinished)
    assert (finished.upgrade, finished.status, finished.bytes_sent) == ("socket", 0, 22)
    assert not finished.aborted


def test_a_descriptor_of_an_upgrade_blocks(serve_each):
    """As libraries that hand it to a selector of their own, or to C, expect."""

    def app(environ, start_response):
        number = environ["werkzeug.socket"].fileno()
        assert os.get_blocking(number)
        os.write(number, SWITCHED + os.read(number, 3))
        return []

    server = serve_each(app)
    with server.connect() as client:
        client.send(request("GET /ws", *UPGRADE))
        server.events.wait_kind(RequestStarted)
        client.send(b"abc")
        assert client.rest() == SWITCHED + b"abc"


def test_a_handler_s_own_time_out_is_the_socket_s(serve_each):
    class Handler(WSGIRequestHandler):
        timeout = 0.1

    def app(environ, start_response):
        sock = environ["werkzeug.socket"]
        sock.sendall(SWITCHED)
        with pytest.raises(TimeoutError):
            sock.recv(1)
        sock.sendall(b"late")
        return []

    with serve_each(app, request_handler=Handler).connect() as client:
        client.send(request("GET /ws", *UPGRADE))
        assert client.rest() == SWITCHED + b"late"


@pytest.mark.parametrize("mode", ["single", "threaded"])
def test_a_stop_cuts_it_at_once(serve, mode):
    """It would never end by itself, so nobody waits for it; the record says what happened."""
    server = serve(echoing, mode=mode, grace=SAFETY)
    with server.connect() as client:
        client.send(request("GET /ws", *UPGRADE))
        client.until(b"\r\n\r\n")
        talk(client, b"ping")
        server.stop()
        client.assert_closed()
    finished = server.events.wait_kind(RequestFinished)
    assert (finished.status, finished.upgrade, finished.aborted) == (101, "websocket", True)
    assert finished.problem == "cut off: the server stopped, or the app was reloaded"
    assert server.server.abandoned == 0


def test_a_stop_cuts_it_in_a_process_of_its_own(serve):
    server = serve(echoing, mode="forking", grace=SAFETY, reporter=False)
    read, write = os.pipe()

    def emit(event):
        if isinstance(event, RequestFinished):
            os.write(write, f"{event.aborted} {event.problem}".encode())

    server.server.reporter = Reporter(emit, 0)
    with server.connect() as client:
        client.send(request("GET /ws", *UPGRADE))
        client.until(b"\r\n\r\n")
        talk(client, b"ping")
        server.stop()
        client.assert_closed()
    assert server.server.abandoned == 0
    with os.fdopen(read, "rb") as events:
        os.close(write)
        expected = b"True cut off: the server stopped, or the app was reloaded"
        assert events.read() == expected


def test_many_websockets_beside_requests(serve):
    """A websocket is held by its client, and takes no request's place."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/ws":
            return echoing(environ, start_response)
        start_response("200 OK", [TEXT, ("Content-Length", "5")])
        return [b"hello"]

    server = serve(app, max_threads=2)
    clients = [server.connect() for _ in range(6)]
    for client in clients:
        client.send(request("GET /ws", *UPGRADE))
        client.until(b"\r\n\r\n")
    assert server.get().body == b"hello"
    for client in clients:
        talk(client, b"ping")


def test_every_way_to_read_and_write_is_counted(serve, tmp_path):
    """Also with what came with the request, which isn't in the socket any more."""
    (tmp_path / "file").write_bytes(b"of a file\n")

    def app(environ, start_response):
        sock = environ["werkzeug.socket"]
        assert sock.timeout is None
        sock.setblocking(True)
        assert sock.recv(2, socket.MSG_PEEK) == b"ea"
        sock.sendall(SWITCHED)
        assert sock.recv(2, socket.MSG_PEEK) == b"ea"
        buffer = bytearray(2)
        assert (sock.recv_into(buffer), bytes(buffer)) == (2, b"ea")
        assert sock.recvfrom(3) == (b"rly", None)
        assert sock.recv(2, socket.MSG_PEEK) == b"re"
        assert sock.read(2) == b"re"
        assert (sock.read(2, buffer), bytes(buffer)) == (2, b"st")
        sock.settimeout(SAFETY)
        sock.write(b"written, ")
        assert sock.sendmsg([b"as ", memoryview(b"one, ")]) == 8
        with open(tmp_path / "file", "rb") as file:
            sock.sendfile(file)
        with sock.makefile("w", buffering=16, newline="\n") as text:
            text.write("a text\n")
        with sock.makefile("rb", buffering=0) as raw:
            assert raw.fileno() == sock.fileno()
            assert raw.read(4) == b"done"
        with sock:
            sock.send(b"the end")
        return []

    server = serve(app)
    with server.connect() as client:
        head = request("GET /ws", *UPGRADE)
        client.send(head + b"early")
        assert client.until(b"\r\n\r\n") == SWITCHED
        client.send(b"rest")
        sent = b"written, as one, of a file\na text\n"
        assert client.exactly(len(sent)) == sent
        client.send(b"done")
        assert client.rest() == b"the end"
    finished = server.events.wait_kind(RequestFinished)
    assert finished.bytes_received == len(head) + 13
    assert finished.bytes_sent == len(SWITCHED) + len(sent) + 7
