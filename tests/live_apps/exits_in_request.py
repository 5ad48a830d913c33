"""Calls sys.exit in a request: ``/exit`` before, ``/exit-late`` within the body; ``/`` is fine."""

import sys


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/exit":
        sys.exit(3)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return _late() if path == "/exit-late" else [b"still here\n"]


def _late():
    yield b"begun\n"
    sys.exit(4)
