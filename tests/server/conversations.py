"""An app that answers in many ways, and requests with the answers that they get."""

from __future__ import annotations

TEXT = ("Content-Type", "text/plain")


def read_all(environ):
    """The request's body, as PEP 3333 has it read."""
    parts = []
    while part := environ["wsgi.input"].read(7):
        parts.append(part)
    return b"".join(parts)


def many_ways(environ, start_response):
    """A different way to answer per path."""
    path = environ["PATH_INFO"]
    if path in ("/204", "/304"):
        start_response({"/204": "204 No Content", "/304": "304 Not Modified"}[path], [])
        return []
    if path == "/stream":
        start_response("200 OK", [TEXT])
        return iter([b"one,", b"", b"two,", b"three"])
    if path == "/write":
        write = start_response("200 OK", [TEXT])
        write(b"written, ")
        return [b"returned"]
    if path == "/echo":
        body = read_all(environ)
    elif path == "/ignore":
        body = b"ignored"
    elif path == "/missing":
        start_response("404 Nowhere To Be Found", [TEXT])
        return [b"nothing here"]
    else:
        body = f"{environ['REQUEST_METHOD']} {path}?{environ['QUERY_STRING']}".encode("latin-1")
    start_response("200 OK", [TEXT, ("Content-Length", str(len(body)))])
    return [body]


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", "Host: x", *headers, "", ""]).encode("latin-1") + body


CHUNKED = "Transfer-Encoding: chunked"

REQUESTS = [
    ("get", request("GET /"), 200, b"GET /?"),
    ("query", request("GET /a?b=c&d"), 200, b"GET /a?b=c&d"),
    ("percent", request("GET /%C3%A4%2F?%C3"), 200, b"GET /\xc3\xa4/?%C3"),
    ("raw bytes", request("GET /\xe4"), 200, b"GET /\xe4?"),
    ("absolute", request("GET http://y:80/p?q"), 200, b"GET /p?q"),
    ("asterisk", request("OPTIONS *"), 200, b"OPTIONS ?"),
    ("empty line before", b"\r\n" + request("GET /"), 200, b"GET /?"),
    ("patch", request("PATCH /pot"), 200, b"PATCH /pot?"),
    ("obs-text", request("GET /", "X-Name: J\xfcrgen", "X-Empty:"), 200, b"GET /?"),
    ("404", request("GET /missing"), 404, b"nothing here"),
    ("head", request("HEAD /"), 200, b""),
    ("head of a stream", request("HEAD /stream"), 200, b""),
    ("head of 404", request("HEAD /missing"), 404, b""),
    ("204", request("GET /204"), 204, b""),
    ("304", request("GET /304"), 304, b""),
    ("stream", request("GET /stream"), 200, b"one,two,three"),
    ("write", request("GET /write"), 200, b"written, returned"),
    ("body", request("POST /echo", "Content-Length: 11", body=b"hello world"), 200, b"hello world"),
    ("empty body", request("POST /echo", "Content-Length: 0"), 200, b""),
    ("no body", request("POST /echo"), 200, b""),
    ("body of zeros", request("PUT /echo", "Content-Length: 9", body=b"\0" * 9), 200, b"\0" * 9),
    (
        "body that looks like a request",
        request("POST /echo", "Content-Length: 28", body=request("GET /evil")[:28]),
        200,
        request("GET /evil")[:28],
    ),
    ("ignored body", request("POST /ignore", "Content-Length: 4", body=b"body"), 200, b"ignored"),
    (
        "chunks",
        request("POST /echo", CHUNKED, body=b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
        200,
        b"abcde",
    ),
    (
        "chunks with everything",
        request(
            "POST /echo",
            CHUNKED,
            "Trailer: X",
            body=b'00A;x;y=z;q="a\\"b"\r\n0123456789\r\n1\t; a=b\r\n!\r\n000\r\nX: y\r\nZ:\r\n\r\n',
        ),
        200,
        b"0123456789!",
    ),
    ("no chunks", request("POST /echo", CHUNKED, body=b"0\r\n\r\n"), 200, b""),
    (
        "expected",
        request("POST /echo", "Content-Length: 3", "Expect: 100-continue", body=b"abc"),
        200,
        b"abc",
    ),
    (
        "expected chunks",
        request("POST /echo", CHUNKED, "Expect: 100-Continue", body=b"3\r\nabc\r\n0\r\n\r\n"),
        200,
        b"abc",
    ),
]
