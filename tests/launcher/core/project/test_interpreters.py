"""Interpreters: what each tool leaves on disk is found, in order, and described truthfully."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from launcher.core.project import interpreters, python_info
from launcher.core.project.interpreters import (
    OWN,
    Interpreter,
    announcement,
    examine,
    find_interpreters,
    is_own,
    proposed,
    records,
    table,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the layouts are those of Unix")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "Web.Shop"
    folder.mkdir(parents=True)
    return folder


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def venv(folder: Path, version: str = "3.11.4", **packages: str) -> Path:
    """A virtual environment as tools write it; its interpreter is this one."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    write(folder / "pyvenv.cfg", f"home = /usr/bin\nversion = {version}\n")
    library = folder / "lib" / f"python{'.'.join(version.split('.')[:2])}" / "site-packages"
    library.mkdir(parents=True)
    for name, release in packages.items():
        (library / f"{name}-{release}.dist-info").mkdir()
    return python


def conda(folder: Path, version: str = "3.10.2") -> Path:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    write(folder / "conda-meta" / f"python-{version}-h12debd9_0.json", "{}")
    return python


def look(project: Path, home: Path, kind: str = "", **environ: str) -> list[Interpreter]:
    found = find_interpreters(project, kind, environ=environ, home=home)
    assert found[-1].own or any(one.own for one in found)
    return [one for one in found if not one.own]


def found_in(project: Path, home: Path, **environ: str) -> list[tuple[str, str, str]]:
    return [(one.source, one.path, one.version) for one in look(project, home, **environ)]


def test_with_nothing_there_the_launchers_own_is_proposed(project: Path, home: Path) -> None:
    found = find_interpreters(project, environ={}, home=home)
    assert [(one.path, one.source, one.own) for one in found] == [(sys.executable, OWN, True)]
    assert found[0].version == "{}.{}.{}".format(*sys.version_info[:3])
    assert proposed(found) is found[0]
    assert found[0].has("flask") is True
    assert found[0].has("servedeck") is True


def test_the_folders_of_the_project_come_first_and_in_order(project: Path, home: Path) -> None:
    paths = [venv(project / name) for name in ("env", "other", "venv", ".venv")]
    elsewhere = venv(project.parent / "elsewhere")
    active = str(elsewhere.parent.parent)
    assert found_in(project, home, VIRTUAL_ENV=active) == [
        (".venv", str(paths[3]), "3.11.4"),
        ("venv", str(paths[2]), "3.11.4"),
        ("env", str(paths[0]), "3.11.4"),
        ("other", str(paths[1]), "3.11.4"),
        ("VIRTUAL_ENV", str(elsewhere), "3.11.4"),
    ]
    assert [one.source for one in look(project, home, VIRTUAL_ENV=str(project / "env"))] == [
        ".venv", "venv", "env", "other",
    ]  # fmt: skip


def test_the_repository_s_own_are_found_from_a_folder_in_it(project: Path, home: Path) -> None:
    python = venv(project.parent / "odd name")
    assert look(project, home) == []
    (project.parent / ".git").mkdir()
    assert found_in(project, home) == [("../odd name", str(python), "3.11.4")]


def test_without_a_repository_the_nearest_above_is_found(project: Path, home: Path) -> None:
    app = project / "src" / "app"
    app.mkdir(parents=True)
    far, near = venv(project.parent / "venv"), venv(project / ".venv")
    active = venv(home / "active")
    assert found_in(app, home, VIRTUAL_ENV=str(home / "active")) == [
        ("VIRTUAL_ENV", str(active), "3.11.4"),
        ("../../.venv", str(near), "3.11.4"),
    ]
    assert found_in(app, project.parent) == [("../../.venv", str(near), "3.11.4")]
    assert found_in(app, project) == []  # of the home folder, so for other things
    (project / ".venv" / "pyvenv.cfg").unlink()
    assert [path for _, path, _ in found_in(app, home)] == [str(far)]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
def test_a_strangers_environment_above_the_project_is_skipped(project: Path, home: Path) -> None:
    python = venv(project.parent / ".venv")
    assert [path for _, path, _ in found_in(project, home)] == [str(python)]
    os.chown(project.parent / ".venv" / "pyvenv.cfg", 12345, 12345)
    assert found_in(project, home) == []


