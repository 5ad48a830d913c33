"""What a span is called where it is shown: short, on one line, and with secrets masked.

Pure functions; any thread.
"""

from __future__ import annotations

from launcher.core.display import one_line
from launcher.core.secrets import mask_target, mask_text
from launcher.core.sql.shapes import short_form
from launcher.core.sql.values import masked_statement
from server.facts.span import CACHE, ERROR, HTTP, LOG, MAIL, PROCESS, SQL, TEMPLATE, Span

__all__ = ["KIND_NAMES", "span_detail", "span_label"]

KIND_NAMES = {
    SQL: "SQL", TEMPLATE: "Template", HTTP: "Outgoing request", CACHE: "Cache", MAIL: "Mail",
    PROCESS: "Process", LOG: "Log", ERROR: "Exception",
}  # fmt: skip
"""What each kind is, in a word."""

_SHORT, _LONG = 200, 2000


def span_label(span: Span) -> str:
    """The span in a few words."""
    match span.kind:
        case "sql":
            return one_line(masked_statement(short_form(span.label)), _SHORT)
        case "http":
            method, _, url = span.label.partition(" ")
            url = mask_target(url).partition("?")[0]
            return one_line(f"{method} {url.partition('://')[2] or url}", _SHORT)
        case _:
            return one_line(mask_text(span.label), _SHORT)


def span_detail(span: Span) -> str:
    """All of it, and how it ended."""
    match span.kind:
        case "sql":
            text = masked_statement(span.label)
        case "http":
            method, _, url = span.label.partition(" ")
            text = f"{method} {mask_target(url)}"
        case _:
            text = mask_text(span.label)
    parts = [KIND_NAMES.get(span.kind, span.kind), " ".join(text[:_LONG].split())]
    if span.status:
        parts.append(f"answered with {span.status}")
    if span.level:
        parts.append(span.level)
    if span.error:
        parts.append(mask_text(span.error))
    return one_line(": ".join(parts[:2]) + "".join(f", {part}" for part in parts[2:]), _LONG)
