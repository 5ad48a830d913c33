"""Between HTTP and PEP 3333: the environ, how an answer is framed, what an app may send.

Pure functions of their arguments; no sockets. Any thread.
"""

from __future__ import annotations

import email.utils
import os
import re
import stat
from collections.abc import Callable, Container, Iterable
from typing import Any, NamedTuple, Optional
from urllib.parse import unquote_to_bytes

from .parsing import RequestHead

__all__ = [
    "AnswerHeads",
    "App",
    "AppBreach",
    "CheckedResponse",
    "FileWrapper",
    "FramedHead",
    "Framing",
    "OwnHeaders",
    "answer_length",
    "check_response",
    "close_iterable",
    "frame_head",
    "header_lines",
    "http_date",
    "is_something",
    "make_environ",
    "path_info",
    "require_bytes",
    "response_framing",
    "without_controls",
]

App = Callable[[dict[str, Any], Any], Any]
"""A WSGI app: takes an environ and ``start_response``, returns an iterable of bytes (PEP 3333)."""

HeaderList = list[tuple[str, str]]
"""What an app passes to ``start_response``; what was sent is kept as ``Headers``, a tuple."""


class AppBreach(AssertionError):
    """The app broke PEP 3333. The message names the rule and the breach."""


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

    :param content_length: what the app's headers announce, None where they don't
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


def make_environ(
    head: RequestHead, base: dict[str, Any], taken_in: Optional[int] = None
) -> dict[str, Any]:
    """The WSGI environ of one request (PEP 3333, "environ Variables").

    :param base: what is the same for every request of a connection; it is copied
    :param taken_in: bytes of a chunked body that is there as a whole; None where it isn't
    """
    environ = base.copy()
    block = head.block
    variables = block.variables
    if variables is None:
        variables = block.variables = _header_variables(block.headers)
    environ.update(variables)
    environ["REQUEST_METHOD"] = head.method
    environ["PATH_INFO"] = path_info(head)
    environ["QUERY_STRING"] = head.query
    environ["REQUEST_URI"] = environ["RAW_URI"] = head.target
    environ["SERVER_PROTOCOL"] = "HTTP/1.1" if head.version == "1.1" else "HTTP/1.0"
    if head.target_host:
        environ["HTTP_HOST"] = head.target_host
    if head.chunked:
        environ["wsgi.input_terminated"] = True
        if taken_in is not None:  # what the app reads is decoded, and its length is known
            environ["CONTENT_LENGTH"] = str(taken_in)
            del environ["HTTP_TRANSFER_ENCODING"]
    return environ


def path_info(head: RequestHead) -> str:
    """The path of a request, decoded (PEP 3333, "environ Variables" and "Unicode Issues")."""
    path = head.path
    if "%" in path:
        # Bytes of the path as latin-1 characters.
        return unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
    return "" if path == "*" else path


