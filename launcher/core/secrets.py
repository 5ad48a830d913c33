"""Masks secrets in what a request, its answer or the app's output holds.

The one place that decides what a secret is and how it is masked: for headers, URLs, forms, JSON and
plain text. What is kept is kept as it was sent, so that it can be sent again; everything that
leaves ServeDeck (the commands' output, copies, exports) and everything that is indexed goes through
here.

A secret is known by its name: ``Authorization``, ``Cookie``, ``Set-Cookie``, and whatever is named
like a password, a token or a key. Masking replaces the value and nothing else, so that the rest
stays readable byte by byte, also where a body was cut in the middle. Long texts are gone
through piece by piece (see :mod:`~launcher.core.piecewise`), and each character of them a few
times, whatever they hold. Pure functions; any thread.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote_plus

from .form_parts import with_parts_masked
from .piecewise import PIECE, blocks, end_of, matches, replaced

__all__ = [
    "MASK",
    "OMITTED",
    "is_secret_name",
    "mask_body",
    "mask_bytes",
    "mask_header",
    "mask_headers",
    "mask_query",
    "mask_target",
    "mask_text",
]

MASK = "***"
"""What stands in place of a secret. Plain ASCII, so that it fits into a header."""

OMITTED = "(not text)"
"""What stands in place of a part of a form that is no text, and so can't be masked."""

_PARTS = (
    "password", "passwd", "passphrase", "passcode", "secret", "token", "credential",
    "authorization", "authentication", "apikey", "accesskey", "privatekey", "signingkey",
    "encryptionkey", "sessionid", "sessid", "csrf", "xsrf", "bearer", "cookie",
)  # fmt: skip
_WORDS = frozenset(
    ("pwd", "pw", "pass", "auth", "jwt", "otp", "totp", "pin", "cvv", "cvc", "sid", "sig",
     "signature", "session")
)  # fmt: skip
_KEYS = ("key", "keys")
_FAILURES = ("error", "exception", "warning")  # KeyError: 7 is no key
_PLAIN_KEYS = frozenset(
    ("primary", "foreign", "sort", "cache", "partition", "public", "shortcut", "object", "group")
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"[^a-z0-9]+")
_A_PART = re.compile("|".join(_PARTS))
_ANY_OF_THEM = re.compile("|".join((*_PARTS, *sorted(_WORDS), "key")))
_LONGEST_NAME = 200  # a name beyond it is no name, but text that happens to stand in its place
_LONGEST_WRITTEN = 12 * _LONGEST_NAME  # as it is written in a URL or in JSON
_MOST_KNOWN = 10_000  # names whose verdict is kept while a text is gone through


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is a secret.

    :param name: of a header, a parameter, a form field, a JSON key or a variable
    """
    if len(name) > _LONGEST_NAME:
        return False
    joined = _BETWEEN.sub("", name.lower())
    if not _ANY_OF_THEM.search(joined):
        return False
    words = [word for word in _BETWEEN.split(_CAMEL.sub("_", name).lower()) if word]
    if words[-1] in _FAILURES:
        return False
    if _A_PART.search(joined):
        return True
    if words[-1] in _KEYS:
        return len(words) == 1 or words[-2] not in _PLAIN_KEYS
    return not _WORDS.isdisjoint(words)


# Headers

_COOKIE_VALUE = re.compile(r"=[^;]*")
_SCHEME = re.compile(r"[A-Za-z][\w-]*(?=\s+\S)")
_URL_HEADERS = frozenset(("location", "referer", "content-location", "refresh", "link", "origin"))


def mask_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers, in their order, with what is secret in them masked."""
    return tuple((name, mask_header(name, value)) for name, value in headers)


def mask_header(name: str, value: str) -> str:
    """A header's value, masked where the header is secret.

    The scheme of ``Authorization``, the names of cookies and the attributes of ``Set-Cookie`` stay.
    """
    known = name.lower()
    if known == "cookie":
        return _mask_cookies(value) if "=" in value else MASK
    if known == "set-cookie":
        pair, semicolon, attributes = value.partition(";")
        if "=" not in pair:
            return MASK + semicolon + attributes
        return f"{pair.partition('=')[0]}={MASK}{semicolon}{attributes}"
    if known in ("authorization", "proxy-authorization"):
        scheme = _SCHEME.match(value)
        return f"{scheme.group()} {MASK}" if scheme else MASK
    if known in ("www-authenticate", "proxy-authenticate"):
        return value
    if known in _URL_HEADERS:
        return mask_target(value)
    if is_secret_name(name) and not known.startswith(("access-control-", "sec-websocket-")):
        return MASK
    return value


