"""From what the user typed to an attribute and the ways in which its module may be imported.

``module``, ``module:attribute``, ``module:factory(arguments)``, ``path/to/file.py[:attribute]``, a
``.wsgi`` file and a folder are understood, as ``flask --app`` and mod_wsgi understand them.

One file can often be imported in several ways, which differ in the folder that is on ``sys.path``
(the *import root*) and so in the module's name. ``shop/main.py`` beside an ``__init__.py`` is
``shop.main`` from the folder above, as ``flask --app`` and ``python -m`` have it, and ``main`` from
its own folder, as ``python main.py`` has it. Which one works depends on how the modules of the
project import each other. Here they are put in order, by what the file itself imports; ``load``
tries them.

Looks at the file system only, imports nothing; any thread.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Optional

from ..errors import AppLoadError

__all__ = [
    "APP_NAMES",
    "ENTRY_NAMES",
    "FACTORY_NAMES",
    "OUR_NAMES",
    "AppSpec",
    "Way",
    "above_packages",
    "holds_module",
    "is_file_name",
    "parse_spec",
    "runs_as_script",
    "split_target",
]

APP_NAMES = ("app", "application", "wsgi_app")
"""Names under which an app is looked for where none is given, the likeliest first."""

FACTORY_NAMES = ("create_app", "make_app")
"""Names of functions that make an app, the likeliest first."""

ENTRY_NAMES = (
    "wsgi", "app", "application", "passenger_wsgi", "asgi", "main", "run", "server", "index",
)  # fmt: skip
"""Names of files that hold a project's app, the likeliest first."""

OUR_NAMES = frozenset({"server", "framework", "launcher"})
"""The names of ServeDeck's own packages."""

_SUFFIXES = (".py", ".wsgi")
# C:\app.py:app has two colons; the first is followed by a slash.
_COLON = re.compile(r":(?![\\/])")


class Way(NamedTuple):
    """One way to import a module.

    :ivar module: its dotted name
    :ivar root: the folder that has to be on ``sys.path``
    :ivar file: the file to load it from where no import finds it, as its name is no identifier
    """

    module: str
    root: Path
    file: Optional[Path] = None


class AppSpec(NamedTuple):
    """What the user typed, taken apart.

    :ivar attribute: what to take from the module: a name, a dotted name, or a call; "" to search
    :ivar ways: how the module may be imported, the likeliest way first; never empty
    """

    attribute: str
    ways: tuple[Way, ...]

    @property
    def module(self) -> str:
        """The module's name, in the likeliest way."""
        return self.ways[0].module

    @property
    def root(self) -> Path:
        """The import root, in the likeliest way."""
        return self.ways[0].root


def split_target(app: str) -> tuple[str, str]:
    """Module or file, and the attribute or ""."""
    target, *rest = _COLON.split(app.strip(), maxsplit=1)
    return target, rest[0].strip() if rest else ""


def is_file_name(target: str, folder: Path) -> bool:
    """Whether a file or folder is meant, as opposed to a module.

    ``hg.wsgi`` may be either: the module, where there is one in the folder or its ``src``.
    """
    if target.endswith(".py") or "/" in target or os.sep in target:
        return True
    # Unlike Path's methods, this never raises, whatever the name is like.
    is_there = os.path.isfile(os.path.join(folder, target))  # noqa: PTH113, PTH118
    return is_there and not _is_module(target, folder)


def parse_spec(app: str, project: Path) -> AppSpec:
    """Take ``app`` apart, without importing anything.

    :param project: the folder that relative paths and modules are looked for in
    :raises AppLoadError: it is no module name, or there is no such file
    """
    if not app.strip():
        raise AppLoadError(
            "app-not-found", "No app is named: give a module such as shop.wsgi:app, or a file."
        )
    if not project.is_dir():
        raise AppLoadError(
            "app-not-found", f"The project folder {project} is not there: choose another folder."
        )
    target, attribute = split_target(app)
    if is_file_name(target, project):
        path = Path(os.path.expanduser(target))  # noqa: PTH111
        file = _file(path if path.is_absolute() else project / path)
        return AppSpec(attribute, tuple(_file_ways(file, project.resolve())))
    if not all(part.isidentifier() for part in target.split(".")):
        raise AppLoadError(
            "app-not-found",
            f"{target!r} is neither a module's name nor a Python file: "
            "use module:attribute, such as shop.wsgi:app, or path/to/file.py.",
        )
    return AppSpec(attribute, tuple(_module_ways(target, project)))


