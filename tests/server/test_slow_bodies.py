"""Bodies that come slowly, in servers that answer few requests at once: nobody waits for them."""

from __future__ import annotations

import select
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from conversations import CHUNKED, request
from serverkit import SAFETY, Client, Running

from server.events import AppError, RequestFinished, RequestStarted
from server.net import loop
from server.protocol.channel import Timeouts
from server.protocol.parsing import Limits


def echo(environ: Any, start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]


@pytest.fixture(params=["single", "forking"])
def serve_few(request: pytest.FixtureRequest, serve: Callable[..., Running]) -> Any:
    """As ``serve``, in the servers that answer one request at once, or two."""
    return lambda app=echo, **options: serve(app, mode=request.param, **options)


@pytest.mark.parametrize("chunked", [False, True])
def test_slow_bodies_keep_nobody_out(serve_few: Callable[..., Running], chunked: bool) -> None:
    server = serve_few()
    head = request("POST /", CHUNKED if chunked else "Content-Length: 3")
    begun, rest = (b"3\r\nab", b"c\r\n0\r\n\r\n") if chunked else (b"ab", b"c")
    slow = [server.connect() for _ in range(8)]
    for client in slow:
        client.send(head + begun)
    assert server.get().status == 200
    for client in slow:
        client.send(rest)
    assert [client.answer().body for client in slow] == [b"abc"] * 8
    if not server.server.multiprocess:  # else the events are the children's
        finished = server.events.wait_count(RequestFinished, 9)
        assert {event.bytes_received for event in finished[1:]} == {len(head + begun + rest)}
        assert server.events.of(AppError) == []


@pytest.mark.parametrize("in_memory", [0, 1000, 1 << 20])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_of_any_size_come_whole(
    serve: Callable[..., Running], chunked: bool, in_memory: int
) -> None:
    """Again and again on one connection, with the next request behind the body."""
    server = serve(echo, mode="single", limits=Limits(chunked_in_memory=in_memory))
    body = bytes(range(256)) * 500
    framed = b"%x\r\n%b\r\n0\r\nX: y\r\n\r\n" % (len(body), body) if chunked else body
    head = request("POST /", CHUNKED if chunked else f"Content-Length: {len(body)}")
    with server.connect() as client:
        for _ in range(2):
            client.send(head)
            client.send(framed[:70_000])
            client.send(framed[70_000:] + request("GET /next"))
            assert client.answer().body == body
            assert client.answer().body == b""
    finished = server.events.wait_count(RequestFinished, 4)
    assert [event.request_body.size for event in finished] == [len(body), 0] * 2
    assert finished[0].bytes_received == len(head + framed)


def test_app_that_reads_nothing_of_it(serve: Callable[..., Running]) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].encode()]

    server = serve(app, mode="single")
    with server.connect() as client:
        client.send(request("POST /one", "Content-Length: 3"))
        client.send(b"abc" + request("GET /two"))
        assert client.answer().body == b"/one"
        assert client.answer().body == b"/two"


def trickle(client: Client) -> None:
    """Send a byte each moment until there is an answer."""
    for _ in range(200):
        if select.select([client.sock], [], [], 0.02)[0]:
            return
        client.send(b"x")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_comes_too_slowly(
    serve_few: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, chunked: bool
) -> None:
    monkeypatch.setattr(loop, "_SWEEP", 0.05)
    server = serve_few(timeouts=Timeouts(body=0.2, least_rate=1000))
    with server.connect() as client:
        client.send(request("POST /", CHUNKED if chunked else "Content-Length: 1000"))
        client.send(b"3e8\r\n" if chunked else b"x")
        trickle(client)
        answer = client.answer()
        assert (answer.status, answer.will_close) == (408, True)
    if not server.server.multiprocess:
        finished = server.events.wait_kind(RequestFinished)
        assert (finished.problem, finished.aborted) == ("the body came too slowly", False)
        assert (finished.method, server.events.of(AppError)) == ("POST", [])


