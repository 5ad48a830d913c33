"""What makes spans of the libraries that an app uses, without a line of the app's being changed.

Each module here knows one library: the name of the module after whose import something is to be
done (``AFTER``), and ``install``, which does it. Where a library has hooks of its own, those are
used; else functions of it get one of ours in front, as attributes of its modules and classes, which
:class:`~server.flow.patches.Patches` takes back exactly.

How a library is found, without importing one that the app doesn't: those that are there already are
seen to when the recording begins, before the app is loaded, and the others right after their own
import, whenever that comes. ``..imports`` says how. A name that the app has imported *from* a
library is the one with ours in front then, too.

What an app may see of all this: nothing. Arguments, results, exceptions and signatures pass
through; objects stay instances of what they were; frames of ours are taken out of tracebacks. A
hook that fails is our error: it is logged, once, and the app's call goes on without a span.

A version that isn't known is left alone, which is logged, once.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from types import ModuleType
from typing import Protocol

from ..imports import after_imports
from ..patches import Patches
from ..spans import problem
from . import (
    aiosqlite,
    asyncpg,
    django_templates,
    jinja2,
    psycopg,
    psycopg2,
    pymongo,
    sqlalchemy,
    sqlite3,
)
from .caches import DJANGO_CACHE, FLASK_CACHING, REDIS
from .django_database import DJANGO_STATEMENTS, DJANGO_UNASKED
from .http import HTTP_CLIENT, HTTPX, URLLIB3
from .known import UnknownVersion
from .mail import DJANGO_MAIL, SMTPLIB
from .mysql import MYSQLCLIENT, PYMYSQL
from .processes import PROCESSES

__all__ = ["Library", "UnknownVersion", "recorded_libraries"]

_log = logging.getLogger("servedeck")


class Library(Protocol):
    """A module of this package."""

    AFTER: str
    """The name of the module that it waits for."""

    def install(self, module: ModuleType, patches: Patches) -> None:
        """Record what the library does.

        :param module: the one that has just been imported
        :raises UnknownVersion: it isn't one that is known
        """


_LIBRARIES: tuple[Library, ...] = (
    sqlite3, aiosqlite, psycopg, psycopg2, PYMYSQL, MYSQLCLIENT, asyncpg, pymongo,
    sqlalchemy, DJANGO_STATEMENTS, *DJANGO_UNASKED,
    jinja2, django_templates,
    HTTP_CLIENT, URLLIB3, HTTPX,
    DJANGO_CACHE, FLASK_CACHING, REDIS,
    SMTPLIB, DJANGO_MAIL, *PROCESSES,
)  # fmt: skip


@contextlib.contextmanager
def recorded_libraries(libraries: tuple[Library, ...] = _LIBRARIES) -> Iterator[None]:
    """Have the libraries record what they do, while the block runs.

    This belongs to the whole process, so one at a time. Entered and left on the session's thread.
    """
    patches = Patches()
    by_name: dict[str, list[Library]] = {}
    for library in libraries:
        by_name.setdefault(library.AFTER, []).append(library)

    def imported(name: str, module: ModuleType) -> None:
        for library in by_name[name]:
            _install(library, module, patches)

    try:
        with after_imports(by_name, imported):
            yield
    finally:
        patches.undo()


def _install(library: Library, module: ModuleType, patches: Patches) -> None:
    own = Patches()
    try:
        library.install(module, own)
    except UnknownVersion as reason:
        own.undo()
        _log.warning("%s", reason)
    except Exception as error:  # whatever a library is made of: serving the app matters more
        own.undo()
        problem(error)
    patches.extend(own)
