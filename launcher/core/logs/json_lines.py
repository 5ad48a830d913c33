"""Log lines that are JSON objects, as structlog, python-json-logger and others write them.

Pure functions; whatever a line has, nothing raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from launcher.core.ansi import escaped

from .levels import level_named

__all__ = ["JsonLine", "read_json_line", "unfolded"]

_TIMES = ("time", "timestamp", "ts", "@timestamp", "asctime", "created")
_LEVELS = ("level", "levelname", "log_level", "severity", "lvl")
_LOGGERS = ("logger", "name", "logger_name")
_MESSAGES = ("message", "msg", "event")
_KNOWN = frozenset((*_TIMES, *_LEVELS, *_LOGGERS))
_VALUE, _REST = 120, 600
"""Characters of one member's value, and of all that is shown beside the message."""
_PLAIN = re.compile(r"[^\s\"={}\[\],]+\Z")
_MILLISECONDS = 1e11
"""A number of seconds above it would be in the year 5138: these are milliseconds."""


class JsonLine(NamedTuple):
    """What a line has.

    :param time: unix seconds; 0 where it has none
    :param level: as in :mod:`.levels`; "" where it has none
    :param logger: "" where it has none
    :param message: its message; "" where it has none
    :param rest: its other members, in short: ``id=3 total=4.5``
    """

    time: float
    level: str
    logger: str
    message: str
    rest: str


def read_json_line(text: str) -> JsonLine | None:
    """The facts of a line; None where it is no JSON object."""
    values = _values(text)
    if not values:
        return None
    name = next((name for name in _MESSAGES if isinstance(values.get(name), str)), "")
    others = (item for item in values.items() if item[0] != name and item[0] not in _KNOWN)
    return JsonLine(
        _time(_first(values, _TIMES)),
        level_named(str(_first(values, _LEVELS) or "")),
        str(_first(values, _LOGGERS) or ""),
        _plain(values[name]) if name else "",
        _short(others),
    )


def unfolded(text: str) -> str:
    """A line's object with each of its members in a line of its own; "" where it is none."""
    values = _values(text)
    return escaped(json.dumps(values, indent=2, ensure_ascii=False)) if values else ""


def _short(members: Iterable[tuple[str, Any]]) -> str:
    parts, left = [], _REST
    for name, value in members:
        if left <= 0:
            parts.append("\u2026")
            break
        text = value if isinstance(value, str) and _PLAIN.match(value) else _dumped(value)
        part = f"{_plain(name)}={text if len(text) <= _VALUE else text[:_VALUE] + chr(0x2026)}"
        parts.append(part)
        left -= len(part)
    return " ".join(parts)


def _dumped(value: Any) -> str:
    return _plain(json.dumps(value, ensure_ascii=False))


def _plain(text: str) -> str:
    """On one line, and harmless."""
    return escaped(text.replace("\r\n", "\n").replace("\n", " \u21b5 ").replace("\t", " "))


def _values(text: str) -> dict[str, Any]:
    if not text.startswith("{") or not text.rstrip().endswith("}"):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _first(values: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((values[name] for name in names if name in values), None)


def _time(value: Any) -> float:
    try:
        if isinstance(value, str):
            iso = value.replace(",", ".").removesuffix("Z")
            moment = datetime.fromisoformat(iso + "+00:00" if value.endswith("Z") else iso)
            return moment.timestamp()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            seconds = value / 1000 if value > _MILLISECONDS else float(value)
            datetime.fromtimestamp(seconds)
            return seconds
    except (ValueError, OverflowError, OSError):
        pass
    return 0.0
