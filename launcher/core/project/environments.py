"""Where the tools of Python projects leave their environments.

One function for each tool; each looks at the disk and at the environment variables that the tool
itself obeys, and runs nothing. What they yield may be broken or missing: that is found later. Each
records whether the project has named it, or the user: what a project names is not run for a look.

Thread: any; no state. Used by ``interpreters``.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from .boundary import is_foreign
from .python_info import python_in
from .reading import exists, is_file, is_folder, listed, read_text, read_toml, table

__all__ = ["Place", "places", "repository"]


class Place(NamedTuple):
    """Where an interpreter may be.

    :param path: the interpreter
    :param source: who has put it there
    :param by_project: a file or folder of the project names it
    """

    path: Path
    source: str
    by_project: bool = True


FOLDERS = (".venv", "venv", "env")
_LEVELS = (
    6  # folders looked at upwards; a project that lies deeper than this in its repository is rare
)


def places(project: Path, environ: Mapping[str, str], home: Path) -> Iterator[Place]:
    """Where an interpreter for the project may be, the likeliest first; some may come twice.

    :param project: the project's folder, absolute
    :param environ: the environment variables, as in ``os.environ``
    :param home: the user's home folder
    """
    above = repository(project)
    yield from _in_folder(project)
    for folder in above[1:]:
        yield from _in_folder(folder, os.path.relpath(folder, project))
    if environ.get("VIRTUAL_ENV"):
        yield Place(python_in(Path(environ["VIRTUAL_ENV"])), "VIRTUAL_ENV")
    yield from _uv(project, above, environ)
    yield from _poetry(above, environ, home)
    yield from _pipenv(above, environ, home)
    yield from _pdm(above)
    yield from _conda(project, above, environ, home)
    yield from _nearest_above(project, above, home)
    yield from _pyenv(project, environ, home)
    if _is_base(environ):  # active in every terminal, so it is nobody's choice for this project
        yield Place(python_in(Path(environ["CONDA_PREFIX"])), "conda base", by_project=False)


def repository(project: Path) -> list[Path]:
    """The project's folder and those above it, up to the one that is its repository.

    What another user has put above the project, in ``/tmp`` perhaps, makes no repository.
    """
    line = [project, *project.parents][:_LEVELS]
    for count, folder in enumerate(line, start=1):
        if exists(folder / ".git") and _may_count(folder / ".git", project):
            return line[:count]
    return line[:1]


def _may_count(marker: Path, project: Path) -> bool:
    """Whether a file that stands for a whole project is this user's, the system's, or belongs to
    the owner of the folder that was opened."""
    try:
        return not is_foreign(marker, 0, project.stat().st_uid)
    except (OSError, ValueError):
        return False


def _in_folder(folder: Path, prefix: str = "") -> Iterator[Place]:
    """Environments in a folder: under the usual names, then under any other."""
    for name in FOLDERS:
        if is_folder(folder / name):
            yield Place(python_in(folder / name), str(Path(prefix, name)))
    for path in sorted(listed(folder)):
        if path.name not in FOLDERS and is_file(path / "pyvenv.cfg"):
            yield Place(python_in(path), str(Path(prefix, path.name)))


def _nearest_above(project: Path, above: list[Path], home: Path) -> Iterator[Place]:
    """The environment of a folder above that is no repository: the nearest, as uv takes it. What is
    in the home folder or above it is there for other things."""
    for folder in project.parents[len(above) - 1 : _LEVELS]:
        if home.is_relative_to(folder):
            return
        for name in FOLDERS:
            settings = folder / name / "pyvenv.cfg"
            if is_file(settings) and _may_count(settings, project):
                where = str(Path(os.path.relpath(folder, project), name))
                yield Place(python_in(folder / name), where)
                return


# The tools ------------------------------------------------------------------------------------


def _uv(project: Path, above: list[Path], environ: Mapping[str, str]) -> Iterator[Place]:
    """uv keeps ``.venv`` beside the ``uv.lock`` of the project or of its workspace."""
    around = (*above, *project.parents[:_LEVELS])
    root = next((f for f in around if is_file(f / "uv.lock")), None)
    if root is not None and _may_count(root / "uv.lock", project):
        yield from _if_there(root / (environ.get("UV_PROJECT_ENVIRONMENT") or ".venv"), "uv")


def _poetry(above: list[Path], environ: Mapping[str, str], home: Path) -> Iterator[Place]:
    """Poetry's are in its cache, named after the project, a hash of its path, and the Python."""
    for folder in above:
        project = read_toml(folder / "pyproject.toml")
        tool = table(project, "tool", "poetry")
        if not tool and not is_file(folder / "poetry.lock"):
            continue
        name = table(project, "project").get("name") or tool.get("name")
        settings = table(read_toml(folder / "poetry.toml"))
        everywhere = read_toml(_poetry_config(environ, home) / "config.toml")
        cache = Path(
            environ.get("POETRY_CACHE_DIR")
            or settings.get("cache-dir")
            or everywhere.get("cache-dir")
            or _cache(environ, home, "pypoetry")
        )
        where = (
            environ.get("POETRY_VIRTUALENVS_PATH")
            or table(settings, "virtualenvs").get("path")
            or table(everywhere, "virtualenvs").get("path")
            or "{cache-dir}/virtualenvs"
        )
        where = str(where).replace("{cache-dir}", str(cache)).replace("{project-dir}", str(folder))
        root = Path(where).expanduser()
        for base in _poetry_names(str(name or "non-package-mode"), folder):
            yield from _poetry_environments(root, base)
        return


