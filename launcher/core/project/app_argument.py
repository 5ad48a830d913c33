"""What a user names as APP on the command line: a module, a file or a folder.

Pure but for looking at the file system. Any thread.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from server.errors import ConfigError

_COLON = re.compile(r":(?![\\/])")


@dataclass(frozen=True)
class AppArgument:
    """An app and its project.

    :param app: as ``ServerConfig.app`` takes it; "" where only a folder was named
    :param project: the project's folder, absolute
    """

    app: str
    project: Path


def read_app_argument(text: str, project: str | None = None) -> AppArgument:
    """Find out what was meant.

    A file's project is its own folder, or the one above its package; a module's is the current
    folder. Where ``project`` is given, that is it, and a file may be named from there as well.

    :param text: ``module``, ``module:attr``, ``path/file.py[:attr]`` or a folder
    :param project: the value of ``--project``, or None
    :raises ConfigError: the file or the project's folder isn't there
    """
    folder = Path(project).expanduser().resolve() if project is not None else None
    if folder is not None and not folder.is_dir():
        raise ConfigError("project", f"The project folder {folder} is not there.")
    path = Path(text).expanduser()
    if text and path.is_dir():
        return AppArgument("", folder or path.resolve())
    target, *rest = _COLON.split(text, maxsplit=1)
    if not (target.endswith(".py") or "/" in target or os.sep in target):
        return AppArgument(text, folder or Path.cwd())
    file = Path(target).expanduser()
    if folder is not None and not file.is_file() and (folder / file).is_file():
        file = folder / file
    file = file.resolve()
    if not file.is_file():
        raise ConfigError("app", f"There is no file {file}: check the path.")
    home = folder or _above_package(file)
    inside = file.is_relative_to(home)
    name = str(file.relative_to(home)) if inside else str(file)
    return AppArgument(":".join([name, *rest]), home)


def _above_package(file: Path) -> Path:
    folder = file.parent
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        folder = folder.parent
    return folder
