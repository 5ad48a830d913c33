"""From what the user typed to a module's name, an attribute and an import root. Imports nothing.

``module``, ``module:attribute``, ``module:factory(arguments)`` and ``path/to/file.py[:attribute]``
are understood, as ``flask --app`` understands them. Looks at the file system only; any thread.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..errors import AppLoadError

__all__ = ["APP_NAMES", "FACTORY_NAMES", "AppSpec", "parse_spec"]

APP_NAMES = ("app", "application", "wsgi_app")
"""Names under which an app is looked for where none is given, the likeliest first."""

FACTORY_NAMES = ("create_app", "make_app")
"""Names of functions that make an app, the likeliest first."""

# C:\app.py:app has two colons; the first is followed by a slash.
_COLON = re.compile(r":(?![\\/])")


class AppSpec:
    """What the user typed, taken apart.

    :ivar module: dotted name of the module to import
    :ivar attribute: what to take from it: a name, a dotted name, or a call; "" to search
    :ivar root: the folder that has to be on ``sys.path``
    """

    def __init__(self, module: str, attribute: str, root: Path) -> None:
        self.module = module
        self.attribute = attribute
        self.root = root


def parse_spec(app: str, project: Path) -> AppSpec:
    """Take ``app`` apart, without importing anything.

    :param project: the folder that relative paths and modules are looked for in
    :raises AppLoadError: it is no module name, or there is no such file
    """
    app = app.strip()
    if not app:
        raise AppLoadError(
            "app-not-found", "No app is named: give a module such as shop.wsgi:app, or a file."
        )
    target, *rest = _COLON.split(app, maxsplit=1)
    attribute = rest[0].strip() if rest else ""
    if not project.is_dir():
        raise AppLoadError(
            "app-not-found", f"The project folder {project} is not there: choose another folder."
        )
    if target.endswith(".py") or "/" in target or os.sep in target:
        return _file_spec(Path(os.path.expanduser(target)), attribute, project)  # noqa: PTH111
    if not all(part.isidentifier() for part in target.split(".")):
        raise AppLoadError(
            "app-not-found",
            f"{target!r} is neither a module's name nor a Python file: "
            "use module:attribute, such as shop.wsgi:app, or path/to/file.py.",
        )
    return AppSpec(target, attribute, _source_root(target, project))


def _source_root(module: str, project: Path) -> Path:
    """The project's folder, or its ``src`` where the module's package lies in there."""
    source = project / "src"
    top = module.partition(".")[0]
    if (project / top).exists() or (project / f"{top}.py").exists():
        return project
    if (source / top).exists() or (source / f"{top}.py").exists():
        return source
    return project


def _file_spec(path: Path, attribute: str, project: Path) -> AppSpec:
    file = path if path.is_absolute() else project / path
    # Unlike Path's methods, these two never raise, whatever the name is like.
    if os.path.isdir(file):  # noqa: PTH112
        raise AppLoadError(
            "app-not-found", f"{file} is a folder: name the file with the app in it."
        )
    if not os.path.isfile(file):  # noqa: PTH113
        raise AppLoadError("app-not-found", f"There is no file {file}: check the path.")
    if file.suffix != ".py":
        raise AppLoadError("app-not-found", f"{file} is not a Python file (.py).")
    file = file.resolve()
    parts = [] if file.stem == "__init__" else [file.stem]
    root = file.parent
    while (root / "__init__.py").is_file() and root.parent != root:
        parts.insert(0, root.name)
        root = root.parent
    if any("." in part for part in parts):
        raise AppLoadError(
            "app-not-found",
            f"{file.name} can't be imported, as there is a dot in its name: rename it.",
        )
    return AppSpec(".".join(parts), attribute, root)