def _poetry_names(name: str, folder: Path) -> list[str]:
    """What the project's environments are called, but for the Python's version."""
    place = os.path.normcase(os.path.realpath(folder))
    code = base64.urlsafe_b64encode(hashlib.sha256(place.encode()).digest()).decode()[:8]
    spellings = (re.sub(r"[-_.]+", "-", name).lower(), name.lower())
    clean = [re.sub(r'[ $`!*@"\\\r\n\t]', "_", spelling)[:42] for spelling in spellings]
    return [f"{spelling}-{code}" for spelling in dict.fromkeys(clean)]


def _poetry_environments(root: Path, base: str) -> Iterator[Place]:
    found = [path.name for path in listed(root) if path.name.startswith(f"{base}-py")]
    active = table(read_toml(root / "envs.toml"), base).get("minor")
    found.sort(key=lambda name: _numbers(name.rpartition("-py")[2]), reverse=True)
    found.sort(key=lambda name: name != f"{base}-py{active}")
    for name in found:
        yield Place(python_in(root / name), "Poetry")


def _poetry_config(environ: Mapping[str, str], home: Path) -> Path:
    if environ.get("POETRY_CONFIG_DIR"):
        return Path(environ["POETRY_CONFIG_DIR"])
    if os.name == "nt":
        return Path(environ.get("APPDATA") or home / "AppData/Roaming") / "pypoetry"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "pypoetry"
    return Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pypoetry"


def _pipenv(above: list[Path], environ: Mapping[str, str], home: Path) -> Iterator[Place]:
    """Pipenv's are in ``WORKON_HOME``, named after the folder and a hash of the Pipfile's path."""
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    usual = home / ".virtualenvs" if os.name == "nt" else data / "virtualenvs"
    root = Path(environ.get("WORKON_HOME") or usual).expanduser()
    for folder in above:
        pipfile = folder / "Pipfile"
        if not is_file(pipfile):
            continue
        pointer = folder / ".venv"
        if is_file(pointer):  # it names the environment
            text = _read_line(pointer)
            if text:
                is_path = "/" in text or os.sep in text
                yield Place(python_in(folder / text if is_path else root / text), "Pipenv")
            return
        names = [environ["PIPENV_CUSTOM_VENV_NAME"]] if "PIPENV_CUSTOM_VENV_NAME" in environ else []
        digest = hashlib.sha256(str(pipfile).encode()).digest()[:6]
        code = base64.urlsafe_b64encode(digest).decode()[:8]
        for unwanted in (r'[ &$`!*@"()\[\]\\\r\n\t]', r'[ $`!*@"\\\r\n\t]'):  # now, and up to 2022
            names.append(f"{re.sub(unwanted, '_', folder.name)[:42]}-{code}")
        for name in dict.fromkeys(names):
            yield from _if_there(root / name, "Pipenv")
        return


