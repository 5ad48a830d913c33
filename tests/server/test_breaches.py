"""An app that breaks the rules of WSGI: reported with file and line, and HTTP stays well-formed."""

from __future__ import annotations

import io
import tempfile

import h11
import pytest

from server.events import AppError, RequestFinished

TEXT = ("Content-Type", "text/plain")


def length(count):
    return ("Content-Length", str(count))


def short(environ, start_response):
    start_response("200 OK", [TEXT, length(10)])  # HERE
    return [b"hello"]


def short_stream(environ, start_response):
    start_response("200 OK", [TEXT, length(10)])  # HERE
    yield b"hel"
    yield b"lo"


def short_file(environ, start_response):
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the server closes it
    file.write(b"hello")
    file.seek(0)
    start_response("200 OK", [TEXT, length(10)])  # HERE
    return environ["wsgi.file_wrapper"](file)


def nothing_for_a_length(environ, start_response):
    start_response("200 OK", [TEXT, length(10)])  # HERE
    return []


def long(environ, start_response):
    start_response("200 OK", [TEXT, length(2)])  # HERE
    return [b"hello"]


def long_stream(environ, start_response):
    start_response("200 OK", [TEXT, length(4)])  # HERE
    yield b"hel"
    yield b"lo\r\nHTTP/1.1 200 OK\r\nInjected: yes\r\n\r\n"


def body_on_204(environ, start_response):
    start_response("204 No Content", [])  # HERE
    return [b"a body"]


def body_on_304(environ, start_response):
    start_response("304 Not Modified", [])  # HERE
    return [b"a body"]


def twice(environ, start_response):
    start_response("200 OK", [TEXT])
    start_response("404 Not Found", [TEXT])  # HERE
    return [b"x"]


def twice_while_it_streams(environ, start_response):
    start_response("200 OK", [TEXT])
    yield b"first"
    start_response("200 OK", [TEXT])  # HERE
    yield b"second"


def over_read(environ, start_response):
    stream = environ["wsgi.input"]
    while stream.read(3):
        pass
    stream.read()
    start_response("200 OK", [TEXT, length(0)])  # HERE
    return []


def crlf_in_a_value(environ, start_response):
    start_response("200 OK", [("X-A", "b\r\nInjected: yes")])  # HERE
    return [b"x"]


def lf_in_a_value(environ, start_response):
    start_response("200 OK", [TEXT, ("Set-Cookie", "a=b\nInjected: yes")])  # HERE
    return [b"x"]


def cr_in_a_value(environ, start_response):
    start_response("200 OK", [TEXT, ("Location", "/x\rInjected: yes")])  # HERE
    return [b"x"]


def crlf_in_a_name(environ, start_response):
    start_response("200 OK", [("Injected: yes\r\nX-A", "b")])  # HERE
    return [b"x"]


def crlf_in_the_status(environ, start_response):
    start_response("200 OK\r\nInjected: yes", [TEXT])  # HERE
    return [b"x"]


def crlf_added_later(environ, start_response):
    headers = [TEXT]
    start_response("200 OK", headers)  # HERE
    headers.append(("X-A", "b\r\nInjected: yes"))
    return [b"x"]


def str_body(environ, start_response):
    start_response("200 OK", [TEXT])  # HERE
    return ["text"]


def str_itself(environ, start_response):
    start_response("200 OK", [TEXT])  # HERE
    return "text"


def str_in_a_stream(environ, start_response):
    start_response("200 OK", [TEXT])  # HERE
    yield b"bytes, then "
    yield "text"


def str_written(environ, start_response):
    write = start_response("200 OK", [TEXT])
    write("text")  # HERE
    return []


def tuple_headers(environ, start_response):
    start_response("200 OK", (TEXT,))  # HERE
    return [b"x"]


def dict_headers(environ, start_response):
    start_response("200 OK", {"Content-Type": "text/plain"})  # HERE
    return [b"x"]


def bytes_header(environ, start_response):
    start_response("200 OK", [(b"Content-Type", b"text/plain")])  # HERE
    return [b"x"]


