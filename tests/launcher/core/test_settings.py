"""The settings file: private, atomic, and forgiving."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from launcher.core.settings import Settings, SettingsFile


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "new" / "folder")
    settings = Settings(editor="mine", learning=True, appearance="dark")
    assert file.load() == Settings()
    assert file.save(settings) == ""
    assert file.load() == settings


def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "data")
    file.save(Settings())
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in file.path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "\0", '{"editor": 1, "learning": 1}'])
def test_a_damaged_file_counts_as_nothing(tmp_path: Path, text: str) -> None:
    file = SettingsFile(tmp_path)
    file.path.write_text(text)
    assert file.load() == Settings()


def test_bytes_that_are_no_text_count_as_nothing(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    file.path.write_bytes(b"\xff\xfe\x00")
    assert file.load() == Settings()


def test_what_is_right_is_kept_beside_what_is_wrong(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    record = {"editor": "mine", "learning": 1, "appearance": "pink", "unknown": 1}
    file.path.write_text(json.dumps(record))
    assert file.load() == Settings(editor="mine")


def test_a_folder_that_cannot_be_written_is_reported_in_one_sentence(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    problem = SettingsFile(blocker / "below").save(Settings())
    assert problem.startswith("The settings can't be saved in ")
    assert problem.endswith(".")
    assert problem.count("\n") == 0


def test_what_is_open_to_others_is_closed_when_it_is_first_read(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "data")
    file.save(Settings(editor="mine"))
    file.path.chmod(0o644)
    file.path.parent.chmod(0o755)
    assert file.load().editor == "mine"
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
