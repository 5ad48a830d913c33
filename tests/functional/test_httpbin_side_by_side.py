"""httpbin under ServeDeck and under Werkzeug's own server: the same requests, the same answers.

Both get exactly the same bytes, and what they answer is compared as it comes over the wire:
status line, headers in their order, framing, body. What may differ is named in ``_DIFFER``.
"""

from __future__ import annotations

import re
import signal
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from served import Command, serve
from wire import Answer, Wire, request

from server.events import RequestFinished, RequestStarted, ServerStarted, ServerStopped, decode

_DIFFER = frozenset({"date", "server", "connection"})
_KB = 1024
_MB = 1024 * 1024


@dataclass(frozen=True)
class Ask:
    """One request of the table.

    :ivar status: what httpbin answers, so that two servers that are wrong alike are noticed
    :ivar chunk: send the body in chunks of this size; 0 sends it with its length
    :ivar differ: names of headers that httpbin itself makes up anew each time
    """

    name: str
    method: str
    target: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    chunk: int = 0
    differ: tuple[str, ...] = ()

    def data(self) -> Iterator[bytes]:
        """The request, in the parts in which it is sent."""
        headers = list(self.headers)
        if self.chunk:
            headers.append(("Transfer-Encoding", "chunked"))
        elif self.body or self.method in ("POST", "PUT", "PATCH"):
            headers.append(("Content-Length", str(len(self.body))))
        yield request(self.method, self.target, headers)
        if self.chunk:
            for start in range(0, len(self.body), self.chunk):
                part = self.body[start : start + self.chunk]
                yield b"%x\r\n%b\r\n" % (len(part), part)
            yield b"0\r\n\r\n"
        elif self.body:
            yield self.body


def get(target: str, status: int = 200, *headers: tuple[str, str], **more: object) -> Ask:
    return Ask(f"GET {target}", "GET", target, status, headers, **more)  # type: ignore[arg-type]


