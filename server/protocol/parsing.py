"""From bytes to a request: strict, pure, no sockets.

Everything that reads HTTP/1.1 from a client is here: the request head (RFC 9112 sections 2 to 6),
how the body is framed, and chunked bodies. What isn't allowed is refused with :class:`BadRequest`,
never repaired: a server that guesses is a server that can be smuggled past. Any thread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

from ..base.limits import CHUNKED_IN_MEMORY
from ..base.values import dataclass

__all__ = [
    "NO_HEAD",
    "BadRequest",
    "ChunkedDecoder",
    "HeadCache",
    "HeaderBlock",
    "Limits",
    "RequestHead",
    "find_head_end",
    "parse_head",
]


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
    """How much a client may send before it is refused. Bytes, except ``header_count``.

    :param chunked_body: all of a chunked body that is taken in before the app runs
    :param chunked_in_memory: of such a body; a longer one lies in a temporary file
    """

    request_line: int = 16 * 1024
    head: int = 64 * 1024
    header_count: int = 100
    chunk_line: int = 1024
    chunked_body: int = 1024 * 1024 * 1024
    chunked_in_memory: int = CHUNKED_IN_MEMORY


class HeaderBlock:
    """The headers of a request, checked, without what depends on its request line.

    :ivar headers: as sent, in order
    :ivar has_host: whether there is a Host header
    :ivar length: the Content-Length; None where there is none
    :ivar codings: of Transfer-Encoding, in lower case
    :ivar connection: the options of the Connection headers, in lower case
    :ivar expects: the client expects ``100 Continue``
    :ivar variables: what :func:`~server.protocol.wsgi.make_environ` made of the headers, or None
    """

    __slots__ = (
        "codings",
        "connection",
        "expects",
        "has_host",
        "headers",
        "length",
        "variables",
    )

    def __init__(self, headers: Sequence[tuple[str, str]]) -> None:
        self.headers = tuple(headers)
        self.has_host = False
        self.length: Optional[int] = None
        self.codings: tuple[str, ...] = ()
        self.connection: tuple[str, ...] = ()
        self.expects = False
        self.variables: Optional[dict[str, str]] = None


class RequestHead(NamedTuple):
    """A request line and its headers, checked.

    :ivar version: ``"1.0"`` or ``"1.1"``
    :ivar path: the target's path, still percent-encoded
    :ivar target_host: the host of a target that is a full URL, else ""
    :ivar headers: as sent, in order
    :ivar content_length: None where the head names none
    :ivar block: the headers once more, as they may be shared with other requests
    """

    method: str
    target: str
    version: str
    path: str
    query: str
    target_host: str
    headers: tuple[tuple[str, str], ...]
    content_length: Optional[int]
    chunked: bool
    keep_alive: bool
    expect_continue: bool
    block: HeaderBlock

    @property
    def has_body(self) -> bool:
        """Whether bytes of a body follow the head."""
        return self.chunked or bool(self.content_length)

    @property
    def upgrade(self) -> str:
        """What the client would rather speak, as its Upgrade header has it; else ""."""
        if self.version != "1.1" or "upgrade" not in self.block.connection:
            return ""
        return ", ".join(value for name, value in self.headers if name.lower() == "upgrade")


NO_HEAD = RequestHead("", "", "1.1", "", "", "", (), None, False, False, False, HeaderBlock(()))
"""Where there is no request, or little is known of it."""

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
# One header line. The value's class ends at CR, so a match can't run past its line, and each
# repetition ends in a fixed CRLF, so a failing match is linear in the length of the head.
_HEADER = re.compile(rf"({_TOKEN}):([^\x00-\x08\x0a-\x1f\x7f]*)\r\n")
_HEADER_BLOCK = re.compile(rf"(?:{_TOKEN}:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*")
_REQUEST_LINE = re.compile(rf"({_TOKEN}) ([\x21-\x7e\x80-\xff]+) HTTP/([0-9])\.([0-9])")
_NAME = re.compile(_TOKEN)
# What nearly every request line has: these three need no regular expression.
_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
_VERSIONS = {"HTTP/1.1": "1.1", "HTTP/1.0": "1.0"}
_BARE_LF = re.compile(rb"(?<!\r)\n")
_FRAMING = frozenset(["content-length", "transfer-encoding"])
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


class HeadCache:
    """The request heads read last, and the header blocks in them. Any thread.

    A client repeats its headers in each request, to the byte, and often the whole head. What was
    read from them once needs no second reading. What was refused is not kept.

    :param limits: checked for each head
    :ivar heads: by their bytes
    :ivar blocks: by their bytes, from the second line on
    """

    _COUNT = 128  # of each
    _LONGEST = 4096  # bytes: long cookies are rarely worth the room

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.heads: dict[bytes, RequestHead] = {}
        self.blocks: dict[bytes, HeaderBlock] = {}

    def keep_head(self, raw: bytes, head: RequestHead) -> None:
        """Keep a head for the requests to come."""
        self._keep(self.heads, raw, head)

    def keep_block(self, raw: bytes, block: HeaderBlock) -> None:
        """Keep a header block for the requests to come."""
        self._keep(self.blocks, raw, block)

    def _keep(self, known: dict[bytes, Any], raw: bytes, value: Any) -> None:
        if len(raw) <= self._LONGEST:
            if len(known) >= self._COUNT:  # all at once: what is in use is back in no time
                known.clear()
            known[raw] = value


def parse_head(head: bytes, limits: Limits, cache: Optional[HeadCache] = None) -> RequestHead:
    """Read one request head, from the request line to the closing empty line.

    :param cache: remembers what was read; has the same ``limits``
    :raises BadRequest: it breaks a rule of RFC 9112 or a limit
    """
    if cache is None:
        return _read_head(head, limits, None)
    known = cache.heads.get(head)
    if known is None:
        known = _read_head(head, limits, cache)
        cache.keep_head(head, known)
    return known


def _read_head(head: bytes, limits: Limits, cache: Optional[HeadCache]) -> RequestHead:
    first, _, raw = head.partition(b"\r\n")
    if len(first) > limits.request_line:
        raise BadRequest(414, f"the request line is longer than {limits.request_line} bytes")
    method, target, version = _read_request_line(first.decode("latin-1"))

    block = cache.blocks.get(raw) if cache is not None else None
    headers = _read_headers(raw.decode("latin-1"), limits) if block is None else None
    path, query, target_host = _split_target(method, target)
    if block is None:
        block = _read_block(headers or [])
        if cache is not None:
            cache.keep_block(raw, block)
    if version == "1.1":
        if not block.has_host:
            raise BadRequest(400, "HTTP/1.1 requires a Host header")
        keep_alive = "close" not in block.connection
    else:
        keep_alive = "close" not in block.connection and "keep-alive" in block.connection
    if block.codings:
        _check_codings(block.codings, version, block.length)
    return RequestHead(
        method,
        target,
        version,
        path,
        query,
        target_host,
        block.headers,
        block.length,
        bool(block.codings),
        keep_alive,
        block.expects and version == "1.1",
        block,
    )


def _read_request_line(text: str) -> tuple[str, str, str]:
    """Method, target and version, such as ``"1.1"``, of a request line (RFC 9112 section 3)."""
    parts = text.split(" ")
    if len(parts) == 3:
        method, target, protocol = parts
        known = _VERSIONS.get(protocol)
        if known and method in _METHODS and target and target.isascii() and target.isprintable():
            return method, target, known
    line = _REQUEST_LINE.fullmatch(text)
    if line is None:
        raise BadRequest(400, _request_line_fault(text))
    method, target, major, minor = line.groups()
    if major != "1":
        raise BadRequest(505, f"HTTP/{major}.{minor} is not spoken here")
    return method, target, "1.0" if minor == "0" else "1.1"


def _read_headers(text: str, limits: Limits) -> list[tuple[str, str]]:
    """Names and values of the header lines, with the head's closing empty line at the end."""
    if _HEADER_BLOCK.fullmatch(text, 0, len(text) - 2) is None:
        raise BadRequest(400, _header_fault(text[:-2]))
    headers = [(name, value.strip(" \t")) for name, value in _HEADER.findall(text)]
    if len(headers) > limits.header_count:
        raise BadRequest(431, f"there are more than {limits.header_count} headers")
    return headers


