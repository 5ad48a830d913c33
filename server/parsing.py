"""From bytes to a request: strict, pure, no sockets.

Everything that reads HTTP/1.1 from a client is here: the request head (RFC 9112 sections 2 to 6),
how the body is framed, and chunked bodies. What isn't allowed is refused with :class:`BadRequest`,
never repaired: a server that guesses is a server that can be smuggled past. Any thread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple, Optional

__all__ = ["BadRequest", "ChunkedDecoder", "Limits", "RequestHead", "find_head_end", "parse_head"]


class BadRequest(Exception):
    """The client sent what HTTP doesn't allow, or more than the limits do.

    :ivar status: the status code to answer with
    :ivar reason: what was wrong, for the log and the answer's body
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """How much a client may send before it is refused. Bytes, except ``header_count``."""

    request_line: int = 16 * 1024
    head: int = 64 * 1024
    header_count: int = 100
    chunk_line: int = 1024


class RequestHead(NamedTuple):
    """A request line and its headers, checked.

    :ivar version: ``"1.0"`` or ``"1.1"``
    :ivar path: the target's path, still percent-encoded
    :ivar target_host: the host of a target that is a full URL, else ""
    :ivar headers: as sent, in order
    :ivar content_length: None where the head names none
    """

    method: str
    target: str
    version: str
    path: str
    query: str
    target_host: str
    headers: list[tuple[str, str]]
    content_length: Optional[int]
    chunked: bool
    keep_alive: bool
    expect_continue: bool

    @property
    def has_body(self) -> bool:
        """Whether bytes of a body follow the head."""
        return self.chunked or bool(self.content_length)


_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
# One header line. The value's class ends at CR, so a match can't run past its line, and each
# repetition ends in a fixed CRLF, so a failing match is linear in the length of the head.
_HEADER = re.compile(rf"({_TOKEN}):([^\x00-\x08\x0a-\x1f\x7f]*)\r\n")
_HEADER_BLOCK = re.compile(rf"(?:{_TOKEN}:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*")
_REQUEST_LINE = re.compile(rf"({_TOKEN}) ([\x21-\x7e\x80-\xff]+) HTTP/([0-9])\.([0-9])")
_NAME = re.compile(_TOKEN)
_BARE_LF = re.compile(rb"(?<!\r)\n")
_AUTHORITY = re.compile(r"[A-Za-z0-9\-._~%!$&'()*+,;=]*(?::[0-9]*)?|\[[0-9A-Fa-f:.]+\](?::[0-9]*)?")
_ABSOLUTE = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://([^/?]+)(.*)")
_DIGITS = re.compile(r"[0-9]{1,18}")
_CHUNK_LINE = re.compile(
    rb"([0-9A-Fa-f]{1,15})((?:[ \t]*;[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
    rb"(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|\"(?:[^\x00-\x08\x0a-\x1f\x7f\"\\]|\\[\t\x20-\x7e])*\"))?)*)"
)


def find_head_end(buffer: bytearray, limits: Limits) -> int:
    """Where the request head at the start of ``buffer`` ends.

    :returns: the length of the head with its closing empty line; -1 when more must come first
    :raises BadRequest: it can't become a head any more, whatever comes
    """
    end = buffer.find(b"\r\n\r\n")
    if 0 <= end <= limits.head:
        return end + 4
    # A client that ends lines with LF alone would wait for ever for an answer.
    # Counting is what costs least, as this is done again for each part that arrives.
    searched = limits.head if end < 0 else end
    if buffer.count(b"\n", 0, searched) != buffer.count(b"\r\n", 0, searched):
        raise BadRequest(400, "a line ends in LF without CR")
    if len(buffer) > limits.request_line and b"\r\n" not in buffer[: limits.request_line]:
        raise BadRequest(414, f"the request line is longer than {limits.request_line} bytes")
    if len(buffer) > limits.head:
        raise BadRequest(431, f"the headers are longer than {limits.head} bytes")
    return -1


