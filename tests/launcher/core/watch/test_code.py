"""What the watched files had in them before and after each save."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.core.watch import code
from launcher.core.watch.code import CodeMemory, FileChange, read_texts


def test_what_changed_between_two_moments() -> None:
    memory = CodeMemory()
    memory.begin({"a.py": "1", "b.py": "x"})
    memory.save(10.0, {"a.py": "2"})
    memory.save(20.0, {"a.py": "3", "b.py": None, "new.py": "n"})
    assert memory.between(0.0, 15.0) == (FileChange("a.py", "1", "2", 10.0),)
    assert set(memory.between(15.0, 30.0)) == {
        FileChange("a.py", "2", "3", 20.0),
        FileChange("b.py", "x", None, 20.0),
        FileChange("new.py", None, "n", 20.0, known=False),
    }
    assert memory.between(0.0, 30.0)[-1].after in ("3", None, "n")
    assert memory.between(30.0, 40.0) == ()


def test_what_was_put_back_is_no_change() -> None:
    memory = CodeMemory()
    memory.begin({"a.py": "1"})
    memory.save(10.0, {"a.py": "2"})
    memory.save(20.0, {"a.py": "1"})
    assert memory.between(0.0, 30.0) == ()
    assert len(memory.between(15.0, 30.0)) == 1
    memory.begin({"a.py": "7"})  # is known already
    assert len(memory.between(0.0, 15.0)) == 1


def test_the_oldest_versions_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "VERSION_BYTES", 10)
    memory = CodeMemory()
    memory.begin({"a.py": "first"})
    for number in range(5):
        memory.save(float(number), {"a.py": f"text {number}"})
    assert memory.between(-1.0, 9.0) == (FileChange("a.py", "text 3", "text 4", 4.0),)


def test_texts_are_read_within_bounds(tmp_path: Path) -> None:
    for name, data in (("a.py", b"x\r\ny"), ("b.so", b"\0\1"), ("c.py", b"z" * 600_000)):
        (tmp_path / name).write_bytes(data)
    paths = [str(tmp_path / name) for name in ("a.py", "b.so", "c.py", "gone.py")]
    assert read_texts([*paths, str(tmp_path)]) == {paths[0]: "x\ny", paths[3]: None}
    assert read_texts(paths[:1], most=2) == {}