def test_uv(project: Path, home: Path) -> None:
    root = project.parent
    write(root / "uv.lock", "version = 1")
    python = venv(root / ".venv", "3.12.1")
    write(root / ".venv" / "pyvenv.cfg", "home = /x\nuv = 0.4\nversion_info = 3.12.1\n")
    assert found_in(project, home) == [("uv", str(python), "3.12.1")]
    named = venv(root / "made")
    assert found_in(project, home, UV_PROJECT_ENVIRONMENT="made") == [
        ("uv", str(named), "3.11.4"),
        ("../.venv", str(python), "3.12.1"),
    ]


POETRY = '[tool.poetry]\nname = "Web.Shop"\n'


def poetry_name(project: Path, name: str = "web-shop") -> str:
    digest = hashlib.sha256(os.path.realpath(project).encode()).digest()
    return f"{name}-{base64.urlsafe_b64encode(digest).decode()[:8]}"


@pytest.mark.parametrize("metadata", [POETRY, '[project]\nname = "Web.Shop"\n'])
def test_poetry_in_its_cache(project: Path, home: Path, metadata: str) -> None:
    write(project / "pyproject.toml", metadata)
    write(project / "poetry.lock", "")
    root = home / ".cache" / "pypoetry" / "virtualenvs"
    name = poetry_name(project)
    old, new = venv(root / f"{name}-py3.9", "3.9.1"), venv(root / f"{name}-py3.10", "3.10.1")
    venv(root / "web-shop-xxxxxxxx-py3.11")
    assert [row[1] for row in found_in(project, home)] == [str(new), str(old)]
    write(root / "envs.toml", f'["{name}"]\nminor = "3.9"\npatch = "3.9.1"\n')
    assert found_in(project, home)[0] == ("Poetry", str(old), "3.9.1")


@pytest.mark.parametrize(
    ("files", "environ", "root"),
    [
        ({}, {"POETRY_VIRTUALENVS_PATH": "{tmp}/a"}, "a"),
        ({}, {"POETRY_CACHE_DIR": "{tmp}/b"}, "b/virtualenvs"),
        ({}, {"XDG_CACHE_HOME": "{tmp}/c"}, "c/pypoetry/virtualenvs"),
        ({"poetry.toml": '[virtualenvs]\npath = "{tmp}/d"\n'}, {}, "d"),
        (
            {".config/pypoetry/config.toml": 'cache-dir = "{tmp}/e"\n[virtualenvs]\n'
             'path = "{{cache-dir}}/x"\n'},
            {},
            "e/x",
        ),
    ],
)  # fmt: skip
def test_poetry_where_it_was_configured_to(
    project: Path, home: Path, tmp_path: Path, files: Any, environ: Any, root: str
) -> None:
    write(project / "pyproject.toml", POETRY)
    for name, text in files.items():
        base = project if name == "poetry.toml" else home
        write(base / name, text.format(tmp=tmp_path))
    python = venv(tmp_path / root / f"{poetry_name(project)}-py3.11")
    variables = {name: value.format(tmp=tmp_path) for name, value in environ.items()}
    assert found_in(project, home, **variables) == [("Poetry", str(python), "3.11.4")]


def pipenv_name(project: Path) -> str:
    digest = hashlib.sha256(str(project / "Pipfile").encode()).digest()[:6]
    return f"{project.name}-{base64.urlsafe_b64encode(digest).decode()}"


def test_pipenv(project: Path, home: Path) -> None:
    write(project / "Pipfile", "")
    python = venv(home / ".local" / "share" / "virtualenvs" / pipenv_name(project))
    assert found_in(project, home) == [("Pipenv", str(python), "3.11.4")]
    other = venv(home / "mine" / pipenv_name(project))
    assert found_in(project, home, WORKON_HOME=str(home / "mine")) == [
        ("Pipenv", str(other), "3.11.4")
    ]


def test_pipenv_s_record_names_the_environment(project: Path, home: Path) -> None:
    write(project / "Pipfile", "")
    python = venv(home / ".local" / "share" / "virtualenvs" / "shop")
    write(project / ".venv", "shop\n")
    assert found_in(project, home) == [("Pipenv", str(python), "3.11.4")]
    inside = venv(project.parent / "around")
    write(project / ".venv", "../around")
    assert [os.path.realpath(row[1]) for row in found_in(project, home)] == [
        os.path.realpath(inside)
    ]


def test_pdm(project: Path, home: Path) -> None:
    python = venv(home / "pdm" / "shop")
    write(project / ".pdm-python", f"{python}\n")
    assert found_in(project, home) == [("PDM", str(python), "3.11.4")]
    (project / ".pdm-python").unlink()
    write(project / ".pdm.toml", f'[python]\npath = "{python}"\n')
    assert found_in(project, home) == [("PDM", str(python), "3.11.4")]


