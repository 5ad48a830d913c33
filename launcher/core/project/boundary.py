"""What is the project's, as opposed to the system's or the user's: the boundary of trust.

A folder that somebody has downloaded names programs in many ways: by its own environments, by
links, by the files of Poetry, PDM, Pipenv, uv, conda and pyenv. Looking at it must run none of
them, so each path is asked here whether it belongs to the *repository*: the outermost folder under
version control at or above the one that was opened, or that one itself where there is none. The
home folder, and whatever holds it, is never taken for a repository because of a marker in it: many
people keep their settings under version control, and their Pythons are still their own.

What counts is each name on the way to a program. ``repo/.venv/bin/python`` is mostly a link to a
Python of the system, and yet it is the project's: ``pyvenv.cfg`` beside it decides which standard
library it loads. And ``repo/app/../tools/python`` is the project's where only ``repo/app`` was
opened, as it is named from there.

Thread: any; no state. A few calls to the file system each.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

__all__ = [
    "belongs",
    "boundary",
    "chosen_path",
    "find_program",
    "is_foreign",
]

_MARKERS = (".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", ".fslckout", "_FOSSIL_")
_LINKS = 40  # as many as Linux follows


def boundary(folder: Path, home: Path | None = None) -> Path:
    """The repository that a folder is in, its real path; the folder itself where there is none.

    :param folder: the folder that was opened
    :param home: the user's home folder, by default this user's
    """
    opened = Path(os.path.realpath(folder.expanduser()))
    own = Path(os.path.realpath(home or Path.home()))
    above = [one for one in opened.parents if not own.is_relative_to(one)]
    return next((one for one in reversed(above) if _is_versioned(one)), opened)


def belongs(path: Path, project: Path, home: Path | None = None) -> bool:
    """Whether a file is the project's: it, or anything that its name leads through, lies in the
    repository, or it is named from there.

    :param path: absolute; need not exist
    :param project: the folder that was opened
    :param home: the user's home folder, by default this user's
    """
    opened = project.expanduser().absolute()
    roots = (boundary(project, home), opened, Path(os.path.normpath(opened)))
    return any(name.is_relative_to(root) for name in _names(path) for root in roots)


def chosen_path(python: str) -> str:
    """The absolute path of an interpreter that the user has typed.

    It is a link still, where it is one: that is what a virtual environment is known by. But it
    leads through no other folder, as if that had named it.
    """
    path = Path(python).expanduser().absolute()
    return str(Path(os.path.realpath(path.parent), path.name) if ".." in path.parts else path)


def find_program(name: str, path: str | None = None, project: Path | None = None) -> str | None:
    """Find a program as a shell does, but neither by way of the current folder nor in a project.

    :param name: its name; one with a folder in it is taken as it is
    :param path: the folders to look in, by default those of ``PATH``
    :param project: nothing that belongs to this one is found
    """
    if os.path.dirname(name):  # noqa: PTH120
        return shutil.which(name)
    listed = os.environ.get("PATH", os.defpath) if path is None else path
    folders = [folder for folder in listed.split(os.pathsep) if os.path.isabs(folder)]  # noqa: PTH117
    if project is not None:
        folders = [folder for folder in folders if not belongs(Path(folder, name), project)]
    found = shutil.which(name, path=os.pathsep.join(folders))
    return found if found and os.path.isabs(found) else None  # noqa: PTH117


def is_foreign(path: Path, *trusted: int) -> bool:
    """Whether another user owns a file or folder, or a link to it; also where that can't be seen.

    :param trusted: the numbers of users that count as this one
    """
    if not hasattr(os, "geteuid"):
        return False
    try:
        owners = {path.lstat().st_uid, path.stat().st_uid}
    except (OSError, ValueError):
        return True
    return not owners <= {os.geteuid(), *trusted}


def _is_versioned(folder: Path) -> bool:
    return any(os.path.lexists(folder / marker) for marker in _MARKERS)


def _names(path: Path) -> Iterator[Path]:
    """Every name under which a file is reached: as it was given, and after each link."""
    yield path
    for _ in range(_LINKS):
        yield Path(os.path.normpath(path))
        path = Path(os.path.realpath(path.parent), path.name)
        yield path
        try:
            path = Path(path.parent, os.readlink(path))  # noqa: PTH115
        except (OSError, ValueError):
            return