def _pdm(above: list[Path]) -> Iterator[Place]:
    """PDM writes the interpreter's path into ``.pdm-python``; once it was ``.pdm.toml``."""
    for folder in above:
        text = _read_line(folder / ".pdm-python")
        text = text or str(table(read_toml(folder / ".pdm.toml"), "python").get("path") or "")
        if text:
            yield Place(folder / text, "PDM")
            return


def _conda(
    project: Path, above: list[Path], environ: Mapping[str, str], home: Path
) -> Iterator[Place]:
    """What ``environment.yml`` names, an environment in the project, and the active one."""
    for folder in above:
        for file in (folder / "environment.yml", folder / "environment.yaml"):
            facts = _read_flat_yaml(file)
            if facts.get("prefix"):
                yield from _if_there(folder / facts["prefix"], "conda")
            name = facts.get("name", "")
            if _is_plain(name) and name != "base":
                for root in _conda_roots(environ, home):
                    yield from _if_there(root / name, f"conda {name}", by_project=False)
    for name in (".conda", "conda", "envs", "env"):
        if is_folder(project / name / "conda-meta"):
            yield Place(python_in(project / name), name)
    active = environ.get("CONDA_PREFIX")
    if active and not _is_base(environ):
        name = environ.get("CONDA_DEFAULT_ENV") or "active"
        yield Place(python_in(Path(active)), f"conda {name}", by_project=False)


def _is_base(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("CONDA_PREFIX")) and environ.get("CONDA_DEFAULT_ENV") == "base"


def _conda_roots(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    """The folders that hold conda's environments by name."""
    for variable in ("CONDA_ENVS_PATH", "CONDA_ENVS_DIRS"):
        yield from (Path(part) for part in environ.get(variable, "").split(os.pathsep) if part)
    if environ.get("MAMBA_ROOT_PREFIX"):
        yield Path(environ["MAMBA_ROOT_PREFIX"]) / "envs"
    if environ.get("CONDA_EXE"):
        yield Path(environ["CONDA_EXE"]).parent.parent / "envs"
    yield home / ".conda" / "envs"
    names = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba")
    for folder in (home, home / ".local" / "share", Path("/opt")):
        yield from (folder / name / "envs" for name in names)
    yield Path("/opt/conda/envs")
    known = read_text(home / ".conda" / "environments.txt")  # conda lists here what it has made
    yield from (Path(line.strip()).parent for line in known.splitlines() if line.strip())


def _pyenv(project: Path, environ: Mapping[str, str], home: Path) -> Iterator[Place]:
    """The first ``.python-version`` upwards names one or more versions, also shortened."""
    root = Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    if not is_folder(root):
        return
    wanted = environ.get("PYENV_VERSION", "").split(":")
    for folder in (project, *project.parents):
        if any(wanted):
            break
        lines = read_text(folder / ".python-version").splitlines()
        wanted = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    for name in wanted:
        if not _is_plain(name) or name == "system":
            continue
        folder = root / name
        if not is_folder(folder):
            shortened = [path for path in listed(root) if path.name.startswith(f"{name}.")]
            folder = max(shortened, key=lambda path: _numbers(path.name), default=folder)
        yield Place(python_in(folder), f"pyenv {folder.name}", by_project=False)


# Reading ---------------------------------------------------------------------------------------


def _if_there(environment: Path, source: str, *, by_project: bool = True) -> Iterator[Place]:
    if is_folder(environment):
        yield Place(python_in(environment), source, by_project)


def _is_plain(name: str) -> bool:
    """Whether a name that a project's file gives is one, and leads nowhere else."""
    return bool(re.fullmatch(r"[\w.+-]+", name)) and name not in (".", "..")


def _cache(environ: Mapping[str, str], home: Path, name: str) -> Path:
    if os.name == "nt":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData/Local") / name / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / name
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / name


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _read_line(file: Path) -> str:
    text = read_text(file).strip()
    return "" if "\n" in text or "\0" in text else text


def _read_flat_yaml(file: Path) -> dict[str, str]:
    """The plain values at the top of a YAML file, which is all that is needed of it here."""
    found: dict[str, str] = {}
    for line in read_text(file).splitlines():
        match = re.fullmatch(r"([a-z]+):\s+([\"']?)([^\"'#]+?)\2\s*(?:#.*)?", line)
        if match:
            found[match.group(1)] = match.group(3)
    return found
