"""server.protocol.parsing: what is read, what is refused and why; bytes in, no sockets."""

from __future__ import annotations

import time

import h11
import pytest
from bad_bodies import BAD_BODIES
from bounds import examples
from hypothesis import given
from hypothesis import strategies as st

from server.protocol.parsing import (
    BadRequest,
    ChunkedDecoder,
    Limits,
    RequestHead,
    find_head_end,
    parse_head,
)

LIMITS = Limits()


def head(line="GET / HTTP/1.1", *headers, host="Host: x"):
    return "\r\n".join([line, *([host] if host else []), *headers, "", ""]).encode("latin-1")


def refused(data, limits=LIMITS):
    """Status and reason of the refusal that reading ``data`` ends in."""
    with pytest.raises(BadRequest) as caught:
        buffer = bytearray(data)
        end = find_head_end(buffer, limits)
        assert end >= 0, "it could still become a head"
        parse_head(data[:end], limits)
    assert str(caught.value) == caught.value.reason
    return caught.value.status, caught.value.reason


# Request lines and targets ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "path", "query", "host"),
    [
        ("GET / HTTP/1.1", "/", "", ""),
        ("GET /a/b?c=d HTTP/1.1", "/a/b", "c=d", ""),
        ("GET /? HTTP/1.1", "/", "", ""),
        ("GET /a?b?c HTTP/1.1", "/a", "b?c", ""),
        ("GET //double HTTP/1.1", "//double", "", ""),
        ("GET /%zz%2f HTTP/1.1", "/%zz%2f", "", ""),
        ("GET /\xe4?\xff HTTP/1.1", "/\xe4", "\xff", ""),
        ("GET /a:b@c HTTP/1.1", "/a:b@c", "", ""),
        ("OPTIONS * HTTP/1.1", "*", "", ""),
        ("GET http://y HTTP/1.1", "/", "", "y"),
        ("GET http://y:8080/p?q HTTP/1.1", "/p", "q", "y:8080"),
        ("GET HTTPS://y?q HTTP/1.1", "/", "q", "y"),
        ("GET http://[::1]:80/ HTTP/1.1", "/", "", "[::1]:80"),
    ],
)
def test_targets(line, path, query, host):
    read = parse_head(head(line), LIMITS)
    assert (read.path, read.query, read.target_host) == (path, query, host)
    assert read.target == line.split(" ")[1]


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        ("", 400, "is not 'METHOD target HTTP/version'"),
        ("GET", 400, "is not 'METHOD"),
        ("GET /", 400, "is not 'METHOD"),
        ("GET  / HTTP/1.1", 400, "is not 'METHOD"),
        ("GET / HTTP/1.1 ", 400, "is not 'METHOD"),
        (" GET / HTTP/1.1", 400, "is not 'METHOD"),
        ("GET /a b HTTP/1.1", 400, "is not 'METHOD"),
        ("GET\t/ HTTP/1.1", 400, "control character"),
        ("GET /\x00 HTTP/1.1", 400, "control character"),
        ("GET /\x7f HTTP/1.1", 400, "control character"),
        ("GET /\x1b[2J HTTP/1.1", 400, "control character"),
        ("G\xc4T / HTTP/1.1", 400, "method is not a token"),
        ("G(T / HTTP/1.1", 400, "method is not a token"),
        ("GET / http/1.1", 400, "version is malformed"),
        ("GET / HTTP/1", 400, "version is malformed"),
        ("GET / HTTP/1.10", 400, "version is malformed"),
        ("GET / HTTP/+1.1", 400, "version is malformed"),
        ("GET / HTTP/0.9", 505, "HTTP/0.9"),
        ("GET / HTTP/2.0", 505, "HTTP/2.0"),
        ("PRI * HTTP/2.0", 505, "HTTP/2.0"),
        ("GET * HTTP/1.1", 400, "neither a path nor a URL"),
        ("GET a HTTP/1.1", 400, "neither a path nor a URL"),
        ("GET ftp://x/ HTTP/1.1", 400, "neither a path nor a URL"),
        ("GET http:/// HTTP/1.1", 400, "neither a path nor a URL"),
        ("GET http://a@b/ HTTP/1.1", 400, "target's host"),
        ("GET http://a#b HTTP/1.1", 400, "target's host"),
        ("GET http://a:b HTTP/1.1", 400, "target's host"),
        ("GET http://[::1/ HTTP/1.1", 400, "target's host"),
        ("GET /a#b HTTP/1.1", 400, "fragment"),
        ("CONNECT example.org:443 HTTP/1.1", 501, "CONNECT"),
        ("CONNECT /path HTTP/1.1", 501, "CONNECT"),
        ("CONNECT http://x/ HTTP/1.1", 501, "CONNECT"),
    ],
)
def test_request_lines_that_are_refused(line, status, reason):
    got = refused(head(line))
    assert got[0] == status
    assert reason in got[1]


