"""What the server needs of other modules, imported before the project is on ``sys.path``.

From then on a file of the project stands in for any module of its name: one called ``secrets.py``
or ``code.py`` would be found by an import of ours that comes late, or by one of Werkzeug's
debugger. So all of these come first; and what the standard library itself imports only when it is
used comes with them, as far as the server uses it.

The other way round, the project must find its own ``secrets.py``, although the standard library's
has been imported by then: see :func:`leave_to_project`. The session's thread.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Optional

from ..base.source_files import python_files
from ..config import ServerConfig
from .debugger import rehearse

__all__ = ["import_early", "leave_to_project", "standard_library_first"]

# Imported inside functions of the standard library: to show a traceback (ast, tokenize and others)
# or a warning (tracemalloc), to look up a name (stringprep, unicodedata), for temporary files and
# for locks between processes.
_LATE = (
    "_colorize", "_suggestions", "ast", "atexit", "bz2", "encodings.idna", "fcntl", "keyword",
    "linecache", "lzma", "ssl", "stringprep", "tempfile", "tokenize", "tracemalloc", "unicodedata",
    "zlib",
)  # fmt: skip
_CERTIFICATES = (
    "ipaddress", "datetime", "cryptography.x509", "cryptography.hazmat.primitives.serialization",
    "cryptography.hazmat.primitives.asymmetric.ec",
)  # fmt: skip
_PACKAGE = __name__.partition(".")[0]
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\w+)|import[ \t]+([^#\n]+))", re.MULTILINE)
_MOST_FILES = 2_000


def import_early(config: ServerConfig) -> None:
    """Import what the server will need, as far as it is installed.

    :param config: what will be served, and how
    """
    names: tuple[str, ...] = _LATE
    if config.ssl == "adhoc":
        names += _CERTIFICATES
    with standard_library_first():
        for name in names:
            if name not in sys.modules:
                # Whatever is wrong with it shows where it is needed, if it is.
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
        if config.debug and config.mode != "forking":
            with contextlib.suppress(Exception):
                rehearse()


@contextlib.contextmanager
def standard_library_first() -> Iterator[None]:
    """Look for modules in the standard library before all else while the block runs: the folders
    in ``PYTHONPATH``, which may well be the project's, come later."""
    before = list(sys.path)
    here = os.path.dirname(os.__file__)  # noqa: PTH120 - as it is written in sys.path
    place = sys.path.index(here) if here in sys.path else 0
    sys.path[:] = before[place:] + before[:place]
    try:
        yield
    finally:
        sys.path[:] = before


def leave_to_project(root: Path) -> tuple[str, ...]:
    """Drop modules that the app would find in its own folder if it were started by itself.

    Those of the standard library that a bare interpreter doesn't import, and that the project both
    has in its root and imports by name. Only in a process that is the app's alone: nothing of ours
    imports them again.

    :param root: the folder in which the app's modules are looked for first
    :returns: their names
    """
    at_start: Optional[Collection[str]] = getattr(sys.modules[_PACKAGE], "modules_at_start", None)
    if at_start is None:
        return ()
    own = _top_level_names(root)
    shared = {name for name in own & set(sys.modules) if name not in at_start}
    shared -= {_PACKAGE}
    wanted = shared & _imported_by(root) if shared else set()
    for name in list(sys.modules):
        if name.partition(".")[0] in wanted:
            del sys.modules[name]
    return tuple(sorted(wanted))


def _top_level_names(root: Path) -> set[str]:
    """The modules and packages in a folder."""
    names: set[str] = set()
    with contextlib.suppress(OSError):
        for entry in os.scandir(root):
            if entry.name.endswith(".py"):
                names.add(entry.name[:-3])
            elif os.path.isfile(os.path.join(entry.path, "__init__.py")):  # noqa: PTH113, PTH118
                names.add(entry.name)
    return names


def _imported_by(root: Path) -> set[str]:
    """The first parts of all names that a project's files import."""
    names: set[str] = set()
    for file in python_files(str(root), _MOST_FILES):
        try:
            text = Path(file).read_text("utf-8", "replace")
        except OSError:
            continue
        for source, listed in _IMPORT.findall(text):
            names.add(source)
            names.update(item.split(" as ")[0].split(".")[0].strip() for item in listed.split(","))
    return names