def test_conda_by_name(project: Path, home: Path) -> None:
    write(project / "environment.yml", "name: shop  # ours\ndependencies:\n  - name: wrong\n")
    python = conda(home / "miniconda3" / "envs" / "shop")
    assert found_in(project, home) == [("conda shop", str(python), "3.10.2")]
    listed = conda(home / "far" / "shop", "3.12.0")
    write(home / ".conda" / "environments.txt", f"{home}/far/shop\n{home}/far/else\n")
    assert ("conda shop", str(listed), "3.12.0") in found_in(project, home)


def test_conda_active_and_its_base(project: Path, home: Path) -> None:
    python = conda(home / "envs" / "api")
    (home / ".pyenv" / "versions" / "3.11.9" / "bin").mkdir(parents=True)
    (home / ".pyenv" / "versions" / "3.11.9" / "bin" / "python").symlink_to(sys.executable)
    write(project / ".python-version", "3.11.9")
    active = {"CONDA_PREFIX": str(home / "envs" / "api")}
    sources = [row[0] for row in found_in(project, home, CONDA_DEFAULT_ENV="api", **active)]
    assert sources == ["conda api", "pyenv 3.11.9"]
    sources = [row[0] for row in found_in(project, home, CONDA_DEFAULT_ENV="base", **active)]
    assert sources == ["pyenv 3.11.9", "conda base"]
    assert str(python) in [row[1] for row in found_in(project, home, **active)]


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("3.11.9\n", ["3.11.9"]),
        ("# ours\n3.11\n3.9.18\n", ["3.11.10", "3.9.18"]),
        ("system\n../../evil\n", []),
    ],
)
def test_pyenv(project: Path, home: Path, text: str, versions: list[str]) -> None:
    root = home / "py"
    for name in ("3.11.9", "3.11.10", "3.9.18", "3.110.1"):
        (root / "versions" / name / "bin").mkdir(parents=True)
        (root / "versions" / name / "bin" / "python").symlink_to(sys.executable)
    write(project.parent / ".python-version", text)
    assert found_in(project, home, PYENV_ROOT=str(root)) == [
        (f"pyenv {v}", str(root / "versions" / v / "bin" / "python"), v) for v in versions
    ]


def test_a_version_that_pyenv_lacks_is_listed_with_the_problem(project: Path, home: Path) -> None:
    (home / ".pyenv" / "versions").mkdir(parents=True)
    write(project / ".python-version", "3.12.9")
    (found,) = look(project, home)
    assert found.source == "pyenv 3.12.9"
    assert "There is no Python" in found.problem


# What is wrong ---------------------------------------------------------------------------------


def test_a_broken_environment_is_listed_and_not_proposed(project: Path, home: Path) -> None:
    python = venv(project / ".venv")
    python.unlink()
    python.symlink_to("/no/longer/python3.11")
    good = venv(project / "venv")
    (project / "env").mkdir()
    found = find_interpreters(project, environ={}, home=home)
    assert [one.source for one in found] == [".venv", "venv", "env", OWN]
    assert "leads to /no/longer/python3.11, which is not there" in found[0].problem
    assert found[2].problem == f"There is no Python in {project / 'env'}."
    first = proposed(found)
    assert first is not None
    assert first.path == str(good)
    assert found[0].framework("flask") is None


@pytest.mark.parametrize("version", ["3.8.18", "2.7.18"])
def test_too_old(project: Path, home: Path, version: str) -> None:
    venv(project / ".venv", version)
    (found,) = look(project, home)
    assert found.problem == f"Python {version} is too old: ServeDeck needs 3.9 or newer."
    assert not found.usable


def test_a_file_that_may_not_be_run(project: Path, home: Path) -> None:
    python = venv(project / ".venv")
    python.unlink()
    write(python, "").chmod(0o644)
    (found,) = look(project, home)
    assert found.problem == f"{python} is not executable."