def test_versions():
    assert parse_head(head("GET / HTTP/1.0", host=""), LIMITS).version == "1.0"
    assert parse_head(head(), LIMITS).version == "1.1"
    assert parse_head(head("GET / HTTP/1.7"), LIMITS).version == "1.1"


# Headers ------------------------------------------------------------------------------------------


def test_headers_as_sent_and_in_order():
    read = parse_head(
        head(
            "GET / HTTP/1.1",
            "X-A: 1",
            "x-a:\t 2 \t",
            "Empty:",
            "Blank:   ",
            "Obs: \xe4\xff",
            "Colon: a:b: c",
            "!#$%&'*+-.^_`|~9z: token",
            "Inner: a\tb  c",
        ),
        LIMITS,
    )
    assert list(read.headers) == [
        ("Host", "x"),
        ("X-A", "1"),
        ("x-a", "2"),
        ("Empty", ""),
        ("Blank", ""),
        ("Obs", "\xe4\xff"),
        ("Colon", "a:b: c"),
        ("!#$%&'*+-.^_`|~9z", "token"),
        ("Inner", "a\tb  c"),
    ]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("X: a\r\n b", "folded"),
        ("X: a\r\n\tb", "folded"),
        (" X: a", "folded"),
        ("X", "no colon"),
        ("X a b", "no colon"),
        ("X : a", "space between"),
        ("X\t: a", "space between"),
        (": a", "name has a character"),
        ("X Y: a", "name has a character"),
        ("X\x00: a", "name has a character"),
        ("X\xe4: a", "name has a character"),
        ("X(y): a", "name has a character"),
        ("X: \x00", "value has a control character"),
        ("X: \x1b[0m", "value has a control character"),
        ("X: \x7f", "value has a control character"),
        ("X: \x0b", "value has a control character"),
        ("X: a\nY: b", "LF or CR alone"),
        ("X: a\rY: b", "LF or CR alone"),
        ("X: a\r", "LF or CR alone"),
    ],
)
def test_headers_that_are_refused(header, reason):
    for place in (("First: 1", header), (header, "Last: 1")):
        status, got = refused(head("GET / HTTP/1.1", *place))
        assert status == 400
        assert reason in got


@pytest.mark.parametrize(
    "host", ["", "x", "x.y-z_~", "x:80", "x:", "[::1]", "[::1]:80", "127.0.0.1"]
)
def test_hosts(host):
    assert ("Host", host) in parse_head(head(host=f"Host: {host}"), LIMITS).headers


@pytest.mark.parametrize(
    "host",
    [
        "a b",
        "a/b",
        "a@b",
        "a:b",
        "a:1:2",
        "[::1",
        "::1",
        "a?b",
        "a#b",
        "a,b:c",
        "a\\b",
        "\xe4",
        "a<b",
    ],
)
def test_hosts_that_are_refused(host):
    assert refused(head(host=f"Host: {host}")) == (400, "the Host header is not a host name")


def test_host_is_required_once():
    assert refused(head(host=""))[1] == "HTTP/1.1 requires a Host header"
    assert refused(head("GET http://x/ HTTP/1.1", host=""))[1] == "HTTP/1.1 requires a Host header"
    for version in ("1.0", "1.1"):
        got = refused(head(f"GET / HTTP/{version}", "hOST: x"))
        assert got == (400, "Host is given more than once")
    assert parse_head(head("GET / HTTP/1.0", host=""), LIMITS).headers == ()


