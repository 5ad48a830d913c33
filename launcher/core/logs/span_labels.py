"""What a span is called where it is shown: short, on one line, and with secrets masked.

Pure functions; any thread.
"""

from __future__ import annotations

from collections.abc import Sequence

from launcher.core.display import one_line
from launcher.core.mail_links import mask_links
from launcher.core.secrets import mask_target, mask_text
from launcher.core.sql.shapes import short_form
from launcher.core.sql.values import masked_statement, values_of
from server.facts.span import CACHE, ERROR, HTTP, LOG, MAIL, PROCESS, SQL, TEMPLATE, Span

__all__ = ["KIND_NAMES", "masked_spans", "span_detail", "span_label", "span_text"]

KIND_NAMES = {
    SQL: "SQL", TEMPLATE: "Template", HTTP: "Outgoing request", CACHE: "Cache", MAIL: "Mail",
    PROCESS: "Process", LOG: "Log", ERROR: "Exception",
}  # fmt: skip
"""What each kind is, in a word."""

_SHORT, _LONG = 200, 2000


def masked_spans(spans: Sequence[Span] | None) -> tuple[Span, ...] | None:
    """The same without secrets: for what leaves ServeDeck."""
    return None if spans is None else tuple(map(_masked, spans))


def _masked(span: Span) -> Span:
    parameters = _masked_values(span) if span.kind == SQL else span_text(span)
    return span._replace(
        label=_masked_label(span), parameters=parameters, error=mask_text(span.error)
    )


def _masked_values(span: Span) -> str:
    values = values_of(span.label, span.parameters)
    return ", ".join(f"{one.name}={one.shown}" if one.name else one.shown for one in values)


def _masked_label(span: Span) -> str:
    match span.kind:
        case "sql":
            return masked_statement(span.label)
        case "http":
            method, _, url = span.label.partition(" ")
            return f"{method} {mask_target(url)}"
        case _:
            return mask_text(span.label)


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
    text = _masked_label(span)
    parts = [KIND_NAMES.get(span.kind, span.kind), " ".join(text[:_LONG].split())]
    if span.status:
        parts.append(f"answered with {span.status}")
    if span.level:
        parts.append(span.level)
    if span.error:
        parts.append(mask_text(span.error))
    return one_line(": ".join(parts[:2]) + "".join(f", {part}" for part in parts[2:]), _LONG)


def span_text(span: Span) -> str:
    """What a mail says, with its lines; "" of everything else."""
    return mask_links(mask_text(span.parameters)) if span.kind == MAIL else ""
