"""What a user names as APP on the command line: a module, a file or a folder.

Pure but for looking at the file system. Any thread.
"""

from __future__ import annotations

from pathlib import Path

from server.app.spec import above_packages, is_file_name, runs_as_script, split_target
from server.base.values import dataclass
from server.errors import ConfigError, why_refused

from .reading import exists, is_file, is_folder


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
    :raises ConfigError: the file or the project's folder isn't there, or can't be looked at
    """
    folder = absolute(project, "project") if project is not None else None
    if folder is not None and not is_folder(folder):
        raise ConfigError("project", f"The project folder {folder} is not there.")
    if text and is_folder(_at_home(text, "app")):
        return AppArgument("", folder or absolute(text, "app"))
    target, attribute = split_target(text)
    if not is_file_name(target, Path.cwd()) and not (folder and is_file_name(target, folder)):
        return AppArgument(text, folder or Path.cwd())
    file = _at_home(target, "app")
    if folder is not None and not exists(file) and exists(folder / file):
        file = folder / file
    file = absolute(file, "app")
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


def absolute(path: str | Path, option: str) -> Path:
    """A path as the system knows it, with the user's home folder and links put in.

    :param option: what it is the value of
    :raises ConfigError: a part of it can't be looked at, links form a ring, or nobody is called so
    """
    try:
        return _at_home(path, option).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise _unusable(path, option, error) from None


def _at_home(path: str | Path, option: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise _unusable(path, option, error) from None


def _unusable(path: str | Path, option: str, error: Exception) -> ConfigError:
    return ConfigError(option, f"The path {path} can't be used: {why_refused(error)}.")
