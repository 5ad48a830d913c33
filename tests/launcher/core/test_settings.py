"""The settings' files: private, atomic, shared by windows, forgiving."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from launcher.core.documents import take_lock
from launcher.core.profiles import Profile
from launcher.core.settings import OpenPage, Settings, SettingsFolder
from server.config import ServerConfig

DAMAGED = [
    b"",
    b"{",
    b"[1]",
    b"null",
    b"\0",
    b"\xff\xfe\x00",
    b"[" * 200_000,
    b'{"editor": "\\ud800"}',
    b'{"version": "x"}',
    b'{"version": 99}',
    b'{"version": ' + b"9" * 5000 + b"}",
]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    folder = SettingsFolder(tmp_path / "new" / "folder")
    pages = (OpenPage("/shop", "shop:app", True, True, {"filter": "x"}), OpenPage("/blog", "b:app"))
    settings = Settings(editor="mine", learning=True, appearance="dark", pages=pages, front=1)
    assert folder.load() == Settings()
    assert folder.save(settings) == ""
    assert SettingsFolder(folder.folder).load() == settings
    assert folder.take_notices() == []


def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    folder = SettingsFolder(tmp_path / "data")
    folder.save(Settings(editor="x"))
    folder.profiles.keep(Profile(ServerConfig(project="/shop", app="shop:app")))
    for path in (tmp_path / "data").rglob("*"):
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    assert mode(tmp_path / "data") == 0o700
    for path in (tmp_path / "data").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (tmp_path / "data").chmod(0o755)
    again = SettingsFolder(tmp_path / "data")
    assert again.load().editor == "x"
    assert mode(tmp_path / "data") == 0o700
    assert mode(tmp_path / "data" / "window.json") == 0o600


@pytest.mark.parametrize("content", DAMAGED, ids=lambda content: repr(content[:16]))
def test_what_cannot_be_used_is_put_aside_and_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "window.json").write_bytes(content)
    (tmp_path / "window.json.1").write_text("from before")
    folder = SettingsFolder(tmp_path)
    assert folder.load() == Settings()
    (notice,) = folder.take_notices()
    assert notice.startswith(f"{tmp_path / 'window.json'} ")
    assert notice.endswith("It was put aside there as window.json.2.")
    assert ("newer version" in notice) == (b"99}" in content and len(content) < 20)
    assert folder.take_notices() == []
    assert folder.save(Settings(editor="mine")) == ""
    assert (tmp_path / "window.json.2").read_bytes() == content
    assert (tmp_path / "window.json.1").read_text() == "from before"
    assert SettingsFolder(tmp_path).load().editor == "mine"


def test_what_is_damaged_after_the_start_is_put_aside_before_it_is_written(tmp_path: Path) -> None:
    folder = SettingsFolder(tmp_path)
    folder.save(Settings(editor="mine"))
    (tmp_path / "window.json").write_text("{")
    assert folder.save(Settings(editor="yours")) == ""
    assert (tmp_path / "window.json.1").read_text() == "{"
    assert len(folder.take_notices()) == 1


def test_what_cannot_be_read_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "window.json").mkdir()
    folder = SettingsFolder(tmp_path)
    assert folder.load() == Settings()
    assert "can't be read" in folder.take_notices()[0]
    assert folder.save(Settings(editor="mine")).startswith("The settings can't be saved in ")
    assert (tmp_path / "window.json").is_dir()


def test_what_is_right_is_kept_beside_what_is_wrong(tmp_path: Path) -> None:
    page = {"project": "/shop", "app": "a"}
    record: dict[str, Any] = {
        "editor": "mine",
        "learning": 1,
        "appearance": "pink",
        "unknown": 1,
        "front": 7,
        "pages": [1, {"project": 1}, page, {**page, "view": 3}, {}],
    }
    (tmp_path / "window.json").write_text(json.dumps(record))
    folder = SettingsFolder(tmp_path)
    assert folder.load() == Settings(editor="mine", pages=(OpenPage("/shop", "a"),))
    folder.save(Settings(editor="yours"))
    assert json.loads((tmp_path / "window.json").read_text())["unknown"] == 1


def test_two_windows_keep_what_the_other_has_changed(tmp_path: Path) -> None:
    first, second = SettingsFolder(tmp_path), SettingsFolder(tmp_path)
    first.load()
    second.load()
    first.save(Settings(editor="mine"))
    second.save(Settings(appearance="dark"))
    first.save(Settings(editor="mine", learning=True))
    assert SettingsFolder(tmp_path).load() == Settings("", "", "", "dark", "mine", True)


def test_a_folder_that_cannot_be_written_is_reported_in_one_sentence(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    folder = SettingsFolder(blocker / "below")
    assert folder.load() == Settings()
    problem = folder.save(Settings(editor="x"))
    assert problem.startswith("The settings can't be saved in ")
    assert problem.endswith(".")
    assert problem.count("\n") == 0


def test_a_lock_that_is_never_given_back_does_not_hold_the_window_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launcher.core.documents._LOCK_SECONDS", 0.05)
    lock = take_lock(tmp_path / ".lock")
    assert lock is not None
    with lock:
        problem = SettingsFolder(tmp_path).save(Settings(editor="x"))
    assert "another ServeDeck is writing there" in problem
    assert SettingsFolder(tmp_path).save(Settings(editor="x")) == ""
