"""The boundary of trust: what belongs to a repository, and programs found outside of it only."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from launcher.core.project.boundary import (
    belongs,
    boundary,
    chosen_path,
    find_program,
    is_foreign,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the layouts are those of Unix")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def repo(home: Path) -> Path:
    folder = home / "work" / "repo"
    (folder / "app" / "inner").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("marker", [".git", ".hg", ".svn"])
def test_the_repository_is_the_outermost_versioned_folder(
    repo: Path, home: Path, marker: str
) -> None:
    assert boundary(repo / "app", home) == repo / "app"
    (repo / "app" / ".git").write_text("gitdir: ../.git/modules/app\n")  # a submodule's
    assert boundary(repo / "app" / "inner", home) == repo / "app"
    (repo / marker).mkdir()
    assert boundary(repo / "app" / "inner", home) == repo


def test_a_versioned_home_is_no_repository_of_what_is_in_it(repo: Path, home: Path) -> None:
    (home / ".git").mkdir()
    (home.parent / ".git").mkdir()
    python = home / ".pyenv" / "versions" / "3.12.1" / "bin" / "python"
    assert boundary(repo, home) == repo
    assert not belongs(python, repo, home)
    assert belongs(python, home, home)  # it was opened itself


@pytest.mark.parametrize(
    ("path", "is_projects"),
    [
        ("repo/app/.venv/bin/python", True),
        ("repo/tools/python", True),
        ("elsewhere/python", False),
        ("link-into/python", True),
        ("repo/app/link-out/python", True),
        ("through", True),
        ("repo/app/../../elsewhere/python", True),  # a file of the project names it so
    ],
)
def test_every_name_on_the_way_counts(repo: Path, home: Path, path: str, is_projects: bool) -> None:
    (repo / ".git").mkdir()
    outside = repo.parent / "elsewhere"
    outside.mkdir()
    (outside / "python").symlink_to(sys.executable)
    (repo / "tools").mkdir()
    (repo / "tools" / "python").symlink_to(sys.executable)
    (repo.parent / "link-into").symlink_to(repo / "tools")
    (repo / "app" / "link-out").symlink_to(outside)
    (repo.parent / "through").symlink_to(repo / "tools" / "python")
    assert belongs(repo.parent / path, repo / "app", home) is is_projects


def test_a_folder_that_is_opened_by_a_link_is_the_one_it_leads_to(repo: Path, home: Path) -> None:
    (repo / ".git").mkdir()
    link = home / "shortcut"
    link.symlink_to(repo / "app")
    assert boundary(link, home) == repo
    assert belongs(repo / "tools" / "python", link, home)
    assert belongs(link / ".venv" / "bin" / "python", link, home)


def test_a_circle_of_links_ends(repo: Path, home: Path) -> None:
    (home / "a").symlink_to(home / "b")
    (home / "b").symlink_to(home / "a")
    assert not belongs(home / "a", repo, home)


def test_programs_are_found_neither_in_the_current_folder_nor_in_the_project(
    repo: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    folders = [repo / "bin", home / "bin"]
    for folder in (repo, *folders):
        folder.mkdir(exist_ok=True)
        (folder / "uv").write_text("#!/bin/sh\n")
        (folder / "uv").chmod(0o755)
    path = os.pathsep.join([".", "", "bin", *map(str, folders)])
    assert find_program("uv", path, repo) == str(home / "bin" / "uv")
    assert find_program("uv", path) == str(repo / "bin" / "uv")
    assert find_program("uv", ".") is None
    assert find_program("uv", "") is None
    assert find_program(str(repo / "uv"), path) == str(repo / "uv")
    monkeypatch.setenv("PATH", str(home / "bin"))
    assert find_program("uv") == str(home / "bin" / "uv")


def test_what_another_user_owns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    assert not is_foreign(file)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert is_foreign(file)
    assert not is_foreign(file, owner)
    assert is_foreign(tmp_path / "gone", owner)


def test_what_the_user_types_is_named_by_nothing_else(
    repo: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo / "app")
    typed = "../../venv/bin/python"
    assert chosen_path(typed) == str(repo.parent / "venv" / "bin" / "python")
    assert not belongs(Path(chosen_path(typed)), repo / "app", home)
    link = home / "python"
    link.symlink_to(sys.executable)
    assert chosen_path(str(link)) == str(link)