# How the body is framed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "length", "chunked", "has_body"),
    [
        ([], None, False, False),
        (["Content-Length: 0"], 0, False, False),
        (["Content-Length: 5"], 5, False, True),
        (["content-length:\t007 "], 7, False, True),
        (["Content-Length: 999999999999999999"], 10**18 - 1, False, True),
        (["Transfer-Encoding: chunked"], None, True, True),
        (["transfer-encoding:  CHUNKED\t"], None, True, True),
    ],
)
def test_framing(headers, length, chunked, has_body):
    read = parse_head(head("POST / HTTP/1.1", *headers), LIMITS)
    assert (read.content_length, read.chunked, read.has_body) == (length, chunked, has_body)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "+5",
        "-5",
        "0x5",
        "5_0",
        "5 0",
        "5,5",
        "5, 5",
        "5.0",
        "\xb2",
        "five",
        "5;",
        "1" * 19,
        "1e3",
    ],
)
def test_content_lengths_that_are_refused(value):
    got = refused(head("POST / HTTP/1.1", f"Content-Length: {value}"))
    assert got == (400, "Content-Length is not a number")


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        (["Content-Length: 5", "Content-Length: 6"], 400, "more than once"),
        (["Content-Length: 5", "content-length: 5"], 400, "more than once"),
        (["Content-Length: 5", "Transfer-Encoding: chunked"], 400, "exclude each other"),
        (["Transfer-Encoding: chunked", "Content-Length: 0"], 400, "exclude each other"),
        (["Transfer-Encoding: gzip", "Content-Length: 0"], 400, "exclude each other"),
        (["Transfer-Encoding: chunked, chunked"], 400, "chunked twice"),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], 400, "chunked twice"),
        (["Transfer-Encoding: gzip"], 501, "only transfer coding"),
        (["Transfer-Encoding: xchunked"], 501, "only transfer coding"),
        (["Transfer-Encoding: chunked;q=1"], 501, "only transfer coding"),
        (["Transfer-Encoding: gzip, chunked"], 501, "only transfer coding"),
        (["Transfer-Encoding: chunked, gzip"], 501, "only transfer coding"),
        (["Transfer-Encoding: identity"], 501, "only transfer coding"),
        (["Transfer-Encoding: chunked,"], 501, "only transfer coding"),
        (["Transfer-Encoding:"], 501, "only transfer coding"),
        (['Transfer-Encoding: "chunked"'], 501, "only transfer coding"),
        (["Transfer-Encoding: chunked\x0b"], 400, "control character"),
        (["Expect: 200-ok"], 417, "only expectation"),
        (["Expect: 100-continue, x"], 417, "only expectation"),
        (["Expect: x", "Expect: 100-continue"], 417, "only expectation"),
    ],
)
def test_framings_that_are_refused(headers, status, reason):
    got = refused(head("POST / HTTP/1.1", *headers))
    assert got[0] == status
    assert reason in got[1]


def test_transfer_encoding_is_not_part_of_http_1_0():
    got = refused(head("POST / HTTP/1.0", "Transfer-Encoding: chunked"))
    assert got == (400, "Transfer-Encoding is not part of HTTP/1.0")


@pytest.mark.parametrize(
    ("line", "headers", "expected"),
    [
        ("1.1", ["Expect: 100-continue"], True),
        ("1.1", ["EXPECT: 100-CONTINUE"], True),
        ("1.1", ["Expect:"], False),
        ("1.1", [], False),
        ("1.0", ["Expect: 100-continue"], False),
    ],
)
def test_expect(line, headers, expected):
    read = parse_head(head(f"POST / HTTP/{line}", *headers), LIMITS)
    assert read.expect_continue is expected


