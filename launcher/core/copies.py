"""A request as text to take elsewhere: its URL, a command, a program, Markdown. No Qt; any thread.

What goes into a shell or a program came from a client, so nothing of it may be anything but data
there. For the shell, plain characters stand in single quotes, where nothing has a meaning; whatever
else there is (control characters, bytes that aren't UTF-8, marks that change the reading direction)
is written as an octal escape for ``printf``, of the shells ``sh``, ``bash``, ``dash`` and ``zsh``.
A text that is pasted therefore never has a line's end or an escape sequence of the client's in it.
For Python the texts are literals of plain ASCII.

Unless they are asked for, secrets are masked; see :mod:`launcher.core.secrets`.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable
from urllib.parse import urlsplit

from server.base.values import dataclass
from server.events import RequestFinished

from .bodies.decoding import decode
from .display import duration, plural, printable, size
from .logs.requests import RequestRow
from .secrets import mask_bytes, mask_headers, mask_target, mask_text

__all__ = [
    "COPIES",
    "Copy",
    "as_curl",
    "as_httpx",
    "as_markdown",
    "as_raw",
    "as_requests",
    "url_of",
]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\Z")
_PLAIN_TARGET = re.compile(r"/[!$&'()*+,./0-9:;=?@A-Z_a-z~%\[\]{}|^`\"<>\\-]*\Z")
_STABLE_TARGET = re.compile(r"/(?:[!$&'()*+,/0-9:;=?@A-Z_a-z~.-]|%[0-9A-F]{2})*\Z")
_AUTHORITY = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_FOR_A_SHELL = str.maketrans({char: f"%{ord(char):02X}" for char in "$'();!*"})
_UNRESERVED = re.compile(r"%(?:4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A]|3[0-9]|2D|2E|5F|7E)")
_DOTS = re.compile(r"/\.{1,2}(?:[/?]|\Z)")
_OF_BODY = ("content-length", "transfer-encoding", "expect")
_SMALL = 64 * 1024  # a longer argument than this may be too long for the system
_SHOWN = 4_000  # characters of a body in Markdown


BaseOf = Callable[[RequestFinished], str]
"""Returns the address of the server that a request was sent to, as its window shows it; "" where it
isn't known any more."""


@dataclass(frozen=True)
class Copy:
    """A request as it is to be sent again.

    :param base: scheme and authority, such as ``http://127.0.0.1:5000``
    :param target: the request target, its bytes as latin-1 characters
    :param headers: all that a client sets; without those that follow from the body
    :param whole: the body is complete: its end wasn't kept otherwise
    """

    method: str
    base: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    whole: bool

    @property
    def url(self) -> str:
        """The address in plain ASCII: of the server, whatever host a whole URL as target names;
        of its root where the target is no path."""
        path = _AUTHORITY.sub("", self.target)
        return self.base + _ascii(path if path.startswith("/") else f"/{path.strip('*')}")


def copy_of(done: RequestFinished, base: str = "", *, secrets: bool = False) -> Copy:
    """A finished request, made ready to be written.

    :param base: the server's address as its window shows it; "" where it isn't known any more:
        then it is the host that the request names
    :param secrets: leave them in
    """
    headers = done.request_headers
    host = next((value for name, value in headers if name.lower() == "host"), "")
    if not base:
        base = f"http://{host}" if _HOST.match(host) else "http://127.0.0.1:5000"
    parts = urlsplit(base)
    body, target = done.request_body.data, done.target
    kept = [
        (name, value)
        for name, value in headers
        if _TOKEN.match(name)
        and (name.lower() not in _OF_BODY or (value == "0" and not done.request_body.size))
        and not (name.lower() == "host" and value == parts.netloc)
    ]
    if not secrets:
        body, kept = _masked(body, kept, done.request_body.truncated)
        target = mask_target(target)
    return Copy(
        method=done.method,
        base=f"{parts.scheme}://{parts.netloc}",
        target=target,
        version=done.http_version,
        headers=tuple(kept),
        body=body,
        whole=not done.request_body.truncated,
    )


