"""The package's names: all there, and none imported before it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import server

ROOT = Path(__file__).resolve().parents[2]


def test_all_names_are_there() -> None:
    assert all(getattr(server, name) is not None for name in server.__all__)
    assert set(server.__all__) <= set(dir(server))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = server.nothing


def test_the_window_imports_no_server_before_it_starts_one() -> None:
    script = "import launcher.app, sys; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    late = {"server.handler", "server.session", "http.client", "regex", "watchfiles", "ssl"}
    assert "launcher.main_window" in found
    assert late.isdisjoint(found)