@pytest.mark.parametrize(
    ("version", "headers", "keep_alive"),
    [
        ("1.1", [], True),
        ("1.1", ["Connection: close"], False),
        ("1.1", ["Connection: CLOSE"], False),
        ("1.1", ["Connection: x,close ,y"], False),
        ("1.1", ["Connection: x", "Connection: close"], False),
        ("1.1", ["Connection: closed"], True),
        ("1.1", ["Connection: keep-alive"], True),
        ("1.1", ["Connection:"], True),
        ("1.0", [], False),
        ("1.0", ["Connection: keep-alive"], True),
        ("1.0", ["Connection: Keep-Alive, close"], False),
        ("1.0", ["Connection: x"], False),
    ],
)
def test_keep_alive(version, headers, keep_alive):
    read = parse_head(head(f"GET / HTTP/{version}", *headers), LIMITS)
    assert read.keep_alive is keep_alive


# Limits -------------------------------------------------------------------------------------------

SMALL = Limits(request_line=64, head=256, header_count=4, chunk_line=16)


def padded(length):
    """A request line of exactly so many bytes."""
    return f"GET /{'a' * (length - 14)} HTTP/1.1"


def test_the_request_line_s_limit():
    assert parse_head(head(padded(64)), SMALL).method == "GET"
    assert refused(head(padded(65)), SMALL) == (414, "the request line is longer than 64 bytes")
    # It need not be complete to be too long.
    assert find_head_end(bytearray(b"a" * 64), SMALL) == -1
    assert refused(b"a" * 66, SMALL)[0] == 414


def test_the_head_s_limit():
    fits = head("GET / HTTP/1.1", "X: " + "a" * 224)
    assert len(fits) == 256
    assert find_head_end(bytearray(fits), SMALL) == 256
    assert refused(head("GET / HTTP/1.1", "X: " + "a" * 300), SMALL) == (
        431,
        "the headers are longer than 256 bytes",
    )
    assert refused(b"GET / HTTP/1.1\r\nX: " + b"a" * 300, SMALL)[0] == 431
    # What follows a head is no part of it.
    assert find_head_end(bytearray(fits + b"x" * 10_000), SMALL) == 256


def test_the_number_of_headers():
    assert len(parse_head(head("GET / HTTP/1.1", *["X: y"] * 3), SMALL).headers) == 4
    assert refused(head("GET / HTTP/1.1", *["X: y"] * 4), SMALL) == (
        431,
        "there are more than 4 headers",
    )


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\n",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET / HTTP/1.1\r\nHost: x\n\n",
        b"GET / HTTP/1.1\r\nHost: x\n\r",
        b"\n",
        b"\r\n\n",
    ],
)
def test_a_bare_lf_is_refused_at_once(data):
    assert refused(data) == (400, "a line ends in LF without CR")


@pytest.mark.parametrize(
    "data", [b"", b"G", b"GET / HTTP/1.1\r", b"GET / HTTP/1.1\r\nHost: x\r\n\r"]
)
def test_an_incomplete_head_waits(data):
    assert find_head_end(bytearray(data), LIMITS) == -1


def test_a_head_in_pieces_ends_where_it_ends():
    whole = head("GET / HTTP/1.1", "X: y")
    for cut in range(len(whole)):
        assert find_head_end(bytearray(whole[:cut]), LIMITS) == -1
    assert find_head_end(bytearray(whole + whole), LIMITS) == len(whole)


# Anything at all ----------------------------------------------------------------------------------

almost_http = st.lists(
    st.one_of(
        st.binary(max_size=8),
        st.sampled_from(
            [b"GET", b" ", b"/", b"*", b"HTTP/1.1", b"HTTP/1.0", b"\r\n", b"\n", b"\r", b":", b"\0"]
            + [b"Host: x\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"]
            + [
                b"Expect: 100-continue\r\n",
                b"Connection: close\r\n",
                b"http://",
                b"?",
                b"#",
                b"\xff",
            ]
        ),
    ),
    max_size=20,
).map(b"".join)


@examples(200)
@given(almost_http)
def test_any_bytes_are_a_head_or_refused_or_wait(data):
    buffer = bytearray(data + b"\r\n\r\n")
    try:
        end = find_head_end(buffer, LIMITS)
        assert bytes(buffer[:end]).endswith(b"\r\n\r\n")
        if not buffer.startswith(b"\r\n"):  # the channel has removed empty lines
            assert isinstance(parse_head(bytes(buffer[:end]), LIMITS), RequestHead)
    except BadRequest as fault:
        assert fault.status in (400, 414, 417, 431, 501, 505)
        assert fault.reason


