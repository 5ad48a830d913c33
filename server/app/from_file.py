"""Imports a module from its file, under a name of the caller's choice. The caller's thread."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Optional

__all__ = ["import_file"]


def import_file(name: str, file: str, loader: Optional[SourceFileLoader] = None) -> ModuleType:
    """Import a module or, where the file is an ``__init__.py``, a package.

    It stands in ``sys.modules`` while its code runs, and afterwards unless that fails.

    :param loader: loads it; by default what Python takes for such a file
    :raises ImportError: it is no module; and whatever its code raises
    """
    folder = file.rpartition("__init__.py")[0]
    spec = importlib.util.spec_from_file_location(
        name, file, loader=loader, submodule_search_locations=[folder] if folder else None
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module
