"""What the server refuses, over real sockets: nothing of it reaches the app, or is repaired.

Each request comes whole, byte by byte, and in the middle of a pipeline. Each time the client gets
an answer that says why, the connection ends, and what follows is never taken for a request.
"""

from __future__ import annotations

import contextlib
import logging

import pytest
from bad_bodies import BAD_BODIES
from serverkit import SAFETY

from server.events import AppError, RequestFinished
from server.protocol.channel import Timeouts
from server.protocol.parsing import Limits

GOOD = b"GET /good HTTP/1.1\r\nHost: a\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
SMALL = Limits(request_line=100, head=400, header_count=8, chunk_line=32)


def get(*lines: str, first: str = "GET / HTTP/1.1", host: str = "Host: a") -> bytes:
    return "\r\n".join([first, *([host] if host else []), *lines, "", ""]).encode("latin-1")


def post(*lines: str, body: bytes = b"hello") -> bytes:
    return get(*lines, first="POST / HTTP/1.1") + body


REFUSED = [
    # The request line.
    (400, get(first="GET /"), "'METHOD target HTTP/version'"),
    (400, get(first="GET  / HTTP/1.1"), "'METHOD target HTTP/version'"),
    (400, get(first="GET / HTTP/1.1 "), "'METHOD target HTTP/version'"),
    (400, get(first=" GET / HTTP/1.1"), "'METHOD target HTTP/version'"),
    (400, get(first="GET /a b HTTP/1.1"), "'METHOD target HTTP/version'"),
    (400, get(first="GET\t/\tHTTP/1.1"), "control character"),
    (400, get(first="GET /\0 HTTP/1.1"), "control character"),
    (400, get(first="GET /\x7f HTTP/1.1"), "control character"),
    (400, get(first="GET /\x0b HTTP/1.1"), "control character"),
    (400, get(first="GET /\r HTTP/1.1"), "control character"),
    (400, get(first="G@T / HTTP/1.1"), "method is not a token"),
    (400, get(first="GET / http/1.1"), "version is malformed"),
    (400, get(first="GET / HTTP/1.11"), "version is malformed"),
    (400, get(first="GET / HTTP/1,1"), "version is malformed"),
    (400, get(first="GET / ICAP/1.1"), "version is malformed"),
    (505, get(first="GET / HTTP/2.0"), "HTTP/2.0 is not spoken here"),
    (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2.0 is not spoken here"),
    (501, get(first="CONNECT a:443 HTTP/1.1"), "CONNECT is for proxies"),
    (400, get(first="GET * HTTP/1.1"), "neither a path nor a URL"),
    (400, get(first="GET a.html HTTP/1.1"), "neither a path nor a URL"),
    (400, get(first="GET file:///etc/passwd HTTP/1.1"), "neither a path nor a URL"),
    (400, get(first="GET http://a@b/ HTTP/1.1"), "target's host is not a host name"),
    (400, get(first="GET /#top HTTP/1.1"), "fragment"),
    # Host.
    (400, get(host=""), "requires a Host"),
    (400, get("Host: a"), "Host is given more than once"),
    (400, get("hOST: b"), "Host is given more than once"),
    (400, get(first="GET / HTTP/1.0", host="Host: a\r\nHost: b"), "Host is given more than once"),
    (400, get(host="Host: a b"), "not a host name"),
    (400, get(host="Host: a/../b"), "not a host name"),
    (400, get(host="Host: a,b:c"), "not a host name"),
    # Lines and headers.
    (400, b"GET / HTTP/1.1\nHost: a\n\n", "LF without CR"),
    (400, b"GET / HTTP/1.1\r\nHost: a\n\r\n", "a line ends in LF"),
    (400, b"GET / HTTP/1.1\r\nHost: a\r\nX: y\n\n", "a line ends in LF"),
    (400, get("X: a\rY: b"), "LF or CR alone"),
    (400, get("X: a", " b"), "folded over two lines"),
    (400, get("X: a", "\tContent-Length: 5"), "folded over two lines"),
    (400, get(" X: a", host="Host: a"), "folded over two lines"),
    (400, get("X : a"), "space between a header's name and its colon"),
    (400, get("Content-Length : 5"), "space between a header's name and its colon"),
    (400, get("Transfer-Encoding\t: chunked"), "space between a header's name and its colon"),
    (400, get("X"), "no colon"),
    (400, get(": a"), "name has a character that is not allowed"),
    (400, get("X\0: a"), "name has a character that is not allowed"),
    (400, get("X\xe9: a"), "name has a character that is not allowed"),
    (400, get("X[]: a"), "name has a character that is not allowed"),
    (400, get("X: \0"), "value has a control character"),
    (400, get("X: a\x08b"), "value has a control character"),
    (400, get("X: \x1b[31m"), "value has a control character"),
    (400, get("X: a\x7f"), "value has a control character"),
    # How long the body is.
    (400, post("Content-Length: 5", "Content-Length: 6"), "Content-Length is given more than once"),
    (400, post("Content-Length: 5", "Content-Length: 5"), "Content-Length is given more than once"),
    (400, post("Content-Length: 5, 5"), "Content-Length is not a number"),
    (400, post("Content-Length: +5"), "Content-Length is not a number"),
    (400, post("Content-Length: -1"), "Content-Length is not a number"),
    (400, post("Content-Length: 0_5"), "Content-Length is not a number"),
    (400, post("Content-Length: 0x5"), "Content-Length is not a number"),
    (400, post("Content-Length: 5.0"), "Content-Length is not a number"),
    (400, post("Content-Length: \xb2"), "Content-Length is not a number"),
    (400, post("Content-Length:"), "Content-Length is not a number"),
    (400, post("Content-Length: " + "9" * 19), "Content-Length is not a number"),
    (400, post("Content-Length: 5", "Transfer-Encoding: chunked"), "exclude each other"),
    (400, post("Transfer-Encoding: chunked", "Content-Length: 5"), "exclude each other"),
    (400, post("Transfer-Encoding: identity", "Content-Length: 5"), "exclude each other"),
    (400, post("Transfer-Encoding: chunked, chunked"), "chunked twice"),
    (400, post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), "chunked twice"),
    (501, post("Transfer-Encoding: gzip"), "the only transfer coding known"),
    (501, post("Transfer-Encoding: xchunked"), "the only transfer coding known"),
    (501, post("Transfer-Encoding: gzip, chunked"), "the only transfer coding known"),
    (501, post("Transfer-Encoding: chunked, identity"), "the only transfer coding known"),
    (501, post("Transfer-Encoding: chunked;q=1"), "the only transfer coding known"),
    (501, post("Transfer-Encoding: \xa0chunked"), "the only transfer coding known"),
    (400, post("Transfer-Encoding: \x0bchunked"), "value has a control character"),
    (
        400,
        get("Transfer-Encoding: chunked", first="POST / HTTP/1.0") + b"0\r\n\r\n",
        "not part of HTTP/1.0",
    ),
    (417, post("Content-Length: 5", "Expect: 200-maybe"), "100-continue"),
    # Too much, by the limits of this server.
    (414, get(first="GET /" + "a" * 100 + " HTTP/1.1"), "longer than 100 bytes"),
    (414, b"A" * 101, "longer than 100 bytes"),
    (431, get(*["X: y"] * 8), "more than 8 headers"),
    (431, get("X: " + "y" * 400), "longer than 400 bytes"),
    (431, get("X" * 200, "Y: " + "y" * 400), "longer than 400 bytes"),
]
IDS = [f"{number} {case[2]}" for number, case in enumerate(REFUSED)]