def parse_head(head: bytes, limits: Limits) -> RequestHead:
    """Read one request head, from the request line to the closing empty line.

    :raises BadRequest: it breaks a rule of RFC 9112 or a limit
    """
    text = head.decode("latin-1")
    line_end = text.index("\r\n")
    if line_end > limits.request_line:
        raise BadRequest(414, f"the request line is longer than {limits.request_line} bytes")
    line = _REQUEST_LINE.fullmatch(text, 0, line_end)
    if line is None:
        raise BadRequest(400, _request_line_fault(text[:line_end]))
    method, target, major, minor = line.groups()
    if major != "1":
        raise BadRequest(505, f"HTTP/{major}.{minor} is not spoken here")
    version = "1.0" if minor == "0" else "1.1"

    if _HEADER_BLOCK.fullmatch(text, line_end + 2, len(text) - 2) is None:
        raise BadRequest(400, _header_fault(text[line_end + 2 : -2]))
    headers = [(name, value.strip(" \t")) for name, value in _HEADER.findall(text, line_end + 2)]
    if len(headers) > limits.header_count:
        raise BadRequest(431, f"there are more than {limits.header_count} headers")

    path, query, target_host = _split_target(method, target)
    hosts = 0
    length: Optional[int] = None
    codings: list[str] = []
    connection = ""
    expect = ""
    for name, value in headers:
        key = name.lower()
        if key == "host":
            hosts += 1
            if _AUTHORITY.fullmatch(value) is None:
                raise BadRequest(400, "the Host header is not a host name")
        elif key == "content-length":
            if length is not None:
                raise BadRequest(400, "Content-Length is given more than once")
            if _DIGITS.fullmatch(value) is None:
                raise BadRequest(400, "Content-Length is not a number")
            length = int(value)
        elif key == "transfer-encoding":
            codings.extend(part.strip(" \t").lower() for part in value.split(","))
        elif key == "connection":
            connection += "," + value.lower()
        elif key == "expect" and value:
            expect = value.lower()
            if expect != "100-continue":
                raise BadRequest(417, "the only expectation known here is 100-continue")
    if hosts > 1:
        raise BadRequest(400, "Host is given more than once")
    if not hosts and version == "1.1":
        raise BadRequest(400, "HTTP/1.1 requires a Host header")
    if codings:
        _check_codings(codings, version, length)
    tokens = [part.strip(" \t") for part in connection.split(",")] if connection else ()
    keep_alive = "close" not in tokens and (version == "1.1" or "keep-alive" in tokens)
    return RequestHead(
        method,
        target,
        version,
        path,
        query,
        target_host,
        headers,
        length,
        bool(codings),
        keep_alive,
        bool(expect) and version == "1.1",
    )


def _split_target(method: str, target: str) -> tuple[str, str, str]:
    """Path, query and host of a request target (RFC 9112 section 3.2)."""
    host = ""
    if method == "CONNECT":
        raise BadRequest(501, "CONNECT is for proxies; this is no proxy")
    if target[0] != "/":
        if target == "*" and method == "OPTIONS":
            return "*", "", ""
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is None:
            raise BadRequest(400, "the request target is neither a path nor a URL")
        host, target = absolute.groups()
        if _AUTHORITY.fullmatch(host) is None:
            raise BadRequest(400, "the request target's host is not a host name")
        if target[:1] != "/":
            target = "/" + target
    if "#" in target:
        raise BadRequest(400, "the request target has a fragment")
    path, _, query = target.partition("?")
    return path, query, host


def _check_codings(codings: list[str], version: str, length: Optional[int]) -> None:
    if length is not None:
        raise BadRequest(400, "Content-Length and Transfer-Encoding exclude each other")
    if version == "1.0":
        raise BadRequest(400, "Transfer-Encoding is not part of HTTP/1.0")
    if codings.count("chunked") > 1:
        raise BadRequest(400, "a body can't be chunked twice")
    if codings != ["chunked"]:
        raise BadRequest(501, "the only transfer coding known here is chunked")


