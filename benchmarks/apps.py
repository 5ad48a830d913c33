"""The app that every server in the comparison serves: one path for each workload.

The path is looked up in a table, which costs the same few dozen nanoseconds under every server.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask

__all__ = ["app"]

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

HELLO = b"Hello, World!"
LARGE = b"0123456789abcdef" * 65536
ITEM = b"an item of the stream, sixty-four bytes long, with its newline.\n"
ITEMS = 100
WAIT = 0.020
_JSON = json.dumps([{"id": number, "name": "n" * 60} for number in range(11_500)]).encode()

_TEXT = ("Content-Type", "text/plain; charset=utf-8")


def _sized(content: bytes) -> list[tuple[str, str]]:
    return [_TEXT, ("Content-Length", str(len(content)))]


def hello(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """A few bytes, at once."""
    start_response("200 OK", [_TEXT, ("Content-Length", "13")])
    return [HELLO]


def download(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """1 MB in one piece."""
    start_response("200 OK", _sized(LARGE))
    return [LARGE]


def upload(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Reads the body and answers with its size."""
    source, left, size = environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0), 0
    while left:
        data = source.read(min(left, 65536))
        if not data:
            break
        left -= len(data)
        size += len(data)
    answer = str(size).encode()
    start_response("200 OK", _sized(answer))
    return [answer]


def stream(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
    """100 items, one by one, without a length."""
    start_response("200 OK", [_TEXT])
    for _ in range(ITEMS):
        yield ITEM


def wait(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """What a view does that asks a database: nothing, for 20 ms."""
    time.sleep(WAIT)
    return hello(environ, start_response)


def much_output(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """100 MB of output in lines of 100 bytes, in ten seconds if anybody can take it so quickly."""
    piece, begun = ("x" * 99 + "\n") * 10_000, time.monotonic()
    for number in range(100):
        sys.stdout.write(piece)
        time.sleep(max(0.0, begun + (number + 1) / 10 - time.monotonic()))
    return hello(environ, start_response)


def long_line(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """A line of 10 MB."""
    print("y" * 10_000_000)
    return hello(environ, start_response)


def large_error(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """An error whose text has 10 MB."""
    raise ValueError("z" * 10_000_000)


def many_lines(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """An error whose text has 300,000 lines."""
    raise ValueError("a line\n" * 300_000)


def large_header(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """An answer with a header of 1 MB."""
    start_response("200 OK", [_TEXT, ("Content-Length", "13"), ("X-Large", "h" * 1_000_000)])
    return [HELLO]


def json_body(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """A JSON body of 1 MB."""
    start_response("200 OK", [("Content-Type", "application/json"),
                              ("Content-Length", str(len(_JSON)))])  # fmt: skip
    return [_JSON]


flask_app = Flask(__name__)


@flask_app.get("/flask")
def flask_hello() -> str:
    """The same few bytes through Flask's routing, contexts and response objects."""
    return "Hello, World!"


_ROUTES: dict[str, Callable[[Environ, StartResponse], Iterable[bytes]]] = {
    "/": hello,
    "/download": download,
    "/upload": upload,
    "/stream": stream,
    "/wait": wait,
    "/flask": flask_app,
    "/text/output": much_output,
    "/text/line": long_line,
    "/text/error": large_error,
    "/text/lines": many_lines,
    "/text/header": large_header,
    "/text/json": json_body,
}


def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The WSGI app."""
    return _ROUTES[environ["PATH_INFO"]](environ, start_response)
