"""An empty project, for the tests of what loads apps."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from server.app.load import forget_project_modules


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty project; what is imported from it is forgotten afterwards."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield folder
    forget_project_modules(tmp_path)