def _masked(
    body: bytes, headers: list[tuple[str, str]], truncated: bool
) -> tuple[bytes, list[tuple[str, str]]]:
    """Body and headers with their secrets masked; a coded body that has some is sent plain."""
    fields = {name.lower(): value for name, value in headers}
    kind, codings = fields.get("content-type", ""), fields.get("content-encoding", "")
    if codings and body:
        plain = decode(body, codings, whole=not truncated)
        masked = mask_bytes(plain.data, kind)
        if masked != plain.data:
            body = masked
            headers = [pair for pair in headers if pair[0].lower() != "content-encoding"]
    else:
        body = mask_bytes(body, kind)
    return body, list(mask_headers(headers))


def url_of(done: RequestFinished, base: str = "", *, secrets: bool = False) -> str:
    """The address that was asked for, in plain ASCII.

    What has a meaning to a shell is written as ``%XX``, but for the ``&`` between parameters.
    """
    return copy_of(done, base, secrets=secrets).url.translate(_FOR_A_SHELL)


# The shell


def as_curl(done: RequestFinished, base: str = "", *, secrets: bool = False) -> str:
    """A command for ``curl`` that sends the same request, for ``sh`` and its like.

    Method, target, headers and body arrive as they were; the body's length, and a header that
    curl adds by itself where the client had none, are seen to.
    """
    copy = copy_of(done, base, secrets=secrets)
    options: list[str] = []
    if copy.method == "HEAD":
        options.append("--head")
    elif copy.method != ("POST" if copy.body else "GET"):
        options.append(f"--request {shell_word(copy.method)}")
    if copy.version == "HTTP/1.0":
        options.append("--http1.0")
    plain = _PLAIN_TARGET.match(copy.target) and not re.search(r'["<>\\^`|]', copy.target)
    if plain and re.search(r"[\[\]{}]", copy.target):
        options.append("--globoff")
    if _DOTS.search(copy.target):
        options.append("--path-as-is")
    url = copy.base + copy.target if plain else copy.base + "/"
    if not plain:
        options.append(f"--request-target {shell_word(copy.target)}")
    options += [f"--header {shell_word(_header_line(*pair))}" for pair in copy.headers]
    options += [f"--header '{name}:'" for name in _added_by_curl(copy)]
    if "gzip" in _value(copy, "accept-encoding"):
        options.append("--compressed")
    feed = ""
    if copy.body:
        words = _quoted(copy.body) if len(copy.body) <= _SMALL else None
        if words is not None and not copy.body.startswith(b"@"):
            options.append(f"--data-binary {words}")
        else:
            feed = f"printf {_printf(copy.body)} | "
            options.append("--data-binary @-")
    return " \\\n  ".join([f"{feed}curl {shell_word(url)}", *options])


def _added_by_curl(copy: Copy) -> list[str]:
    has = {name.lower() for name, _ in copy.headers}
    added = ["User-Agent", "Accept"]
    if copy.body:
        added.append("Content-Type")
    if len(copy.body) > _SMALL:
        added.append("Expect")
    return [name for name in added if name.lower() not in has]


def _header_line(name: str, value: str) -> str:
    return f"{name}: {value}" if value else f"{name};"


def shell_word(text: str) -> str:
    """A text as one word of a shell, whatever is in it.

    :param text: its bytes as latin-1 characters. A NUL can't be in a word: it is left out
    """
    data = text.encode("latin-1", "replace").replace(b"\0", b"")
    words = _quoted(data)
    return words if words is not None else f'"$(printf {_printf(data)})"'