def _mask_cookies(value: str) -> str:
    """``name=value; name=value`` without the values."""
    if len(value) < PIECE:
        return _COOKIE_VALUE.sub(f"={MASK}", value)
    return "".join([_COOKIE_VALUE.sub(f"={MASK}", block) for block in blocks(value, ";")])


# URLs and forms

_USER = re.compile(r"://[^/?#\s:@]{0,1000}(?=:)")
_PASSWORD = re.compile(r"[^/?#\s@]*")
_SEPARATOR = re.compile("([&;])")


def mask_query(query: str) -> str:
    """A query string or a form in URL encoding, with the values of secret names masked."""
    if "=" not in query:
        return query
    known: dict[str, bool] = {}
    return "".join([_mask_fields(block, known) for block in blocks(query, "&;")])


def _mask_fields(block: str, known: dict[str, bool]) -> str:
    """Some fields of a form.

    :param known: by names, as they are written, whether a field may have a secret
    """
    parts = _SEPARATOR.split(block) if ";" in block else block.split("&")
    for at, part in enumerate(parts):
        name = part.partition("=")[0]
        maybe = known.get(name)
        if maybe is None:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            maybe = known[name] = not 0 < len(name) <= _LONGEST_WRITTEN or is_secret_name(
                unquote_plus(name)
            )
        if maybe and len(part) > len(name) + 1:  # there is a value
            parts[at] = _mask_field(part)
    return ("" if ";" in block else "&").join(parts)


def _mask_field(part: str) -> str:
    """A field; what has no name, or too long a one, has the next one."""
    start = 0
    while (end := part.find("=", start)) >= 0:
        name = part[start : min(end, start + _LONGEST_WRITTEN + 1)]
        start = end + 1
        if 0 < len(name) <= _LONGEST_WRITTEN:
            is_secret = start < len(part) and is_secret_name(unquote_plus(name))
            return part[:start] + MASK if is_secret else part
    return part


def _mask_user_info(text: str) -> str:
    """The passwords before hosts: ``http://ada:***@example.com``."""

    def mask(found: re.Match[str]) -> tuple[int, int, str] | None:
        start = found.end() + 1
        end = end_of(_PASSWORD, text, start)
        return (start, end, MASK) if text[end : end + 1] == "@" else None

    return replaced(_USER, text, 1004, mask)


def mask_target(target: str) -> str:
    """A request target or URL: its query, its fragment and the password before its host masked."""
    if "@" in target:
        target = _mask_user_info(target)
    path, mark, rest = target.partition("?")
    if not mark:
        path, mark, rest = target.partition("#")
    if not mark:
        return target
    query, hash_, fragment = rest.partition("#")
    return f"{path}{mark}{mask_query(query)}{hash_}{mask_query(fragment)}"


# Bodies


def mask_body(data: bytes, content_type: str = "") -> str | None:
    """The text of a body with its secrets masked.

    :param data: the body as it was sent, or its beginning where it was cut
    :param content_type: the value of its ``Content-Type``; "" where it isn't known: then a form or
        JSON is known by its looks
    :returns: None where it is no text: what can't be read can't be masked either
    """
    if not data:
        return ""
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind.startswith("multipart/") or (not kind and _LOOKS_MULTIPART.match(data, 0, _HEAD)):
        return _mask_multipart(data, parameters)
    text = _decoded(data)
    return None if text is None else _mask_kind(text, kind)


def mask_bytes(data: bytes, content_type: str = "") -> bytes:
    """A body with its secrets masked, and everything else byte by byte as it was sent.

    :param content_type: as :func:`mask_body` has it; a charset that it names is kept to
    """
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind.startswith("multipart/") or (not kind and _LOOKS_MULTIPART.match(data, 0, _HEAD)):
        pieces = _multipart_pieces(data, parameters)
        if pieces is not None:
            boundary, parts = pieces
            return boundary.join(
                head + (MASK.encode() if is_secret else mask_bytes(content, "text/plain")) + end
                if content
                else head + end
                for head, content, end, is_secret in parts
            )
    charset = _CHARSET.search(parameters)
    if charset is not None and charset.group(1).lower() not in ("utf-8", "utf8"):
        try:
            text = data.decode(charset.group(1))
            masked = _mask_kind(text, kind)
            return data if masked == text else masked.encode(charset.group(1))
        except (LookupError, ValueError):
            pass
    if b"\0" in data and kind != "application/x-www-form-urlencoded" and "json" not in kind:
        return data  # no text: what looks like a name in it is none
    text = data.decode("utf-8", "surrogateescape")
    return _mask_kind(text, kind).encode("utf-8", "surrogateescape")


