"""The colours and pictures of what a request's time is spent in; GUI thread only."""

from __future__ import annotations

from launcher.core.logs.flow_parties import (
    AFTER,
    FRAMEWORK,
    HTTP,
    SERVER,
    SQL,
    TEMPLATE,
    WAITING,
    YOURS,
)

__all__ = ["ICONS", "TONES"]

TONES = {
    SERVER: "server_bar",
    FRAMEWORK: "framework_bar",
    YOURS: "yours_bar",
    SQL: "sql",
    HTTP: "http",
    TEMPLATE: "template",
    WAITING: "muted",
    AFTER: "bar",
}
"""The colour of each party, a field of :class:`~launcher.theme.Colours`."""
ICONS = frozenset(("sql", "http", "template", "mail", "cache", "process", "log", "error"))
"""The kinds of spans that have a picture, ``span-….svg``."""
