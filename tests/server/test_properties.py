"""Rules that hold for whatever comes: requests, environs, answers; h11 is the second opinion."""

from __future__ import annotations

import http
import io
import re
import sys
from typing import Any
from urllib.parse import quote
from wsgiref.validate import check_environ

import h11
import pytest
from bounds import examples
from hypothesis import example, given
from hypothesis import strategies as st

from server.protocol.parsing import (
    BadRequest,
    ChunkedDecoder,
    HeadCache,
    Limits,
    find_head_end,
    parse_head,
)
from server.protocol.response import ResponseWriter
from server.protocol.wsgi import (
    AnswerHeads,
    AppBreach,
    FileWrapper,
    OwnHeaders,
    check_response,
    frame_head,
    header_lines,
    make_environ,
    response_framing,
)

LIMITS = Limits()
CACHE = HeadCache(LIMITS)  # of all examples, as of all requests of a server
TOKEN = "abcXYZ019!#$%&'*+-.^_`|~"

# Requests -----------------------------------------------------------------------------------------

CORPUS = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /a/b?c=d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a:80\r\nUser-Agent: x/1 (y)\r\n\r\n",
    b"GET http://a/b HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n",
    b"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n"
    b"5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n",
    b"PUT /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
]
PIECES = [
    b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\n\n", b" ", b"\t", b":", b",", b";", b"\0", b"\x0b",
    b"\x7f", b"\xff", b"0", b"Host: b\r\n", b"Content-Length: 5\r\n", b"Content-Length: +5\r\n",
    b"Content-Length: 5, 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n", b"Connection: close\r\n", b" folded\r\n", b"X : y\r\n",
    b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"CONNECT", b"#", b"?", b"*", b"/", b"//", b"@",
]  # fmt: skip


@st.composite
def mutated_requests(draw: st.DrawFn) -> bytes:
    """A good request with a few things put in, taken out or put in the place of others."""
    data = bytearray(draw(st.sampled_from(CORPUS)))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = start + draw(st.sampled_from([0, 0, 1, 2, 8]))
        data[start:end] = draw(st.sampled_from([*PIECES, b""]))
    return bytes(data)


def read_by_us(data: bytes) -> Any:
    """The request that the server takes the bytes for: its parts; else why it doesn't."""
    while data.startswith(b"\r\n"):
        data = data[2:]
    end, head = -1, None
    try:
        end = find_head_end(bytearray(data), LIMITS)
        if end < 0:
            return "waits"
        head = parse_head(data[:end], LIMITS)
        for _ in range(2):  # read anew, and then remembered
            assert parse_head(data[:end], LIMITS, CACHE)[:-1] == head[:-1]
        body = data[end:]
        if head.chunked:
            decoder = ChunkedDecoder(LIMITS)
            body = decoder.feed(body)
            if not decoder.done:
                return "waits"
        else:
            length = head.content_length or 0
            if len(body) < length:
                return "waits"
            body = body[:length]
    except BadRequest as fault:
        if end >= 0 and head is None:
            with pytest.raises(BadRequest, match=re.escape(fault.reason)):
                parse_head(data[:end], LIMITS, CACHE)
        return fault
    headers = [(name.lower(), value) for name, value in head.headers]
    keep_alive = head.version == "1.1" and head.keep_alive  # h11 keeps no connection of HTTP/1.0
    return head.method, head.target, headers, keep_alive, body


