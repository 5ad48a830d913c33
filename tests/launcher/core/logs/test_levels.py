"""How serious a line is, by its own words."""

from __future__ import annotations

import pytest

from launcher.core.logs.levels import level_of


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("INFO:root:started", "info"),
        ("INFO:     127.0.0.1:5 - GET /", "info"),
        ("WARNING: only 3 left", "warning"),
        ("[2026-11-28 16:08:10 +0000] [123] [ERROR] Worker failed", "error"),
        ("2026-11-28 16:08:10,014 - sqlalchemy - DEBUG - BEGIN", "debug"),
        ("2026-11-28 16:08:10,014 shop.api CRITICAL: out of stock", "critical"),
        ('{"level": "warn", "event": "x"}', "warning"),
        ('{"event": "' + "x" * 500 + '", "level": "error"}', "error"),
        ("level=error msg=x", "error"),
        ("  [INFO] indented", "info"),
        ("this INFORMATION is none", ""),
        ("an ERROR in the middle of words", ""),
        ("127.0.0.1 - - [28/Nov/2026] GET / 200", ""),
        ("", ""),
    ],
)
def test_levels(text: str, level: str) -> None:
    assert level_of(text) == level