def unknown_status(environ, start_response):
    start_response("OK", [TEXT])  # HERE
    return [b"x"]


def number_status(environ, start_response):
    start_response(200, [TEXT])  # HERE
    return [b"x"]


def status_out_of_range(environ, start_response):
    start_response("20 OK", [TEXT])  # HERE
    return [b"x"]


def interim_status(environ, start_response):
    start_response("101 Switching Protocols", [TEXT])  # HERE
    return [b"x"]


def two_lengths(environ, start_response):
    start_response("200 OK", [length(1), length(2)])  # HERE
    return [b"x"]


def never_started(environ, start_response):  # HERE
    return [b"x"]


def never_started_stream(environ, start_response):  # HERE
    yield b"x"


# app, what the event and the request say, the status the client sees, and whether it gets all of
# an answer (False: the connection ends before the answer does)
BREACHES = [
    (short, "sent 5 bytes, but its Content-Length is 10", 200, False),
    (short_stream, "sent 5 bytes, but its Content-Length is 10", 200, False),
    (short_file, "sent 5 bytes, but its Content-Length is 10", 200, False),
    (nothing_for_a_length, "sent 0 bytes, but its Content-Length is 10", 200, False),
    (long, "more than its Content-Length of 2 bytes", 200, True),
    (long_stream, "more than its Content-Length of 4 bytes", 200, True),
    (body_on_204, "a body with status 204", 204, True),
    (body_on_304, "a body with status 304", 304, True),
    (twice, "start_response was called twice without exc_info", 500, True),
    (twice_while_it_streams, "start_response was called twice without exc_info", 200, False),
    (over_read, "read wsgi.input past its end", 200, True),
    (crlf_in_a_value, "header X-A has a character that is not allowed", 500, True),
    (lf_in_a_value, "header Set-Cookie has a character that is not allowed", 500, True),
    (cr_in_a_value, "header Location has a character that is not allowed", 500, True),
    (crlf_in_a_name, "is not a header name", 500, True),
    (crlf_in_the_status, "is not a status such as '200 OK'", 500, True),
    (crlf_added_later, "header X-A has a character that is not allowed", 500, True),
    (str_body, "must give bytes, not str", 500, True),
    (str_itself, "must give bytes, not str", 500, True),
    (str_in_a_stream, "must give bytes, not str", 200, False),
    (str_written, "must give bytes, not str", 500, True),
    (tuple_headers, "headers must be a list, not tuple", 500, True),
    (dict_headers, "headers must be a list, not dict", 500, True),
    (bytes_header, "must be a pair of str", 500, True),
    (unknown_status, "'OK' is not a status", 500, True),
    (number_status, "the status must be a str, not int", 500, True),
    (status_out_of_range, "'20 OK' is not a status", 500, True),
    (interim_status, "101 is no final status", 500, True),
    (two_lengths, "two different Content-Length headers", 500, True),
    (never_started, "write() before start_response", 500, True),
    (never_started_stream, "write() before start_response", 500, True),
]

ALL = pytest.mark.parametrize(
    ("app", "problem", "status", "complete"), BREACHES, ids=[case[0].__name__ for case in BREACHES]
)

POST = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\na body!"