def _header_variables(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The environ's variables for these request headers."""
    variables: dict[str, str] = {}
    for name, value in headers:
        # X_Real_IP and X-Real-IP would be one key: a client could pass for a proxy.
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE" or key == "CONTENT_LENGTH":
            variables[key] = value
            continue
        key = "HTTP_" + key
        if key in variables:
            value = variables[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        variables[key] = value
    return variables


_STATUS = re.compile(r"([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?")
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")

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


class CheckedResponse:
    """What :func:`check_response` read from the app's status and headers. Never changed.

    :ivar status: the code
    :ivar content_length: of the body, where the app gives it; else None
    :ivar names: the headers' values by name in lower case
    :ivar closes: the app wants the connection closed
    :ivar given: the headers as they were; None where they might change unnoticed
    """

    __slots__ = ("closes", "content_length", "given", "names", "reason", "status")

    def __init__(
        self,
        status: int,
        reason: str,
        content_length: Optional[int],
        names: dict[str, str],
        closes: bool,
        given: Optional[tuple[Any, ...]],
    ) -> None:
        self.status = status
        self.reason = reason
        self.content_length = content_length
        self.names = names
        self.closes = closes
        self.given = given


def check_response(status: Any, headers: Any) -> CheckedResponse:
    """Check what an app passed to ``start_response``.

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
    fixed = True
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
        # A list in place of the pair could be changed later, a subclass of str hold anything.
        fixed = fixed and type(item) is tuple and type(name) is str and type(value) is str
    return CheckedResponse(
        int(match[1]),
        match[2] or "",
        length,
        names,
        "close" in names.get("connection", "").lower(),
        tuple(headers) if fixed and type(status) is str else None,
    )


class FramedHead(NamedTuple):
    """An answer's head but for the server's own headers, which come last.

    :ivar headers: all of the others
    :ivar start: the bytes from the status line to the last of them
    """

    framing: Framing
    headers: tuple[tuple[str, str], ...]
    start: bytes


def frame_head(
    checked: CheckedResponse,
    headers: Iterable[tuple[str, str]],
    method: str,
    version: str,
    keep_alive: bool,
    known_length: Optional[int],
) -> FramedHead:
    """Choose an answer's framing and build its head.

    :param headers: the app's, as checked
    :param method: of the request
    :param version: of HTTP in the request
    :param known_length: of the body, where it is there as a whole
    :raises AppBreach: it is no final answer
    """
    status, length = checked.status, checked.content_length
    if status < 200:
        raise AppBreach(f"start_response: {status} is no final status")
    sent = [item for item in headers if item[0].lower() not in HOP_BY_HOP]
    if status == 204 and length is not None:
        sent = [item for item in sent if item[0].lower() != "content-length"]
        length = None
    if method == "HEAD":
        known_length = known_length or None
    if length is None and known_length is not None and status not in (204, 304):
        # PEP 3333, "Handling the Content-Length Header"
        length = known_length
        sent.append(("Content-Length", str(length)))
    framing = response_framing(method, status, length, version, keep_alive)
    if framing.chunked:
        sent.append(("Transfer-Encoding", "chunked"))
    if framing.close:
        sent.append(("Connection", "close"))
    elif version == "1.0":
        sent.append(("Connection", "keep-alive"))
    start = header_lines(f"HTTP/1.1 {status} {checked.reason}\r\n", sent)
    return FramedHead(framing, tuple((name, value) for name, value in sent), start)


class OwnHeaders(NamedTuple):
    """What the server adds at the end of an answer's head.

    :ivar end: their bytes, with the head's closing empty line
    """

    headers: tuple[tuple[str, str], ...]
    end: bytes

    @classmethod
    def of(cls, *headers: tuple[str, str]) -> OwnHeaders:
        """These headers."""
        return cls(headers, header_lines("", headers) + b"\r\n")

    def without(self, names: Container[str]) -> OwnHeaders:
        """Those of them whose names, in lower case, aren't among ``names``."""
        return self.of(*(item for item in self.headers if item[0].lower() not in names))


def header_lines(first: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Header lines as they are sent, after ``first``, which ends its own line."""
    return (first + "".join([f"{name}: {value}\r\n" for name, value in headers])).encode("latin-1")


_CONTROL = {code: f"\\x{code:02x}" for code in [*range(0x20), *range(0x7F, 0xA0)]}


def without_controls(text: str) -> str:
    """Text from outside for a log line: no control character reaches the terminal."""
    return text.translate(_CONTROL)


def http_date(seconds: float) -> str:
    """A time as the Date header gives it (RFC 9110 section 5.6.7)."""
    return email.utils.formatdate(seconds, usegmt=True)


def require_bytes(data: Any) -> None:
    """Check a part of the body.

    :raises AppBreach: it is something else
    """
    if not isinstance(data, bytes):
        raise AppBreach(f"the app must give bytes, not {type(data).__name__}")


def answer_length(application_iter: Any) -> Optional[int]:
    """Bytes of the body an app returned, where it is there as a whole; else None.

    PEP 3333, "Handling the Content-Length Header".
    """
    if not isinstance(application_iter, (list, tuple)) or len(application_iter) > 1:
        return None
    if not application_iter:
        return 0
    item = application_iter[0]
    return len(item) if isinstance(item, bytes) else None


def is_something(data: Any) -> bool:
    """Whether an item of the app's is to be written: not an empty part, but even what isn't one."""
    return bool(data) or not isinstance(data, bytes)


def close_iterable(application_iter: Any) -> None:
    """Call the ``close`` of what an app has returned (PEP 3333)."""
    if hasattr(application_iter, "close"):
        application_iter.close()


class AnswerHeads:
    """The heads of the answers sent last. Any thread.

    Most apps give the same status and headers again and again. What was checked, framed and
    encoded once is found by its value; it is the same for every client. Breaches aren't kept.
    """

    _COUNT = 128
    _LONGEST = 2048  # bytes of a head that is kept

    def __init__(self) -> None:
        self._checked: dict[Any, CheckedResponse] = {}
        self._framed: dict[Any, FramedHead] = {}

    def check(self, status: Any, headers: Any) -> CheckedResponse:
        """As :func:`check_response`."""
        if type(headers) is list:
            try:
                found = self._checked.get((status, *headers))
            except TypeError:  # it can't be a key, so it was none
                found = None
            if found is not None:
                return found
        return check_response(status, headers)

    def frame(
        self,
        checked: CheckedResponse,
        status: str,
        headers: list[tuple[str, str]],
        method: str,
        version: str,
        keep_alive: bool,
        known_length: Optional[int],
    ) -> FramedHead:
        """As :func:`frame_head`.

        :param status: what the app called it; with ``headers`` what was checked
        """
        if checked.content_length is not None:
            known_length = None  # it wouldn't be used, and so would only spoil the key
        key = (checked, method == "HEAD", version, keep_alive, known_length)
        framed = self._framed.get(key)
        if framed is None:
            framed = frame_head(checked, headers, method, version, keep_alive, known_length)
            if checked.given is not None and len(framed.start) <= self._LONGEST:
                self._keep((status, *checked.given), checked, key, framed)
        return framed

    def _keep(
        self, checked_key: Any, checked: CheckedResponse, framed_key: Any, framed: FramedHead
    ) -> None:
        if len(self._framed) >= self._COUNT:  # all at once: what is in use is back in no time
            self._framed.clear()
            self._checked.clear()
        self._checked[checked_key] = checked
        self._framed[framed_key] = framed


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
