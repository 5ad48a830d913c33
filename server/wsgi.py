"""Between HTTP and PEP 3333: the environ, how an answer is framed, what an app may send.

Pure functions of their arguments; no sockets. Any thread.
"""

from __future__ import annotations

import os
import re
import stat
from typing import Any, NamedTuple, Optional
from urllib.parse import unquote_to_bytes

from .parsing import RequestHead

__all__ = [
    "AppBreach",
    "FileWrapper",
    "Framing",
    "check_response",
    "make_environ",
    "response_framing",
]


class AppBreach(AssertionError):
    """The app broke PEP 3333. The message says which rule and how."""


class Framing(NamedTuple):
    """How the body of one answer is delimited (RFC 9112 section 6).

    :ivar body: whether the answer has a body at all
    :ivar length: bytes the body must have; None where only the app's last item ends it
    :ivar chunked: the body is sent in chunks
    :ivar close: the connection can't be used again after this answer
    """

    body: bool
    length: Optional[int]
    chunked: bool
    close: bool


def response_framing(
    method: str,
    status: int,
    content_length: Optional[int],
    version: str,
    keep_alive: bool,
) -> Framing:
    """Choose once how an answer is framed.

    :param content_length: what the app's headers say, None where they don't
    :param version: the request's HTTP version
    :param keep_alive: whether the client and the server would keep the connection
    """
    if method == "HEAD" or status == 304:
        return Framing(False, content_length, False, not keep_alive)
    if status < 200 or status == 204:
        return Framing(False, None, False, not keep_alive)
    if content_length is not None:
        return Framing(True, content_length, False, not keep_alive)
    if version == "1.1":
        return Framing(True, None, True, not keep_alive)
    return Framing(True, None, False, True)


_KEYS: dict[str, str] = {
    name: "HTTP_" + name.upper().replace("-", "_")
    for name in [
        "Host",
        "User-Agent",
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Cookie",
        "Referer",
        "Origin",
        "Connection",
        "Cache-Control",
        "Upgrade-Insecure-Requests",
        "If-None-Match",
        "If-Modified-Since",
        "Authorization",
        "X-Requested-With",
        "Sec-Fetch-Site",
        "Sec-Fetch-Mode",
        "Sec-Fetch-Dest",
        "Expect",
    ]
}


def make_environ(head: RequestHead, base: dict[str, Any]) -> dict[str, Any]:
    """The WSGI environ of one request (PEP 3333, "environ Variables").

    :param base: what is the same for every request of a connection; it is copied
    """
    environ = base.copy()
    environ["REQUEST_METHOD"] = head.method
    path = head.path
    if "%" in path:
        # PEP 3333: bytes of the path as latin-1 characters.
        path = unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
    environ["PATH_INFO"] = "" if path == "*" else path
    environ["QUERY_STRING"] = head.query
    environ["REQUEST_URI"] = environ["RAW_URI"] = head.target
    environ["SERVER_PROTOCOL"] = "HTTP/" + head.version
    for name, value in head.headers:
        key = _KEYS.get(name)
        if key is None:
            # X_Real_IP and X-Real-IP would be one key: a client could pass for a proxy.
            if "_" in name:
                continue
            key = name.upper().replace("-", "_")
            if key == "CONTENT_TYPE" or key == "CONTENT_LENGTH":
                environ[key] = value
                continue
            key = "HTTP_" + key
        if key in environ:
            value = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        environ[key] = value
    if head.target_host:
        environ["HTTP_HOST"] = head.target_host
    if head.chunked:
        environ["wsgi.input_terminated"] = True
    return environ


_STATUS = re.compile(r"([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?")
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")


class CheckedResponse(NamedTuple):
    """What :func:`check_response` read from the app's status and headers."""

    status: int
    reason: str
    content_length: Optional[int]
    names: dict[str, str]


def check_response(status: Any, headers: Any) -> CheckedResponse:
    """Check what an app passed to ``start_response``.

    :returns: the code, the reason, the content length, and header values by lower-case name
    :raises AppBreach: PEP 3333 or RFC 9110 doesn't allow it
    """
    if not isinstance(status, str):
        raise AppBreach(f"start_response: the status must be a str, not {type(status).__name__}")
    match = _STATUS.fullmatch(status)
    if match is None:
        raise AppBreach(f"start_response: {status!r} is not a status such as '200 OK'")
    if not isinstance(headers, list):
        raise AppBreach(f"start_response: headers must be a list, not {type(headers).__name__}")
    length: Optional[int] = None
    names: dict[str, str] = {}
    for item in headers:
        try:
            name, value = item
        except (TypeError, ValueError):
            raise AppBreach(f"start_response: {item!r} is not a (name, value) pair") from None
        if not isinstance(name, str) or not isinstance(value, str):
            raise AppBreach(f"start_response: header {item!r} must be a pair of str")
        if _HEADER_NAME.fullmatch(name) is None:
            raise AppBreach(f"start_response: {name!r} is not a header name")
        if _BAD_VALUE.search(value) is not None:
            raise AppBreach(
                f"start_response: header {name} has a character that is not allowed: {value!r}"
            )
        key = name.lower()
        if key == "content-length":
            if not value.isascii() or not value.isdigit() or len(value) > 18:
                raise AppBreach(f"start_response: Content-Length {value!r} is not a number")
            if length is not None and length != int(value):
                raise AppBreach("start_response: two different Content-Length headers")
            length = int(value)
        names[key] = value
    return CheckedResponse(int(match[1]), match[2] or "", length, names)


# RFC 9110 section 7.6.1 and PEP 3333: these belong to the connection, which is the server's.
HOP_BY_HOP = frozenset(
    [
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)


def response_head(
    version_line: str,
    headers: list[tuple[str, str]],
) -> bytes:
    """The bytes of an answer's head, from the status line to the empty line."""
    lines = [version_line]
    lines += [f"{name}: {value}" for name, value in headers]
    lines.append("\r\n")
    return "\r\n".join(lines).encode("latin-1")


class FileWrapper:
    """``wsgi.file_wrapper`` (PEP 3333, "Optional Platform-Specific File Handling").

    Iterates over the file in blocks; the server sends a real file through the kernel instead.
    """

    def __init__(self, file: Any, block_size: int = 64 * 1024) -> None:
        self.file = file
        self._block_size = block_size

    def __iter__(self) -> FileWrapper:
        return self

    def __next__(self) -> bytes:
        data: bytes = self.file.read(self._block_size)
        if not data:
            raise StopIteration
        return data

    def close(self) -> None:
        """Close the file, where it can be closed."""
        if hasattr(self.file, "close"):
            self.file.close()

    def is_real_file(self) -> bool:
        """Whether the kernel can read the file by itself."""
        if not hasattr(os, "sendfile"):
            return False
        try:
            return stat.S_ISREG(os.fstat(self.file.fileno()).st_mode)
        except (AttributeError, OSError, ValueError):  # io.UnsupportedOperation is both
            return False

    def remaining(self) -> int:
        """Bytes from the file's position to its end."""
        return max(0, os.fstat(self.file.fileno()).st_size - int(self.file.tell()))
