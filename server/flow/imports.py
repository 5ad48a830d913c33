"""Does something right after certain modules have been imported, whenever that is.

A finder stands in front of ``sys.meta_path``. For a name it waits for, it has the others find the
module, and gives back just what they have found; only the loader, an object of the interpreter's,
has its ``exec_module`` replaced until that has been called, once. So a module's spec and loader are
those that it would have, and an import is as it was: errors pass through, and whatever goes wrong
here leaves the import alone.

Runs on whatever thread imports. Source: PEP 451.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Optional

from .spans import problem

__all__ = ["after_imports"]


@contextlib.contextmanager
def after_imports(
    names: Collection[str], imported: Callable[[str, ModuleType], None]
) -> Iterator[None]:
    """Call a function with each module of a name: at once with those that are imported already,
    and with each that is imported while the block runs.

    :param imported: is called on the importing thread, before the import statement goes on
    """
    finder = _Finder(names, imported)
    sys.meta_path.insert(0, finder)
    try:
        for name in names:
            module = sys.modules.get(name)
            if module is not None:
                imported(name, module)
        yield
    finally:
        finder.is_on = False
        with contextlib.suppress(ValueError):  # an app has taken it out
            sys.meta_path.remove(finder)


class _Finder:
    """Finds nothing by itself. Any thread."""

    def __init__(self, names: Collection[str], imported: Callable[[str, ModuleType], None]) -> None:
        self._names = names
        self._imported = imported
        self.is_on = True

    def find_spec(
        self, name: str, path: Optional[Sequence[str]] = None, target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        """The spec that the other finders have for one of the names; else None."""
        if name not in self._names or not self.is_on:
            return None
        for other in list(sys.meta_path):
            find: Any = getattr(other, "find_spec", None)
            if other is self or find is None:
                continue
            spec: Optional[ModuleSpec] = find(name, path, target)
            if spec is not None:
                with contextlib.suppress(Exception):  # a loader that takes no attribute
                    self._follow(spec)
                return spec
        return None

    def invalidate_caches(self) -> None:
        """As finders have it; there are none."""

    def _follow(self, spec: ModuleSpec) -> None:
        loader: Any = spec.loader
        load = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            if module.__name__ != spec.name:  # of a loader for many modules, as zipimport's
                load(module)
                return
            vars(loader).pop("exec_module", None)
            load(module)
            if self.is_on:
                try:
                    self._imported(spec.name, module)
                except Exception as error:
                    problem(error)

        loader.exec_module = exec_module
