"""Breaks one rule of WSGI or HTTP per path; ``/`` breaks none.

Content-Length: ``/short`` (fewer bytes than it has), ``/long``, ``/bad-length``, ``/two-lengths``
bodies: ``/body-on-204`` ``/str`` ``/none`` ``/one-bytes``; start_response: ``/twice`` ``/never``
``/late`` (after the first piece); status: ``/status-number`` ``/status-text`` ``/status-crlf``
headers: ``/crlf`` ``/lf`` ``/bad-name`` ``/not-text`` ``/not-latin`` ``/hop``
"""

_PLAIN = ("Content-Type", "text/plain")
_HEADERS = {
    "/short": [_PLAIN, ("Content-Length", "10")],
    "/long": [_PLAIN, ("Content-Length", "2")],
    "/bad-length": [_PLAIN, ("Content-Length", "many")],
    "/two-lengths": [_PLAIN, ("Content-Length", "5"), ("Content-Length", "6")],
    "/crlf": [_PLAIN, ("X-Split", "a\r\nX-Injected: b")],
    "/lf": [_PLAIN, ("X-Split", "a\nX-Injected: b")],
    "/bad-name": [_PLAIN, ("X Bad: name", "a")],
    "/not-text": [_PLAIN, ("X-Number", 5)],
    "/not-latin": [_PLAIN, ("X-Snowman", "\N{SNOWMAN}")],
    "/hop": [_PLAIN, ("Connection", "close"), ("Transfer-Encoding", "chunked")],
}
_STATUSES = {
    "/body-on-204": "204 No Content",
    "/status-number": 200,
    "/status-text": "OK",
    "/status-crlf": "200 OK\r\nX-Injected: b",
}
_BODIES = {"/str": ["text"], "/none": None, "/one-bytes": b"hello"}


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/never":
        return [b"hello"]
    if path == "/late":
        return _late(start_response)
    start_response(_STATUSES.get(path, "200 OK"), _HEADERS.get(path, [_PLAIN]))
    if path == "/twice":
        start_response("201 Created", [_PLAIN])
    return _BODIES.get(path, [b"hello"])


def _late(start_response):
    yield b"hello"
    start_response("200 OK", [_PLAIN])
