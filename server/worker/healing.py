"""Sees when a broken app may be loaded again although none of its files has changed: something was
installed.

A module that was missing is there by now, or packages have come, gone or changed. An installer
needs a moment for all of its files: what was seen must be the same at the next look. The thread
that looks is that of the worker's commands.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Optional

from ..app.installed import Stamps, distributions, find_module, package_folders

__all__ = ["Healing"]


class Healing:
    """Looks at what is installed while an app is broken.

    :param missing: why the app is broken: the module that it misses, "" where it is another reason,
        None where it isn't broken
    :param report: takes the paths that have changed, once
    """

    def __init__(
        self, missing: Callable[[], Optional[str]], report: Callable[[Sequence[str]], None]
    ) -> None:
        self._missing = missing
        self._report = report
        self._before: Optional[Stamps] = None
        self._seen: Optional[tuple[str, ...]] = None

    def begin(self) -> None:
        """The app was loaded, or not: what is installed now has not helped. The session's thread,
        before the first look."""
        self._before = distributions(package_folders()) if self._missing() is not None else None

    def look(self) -> None:
        """Report once when something has been installed since."""
        missing, before = self._missing(), self._before
        if missing is None or before is None:
            return
        importlib.invalidate_caches()
        now = distributions(package_folders())
        paths = {path for path in (*before, *now) if before.get(path) != now.get(path)}
        found = find_module(missing) if missing else None
        if found is not None:
            paths.add(found.origin or missing)
        seen = tuple(sorted(paths))
        if seen and seen == self._seen:
            self._before = None
            self._report(seen)
        self._seen = seen