@examples(150)
@given(almost_http)
def test_no_control_character_gets_through(data):
    try:
        read = parse_head(b"GET / HTTP/1.1\r\nHost: x\r\n" + data + b"\r\n\r\n", LIMITS)
    except BadRequest:
        return
    for text in (read.method, read.target, *(part for pair in read.headers for part in pair)):
        assert not any((c < " " and c != "\t") or c == "\x7f" for c in text)


tokens = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=12)
values = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)
special = {"host", "content-length", "transfer-encoding", "connection", "expect"}


@examples(100)
@given(
    method=tokens.filter(lambda text: text != "CONNECT"),
    path=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#?")),
    query=st.none() | st.text("abc=&?/%", max_size=10),
    headers=st.lists(
        st.tuples(tokens.filter(lambda t: t.lower() not in special), values), max_size=8
    ),
)
def test_what_is_well_formed_comes_back_as_it_was(method, path, query, headers):
    target = "/" + path + ("" if query is None else "?" + query)
    lines = [f"{name}: {value}" for name, value in headers]
    read = parse_head(head(f"{method} {target} HTTP/1.1", *lines), LIMITS)
    assert (read.method, read.target) == (method, target)
    assert (read.path, read.query) == ("/" + path, query or "")
    assert list(read.headers) == [("Host", "x"), *headers]


@examples(100)
@given(
    method=tokens.filter(lambda text: text not in ("CONNECT", "HEAD")),
    headers=st.lists(
        st.tuples(tokens.filter(lambda t: t.lower() not in special), values), max_size=5
    ),
    body=st.lists(st.binary(max_size=50), max_size=6),
    chunked=st.booleans(),
    step=st.integers(1, 40),
    close=st.booleans(),
)
def test_what_h11_sends_is_read_the_same(method, headers, body, chunked, step, close):
    """h11 is the second opinion, in the client's part."""
    client = h11.Connection(h11.CLIENT)
    sent = [("Host", "x"), *headers]
    if close:
        sent.append(("Connection", "close"))
    whole = b"".join(body)
    sent.append(
        ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(whole)))
    )
    wire = client.send(h11.Request(method=method, target="/p?q", headers=sent))
    for part in body:
        wire += client.send(h11.Data(data=part))
    wire += client.send(h11.EndOfMessage(headers=[("X-Trailer", "t")] if chunked else []))

    end = find_head_end(bytearray(wire), LIMITS)
    read = parse_head(wire[:end], LIMITS)
    assert read.method == method
    assert [(n.lower(), v) for n, v in read.headers] == [(n.lower(), v) for n, v in sent]
    assert read.keep_alive is not close
    if not chunked:
        assert read.content_length == len(whole)
        assert wire[end:] == whole
        return
    decoder = ChunkedDecoder(LIMITS)
    data = b"".join(decoder.feed(wire[i : i + step]) for i in range(end, len(wire), step))
    assert decoder.done
    assert data == whole


# Chunked bodies -----------------------------------------------------------------------------------

