"""Queries through the standard library's ``sqlite3``.

Its connections and cursors are C types, whose methods can't be replaced. So ``connect`` makes
connections of a subclass, by the ``factory`` that it has for this: of the user's own factory, where
there is one, and their cursors likewise. Ours come *behind* the user's class among the bases, right
before sqlite3's own, so that what the user's methods hand up passes through here, too. A connection
made in another way than by ``connect`` is not recorded.

``commit`` and ``rollback`` are spans where there is a transaction to end, else nothing is done.
That a transaction begins is not, unless by a statement: sqlite3 does so by itself, unseen.

Sources: the documentation of ``sqlite3``; ``Modules/_sqlite/connection.c``.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import sys
from types import MethodType, ModuleType
from typing import Any

from ...facts.span import SQL
from ..patches import Patches
from ..spans import OpenSpan, problem
from ..steps import own_frames
from .calls import hide, recorded
from .openers import openers, sqlite
from .statements import connections, fill, keep_rows
from .subclasses import RecordedForms, named_as

__all__ = ["AFTER", "install"]

AFTER = "sqlite3"

_DATABASE = "sqlite"
_FACTORY_AT = 5  # among connect's arguments that are given by position


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    library: Any = module
    cursors = RecordedForms(library.Cursor, _cursor_class(library))
    factories = RecordedForms(library.Connection, _connection_class(library, cursors))
    original = library.connect

    def connect(home: _Home, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        try:
            if len(args) > _FACTORY_AT:
                factory = factories.of(args[_FACTORY_AT])
                args = (*args[:_FACTORY_AT], factory, *args[_FACTORY_AT + 1 :])
            else:
                given = kwargs.get("factory", library.Connection)
                kwargs = {**kwargs, "factory": factories.of(given)}
        except Exception as own:
            problem(own)
        try:
            return original(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    in_front = _like_builtin(original, connect, AFTER)
    patches.attribute(library, "connect", in_front)
    patches.attribute(library.dbapi2, "connect", in_front)


class _Home:
    """Where a function is found again that is pickled: at its name in its module."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __reduce__(self) -> Any:
        return importlib.import_module, (self._module,)

    def __deepcopy__(self, memo: Any) -> _Home:
        return self


def _like_builtin(original: Any, function: Any, module: str) -> Any:
    """Make a function of ours stand for one of C code.

    As an attribute of a class such a one takes no ``self``, nor does a method that is bound
    already; and it can be pickled.

    :param function: gets a :class:`_Home` before all else
    """
    functools.update_wrapper(function, original)
    with contextlib.suppress(ValueError, TypeError):  # most of C code have none
        known = inspect.signature(original)
        home = inspect.Parameter("home", inspect.Parameter.POSITIONAL_ONLY)
        function.__signature__ = known.replace(parameters=(home, *known.parameters.values()))
    return MethodType(function, _Home(module))


def _connection_class(library: Any, cursors: RecordedForms) -> Any:
    original: Any = library.Connection
    new_cursor = original.cursor
    plain_cursor = cursors.of(library.Cursor)

    def commits(span: OpenSpan, connection: Any) -> bool:
        return _ends("COMMIT", span, connection)

    def rolls_back(span: OpenSpan, connection: Any) -> bool:
        return _ends("ROLLBACK", span, connection)

    def leaves(span: OpenSpan, connection: Any, error: Any = None, *unused: Any) -> bool:
        return _ends("COMMIT" if error is None else "ROLLBACK", span, connection)

    def remember(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        try:
            openers.remember(name, sqlite(original, *args, **options))
        except Exception as own:  # odd arguments, which the library refuses as well
            problem(own)

    class Connection(original):  # type: ignore[misc]
        __slots__ = ()

        @functools.wraps(original.__init__)  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            __traceback_hide__ = True
            remember(connections.add(self), args, kwargs)
            try:
                super().__init__(*args, **kwargs)
            except BaseException as error:
                hide(error)
                raise

        @functools.wraps(original.cursor)
        def cursor(self, *args: Any, **kwargs: Any) -> Any:
            if not args and not kwargs:
                return new_cursor(self, plain_cursor)
            if args:
                return new_cursor(self, cursors.of(args[0]), *args[1:], **kwargs)
            factory = cursors.of(kwargs.pop("factory", library.Cursor))
            return new_cursor(self, factory, **kwargs)

        if sys.version_info >= (3, 11):  # before, C code makes the cursor by the method above
            execute = _through_cursor(library, cursor, "execute")
            executemany = _through_cursor(library, cursor, "executemany")
            executescript = _through_cursor(library, cursor, "executescript")

        # `with connection:` doesn't call commit and rollback by their names.
        commit = recorded(original.commit, SQL, commits)
        rollback = recorded(original.rollback, SQL, rolls_back)
        __exit__ = recorded(original.__exit__, SQL, leaves)

    return named_as(original, Connection)


def _through_cursor(library: Any, cursor: Any, name: str) -> Any:
    """A method of a connection that makes a cursor for it, and returns that."""

    @functools.wraps(getattr(library.Connection, name))
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        try:
            return getattr(cursor(self), name)(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    return call


def _cursor_class(library: Any) -> Any:
    original: Any = library.Cursor

    class Cursor(original):  # type: ignore[misc]
        __slots__ = ()
        execute = recorded(original.execute, SQL, _statement, keep_rows)
        executemany = recorded(original.executemany, SQL, _statements, keep_rows)
        executescript = recorded(original.executescript, SQL, _statement)

    return named_as(original, Cursor)


def _statement(
    span: OpenSpan, cursor: Any, sql: Any = "", parameters: Any = None, *unused: Any
) -> None:
    fill(span, sql, parameters, cursor.connection, _DATABASE)


def _statements(
    span: OpenSpan, cursor: Any, sql: Any = "", parameters: Any = None, *unused: Any
) -> None:
    # An iterator of them is not to be gone through here.
    known = parameters if isinstance(parameters, (list, tuple)) else ()
    fill(span, sql, known, cursor.connection, _DATABASE)


def _ends(label: str, span: OpenSpan, connection: Any) -> bool:
    """Describe the end of a transaction; False where there is none."""
    try:
        if not connection.in_transaction:
            return False
    except Exception:  # it is closed; what is called for says so
        return False
    fill(span, label, None, connection, _DATABASE)
    return True


own_frames(globals())