def runs_as_script(file: Path) -> bool:
    """Whether a file in a package imports its neighbours as ``python file.py`` lets it: by their
    bare names, and none of them relatively."""
    root = above_packages(file)
    if root == file.parent:
        return False
    names = _imports(file)
    if any(name.startswith(".") for name in names):
        return False
    tops = {name.partition(".")[0] for name in names}
    return any(
        holds_module(file.parent, top)
        and not holds_module(root, top)
        and not _is_elsewhere(top, file.parent)
        for top in tops
    )


def holds_module(folder: Path, name: str) -> bool:
    """Whether a top-level module or package of that name lies in a folder."""
    path = os.path.join(folder, name)  # noqa: PTH118
    return os.path.isfile(f"{path}.py") or os.path.isdir(path)  # noqa: PTH112, PTH113


def _is_module(target: str, folder: Path) -> bool:
    *packages, name = target.split(".")
    return any(
        holds_module(folder.joinpath(source, *packages), name) for source in (".", "src")
    ) and all(map(str.isidentifier, (*packages, name)))


def _module_ways(target: str, project: Path) -> Iterator[Way]:
    """The module as it is named; then as its own folder and those in between have it."""
    root = _source_root(target, project)
    yield Way(target, root)
    parts = target.split(".")
    for count in range(len(parts) - 1, 0, -1):
        inner = root.joinpath(*parts[:count])
        if holds_module(inner, parts[count]):
            yield Way(".".join(parts[count:]), inner)


def _source_root(module: str, project: Path) -> Path:
    """The project's folder, or its ``src`` where the module's package lies in there."""
    source = project / "src"
    top = module.partition(".")[0]
    for folder in (project, source):
        path = os.path.join(folder, top)  # noqa: PTH118
        # Unlike a Path's, these don't raise where a name is too long for the system.
        if os.path.exists(path) or os.path.exists(f"{path}.py"):  # noqa: PTH110
            return folder
    return project


def _file(path: Path) -> Path:
    """The file that was named, or that a folder stands for."""
    if os.path.isdir(path):  # noqa: PTH112
        names = [f"{name}{suffix}" for name in ENTRY_NAMES for suffix in _SUFFIXES]
        for name in ("__init__.py", *names):
            if os.path.isfile(path / name):  # noqa: PTH113
                return (path / name).resolve()
        raise AppLoadError(
            "app-not-found", f"{path} is a folder: name the file with the app in it."
        )
    if not os.path.isfile(path):  # noqa: PTH113
        raise AppLoadError("app-not-found", f"There is no file {path}: check the path.")
    if path.suffix not in (*_SUFFIXES, ""):
        raise AppLoadError(
            "app-not-found", f"{path} is not a Python file (.py or .wsgi): check its name."
        )
    return path.resolve()


def _file_ways(file: Path, project: Path) -> Iterator[Way]:
    """The ways to import a file, the likeliest first."""
    package, own = above_packages(file), file.parent
    roots = [own]
    while roots[-1] != package:
        roots.append(roots[-1].parent)
    if file.name == "__init__.py":
        del roots[0]
        roots = roots or [own.parent]
    outermost = roots.pop()
    if outermost != own and not runs_as_script(file):
        roots.insert(0, outermost)
    else:
        roots.insert(min(1, len(roots)), outermost)
    if own == package and own != project and project in own.parents:
        # A folder without __init__.py is a package, too, for a module that imports relatively.
        relative = any(name.startswith(".") for name in _imports(file))
        roots.insert(0 if relative else 1, project)
    for root in roots:
        yield _way(file, root)


def _way(file: Path, root: Path) -> Way:
    folders = file.relative_to(root).parent.parts
    if file.name == "__init__.py":
        return Way(".".join(folders), root)
    if file.suffix == ".py" and "." not in file.stem:
        return Way(".".join([*folders, file.stem]), root)
    return Way(".".join([*folders, re.sub(r"\W", "_", file.name)]), root, file)


def above_packages(file: Path) -> Path:
    """The nearest folder above a file that is no package; no import finds one with a dot in its
    name."""
    root = file.parent
    while (root / "__init__.py").is_file() and root.parent != root and "." not in root.name:
        root = root.parent
    return root


def _imports(file: Path) -> set[str]:
    """The dotted names that a file imports, relative ones with their dots; none where it isn't
    Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


def _is_elsewhere(name: str, folder: Path) -> bool:
    """Whether this interpreter has a module of that name, installed or its own, outside of a
    folder."""
    if name in OUR_NAMES:
        return False
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return False
    if found is None:
        return False
    places = found.submodule_search_locations or [found.origin or ""]
    return not any(Path(place).is_relative_to(folder) for place in places)
