"""Which files an app is reloaded for: the names, folders and exclusions. Nothing is looked up.

Pure and unchanging; any thread. Paths are absolute texts, as they come thousands at a time.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable

__all__ = ["WatchRules", "is_below", "is_temporary"]

_SOURCE_ENDINGS = (".py", ".pyw", ".so", ".pyd")
_ENV_FILES = frozenset({".env", ".flaskenv"})
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages"})
_INSTALLED_FOLDERS = ("lib", "lib64", "Lib", "bin", "Scripts", "include", "share")
_TEMPORARY_ENDINGS = ("~", ".tmp", ".swp", ".swo", ".swx", ".swpx", ".bak", ".part", ".crswap")
# What vim, Emacs, PyCharm, GNOME's editors and sed make beside a file that is being saved or
# checked.
_TEMPORARY_NAME = re.compile(
    r"\.#.*|#.*#|4913|.*___jb_(tmp|old|bak)___.*|\.goutputstream-\w+|sed\w{6}|\.~lock\..*|"
    r"flycheck_.*|.*_flymake\.\w+"
)


def is_below(path: str, folder: str) -> bool:
    """Whether a path is the folder itself or in it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def is_temporary(name: str) -> bool:
    """Whether an editor makes files of this name for itself, while it saves another."""
    return name.endswith(_TEMPORARY_ENDINGS) or _TEMPORARY_NAME.fullmatch(name) is not None


class WatchRules:
    """What counts in a project.

    :param project: the project's folder
    :param exclude_patterns: shell patterns; left out are files and folders whose path, path in the
        project or name matches one
    :param python_prefixes: ``sys.prefix`` and ``sys.base_prefix`` of the app's interpreter, whose
        own files don't count
    """

    def __init__(
        self,
        project: str,
        exclude_patterns: Iterable[str] = (),
        python_prefixes: Iterable[str] = (),
    ) -> None:
        self._project = project
        patterns = [fnmatch.translate(os.path.normcase(pattern)) for pattern in exclude_patterns]
        self._excluded = re.compile("|".join(patterns)) if patterns else None
        # A prefix such as /usr has other folders beside those of Python, maybe the project's.
        prefixes = [prefix for prefix in python_prefixes if prefix]
        self._installed = [
            folder
            for prefix in prefixes
            for name in _INSTALLED_FOLDERS
            if not is_below(project, folder := prefix + os.sep + name)
        ]
        self._closed = frozenset([*prefixes, *self._installed])

    def is_source(self, name: str) -> bool:
        """Whether a file of this name counts in a folder of the app's modules.

        A name with a dot in front can't be imported: it is an editor's, or an environment file.
        """
        if name.startswith("."):
            return name in _ENV_FILES
        return name.endswith(_SOURCE_ENDINGS) and not is_temporary(name)

    def is_excluded(self, path: str) -> bool:
        """Whether a pattern leaves this file or folder out."""
        if self._excluded is None:
            return False
        path = os.path.normcase(path)
        names = [path, os.path.basename(path)]  # noqa: PTH119
        if is_below(path, self._project):
            names.append(path[len(self._project) :].lstrip(os.sep))
        return any(self._excluded.match(name) for name in names)

    def enters(self, folder: str) -> bool:
        """Whether to look into this subfolder, which may be a virtual environment all the same.

        Hidden folders, caches, packages and the interpreter's own folders are left alone.
        """
        name = os.path.basename(folder)  # noqa: PTH119
        return not (
            name.startswith(".")
            or name in _SKIPPED_FOLDERS
            or folder in self._closed
            or self.is_excluded(folder)
        )

    def is_installed(self, file: str) -> bool:
        """Whether a module belongs to the interpreter or was installed, and so doesn't change."""
        return (
            f"{os.sep}site-packages{os.sep}" in file
            or f"{os.sep}dist-packages{os.sep}" in file
            or any(is_below(file, folder) for folder in self._installed)
        )
