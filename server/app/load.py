"""Imports the app's module from the project and finds the WSGI callable in it.

What the user typed is taken apart by ``spec``, what the module holds is searched by ``find``.
Whatever goes wrong is an :class:`~server.errors.AppLoadError`, with the app's own traceback where
its code raised. Runs on the session's thread.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import AppLoadError
from ..protocol.wsgi import App
from ..reporting.tracebacks import one_line, traceback_text
from .find import find_app
from .spec import AppSpec, parse_spec

__all__ = ["forget_project_modules", "load_app"]

_OUR_NAMES = frozenset({"server", "framework", "launcher"})
# Under which name this package was imported: its own, or a private one beside the project's.
_PACKAGE = __name__.partition(".")[0]
_STDLIB = str(Path(os.__file__).resolve().parent) + os.sep
_FOREIGN_FOLDERS = frozenset({"site-packages", "dist-packages"})


def load_app(app: str, project: Path) -> App:
    """Import the module and find the WSGI callable in it.

    The project stays on ``sys.path``, in front, as the app may import more of it later.

    :param app: as the user typed it
    :param project: the project's folder
    :raises AppLoadError: see the module
    """
    spec = parse_spec(app, project)
    root = str(spec.root)
    for folder in {root, str(project)}:
        if folder in sys.path:
            sys.path.remove(folder)
    sys.path.insert(0, root)
    if str(project) != root:
        sys.path.insert(1, str(project))
    _refuse_our_names(spec)
    importlib.invalidate_caches()
    app_object: App = find_app(_import(spec), spec.attribute)
    return app_object


def forget_project_modules(project: Path) -> None:
    """Drop the modules that came from the project's folder, so that they are imported anew.

    Its virtual environments are other people's code and stay.
    """
    root = str(project.resolve()) + os.sep
    real: dict[str, str] = {}
    for name, module in list(sys.modules.items()):
        file = _origin(module)
        if not file or name == "__main__" or name.partition(".")[0] in _OUR_NAMES:
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


def _refuse_our_names(spec: AppSpec) -> None:
    """A project's ``server.py`` can't be imported where ServeDeck's own ``server`` runs."""
    top = spec.module.partition(".")[0]
    if top not in _OUR_NAMES or _PACKAGE not in _OUR_NAMES:
        return
    ours = Path(__file__).resolve().parents[2]
    if spec.root.resolve() == ours:
        return
    raise AppLoadError(
        "app-import",
        f"The module {top!r} has the name of a part of ServeDeck, which runs in the same "
        "interpreter: rename the file to serve it.",
    )


def _import(spec: AppSpec) -> ModuleType:
    try:
        return importlib.import_module(spec.module)
    except ModuleNotFoundError as error:
        if error.name and (spec.module == error.name or spec.module.startswith(error.name + ".")):
            raise AppLoadError(
                "app-not-found",
                f"There is no module {spec.module!r} in {spec.root}: check its name, "
                "or choose the project's folder.",
            ) from None
        raise AppLoadError(
            "app-import",
            f"{spec.module} needs the module {error.name!r}, "
            f"{_why_missing(error.name or '', spec.root)}.",
            traceback_text(error),
            error.name or "",
        ) from error
    except SyntaxError as error:
        where = f"{error.filename}, line {error.lineno}" if error.filename else spec.module
        raise AppLoadError(
            "app-import", f"Syntax error in {where}: {error.msg}.", traceback_text(error)
        ) from error
    except SystemExit as error:
        raise AppLoadError(
            "app-import",
            f"{spec.module} called sys.exit({'' if error.code is None else repr(error.code)}) "
            "while it was imported.",
            traceback_text(error),
        ) from error
    except BaseException as error:
        raise AppLoadError(
            "app-import",
            f"{spec.module} failed while it was imported: {one_line(error)}",
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
