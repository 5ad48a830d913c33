"""A look at a hostile repository runs nothing of it; Start says what it is about to run.

Each trap is a way in which a project can name an interpreter. What it names leaves a witness when
it is run.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton
from served import serve

from launcher.core.project import listing
from launcher.core.project.interpreters import find_interpreters

WAIT = 30_000
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the layouts are those of Unix")


class Repository:
    """``repo`` with ``repo/app`` and ``repo/app/inner``, and a program that leaves a witness."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repo"
        self.app = self.root / "app"
        self.inner = self.app / "inner"
        self.home = folder / "home"
        self.witness = folder / "was-run"
        self.inner.mkdir(parents=True)
        self.home.mkdir()
        for place in (self.app, self.inner, self.root):
            self.write(place / "shop.py", "from flask import Flask\napp = Flask(__name__)\n")
        self.tool = self.trap(self.root / "tools" / "bin" / "python")

    def write(self, file: Path, text: str) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def trap(self, file: Path) -> Path:
        self.write(file, f"#!/bin/sh\ntouch '{self.witness}'\necho 3.12.1\n").chmod(0o755)
        return file

    def link(self, file: Path, target: str | Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.symlink_to(target)


def environment(repo: Repository) -> None:
    repo.trap(repo.app / ".venv" / "bin" / "python")


def environment_without_a_version(repo: Repository) -> None:
    repo.trap(repo.app / "venv" / "bin" / "python")
    repo.write(repo.app / "venv" / "pyvenv.cfg", "home = /usr/bin\n")


def environment_under_any_name(repo: Repository) -> None:
    repo.trap(repo.app / "stuff" / "bin" / "python")
    repo.write(repo.app / "stuff" / "pyvenv.cfg", "home = /usr/bin\n")


def environment_that_is_a_link_out(repo: Repository) -> None:
    repo.link(repo.app / ".venv", "../tools")


def environment_with_a_library_of_its_own(repo: Repository) -> None:
    """A link to a good Python, whose ``pyvenv.cfg`` leads it to another standard library."""
    evil = repo.root / "evil"
    version = "python{}.{}".format(*sys.version_info[:2])
    code = f"open({str(repo.witness)!r}, 'w')\n"
    for name in ("encodings/__init__.py", "os.py", "site.py"):
        repo.write(evil / "lib" / version / name, code)
    repo.write(evil / "bin" / version, "").chmod(0o755)
    repo.write(repo.app / ".venv" / "pyvenv.cfg", f"home = {evil}/bin\n")
    repo.link(repo.app / ".venv" / "bin" / "python", os.path.realpath(sys.executable))


def interpreter_that_is_a_link_out(repo: Repository) -> None:
    repo.link(repo.app / "env" / "bin" / "python3", "../../../tools/bin/python")


def pdm(repo: Repository) -> None:
    repo.write(repo.app / ".pdm-python", "../tools/bin/python\n")


def pdm_by_a_full_path(repo: Repository) -> None:
    repo.write(repo.app / ".pdm-python", str(repo.tool))


def pdm_as_it_was(repo: Repository) -> None:
    repo.write(repo.app / ".pdm.toml", '[python]\npath = "../tools/bin/python"\n')


def pipenv(repo: Repository) -> None:
    repo.write(repo.app / "Pipfile", "")
    repo.write(repo.app / ".venv", "../tools\n")


def poetry(repo: Repository) -> None:
    from launcher.core.project.environments import _poetry_names

    repo.write(repo.app / "pyproject.toml", '[tool.poetry]\nname = "shop"\n')
    repo.write(repo.app / "poetry.toml", '[virtualenvs]\npath = "{project-dir}/../envs"\n')
    (name, *_) = _poetry_names("shop", repo.app)
    repo.trap(repo.root / "envs" / f"{name}-py3.12" / "bin" / "python")


def uv(repo: Repository) -> None:
    repo.write(repo.app / "uv.lock", "version = 1\n")
    repo.trap(repo.app / ".venv" / "bin" / "python")


def conda_by_prefix(repo: Repository) -> None:
    repo.write(repo.app / "environment.yml", "prefix: ../tools\n")


def conda_by_a_full_prefix(repo: Repository) -> None:
    repo.write(repo.app / "environment.yml", f"prefix: {repo.root}/tools\n")


def conda_by_a_name_that_leads_out(repo: Repository) -> None:
    (repo.home / ".conda" / "envs").mkdir(parents=True)
    repo.write(repo.app / "environment.yaml", f"name: {repo.root}/tools\n")


def conda_in_the_project(repo: Repository) -> None:
    repo.trap(repo.app / ".conda" / "bin" / "python")
    (repo.app / ".conda" / "conda-meta").mkdir()


def pyenv(repo: Repository) -> None:
    (repo.home / ".pyenv" / "versions").mkdir(parents=True)
    repo.write(repo.app / ".python-version", f"../../../repo/tools\n{repo.root}/tools\n")


TRAPS = (
    environment, environment_without_a_version, environment_under_any_name,
    environment_that_is_a_link_out, environment_with_a_library_of_its_own,
    interpreter_that_is_a_link_out, pdm, pdm_by_a_full_path, pdm_as_it_was, pipenv, poetry, uv,
    conda_by_prefix, conda_by_a_full_prefix, conda_by_a_name_that_leads_out,
    conda_in_the_project, pyenv,
)  # fmt: skip


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.mark.parametrize("is_versioned", [True, False])
@pytest.mark.parametrize("trap", TRAPS)
def test_a_look_runs_nothing_of_the_project(
    repo: Repository, trap: Callable[[Repository], None], is_versioned: bool
) -> None:
    trap(repo)
    if is_versioned:
        (repo.root / ".git").mkdir()
    for opened in (repo.app, repo.inner, repo.root):
        for chosen in ("", str(opened / ".venv" / "bin" / "python")):
            find_interpreters(opened, chosen=chosen, environ={}, home=repo.home)
    assert not repo.witness.exists()


@pytest.mark.parametrize(
    "variables",
    [
        {"VIRTUAL_ENV": "{root}/tools"},
        {"CONDA_PREFIX": "{root}/tools", "CONDA_DEFAULT_ENV": "base"},
        {"CONDA_PREFIX": "{root}/tools", "CONDA_DEFAULT_ENV": "shop"},
        {"UV_PROJECT_ENVIRONMENT": "{root}/tools"},
        {"WORKON_HOME": "{root}/tools"},
        {"PYENV_ROOT": "{root}/pyenv", "PYENV_VERSION": "mine"},
    ],
)
def test_variables_that_lead_into_the_project_run_nothing_of_it(
    repo: Repository, variables: dict[str, str]
) -> None:
    (repo.root / ".git").mkdir()
    repo.write(repo.app / "uv.lock", "version = 1\n")
    repo.trap(repo.root / "pyenv" / "versions" / "mine" / "bin" / "python")
    environ = {name: value.format(root=repo.root) for name, value in variables.items()}
    for opened in (repo.app, repo.root):
        find_interpreters(opened, environ=environ, home=repo.home)
    assert not repo.witness.exists()


def spring_all(repo: Repository) -> None:
    (repo.root / ".git").mkdir()
    for trap in (pdm, environment, conda_by_prefix, environment_under_any_name, uv, pyenv):
        trap(repo)
    repo.link(repo.inner / ".venv", "../../tools")
    repo.trap(repo.root / ".venv" / "bin" / "python")


@pytest.mark.parametrize("opened", ["app", "app/inner", "."])
def test_the_list_of_apps_runs_nothing_of_the_project(repo: Repository, opened: str) -> None:
    spring_all(repo)
    out = io.StringIO()
    assert listing.run(repo.root / opened, False, out) == 0
    assert "shop:app" in out.getvalue()
    assert not repo.witness.exists()


@pytest.mark.parametrize("opened", ["app", "app/inner", "."])
def test_opening_the_window_runs_nothing_and_start_shows_what_it_will(
    qtbot: Any, build_window: Callable[..., Any], repo: Repository, opened: str
) -> None:
    spring_all(repo)
    folder = repo.root / opened
    window = build_window("--project", str(folder))
    window.show()
    python = window.findChild(QComboBox, "pythonCombo")
    qtbot.waitUntil(
        lambda: python.count() > 1 and not window.page.form.python.pending, timeout=WAIT
    )
    assert not repo.witness.exists()
    window.page.form.set_app("shop:app")
    start = window.findChild(QPushButton, "startButton")
    qtbot.mouseClick(start, Qt.MouseButton.LeftButton)
    chosen = window.page.controller.config.python
    assert Path(chosen).is_relative_to(repo.root)
    assert window.page.line.text.startswith(f"Runs with {chosen}")
    assert window.page.line.text.endswith(f"which belongs to the repository {repo.root}.")
    assert window.page.line.property("tone") == "info"
    assert not repo.witness.exists()  # nothing else than the server itself would run it


def test_the_terminal_shows_what_it_is_about_to_run(repo: Repository) -> None:
    (repo.root / ".git").mkdir()
    make = [sys.executable, "-m", "venv", "--without-pip", str(repo.root / "tools" / "env")]
    subprocess.run(make, check=True, timeout=60)
    repo.write(repo.app / ".pdm-python", "../tools/env/bin/python")
    repo.write(repo.app / "shop.py", "def app(environ, start_response):\n    return []\n")
    with serve(f"{repo.app / 'shop.py'}:app", "--project", repo.app) as command:
        assert command.stop() == 0
    python = repo.app / ".." / "tools" / "env" / "bin" / "python"
    first = command.err.splitlines()[0]
    assert first.startswith(f"servedeck: Runs with {python} (it leads to ")
    assert first.endswith(f"), which belongs to the repository {repo.root}.")
