"""What a project declares that it needs, and the tool that installs it.

Read from ``requirements*.txt``, ``pyproject.toml`` (PEP 621 and 735, Poetry, PDM, uv), ``uv.lock``,
``poetry.lock``, ``pdm.lock``, ``Pipfile``, ``Pipfile.lock`` and ``setup.cfg``, in the project's
folder and those above it in its repository.

A name counts only where it comes from the public index. What is got from a URL, from version
control, a folder or another index is the project's own affair: the same name on the public index
may be somebody else's, and to install that is to run a stranger's code.

Thread: any; it reads a few files: keep it off the GUI thread.
"""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .distributions import normalized
from .environments import repository
from .reading import is_file, listed, read_text, read_toml, table

__all__ = ["ProjectTool", "declared_names", "project_tool"]

_LOCK_SIZE = 32_000_000
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)", re.DOTALL)
_OTHER_INDEX = re.compile(
    r"^\s*(?:-i|-f|--index-url|--extra-index-url|--find-links|--no-index)\b(?!.*pypi\.org/simple)",
    re.MULTILINE,
)
_PUBLIC = re.compile(r"https://pypi\.(?:org|python\.org)/.*")
_ELSEWHERE = frozenset({"git", "hg", "svn", "url", "path", "file", "directory", "source", "index"})


class ProjectTool(NamedTuple):
    """The tool that manages a project's packages.

    :param command: what makes the project's environment, such as ``("uv", "sync")``
    :param folder: where it is to be run
    """

    command: tuple[str, ...]
    folder: Path


_TOOLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("uv.lock", "uv", ("uv", "sync")),
    ("poetry.lock", "poetry", ("poetry", "install")),
    ("pdm.lock", "pdm", ("pdm", "install")),
    ("Pipfile", "", ("pipenv", "install")),
)
"""A file that stands for a tool, its table in ``pyproject.toml``, and its command."""


def project_tool(project: Path) -> ProjectTool | None:
    """The tool that a project is managed with; None where it is none that makes environments."""
    for folder in repository(project):
        for lock, _, command in _TOOLS:
            if is_file(folder / lock):
                return ProjectTool(command, folder)
        settings = read_toml(folder / "pyproject.toml")
        for _, name, command in _TOOLS:
            if name and table(settings, "tool", name):
                return ProjectTool(command, folder)
    return None


def declared_names(project: Path) -> frozenset[str]:
    """The distributions from the public index that a project needs, normalized."""
    found: set[str] = set()
    elsewhere: set[str] = set()
    for folder in repository(project):
        for name, is_public in _in_folder(folder):
            (found if is_public else elsewhere).add(normalized(name))
    return frozenset(found - elsewhere)


_Names = Iterator[tuple[str, bool]]
"""Names, and whether each comes from the public index."""


def _in_folder(folder: Path) -> _Names:
    yield from _requirements(folder)
    yield from _pyproject(read_toml(folder / "pyproject.toml"))
    for name in ("uv.lock", "poetry.lock", "pdm.lock"):
        yield from _locked(read_toml(folder / name, _LOCK_SIZE))
    yield from _pipfile(read_toml(folder / "Pipfile"))
    yield from _pipfile_lock(folder / "Pipfile.lock")
    yield from _setup_cfg(folder / "setup.cfg")


def _specifiers(lines: Iterable[Any], is_public: bool = True) -> _Names:
    """Names of requirements as PEP 508 writes them."""
    for line in lines:
        match = _NAME.match(line) if isinstance(line, str) else None
        if match:
            yield match[1], is_public and not match[2].startswith(("@", ":", "/"))


def _requirements(folder: Path) -> _Names:
    files = [*listed(folder), *listed(folder / "requirements")]
    for file in sorted(files):
        inside = file.parent.name == "requirements"
        if file.suffix in (".txt", ".in") and (inside or file.name.startswith("requirements")):
            text = read_text(file)
            lines = (line.partition(" #")[0].partition(";")[0] for line in text.splitlines())
            yield from _specifiers(lines, not _OTHER_INDEX.search(text))


def _pyproject(content: dict[str, Any]) -> _Names:
    tools = table(content, "tool")
    indexes = [
        entry
        for name, key in (("uv", "index"), ("poetry", "source"), ("pdm", "source"))
        for entry in _list(table(tools, name).get(key))
    ]
    uv = table(tools, "uv")
    is_public = all(map(_is_public_index, [*indexes, *_urls(uv)]))
    project = table(content, "project")
    groups = [
        project.get("dependencies"),
        *table(project, "optional-dependencies").values(),
        *table(content, "dependency-groups").values(),
        *table(tools, "pdm", "dev-dependencies").values(),
        uv.get("dev-dependencies"),
    ]
    for group in groups:
        yield from _specifiers(_list(group), is_public)
    yield from ((name, False) for name in table(uv, "sources"))
    poetry = table(tools, "poetry")
    tables = [poetry.get("dependencies"), poetry.get("dev-dependencies")]
    tables += [table(group).get("dependencies") for group in table(poetry, "group").values()]
    for each in tables:
        yield from _keyed(table(each), is_public)


def _urls(settings: dict[str, Any]) -> list[dict[str, Any]]:
    """uv's and pip's older way to name indexes, as tables."""
    urls = [settings.get("index-url"), *_list(settings.get("extra-index-url"))]
    return [{"url": url} for url in urls if url]


def _keyed(entries: dict[str, Any], is_public: bool) -> _Names:
    """Names that are the keys of a table, as Poetry's and Pipenv's."""
    for name, value in entries.items():
        if name != "python":
            variants = value if isinstance(value, list) else [value]
            here = not any(_ELSEWHERE & set(table(variant)) for variant in variants)
            yield name, is_public and here


def _locked(content: dict[str, Any]) -> _Names:
    for entry in _list(content.get("package")):
        name, source = table(entry).get("name"), table(entry, "source")
        if isinstance(name, str):
            registry = source.get("registry") or source.get("url")
            elsewhere = _ELSEWHERE & set(table(entry)) - {"source"}  # PDM's
            is_public = not source or _is_public_index({"url": registry})
            yield name, is_public and not elsewhere


def _pipfile(content: dict[str, Any]) -> _Names:
    is_public = all(map(_is_public_index, _list(content.get("source"))))
    for name in ("packages", "dev-packages"):
        yield from _keyed(table(content, name), is_public)


def _pipfile_lock(file: Path) -> _Names:
    try:
        content = json.loads(read_text(file, _LOCK_SIZE) or "{}")
    except (ValueError, RecursionError):
        return
    sources = _list(table(content, "_meta").get("sources"))
    is_public = all(map(_is_public_index, sources))
    for name in ("default", "develop"):
        for entry, value in table(content, name).items():
            yield entry, is_public and not (_ELSEWHERE - {"index"}) & set(table(value))


def _setup_cfg(file: Path) -> _Names:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read_text(file))
    except configparser.Error:
        return
    for section, keys in (("options", ("install_requires",)), ("options.extras_require", None)):
        if parser.has_section(section):
            for key in keys or parser.options(section):
                yield from _specifiers(parser.get(section, key, fallback="").splitlines())


def _is_public_index(entry: Any) -> bool:
    url = table(entry).get("url")
    return isinstance(url, str) and bool(_PUBLIC.fullmatch(url))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
