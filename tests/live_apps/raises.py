"""Raises at each moment of a response; ``/`` is fine.

``/before`` start_response, ``/between`` it and the first byte, ``/after`` the first byte,
``/first`` and ``/middle`` in the iterator, ``/close`` in close(), ``/handled`` reports by exc_info,
``/too-late`` does so after the first byte, ``/chained`` has a cause, ``/deep`` 50 frames,
``/odd`` an exception whose text can't be had.
"""

import sys

_PLAIN = [("Content-Type", "text/plain")]


class _OddError(Exception):
    def __str__(self):
        raise ValueError("no text for you")


class _BadClose(list):
    def close(self):
        raise RuntimeError("raised in close")


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/before":
        raise RuntimeError("raised before start_response")
    if path == "/chained":
        _chained()
    if path == "/deep":
        _deep(50)
    if path == "/odd":
        raise _OddError
    write = start_response("200 OK", _PLAIN)
    if path == "/between":
        raise RuntimeError("raised between start_response and the body")
    if path in ("/after", "/too-late"):
        write(b"begun\n")
    if path == "/after":
        raise RuntimeError("raised after the first byte")
    if path in ("/handled", "/too-late"):
        try:
            raise RuntimeError("handled by the app")
        except RuntimeError:
            start_response("500 Oops", _PLAIN, sys.exc_info())
        return [b"the app's own error page\n"]
    if path in ("/first", "/middle"):
        return _iterator(path)
    return _BadClose([b"all sent\n"]) if path == "/close" else [b"fine\n"]


def _iterator(path):
    if path == "/middle":
        yield b"begun\n"
    raise RuntimeError(f"raised in the iterator, {path[1:]}")
    yield b"never sent\n"


def _chained():
    try:
        {}["key"]
    except KeyError as error:
        raise RuntimeError("raised from a KeyError") from error


def _deep(levels):
    if levels == 0:
        raise RuntimeError("raised deep down")
    _deep(levels - 1)
