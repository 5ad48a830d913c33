"""Log lines that are JSON objects, as structlog, python-json-logger and others write them.

Pure functions; whatever a line has, nothing raises.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

from .levels import level_named

__all__ = ["JsonLine", "read_json_line", "unfolded"]

_TIMES = ("time", "timestamp", "ts", "@timestamp", "asctime", "created")
_LEVELS = ("level", "levelname", "log_level", "severity", "lvl")
_LOGGERS = ("logger", "name", "logger_name")
_MESSAGE = re.compile(r'"(?:message|msg|event)"\s*:\s*"((?:[^"\\]|\\.)*)"')
_MILLISECONDS = 1e11
"""A number of seconds above it would be in the year 5138: these are milliseconds."""


class JsonLine(NamedTuple):
    """What a line has.

    :param time: unix seconds; 0 where it has none
    :param level: as in :mod:`.levels`; "" where it has none
    :param logger: "" where it has none
    :param message: where in the line its message begins and ends; nowhere where both are 0
    """

    time: float
    level: str
    logger: str
    message: tuple[int, int]


def read_json_line(text: str) -> JsonLine | None:
    """The facts of a line; None where it is no JSON object."""
    values = _values(text)
    if not values:
        return None
    found = _MESSAGE.search(text)
    return JsonLine(
        _time(_first(values, _TIMES)),
        level_named(str(_first(values, _LEVELS) or "")),
        str(_first(values, _LOGGERS) or ""),
        found.span(1) if found else (0, 0),
    )


def unfolded(text: str) -> str:
    """A line's object with each of its members in a line of its own; "" where it is none."""
    values = _values(text)
    return json.dumps(values, indent=2, ensure_ascii=False) if values else ""


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
