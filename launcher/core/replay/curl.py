"""A line for ``curl`` as the request that it would send. No Qt; pure; any thread.

Options that say how to connect, or what to do with the answer, change nothing of the request: they
are left out, and those that are not known are named. Files are named, not read: what is in them is
put in afterwards by :meth:`Pasted.with_files`, when the user has agreed to it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import quote_from_bytes

from server.base.values import dataclass

from .message import Message, Refusal
from .shell_words import Redirected, printed, words_of

__all__ = ["Pasted", "Piece", "is_curl", "read_curl", "target_of_url"]

# Options with a value that are part of the request; those without one; those that are left out,
# with a value and without.
_WITH_VALUE = {
    "X": "request", "H": "header", "d": "data", "A": "user-agent", "e": "referer", "b": "cookie",
    "u": "user", "F": "form",
}  # fmt: skip
_KNOWN = frozenset(
    ("request", "header", "data", "data-ascii", "data-raw", "data-binary", "data-urlencode", "json",
     "user-agent", "referer", "cookie", "user", "form", "form-string", "url", "request-target",
     "oauth2-bearer", "range", "url-query")
)  # fmt: skip
_FLAGS = {"G": "get", "I": "head", "0": "http1.0"}
_KNOWN_FLAGS = frozenset(("get", "head", "http1.0", "http1.1", "compressed"))
_LEFT_OUT_SHORT = frozenset("sSkLivgfNqaJjlnOpR46#:Z")
_LEFT_OUT = frozenset(
    ("silent", "show-error", "insecure", "location", "include", "show-headers", "verbose",
     "globoff", "fail", "fail-with-body", "no-buffer", "path-as-is", "http2", "http3", "ipv4",
     "http2-prior-knowledge", "ipv6", "tcp-nodelay", "no-keepalive", "progress-bar", "parallel",
     "remote-name", "location-trusted", "ssl-no-revoke", "no-progress-meter", "basic", "raw",
     "disable")
)  # fmt: skip
_LEFT_OUT_VALUE_SHORT = frozenset("omwxTcDEKyYzCQtPU")
_LEFT_OUT_VALUE = frozenset(
    ("output", "max-time", "connect-timeout", "write-out", "retry", "retry-delay", "max-redirs",
     "resolve", "connect-to", "cacert", "cert", "key", "ciphers", "interface", "limit-rate",
     "dump-header", "cookie-jar", "unix-socket", "tlsv1.2", "speed-time", "keepalive-time")
)  # fmt: skip
_IN_PART = {"proxy", "x", "T", "upload-file", "K", "config"}
_FORM = "application/x-www-form-urlencoded"
_BOUNDARY = "----ServeDeck7d1f0e5c9a2b4c86"


@dataclass(frozen=True)
class Piece:
    """A part of a body: bytes, or a file that is to be read.

    :param file: its path, as the line has it; "" for bytes
    :param joined: its line ends are left out
    :param encoded: it is encoded for a form
    """

    data: bytes = b""
    file: str = ""
    joined: bool = False
    encoded: bool = False


@dataclass(frozen=True)
class Pasted:
    """What was made of a text.

    :param message: the request, without what is in files
    :param host: where it would have gone; "" where that isn't known
    :param left_out: what of it has no effect here, by name
    :param pieces: its body, where files are part of it; else ()
    """

    message: Message
    host: str = ""
    left_out: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The files that its body needs."""
        return tuple(piece.file for piece in self.pieces if piece.file)

    def with_files(self, read: Callable[[str], bytes]) -> Pasted:
        """The same with what is in the files.

        :param read: returns what is in a file; may raise what it likes
        """
        body = b"".join(_content(piece, read) for piece in self.pieces)
        return replace(self, message=replace(self.message, body=body), pieces=())


def _content(piece: Piece, read: Callable[[str], bytes]) -> bytes:
    data = read(piece.file) if piece.file else piece.data
    if piece.joined:
        data = data.replace(b"\r", b"").replace(b"\n", b"")
    return quote_from_bytes(data, safe=" ").replace(" ", "+").encode() if piece.encoded else data