@pytest.fixture
def refusing(serve_each):
    """A server with small limits, and the paths its app was asked for."""
    asked: list[str] = []

    def app(environ, start_response):
        asked.append(environ["PATH_INFO"])
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body]

    def start(**options):
        server = serve_each(app, limits=SMALL, timeouts=Timeouts(linger=SAFETY), **options)
        server.asked = asked
        return server

    return start


def test_there_are_enough_of_them():
    """The field study's corpus has 70."""
    assert len(REFUSED) + len(BAD_BODIES) > 100


@pytest.mark.parametrize(("status", "data", "reason"), REFUSED, ids=IDS)
def test_a_malformed_request(refusing, status, data, reason):
    server = refusing()

    def check_refusal(client):
        answer = client.answer()
        assert (answer.status, answer.will_close) == (status, True)
        assert reason in answer.body.decode()
        client.assert_closed()

    with server.connect() as client:
        client.send(data + SMUGGLED)
        check_refusal(client)
    with server.connect() as client:
        # What is refused before its end leaves the rest of the bytes to nobody.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.send_slowly(data)
        check_refusal(client)
    with server.connect() as client:
        client.send(GOOD + data + SMUGGLED)
        assert client.answer().status == 200
        check_refusal(client)
    assert server.asked == ["/good"]
    finished = server.events.wait_count(RequestFinished, 4)
    refusals = [event for event in finished if event.method == "-"]
    assert [event.status for event in refusals] == [status] * 3
    for event in refusals:
        assert reason in event.problem
        line = data[:200].split(b"\n")[0].rstrip(b"\r").decode("latin-1")
        assert event.target[:100]
        assert line.startswith(event.target[:100])
        assert (event.aborted, event.error_id) == (False, None)
    assert server.get("/after").status == 200


