"""Requests arrive as they were, on a raw socket; answers of all kinds are read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from raw_peer import OK, Peer

from launcher.core.logs.requests import RequestRow
from launcher.core.replay import sending
from launcher.core.replay.message import (
    Message,
    Refusal,
    bytes_of,
    host_for,
    message_of,
    mistake_in,
    why_not,
)
from launcher.core.replay.sending import Destination, NoAnswer, Sending, destination_of
from server import make_server
from server.events import Body, RequestFinished
from server.protocol.parsing import Limits, parse_head

HEAD = (
    b"POST /a%2Fb?x=&y=%zz&x=1 HTTP/1.1\r\nX_odd.name: a\r\nHost: 127.0.0.1:5000\r\n"
    b"x-empty:\r\nX-Twice: 1\r\nACCEPT: */*\r\nx-twice: 2\r\nX-Latin: \xe9\r\n"
    b"Content-Type: application/octet-stream\r\nContent-Length: LENGTH\r\n\r\n"
)
BODY = bytes(range(256)) * 1024  # 256 KB


Serve = Callable[..., tuple[Peer, Destination]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    peers: list[Peer] = []

    def make(answer: bytes | Callable[[socket.socket], None] = OK) -> tuple[Peer, Destination]:
        server = socket.create_server(("127.0.0.1", 0))
        run = answer if callable(answer) else lambda connection: connection.sendall(answer)
        peers.append(Peer(server, run))
        return peers[-1], destination_of(f"http://127.0.0.1:{server.getsockname()[1]}/")

    yield make
    for peer in peers:
        peer.close()


def finished(data: bytes, **changes: Any) -> RequestFinished:
    """What is recorded of a request with these bytes."""
    raw, _, body = data.partition(b"\r\n\r\n")
    head = parse_head(raw + b"\r\n\r\n", Limits())
    facts: dict[str, Any] = {
        "method": head.method, "target": head.target, "request_headers": head.headers,
        "request_body": Body(len(body), body), "status": 200, **changes,
    }  # fmt: skip
    return RequestFinished.of(id=1, started=1.0, **facts)


def row(done: RequestFinished | None, **changes: Any) -> RequestRow:
    return RequestRow(0, 1, "GET", "/", 1.0, done, **changes)


@pytest.mark.parametrize("body", [b"", b"\0\xff\r\n\r\n", BODY], ids=["none", "few", "256 KB"])
def test_a_request_arrives_byte_by_byte_as_the_first_one_did(serve: Serve, body: bytes) -> None:
    peer, to = serve()
    first = HEAD.replace(b"LENGTH", b"%d" % len(body)) + body
    seen: list[int] = []
    done = finished(first)
    answer = Sending(message_of(done, to.authority), to, seen.append).run()
    port = to.authority.encode()
    assert peer.caught == [first.replace(b"127.0.0.1:5000", port)]
    assert [address[1] for address in peer.addresses] == seen
    assert (answer.status, answer.body.data) == (200, b"ok")
    assert [pair for pair in answer.headers if pair[0] == "X-A"] == [("X-A", "1"), ("X-A", "2")]


def test_the_length_is_that_of_what_is_sent() -> None:
    chunked = finished(
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\nhello"
    )
    assert message_of(chunked).headers == (("Host", "a"), ("Content-Length", "5"), ("X", "1"))
    wrong = finished(b"POST / HTTP/1.0\r\ncontent-length: 9\r\nX: 1\r\n\r\nhello")
    assert message_of(wrong).headers == (("content-length", "5"), ("X", "1"))
    assert message_of(finished(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")).headers == (("Host", "a"),)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("shop.localhost:5000", "shop.localhost:81"),
        ("localhost", "localhost:81"),
        ("[::1]:5000", "[::1]:81"),
        ("example.org", "127.0.0.1:81"),
        ("", "127.0.0.1:81"),
    ],
)
def test_a_host_of_this_machine_keeps_its_name(host: str, expected: str) -> None:
    assert host_for(host, "127.0.0.1:81") == expected
    assert host_for(host, "example.org") == "example.org"


def test_why_a_request_cannot_be_sent_again() -> None:
    get = finished(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert why_not(row(get)) == ""
    assert "is not over" in why_not(row(None)).replace("isn't", "is not")
    assert "kept" in why_not(None)
    assert "5 of 9 bytes" in why_not(row(get.replace(request_body=Body(9, b"hello"))))
    assert "websocket" in why_not(row(get.replace(upgrade="websocket")))
    events = (("Content-Type", "text/event-stream; charset=utf-8"),)
    assert "stream" in why_not(row(get.replace(response_headers=events)))
    assert "no HTTP" in why_not(row(get.replace(method="a b")))
    bare = get.replace(request_body=Body(5))
    assert "isn't kept any more" in why_not(row(bare, stored=True))


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (Message("GE T", "/"), "method"),
        (Message("", "/"), "method"),
        (Message("GET", "/a b"), "url"),
        (Message("GET", "/\r\nX: 1"), "url"),
        (Message("GET", ""), "url"),
        (Message("GET", "/", (("A b", "1"),)), "headers"),
        (Message("GET", "/", (("A", "1\r\nB: 2"),)), "headers"),
        (Message("GET", "/", (("A", "1\0"),)), "headers"),
        (Message("GET", "/", (("A", "\u4e2d"),)), "headers"),
    ],
)
def test_nothing_by_which_it_would_become_two_requests_is_sent(
    message: Message, field: str
) -> None:
    mistake = mistake_in(message)
    assert mistake is not None
    assert mistake.field == field
    with pytest.raises(Refusal):
        bytes_of(message)


@pytest.mark.parametrize(
    "url", ["", "http://", "ftp://a/", "http://a:99999/", "http://[1/", "unix://", "http://ü/"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Refusal):
        destination_of(url)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK,
            200,
            b"ok",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, b"ok"),
        (b"HTTP/1.0 404 Not Found\r\n\r\nuntil the end", 404, b"until the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    ],
)
def test_answers_are_read_however_they_end(
    serve: Serve, answer: bytes, status: int, body: bytes
) -> None:
    _, to = serve(answer)
    found = Sending(Message("GET", "/"), to).run()
    assert (found.status, found.body.data) == (status, body)


def test_a_long_answer_is_kept_in_part(serve: Serve) -> None:
    length = 3 * sending.KEPT
    _, to = serve(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + bytes(length))
    body = Sending(Message("GET", "/"), to).run().body
    assert (body.size, len(body.data), body.truncated) == (length, sending.KEPT, True)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"", "closed the connection"),
        (b"SSH-2.0-OpenSSH_9\r\n", "isn't HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "isn't HTTP or is cut short"),
    ],
)
def test_no_answer_has_its_sentence(serve: Serve, answer: bytes, sentence: str) -> None:
    _, to = serve(answer)
    with pytest.raises(NoAnswer, match=sentence):
        Sending(Message("GET", "/"), to).run()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NoAnswer, match="can't be reached"):
        Sending(Message("GET", "/"), destination_of(f"http://127.0.0.1:{port}")).run()


def test_an_answer_that_does_not_come_is_given_up(serve: Serve) -> None:
    over = threading.Event()
    _, to = serve(lambda _connection: over.wait(10) and None)
    with pytest.raises(NoAnswer, match=r"within 0\.2 s"):
        Sending(Message("GET", "/"), to, patience=0.2).run()
    over.set()


def test_it_can_be_cancelled_while_it_waits(serve: Serve) -> None:
    arrived, over = threading.Event(), threading.Event()

    def hang(_connection: socket.socket) -> None:
        arrived.set()
        over.wait(10)

    _, to = serve(hang)
    one = Sending(Message("GET", "/"), to)
    found: list[str] = []

    def run() -> None:
        try:
            one.run()
        except NoAnswer as error:
            found.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    assert arrived.wait(10)
    one.cancel()
    thread.join(10)
    over.set()
    assert found == ["It was cancelled."]


def test_a_unix_socket(tmp_path: Path) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    server.listen()
    peer = Peer(server, lambda connection: connection.sendall(OK))
    try:
        ports: list[int] = []
        to = destination_of(f"unix://{tmp_path / 's'}")
        assert Sending(Message("GET", "/", (("Host", "a"),)), to, ports.append).run().status == 200
        assert (ports, peer.caught) == ([0], [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    finally:
        peer.close()


def test_a_server_of_ours_over_tls() -> None:
    def app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"ok"]

    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context="adhoc")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"https://127.0.0.1:{server.port}/"
        message = Message("GET", "/", (("Host", "a"),))
        assert Sending(message, destination_of(url, own=True)).run().body.data == b"ok"
        with pytest.raises(NoAnswer, match="isn't trusted"):
            Sending(message, destination_of(url)).run()
    finally:
        server.shutdown_signal = True
        thread.join(20)
        server.server_close()