GOOD_BODIES = [
    (b"0\r\n\r\n", b""),
    (b"000\r\n\r\n", b""),
    (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
    (b"a\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
    (b"0A\r\n0123456789\r\n00\r\n\r\n", b"0123456789"),
    (b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", b"abc"),
    (b"2\r\n\r\n\r\n0\r\n\r\n", b"\r\n"),
    (b"3;x\r\nabc\r\n0;y=z\r\n\r\n", b"abc"),
    (b"3 ; x ;y\r\nabc\r\n0\r\n\r\n", b"abc"),
    (b'3;x="a b\\"c;\xe4"\r\nabc\r\n0\r\n\r\n', b"abc"),
    (b"3\r\nabc\r\n0\r\nX: y\r\nZ:\r\n\r\n", b"abc"),
]


@pytest.mark.parametrize(("wire", "body"), GOOD_BODIES)
@pytest.mark.parametrize("trailing", [b"", b"GET / HTTP/1.1\r\n", b"0\r\n\r\n", b"\r\n"])
def test_chunked_bodies(wire, body, trailing):
    for step in (1, 2, 3, 7, len(wire) + len(trailing)):
        decoder = ChunkedDecoder(LIMITS)
        data, used = b"", 0
        for start in range(0, len(wire), step):
            assert not decoder.done
            data += decoder.feed((wire + trailing)[start : start + step])
            used = min(start + step, len(wire + trailing))
        assert decoder.done
        assert data == body
        assert decoder.leftover() + (wire + trailing)[used:] == trailing


@pytest.mark.parametrize(("wire", "reason"), BAD_BODIES)
@pytest.mark.parametrize("step", [1, 10_000])
def test_chunked_bodies_that_are_refused(wire, reason, step):
    decoder = ChunkedDecoder(LIMITS)
    with pytest.raises(BadRequest) as caught:
        for start in range(0, len(wire), step):
            decoder.feed(wire[start : start + step])
    if step > 1 or "size or extension" not in reason:
        assert reason in caught.value.reason
    assert caught.value.status in (400, 431)
    assert not decoder.done


@examples(150)
@given(
    st.lists(
        st.sampled_from([b"0", b"1", b"a", b";", b"=", b'"', b" ", b"\r\n", b"\r", b"\n", b"X: y"])
        | st.binary(max_size=3),
        max_size=30,
    ).map(b"".join),
    st.integers(1, 20),
)
def test_any_bytes_are_decoded_the_same_however_they_come(wire, step):
    def read(size):
        decoder, data = ChunkedDecoder(LIMITS), b""
        try:
            for start in range(0, len(wire), size):
                data += decoder.feed(wire[start : start + size])
                if decoder.done:
                    return data, decoder.leftover() + wire[start + size :]
        except BadRequest:
            return "refused"
        return data

    in_steps, whole = read(step), read(len(wire) or 1)
    assert in_steps == whole


# Time ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b" " * 65536,
        b"GET / HTTP/1.1\r\n" + b" " * 65000,
        b"GET / HTTP/1.1\r\nHost: x\r\nX:" + b" " * 65000 + b"\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a" * 65000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a:\r\n" * 16000 + b"\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: " + b"a" * 65000 + b"@\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: " + b"," * 65000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + b", " * 32000 + b"\r\n\r\n",
        b"GET http://" + b"a" * 16000 + b"@ HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=range(9),
)
def test_hostile_heads_cost_little(data):
    began = time.perf_counter()
    for _ in range(10):
        with pytest.raises(BadRequest) if b"Connection" not in data else _nothing():
            end = find_head_end(bytearray(data), LIMITS)
            parse_head(data[:end], LIMITS)
    assert time.perf_counter() - began < 2.0


class _nothing:  # noqa: N801
    def __enter__(self):
        return self

    def __exit__(self, *unused):
        return None


@pytest.mark.parametrize(
    "line",
    [b"1" + b" " * 1020, b"1" + b";a" * 510, b'1;a="' + b"\\" * 1000, b'1;a="' + b'\\"' * 500],
    ids=range(4),
)
def test_hostile_chunk_lines_cost_little(line):
    began = time.perf_counter()
    for _ in range(100):
        with pytest.raises(BadRequest):
            ChunkedDecoder(LIMITS).feed(line + b"\x00\r\n")
    assert time.perf_counter() - began < 2.0


def test_a_head_that_dribbles_in_costs_little():
    """It is looked at again for each part that arrives, so a look has to be cheap."""
    data = b"GET / HTTP/1.1\r\n" + b"X: abcdefgh\r\n" * 4000
    began = time.thread_time()
    for _ in range(1000):
        assert find_head_end(bytearray(data), LIMITS) == -1
    assert time.thread_time() - began < 1.0


def test_a_body_of_many_tiny_chunks_costs_little():
    wire = b"1\r\na\r\n" * 100_000 + b"0\r\n\r\n"
    decoder = ChunkedDecoder(LIMITS)
    began = time.perf_counter()
    data = b"".join(decoder.feed(wire[i : i + 65536]) for i in range(0, len(wire), 65536))
    assert data == b"a" * 100_000
    assert time.perf_counter() - began < 5.0
