"""server.app.installed: what is installed, and what came or went since."""

from __future__ import annotations

import email
import os
import sys
from pathlib import Path

import pytest

from server.app.installed import (
    distributions,
    find_module,
    package_files,
    package_folders,
    stamps,
)


def test_distributions_come_go_and_change(tmp_path: Path) -> None:
    folder = str(tmp_path)
    (tmp_path / "lib-1.0.dist-info").mkdir()
    (tmp_path / "lib.py").touch()
    (tmp_path / "own.pth").touch()
    first = distributions([folder, "/nowhere"])
    assert set(first) == {str(tmp_path / "lib-1.0.dist-info"), str(tmp_path / "own.pth")}
    (tmp_path / "__pycache__").mkdir()
    assert distributions([folder]) == first
    os.rename(tmp_path / "lib-1.0.dist-info", tmp_path / "lib-1.1.dist-info")
    assert distributions([folder]) != first


def test_stamps_of_files(tmp_path: Path) -> None:
    file = tmp_path / "lib.py"
    file.write_text("1")
    first = stamps([str(file), "/nowhere", "a\0b"])
    assert first["/nowhere"] == first["a\0b"] == []
    (tmp_path / "new").write_text("2")
    os.utime(tmp_path / "new", ns=(file.stat().st_mtime_ns,) * 2)
    os.replace(tmp_path / "new", file)
    assert stamps([str(file)])[str(file)] != first[str(file)]


def test_what_is_imported_from_packages() -> None:
    assert pytest.__file__ in package_files()
    assert os.__file__ not in package_files()
    assert __file__ not in package_files()
    assert any(pytest.__file__.startswith(folder) for folder in package_folders())


def test_find_module_imports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "of_a_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError")
    (package / "inner.py").touch()
    (tmp_path / "a_namespace").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    found = find_module("of_a_package.inner")
    assert found is not None
    assert found.origin == str(package / "inner.py")
    assert find_module("of_a_package.other") is None
    assert find_module("of_a_package.inner.deeper") is None
    assert find_module("no_such_package.inner") is None
    assert find_module("a_namespace") is not None
    assert "of_a_package" not in sys.modules
    mime = find_module("email.mime.text")
    assert mime is not None
    assert mime.origin == str(Path(email.__file__).parent / "mime" / "text.py")
