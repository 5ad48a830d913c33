"""What hides rows beside the filter's text: the chips, and the rules of a project.

Each is a condition of the same kind as the text's, so memory and history are searched by one. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from launcher.core.logs.history.conditions import (
    All,
    Any_,
    Compare,
    Condition,
    EndsWith,
    HeadersHave,
    Not,
    Passes,
    Text,
)
from server.base.values import dataclass

from .fields import FAILED, LOOPED, REQUESTS, SLOW
from .language import EVERYTHING, WrittenFilter, quoted, read_filter
from .mistakes import FilterError

__all__ = ["NOISE", "STATIC", "Narrowing", "rule_for_path", "ruled_out"]

# Columns are compared by SQLite: a test of ours would be called for each of a million rows. Looked
# for a dot first, which most paths lack.
_DOTTED = Text("path", "has", ".")
_STATIC_PATH = Any_(
    (
        EndsWith(
            "path",
            (".css", ".js", ".mjs", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp",
             ".avif", ".ico", ".bmp", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4",
             ".webm", ".ogg", ".wasm", ".webmanifest"),
        ),
        Text("path", "starts", "/static/"),
        Text("path", "starts", "/assets/"),
        Text("path", "starts", "/_static/"),
    )
)  # fmt: skip
_STATIC_VIEWS = frozenset(
    ("static", "django.views.static.serve", "django.contrib.staticfiles.views.serve")
)


def _is_static_view(endpoint: str) -> bool:
    return endpoint in _STATIC_VIEWS or endpoint.endswith(".static")


_MISSING = Compare("status", "=", 404)
_NAMED_BY_A_PAGE = HeadersHave("referer: http", "request")
_FILE = All(
    (
        Any_((Text("method", "is", "GET"), Text("method", "is", "HEAD"))),
        # Where the view is known, its name is surer than the path's: /chart.png may be computed.
        Any_(
            (
                All((_DOTTED, Text("endpoint", "is", ""), _STATIC_PATH)),
                Passes("endpoint", _is_static_view),
            )
        ),
    )
)
NOISE: Condition = All(
    (
        _DOTTED,
        Any_(
            (
                Text("path", "is", "/favicon.ico"),
                EndsWith("path", (".map",)),
                Text("path", "starts", "/.well-known/"),
                Text("path", "starts", "/apple-touch-icon"),
            )
        ),
    )
)
"""What browsers and their tools ask for by themselves: the favicon, source maps, and what is well
known. Nobody's pages name them."""
STATIC: Condition = All(
    (
        Not(FAILED),
        Any_((NOISE, All((_FILE, Any_((Not(_MISSING), Not(_NAMED_BY_A_PAGE))))))),
    )
)
"""Static files that nobody looks for: not an error, and not a missing file that a page names."""


_NOTHING_WRITTEN = WrittenFilter()


@dataclass(frozen=True)
class Narrowing:
    """All that decides which requests are shown.

    :param filter: what is written in the field
    :param errors: only those that failed
    :param slow: only slow ones
    :param looped: only those that make queries in a loop
    :param endpoint: only what this view answered; "" for all of them
    :param hides_static: without static files
    :param rules: filters of the project, in the language of the field: what they find is hidden,
        unless it failed
    """

    filter: WrittenFilter = _NOTHING_WRITTEN
    errors: bool = False
    slow: bool = False
    looped: bool = False
    endpoint: str = ""
    hides_static: bool = True
    rules: tuple[str, ...] = ()

    def condition(self) -> Condition:
        """What a row has to meet to be shown."""
        parts: list[Condition] = []
        if self.errors:
            parts.append(FAILED)
        if self.slow:
            parts.append(SLOW)
        if self.looped:
            parts.append(LOOPED)
        if self.endpoint:
            parts.append(Text("endpoint", "is", self.endpoint))
        if self.hides_static:
            parts.append(Not(STATIC))
        if self.rules:
            parts.append(Not(ruled_out(self.rules)))
        if self.filter.condition != EVERYTHING:
            parts.append(self.filter.condition)
        return parts[0] if len(parts) == 1 else All(tuple(parts))


def ruled_out(rules: Iterable[str]) -> Condition:
    """What a project's rules hide; one that can't be read hides nothing."""
    found = []
    for rule in rules:
        try:
            condition = read_filter(rule, REQUESTS).condition
        except FilterError:
            continue
        if condition != EVERYTHING:
            found.append(condition)
    return All((Not(FAILED), Any_(tuple(found))))


def rule_for_path(path: str) -> str:
    """The rule that hides one path."""
    return f"path:={quoted(path)}"