def script(file: Path, text: str) -> Path:
    write(file, f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def test_nothing_that_came_with_the_project_is_run(project: Path, home: Path) -> None:
    trace = project / "was-run"
    script(project / ".venv" / "bin" / "python", f"touch {trace}; echo 3.11.1")
    tool = script(home / "tool", f"touch {trace}; echo 3.11.1")
    write(project / ".pdm-python", str(tool))
    linked = project / "venv" / "bin" / "python"
    linked.parent.mkdir(parents=True)
    linked.symlink_to(tool)
    found = look(project, home)
    assert [(one.source, one.version) for one in found] == [
        (".venv", ""),
        ("venv", ""),
        ("PDM", ""),
    ]
    assert not trace.exists()


def test_an_interpreter_without_papers_is_run_once(home: Path, project: Path) -> None:
    trace = home / "runs"
    python = script(home / "opt" / "bin" / "python3.12", f"echo x >> {trace}; echo 3.12.5")
    for _ in range(3):
        assert examine(python, project=project).version == "3.12.5"
    assert trace.read_text() == "x\n"
    script(python, f"echo x >> {trace}; echo 3.12.6")
    os.utime(python, ns=(1, 1))
    assert examine(python).version == "3.12.6"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("echo 'pyenv: no such version' >&2; exit 127", "can't be run: pyenv: no such version"),
        ("echo 'Unknown option: -I' >&2; exit 2", "It is a Python 2"),
        ("exit 0", "can't be run."),
        ("exec sleep 60", "did not answer within"),
    ],
)
def test_an_interpreter_that_fails_is_reported(
    home: Path, monkeypatch: pytest.MonkeyPatch, answer: str, expected: str
) -> None:
    if "sleep" in answer:
        monkeypatch.setattr(python_info, "_RUN_SECONDS", 0.2)
    found = examine(script(home / "bin" / "python3", answer))
    assert expected in found.problem
    assert proposed([found]) is None


def test_a_path_that_leads_nowhere(tmp_path: Path) -> None:
    assert examine(tmp_path / "no").problem == f"There is no Python at {tmp_path / 'no'}."
    missing = tmp_path / "x" / "bin" / "python"
    assert examine(missing).problem == f"There is no Python at {missing}."
    assert "is a folder" in examine(tmp_path).problem


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pyproject.toml", "[tool.poetry\n"),
        ("pyproject.toml", "tool = 3\n[project]\nname = 5\n"),
        ("environment.yml", "name: [\n"),
        (".pdm-python", "a\nb\n"),
        (".python-version", "\0\n"),
        (".venv", ""),
    ],
)
def test_damaged_files_count_as_none(project: Path, home: Path, name: str, content: str) -> None:
    (home / ".pyenv" / "versions").mkdir(parents=True)
    write(project / "poetry.lock", "")
    write(project / "Pipfile", "")
    write(project / name, content)
    assert look(project, home) == []


# Frameworks ------------------------------------------------------------------------------------


def test_frameworks_are_read_without_running_anything(project: Path, home: Path) -> None:
    venv(project / ".venv", Flask="3.1.3", django="5.2")
    found = find_interpreters(project, "flask", environ={}, home=home)[0]
    assert found.frameworks == (("flask", "3.1.3"), ("django", "5.2"))
    assert found.has_framework is True
    assert found.framework("flask") == "Flask 3.1.3"
    assert found.framework("bottle") == "Bottle is not installed"
    assert found.framework("wsgi") is None
    assert found.has("pyramid") is False
    assert found.has("servedeck") is False
    assert found.label == ".venv \u00b7 Python 3.11.4"
    assert find_interpreters(project, "wsgi", environ={}, home=home)[0].has_framework is None


def test_a_framework_as_a_file_beside_the_app_counts(project: Path, home: Path) -> None:
    venv(project / ".venv")
    write(project / "bottle.py", "")
    assert look(project, home)[0].framework("bottle") == "Bottle"


def test_the_system_s_packages_count_where_the_environment_sees_them(
    project: Path, home: Path
) -> None:
    venv(project / ".venv")
    (home / "base" / "lib" / "python3.11" / "site-packages" / "flask").mkdir(parents=True)
    settings = f"home = {home}/base/bin\nversion = 3.11.4\ninclude-system-site-packages = "
    write(project / ".venv" / "pyvenv.cfg", settings + "false\n")
    assert look(project, home)[0].has("flask") is False
    write(project / ".venv" / "pyvenv.cfg", settings + "true\n")
    assert look(project, home)[0].has("flask") is True


# Describing ---------------------------------------------------------------------------------------


def test_the_chosen_one_is_listed_in_any_case(project: Path, home: Path) -> None:
    python = venv(home / "mine")
    found = find_interpreters(project, chosen=str(python), environ={}, home=home)
    assert [(one.source, one.path) for one in found] == [
        ("chosen", str(python)), (OWN, sys.executable),
    ]  # fmt: skip
    inside = venv(project / ".venv")
    found = find_interpreters(project, chosen=str(inside), environ={}, home=home)
    assert [one.source for one in found] == [".venv", OWN]


