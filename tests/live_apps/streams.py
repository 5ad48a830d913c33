"""Bodies in pieces: generators, write(), a file, a body that waits, one that never ends by itself.

``/chunks?count=N&size=B`` ``/write`` ``/file?size=B`` ``/blank`` (empty pieces in between)
``/gated?seconds=S`` (second piece only after ``/open``) ``/endless`` (until the client leaves)
``/echo`` (sends each piece of the request's body as it reads it) ``/closed`` (counts close())
"""

import io
import itertools
import threading
from urllib.parse import parse_qsl

_gate = threading.Event()
_lock = threading.Lock()
_closed = 0


class _Pieces:
    """An iterable that counts its close()."""

    def __init__(self, pieces):
        self._pieces = iter(pieces)

    def __iter__(self):
        return self._pieces

    def close(self):
        global _closed
        with _lock:
            _closed += 1


def application(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    size = int(query.get("size", "5"))
    path = environ["PATH_INFO"]
    write = start_response("200 OK", [("Content-Type", "application/octet-stream")])
    if path == "/chunks":
        return _Pieces(b"x" * size for _ in range(int(query.get("count", "3"))))
    if path == "/write":
        write(b"by write, ")
        write(b"twice, ")
        return [b"and returned\n"]
    if path == "/file":
        file = io.BytesIO(b"x" * size)
        wrapper = environ.get("wsgi.file_wrapper")
        return wrapper(file, 8192) if wrapper else iter(lambda: file.read(8192), b"")
    if path == "/blank":
        return [b"", b"one", b"", b"two", b""]
    if path == "/gated":
        _gate.clear()
        return _gated(float(query.get("seconds", "10")))
    if path == "/open":
        _gate.set()
        return [b"opened\n"]
    if path == "/endless":
        return _Pieces(itertools.repeat(b"x" * 65536))
    if path == "/echo":
        return iter(lambda: environ["wsgi.input"].read(4096), b"")
    if path == "/closed":
        return [str(_closed).encode()]
    return [b"hello\n"]


def _gated(seconds):
    yield b"first\n"
    yield b"second\n" if _gate.wait(seconds) else b"timed out\n"