def read_by_h11(data: bytes) -> Any:
    """The same by h11, in the server's part."""
    reader = h11.Connection(h11.SERVER)
    try:
        reader.receive_data(data)
        head: Any = reader.next_event()
        if not isinstance(head, h11.Request):
            return "waits"
        body = b""
        while not isinstance(event := reader.next_event(), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                return "waits"
            body += event.data
    except h11.RemoteProtocolError as error:
        return error
    headers = [(name.decode(), value.decode("latin-1")) for name, value in head.headers]
    keep_alive = reader.their_state is h11.DONE and _h11_would_go_on(reader)
    return head.method.decode(), head.target.decode("latin-1"), headers, keep_alive, body


def _h11_would_go_on(reader: h11.Connection) -> bool:
    reader.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
    reader.send(h11.EndOfMessage())
    return reader.our_state is h11.DONE


# What h11 takes and we don't: where RFC 9112 lets a server be strict, or h11 leaves it to others.
STRICTER = (
    "CONNECT is for proxies",
    "neither a path nor a URL",
    "fragment",
    "not a host name",
    "is not spoken here",
    "CR alone",
    "folded over two lines",
    "control character",
    "Content-Length is given more than once",
    "Content-Length is not a number",
    "exclude each other",
    "not part of HTTP/1.0",
    "the only expectation",
    "Host is given more than once",
    "requires a Host header",  # also in HTTP/1.2, which is read as 1.1 (RFC 9110 section 2.5)
    "name has a character that is not allowed",
    "'METHOD target HTTP/version'",
    "size or extension is malformed",
)


@examples(200)
@given(mutated_requests())
@example(CORPUS[0])
@example(CORPUS[4])
@example(CORPUS[5])
@example(CORPUS[5].replace(b"T: v", b" T: v"))
@example(CORPUS[6])
@example(CORPUS[5].replace(b"T: v", b"Content-Length: +5"))
@example(b"\r\n" + CORPUS[0])
@example(b"PUT / HTTP/1.2\r\nH:ost: a\r\n\r\n")
def test_h11_reads_the_same(data: bytes) -> None:
    """No request is taken that h11 refuses or reads otherwise: nobody can be smuggled past."""
    ours, theirs = read_by_us(data), read_by_h11(data)
    if isinstance(ours, tuple):
        if data.startswith(b"\r\n") and not isinstance(theirs, tuple):
            return  # RFC 9112 section 2.2: an empty line before it; h11 takes none
        obs_target = any(c > "~" for c in ours[1])  # h11 wants it escaped
        assert theirs == ours or obs_target, (data, theirs)
    elif isinstance(theirs, tuple):
        assert isinstance(ours, BadRequest) or ours == "waits", ours
        bare_lf = b"\n" in data.replace(b"\r\n", b"")  # with which h11 ends a line
        assert bare_lf or any(text in str(ours) for text in STRICTER), (data, ours)


# The environ --------------------------------------------------------------------------------------

BASE = {
    "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
    "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    "SCRIPT_NAME": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
    "REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "1234",
}  # fmt: skip


def environ_of(data: bytes) -> dict[str, Any]:
    made = make_environ(parse_head(data, LIMITS), BASE)
    for _ in range(2):
        kept = make_environ(parse_head(data, LIMITS, CACHE), BASE)
        assert kept == made
        kept["HTTP_HOST"] = kept["HTTP_X_MORE"] = "changed by the app"
    check_environ({**made, "wsgi.input": io.BytesIO()})
    return made


@examples(75)
@given(st.text(max_size=20), st.text(max_size=20))
def test_any_path_and_query_reach_the_app(path: str, query: str) -> None:
    """What a browser escapes is what an app decodes, as PEP 3333 says: latin-1 for bytes."""
    path = path.encode("utf-8", "replace").decode()
    query = quote(query.encode("utf-8", "replace"))
    made = environ_of(f"GET /{quote(path)}?{query} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    assert made["PATH_INFO"].encode("latin-1").decode() == "/" + path
    assert made["QUERY_STRING"] == query
    assert made["REQUEST_URI"] == made["RAW_URI"] == f"/{quote(path)}?{query}"


names = st.text(TOKEN, min_size=1, max_size=6) | st.sampled_from(
    ["Cookie", "cookie", "Accept", "X-A", "x-a", "X_A", "Content-Type", "Content_Type", "Host_"]
)
values = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=8
).map(lambda text: text.strip(" \t"))
special = {"host", "content-length", "transfer-encoding", "connection", "expect", "content-type"}


@examples(100)
@given(st.lists(st.tuples(names.filter(lambda name: name.lower() not in special), values)))
def test_any_headers_reach_the_app(headers: list[tuple[str, str]]) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    before = dict(BASE)
    made = environ_of(f"GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode("latin-1"))
    expected: dict[str, list[str]] = {"HTTP_HOST": ["a"]}
    for name, value in headers:
        if "_" not in name:
            expected.setdefault("HTTP_" + name.upper().replace("-", "_"), []).append(value)
    joined = {
        key: ("; " if key == "HTTP_COOKIE" else ",").join(parts) for key, parts in expected.items()
    }
    assert {key: value for key, value in made.items() if key.startswith("HTTP_")} == joined
    assert before == BASE
    # Two requests of the same headers have nothing in common but their content.
    made["HTTP_HOST"] = made["HTTP_X_MORE"] = "changed by the app"
    again = environ_of(f"GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode("latin-1"))
    assert {key: value for key, value in again.items() if key.startswith("HTTP_")} == joined


# What an app says ---------------------------------------------------------------------------------

anything = st.text(max_size=12) | st.sampled_from(["200 OK", "200 OK\r\nX: y", "204", "1 x", ""])


@examples(150)
@given(
    st.one_of(anything, st.integers(), st.none(), st.from_regex(r"\A[1-5][0-9]{2} [ -~]{0,9}\Z")),
    st.lists(
        st.tuples(
            st.text(TOKEN, min_size=1, max_size=6) | st.text(max_size=3),
            st.text(st.characters(max_codepoint=0x17F), max_size=8),
        ),
        max_size=4,
    ),
)
def test_what_an_app_returns_is_sent_as_it_is_or_refused(status: Any, headers: Any) -> None:
    """No byte of it becomes a line of its own."""
    try:
        checked = check_response(status, headers)
    except AppBreach as breach:
        assert str(breach).startswith("start_response: ")
        with pytest.raises(AppBreach, match=re.escape(str(breach))):
            HEADS.check(status, headers)
        return
    kept = HEADS.check(status, headers)
    assert (kept.status, kept.reason, kept.names) == (
        checked.status, checked.reason, checked.names
    )  # fmt: skip
    data = header_lines(f"HTTP/1.1 {checked.status} {checked.reason}\r\n", headers) + b"\r\n"
    head, end = data[:-4], data[-4:]
    assert end == b"\r\n\r\n"
    lines = head.split(b"\r\n")
    assert len(lines) == 1 + len(headers)
    assert not any(byte < 32 and byte not in b"\t" for line in lines for byte in line)
    assert lines[0].decode("latin-1") == f"HTTP/1.1 {status}" + ("" if " " in status else " ")
    assert lines[1:] == [f"{name}: {value}".encode("latin-1") for name, value in headers]


@given(
    st.sampled_from(["GET", "HEAD", "POST", "OPTIONS"]),
    st.sampled_from([100, 101, 200, 204, 206, 301, 304, 404, 500]),
    st.none() | st.integers(0, 10),
    st.sampled_from(["1.0", "1.1"]),
    st.booleans(),
)
def test_every_framing_can_be_read_by_the_client(
    method: str, status: int, length: int | None, version: str, keep_alive: bool
) -> None:
    framing = response_framing(method, status, length, version, keep_alive)
    bodiless = method == "HEAD" or status < 200 or status in (204, 304)
    assert framing.body is not bodiless
    assert framing.close or keep_alive
    assert not (framing.chunked and (framing.length is not None or version == "1.0"))
    # A body that neither a length nor chunks end is ended by the connection.
    if framing.body and framing.length is None and not framing.chunked:
        assert framing.close
    elif keep_alive:
        assert not framing.close


HEADS = AnswerHeads()  # of all examples, as of all requests of a server


class Wire:
    """A channel that keeps what is sent."""

    def __init__(self) -> None:
        self.data = b""

    def send(self, data: bytes) -> None:
        self.data += data


@examples(150)
@given(
    method=st.sampled_from(["GET", "HEAD"]),
    version=st.sampled_from(["1.0", "1.1"]),
    asked_to_stay=st.booleans(),
    code=st.sampled_from([200, 204, 206, 301, 304, 404, 500]),
    length=st.none() | st.integers(-2, 2),
    parts=st.lists(st.binary(max_size=20), max_size=5),
    only_item=st.booleans(),
)
def test_every_answer_is_well_formed(
    method: str, version: str, asked_to_stay: bool, code: int, length: int | None,
    parts: list[bytes], only_item: bool,
) -> None:  # fmt: skip
    """h11, as the client, reads the app's bytes, no more and no fewer, or sees that it was cut."""
    option = "Connection: keep-alive\r\n" if asked_to_stay else "Connection: close\r\n"
    request = f"{method} / HTTP/{version}\r\nHost: a\r\n{option}\r\n".encode()
    wire: Any = Wire()
    writer = ResponseWriter(wire, parse_head(request, LIMITS), 16)
    whole = b"".join(parts)
    headers = [("X-App", "yes")]
    if length is not None:
        length = max(0, len(whole) + length)
        headers.append(("Content-Length", str(length)))
    status = f"{code} {http.HTTPStatus(code).phrase}"
    checked = check_response(status, headers)
    first = parts[0] if parts else b""
    single = first if only_item and len(parts) < 2 else None
    known = None if single is None else len(single)
    framed = frame_head(checked, headers, method, version, asked_to_stay, known)
    kept = HEADS.check(status, headers)
    again = HEADS.frame(kept, status, headers, method, version, asked_to_stay, known)
    assert again == framed, "an answer of before is taken for this one"
    head = writer.begin(checked, framed, OwnHeaders.of(("Server", "s")))
    writer.send(head + writer.body(first))
    for part in parts[1:]:
        writer.send(writer.body(part))
    usable = writer.end()

    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
    client.send(h11.EndOfMessage())
    client.receive_data(wire.data)
    seen: Any = client.next_event()
    assert isinstance(seen, h11.Response)
    assert (seen.status_code, seen.http_version) == (code, b"1.1")
    got, complete = b"", True
    try:
        while not isinstance(event := client.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                client.receive_data(b"")
            elif isinstance(event, h11.Data):
                got += event.data
    except h11.RemoteProtocolError:
        complete = False
    bodiless = method == "HEAD" or code in (204, 304)
    fits = length is None or len(whole) >= length
    assert got == (b"" if bodiless else whole[:length])
    assert complete is (bodiless or fits)
    assert bool(writer.problem) is (
        (bool(whole) if code in (204, 304) and method != "HEAD" else False)
        if bodiless
        else length is not None and length != len(whole)
    )
    if not bodiless:
        assert (writer.size, bytes(writer.kept)) == (len(got), got[:16])
    closes = (b"connection", b"close") in list(seen.headers)
    if usable:
        assert asked_to_stay
        assert not closes
        assert client.trailing_data == (b"", False)
        if version == "1.1":
            assert client.their_state is h11.DONE
    elif complete:
        assert closes


@given(st.binary(max_size=300), st.integers(0, 320), st.integers(1, 64))
def test_a_file_is_given_from_where_it_stands(data: bytes, position: int, size: int) -> None:
    file = io.BytesIO(data)
    file.seek(position)
    parts = list(FileWrapper(file, size))
    assert b"".join(parts) == data[position:]
    assert all(0 < len(part) <= size for part in parts)
