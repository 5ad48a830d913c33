"""Imports the app's module from the project and finds the WSGI callable in it.

What the user typed is taken apart by ``spec``, what the module holds is searched by ``find``.
Whatever goes wrong is an :class:`~server.errors.AppLoadError`, with the app's own traceback where
its code raised. Runs on the session's thread.

Where a file can be imported in several ways, the likeliest is taken. Only where that fails in a way
that another import root would cure (a module is missing that lies there, or a relative import has
no package) are the others tried, in a child, and the first that works is taken: an app that loads
pays nothing for this. The session reports the root, so that it is taken at once the next time.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.machinery
import os
import sys
from collections.abc import Collection
from pathlib import Path
from types import CodeType, ModuleType
from typing import NamedTuple, Optional

from ..errors import AppLoadError
from ..protocol.wsgi import App
from ..reporting.tracebacks import one_line, traceback_text
from . import trial
from .early import leave_to_project
from .find import find_app
from .from_file import import_file
from .spec import OUR_NAMES, AppSpec, Way, holds_module, parse_spec

__all__ = ["Loaded", "forget_project_modules", "load", "load_app"]

# Under which name this package was imported: its own, or a private one beside the project's.
_PACKAGE = __name__.partition(".")[0]
_STDLIB = str(Path(os.__file__).resolve().parent) + os.sep
_FOREIGN_FOLDERS = frozenset({"site-packages", "dist-packages"})


class Loaded(NamedTuple):
    """An app, and how it was loaded.

    :ivar app: the WSGI callable
    :ivar root: the import root, where it had to be found by trying, or was given; else ""
    """

    app: App
    root: str


def load_app(app: str, project: Path) -> App:
    """The app alone; see :func:`load`."""
    return load(app, project).app


def load(app: str, project: Path, root: str = "", *, may_try: bool = True) -> Loaded:
    """Import the module and find the WSGI callable in it.

    The project stays on ``sys.path``, in front, as the app may import more of it later.

    :param app: as the user typed it
    :param project: the project's folder
    :param root: the import root to take; "" for the likeliest, or whichever works
    :param may_try: whether other roots may be tried in a child
    :raises AppLoadError: see the module
    """
    spec = parse_spec(app, project)
    way = _chosen(spec, project, root)
    before = set(sys.modules)
    try:
        module = _import(way, project)
    except AppLoadError as error:
        other = _other_way(error, spec, way, app, project) if may_try else None
        if other is None:
            raise
        for folder in {project, way.root, other.root}:
            forget_project_modules(folder, before)
        _take_from_path(way.root)
        module, root = _import(other, project), str(other.root)
    return Loaded(find_app(module, spec.attribute), root)


def _chosen(spec: AppSpec, project: Path, root: str) -> Way:
    """The way from a root; the likeliest where there is none."""
    if root:
        wanted = os.path.realpath(project / os.path.expanduser(root))  # noqa: PTH111
        for way in spec.ways:
            if os.path.realpath(way.root) == wanted:
                return way
    return spec.ways[0]


def _other_way(
    error: AppLoadError, spec: AppSpec, failed: Way, app: str, project: Path
) -> Optional[Way]:
    """The first other way that promises to cure an error, and does so in a child."""
    cause = error.__cause__
    for way in spec.ways:
        if way != failed and _may_cure(cause, way) and trial.works(app, project, way.root):
            return way
    return None


def _may_cure(cause: Optional[BaseException], way: Way) -> bool:
    if isinstance(cause, ModuleNotFoundError):
        return holds_module(way.root, (cause.name or "").partition(".")[0])
    return isinstance(cause, ImportError) and "relative import" in str(cause)


def forget_project_modules(project: Path, kept: Collection[str] = ()) -> None:
    """Drop the modules that came from the project's folder, so that they are imported anew.

    Its virtual environments are other people's code and stay.

    :param kept: names of modules that stay, too
    """
    root = str(project.resolve()) + os.sep
    real: dict[str, str] = {}
    for name, module in list(sys.modules.items()):
        if name in kept:
            continue
        file = _origin(module)
        if not file or name == "__main__" or name.partition(".")[0] in OUR_NAMES:
            continue
        folder, file_name = os.path.split(file)
        if folder not in real:  # many modules share a folder, and asking for it takes long
            real[folder] = os.path.realpath(folder)
        path = f"{real[folder]}{os.sep}{file_name}"
        if path.startswith(_STDLIB):  # as in a home folder with a Python of its own
            continue
        if path.startswith(root) and not _FOREIGN_FOLDERS & set(Path(path).parts):
            sys.modules.pop(name, None)


def _origin(module: ModuleType) -> str:
    """The file a module came from, or its folder where it is a namespace."""
    try:
        return getattr(module, "__file__", None) or str(next(iter(module.__path__), ""))
    except Exception:  # it has neither; or it loads itself when touched, and can't
        return ""


def _refuse_our_names(way: Way) -> None:
    """A project's ``server.py`` can't be imported where ServeDeck's own ``server`` runs."""
    top = way.module.partition(".")[0]
    if top not in OUR_NAMES or _PACKAGE not in OUR_NAMES:
        return
    ours = Path(__file__).resolve().parents[2]
    if way.root.resolve() == ours:
        return
    raise AppLoadError(
        "app-import",
        f"The module {top!r} has the name of a part of ServeDeck, which runs in the same "
        "interpreter: rename the file to serve it.",
    )