def _mask_kind(text: str, kind: str) -> str:
    """A text masked by the rules of its media type, which is in lower case."""
    looks_form = not kind and _LOOKS_FORM.match(text, 0, PIECE)
    if kind == "application/x-www-form-urlencoded" or looks_form:
        return mask_query(text)
    if "json" in kind or text.lstrip()[:1] in ("{", "["):
        return _mask_json(text)
    return mask_text(text)


_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]+)", re.IGNORECASE)
_HEAD = 64 * 1024
"""Bytes in which the headers of a part of a form are."""
_LOOKS_FORM = re.compile(r"[^\s=&<{]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)*\s*\Z")
_LOOKS_MULTIPART = re.compile(rb"--([^\r\n]{1,100})\r?\n[^\r\n]*\bname=", re.IGNORECASE)


def _decoded(data: bytes) -> str | None:
    """UTF-8, but for a character at the end that was cut in two."""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3 and error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8")
        return None


_JSON_CHARACTERS = re.compile(r'(?:[^"\\]+|\\.)*', re.DOTALL)
_JSON_BETWEEN = re.compile(r"[\s:]*")
# A string, also one without an end, and the colon behind it where it is a key.
_JSON_STRING = re.compile(r'"((?:[^"\\]+|\\.)*)"?\s*(:\s*)?', re.DOTALL)
_JSON_SCALAR = re.compile(r'[^\s,\]}\[{"]*')
_JSON_MARK = re.compile(r'"(?:[^"\\]+|\\.)*"?|[\[{]+|[\]}]+', re.DOTALL)


def _mask_json(text: str) -> str:
    """JSON, token by token: whatever is not a secret stays as it is written.

    The values of keys that name secrets are masked whatever they are, objects and lists whole.
    Works on what is no valid JSON, or was cut, as far as its strings can be found.
    """
    parts: list[str] = []
    done = 0
    known: dict[str, bool] = {}
    for key, at in _json_keys(text):
        if at <= done:
            continue  # within what was masked
        is_secret = known.get(key)
        if is_secret is None:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            is_secret = known[key] = is_secret_name(_json_key(key))
        if not is_secret:
            continue
        end = _json_value_end(text, at)
        if end > at and text[at : min(end, at + 6)] not in _NO_JSON_SECRETS:
            parts += (text[done:at], f'"{MASK}"')
            done = end
    parts.append(text[done:])
    return mask_text("".join(parts))


def _json_keys(text: str) -> Iterator[tuple[str, int]]:
    """Each key, as it is written, and where its value begins; but for those that are too long."""
    at, length = 0, len(text)
    while (at := text.find('"', at)) >= 0:
        stop, cut = min(at + PIECE, length), -1
        for found in _JSON_STRING.finditer(text, at, stop):
            if found.end() >= stop - 1 and stop < length:
                cut = found.start()  # it may go on behind this piece
                break
            if found[2] and len(found[1]) <= _LONGEST_WRITTEN:
                yield found[1], found.end()
        at = stop
        if cut >= 0:
            end = _json_string_end(text, cut)
            at = end_of(_JSON_BETWEEN, text, end)
            if end - cut < _LONGEST_WRITTEN and ":" in text[end:at]:
                yield text[cut + 1 : end - 1], at


_NO_JSON_SECRETS = ("null", "true", "false", '""')


def _json_key(key: str) -> str:
    if "\\" not in key:
        return key
    try:
        return str(json.loads(f'"{key}"'))
    except ValueError:
        return key


def _json_string_end(text: str, start: int) -> int:
    """Where a string that begins there ends, or the text where it has no end."""
    end = end_of(_JSON_CHARACTERS, text, start + 1)
    return min(end + 1, len(text))


def _json_value_end(text: str, start: int) -> int:
    first = text[start : start + 1]
    if first == '"':
        return _json_string_end(text, start)
    if first not in ("{", "["):
        found = _JSON_SCALAR.match(text, start, start + _LONGEST_NAME)
        at = found.end() if found else start
        return at if at < start + _LONGEST_NAME else end_of(_JSON_SCALAR, text, start)
    depth, at = 0, start
    while at < len(text):
        stop = min(at + PIECE, len(text))
        for found in _JSON_MARK.finditer(text, at, stop):
            mark = found[0]
            if mark[0] == '"':
                if found.end() >= stop - 1 and stop < len(text):
                    at = _json_string_end(text, found.start())
                    break
            elif mark[0] in "[{":
                depth += len(mark)
            else:
                depth -= len(mark)
                if depth <= 0:
                    return found.end() + depth
        else:
            at = stop
    return len(text)