@pytest.mark.parametrize("reset", [False, True])
def test_client_that_leaves_is_reported(serve: Callable[..., Running], reset: bool) -> None:
    server = serve(echo, mode="single")
    with server.connect() as client:
        client.send(request("POST /", "Content-Length: 100", body=b"abc"))
        assert server.get().status == 200
        if reset:
            client.reset()
    finished = server.events.wait_count(RequestFinished, 2)[-1]
    assert (finished.aborted, finished.method) == (True, "POST")
    assert server.events.of(AppError) == []


def test_time_of_the_app_is_not_the_clients(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came while the app held the thread was in time."""
    monkeypatch.setattr(loop, "_SWEEP", 0.05)
    inside, done = threading.Event(), threading.Event()

    def app(environ: Any, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/long":
            inside.set()
            assert done.wait(SAFETY)
        return echo(environ, start_response)

    timeouts = Timeouts(body=0.2, head=0.2, least_rate=1e9)
    server = serve(app, mode="single", timeouts=timeouts)
    with server.connect() as body, server.connect() as head, server.connect() as long:
        body.send(request("POST /", "Content-Length: 3", body=b"a"))
        head.send(b"GET / HT")
        assert server.get().status == 200
        long.send(request("GET /long"))
        assert inside.wait(SAFETY)
        body.send(b"bc")
        head.send(b"TP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.4)  # beyond each of the limits
        done.set()
        assert (long.answer().status, body.answer().body, head.answer().status) == (
            200,
            b"abc",
            200,
        )


def test_client_that_asks_first_is_asked_at_once(serve_few: Callable[..., Running]) -> None:
    """The app has its turn when the body is there, so it can't be the app that asks for it."""
    with serve_few().connect() as client:
        client.send(request("POST /", "Content-Length: 3", "Expect: 100-continue"))
        assert client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"abc")
        answer = client.answer()
        assert (answer.informational, answer.body) == ([], b"abc")


def test_app_waits_for_what_is_not_taken_in(serve: Callable[..., Running]) -> None:
    """A body that is too long for that, one that it wants as a stream, one that is malformed."""
    server = serve(echo, mode="single", limits=Limits(chunked_body=2), stream_chunked=True)
    for data in (
        request("POST /", "Content-Length: 3", body=b"a"),
        request("POST /", CHUNKED, body=b"5\r\na"),
    ):
        with server.connect() as client:
            client.send(data)
            server.events.wait_kind(RequestStarted)
    assert server.raw(request("POST /", CHUNKED, body=b"zz\r\n")).startswith(b"HTTP/1.1 200")


def test_no_room(serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*unused: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    server = serve(echo, mode="single", limits=Limits(chunked_in_memory=2))
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with server.connect() as client:
        client.send(request("POST /", "Content-Length: 4", body=b"abc"))
        assert client.answer().status == 507
    finished = server.events.wait_kind(RequestFinished)
    assert finished.problem == "the body finds no room in a temporary file: the disk is full"


def test_a_body_that_has_begun_moves_to_the_next_server(serve: Callable[..., Running]) -> None:
    """With what has come of it; one that is in a file by then is still answered here."""
    server = serve(echo, mode="single", limits=Limits(chunked_in_memory=8))
    moved: list[tuple[socket.socket, Any, bytes]] = []
    with server.connect() as small, server.connect() as large:
        small.send(request("POST /", "Content-Length: 3", body=b"ab"))
        large.send(request("POST /", "Content-Length: 20", body=b"x" * 19))
        assert server.get().status == 200
        server.server.retire(lambda *connection: moved.append(connection))
        large.send(b"x")
        assert large.answer().body == b"x" * 20
        server.join()
        ((sock, address, data),) = moved
        follows = serve(echo, mode="single")
        follows.server.adopt(sock, address, data)
        small.send(b"c")
        assert small.answer().body == b"abc"