def _read_block(headers: list[tuple[str, str]]) -> HeaderBlock:
    """Check the headers that HTTP itself has rules for."""
    block = HeaderBlock(headers)
    hosts = 0
    codings: list[str] = []
    connection: list[str] = []
    for name, value in headers:
        key = name.lower()
        if key == "host":
            hosts += 1
            if _AUTHORITY.fullmatch(value) is None:
                raise BadRequest(400, "the Host header is not a host name")
        elif key == "content-length":
            if block.length is not None:
                raise BadRequest(400, "Content-Length is given more than once")
            if _DIGITS.fullmatch(value) is None:
                raise BadRequest(400, "Content-Length is not a number")
            block.length = int(value)
        elif key == "transfer-encoding":
            codings.extend(part.strip(" \t").lower() for part in value.split(","))
        elif key == "connection":
            connection.extend(part.strip(" \t") for part in value.lower().split(","))
        elif key == "expect" and value:
            if value.lower() != "100-continue":
                raise BadRequest(417, "the only expectation known here is 100-continue")
            block.expects = True
    if hosts > 1:
        raise BadRequest(400, "Host is given more than once")
    block.has_host = bool(hosts)
    block.codings, block.connection = tuple(codings), tuple(connection)
    return block


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


def _check_codings(codings: Sequence[str], version: str, length: Optional[int]) -> None:
    if length is not None:
        raise BadRequest(400, "Content-Length and Transfer-Encoding exclude each other")
    if version == "1.0":
        raise BadRequest(400, "Transfer-Encoding is not part of HTTP/1.0")
    if codings.count("chunked") > 1:
        raise BadRequest(400, "a body can't be chunked twice")
    if tuple(codings) != ("chunked",):
        raise BadRequest(501, "the only transfer coding known here is chunked")


def _request_line_fault(line: str) -> str:
    """Describe what is wrong with a request line that was refused."""
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
    """Name the rule that the first bad header line breaks."""
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
        match = _HEADER.fullmatch(text)
        if match is None:
            raise BadRequest(400, "a trailer is malformed: " + _header_fault(text))
        if match[1].lower() in _FRAMING:  # RFC 9110 section 6.5.1
            raise BadRequest(400, f"{match[1]} is not allowed in a trailer")
