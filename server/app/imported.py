"""Which modules an interpreter has imported: the app's own, and the installed ones.

What reloads the app watches the files of its own modules; a process that is to be forked for
the next reload imports the installed ones in advance. Any thread; reads ``sys.modules`` only.
"""

from __future__ import annotations

import functools
import os
import site
import sys
import sysconfig
from collections.abc import Collection
from pathlib import Path
from types import ModuleType
from typing import Optional

from ..base.values import dataclass

__all__ = ["Imported", "imported_modules", "is_foreign", "last_module", "source_of"]

_FOREIGN = frozenset({"site-packages", "dist-packages"})
_MAIN = frozenset({"__main__", "__mp_main__"})


@dataclass(frozen=True)
class Imported:
    """What is imported at one moment.

    :param files: source files of the app's own modules, wherever they lie
    :param installed: names of modules of the standard library and of installed packages, in the
        order in which they were imported
    """

    files: tuple[str, ...] = ()
    installed: tuple[str, ...] = ()


def imported_modules(skipped: Collection[str] = (), since: Optional[str] = None) -> Imported:
    """Look at what is imported now.

    :param skipped: top-level names that are neither, such as that of this package
    :param since: the last module before those that matter, as :func:`last_module` has named it:
        the others are not even touched, which in a forked process would copy each of them
    """
    files: list[str] = []
    installed: list[str] = []
    folders = _installed_folders()
    known: dict[str, bool] = {}  # many modules share a folder, and resolving it takes long
    for name in list(sys.modules) if since is None else _names_since(since):
        if name in _MAIN or name.partition(".")[0] in skipped:
            continue
        module = sys.modules.get(name)
        file = source_of(module)
        if file is None:
            continue
        folder = os.path.dirname(file)  # noqa: PTH120 - thousands at a time
        if folder not in known:
            known[folder] = _is_installed(folder, folders)
        if not known[folder]:
            files.append(file)
        # An alias, such as six.moves, can't be imported by its name alone.
        elif getattr(getattr(module, "__spec__", None), "name", None) == name:
            installed.append(name)
    return Imported(tuple(files), tuple(installed))


def last_module() -> str:
    """The name of the module that was imported last."""
    return next(reversed(sys.modules))


def _names_since(last: str) -> list[str]:
    """The names of what was imported after a module; all where that one isn't there any more."""
    names: list[str] = []
    try:
        for name in reversed(sys.modules):
            if name == last:
                break
            names.append(name)
    except RuntimeError:  # another thread imports something meanwhile
        return list(sys.modules)
    return names[::-1]


def source_of(module: Optional[ModuleType]) -> Optional[str]:
    """The file that a module was made of, or None."""
    try:
        file = getattr(module, "__file__", None)
    except Exception:  # any object may stand in sys.modules, also one that loads itself late
        return None
    return file if isinstance(file, str) and not file.startswith("<") else None


def is_foreign(path: str) -> bool:
    """Whether a path lies in a folder that installers write to."""
    return bool(_FOREIGN.intersection(Path(path).parts))


def _is_installed(folder: str, installed: tuple[str, ...]) -> bool:
    if is_foreign(folder):
        return True
    return (os.path.realpath(folder) + os.sep).startswith(installed)


@functools.lru_cache(maxsize=1)
def _installed_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders.append(site.getusersitepackages())
    return tuple({os.path.realpath(folder) + os.sep for folder in folders})