_FOR_CMD = re.compile(r"""(?:\s*\$)?\s*\S*curl(?:\.exe)?(?:\s+[^\s"'^]+)*\s+\^[\"']""")
"""The first word in quotes is quoted as browsers do it for cmd.exe."""


def is_curl(text: str) -> bool:
    """Whether a text looks like a line for curl."""
    first = text.lstrip().removeprefix("$ ").lstrip()
    return first[:5] in ("curl ", "curl\t", "curl\n") or first == "curl" or (
        first.startswith("printf ") and "| curl" in first
    )  # fmt: skip


def read_curl(text: str) -> Pasted:
    """The request of a line for curl.

    :raises Refusal: it can't be understood
    """
    if _FOR_CMD.match(text):
        raise Refusal("This line is for cmd.exe: copy it for bash instead.", "url")
    line = text.strip().removeprefix("$ ")
    try:
        words, fed = words_of(line), b""
    except Redirected as end:
        words, fed = _first_command(end)
    if not words or words[0].rpartition(b"/")[2] not in (b"curl", b"curl.exe"):
        raise Refusal("This is no line for curl.", "url")
    return _Line(fed).read(words[1:])


def _first_command(end: Redirected) -> tuple[list[bytes], bytes]:
    if end.sign == "|" and end.words[:1] == [b"printf"] and len(end.words) == 2:
        rest = end.rest.decode("utf-8", "surrogateescape")
        try:
            return words_of(rest), printed(end.words[1])
        except Redirected as other:
            return other.words, printed(end.words[1])
    if not end.words:
        raise Refusal(f"The line begins with {end.sign!r}.", "url")
    return end.words, b""  # what the output goes into is of no interest