def line_of(app):
    """The line of the app that is marked, and its number."""
    code = app.__code__
    with open(__file__, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for number in range(code.co_firstlineno, len(lines) + 1):
        if lines[number - 1].endswith("# HERE"):
            return lines[number - 1].strip(), number
    raise AssertionError


def read(data):
    """What a strict client makes of it: the status, the headers, and whether it is complete."""
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="POST", target="/p", headers=[("Host", "x")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(data)
    reader.receive_data(b"")
    head = reader.next_event()
    assert isinstance(head, h11.Response), head
    names = {name.decode() for name, _ in head.headers}
    try:
        while not isinstance(event := reader.next_event(), h11.EndOfMessage):
            assert isinstance(event, h11.Data)
    except h11.RemoteProtocolError:
        return head.status_code, names, False, b""
    return head.status_code, names, True, reader.trailing_data[0]


@ALL
def test_the_event_names_the_app_s_line(serve, app, problem, status, complete):
    server = serve(app)
    server.raw(POST)
    finished = server.events.wait_kind(RequestFinished)
    (error,) = server.events.wait_count(AppError, 1)
    assert finished.error_id == error.id
    assert error.request_id == finished.id
    assert error.type.rpartition(".")[2] == "AppBreach"
    assert problem in error.message
    assert problem in finished.problem
    assert finished.status == status
    source, number = line_of(app)
    assert f'File "{__file__}", line {number}, in {app.__name__}' in error.text
    assert error.text.rstrip().endswith(error.message)
    last = error.frames[-1]
    assert (last.file, last.line, last.function) == (__file__, number, app.__name__)
    assert last.source[number - last.first_line].strip() == source


@ALL
def test_the_client_sees_http_or_the_end(serve_each, app, problem, status, complete):
    data = serve_each(app).raw(POST)
    seen, names, whole, rest = read(data)
    assert (seen, whole) == (status, complete)
    assert not names & {"injected", "x-a"}
    assert b"Injected: yes" not in data
    assert rest == b""


@ALL
@pytest.mark.parametrize("target", ["HEAD", "1.0"])
def test_to_head_and_to_http_1_0(serve, app, problem, status, complete, target):
    request = {
        "HEAD": b"HEAD /p HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "1.0": b"GET /p HTTP/1.0\r\n\r\n",
    }[target]
    data = serve(app).raw(request)
    assert data.startswith(b"HTTP/1.1 ")
    assert data.count(b"HTTP/1.1 ") == 1
    assert b"Injected: yes" not in data
    head, _, body = data.partition(b"\r\n\r\n")
    assert b"\n" not in head.replace(b"\r\n", b"")
    if target == "HEAD":
        assert body == b""


@ALL
def test_the_server_goes_on(serve, app, problem, status, complete):
    def both(environ, start_response):
        if environ["PATH_INFO"] == "/p":
            return app(environ, start_response)
        start_response("200 OK", [TEXT, length(2)])
        return [b"ok"]

    with serve(both).connect() as client:
        client.send(POST + b"GET /ok HTTP/1.1\r\nHost: x\r\n\r\n")
        if not complete:
            client.rest()  # the next request isn't answered as if it were the rest of this
            return
        assert client.answer().status == status
        assert client.answer().body == b"ok"


@ALL
def test_without_events_it_is_logged_or_repaired_quietly(
    serve, caplog, app, problem, status, complete
):
    server = serve(app, reporter=False)
    seen, _, whole, _ = read(server.raw(POST))
    assert (seen, whole) == (status, complete)
    if status == 500:
        assert problem in caplog.text


def test_an_app_that_is_an_object_is_reported_without_a_line(serve):
    class App:
        def __call__(self, environ, start_response):
            return [b"x"]

    server = serve(App())
    server.raw(POST)
    error = server.events.wait_kind(AppError)
    assert "write() before start_response" in error.message
    assert error.frames == ()


def test_a_breach_is_reported_once(serve):
    """Short, and over-read: one request has one breach, the first that was found."""

    def app(environ, start_response):
        for _ in range(4):
            environ["wsgi.input"].read()
        start_response("200 OK", [length(3)])
        return [b"x"]

    server = serve(app)
    server.raw(POST)
    server.events.wait_kind(RequestFinished)
    assert len(server.events.of(AppError)) == 1


def test_what_is_no_breach(serve):
    """What looks like one, and isn't."""

    def app(environ, start_response):
        stream = environ["wsgi.input"]
        while stream.read(4):
            pass
        start_response("200 OK", [TEXT, length(5)])
        return iter([b"", b"hel", b"lo", b""])

    def head(environ, start_response):
        start_response("200 OK", [TEXT, length(1000)])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"x" * 1000]

    def no_reason(environ, start_response):
        start_response("200 ", [TEXT])
        return io.BytesIO(b"a\nb\n")

    for fine in (app, head, no_reason):
        server = serve(fine)
        server.raw(POST)
        server.raw(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        server.stop()
    assert server.events.of(AppError) == []
    assert [event.problem for event in server.events.of(RequestFinished)] == [""] * 6
