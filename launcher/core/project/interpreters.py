"""Which Python can run a project? The environments its tools have left on disk, and our own.

In this order: ``.venv``, ``venv``, ``env``; ``VIRTUAL_ENV``; uv, Poetry, Pipenv, PDM, conda; the
nearest of a folder above; pyenv; the Python that runs ServeDeck. The first that can be used is the
one to propose. Those that can't are listed too, with the reason: an environment that is silently
passed over is a riddle.

Thread: any; it reads many files: keep it off the GUI thread. Used by the set-up form, by
``servedeck apps``, and by anything else that describes an interpreter.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from server.base.values import dataclass

from ..display import escaped
from .boundary import belongs, boundary
from .environments import FOLDERS, Place, places
from .frameworks import INSTALLED
from .python_info import installed, look_at, venv_settings
from .reading import is_file

__all__ = [
    "OWN",
    "Interpreter",
    "announcement",
    "examine",
    "find_interpreters",
    "is_own",
    "proposed",
    "records",
    "table",
]

OWN = "ServeDeck's own"
CHOSEN = "chosen"


@dataclass(frozen=True)
class Interpreter:
    """One Python that a project could be run with.

    :param path: the interpreter; a venv's is a link that must not be resolved
    :param version: such as ``"3.11.7"``; "" where it isn't known
    :param source: who has put it there: ``.venv``, ``Poetry``, ``pyenv 3.12.1``, …
    :param frameworks: the frameworks installed in it, as ``(kind, version)``
    :param has_framework: whether that of the app is; None where the app's needs none
    :param problem: why it can't be used, one sentence; else ""
    :param own: it is the one that runs ServeDeck
    """

    path: str
    version: str = ""
    source: str = ""
    frameworks: tuple[tuple[str, str], ...] = ()
    has_framework: bool | None = None
    problem: str = ""
    own: bool = False

    @property
    def usable(self) -> bool:
        """Whether an app can be run with it, as far as is known."""
        return not self.problem

    @property
    def label(self) -> str:
        """What it is called, in a few words: ``.venv · Python 3.11.7``."""
        return f"{self.source} \u00b7 Python {self.version}" if self.version else self.source

    def framework(self, kind: str) -> str | None:
        """What is shown of the framework of an app: ``Flask 3.1.3``, ``Flask is not installed``.

        :param kind: an app's kind, as in ``AppCandidate.kind``
        :returns: None where the app needs no package
        """
        if kind == "servedeck":
            return None if self.own else "only ServeDeck's own has its framework"
        if kind not in INSTALLED or not self.usable:
            return None
        version = dict(self.frameworks).get(kind)
        name = INSTALLED[kind]
        if version is None:
            return f"{name} is not installed"
        return f"{name} {version}".strip()

    def has(self, kind: str) -> bool | None:
        """Whether the framework of an app is installed; None where it needs no package."""
        if kind == "servedeck":
            return self.own
        return kind in dict(self.frameworks) if kind in INSTALLED else None


def find_interpreters(
    project: Path,
    kind: str = "",
    *,
    chosen: str = "",
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> list[Interpreter]:
    """The Pythons that a project could be run with, the likeliest first.

    :param project: the project's folder
    :param kind: the app's kind, such as ``flask``: whether that is installed is reported
    :param chosen: a path to list in any case, first where nothing else has it
    :param environ: the environment variables that the tools obey
    :param home: where the tools keep their things; the user's home folder by default
    """
    folder = project.expanduser().absolute()
    found: list[Interpreter] = []
    seen: set[tuple[str, str]] = set()
    mine = Place(Path(sys.executable), OWN, by_project=False)
    wanted = [Place(Path(chosen).expanduser(), CHOSEN, by_project=False)] if chosen else []
    for place in (*places(folder, environ, home or Path.home()), *wanted, mine):
        if _identity(place.path) not in seen:
            seen.add(_identity(place.path))
            found.append(_examine(place, folder, kind, home))
    return found


def proposed(found: Sequence[Interpreter]) -> Interpreter | None:
    """The one to propose: the first that can be used."""
    return next((interpreter for interpreter in found if interpreter.usable), None)


def examine(
    path: Path, source: str = CHOSEN, project: Path | None = None, kind: str = ""
) -> Interpreter:
    """Describe what an interpreter is and which frameworks are installed in it.

    :param source: who has put it there
    :param project: nothing that belongs to its repository is run; a framework that lies in it
        counts as installed
    """
    return _examine(Place(path, source, by_project=False), project, kind, None)


def _examine(place: Place, project: Path | None, kind: str, home: Path | None) -> Interpreter:
    path = place.path
    info = look_at(path, project, by_project=place.by_project, home=home)
    frameworks = []
    for name in INSTALLED:
        version = installed(info.packages, name)
        if version is None and project is not None and is_file(project / f"{name}.py"):
            version = ""
        if version is not None and not info.problem:
            frameworks.append((name, version))
    found = Interpreter(
        path=str(path),
        version=info.version,
        source=place.source,
        frameworks=tuple(frameworks),
        problem=info.problem,
        own=is_own(path),
    )
    return _with_framework(found, kind)


def announcement(python: str, project: str) -> str:
    """What is shown before an interpreter is started that comes with the repository, or with a
    folder above the project; else "".

    Nothing is reported in the usual case, a virtual environment in the project that is what its
    name promises, and whose program and standard library are the system's or the user's.

    :param python: its path; "" for ServeDeck's own
    :param project: the folder that was opened; "" for the current one
    """
    folder = Path(project or ".").expanduser().absolute()
    path = Path(python).expanduser().absolute()
    if not python or not os.access(path, os.X_OK):
        return ""
    above = _above(path, folder)
    if above is None and not belongs(path, folder):
        return ""
    root, real = above or boundary(folder), os.path.realpath(path)
    if _is_usual_venv(path, folder, root):
        return ""
    leads = "" if real == str(path) else f" (it leads to {real})"
    where = f"lies in {root}" if above else f"belongs to the repository {root}"
    return f"Runs with {path}{leads}, which {where}."


def _above(python: Path, folder: Path) -> Path | None:
    """The folder above a project, and above its repository, whose environment an interpreter is."""
    environment = Path(os.path.normpath(python)).parent.parent
    holder = environment.parent
    is_above = holder in folder.parents or holder in boundary(folder).parents
    if environment.name not in FOLDERS or not is_above or Path.home().is_relative_to(holder):
        return None
    return None if belongs(python, folder) else holder


def _is_usual_venv(python: Path, folder: Path, root: Path) -> bool:
    environment = python.parent.parent
    settings = venv_settings(environment)
    if settings is None or ".." in python.parts:
        return False
    base = os.path.commonpath([python, folder])
    inside = itertools.takewhile(lambda part: str(part) != base, python.parents)
    leads_to = (os.path.realpath(python), os.path.realpath(settings.get("home", "") or root))
    return not any(map(os.path.islink, inside)) and not any(
        Path(path).is_relative_to(root) for path in leads_to
    )


def is_own(path: str | os.PathLike[str]) -> bool:
    """Whether an interpreter is the one that runs ServeDeck; "" stands for it."""
    return not os.fspath(path) or _identity(Path(path).expanduser()) == _identity(
        Path(sys.executable)
    )


def table(found: Sequence[Interpreter], kind: str = "") -> str:
    """The interpreters as a table for people.

    :param kind: the kind of the app whose framework is named
    """
    first = proposed(found)
    rows = [("PYTHON", "VERSION", "FOUND")]
    for one in found:
        state = one.problem or one.framework(kind) or _all_frameworks(one)
        mark = ", proposed" if one is first else ""
        where = f"{one.source}{mark}" + (f": {state}" if state else "")
        rows.append((escaped(one.path), one.version or "-", escaped(where)))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in rows)


def _all_frameworks(one: Interpreter) -> str:
    return ", ".join(f"{INSTALLED[kind]} {version}".strip() for kind, version in one.frameworks)


def records(found: Sequence[Interpreter], kind: str = "") -> list[dict[str, object]]:
    """The interpreters as what becomes a JSON array."""
    first = proposed(found)
    return [
        {
            "path": one.path,
            "version": one.version,
            "source": one.source,
            "frameworks": dict(one.frameworks),
            "has_framework": one.has(kind),
            "problem": one.problem,
            "proposed": one is first,
        }
        for one in found
    ]


def _with_framework(found: Interpreter, kind: str) -> Interpreter:
    if not kind:
        return found
    return Interpreter(**{**vars(found), "has_framework": found.has(kind)})


def _identity(path: Path) -> tuple[str, str]:
    """What two names of one interpreter have in common: its folder, and the file it leads to."""
    return os.path.realpath(path.parent), os.path.realpath(path)