def _quoted(data: bytes) -> str | None:
    """In single quotes; None where something in it isn't safe to be pasted as it is."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not all(map(_is_safe, set(text))):
        return None
    return "'" + text.replace("'", "'\\''") + "'"


def _is_safe(char: str) -> bool:
    """A character that is seen as what it is: no control, no mark, no other kind of space."""
    return char == " " or unicodedata.category(char)[0] in "LNPS"


_PRINTF = {
    **{code: f"\\{code:03o}" for code in range(256)},
    **{code: chr(code) for code in range(32, 127)},
    ord("%"): "%%",
    ord("!"): "\\041",  # in double quotes it would be an event of bash's history
    ord("\\"): "\\\\",
    ord("'"): "\\047",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
}


def _printf(data: bytes) -> str:
    """The format, quoted, with which ``printf`` prints these bytes."""
    text = "".join(map(_PRINTF.__getitem__, data))
    return f"'\\055{text[1:]}'" if text.startswith("-") else f"'{text}'"  # no option


# Python


def as_requests(done: RequestFinished, base: str = "", *, secrets: bool = False) -> str:
    """A program that sends the same request with ``requests``.

    The library writes the escapes of a URL in its own way, undoes what needs none and joins dots,
    so such a URL is given to the request when it is prepared. Headers that stand twice are joined.
    """
    copy = copy_of(done, base, secrets=secrets)
    arguments = [ascii(copy.method)]
    headers = [
        f"        {_literal(name)}: {_literal(value)},\n" for name, value in _joined(copy.headers)
    ]
    rest = ["    headers={\n", *headers, "    },\n"] if headers else []
    if copy.body:
        rest.append(f"    data={copy.body!r},\n")
    if _is_stable(copy.target):
        return (
            "import requests\n\n"
            "response = requests.request(\n"
            f"    {arguments[0]},\n    {copy.url!a},\n{''.join(rest)}"
            "    allow_redirects=False,\n)\n"
            "print(response.status_code, response.text)\n"
        )
    return (
        "import requests\n\n"
        f"url = {copy.url!a}\n"
        f"request = requests.Request(\n    {arguments[0]},\n    url,\n{''.join(rest)}).prepare()\n"
        "request.url = url  # as it was sent\n"
        "response = requests.Session().send(request, allow_redirects=False)\n"
        "print(response.status_code, response.text)\n"
    )


def as_httpx(done: RequestFinished, base: str = "", *, secrets: bool = False) -> str:
    """A program that sends the same request with ``httpx``."""
    copy = copy_of(done, base, secrets=secrets)
    headers = [f"        ({_literal(name)}, {_literal(value)}),\n" for name, value in copy.headers]
    parts = [f"    {copy.method!a},\n    {copy.url!a},\n"]
    if headers:
        parts += ["    headers=[\n", *headers, "    ],\n"]
    if copy.body:
        parts.append(f"    content={copy.body!r},\n")
    if _is_stable(copy.target):
        return (
            f"import httpx\n\nresponse = httpx.request(\n{''.join(parts)})\n"
            "print(response.status_code, response.text)\n"
        )
    target = copy.target.encode("latin-1", "replace")
    parts.append(f'    extensions={{"target": {target!r}}},  # as it was sent\n')
    return (
        f"import httpx\n\nwith httpx.Client() as client:\n"
        f"    request = client.build_request(\n"
        f"{''.join(_deeper(part) for part in parts)}    )\n"
        "    response = client.send(request)\n"
        "print(response.status_code, response.text)\n"
    )


def _deeper(text: str) -> str:
    return "".join(f"    {line}" for line in text.splitlines(keepends=True))


def _literal(value: str) -> str:
    """A header's text; as bytes where it isn't ASCII, so that no library encodes it anew."""
    return ascii(value) if value.isascii() else repr(value.encode("latin-1", "replace"))


def _joined(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """One pair for each name, as a mapping needs it."""
    found: dict[str, tuple[str, str]] = {}
    for name, value in headers:
        key = name.lower()
        if key in found:
            between = "; " if key == "cookie" else ", "
            value = f"{found[key][1]}{between}{value}"
        found[key] = (found[key][0] if key in found else name, value)
    return list(found.values())


def _is_stable(target: str) -> bool:
    """Whether every library sends this target just as it is."""
    return bool(
        _STABLE_TARGET.match(target)
        and not _UNRESERVED.search(target)
        and not _DOTS.search(target)
        and not target.startswith("//")
        and not target.endswith("?")
    )


# Text


def as_raw(done: RequestFinished, base: str = "", *, secrets: bool = False) -> str:
    """The request as it goes over the wire, with its length.

    Bytes that aren't UTF-8 are written as ``\\xNN``.
    """
    copy = copy_of(done, base, secrets=secrets)
    headers = list(copy.headers)
    if not any(name.lower() == "host" for name, _ in headers):
        headers.insert(0, ("Host", urlsplit(copy.base).netloc))
    if copy.body:
        headers.append(("Content-Length", str(len(copy.body))))
    lines = [f"{copy.method} {copy.target} {copy.version}"]
    lines += [f"{name}: {value}" for name, value in headers]
    head = "\r\n".join(lines) + "\r\n\r\n"
    return (head.encode("latin-1", "replace") + copy.body).decode("utf-8", "backslashreplace")


def as_markdown(row: RequestRow, base: str = "", *, error: str = "", view: str = "") -> str:
    """A request and its answer for an issue or an assistant; never with secrets.

    :param error: the error it caused, as its traceback; "" for none
    :param view: what answered, as ``endpoint``; "" where it isn't known
    """
    done = row.finished
    if done is None:
        return f"{_inline(f'{row.method} {mask_target(row.target)}')}: {row.outcome.value}\n"
    copy = copy_of(done, base)
    status = f"{done.status} {done.reason}".strip() if done.status else "no answer"
    facts = [duration(done.duration), f"{size(done.bytes_sent)} sent"]
    if view:
        facts.append(_inline(view))
    facts.append(time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(done.started)))
    asked = f"{copy.method} {copy.target}"
    parts = [f"**{_inline(asked)}: {_escaped(status)}**  \n{', '.join(facts)}\n"]
    lines = [f"{asked} {copy.version}", *(f"{n}: {v}" for n, v in copy.headers)]
    parts.append(_block("Request", lines, copy.body, done.request_body.size, copy.headers))
    answer = [f"{done.http_version} {status}"]
    headers = mask_headers(done.response_headers)
    answer += [f"{name}: {value}" for name, value in headers]
    body, _ = _masked(
        done.response_body.data, list(done.response_headers), done.response_body.truncated
    )
    parts.append(_block("Response", answer, body, done.response_body.size, headers))
    if error:
        parts.append(f"Error\n\n{_fenced(mask_text(error), 'pytb')}\n")
    return "\n".join(parts)


def _block(
    title: str, head: list[str], data: bytes, length: int, headers: tuple[tuple[str, str], ...]
) -> str:
    fields = {name.lower(): value for name, value in headers}
    data = decode(data, fields.get("content-encoding", ""), whole=False).data
    lines = "\n".join(head)
    if not length:
        return f"{title}\n\n{_fenced(lines, 'http')}\n"
    try:
        text = data.decode("utf-8", "strict" if len(data) >= length else "ignore")
    except UnicodeDecodeError:
        text = f"({size(length)}, not text)"
    if "\0" in text:
        text = f"({size(length)}, not text)"
    if len(text) > _SHOWN:
        text = f"{text[:_SHOWN]}\n\u2026 {plural(len(text) - _SHOWN, 'more character')}"
    return f"{title}\n\n{_fenced(f'{lines}{chr(10)}{chr(10)}{text}', 'http')}\n"


def _fenced(text: str, language: str) -> str:
    """A block of code that ends where it is to end, whatever is in it."""
    text = printable(text).rstrip("\n")
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _inline(text: str) -> str:
    text = printable(text).replace("\n", "\u240a")
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|!~&])", r"\\\1", printable(text).replace("\n", "\u240a"))


def _value(copy: Copy, name: str) -> str:
    return next((value.lower() for key, value in copy.headers if key.lower() == name), "")


def _ascii(target: str) -> str:
    """A target with everything that can't stand in a URL as ``%XX``."""
    return "".join(
        char if 33 <= ord(char) < 127 and char not in '"#<>\\^`{|}' else _escape(char)
        for char in target
    )


def _escape(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("latin-1", "replace"))


COPIES = (
    ("cURL", as_curl),
    ("URL", url_of),
    ("Python requests", as_requests),
    ("Python httpx", as_httpx),
    ("raw HTTP", as_raw),
)
"""What a request can be copied as, by its name; each takes ``done``, ``base`` and ``secrets``."""
