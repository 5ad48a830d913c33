"""What doesn't go together is reported; what is out of sight is summed up."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

from launcher.core.combinations import remarks
from launcher.core.option_summary import summary
from server.config import ServerConfig

OTHER = "/somewhere/else/bin/python"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"run_in": "thread"}, []),
        ({"run_in": "thread", "python": sys.executable}, []),
        ({"run_in": "process", "python": OTHER, "mode": "single"}, []),
        ({"run_in": "thread", "python": OTHER}, [("run_in", True, "ServeDeck's own Python")]),
        ({"debug": True}, []),
        ({"debug": True, "host": "localhost"}, []),
        ({"debug": True, "host": "::1"}, []),
        ({"debug": True, "host": "0.0.0.0"}, [("debug", False, "everyone who can reach")]),
        ({"debug": True, "host": "shop.example"}, [("debug", False, "everyone who can reach")]),
        ({"debug": True, "host": "0.0.0.0", "unix": "/tmp/s"}, []),
    ],
)
def test_remarks(values: dict[str, Any], expected: list[tuple[str, bool, str]]) -> None:
    found = remarks(ServerConfig(**values))
    assert [(one.setting, one.blocking) for one in found] == [row[:2] for row in expected]
    for one, (_, _, words) in zip(found, expected, strict=True):
        assert words in one.text
        assert one.text.endswith(".")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forking() -> None:
    (plain,) = remarks(ServerConfig(mode="forking"))
    assert plain.text.startswith("Forking takes the place of threads")
    assert not plain.caution
    (debug,) = remarks(ServerConfig(mode="forking", debug=True))
    assert debug.text.endswith("the in-browser debugger does not work.")
    assert debug.caution
    first, *_ = remarks(ServerConfig(mode="forking", debug=True, run_in="thread"))
    assert first.blocking
    assert first.setting == "run_in"
    assert "must not fork" in first.text


def test_a_system_that_cannot_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork", raising=False)
    (one,) = remarks(ServerConfig(mode="forking"))
    assert one.blocking
    assert "can't fork" in one.text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, ""),
        ({"host": "0.0.0.0", "debug": True, "reload": True}, ""),
        ({"ssl": "adhoc"}, "HTTPS: ad hoc"),
        ({"ssl": "/etc/ssl/shop.pem, /etc/ssl/shop.key"}, "HTTPS: shop.pem"),
        ({"run_in": "process"}, ""),  # in sight, as the environment is
        ({"run_in": "thread", "flow": "off"}, "Record flow: off"),
        ({"cold_reload": True, "extra_files": ("a",)}, "Cold reload  \u00b7  1 extra file"),
        ({"exclude_patterns": ("*.a", "*.b")}, "2 excluded patterns"),
        ({"env": ("TOKEN=hunter2", "B=1"), "env_file": "/x/dev.env"}, ""),
    ],
)
def test_summary(values: dict[str, Any], text: str) -> None:
    assert summary(ServerConfig(**values)) == text
