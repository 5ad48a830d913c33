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
from time import perf_counter_ns as now
from types import MethodType, ModuleType
from typing import Any

from ...facts.span import SQL
from ..patches import Patches
from ..shown import sentence
from ..spans import OpenSpan, problem, recorder_of
from ..steps import own_frames
from .calls import Describes, hide, recorded
from .known import recorded_cursors
from .openers import openers, sqlite
from .statements import connections, fill, keep
from .subclasses import RecordedForms, named_as

__all__ = ["AFTER", "install"]

AFTER = "sqlite3"

_DATABASE = "sqlite"
_FACTORY_AT = 5  # among connect's arguments that are given by position


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    library: Any = module
    cursor_class = _cursor_class(library)
    cursors = RecordedForms(library.Cursor, cursor_class)
    recorded_cursors.append(cursor_class)
    patches.call(lambda: recorded_cursors.remove(cursor_class))
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

    def commits(span: OpenSpan, connection: Any) -> None:
        fill(span, "COMMIT", None, connection, _DATABASE)

    def rolls_back(span: OpenSpan, connection: Any) -> None:
        fill(span, "ROLLBACK", None, connection, _DATABASE)

    def leaves(span: OpenSpan, connection: Any, error: Any = None, *unused: Any) -> None:
        (commits if error is None else rolls_back)(span, connection)

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
        def cursor(self, factory: Any = library.Cursor) -> Any:
            if factory is library.Cursor:
                return new_cursor(self, plain_cursor)
            return new_cursor(self, cursors.of(factory))

        if sys.version_info >= (3, 11):  # before, C code makes the cursor by the method above
            execute = _through_cursor(library, cursor, "execute")
            executemany = _through_cursor(library, cursor, "executemany")
            executescript = _through_cursor(library, cursor, "executescript")

        # `with connection:` doesn't call commit and rollback by their names.
        commit = _recorded_end(original.commit, commits)
        rollback = _recorded_end(original.rollback, rolls_back)
        __exit__ = _recorded_end(original.__exit__, leaves)

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
        execute = _recorded_statement(original.execute)
        executemany = _recorded_statement(original.executemany, takes_any=False)
        executescript = recorded(original.executescript, SQL, _script)

    return named_as(original, Cursor)


def _script(span: OpenSpan, cursor: Any, sql: Any = "", *unused: Any) -> None:
    fill(span, sql, None, cursor.connection, _DATABASE)


def _recorded_statement(call: Any, takes_any: bool = True) -> Any:
    """A method of a cursor that does the same as ``call``, recorded as a span.

    There is no layer below to be held back, so it is recorded when it is over.

    :param takes_any: its parameters may be shown whatever they are
    """

    @functools.wraps(call)
    def execute(cursor: Any, *args: Any) -> Any:
        __traceback_hide__ = True
        try:
            recorder = recorder_of(SQL)
            if recorder is None:
                return call(cursor, *args)
            sql, parameters = args if len(args) == 2 else (*args, None, None)[:2]
            if not takes_any and not issubclass(type(parameters), (list, tuple)):
                parameters = None  # an iterator of them is not to be gone through here
            started = now()
            try:
                result = call(cursor, *args)
            except BaseException as error:
                ended = now()
                keep(
                    recorder, started, ended, sql, parameters, None, cursor.connection, _DATABASE,
                    sentence(error),
                )  # fmt: skip
                raise
            ended = now()
        except BaseException as error:
            hide(error)
            raise
        rows, connection = cursor.rowcount, cursor.connection
        keep(recorder, started, ended, sql, parameters, rows, connection, _DATABASE)
        return result

    return execute


def _recorded_end(call: Any, describes: Describes) -> Any:
    """A method of a connection that ends a transaction, recorded where there is one."""
    in_front = recorded(call, SQL, describes)

    @functools.wraps(call)
    def end(connection: Any, *args: Any) -> Any:
        __traceback_hide__ = True
        try:
            return (in_front if _has_transaction(connection) else call)(connection, *args)
        except BaseException as error:
            hide(error)
            raise

    return end


def _has_transaction(connection: Any) -> bool:
    try:
        return bool(connection.in_transaction)
    except Exception:  # it is closed; what is called for says so
        return False


own_frames(globals())