def binary(size: int) -> bytes:
    """Bytes of every value, the same each time, in no period that a block size could hide."""
    block = bytes((i * i + i // 251) % 256 for i in range(65537))
    return (block * (size // len(block) + 1))[:size]


def text(size: int) -> bytes:
    return (b"0123456789 abcdefghijklmnopqrstuvwxyz;\n" * (size // 39 + 1))[:size]


def raw(size: int, label: str, *, chunk: int = 0) -> Ask:
    kind = ("Content-Type", "text/plain")
    how = "chunked" if chunk else "raw"
    return Ask(f"{how} upload of {label}", "POST", "/post", 200, (kind,), text(size), chunk)


def multipart(size: int, label: str) -> Ask:
    body = (
        b'--limit\r\nContent-Disposition: form-data; name="title"\r\n\r\nA file\r\n'
        b'--limit\r\nContent-Disposition: form-data; name="file"; filename="f\xc3\xbcr.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + binary(size) + b"\r\n--limit--\r\n"
    )
    kind = ("Content-Type", "multipart/form-data; boundary=limit")
    return Ask(f"multipart upload of {label}", "POST", "/post", 200, (kind,), body)


SIZES = ((0, "0 B"), (1, "1 B"), (64 * _KB, "64 KB"), (_MB, "1 MB"), (10 * _MB, "10 MB"))
FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")
BASIC = ("Authorization", "Basic " + b64encode(b"user:passwd").decode())
WRONG = ("Authorization", "Basic " + b64encode(b"user:wrong").decode())
COOKIES = ("Cookie", "a=1; b=2")

STATUSES = (200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405,
            406, 409, 410, 412, 418, 422, 429, 451, 500, 501, 502, 503, 504)  # fmt: skip

ASKS: tuple[Ask, ...] = (
    *(get(f"/status/{code}", code) for code in STATUSES),
    get("/status/299", 299),
    get("/status/abc", 400),
    *(Ask(f"{m} /status/418", m, "/status/418", 418) for m in ("POST", "PUT", "PATCH", "DELETE")),
    # Redirects; none is followed.
    get("/redirect/3", 302),
    get("/relative-redirect/2", 302),
    get("/absolute-redirect/2", 302),
    get("/redirect-to?url=%2Fget%3Fa%3Db", 302),
    get("/redirect-to?url=http%3A%2F%2Fexample.com%2F&status_code=307", 307),
    # Bodies in pieces, and slow ones
    get("/stream/5"),
    get("/stream/0"),
    get("/stream-bytes/5000?seed=7&chunk_size=100"),
    get("/stream-bytes/100000?seed=8"),
    get("/drip?duration=0.2&numbytes=5&delay=0"),
    get("/drip?duration=0.1&numbytes=2&code=201", 201),
    get("/drip?numbytes=0", 400),
    get("/delay/1"),
    get("/range/2048"),
    get("/range/2048", 206, ("Range", "bytes=10-99")),
    get("/range/2048", 206, ("Range", "bytes=-100")),
    get("/range/2048", 206, ("Range", "bytes=2000-")),
    get("/range/2048", 416, ("Range", "bytes=5000-6000")),
    get("/range/1000?chunk_size=64&duration=0"),
    # Content codings
    get("/gzip"),
    get("/deflate"),
    get("/brotli"),
    get("/gzip", 200, ("Accept-Encoding", "identity")),
    # Cookies
    get("/cookies"),
    get("/cookies", 200, COOKIES),
    get("/cookies/set?x=1&y=zwei", 302),
    get("/cookies/set/name/value", 302),
    get("/cookies/delete?a&b", 302, COOKIES),
    # Who may
    get("/basic-auth/user/passwd", 200, BASIC),
    get("/basic-auth/user/passwd", 401, WRONG),
    get("/basic-auth/user/passwd", 401),
    get("/hidden-basic-auth/user/passwd", 404),
    get("/bearer", 200, ("Authorization", "Bearer token")),
    get("/bearer", 401),
    get("/digest-auth/auth/user/passwd", 401, differ=("set-cookie", "www-authenticate")),
    # Methods
    get("/get?a=1&b=2&a=3"),
    *(Ask(f"HEAD {t}", "HEAD", t) for t in ("/get", "/stream/5", "/image/png", "/drip?delay=0")),
    Ask("HEAD 404", "HEAD", "/not/there", 404),
    *(Ask(f"OPTIONS {t}", "OPTIONS", t) for t in ("/get", "/post", "/anything")),
    Ask("OPTIONS with a preflight", "OPTIONS", "/post", 200, (
        ("Origin", "http://elsewhere.example"), ("Access-Control-Request-Headers", "X-A, X-B"),
    )),
    Ask("POST a form", "POST", "/post", 200, (FORM,), b"a=1&b=zwei&b=%C3%BC&c="),
    Ask("POST JSON", "POST", "/post", 200, (JSON,), b'{"a": [1, null, "\xc3\xbc"]}'),
    Ask("PUT", "PUT", "/put", 200, (JSON,), b'{"put": true}'),
    Ask("PATCH", "PATCH", "/patch", 200, (JSON,), b'{"patch": true}'),
    Ask("DELETE", "DELETE", "/delete", 200),
    Ask("DELETE with a body", "DELETE", "/delete", 200, (FORM,), b"why=because"),
    Ask("TRACE", "TRACE", "/anything", 200),
    Ask("GET with a body", "GET", "/anything", 200, (FORM,), b"a=1"),
    get("/post", 405),
    Ask("DELETE /get", "DELETE", "/get", 405),
    Ask("a method nobody knows", "BREW", "/get", 405),
    # Paths and queries
    get("/anything/%C3%BCn%C3%AFc%C3%B6d%C3%A9/%E2%98%83?q=%E2%98%83&%C3%BC=1"),
    get("/anything/a%2Fb/c%20d/e+f"),
    get("/anything/not%FFutf8%80?raw=%FF"),
    get("/anything?a=%00b"),
    get("/anything?a=b+c&d=%2B&e=%25"),
    get("/anything?"),
    get("/anything?a&b=&=c&&d=e=f"),
    get("/anything?a;b'c(d)*!,$[]"),
    get("/anything/./a/../b"),
    get("/anything/" + "long/" * 400),
    # Headers
    get("/headers", 200, ("X-Empty", ""), ("X-Long", "x" * 4000), ("x-lower", "ä")),
    get("/anything", 200, ("X-Twice", "one"), ("X-Twice", "two"), ("X-Spaces", "  a  b")),
    get("/anything", 200, ("X_Underscore", "dropped"), ("X-Odd!#$%&'*", "kept")),
    get("/user-agent", 200, ("User-Agent", "Mozilla/5.0 (X11; Linux) \"quoted\"")),
    get("/ip"),
    get("/response-headers?X-One=1&X-Two=zwei&X-Two=drei&Content-Type=text/plain"),
    Ask("POST /response-headers", "POST", "/response-headers?X-Post=yes"),
    # Caching
    get("/etag/abc"),
    get("/etag/abc", 304, ("If-None-Match", '"abc"')),
    get("/etag/abc", 412, ("If-Match", '"other"')),
    get("/cache", differ=("etag", "last-modified")),
    get("/cache", 304, ("If-None-Match", '"x"')),
    get("/cache/60"),
    # Kinds of content
    get("/image/png"),
    get("/image/jpeg"),
    get("/image/webp"),
    get("/image/svg"),
    get("/image", 406, ("Accept", "text/plain")),
    get("/image", 200, ("Accept", "image/webp")),
    get("/xml"),
    get("/json"),
    get("/html"),
    get("/robots.txt"),
    get("/deny"),
    get("/encoding/utf8"),
    get("/links/5/2"),
    get("/links/5", 302),
    get("/bytes/1000?seed=3"),
    get("/bytes/0?seed=3"),
    get("/base64/SFRUUEJJTiBpcyBhd2Vzb21l"),
    get("/base64/%21"),
    get("/forms/post"),
    get("/static/favicon.ico"),
    # Wrong ones
    get("/not/there", 404),
    get("/bytes/abc", 404),
    get("/bytes/10?seed=x", 500),
    get("/drip?duration=x", 500),
    *(raw(size, label) for size, label in SIZES),
    *(multipart(size, label) for size, label in SIZES),
)  # fmt: skip

CHUNKED_ASKS = (
    *(raw(size, label, chunk=max(1, min(size // 3, 50_000))) for size, label in SIZES),
    raw(300, "300 B, byte by byte", chunk=1),
    Ask("PUT, chunked", "PUT", "/put", 200, (JSON,), b'{"put": true}', chunk=5),
)


def send_each(port: int, asks: Iterable[Ask]) -> Iterator[tuple[Ask, Answer]]:
    """Each on a connection of its own, which the client asks to close."""
    for ask in asks:
        with Wire(port) as wire:
            yield ask, wire.ask(ask.data(), ask.method)


def send_all_on_one(port: int, asks: Iterable[Ask]) -> Iterator[tuple[Ask, Answer, bool]]:
    """All on one connection; a new one only after the server has announced that it closes.

    The third value is whether the connection went on.
    """
    wire = Wire(port)
    try:
        for ask in asks:
            answer = wire.ask(ask.data(), ask.method)
            goes_on = answer.get("connection") != "close"
            yield ask, answer, goes_on
            if not goes_on:
                assert wire.at_end()
                wire.sock.close()
                wire = Wire(port)
    finally:
        wire.sock.close()


def comparable(ask: Ask, answer: Answer) -> tuple[object, ...]:
    """What has to be the same on both servers."""
    ignored = _DIFFER | set(ask.differ)
    headers = [(n.lower(), v) for n, v in answer.headers if n.lower() not in ignored]
    body = answer.body
    if answer.get("content-encoding") == "gzip":
        body = body[:4] + b"time" + body[8:]
    if "etag" in ask.differ:
        assert answer.get("etag")
    return answer.status_line, headers, answer.framing, len(body), zlib.crc32(body), body[:2000]


@pytest.fixture(scope="module")
def httpbin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """httpbin, served from the terminal."""
    events = tmp_path_factory.mktemp("httpbin") / "events.jsonl"
    with serve("httpbin:app", "--events", events, PYTHONHASHSEED="0") as command:
        yield command


@pytest.fixture(scope="module")
def expected(werkzeug_httpbin: int) -> dict[str, tuple[object, ...]]:
    """What Werkzeug's server answers, by the request's place in the table."""
    answers = enumerate(send_each(werkzeug_httpbin, ASKS))
    return {f"{i} {ask.name}": comparable(ask, answer) for i, (ask, answer) in answers}


def test_table_is_long_enough() -> None:
    assert len(ASKS) >= 60


def test_same_answers_each_on_its_own_connection(
    httpbin: Command, expected: dict[str, tuple[object, ...]]
) -> None:
    differences = []
    for number, (ask, answer) in enumerate(send_each(httpbin.port, ASKS)):
        here, there = comparable(ask, answer), expected[f"{number} {ask.name}"]
        if here != there:
            differences.append((ask.name, here, there))
        assert answer.status == ask.status, ask.name
        assert str(answer.get("server")).startswith("ServeDeck/"), ask.name
        assert answer.get("date"), ask.name
    assert not differences


def test_same_answers_on_one_kept_alive_connection(
    httpbin: Command, expected: dict[str, tuple[object, ...]]
) -> None:
    closed, differences = [], []
    for number, (ask, answer, goes_on) in enumerate(send_all_on_one(httpbin.port, ASKS)):
        here, there = comparable(ask, answer), expected[f"{number} {ask.name}"]
        if here != there:
            differences.append((ask.name, here, there))
        if not goes_on:
            closed.append(ask.name)
    assert not differences
    assert closed == []


def test_path_in_raw_utf_8_is_the_same_as_an_escaped_one(httpbin: Command) -> None:
    """Werkzeug's server decodes these as Latin-1, so it is no model here."""
    raw, escaped = send_each(
        httpbin.port,
        [
            get("/anything/ünïcödé/☃?q=☃"),
            get("/anything/%C3%BCn%C3%AFc%C3%B6d%C3%A9/%E2%98%83?q=%E2%98%83"),
        ],
    )
    assert comparable(*raw) == comparable(*escaped)
    assert rb"/\u00fcn\u00efc\u00f6d\u00e9/\u2603" in raw[1].body


def test_chunked_uploads(httpbin: Command, werkzeug_httpbin: int) -> None:
    """As if they had been sent with their length, which Werkzeug's server has to be given."""
    with_length = [replace(ask, chunk=0) for ask in CHUNKED_ASKS]
    theirs = [comparable(*pair) for pair in send_each(werkzeug_httpbin, with_length)]
    apart = [comparable(*pair) for pair in send_each(httpbin.port, CHUNKED_ASKS)]
    on_one = list(send_all_on_one(httpbin.port, CHUNKED_ASKS))
    for ask, *answers in zip(
        CHUNKED_ASKS, theirs, apart, [comparable(a, b) for a, b, _ in on_one], strict=True
    ):
        assert answers[0] == answers[1] == answers[2], ask.name
        assert answers[0][0] == "HTTP/1.1 200 OK", ask.name
    assert all(goes_on for _, _, goes_on in on_one)


def test_events_report_the_same(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    with serve("httpbin:app", "--events", file, PYTHONHASHSEED="0") as command:
        answers = list(send_each(command.port, ASKS))
        assert command.stop(signal.SIGINT) == 0, command.err
        port = command.port
    lines = file.read_text("ascii").splitlines()
    events = [decode(line) for line in lines]
    (first,) = (event for event in events if isinstance(event, ServerStarted))
    assert first.port == port
    last = events[-1]
    assert isinstance(last, ServerStopped)
    assert (last.reason, last.abandoned) == ("stopped", 0)

    started = {event.id: event for event in events if isinstance(event, RequestStarted)}
    finished = {event.id: event for event in events if isinstance(event, RequestFinished)}
    assert list(started) == list(range(1, len(ASKS) + 1))
    assert set(finished) == set(started)
    for number, (ask, answer) in enumerate(answers, 1):
        check_event(ask, answer, finished[number])


def check_event(ask: Ask, answer: Answer, event: RequestFinished) -> None:
    """What the event reports has to be what went over the wire."""
    recorded = (event.method, event.status, f"HTTP/1.1 {event.status} {event.reason}")
    assert recorded == (ask.method, answer.status, answer.status_line), ask.name
    target = ask.target.encode().decode("latin-1")
    assert event.target == target, ask.name
    path, _, query = target.partition("?")
    assert event.raw_path == path, ask.name
    decoded = unquote_to_bytes(path.encode("latin-1")).decode("utf-8", "surrogateescape")
    readable = re.sub("[\udc80-\udcff]", lambda odd: f"%{ord(odd[0]) - 0xDC00:02X}", decoded)
    assert event.path == readable, ask.name
    assert event.query == query, ask.name
    assert event.response_headers == answer.headers, ask.name
    assert event.request_headers[0] == ("Host", "localhost"), ask.name
    assert (event.bytes_sent, event.response_body.size) == (answer.received, len(answer.body)), (
        ask.name
    )
    assert answer.body.startswith(event.response_body.data), ask.name
    assert event.request_body.size == len(ask.body), ask.name
    assert ask.body.startswith(event.request_body.data), ask.name
    assert event.bytes_received == answer.sent, ask.name
    assert not event.aborted, ask.name
    assert (event.error_id is not None) == (answer.status == 500 and "x" in ask.target), ask.name
    assert 0 <= event.app_duration <= event.duration < 60, ask.name
