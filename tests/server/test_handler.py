"""server.handler over real sockets: what a client gets for what it sends."""

from __future__ import annotations

import errno
import io
import itertools
import logging
import os
import select
import socket
import sys
import tempfile
import threading
import time
from wsgiref.validate import validator

import pytest
from bounds import PROMPT
from conversations import CHUNKED, REQUESTS, TEXT, many_ways, request
from serverkit import SAFETY, Client, hello

import server.handler
from server.app.pages import InternalServerError
from server.app.trusted_hosts import TrustedHosts
from server.events import AppError, RequestFinished, RequestStarted, decode, encode
from server.handler import WSGIRequestHandler
from server.protocol.channel import Timeouts
from server.protocol.parsing import Limits

SERVER = os.path.dirname(server.handler.__file__) + os.sep


@pytest.fixture
def expect_from(serve_each):
    server = serve_each(validator(many_ways))

    def check(client: Client, method: str, status: int, body: bytes) -> None:
        answer = client.answer(method)
        assert (answer.status, answer.body, answer.version) == (status, body, "1.1")
        assert not answer.will_close
        assert {"server", "date"} <= answer.headers.keys()
        assert "connection" not in answer.headers

    server.check = check
    return server


@pytest.mark.parametrize(("name", "data", "status", "body"), REQUESTS, ids=[r[0] for r in REQUESTS])
def test_each_request_whole_slowly_and_pipelined(expect_from, name, data, status, body):
    method = data.split()[0].decode()
    with expect_from.connect() as client:
        client.send(data)
        expect_from.check(client, method, status, body)
        client.send_slowly(data)
        expect_from.check(client, method, status, body)
        client.send(data * 3)
        for _ in range(3):
            expect_from.check(client, method, status, body)
        client.send(data[:-1])
        client.send(data[-1:] + data[:5])
        expect_from.check(client, method, status, body)
        client.send(data[5:] + data[:9])
        expect_from.check(client, method, status, body)
        client.send(data[9:])
        expect_from.check(client, method, status, body)
    finished = expect_from.events.wait_count(RequestFinished, 8)
    assert {event.status for event in finished} == {status}
    assert expect_from.events.of(AppError) == []


def test_all_requests_through_one_connection_at_once(expect_from):
    with expect_from.connect() as client:
        client.send(b"".join(data for _, data, _, _ in REQUESTS) * 2)
        for _, data, status, body in REQUESTS * 2:
            expect_from.check(client, data.split()[0].decode(), status, body)
    begun = expect_from.events.of(RequestStarted)
    assert [event.id for event in begun] == list(range(1, 2 * len(REQUESTS) + 1))
    finished = expect_from.events.wait_count(RequestFinished, len(begun))
    ports = {event.remote_port for event in (*begun, *finished)}
    assert len(ports) == 1
    assert ports != {0}


