"""server.app.bytecode: no compiled file is kept of what was saved a moment ago."""

from __future__ import annotations

import importlib
import importlib.util
import os
import py_compile
import sys
import time
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

from server.app.bytecode import careful_bytecode


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module's file; compiled files are kept."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "of_a_moment.py"
    file.write_text("value = 1\n")
    yield file
    sys.modules.pop(file.stem, None)


def load(file: Path) -> int:
    sys.modules.pop(file.stem, None)
    importlib.invalidate_caches()
    return importlib.import_module(file.stem).value  # type: ignore[no-any-return]


def test_second_save_within_a_second_counts(module: Path) -> None:
    with careful_bytecode():
        for value in range(1, 5):
            module.write_text(f"value = {value}\n")
            assert load(module) == value
    assert not Path(importlib.util.cache_from_source(str(module))).exists()


def test_older_sources_are_compiled_once(module: Path) -> None:
    old = time.time() - 10
    os.utime(module, (old, old))
    with careful_bytecode():
        assert load(module) == 1
    compiled = Path(importlib.util.cache_from_source(str(module)))
    assert compiled.exists()
    written = compiled.stat().st_mtime_ns
    with careful_bytecode():
        assert load(module) == 1
    assert compiled.stat().st_mtime_ns == written


def test_times_that_are_in_the_future(module: Path) -> None:
    """As on another machine's disk: it is compiled, and a later save differs in its time."""
    later = time.time() + 3600
    os.utime(module, (later, later))
    with careful_bytecode():
        assert load(module) == 1
        module.write_text("value = 2\n")
        assert load(module) == 2


def test_it_is_put_back() -> None:
    before = SourceFileLoader.set_data
    with careful_bytecode():
        assert SourceFileLoader.set_data is not before
    assert SourceFileLoader.set_data is before


def test_files_validated_by_the_hash_of_their_source_are_kept(module: Path) -> None:
    """They can't be out of date, whatever the time."""
    compiled = Path(py_compile.compile(
        str(module), invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH
    ))  # fmt: skip
    module.write_text("value = 2\n")
    with careful_bytecode():
        assert load(module) == 2
    head = compiled.read_bytes()[:16]
    assert head[4:8] != b"\0\0\0\0"
    assert head[8:] == importlib.util.source_hash(module.read_bytes())


def test_what_somebody_else_has_put_there_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def set_data(loader: SourceFileLoader, path: str, data: bytes, **options: int) -> None:
        pass

    before = SourceFileLoader.set_data
    with careful_bytecode():
        monkeypatch.setattr(SourceFileLoader, "set_data", set_data)
    assert SourceFileLoader.set_data is set_data
    monkeypatch.undo()
    SourceFileLoader.set_data = before  # type: ignore[method-assign]
