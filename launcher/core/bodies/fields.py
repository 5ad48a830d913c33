"""What a request and its answer carry by name: headers, query, cookies, form. Pure; any thread."""

from __future__ import annotations

from launcher.core.display import one_line, plural, size
from launcher.core.secrets import MASK, is_secret_name, mask_header, mask_query
from server.base.values import dataclass
from server.events import RequestFinished

from .decoding import decode
from .forms import Part, cookies, header_text, parts, query_pairs, set_cookie
from .reading import field_of

__all__ = ["Field", "Group", "files_of", "request_groups", "response_groups"]

SHOWN, SHOWN_IN_ALL, SHOWN_BEYOND = 8_000, 16_000, 200
"""Characters of a header, or of another field, that are shown; of all those of a group; and of a
field that comes once there were so many: to lay more out takes longer than the window may be away.
"""
SHOWN_FIELDS = 1_000
_MARK = 60
"""Characters that aren't worth leaving out: the words that report it take as many."""


@dataclass(frozen=True)
class Field:
    """A name and its value, on one line; ``detail`` is what belongs to it, such as a cookie's
    attributes; ``is_secret`` that the value is masked, or would be."""

    name: str
    value: str
    detail: str = ""
    is_secret: bool = False

    @property
    def line(self) -> str:
        """The field as text."""
        return f"{self.name}: {self.value}" + (f"  {self.detail}" if self.detail else "")


@dataclass(frozen=True)
class Group:
    """Fields under one title.

    :param key: its name in the code: ``headers``, ``query``, ``cookies``, ``form``
    :param first: a line above the fields: the request line, the status line
    """

    key: str
    title: str
    fields: tuple[Field, ...]
    first: str = ""

    @property
    def text(self) -> str:
        """All of it, a line each."""
        lines = [field.line for field in self.fields]
        return "\n".join([self.first, *lines] if self.first else lines)

    @property
    def shown(self) -> str:
        """The same for reading: of what is too long for that, its beginning, and how much is left
        out."""
        room, lines = SHOWN_IN_ALL, []
        wanted = self.text.split("\n", SHOWN_FIELDS)
        for line in wanted[:SHOWN_FIELDS]:
            lines.append(_cut(line, min(SHOWN, max(room, SHOWN_BEYOND))))
            room -= len(lines[-1])
        if len(wanted) > SHOWN_FIELDS:
            more = plural(wanted[-1].count("\n") + 1, "more field")
            lines.append(f"\u2026 {more} (Copy takes them along)")
        return "\n".join(lines)

    @property
    def has_secrets(self) -> bool:
        """Whether some of its values are masked, or would be."""
        return any(field.is_secret for field in self.fields)


def _cut(line: str, most: int) -> str:
    if len(line) <= most + _MARK:
        return line
    left_out = plural(len(line) - most, "more character")
    return f"{line[:most]}\u2026 ({left_out}: Copy takes them along)"


def request_groups(done: RequestFinished, *, secrets: bool = False) -> tuple[Group, ...]:
    """What a request carries by name; groups without fields are left out, but for the headers.

    :param secrets: show them
    """
    query = done.query if secrets else mask_query(done.query)
    path = done.target.partition("?")[0]
    target = f"{path}?{query}" if done.query else done.target
    line = one_line(f"{done.method} {target} {done.http_version}")
    values = field_of(done.request_headers, "cookie")
    groups = (
        _headers(done.request_headers, line, secrets),
        Group("query", "Query", _pairs(done.query, secrets)),
        Group(
            "cookies",
            "Cookies",
            tuple(
                _field(cookie.name, header_text(cookie.value), secrets=secrets, is_secret=True)
                for cookie in cookies(values)
            ),
        ),
        Group("form", "Form", _form(done, secrets)),
    )
    return tuple(group for group in groups if group.fields or group.key == "headers")


def response_groups(done: RequestFinished, *, secrets: bool = False) -> tuple[Group, ...]:
    """What an answer carries by name."""
    status = f"{done.status} {done.reason}".strip() if done.status else "no answer"
    line = one_line(f"{done.http_version} {status}")
    made = []
    for name, value in done.response_headers:
        if name.lower() == "set-cookie":
            cookie = set_cookie(value)
            detail = "; ".join(f"{key}={at}" if at else key for key, at in cookie.attributes)
            made.append(_field(cookie.name, header_text(cookie.value), detail, secrets, True))
    groups = (
        _headers(done.response_headers, line, secrets),
        Group("cookies", "Cookies set", tuple(made)),
    )
    return tuple(group for group in groups if group.fields or group.key == "headers")


def files_of(done: RequestFinished) -> tuple[Part, ...]:
    """The files that were sent in a multipart form."""
    return tuple(part for part in _parts(done) if part.is_file)


def _headers(headers: tuple[tuple[str, str], ...], first: str, secrets: bool) -> Group:
    fields = []
    for name, value in headers:
        masked = mask_header(name, value)
        shown = value if secrets else masked
        fields.append(
            Field(one_line(name), one_line(header_text(shown)), is_secret=masked != value)
        )
    return Group("headers", "Headers", tuple(fields), first)


def _pairs(query: str, secrets: bool) -> tuple[Field, ...]:
    return tuple(
        _field(name, value, secrets=secrets, is_secret=bool(value) and is_secret_name(name))
        for name, value in query_pairs(query)
    )


def _form(done: RequestFinished, secrets: bool) -> tuple[Field, ...]:
    kind = field_of(done.request_headers, "content-type").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return _pairs(_plain_body(done).decode("latin-1"), secrets)
    fields = []
    for part in _parts(done):
        if part.is_file:
            cut = "" if part.complete else ", cut"
            facts = ", ".join(filter(None, (part.content_type, size(len(part.data)) + cut)))
            fields.append(_field(part.name, part.filename or "(no name)", facts))
        else:
            value = part.data.decode("utf-8", "backslashreplace")
            secret = bool(value) and is_secret_name(part.name)
            fields.append(_field(part.name, value, secrets=secrets, is_secret=secret))
    return tuple(fields)


def _parts(done: RequestFinished) -> tuple[Part, ...]:
    kind = field_of(done.request_headers, "content-type")
    if not kind.lower().lstrip().startswith("multipart/"):
        return ()
    return parts(_plain_body(done), kind)


def _plain_body(done: RequestFinished) -> bytes:
    body = done.request_body
    codings = field_of(done.request_headers, "content-encoding")
    return decode(body.data, codings, whole=not body.truncated).data


def _field(
    name: str, value: str, detail: str = "", secrets: bool = False, is_secret: bool = False
) -> Field:
    shown = MASK if is_secret and not secrets else value
    return Field(one_line(name), one_line(shown), one_line(detail), is_secret)