def _request_line_fault(line: str) -> str:
    """Say what is wrong with a request line that was refused."""
    if "\n" in line:
        return "a line ends in LF without CR"
    if any(c < " " or c == "\x7f" for c in line):
        return "the request line has a control character"
    parts = line.split(" ")
    if len(parts) != 3 or not all(parts):
        return "the request line is not 'METHOD target HTTP/version'"
    if _NAME.fullmatch(parts[0]) is None:
        return "the method is not a token"
    return "the HTTP version is malformed"


def _header_fault(block: str) -> str:
    """Say which rule the first bad header line breaks."""
    for line in block.split("\r\n"):
        if _HEADER.fullmatch(line + "\r\n") or not line:
            continue
        if line[0] in " \t":
            return "a header is folded over two lines"
        name, colon, value = line.partition(":")
        if not colon:
            return "a header line has no colon"
        if name.rstrip(" \t") != name:
            return "there is space between a header's name and its colon"
        if _NAME.fullmatch(name) is None:
            return "a header's name has a character that is not allowed"
        if "\n" in value or "\r" in value:
            return "a line ends in LF or CR alone"
        return "a header's value has a control character"
    return "the headers are malformed"


class ChunkedDecoder:
    """Takes the bytes of a chunked body as they come and gives back the data (RFC 9112, 7.1).

    ``done`` turns true with the last byte of the trailer section; trailers are checked and
    dropped. What follows belongs to the next request and is in :meth:`leftover`.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._remaining = 0
        self._expect = "size"
        self._trailers = 0
        self.done = False

    def feed(self, data: bytes) -> bytes:
        """Decode the next bytes off the wire.

        :returns: the data they complete, perhaps none
        :raises BadRequest: they break a rule of the coding
        """
        buffer = self._buffer
        buffer += data
        out: list[bytes] = []
        while not self.done:
            if self._expect == "data":
                if not buffer:
                    break
                piece = bytes(buffer[: self._remaining])
                del buffer[: len(piece)]
                self._remaining -= len(piece)
                out.append(piece)
                if self._remaining:
                    break
                self._expect = "end"
            elif self._expect == "end":
                if len(buffer) < 2:
                    if buffer and buffer[:1] != b"\r":
                        raise BadRequest(400, "a chunk is longer than its size")
                    break
                if buffer[:2] != b"\r\n":
                    raise BadRequest(400, "a chunk is longer than its size")
                del buffer[:2]
                self._expect = "size"
            else:
                line = self._line()
                if line is None:
                    break
                if self._expect == "size":
                    self._size(line)
                else:
                    self._trailer(line)
        return b"".join(out)

    def leftover(self) -> bytes:
        """The bytes after the body, once ``done``."""
        return bytes(self._buffer)

    def _line(self) -> Optional[bytes]:
        end = self._buffer.find(b"\r\n", 0, self._limits.chunk_line)
        if end < 0:
            if _BARE_LF.search(self._buffer, 0, self._limits.chunk_line):
                raise BadRequest(400, "a line of the chunked body ends in LF without CR")
            if len(self._buffer) >= self._limits.chunk_line:
                raise BadRequest(400, "a line of the chunked body is too long")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _size(self, line: bytes) -> None:
        match = _CHUNK_LINE.fullmatch(line)
        if match is None:
            raise BadRequest(400, "a chunk's size or extension is malformed")
        self._remaining = int(match[1], 16)
        self._expect = "data" if self._remaining else "trailer"

    def _trailer(self, line: bytes) -> None:
        if not line:
            self.done = True
            return
        self._trailers += 1
        if self._trailers > self._limits.header_count:
            raise BadRequest(431, "there are too many trailers")
        text = line.decode("latin-1") + "\r\n"
        if _HEADER.fullmatch(text) is None:
            raise BadRequest(400, "a trailer is malformed: " + _header_fault(text))
