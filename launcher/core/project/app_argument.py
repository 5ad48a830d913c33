"""What a user names as APP on the command line: a module, a file or a folder.

Pure but for looking at the file system. Any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from server.app.spec import above_packages, is_file_name, runs_as_script, split_target
from server.errors import ConfigError

from .python_info import exists, is_file, is_folder


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

    A file's project is its own folder, or the one above its package, unless it imports its
    neighbours as ``python file.py`` lets it; a module's is the current folder. Where ``project`` is
    given, that is it, and a file may be named from there as well.

    :param text: ``module``, ``module:attr``, ``path/file.py[:attr]`` or a folder
    :param project: the value of ``--project``, or None
    :raises ConfigError: the file or the project's folder isn't there
    """
    folder = Path(project).expanduser().resolve() if project is not None else None
    if folder is not None and not is_folder(folder):
        raise ConfigError("project", f"The project folder {folder} is not there.")
    path = Path(text).expanduser()
    if text and is_folder(path):
        return AppArgument("", folder or path.resolve())
    target, attribute = split_target(text)
    if not is_file_name(target, Path.cwd()) and not (folder and is_file_name(target, folder)):
        return AppArgument(text, folder or Path.cwd())
    file = Path(target).expanduser()
    if folder is not None and not exists(file) and exists(folder / file):
        file = folder / file
    file = file.resolve()
    if is_folder(file):
        home = folder or above_packages(file / "__init__.py")
    elif is_file(file):
        home = folder or (file.parent if runs_as_script(file) else above_packages(file))
    else:
        raise ConfigError("app", f"There is no file {file}: check the path.")
    name = str(file.relative_to(home)) if file.is_relative_to(home) else str(file)
    if not is_file_name(name, home):
        name = f"./{name}"
    return AppArgument(f"{name}:{attribute}" if attribute else name, home)