def test_every_reason_is_logged(refusing, caplog):
    caplog.set_level(logging.INFO, "servedeck")
    server = refusing(reporter=False)
    for status, data, reason in REFUSED:
        caplog.clear()
        with server.connect() as client:
            client.send(data)
            assert client.answer().status == status
            client.assert_closed()
        warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
        assert len(warnings) == 1, data
        assert "bad request: " in warnings[0]
        assert reason in warnings[0]
        assert caplog.text.replace("\n", "").isprintable()
    assert server.asked == []


@pytest.mark.parametrize(("body", "reason"), BAD_BODIES, ids=[f"{b[0][:12]!r}" for b in BAD_BODIES])
def test_a_malformed_chunked_body(serve_each, body, reason):
    """The app isn't run, the client gets its 400, and nothing follows."""
    asked = []

    def app(environ, start_response):
        asked.append(environ["PATH_INFO"])
        read = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [read]

    server = serve_each(app, timeouts=Timeouts(linger=SAFETY))
    head = b"POST /bad HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    def check_refusal(client):
        answer = client.answer()
        assert (answer.status, answer.will_close) == (400 + 31 * ("many" in reason), True)
        client.assert_closed()

    with server.connect() as client:
        client.send(head + body + b"\r\n" + SMUGGLED)
        check_refusal(client)
    if len(body) < 500:
        with server.connect() as client:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                client.send_slowly(head + body + b"\r\n\r\n")
            check_refusal(client)
    with server.connect() as client:
        good = head.replace(b"/bad", b"/good") + b"2;x=y\r\nab\r\n0\r\nT: v\r\n\r\n"
        client.send(good + head + body + b"\r\n" + SMUGGLED)
        assert client.answer().body == b"ab"
        check_refusal(client)
    assert asked == ["/good"]
    assert server.events.of(AppError) == []
    bad = [event for event in server.events.of(RequestFinished) if event.path == "/bad"]
    assert len(bad) == len(server.events.of(RequestFinished)) - 1
    assert all(event.problem and not event.aborted for event in bad)
    # How much of a line has come decides which of its faults is found first.
    bare = b"\n" in body.replace(b"\r\n", b"")
    allowed = (reason, "size or extension", "LF without CR") if bare else (reason,)
    assert all(any(text in event.problem for text in allowed) for event in bad)


# Limits and time-outs are options -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "data", "status"),
    [
        (Limits(request_line=30), get(first="GET /" + "a" * 16 + " HTTP/1.1"), 200),
        (Limits(request_line=30), get(first="GET /" + "a" * 17 + " HTTP/1.1"), 414),
        (Limits(head=64), get("X: " + "y" * 34), 200),
        (Limits(head=64), get("X: " + "y" * 40), 431),
        (Limits(header_count=2), get("X: y"), 200),
        (Limits(header_count=2), get("X: y", "Z: y"), 431),
        (
            Limits(chunk_line=10),
            post("Transfer-Encoding: chunked", body=b"1;a=bcd\r\nx\r\n0\r\n\r\n"),
            200,
        ),
        (
            Limits(chunk_line=10),
            post("Transfer-Encoding: chunked", body=b"1;a=bcdefgh\r\nx\r\n0\r\n\r\n"),
            400,
        ),
        (
            Limits(header_count=2),
            post("Transfer-Encoding: chunked", body=b"0\r\nA: b\r\nC: d\r\n\r\n"),
            200,
        ),
        (
            Limits(header_count=2),
            post("Transfer-Encoding: chunked", body=b"0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n"),
            431,
        ),
        (Limits(request_line=50_000), get(first="GET /" + "a" * 40_000 + " HTTP/1.1"), 200),
        (Limits(header_count=1000), get(*["X: y"] * 900), 200),
    ],
)
def test_limits_are_options(serve_each, limits, data, status):
    def app(environ, start_response):
        environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []

    with serve_each(app, limits=limits).connect() as client:
        client.send(data)
        assert client.answer().status == status


def test_dribbling_does_not_buy_time(serve_each, often):
    """The time for a head runs from its first byte, however often another one comes."""
    server = serve_each(timeouts=Timeouts(head=0.1, idle=SAFETY))
    with server.connect() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        client.sock.settimeout(0.01)
        sent, answer = 0, b""
        while not answer and sent < 1000:
            with contextlib.suppress(TimeoutError):
                answer = client.sock.recv(65536)
                break
            client.send(b"y")
            sent += 1
        assert answer.startswith(b"HTTP/1.1 408 ")
    assert sent > 3


def test_blank_lines_do_not_buy_time(serve_each, often):
    server = serve_each(timeouts=Timeouts(head=SAFETY, idle=0.1))
    with server.connect() as client:
        client.sock.settimeout(0.01)
        for _ in range(1000):
            try:
                client.send(b"\r\n")
                if client.sock.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        else:
            raise AssertionError("it is still open")
    assert list(server.events) == []
