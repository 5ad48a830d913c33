"""server.worker.healing: when a broken app may be loaded again without a save."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from server.worker.healing import Healing


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


class Broken:
    """An app that misses a module, and what is reported of it."""

    def __init__(self, missing: str | None) -> None:
        self.missing = missing
        self.reported: list[Sequence[str]] = []
        self.healing = Healing(lambda: self.missing, self.reported.append)
        self.healing.begin()

    def look(self, times: int = 3) -> None:
        for _ in range(times):
            self.healing.look()


def test_missing_module_is_there_now(packages: Path) -> None:
    broken = Broken("not_there_yet")
    broken.look()
    assert broken.reported == []
    (packages / "not_there_yet.py").touch()
    broken.look()
    assert broken.reported == [(str(packages / "not_there_yet.py"),)]


def test_installer_is_waited_for(packages: Path) -> None:
    """Twice the same: it has finished."""
    broken = Broken("")
    (packages / "lib-2.dist-info").mkdir()
    broken.look(1)
    (packages / "more-1.dist-info").mkdir()
    broken.look(1)
    assert broken.reported == []
    broken.look(1)
    assert broken.reported == [
        (str(packages / "lib-2.dist-info"), str(packages / "more-1.dist-info"))
    ]


def test_upgrade_that_removes_the_old_version(packages: Path) -> None:
    (packages / "lib-1.dist-info").mkdir()
    broken = Broken("")
    os.rename(packages / "lib-1.dist-info", packages / "lib-2.dist-info")
    broken.look()
    assert len(broken.reported) == 1


def test_app_that_is_not_broken(packages: Path) -> None:
    broken = Broken(None)
    (packages / "lib-2.dist-info").mkdir()
    broken.look()
    assert broken.reported == []