BAD = [
    (400, b"GET / HTTP/1.1\r\n\r\n", "requires a Host"),
    (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "Host is given more than once"),
    (400, b"GET / HTTP/1.1\nHost: a\n\n", "LF without CR"),
    (400, b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", "space between"),
    (400, b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", "folded"),
    (400, b"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", "control character"),
    (400, b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello", "not a number"),
    (400, b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n", "control character"),
    (414, b"GET /" + b"a" * 17000, "request line is longer"),
    (431, b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 12000, "longer than"),
    (431, b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100 + b"\r\n", "more than 100"),
    (501, request("POST /", "Transfer-Encoding: gzip, chunked"), "transfer coding"),
    (501, request("CONNECT example.org:80"), "proxies"),
    (505, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "HTTP/2.0"),
    (417, request("POST /", "Content-Length: 1", "Expect: the-unexpected"), "expectation"),
]


@pytest.mark.parametrize(("status", "data", "reason"), BAD, ids=[b[2] for b in BAD])
@pytest.mark.parametrize("slowly", [False, True])
def test_what_is_refused(serve_each, status, data, reason, slowly):
    server = serve_each()
    with server.connect() as client:
        if slowly and len(data) < 1000:
            client.send_slowly(data)
        else:
            client.send(data)
        answer = client.answer()
        assert answer.status == status
        assert reason in answer.body.decode()
        assert answer.will_close
        client.assert_closed()
    finished = server.events.wait_kind(RequestFinished)
    assert finished.status == status
    assert reason in finished.problem
    assert not finished.aborted
    assert finished.target.startswith(data.split(b"\r")[0][:50].decode("latin-1").split("\n")[0])
    assert finished.bytes_received > 0
    assert [event.id for event in server.events.of(RequestStarted)] == [finished.id]


def test_a_bad_request_after_a_good_one(serve_each):
    server = serve_each()
    with server.connect() as client:
        client.send(request("GET /") + b"GET / HTTP/1.1\r\nbad header\r\n\r\n" + request("GET /"))
        assert client.answer().body == b"hello"
        assert client.answer().status == 400
        client.assert_closed()
    assert [e.status for e in server.events.wait_count(RequestFinished, 2)] == [200, 400]


def test_refusals_are_logged_where_nothing_is_reported(serve_each, caplog):
    caplog.set_level(logging.INFO, "servedeck")
    server = serve_each(reporter=False)
    server.raw(b"GET /\x1b[31m HTTP/1.1\r\n\r\n")
    server.stop()
    assert "bad request: the request line has a control character" in caplog.text
    assert '"GET /\\x1b[31m HTTP/1.1" 400' in caplog.text
    assert "\x1b" not in caplog.text


# How a connection goes on -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "keeps", "expected"),
    [
        (["GET / HTTP/1.1", "Host: x"], True, None),
        (["GET / HTTP/1.1", "Host: x", "Connection: close"], False, "close"),
        (["GET / HTTP/1.1", "Host: x", "Connection: foo , CLOSE"], False, "close"),
        (["GET / HTTP/1.1", "Host: x", "Connection: foo", "Connection: close"], False, "close"),
        (["GET / HTTP/1.0"], False, "close"),
        (["GET / HTTP/1.0", "Connection: keep-alive"], True, "keep-alive"),
        (["GET / HTTP/1.0", "Connection: Keep-Alive, close"], False, "close"),
    ],
)
def test_keep_alive(serve_each, lines, keeps, expected):
    server = serve_each()
    data = "\r\n".join([*lines, "", ""]).encode()
    with server.connect() as client:
        client.send(data)
        answer = client.answer()
        assert answer.body == b"hello"
        assert answer.headers.get("connection") == expected
        if keeps:
            client.send(data)
            assert client.answer().body == b"hello"
        else:
            client.assert_closed()


def test_http_1_0_gets_no_chunks(serve_each):
    server = serve_each(many_ways)
    with server.connect() as client:
        client.send(b"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        answer = client.answer()
        assert answer.body == b"one,two,three"
        assert answer.headers["connection"] == "close"
        assert "transfer-encoding" not in answer.headers


@pytest.mark.parametrize("headers", [[("Connection", "close")], [("connection", "x, Close")]])
def test_the_app_may_close(serve_each, headers):
    def app(environ, start_response):
        start_response("200 OK", [TEXT, *headers])
        return [b"bye"]

    with serve_each(app).connect() as client:
        client.send(request("GET /"))
        answer = client.answer()
        assert answer.body == b"bye"
        assert answer.headers["connection"] == "close"
        client.assert_closed()


def test_hop_by_hop_headers_are_the_server_s(serve_each):
    def app(environ, start_response):
        start_response(
            "200 OK",
            [TEXT, ("Transfer-Encoding", "chunked"), ("Keep-Alive", "5"), ("Upgrade", "x")],
        )
        return [b"whole"]

    server = serve_each(app)
    data = server.raw(request("GET /"))
    assert data.endswith(b"\r\n\r\nwhole")
    assert b"Content-Length: 5" in data
    for name in (b"Transfer-Encoding", b"Keep-Alive", b"Upgrade"):
        assert name not in data


def test_server_and_date_of_the_app_are_kept(serve_each):
    def app(environ, start_response):
        start_response("200 OK", [TEXT, ("date", "a long time ago"), ("SERVER", "mine")])
        return [b""]

    head = serve_each(app).raw(request("GET /")).lower()
    assert head.count(b"date:") == head.count(b"server:") == 1
    assert b"date: a long time ago" in head
    assert b"server: mine" in head


def test_a_client_that_only_closes_its_sending_side_gets_all_answers(serve_each):
    data = serve_each(many_ways).raw(request("GET /1") + request("GET /2"))
    assert data.count(b"HTTP/1.1 200 OK") == 2
    assert data.endswith(b"GET /2?")


def test_length_of_a_single_item_is_known(serve_each):
    def app(environ, start_response):
        start_response("200 OK", [TEXT])
        return (b"12345",) if environ["PATH_INFO"] == "/tuple" else []

    server = serve_each(app)
    assert server.get("/tuple").headers["content-length"] == "5"
    assert server.get("/list").headers["content-length"] == "0"
    assert server.get("/tuple", method="HEAD").headers["content-length"] == "5"
    # An app may leave the body out for HEAD: then nobody knows the length.
    assert "content-length" not in server.get("/list", method="HEAD").headers


def test_content_length_of_head_and_304_is_kept_and_of_204_dropped(serve_each):
    def app(environ, start_response):
        start_response(environ["PATH_INFO"][1:] + " X", [("Content-Length", "99")])
        return []

    server = serve_each(app)
    with server.connect() as client:
        for target, method, length in [
            ("/200", "HEAD", "99"),
            ("/304", "GET", "99"),
            ("/204", "GET", None),
        ]:
            client.send(request(f"{method} {target}"))
            answer = client.answer(method)
            assert answer.headers.get("content-length") == length
            assert answer.body == b""
    assert [e.problem for e in server.events.wait_count(RequestFinished, 3)] == ["", "", ""]


# Streaming ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_each_item_is_sent_before_the_next_is_made(serve_each, version):
    received = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [TEXT])

        def items():
            yield b"first"
            yield b"second" if received.wait(SAFETY) else b"too late"

        return items()

    with serve_each(app).connect() as client:
        client.send(f"GET / HTTP/{version}\r\nHost: x\r\n\r\n".encode())
        client.until(b"first")
        received.set()
        client.until(b"second")


def test_written_data_is_sent_at_once(serve_each):
    received = threading.Event()

    def app(environ, start_response):
        write = start_response("200 OK", [TEXT])
        write(b"first")
        write(b"second" if received.wait(SAFETY) else b"too late")
        return []

    with serve_each(app).connect() as client:
        client.send(request("GET /"))
        client.until(b"first")
        received.set()
        assert client.until(b"0\r\n\r\n").endswith(b"6\r\nsecond\r\n0\r\n\r\n")


def test_an_echo_that_answers_while_it_reads(serve_each):
    def app(environ, start_response):
        start_response("200 OK", [TEXT])
        return iter(lambda: environ["wsgi.input"].read(3), b"")

    server = serve_each(validator(app), stream_chunked=True)
    with server.connect() as client:
        client.send(request("POST /", CHUNKED) + b"3\r\nabc\r\n")
        client.until(b"abc\r\n")
        client.send(b"3\r\ndef\r\n0\r\n\r\n")
        client.until(b"def\r\n0\r\n\r\n")
    assert server.events.of(AppError) == []


def test_big_answer_to_a_slow_reader(serve_each):
    body = bytes(range(256)) * 40_000

    def app(environ, start_response):
        start_response("200 OK", [TEXT, ("Content-Length", str(len(body)))])
        return [body]

    with serve_each(app).connect() as client:
        client.send(request("GET /"))
        client.until(b"\r\n\r\n")
        assert client.exactly(len(body)) == body
        client.send(request("HEAD /"))
        assert client.answer("HEAD").status == 200


# What an app does wrong ---------------------------------------------------------------------------


def breach(name):
    """Apps that break PEP 3333 before anything is sent: the client gets a clean 500."""

    def app(environ, start_response):
        if name == "never":
            return [b"x"]
        if name == "twice":
            start_response("200 OK", [TEXT])
            start_response("200 OK", [TEXT])
        status, headers, body = "200 OK", [TEXT], [b"x"]
        if name == "str":
            body = ["text"]
        elif name == "bytearray":
            body = [bytearray(b"x")]
        elif name == "number":
            body = iter([1])
        elif name == "none":
            body = None
        elif name == "empty str":
            body = iter([""])
        elif name == "crlf value":
            headers = [("X-A", "b\r\nInjected: yes")]
        elif name == "lf value":
            headers = [("X-A", "b\nInjected: yes")]
        elif name == "cr value":
            headers = [("X-A", "b\rInjected: yes")]
        elif name == "nul value":
            headers = [("X-A", "b\0")]
        elif name == "crlf name":
            headers = [("X-A: b\r\nInjected", "yes")]
        elif name == "crlf status":
            status = "200 OK\r\nInjected: yes"
        elif name == "number status":
            status = 200
        elif name == "word status":
            status = "OK"
        elif name == "tuple headers":
            headers = (TEXT,)
        elif name == "triple":
            headers = [("a", "b", "c")]
        elif name == "number value":
            headers = [("X-A", 1)]
        elif name == "snowman":
            headers = [("X-A", "\N{SNOWMAN}")]
        elif name == "bad length":
            headers = [("Content-Length", "many")]
        elif name == "two lengths":
            headers = [("Content-Length", "1"), ("content-length", "2")]
        elif name == "interim":
            status = "100 Continue"
        write = start_response(status, headers)
        if name == "write str":
            write("text")
        if name == "headers changed later":
            headers.append(("X-A", "b\r\nInjected: yes"))
        return body

    return app


BREACHES = [
    name.replace("_", " ")
    for name in [
        "never",
        "twice",
        "str",
        "bytearray",
        "number",
        "none",
        "empty_str",
        "crlf_value",
        "lf_value",
        "cr_value",
        "nul_value",
        "crlf_name",
        "crlf_status",
        "number_status",
        "word_status",
        "tuple_headers",
        "triple",
        "number_value",
        "snowman",
        "bad_length",
        "two_lengths",
        "interim",
        "write_str",
        "headers_changed_later",
    ]
]


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_before_the_answer_is_a_500(serve_each, name):
    server = serve_each(breach(name))
    with server.connect() as client:
        client.send(request("GET /"))
        answer = client.answer()
        assert answer.status == 500
        assert "injected" not in answer.headers
        # The rollback leaves a connection that can be used.
        client.send(request("GET /"))
        assert client.answer().status == 500
    finished = server.events.wait_count(RequestFinished, 2)
    errors = server.events.wait_count(AppError, 2)
    assert [event.error_id for event in finished] == [event.id for event in errors]
    assert [event.request_id for event in errors] == [event.id for event in finished]
    for error in errors:
        assert f"{SERVER}handler.py" not in error.text
        assert not any(frame.file.startswith(SERVER) for frame in error.frames)


@pytest.mark.parametrize(
    ("length", "body", "sent", "problem"),
    [
        (10, [b"hello"], b"hello", "the app sent 5 bytes, but its Content-Length is 10"),
        (10, [], b"", "the app sent 0 bytes, but its Content-Length is 10"),
        (2, [b"hello"], b"he", "more than its Content-Length of 2"),
        (2, [b"h", b"e", b"llo"], b"he", "more than its Content-Length of 2"),
        (0, [b"hello"], b"", "more than its Content-Length of 0"),
        (5, [b"hel", b"lo"], b"hello", ""),
    ],
)
def test_a_wrong_content_length_is_reported(serve_each, length, body, sent, problem):
    def app(environ, start_response):
        start_response("200 OK", [TEXT, ("Content-Length", str(length))])
        return iter(body)

    server = serve_each(app)
    data = server.raw(request("GET /"))
    assert data.partition(b"\r\n\r\n")[2] == sent
    finished = server.events.wait_kind(RequestFinished)
    assert problem in finished.problem
    assert bool(problem) == bool(finished.problem)
    assert finished.response_body.size == len(sent)
    reported = server.events.of(AppError)
    assert [error.message for error in reported] == ([finished.problem] if problem else [])
    for error in reported:  # with the app's line, where it promised what it then did not keep
        assert (error.id, error.request_id) == (finished.error_id, finished.id)
        assert error.frames[-1].file == __file__
        assert "start_response" in error.text


def test_a_short_answer_ends_the_connection_at_once(serve_each):
    """The client must not wait for bytes that never come, nor take the next answer for them."""

    def app(environ, start_response):
        start_response("200 OK", [TEXT, ("Content-Length", "10")])
        return [b"short"]

    with serve_each(app).connect() as client:
        client.send(request("GET /") * 2)
        assert client.rest().endswith(b"\r\n\r\nshort")


def test_a_long_answer_leaves_the_connection_in_order(serve_each):
    def app(environ, start_response):
        start_response("200 OK", [TEXT, ("Content-Length", "2")])
        return [b"too long"]

    with serve_each(app).connect() as client:
        client.send(request("GET /") * 2)
        assert client.answer().body == b"to"
        assert client.answer().body == b"to"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_a_body_where_none_is_allowed(serve_each, status):
    def app(environ, start_response):
        start_response(status, [])
        return [b"a body"]

    server = serve_each(app)
    with server.connect() as client:
        for _ in range(2):
            client.send(request("GET /"))
            assert client.answer()[0::4][:2] == (int(status[:3]), b"")
    assert "a body with status" in server.events.wait_kind(RequestFinished).problem


# Errors of the app --------------------------------------------------------------------------------


def raising(moment, error=RuntimeError):
    def app(environ, start_response):
        def items():
            if moment == "first item":
                raise error("boom")
            yield b"begun"
            if moment == "second item":
                raise error("boom")

        class Closing:
            def __iter__(self):
                return iter([b"begun"])

            def close(self):
                raise error("boom")

        if moment == "before":
            raise error("boom")
        write = start_response("200 OK", [TEXT, ("X-App", "yes")])
        if moment == "between":
            raise error("boom")
        if moment == "after write":
            write(b"begun")
            raise error("boom")
        return Closing() if moment == "close" else items()

    return app


ERRORS = [
    RuntimeError,
    SystemExit,
    ConnectionResetError,
    TimeoutError,
    KeyboardInterrupt,
    GeneratorExit,
    RecursionError,
]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("moment", ["before", "between", "first item"])
def test_an_error_before_the_answer_is_a_500(serve_each, moment, error):
    server = serve_each(raising(moment, error))
    with server.connect() as client:
        for _ in range(2):
            client.send(request("GET /"))
            answer = client.answer()
            assert answer.status == 500
            assert "x-app" not in answer.headers
            assert b"boom" not in answer.body
    reported = server.events.wait_count(AppError, 2)
    assert [(e.type, e.message) for e in reported] == [(error.__name__, "boom")] * 2
    assert reported[0].frames[-1].file == __file__
    finished = server.events.wait_kind(RequestFinished)
    assert (finished.status, finished.error_id, finished.aborted) == (500, reported[0].id, False)


@pytest.mark.parametrize("moment", ["after write", "second item"])
def test_an_error_within_the_answer_is_seen_by_the_client(serve_each, moment):
    """The chunked body must not look complete."""
    server = serve_each(raising(moment))
    data = server.raw(request("GET /") * 2)
    assert data.count(b"HTTP/1.1 ") == 1
    assert data.endswith(b"5\r\nbegun\r\n")
    finished = server.events.wait_kind(RequestFinished)
    assert finished.error_id == server.events.wait_kind(AppError).id
    assert finished.status == 200


def test_an_error_in_close(serve_each):
    server = serve_each(raising("close"))
    assert server.raw(request("GET /")).endswith(b"5\r\nbegun\r\n0\r\n\r\n")
    assert server.events.wait_kind(AppError).message == "boom"


def test_the_traceback_is_shown_in_debug_mode_only_and_escaped(serve_each):
    def app(environ, start_response):
        raise RuntimeError("<script>alert(1)</script>")

    server = serve_each(app)
    assert b"script" not in server.get().body
    server.server.debug = True
    assert b"script" not in server.get().body  # asked for as "x"
    server.server.trusted_hosts = TrustedHosts("x")
    page = server.get().body
    assert b"RuntimeError: &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert b"<script" not in page


def test_a_500_to_head_has_no_body(serve_each):
    with serve_each(raising("before")).connect() as client:
        client.send(request("HEAD /") + request("HEAD /"))
        assert client.answer("HEAD").status == 500
        assert client.answer("HEAD").body == b""


def test_errors_are_logged_where_nothing_is_reported(serve_each, caplog):
    server = serve_each(raising("before"), reporter=False)
    assert server.get().status == 500
    server.stop()
    [record] = [r for r in caplog.records if r.levelno == logging.ERROR]
    text = record.getMessage()
    assert text.startswith("Error on request:\nTraceback (most recent call last):\n")
    assert text.endswith("RuntimeError: boom\n")


def test_requests_are_logged_where_nothing_is_reported(serve_each, caplog):
    caplog.set_level(logging.INFO, "servedeck")
    server = serve_each(reporter=False)
    server.get("/%s%d?\xe4\x80")
    server.stop()
    assert '"GET /%s%d?\xe4\\x80 HTTP/1.1" 200 5' in caplog.text


def test_the_page_of_an_internal_error_alone():
    got = []
    [page] = InternalServerError("<&\ud800")({}, lambda *args: got.append(args))
    assert got[0][0].startswith("500 ")
    assert dict(got[0][1])["Content-Length"] == str(len(page))
    assert b"&lt;&amp;\\ud800" in page


# exc_info -----------------------------------------------------------------------------------------


def test_exc_info_before_anything_is_sent_replaces_the_headers(serve_each):
    def app(environ, start_response):
        start_response("200 OK", [TEXT, ("X-First", "yes"), ("Content-Length", "100")])
        try:
            raise RuntimeError("caught")
        except RuntimeError:
            start_response("503 Later", [TEXT], sys.exc_info())
        return [b"sorry"]

    server = serve_each(validator(app))
    answer = server.get()
    assert (answer.status, answer.body) == (503, b"sorry")
    assert "x-first" not in answer.headers
    error = server.events.wait_kind(AppError)
    assert error.message == "caught"
    assert server.events.wait_kind(RequestFinished).error_id == error.id


def test_exc_info_of_an_answer_to_the_client_is_no_error(serve_each):
    """As Trac reports that there is no such page."""

    def app(environ, start_response):
        try:
            raise LookupError("no such page")
        except LookupError:
            start_response("404 Not Found", [TEXT], sys.exc_info())
        return [b"sorry"]

    server = serve_each(app)
    assert server.get().status == 404
    assert server.events.wait_kind(RequestFinished).error_id is None
    assert server.events.of(AppError) == []


def test_exc_info_after_sending_raises_the_app_s_error(serve_each):
    seen = []

    def app(environ, start_response):
        write = start_response("200 OK", [TEXT])
        write(b"begun")
        try:
            raise RuntimeError("caught")
        except RuntimeError as error:
            try:
                start_response("503 Later", [TEXT], sys.exc_info())
            except RuntimeError as again:
                seen.append(again is error)
                raise
        return [b"never"]

    server = serve_each(app)
    assert server.raw(request("GET /")).endswith(b"5\r\nbegun\r\n")
    assert seen == [True]
    server.events.wait_count(AppError, 1)


# close() ------------------------------------------------------------------------------------------


class Closable:
    """An iterable that counts its close()."""

    def __init__(self, items):
        self._items = items
        self.closed = threading.Semaphore(0)
        self.count = 0

    def __iter__(self):
        for item in self._items:
            if isinstance(item, Exception):
                raise item
            yield item

    def close(self):
        self.count += 1
        self.closed.release()


@pytest.mark.parametrize(
    ("headers", "items"),
    [
        ([TEXT], [b"fine"]),
        ([TEXT], []),
        ([TEXT], [RuntimeError()]),
        ([TEXT], [b"begun", RuntimeError()]),
        ([TEXT], ["str"]),
        ([("Content-Length", "1")], [b"long"]),
        ([("Content-Length", "9")], [b"short"]),
        ([("Bad Name", "x")], [b"x"]),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_close_is_called_once(serve_each, headers, items, method):
    made = Closable(items)

    def app(environ, start_response):
        if headers == [TEXT] or "Bad Name" not in headers[0]:
            start_response("200 OK", list(headers))
        return made

    serve_each(app).raw(request(f"{method} /"))
    assert made.closed.acquire(timeout=SAFETY)
    assert made.count == 1


def test_close_is_called_when_the_client_leaves(serve_each):
    made = Closable(itertools.repeat(b"x" * 65536))

    def app(environ, start_response):
        start_response("200 OK", [TEXT])
        return made

    server = serve_each(app)
    with server.connect() as client:
        client.send(request("GET /"))
        client.until(b"xxx")
        client.reset()
    assert made.closed.acquire(timeout=SAFETY)
    finished = server.events.wait_kind(RequestFinished)
    assert finished.aborted
    assert finished.error_id is None
    assert finished.status == 200
    assert server.events.of(AppError) == []
    assert made.count == 1


# Files --------------------------------------------------------------------------------------------


@pytest.fixture
def big_file(tmp_path):
    path = tmp_path / "big"
    path.write_bytes(bytes(range(256)) * 5000)
    return path


@pytest.mark.parametrize("kind", ["real", "in memory", "no fileno"])
@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_file_wrapper(serve_each, big_file, kind, length, version):
    content = big_file.read_bytes()
    opened = []

    class NoFileno:
        def __init__(self):
            self.read = io.BytesIO(content[100:]).read

    def app(environ, start_response):
        headers = [TEXT, ("Content-Length", str(len(content) - 100))] if length else [TEXT]
        if kind == "no fileno":
            file = NoFileno()
        else:
            file = big_file.open("rb") if kind == "real" else io.BytesIO(content)
            file.seek(100)
            opened.append(file)
        start_response("200 OK", headers)
        return environ["wsgi.file_wrapper"](file, 4096)

    server = serve_each(app, body_limit=1000)
    with server.connect() as client:
        client.send(f"GET / HTTP/{version}\r\nHost: x\r\nConnection: keep-alive\r\n\r\n".encode())
        answer = client.answer()
        assert answer.body == content[100:]
        assert answer.will_close == (version == "1.0" and not length)
    finished = server.events.wait_kind(RequestFinished)
    assert finished.response_body.size == len(content) - 100
    assert finished.response_body.data == content[100:1100]
    assert finished.bytes_sent > len(content) - 100
    server.stop()
    assert all(file.closed for file in opened)


def test_file_shorter_or_longer_than_its_content_length(serve_each, big_file):
    size = big_file.stat().st_size

    def app(environ, start_response):
        wanted = int(environ["QUERY_STRING"])
        start_response("200 OK", [TEXT, ("Content-Length", str(wanted))])
        return environ["wsgi.file_wrapper"](big_file.open("rb"))

    server = serve_each(app)
    with server.connect() as client:
        client.send(request("GET /?100") + request("HEAD /?100") + request(f"GET /?{size + 1}"))
        assert client.answer().body == big_file.read_bytes()[:100]
        assert client.answer("HEAD").body == b""
        assert len(client.rest().partition(b"\r\n\r\n")[2]) == size
    problems = [event.problem for event in server.events.wait_count(RequestFinished, 3)]
    assert "more than its Content-Length of 100" in problems[0]
    assert problems[1] == ""
    assert f"its Content-Length is {size + 1}" in problems[2]


def test_file_after_written_data_keeps_to_the_content_length(serve_each, big_file):
    def app(environ, start_response):
        write = start_response("200 OK", [TEXT, ("Content-Length", "10")])
        write(b"12345")
        return environ["wsgi.file_wrapper"](big_file.open("rb"))

    with serve_each(app).connect() as client:
        client.send(request("GET /") * 2)
        for _ in range(2):
            assert client.answer().body == b"12345" + big_file.read_bytes()[:5]


def test_client_leaves_in_the_middle_of_a_file(serve_each, tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    opened = []

    def app(environ, start_response):
        start_response("200 OK", [TEXT, ("Content-Length", str(1 << 30))])
        opened.append(path.open("rb"))
        return environ["wsgi.file_wrapper"](opened[0])

    server = serve_each(app)
    with server.connect() as client:
        client.send(request("GET /"))
        client.until(b"\0\0")
        client.reset()
    finished = server.events.wait_kind(RequestFinished)
    assert finished.aborted
    assert 0 < finished.bytes_sent < 1 << 30
    assert opened[0].closed


# Request bodies -----------------------------------------------------------------------------------


def test_reading_past_the_end_returns_nothing(serve_each):
    def app(environ, start_response):
        stream = environ["wsgi.input"]
        parts = [stream.read(), stream.read(), stream.read(10), stream.readline(), *stream]
        start_response("200 OK", [TEXT])
        return [repr(parts).encode()]

    server = serve_each(app)
    with server.connect() as client:
        for data in (
            request("POST /", "Content-Length: 3", body=b"abc"),
            request("POST /", CHUNKED, body=b"3\r\nabc\r\n0\r\n\r\n"),
        ):
            client.send(data)
            assert client.answer().body == b"[b'abc', b'', b'', b'']"
        client.send(request("GET /"))
        assert client.answer().body == b"[b'', b'', b'', b'']"


def test_lines_of_a_body(serve_each):
    def app(environ, start_response):
        stream = environ["wsgi.input"]
        got = [stream.readline(), stream.readline(4), *stream.readlines()]
        start_response("200 OK", [TEXT])
        return [repr(got).encode()]

    body = b"one\r\ntwo and more\nthree\nfour"
    data = request("POST /", f"Content-Length: {len(body)}", body=body)
    lines = [b"one\r\n", b"two ", b"and more\n", b"three\n", b"four"]
    assert repr(lines).encode() in serve_each(validator(app)).raw(data)


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 3_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_sizes_of_bodies(serve_each, size, chunked):
    def app(environ, start_response):
        body = environ["wsgi.input"].read()
        start_response("200 OK", [TEXT])
        return [body]

    body = bytes(i % 251 for i in range(1000)) * (size // 1000 + 1)
    body = body[:size]
    if chunked:
        parts = [body[i : i + 50_021] for i in range(0, size, 50_021)]
        wire = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        data = request("POST /", CHUNKED, body=wire)
    else:
        data = request("POST /", f"Content-Length: {size}", body=body)
    server = serve_each(app)
    with server.connect() as client:
        for _ in range(2):
            sender = threading.Thread(target=client.send, args=(data,))
            sender.start()
            assert client.answer().body == body
            sender.join()
    finished = server.events.wait_kind(RequestFinished)
    assert finished.request_body.size == finished.response_body.size == size
    assert finished.request_body.data == body[:65536]
    assert finished.bytes_received == len(data)


def test_input_terminated_and_framing_in_the_environ(serve_each):
    def app(environ, start_response):
        shown = [
            environ.get("wsgi.input_terminated"),
            environ.get("CONTENT_LENGTH"),
            environ.get("HTTP_TRANSFER_ENCODING"),
        ]
        start_response("200 OK", [TEXT])
        return [repr(shown).encode()]

    server = serve_each(app)
    data = request("POST /", CHUNKED, body=b"0\r\n\r\n")
    assert server.raw(data).endswith(b"[True, '0', None]")
    data = request("POST /", CHUNKED, body=b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert server.raw(data).endswith(b"[True, '5', None]")
    data = request("POST /", "Content-Length: 1", body=b"x")
    assert b"'1', None]" in server.raw(data)


def test_continue_is_asked_for_when_the_app_reads(serve):
    reading = threading.Event()

    def app(environ, start_response):
        assert reading.wait(SAFETY)
        body = environ["wsgi.input"].read()
        start_response("200 OK", [TEXT])
        return [body]

    with serve(app).connect() as client:
        client.send(request("POST /", "Content-Length: 3", "Expect: 100-continue"))
        assert select.select([client.sock], [], [], 0.05)[0] == []
        reading.set()
        assert client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"abc")
        answer = client.answer()
        assert answer.body == b"abc"
        assert not answer.will_close
        client.send(request("GET /"))
        assert client.answer().status == 200


def test_no_continue_where_the_app_does_not_read(serve):
    server = serve()
    with server.connect() as client:
        client.send(request("POST /", "Content-Length: 3", "Expect: 100-continue"))
        answer = client.answer()
        assert answer.informational == []
        assert answer.will_close
        client.assert_closed()


def test_no_continue_for_http_1_0_and_for_empty_bodies(serve_each):
    server = serve_each(many_ways)
    data = b"POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"
    assert server.raw(data).startswith(b"HTTP/1.1 200 OK")
    data = request("POST /echo", "Expect: 100-continue", "Content-Length: 0")
    assert server.raw(data).startswith(b"HTTP/1.1 200 OK")


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n" * 1000


def test_a_small_unread_body_is_drained(serve_each):
    server = serve_each()
    data = request("POST /", f"Content-Length: {len(SMUGGLED)}", body=SMUGGLED)
    with server.connect() as client:
        client.send(data + request("GET /next"))
        assert client.answer().body == b"hello"
        assert client.answer().body == b"hello"
    targets = [event.target for event in server.events.of(RequestStarted)]
    assert targets == ["/", "/next"]


def test_after_unread_chunks_the_connection_ends(serve_each):
    """How long they are isn't known, so nobody waits for their end."""
    server = serve_each(stream_chunked=True)
    chunk = b"%x\r\n%b\r\n" % (len(SMUGGLED), SMUGGLED)
    for body in (chunk, chunk + b"0\r\n\r\n", b""):
        with server.connect() as client:
            client.send(request("POST /", CHUNKED, body=body))
            answer = client.answer()
            assert answer.body == b"hello"
            assert answer.will_close
            client.assert_closed()
    assert [event.target for event in server.events.of(RequestStarted)] == ["/"] * 3


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("read_first", [False, True])
def test_the_answer_to_a_big_unread_upload_can_be_read(serve_each, chunked, read_first):
    """Without a lingering close the client would get a reset instead of the 413."""

    def app(environ, start_response):
        if read_first:
            environ["wsgi.input"].read(10)
        start_response("413 Too Big", [TEXT])
        return [b"too big"]

    server = serve_each(app, timeouts=Timeouts(linger=SAFETY), stream_chunked=True)
    if chunked:
        start = request("POST /", CHUNKED)
        part = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    else:
        start = request("POST /", "Content-Length: 20971520")
        part = b"x" * 65536
    with server.connect() as client:
        client.send(start)
        for _ in range(320 if not chunked else 100):
            client.send(part)
        answer = client.answer()
        assert (answer.status, answer.body) == (413, b"too big")
        assert answer.will_close
        client.assert_closed()
    assert not server.events.wait_kind(RequestFinished).aborted
    assert server.get().status == 413


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"zz\r\n", "size or extension"),
        (b"-1\r\n", "size or extension"),
        (b"0x3\r\nabc\r\n", "size or extension"),
        (b"3 \r\nabc\r\n", "size or extension"),
        (b"3\nabc\r\n", "size or extension"),
        (b"3\r\nabcd\r\n", "longer than its size"),
        (b"3\r\nabc\n\n", "longer than its size"),
        (b"f" * 2000, "too long"),
        (b"0\r\nX y\r\n\r\n", "trailer is malformed"),
        (b"0\r\nX: \x00\r\n\r\n", "trailer is malformed"),
    ],
)
@pytest.mark.parametrize("way", ["echo", "ignore", "swallow", "wrap"])
def test_a_malformed_chunked_body_is_a_400(serve_each, body, reason, way):
    def app(environ, start_response):
        try:
            if way != "ignore":
                environ["wsgi.input"].read()
        except OSError as error:
            if way == "echo":
                raise
            if way == "wrap":
                raise RuntimeError("the body could not be read") from error
        start_response("200 OK", [TEXT])
        return [b"fine"]

    server = serve_each(app, stream_chunked=True)
    data = server.raw(request("POST /", CHUNKED, body=body) + request("GET /"))
    assert data.count(b"HTTP/1.1 ") == 1
    finished = server.events.wait_kind(RequestFinished)
    if way == "ignore":  # known only after the answer: then the connection ends
        assert data.startswith(b"HTTP/1.1 200 ")
    else:
        assert data.startswith(b"HTTP/1.1 400 ")
        assert reason in data.decode()
        assert finished.problem
        assert not finished.aborted
    assert server.get().status == 200
    if way in ("echo", "ignore"):
        assert server.events.of(AppError) == []


def test_a_malformed_chunk_within_the_answer_ends_the_connection(serve_each):
    """What follows can't be distinguished from the next request, so it must not be read as one."""

    def app(environ, start_response):
        start_response("200 OK", [TEXT, ("Content-Length", "5")])
        yield b"begun"
        try:
            environ["wsgi.input"].read()
        except OSError:
            pass

    server = serve_each(app, stream_chunked=True)
    body = b"zz\r\n0\r\n\r\n" + request("GET /smuggled")
    data = server.raw(request("POST /", CHUNKED, body=body))
    assert data.count(b"HTTP/1.1 ") == 1
    assert len(server.events.of(RequestStarted)) == 1


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("way", ["read", "wrap", "swallow"])
def test_client_leaves_in_the_middle_of_an_upload(serve_each, reset, chunked, way):
    reading = threading.Event()

    def app(environ, start_response):
        environ["wsgi.input"].read(1)
        reading.set()
        try:
            environ["wsgi.input"].read()
        except OSError:
            if way == "read":
                raise
            if way == "wrap":
                start_response("500 Oops", [TEXT], sys.exc_info())
                return [b"oops"]
        start_response("200 OK", [TEXT])
        return [b"fine"]

    server = serve_each(app, stream_chunked=True)
    with server.connect() as client:
        if chunked:
            client.send(request("POST /", CHUNKED, body=b"64\r\nabc"))
        else:
            client.send(request("POST /", "Content-Length: 100", body=b"abc"))
        is_taken_in = not chunked and not server.server.multithread  # before the app runs
        if is_taken_in:
            assert server.get("/other").status == 200
        assert reading.wait(SAFETY)
        if reset:
            client.reset()
    finished = server.events.wait_count(RequestFinished, 1 + is_taken_in)[-1]
    assert finished.aborted
    assert finished.error_id is None
    assert server.events.of(AppError) == []
    reading.clear()
    with server.connect() as client:
        client.send(request("POST /", "Content-Length: 3", body=b"abc"))
        assert client.answer().status == 200


# Chunked bodies that are taken in


def seen_bodies(environ, start_response):
    """Answers with what CONTENT_LENGTH lets it read, as most frameworks do."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length)
    assert environ["wsgi.input"].read(1) == b""
    start_response("200 OK", [TEXT])
    return [body]


@pytest.mark.parametrize("in_memory", [0, 100_000, 1 << 20])
def test_a_chunked_body_comes_with_its_length(serve_each, in_memory):
    """From memory or from a file, again and again on one connection, beside other bodies."""
    server = serve_each(validator(seen_bodies), limits=Limits(chunked_in_memory=in_memory))
    body = bytes(i % 251 for i in range(300_000))
    parts = [body[i : i + 70_001] for i in range(0, len(body), 70_001)]
    wire = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\nX: y\r\n\r\n"
    with server.connect() as client:
        for _ in range(2):
            sender = threading.Thread(
                target=client.send, args=(request("POST /", CHUNKED, body=wire),)
            )
            sender.start()
            assert client.answer().body == body
            sender.join()
            client.send(request("POST /", "Content-Length: 3", body=b"abc") + request("GET /"))
            assert client.answer().body == b"abc"
            assert client.answer().body == b""
    finished = server.events.wait_count(RequestFinished, 6)[0]
    assert finished.request_body.size == len(body)
    assert finished.request_body.data == body[:65536]
    assert server.events.of(AppError) == []


def test_a_chunked_body_is_asked_for_with_continue(serve_each):
    with serve_each(seen_bodies).connect() as client:
        client.send(request("POST /", CHUNKED, "Expect: 100-continue"))
        assert client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"3\r\nabc\r\n0\r\n\r\n")
        answer = client.answer()
        assert (answer.body, answer.will_close) == (b"abc", False)


def never(environ, start_response):
    raise AssertionError("the app was run")


@pytest.mark.parametrize("reset", [False, True])
def test_the_app_does_not_run_where_the_client_leaves_first(serve_each, reset):
    server = serve_each(never)
    with server.connect() as client:
        client.send(request("POST /", CHUNKED, body=b"64\r\nabc"))
        if server.server.multithread:
            server.events.wait_kind(RequestStarted)
        else:
            assert server.raw(b"what came later\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        if reset:
            client.reset()
    count = 1 + (not server.server.multithread)
    finished = server.events.wait_count(RequestFinished, count)[-1]
    assert (finished.aborted, finished.status, finished.error_id) == (True, 0, None)


def test_a_chunked_body_has_a_limit(serve_each):
    server = serve_each(never, limits=Limits(chunked_body=10, chunked_in_memory=4))
    with server.connect() as client:
        client.send(request("POST /", CHUNKED, body=b"6\r\nabcdef\r\n5\r\nghijk\r\n"))
        answer = client.answer()
        assert (answer.status, answer.will_close) == (413, True)
    finished = server.events.wait_kind(RequestFinished)
    assert (finished.problem, finished.aborted) == ("the body is longer than 10 bytes", False)


def test_no_room_for_a_body(serve_each, monkeypatch):
    def full(*unused, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    server = serve_each(never, limits=Limits(chunked_in_memory=2))
    answer = server.raw(request("POST /", CHUNKED, body=b"3\r\nabc\r\n0\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 507 Insufficient Storage\r\n")
    finished = server.events.wait_kind(RequestFinished)
    assert finished.problem == ("the body finds no room in a temporary file: the disk is full")
    assert server.events.of(AppError) == []


def test_taking_in_is_not_the_apps_time(serve):
    """The app is measured from where it runs."""
    server = serve(seen_bodies)
    with server.connect() as client:
        client.send(request("POST /", CHUNKED, body=b"3\r\nab"))
        server.events.wait_kind(RequestStarted)
        select.select([client.sock], [], [], 0.2)
        client.send(b"c\r\n0\r\n\r\n")
        client.answer()
    finished = server.events.wait_kind(RequestFinished)
    assert finished.duration - finished.app_duration >= 0.2


def test_a_body_that_does_not_come(serve_each):
    server = serve_each(many_ways, timeouts=Timeouts(body=0.05))
    with server.connect() as client:
        client.send(request("POST /echo", "Content-Length: 3", body=b"ab"))
        client.assert_closed()
    finished = server.events.wait_kind(RequestFinished)
    assert finished.aborted
    assert server.events.of(AppError) == []


def test_a_client_that_does_not_take_the_answer(serve_each):
    def app(environ, start_response):
        start_response("200 OK", [TEXT])
        return itertools.repeat(b"x" * 65536)

    server = serve_each(app, timeouts=Timeouts(send=0.05))
    with server.connect() as client:
        client.send(request("GET /"))
        assert server.events.wait_kind(RequestFinished).aborted
        assert server.events.of(AppError) == []
        client.reset()


# Clients that wait, dribble or say nothing --------------------------------------------------------


@pytest.fixture
def plain_listener():
    """Hands over a connection at once, not only when there is something to read in it."""
    with socket.create_server(("127.0.0.1", 0), backlog=1100) as listener:
        yield listener


def test_an_idle_connection_blocks_nobody(serve_each, plain_listener):
    server = serve_each(listeners=[plain_listener])
    with server.connect(), server.connect() as half:
        half.send(b"GET / HT")
        assert server.get().body == b"hello"
        half.send(b"TP/1.1\r\nHost: x\r\n\r\n")
        assert half.answer().body == b"hello"


def test_a_thousand_idle_and_sixty_half_sent(serve_each, plain_listener):
    server = serve_each(listeners=[plain_listener])
    clients = [server.connect() for _ in range(1060)]
    for client in clients[1000:]:
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ")
    began = time.monotonic()
    assert server.get().body == b"hello"
    assert time.monotonic() - began < PROMPT
    for client in clients[::50]:
        if client in clients[1000:]:
            client.send(b"done\r\n\r\n")
        else:
            client.send(request("GET /"))
        assert client.answer().body == b"hello"
    assert threading.active_count() < 20


def test_half_a_head_times_out_with_408(serve_each, often):
    server = serve_each(timeouts=Timeouts(head=0.05, idle=SAFETY))
    with server.connect() as client:
        client.send(b"GET / HTTP/1.1\r\nHo")
        answer = client.answer()
        assert answer.status == 408
        client.assert_closed()
    finished = server.events.wait_kind(RequestFinished)
    assert (finished.status, finished.target) == (408, "GET / HTTP/1.1")


def test_half_a_head_after_a_request_times_out_too(serve_each, often):
    server = serve_each(timeouts=Timeouts(head=0.05, idle=SAFETY))
    with server.connect() as client:
        client.send(request("GET /") + b"GET / HTTP/1.1\r\nHo")
        assert client.answer().status == 200
        assert client.answer().status == 408


def test_an_idle_connection_is_closed_quietly(serve_each, plain_listener, often):
    server = serve_each(timeouts=Timeouts(idle=0.05), listeners=[plain_listener])
    with server.connect() as fresh, server.connect() as used:
        used.send(request("GET /"))
        assert used.answer().body == b"hello"
        used.assert_closed()
        fresh.assert_closed()
    assert len(server.events.of(RequestFinished)) == 1


def test_blank_lines_are_no_request(serve_each, often):
    server = serve_each(timeouts=Timeouts(idle=0.05, head=SAFETY))
    with server.connect() as client:
        client.send(b"\r\n\r\n\r\n")
        client.assert_closed()
    assert list(server.events) == []


def test_clients_that_leave_without_a_word(serve_each):
    server = serve_each()
    for data in (b"", b"GET / HT", request("GET /")):
        with server.connect() as client:
            client.send(data)
            client.reset()
    assert server.get().body == b"hello"
    assert server.events.of(AppError) == []


# Handlers of one's own ----------------------------------------------------------------------------


def test_overridden_steps_are_used(serve_each):
    steps = []

    class Handler(WSGIRequestHandler):
        def setup(self):
            super().setup()
            steps.append("setup")

        def handle(self):
            steps.append("handle")
            super().handle()

        def handle_one_request(self):
            steps.append("handle_one_request")
            super().handle_one_request()

        def make_environ(self):
            environ = super().make_environ()
            environ["my.key"] = self.headers["X-Mine"]
            return environ

        def run_wsgi(self):
            steps.append(f"run_wsgi {self.command} {self.path} {self.request_version}")
            super().run_wsgi()

        def log_request(self, code="-", size="-"):
            steps.append(f"log {code} {size}")

        def finish(self):
            steps.append("finish")

    def app(environ, start_response):
        start_response("200 OK", [TEXT])
        return [environ["my.key"].encode()]

    server = serve_each(app, request_handler=Handler)
    assert server.get("/p?q", "X-Mine: yes").body == b"yes"
    server.stop()
    assert steps == [
        "setup",
        "handle",
        "handle_one_request",
        "run_wsgi GET /p?q HTTP/1.1",
        "log 200 3",
        "finish",
    ]


def test_a_handler_that_answers_by_itself(serve_each):
    class Handler(WSGIRequestHandler):
        def handle_one_request(self):
            self.parse_request()
            self.send_response(418, "Teapot")
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"tea")
            self.wfile.flush()

    data = serve_each(request_handler=Handler).raw(request("GET /") * 2)
    assert data.startswith(b"HTTP/1.1 418 Teapot\r\nServer: ServeDeck/")
    assert data.count(b"HTTP/1.1") == 1
    assert data.endswith(b"\r\n\r\ntea")


@pytest.mark.parametrize("name", ["send_response", "send_header", "end_headers"])
def test_steps_of_sending_a_head_may_be_overridden(serve_each, name):
    """As http.server's subclasses do it, to add a header of their own for example."""
    calls = []

    class Handler(WSGIRequestHandler):
        pass

    def step(self, *args):
        calls.append(args)
        if name == "end_headers":
            self.send_header("X-Added", "yes")
        return getattr(WSGIRequestHandler, name)(self, *args)

    override = type("Override", (Handler,), {name: step})
    server = serve_each(many_ways, request_handler=override)
    with server.connect() as client:
        for _ in range(2):
            client.send(request("GET /stream"))
            answer = client.answer()
            assert answer.body == b"one,two,three"
            assert answer.headers.get("x-added") == ("yes" if name == "end_headers" else None)
        client.send(request("HEAD /missing"))
        assert client.answer("HEAD").reason == "Nowhere To Be Found"
    assert calls
    if name == "send_response":
        assert calls[-1] == (404, "Nowhere To Be Found")
    server.events.wait_count(RequestFinished, 3)
    data = server.raw(request("GET /"))
    assert data.count(b"Date:") == data.count(b"Server:") == data.count(b"Content-Length:") == 1


def test_a_handler_that_fails_in_make_environ(serve_each):
    class Handler(WSGIRequestHandler):
        def make_environ(self):
            raise RuntimeError("no environ today")

    server = serve_each(request_handler=Handler)
    assert server.get().status == 500
    assert server.events.wait_kind(RequestFinished).error_id == 1
    assert server.events.wait_kind(AppError).message == "no environ today"


def test_a_handler_that_fails_elsewhere_is_logged_and_the_server_lives(serve_each, caplog):
    class Handler(WSGIRequestHandler):
        def handle_one_request(self):
            raise RuntimeError("broken handler")

    server = serve_each(request_handler=Handler)
    with server.connect() as client:
        client.send(request("GET /"))
        client.assert_closed()
    server.raw(request("GET /"))
    server.stop()
    assert caplog.text.count("RuntimeError: broken handler") == 2
    assert "failed outside of the app" in caplog.text


def test_a_handler_whose_connection_is_dropped(serve_each):
    dropped = threading.Semaphore(0)

    class Handler(WSGIRequestHandler):
        def handle_one_request(self):
            if self.channel.requests:
                return super().handle_one_request()
            self.channel.requests += 1
            raise BrokenPipeError

        def connection_dropped(self, error, environ=None):
            dropped.release()

    server = serve_each(request_handler=Handler)
    with server.connect() as client:
        client.send(request("GET /"))
        client.assert_closed()
    assert dropped.acquire(timeout=SAFETY)


def test_names_that_subclasses_use(serve_each):
    seen = {}

    class Handler(WSGIRequestHandler):
        def run_wsgi(self):
            seen["address"] = self.address_string()
            seen["port"] = self.port_integer()
            seen["version"] = self.version_string()
            seen["headers"] = self.headers.get_all("x-twice")
            seen["same"] = self.headers is self.headers
            self.log_error("an %s", "error")
            self.log_message("a %s", "message")
            super().run_wsgi()

    server = serve_each(request_handler=Handler)
    with server.connect() as client:
        port = client.sock.getsockname()[1]
        client.send(request("GET /", "X-Twice: 1", "x-twice: 2"))
        client.answer()
    assert seen == {
        "address": "127.0.0.1",
        "port": port,
        "version": server.server.server_version,
        "headers": ["1", "2"],
        "same": True,
    }


# What is reported ---------------------------------------------------------------------------------


def test_everything_about_a_request(serve_each):
    def app(environ, start_response):
        body = environ["wsgi.input"].read()
        start_response("201 Made", [TEXT, ("X-Out", "o")])
        return iter([body, b"!"])

    server = serve_each(app, body_limit=3)
    data = request("PUT /%C3%A4?q=1", "Content-Length: 5", "X-In: i", body=b"abcde")
    before = time.time()
    with server.connect() as client:
        client.send(data)
        client.until(b"0\r\n\r\n")
    started = server.events.wait_kind(RequestStarted)
    finished = server.events.wait_kind(RequestFinished)
    after = time.time()
    assert (started.id, started.method, started.target) == (1, "PUT", "/%C3%A4?q=1")
    assert (finished.id, finished.method, finished.target) == (1, "PUT", "/%C3%A4?q=1")
    assert (finished.path, finished.query) == ("/ä", "q=1")
    assert (finished.status, finished.reason, finished.http_version) == (201, "Made", "HTTP/1.1")
    assert before <= finished.started <= finished.started + finished.duration <= after
    assert 0 <= finished.app_duration <= finished.duration
    assert finished.bytes_received == len(data)
    assert finished.remote_addr == "127.0.0.1"
    assert ("X-In", "i") in finished.request_headers
    assert ("X-Out", "o") in finished.response_headers
    assert ("Transfer-Encoding", "chunked") in finished.response_headers
    assert (finished.request_body.size, finished.request_body.data) == (5, b"abc")
    assert (finished.response_body.size, finished.response_body.data) == (6, b"abc")
    assert not finished.aborted
    assert finished.problem == ""


def test_bytes_are_counted_per_request(serve_each):
    server = serve_each()
    first, second = request("GET /"), request("GET /second", "X: y")
    with server.connect() as client:
        client.send(first + second)
        sizes = [len(client.until(b"hello")) for _ in range(2)]
    finished = server.events.wait_count(RequestFinished, 2)
    assert [event.bytes_received for event in finished] == [len(first), len(second)]
    assert [event.bytes_sent for event in finished] == sizes


@pytest.mark.parametrize(
    ("target", "path", "path_info"),
    [
        ("/中文/张三".encode(), "/中文/张三", "/中文/张三".encode()),
        (b"/%E4%B8%AD%E6%96%87?q=%E4%B8%AD", "/中文", "/中文".encode()),
        (b"/%ff/caf%E9/%C3%A9", "/%FF/caf%E9/é", b"/\xff/caf\xe9/\xc3\xa9"),
        (b"/a%2Fb%25", "/a/b%", b"/a/b%"),
        (b"/%zz%", "/%zz%", b"/%zz%"),
        (b"/plain", "/plain", b"/plain"),
    ],
)
def test_paths_are_for_people_in_events_and_as_pep_3333_has_them_in_the_app(
    serve, events, target, path, path_info
):
    seen = []

    def app(environ, start_response):
        seen.append(environ["PATH_INFO"].encode("latin-1"))
        return hello(environ, start_response)

    server = serve(app)
    server.raw(b"GET " + target + b" HTTP/1.0\r\n\r\n")
    finished = events.wait_kind(RequestFinished)
    assert (seen, finished.path) == ([path_info], path)
    assert finished.raw_path == target.partition(b"?")[0].decode("latin-1")
    assert finished.target == target.decode("latin-1")
    read = decode(encode(finished))
    assert (read.path, read.raw_path) == (finished.path, finished.raw_path)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_comes_too_slowly(serve_each, often, chunked):
    """Each part comes in time, but not all of it: a client may hold a thread only so long."""

    def app(environ, start_response):
        body = environ["wsgi.input"].read()
        start_response("200 OK", [TEXT])
        return [body]

    server = serve_each(app, timeouts=Timeouts(body=0.3, least_rate=1000))
    framing = CHUNKED if chunked else "Content-Length: 1000"
    with server.connect() as client:
        client.send(request("POST /", framing) + (b"3e8\r\n" if chunked else b""))
        for _ in range(100):
            if select.select([client.sock], [], [], 0.05)[0]:
                break
            client.send(b"x")
        answer = client.answer()
        assert (answer.status, answer.will_close) == (408, True)
    finished = server.events.wait_kind(RequestFinished)
    assert (finished.problem, finished.aborted) == ("the body came too slowly", False)
    assert server.events.of(AppError) == []


def test_slow_bodies_keep_nobody_out(serve):
    """More of them than there are threads for requests."""
    server = serve(many_ways, max_threads=2)
    slow = [server.connect() for _ in range(8)]
    for client in slow:
        client.send(request("POST /echo", "Content-Length: 3", body=b"ab"))
    server.events.wait_count(RequestStarted, 8)
    assert server.get("/").status == 200
    for client in slow:
        client.send(b"c")
        assert client.answer().body == b"abc"