class _Line:
    """The options of one line, one after the other."""

    def __init__(self, fed: bytes) -> None:
        self.fed = fed
        self.method = ""
        self.url: bytes | None = None
        self.target = b""
        self.headers: list[tuple[str, str]] = []
        self.removed: set[str] = set()
        self.pieces: list[Piece] = []
        self.form: list[bytes] = []
        self.queries: list[bytes] = []
        self.flags: set[str] = set()
        self.is_json = False
        self.left_out: list[str] = []

    def read(self, words: Iterable[bytes]) -> Pasted:
        waiting = iter(words)
        for word in waiting:
            if word == b"--":
                for one in waiting:
                    self._url(one)
            elif word.startswith(b"--"):
                self._long(word[2:].decode("utf-8", "replace"), waiting)
            elif word.startswith(b"-") and len(word) > 1:
                self._short(word[1:], waiting)
            else:
                self._url(word)
        return self._pasted()

    def _url(self, word: bytes) -> None:
        if self.url is None:
            self.url = word
        else:
            self.left_out.append("a second URL")

    def _long(self, name: str, waiting: Iterable[bytes]) -> None:
        name, equals, inline = name.partition("=")
        value = inline.encode("utf-8", "surrogateescape") if equals else None
        if name in _KNOWN:
            self._take(name, self._value(f"--{name}", waiting) if value is None else value)
        elif name in _KNOWN_FLAGS:
            self.flags.add(name)
        elif name in _LEFT_OUT_VALUE or name in _IN_PART:
            if value is None:
                self._value(f"--{name}", waiting)
            if name in _IN_PART:
                self.left_out.append(f"--{name}")
        elif name not in _LEFT_OUT:
            self.left_out.append(f"--{name[:40]}")

    def _short(self, letters: bytes, waiting: Iterable[bytes]) -> None:
        while letters:
            letter, letters = letters[:1].decode("latin-1"), letters[1:]
            if letter in _FLAGS:
                self.flags.add(_FLAGS[letter])
            elif letter in _WITH_VALUE or letter in _LEFT_OUT_VALUE_SHORT:
                value = letters or self._value(f"-{letter}", waiting)
                if letter in _WITH_VALUE:
                    self._take(_WITH_VALUE[letter], value)
                elif letter in _IN_PART:
                    self.left_out.append(f"-{letter}")
                return
            elif letter not in _LEFT_OUT_SHORT:
                self.left_out.append(f"-{letter}")

    def _value(self, option: str, waiting: Iterable[bytes]) -> bytes:
        for value in waiting:
            return value
        raise Refusal(f"{option} has no value.", "url")

    def _take(self, name: str, value: bytes) -> None:
        text = value.decode("latin-1")
        match name:
            case "request":
                self.method = text
            case "header":
                self._header(text)
            case "data" | "data-ascii" | "json":
                self.is_json = self.is_json or name == "json"
                self._data(value, files=True, joined=name != "json")
            case "data-binary":
                self._data(value, files=True)
            case "data-raw":
                self._data(value)
            case "data-urlencode":
                self._urlencode(value)
            case "form" | "form-string":
                self._part(value, files=name == "form")
            case "user-agent":
                self._set("User-Agent", text)
            case "referer":
                self._set("Referer", text.removesuffix(";auto"))
            case "range":
                self._set("Range", f"bytes={text}")
            case "oauth2-bearer":
                self._set("Authorization", f"Bearer {text}")
            case "user":
                self._set("Authorization", f"Basic {base64.b64encode(value).decode()}")
            case "cookie" if "=" in text:
                self._set("Cookie", text)
            case "cookie":
                self.left_out.append("the file of -b")
            case "url":
                self._url(value)
            case "url-query":
                self.queries.append(value)
            case "request-target":
                self.target = value

    def _header(self, line: str) -> None:
        if line.startswith("@"):
            self.left_out.append("the file of -H")
            return
        name, colon, value = line.partition(":")
        if colon and value.strip():
            self.headers.append((name.strip(), value.strip(" \t")))
        elif colon:
            self.removed.add(name.strip().lower())
        elif line.rstrip().endswith(";"):
            self.headers.append((line.rstrip()[:-1], ""))
        else:
            raise Refusal(f"{line[:60]!a} is no header: it has no colon.", "headers")

    def _set(self, name: str, value: str) -> None:
        self.headers.append((name, value))

    def _data(self, value: bytes, *, files: bool = False, joined: bool = False) -> None:
        if self.pieces and not self.is_json:
            self.pieces.append(Piece(b"&"))
        if files and value == b"@-":
            self.pieces.append(Piece(self.fed, joined=joined))
        elif files and value.startswith(b"@"):
            self.pieces.append(Piece(file=_path(value[1:]), joined=joined))
        else:
            self.pieces.append(Piece(value))

    def _urlencode(self, value: bytes) -> None:
        if self.pieces:
            self.pieces.append(Piece(b"&"))
        equals, at = value.find(b"="), value.find(b"@")
        if equals >= 0 and (at < 0 or equals < at):
            name, content = value[:equals], value[equals + 1 :]
            self.pieces.append(Piece(name + b"=" if name else b""))
            self.pieces.append(Piece(content, encoded=True))
        elif at >= 0:
            name = value[:at]
            self.pieces.append(Piece(name + b"=" if name else b""))
            self.pieces.append(Piece(file=_path(value[at + 1 :]), encoded=True))
        else:
            self.pieces.append(Piece(value, encoded=True))

    def _part(self, value: bytes, *, files: bool) -> None:
        name, equals, content = value.partition(b"=")
        if not equals:
            raise Refusal("-F has no name=value.", "body")
        self.form.append(value)
        head = b'--%s\r\nContent-Disposition: form-data; name="%s"' % (
            _BOUNDARY.encode(), name.replace(b'"', b"%22"))  # fmt: skip
        piece = Piece(content)
        if files and content[:1] in (b"@", b"<"):
            path, *options = content[1:].split(b";")
            chosen = dict(option.strip().partition(b"=")[::2] for option in options)
            if content[:1] == b"@":
                shown = chosen.get(b"filename", path.rpartition(b"/")[2]).replace(b'"', b"%22")
                kind = chosen.get(b"type", b"application/octet-stream")
                head += b'; filename="%s"\r\nContent-Type: %s' % (shown, kind)
            piece = Piece(file=_path(path))
        elif files:
            text, _, kind = content.partition(b";type=")
            piece = Piece(text)
            head += b"\r\nContent-Type: " + kind if kind else b""
        self.pieces += [Piece(head + b"\r\n\r\n"), piece, Piece(b"\r\n")]

    # Put together

    def _pasted(self) -> Pasted:
        if self.url is None:
            raise Refusal("The line has no URL.", "url")
        host, target = target_of_url(self.url.decode("latin-1"))
        pieces = self.pieces
        if self.form:
            pieces = [*pieces, Piece(f"--{_BOUNDARY}--\r\n".encode())]
        if "get" in self.flags:
            if any(piece.file for piece in pieces):
                raise Refusal("-G with a file: write its content into the URL.", "url")
            self.queries.append(b"".join(_content(piece, _no_file) for piece in pieces))
            pieces = []
        for query in self.queries:
            sign = "&" if "?" in target else "?"
            target = f"{target}{sign}{query.decode('latin-1')}" if query else target
        if self.target:
            target = self.target.decode("latin-1")
        waits = any(piece.file for piece in pieces)
        body = b"" if waits else b"".join(_content(piece, _no_file) for piece in pieces)
        method = self.method or ("HEAD" if "head" in self.flags else "POST" if pieces else "GET")
        version = "HTTP/1.0" if "http1.0" in self.flags else "HTTP/1.1"
        message = Message(method, target, self._all_headers(bool(pieces), host), body, version)
        return Pasted(message, host, _once(self.left_out), tuple(pieces) if waits else ())

    def _all_headers(self, has_body: bool, host: str) -> tuple[tuple[str, str], ...]:
        """Those of the line, and those that curl adds by itself."""
        added = [("Host", host), ("User-Agent", "curl/8"), ("Accept", "*/*")]
        if self.is_json:
            added[2] = ("Accept", "application/json")
        if "compressed" in self.flags:
            added.append(("Accept-Encoding", "deflate, gzip, br, zstd"))
        if self.form:
            added.append(("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}"))
        elif has_body:
            added.append(("Content-Type", "application/json" if self.is_json else _FORM))
        own = {name.lower() for name, _ in self.headers} | self.removed
        return (*(pair for pair in added if pair[0].lower() not in own), *self.headers)


