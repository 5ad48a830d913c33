"""Which versions of libraries are known, and which drivers are recorded.

Any thread.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["UnknownVersion", "check_has", "check_version", "is_recorded_driver",
           "recorded_cursors"]  # fmt: skip

DRIVERS = frozenset({"sqlite3", "_sqlite3", "psycopg", "psycopg2", "pymysql", "MySQLdb"})
"""Those whose commits and rollbacks are recorded by a hook of their own."""


recorded_cursors: list[type] = []
"""Classes of cursors whose own methods record each statement, the same as a layer above would."""


class UnknownVersion(Exception):
    """A library is not one that is known here. Its text is the sentence to log."""


def check_version(name: str, title: str, beginnings: tuple[str, ...]) -> None:
    """Refuse a library whose version doesn't begin in one of the known ways.

    :param name: of a module of it
    :param title: the library's own
    :raises UnknownVersion: it doesn't
    """
    version = _version_of(name)
    if not version.startswith(beginnings):
        raise _unknown(title, version)


def check_has(owner: Any, title: str, *names: str) -> None:
    """Refuse a library without something that is used of it.

    :param owner: a module or class of it
    :raises UnknownVersion: it lacks one of the names
    """
    if owner is None or any(getattr(owner, name, None) is None for name in names):
        package = getattr(owner, "__module__", None) or getattr(owner, "__name__", "")
        raise _unknown(title, _version_of(str(package)))


def is_recorded_driver(connection: Any) -> bool:
    """Whether a driver's connection is of a library with a hook of its own."""
    kind = type(connection)
    # By its id, which stays its own while it is kept: a metaclass may have its own idea of equal.
    known = _kinds.get(id(kind))
    if known is None:
        found = any(cls.__module__.partition(".")[0] in DRIVERS for cls in kind.__mro__)
        if len(_kinds) >= _MOST_KINDS:
            _kinds.clear()
        _kinds[id(kind)] = known = kind, found
    return known[1]


_kinds: dict[int, tuple[type, bool]] = {}
_MOST_KINDS = 100


def _version_of(name: str) -> str:
    root = sys.modules.get(name.partition(".")[0])
    return str(getattr(root, "__version__", "of no number"))


def _unknown(title: str, version: str) -> UnknownVersion:
    return UnknownVersion(
        f"What {title} does in a request is not recorded: version {version} isn't known."
    )