def test_table_and_records(project: Path, home: Path) -> None:
    venv(project / ".venv", "3.8.1")
    venv(project / "venv", flask="3.0.0")
    found = find_interpreters(project, environ={}, home=home)
    lines = table(found, "flask").splitlines()
    assert re.fullmatch(r"PYTHON +VERSION  FOUND", lines[0])
    assert lines[1].endswith(".venv: Python 3.8.1 is too old: ServeDeck needs 3.9 or newer.")
    assert lines[2].endswith("venv, proposed: Flask 3.0.0")
    rows = records(found, "flask")
    assert [row["proposed"] for row in rows] == [False, True, False]
    assert rows[1]["has_framework"] is True
    assert rows[1]["frameworks"] == {"flask": "3.0.0"}


def test_own() -> None:
    assert is_own("")
    assert is_own(sys.executable)
    assert not is_own(os.path.realpath("/usr/bin/env"))


@pytest.mark.timeout(120)
def test_a_real_environment(project: Path, home: Path) -> None:
    command = [sys.executable, "-m", "venv", "--without-pip", str(project / ".venv")]
    subprocess.run(command, check=True, timeout=60)
    (found,) = look(project, home, "flask")
    assert found.version == "{}.{}.{}".format(*sys.version_info[:3])
    assert found.has_framework is False
    assert found.usable
    done = subprocess.run(
        [found.path, "-c", "import sys; print(sys.prefix)"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(project / ".venv")
    assert interpreters.examine(Path(found.path)).frameworks == ()


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="the superuser may enter any folder")
def test_a_folder_that_may_not_be_entered_hides_nothing_else(project: Path, home: Path) -> None:
    venv(project / ".venv")
    good = venv(project / "venv")
    (project / ".venv").chmod(0)
    try:
        assert [one.path for one in look(project, home) if one.usable] == [str(good)]
    finally:
        (project / ".venv").chmod(0o755)


def test_a_check_that_is_refused_hides_nothing_else(
    project: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv(project / ".venv")
    good = venv(project / "venv")
    stat_ = os.stat

    def refuse(path: Any, *args: Any, **options: Any) -> Any:
        if f"{project / '.venv'}/" in os.fspath(path):
            raise PermissionError(13, "Permission denied", path)
        return stat_(path, *args, **options)

    monkeypatch.setattr(os, "stat", refuse)
    found = look(project, home)
    monkeypatch.undo()
    assert [one.path for one in found if one.usable] == [str(good)]


# Before a start --------------------------------------------------------------------------------


def test_a_program_of_the_repository_is_announced(project: Path) -> None:
    """A usual environment isn't: what it runs is the system's Python."""
    assert announcement("", str(project)) == ""
    assert announcement(str(venv(project / ".venv")), str(project)) == ""
    assert announcement(os.path.realpath(sys.executable), str(project)) == ""
    assert announcement(str(project / "gone" / "bin" / "python"), str(project)) == ""
    tool = script(project / "tools" / "python", "exit 0")
    assert announcement(str(tool), str(project)) == (
        f"Runs with {tool}, which belongs to the repository {project}."
    )


def test_so_is_a_program_that_only_looks_like_an_environment_above(project: Path) -> None:
    app = project / "app"
    app.mkdir()
    python = venv(project / ".venv")
    assert announcement(str(python), str(app)) == ""
    python.unlink()
    script(python, "exit 0")
    assert announcement(str(python), str(app)) == f"Runs with {python}, which lies in {project}."


def test_an_environment_that_is_not_what_it_seems_is_announced(project: Path) -> None:
    (project / ".git").mkdir()
    app = project / "app"
    usual = venv(project / "envs" / "usual")
    library, linked, program = (venv(app / name) for name in ("library", "linked", "program"))
    write(app / "library" / "pyvenv.cfg", f"home = {project}/evil/bin\nversion = 3.11.4\n")
    program.unlink()
    script(program, "exit 0")
    (app / ".venv").symlink_to("../envs/usual")
    named = app / ".." / "envs" / "usual" / "bin" / "python"
    for python in (library, program, app / ".venv" / "bin" / "python", named):
        announced = announcement(str(python), str(app))
        assert announced.startswith(f"Runs with {python}"), python
        assert announced.endswith(f", which belongs to the repository {project}.")
    for python in (usual, linked):
        assert announcement(str(python), str(app)) == ""