def target_of_url(url: str) -> tuple[str, str]:
    """Host and request target of a URL; characters that can't stand in one become ``%XX``.

    :param url: its bytes as latin-1 characters
    :raises Refusal: it is none
    """
    rest = url.strip()
    scheme, sign, after = rest.partition("://")
    if sign:
        if scheme.lower() not in ("http", "https"):
            raise Refusal(f"{scheme[:20]!a} isn't http or https.", "url")
        rest = after
    elif rest.startswith("/"):
        rest = f"//{rest}"[2:]
        return "", _escaped(rest)
    ends = [at for at in (rest.find(sign) for sign in "/?#") if at >= 0]
    end = min(ends, default=len(rest))
    host, path = rest[:end].rpartition("@")[2], rest[end:].partition("#")[0]
    if not host or any(char <= " " or char > "~" for char in host):
        raise Refusal(f"{url[:60]!a} has no host that can be read.", "url")
    return host, _escaped(path if path.startswith("/") else f"/{path}")


def _escaped(path: str) -> str:
    if any(char in path for char in "\r\n\0"):
        raise Refusal("A URL has no line feeds and no control characters.", "url")
    path = path.partition("#")[0]
    return "".join(
        char if "!" <= char <= "~" else f"%{ord(char):02X}" if ord(char) < 256 else char
        for char in path
    )


def _path(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _no_file(_path: str) -> bytes:
    raise AssertionError("no file is read here")


def _once(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
