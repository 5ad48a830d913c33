"""Only the user may read what is kept: whatever was there before, and whatever the umask says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.core.private_files import narrow, open_for_writing, private_folder


@pytest.fixture(autouse=True, params=[0o000, 0o022, 0o077], ids=["open", "usual", "narrow"])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_the_users_alone(tmp_path: Path) -> None:
    file = tmp_path / "events"
    with open_for_writing(file) as stream:
        assert mode(file) == 0o600
        stream.write(b"text")
    file.chmod(0o644)
    with open_for_writing(file):
        assert (mode(file), file.read_bytes()) == (0o600, b"")
    file.chmod(0o664)
    narrow(file)
    assert mode(file) == 0o600
    narrow(tmp_path / "not there")


def test_what_is_no_ordinary_file_is_left_alone(tmp_path: Path) -> None:
    before = mode(Path(os.devnull))
    with open_for_writing(Path(os.devnull)) as stream:
        stream.write(b"text")
    assert mode(Path(os.devnull)) == before
    link = tmp_path / "link"
    link.symlink_to(os.devnull)
    narrow(link)
    assert mode(Path(os.devnull)) == before


def test_a_folder_is_the_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "above" / "data"
    assert private_folder(folder) == folder
    assert mode(folder) == 0o700
    folder.chmod(0o755)
    private_folder(folder)
    assert mode(folder) == 0o700


def test_what_can_not_be_made_reports_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        private_folder(tmp_path / "file" / "data")
    with pytest.raises(OSError, match="nowhere"):
        open_for_writing(tmp_path / "nowhere" / "events")


def test_what_is_in_the_folder_already_is_narrowed(tmp_path: Path) -> None:
    outside, data = tmp_path / "outside", tmp_path / "data"
    data.mkdir()
    outside.touch()
    outside.chmod(0o644)
    (data / "link").symlink_to(outside)
    for name in ("settings.json", "history.db"):
        (data / name).touch()
        (data / name).chmod(0o644)
    private_folder(data)
    assert [mode(data / name) for name in ("settings.json", "history.db")] == [0o600, 0o600]
    assert mode(outside) == 0o644


def test_a_folder_that_is_not_ours_alone_keeps_its_modes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, shared = tmp_path / "home", tmp_path / "shared"
    monkeypatch.setenv("HOME", str(home))
    for folder, wanted in ((home, 0o755), (shared, 0o1777), (tmp_path, 0o755)):
        folder.mkdir(exist_ok=True)
        folder.chmod(wanted)
        private_folder(folder)
        assert mode(folder) == wanted