def _refuse_taken_name(way: Way, module: ModuleType) -> None:
    """The app's ``queue.py`` can't be imported where Python's own ``queue`` is in use already."""
    top = way.module.partition(".")[0]
    origin = _origin(sys.modules.get(top, module))
    own = (way.root / f"{top}.py", way.root / top / "__init__.py")
    file = next((file for file in own if os.path.isfile(file)), None)  # noqa: PTH113
    if (
        file is None
        or not origin
        or any(os.path.realpath(origin) == os.path.realpath(path) for path in own)
    ):
        return
    raise AppLoadError(
        "app-import",
        f"The module {top!r} is in use already, as {origin}: rename {file} to serve it.",
    )


def _import(way: Way, project: Path) -> ModuleType:
    """Import the module, with its root in front on ``sys.path`` and the project behind that."""
    for folder in (project, way.root):
        _take_from_path(folder)
        sys.path.insert(0, str(folder))
    _refuse_our_names(way)
    leave_to_project(way.root)
    importlib.invalidate_caches()
    name = way.module
    try:
        if way.file is not None:
            return _load_file(name, way.file)
        module = importlib.import_module(name)
        _refuse_taken_name(way, module)
        return module
    except AppLoadError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise AppLoadError(
                "app-not-found",
                f"There is no module {name!r} in {way.root}: check its name, "
                "or choose the project's folder.",
            ) from None
        raise AppLoadError(
            "app-import",
            f"{name} needs the module {error.name!r}, {_why_missing(error.name or '', way.root)}.",
            traceback_text(error),
            error.name or "",
        ) from error
    except SyntaxError as error:
        where = f"{error.filename}, line {error.lineno}" if error.filename else name
        raise AppLoadError(
            "app-import", f"Syntax error in {where}: {error.msg}.", traceback_text(error)
        ) from error
    except SystemExit as error:
        raise AppLoadError(
            "app-import",
            f"{name} called sys.exit({'' if error.code is None else repr(error.code)}) "
            "while it was imported.",
            traceback_text(error),
        ) from error
    except BaseException as error:
        raise AppLoadError(
            "app-import",
            f"{name} failed while it was imported: {one_line(error)}",
            traceback_text(error),
        ) from error


def _why_missing(name: str, root: Path) -> str:
    """Why a module can't be imported: it is the project's own, or not installed.

    :param root: the folder that the app is imported from
    """
    top = name.partition(".")[0]
    if top:
        with contextlib.suppress(OSError):
            below = sorted(path for path in root.iterdir() if not path.name.startswith("."))
            for folder in (root, *below):
                for place in (folder / f"{top}.py", folder / top):
                    if place.is_file() or any(place.glob("*.py")):
                        return (
                            f"which can't be imported from {root}, though there is {place}: check "
                            "the name, or choose another project folder"
                        )
    return f"which is not installed for {sys.executable}"


def _take_from_path(folder: Path) -> None:
    while str(folder) in sys.path:
        sys.path.remove(str(folder))


class _FileLoader(importlib.machinery.SourceFileLoader):
    """Loads a file of any name. Its bytecode isn't kept: ``hg.wsgi`` would share that of
    ``hg.py``."""

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code


def _load_file(name: str, file: Path) -> ModuleType:
    """Import a module from a file that no import finds by its name."""
    parent = name.rpartition(".")[0]
    if parent:
        importlib.import_module(parent)
    return import_file(name, str(file), _FileLoader(name, str(file)))
