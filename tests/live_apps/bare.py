"""A plain WSGI callable: greets, echoes bodies, shows its environ, answers any status."""

import json
from http import HTTPStatus
from urllib.parse import parse_qs


def application(environ, start_response):
    """``/`` ``/echo`` ``/environ`` ``/status?code=N`` ``/headers`` ``/empty``; else 404."""
    path = environ["PATH_INFO"] or "/"
    status, headers, body = "200 OK", [("Content-Type", "text/plain; charset=utf-8")], b""
    if path == "/":
        body = "Hello, World! ÄÖ\n".encode()
    elif path == "/echo":
        body = _read(environ)
        headers = [("Content-Type", environ.get("CONTENT_TYPE") or "application/octet-stream")]
    elif path == "/environ":
        texts = {key: value for key, value in environ.items() if isinstance(value, str)}
        body = json.dumps(texts, sort_keys=True).encode()
        headers = [("Content-Type", "application/json")]
    elif path == "/status":
        code = HTTPStatus(int(parse_qs(environ.get("QUERY_STRING", ""))["code"][0]))
        status = f"{code.value} {code.phrase}"
        if code in (204, 304):
            headers = []
        else:
            body = f"{status}\n".encode()
    elif path == "/headers":
        headers += [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Empty", "")]
    elif path != "/empty":
        status, body = "404 Not Found", f"no {path}\n".encode("latin-1")
    if headers:
        headers.append(("Content-Length", str(len(body))))
    start_response(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _read(environ):
    """The request's body, read in pieces up to its end."""
    pieces = []
    while piece := environ["wsgi.input"].read(65536):
        pieces.append(piece)
    return b"".join(pieces)