_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))', re.IGNORECASE)
_MOST_PARTS = 10_000
"""Parts of a form that are looked into: ten times as many as frameworks take. What the others have
in them counts as a secret."""
_PART_NAME = re.compile(rb'name\s*=\s*(?:"([^"]*)"|([^\s;]+))', re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def _mask_multipart(data: bytes, parameters: str) -> str | None:
    """The parts of a form that are text, secret ones masked; a mark for files that aren't text."""
    pieces = _multipart_pieces(data, parameters)
    if pieces is None:
        text = _decoded(data)
        return None if text is None else mask_text(text)
    boundary, parts = pieces
    shown: list[str] = []
    for head, content, end, is_secret in parts:
        if is_secret:
            text = MASK
        elif not content:
            text = ""
        else:
            decoded = _decoded(content)
            text = OMITTED if decoded is None else mask_text(decoded)
        shown.append(head.decode("utf-8", "replace") + text + end.decode())
    return boundary.decode("utf-8", "replace").join(shown)


_Piece = tuple[bytes, bytes, bytes, bool]  # head, content, line's end, and whether it is a secret


def _multipart_pieces(data: bytes, parameters: str) -> tuple[bytes, list[_Piece]] | None:
    """The boundary, and what stands between; None where there is no boundary."""
    found = _BOUNDARY.search(parameters)
    looks = _LOOKS_MULTIPART.match(data)
    if found is not None:
        boundary = b"--" + (found.group(1) or found.group(2)).encode("utf-8", "replace")
    elif looks is not None:
        boundary = b"--" + looks.group(1)
    else:
        return None
    pieces: list[_Piece] = []
    for part in data.split(boundary):
        if b"\n\n" not in part and b"\n\r\n" not in part:
            pieces.append((part, b"", b"", False))
            continue
        blank = next(matches(_BLANK_LINE, part, 4), None)
        head, content = (part[: blank.end()], part[blank.end() :]) if blank else (part, b"")
        name = _PART_NAME.search(head, 0, _HEAD) if len(pieces) < _MOST_PARTS else None
        field = (name.group(1) or name.group(2) or b"").decode("utf-8", "replace") if name else ""
        end = b"\r\n" if content.endswith(b"\r\n") else b""
        content = content.removesuffix(end)
        is_secret = len(pieces) >= _MOST_PARTS or is_secret_name(field)
        pieces.append((head, content, end, bool(content) and is_secret))
    return boundary, pieces


# Any text

# Also as it stands in JSON within JSON, and in HTML.
_QUOTE = r"""\\?["']|&(?:quot|apos|\#0?3[49]|\#x2[27]);"""
# A name is taken whole or not at all, since a lookahead isn't gone back into: what has to stand
# behind it can't stand within it. It may be an index, as in headers["X-Api-Key"] = "...".
_NAMED = re.compile(
    rf"""(?<![\w.-])(?=([A-Za-z_][\w.-]{{0,80}}))\1(?:(?:{_QUOTE})\]?)?\s{{0,4}}"""
    rf"""(?:={{1,3}}|:(?!//))\s{{0,4}}({_QUOTE})?"""
)
_LONGEST_NAMED = 120
_SCHEME_BEFORE = re.compile(r"(?:Bearer|Basic|Token|Digest)\s{1,16}", re.IGNORECASE)
_VALUE = re.compile(r"""[^\s"'\\&;,<>{}()\[\]]*""")
_QUOTED = {
    '"': re.compile(r'(?:[^\n"\\]|\\.)*'),
    "'": re.compile(r"(?:[^\n'\\]|\\.)*"),
}
_LONGEST_QUOTED = 2000  # between other quotes than these
_MASKED = f'{MASK}"'
_NO_SECRETS = frozenset((MASK, "null", "true", "false", "None", "True", "False"))
_BEARER = re.compile(r"\b(?:Bearer|Basic)\s{1,16}", re.IGNORECASE)
_CREDENTIALS = re.compile(r"[\w.~+/=-]*")
_COOKIES = re.compile(
    r"^[^\S\n]{0,40}(?:set-)?cookie\s{0,16}:\s{0,16}", re.IGNORECASE | re.MULTILINE
)
_INPUT = re.compile(
    r"<(?:input|meta)\b[^<>]{0,2000}(?:<(?!input|meta)[^<>]{0,2000}){0,4}(?:>|(?=<(?:input|meta)))",
    re.IGNORECASE,
)
_LONGEST_INPUT = 10_100
_INPUT_NAME = re.compile(r"""\bname\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_INPUT_VALUE = re.compile(
    r"""(\b(?:value|content)\s*=\s*)("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE
)
_HINTS = tuple(
    word
    for word in (*_PARTS, *sorted(_WORDS), "key", "basic", "://")
    if not any(
        other in word for other in ("pass", "auth", "session", "key", "sig") if other != word
    )
)


def mask_text(text: str) -> str:
    """Any text, such as a line of output: what follows a name like ``password=`` is masked."""
    hints = _hints_in(text)
    if not hints:
        return text
    # Each expression is used only where what it looks for can be. Without regard to case, letters
    # that aren't ASCII may be some of these, too.
    other = not text.isascii()
    if "://" in text and "@" in text:
        text = _mask_user_info(text)
    if other or "cookie" in hints:
        text = _mask_cookie_lines(text)
    if "<" in text:
        text = replaced(_INPUT, text, _LONGEST_INPUT, _masked_input)
    text = with_parts_masked(text, is_secret_name, MASK)
    if "=" in text or ":" in text:
        text = _mask_named(text)
    if other or "bearer" in hints or "basic" in hints:
        text = _mask_bearers(text)
    return text


def _hints_in(text: str) -> set[str]:
    """Which of the words there are that secrets stand behind."""
    found: set[str] = set()
    for at in range(0, len(text), PIECE):
        lowered = text[at : at + PIECE + 20].lower()  # no hint is longer
        found.update(filter(lowered.__contains__, _HINTS))
    return found


def _mask_cookie_lines(text: str) -> str:
    def mask(found: re.Match[str]) -> tuple[int, int, str]:
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end
        return found.end(), end, _mask_cookies(text[found.end() : end])

    return replaced(_COOKIES, text, 80, mask)


def _mask_named(text: str) -> str:
    known: dict[str, bool] = {}

    def mask(found: re.Match[str]) -> tuple[int, int, str] | None:
        name = found[1]
        is_secret = known.get(name)
        if is_secret is None:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            is_secret = is_secret_name(name) and not name.lower().endswith("cookie")
            known[name] = is_secret
        if not is_secret:
            return None
        start = found.end()
        if text.startswith(_MASKED, start):
            return None
        end = _quoted_end(text, start, found[2]) if found[2] else start
        if end == start:
            end = _value_end(text, start)
        if end == start or (end - start < 6 and text[start:end] in _NO_SECRETS):
            return None
        return start, end, MASK

    return replaced(_NAMED, text, _LONGEST_NAMED, mask, within=True)


def _value_end(text: str, start: int) -> int:
    """Where a value that isn't in quotes ends; a scheme such as ``Bearer`` may stand before it."""
    scheme = _SCHEME_BEFORE.match(text, start)
    end = start if scheme is None else end_of(_VALUE, text, scheme.end())
    if scheme is None or end == scheme.end():
        end = end_of(_VALUE, text, start)
    return end


def _quoted_end(text: str, start: int, quote: str) -> int:
    """Where a value ends that may have anything in it, since it is in quotes; ``start`` where the
    quote ends something that stands before it, or has no other in its line."""
    if text[start : start + 1] in ("", ",", ";", ")", "]", "}") or text[start].isspace():
        return start
    characters = _QUOTED.get(quote)
    if characters is not None:
        end = end_of(characters, text, start)
        return end if text.startswith(quote, end) else start
    end = text.find(quote, start, start + _LONGEST_QUOTED)
    return start if end < 0 or "\n" in text[start:end] else end


def _mask_bearers(text: str) -> str:
    def mask(found: re.Match[str]) -> tuple[int, int, str] | None:
        end = end_of(_CREDENTIALS, text, found.end())
        return (found.end(), end, MASK) if end - found.end() >= 6 else None

    return replaced(_BEARER, text, 24, mask)


def _masked_input(found: re.Match[str]) -> tuple[int, int, str] | None:
    tag = found.group()
    name = _INPUT_NAME.search(tag)
    if name is None or not is_secret_name(name.group(1)):
        return None
    return found.start(), found.end(), _INPUT_VALUE.sub(rf'\1"{MASK}"', tag)
