"""Short texts of the app's objects, of bounded size, without evaluating what is lazy.

What an object is, is read from the interpreter's own fields; containers of the built-in types are
gone through here. Lazy objects (an unevaluated query, a proxy), objects of an ORM, generators,
files and sockets are described by their class and state: asking them would run a query or resolve
a name. Whatever is left is asked for its ``repr``, which is code of the app's or of a library: it
may raise anything, print, or never return. So it is asked only where :class:`Values` may, and only
until its time is over.

Runs on a thread of :mod:`server.reporting.describe`; each ``Values`` on one thread.
"""

from __future__ import annotations

import io
import socket
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Optional

from ..base import limits
from ..base.limits import cut

__all__ = ["Values", "full_name", "type_of"]

_ITEMS = 12  # of a container
_DEPTH = 4  # containers in containers
_NESTED = 300  # characters of one item
_FIELDS = 8  # of an object of an ORM
_DIGITS = 4000  # bits of an int, whose decimal form takes its time
_LAZY_WORDS = ("QuerySet", "Lazy", "Proxy", "Promise")
_LAZY = frozenset({
    "django.db.models.manager.BaseManager",
    "mongoengine.queryset.base.BaseQuerySet",
    "peewee.BaseQuery",
    "sqlalchemy.engine.result.Result",
    "sqlalchemy.orm.query.Query",
})  # fmt: skip
_ORM_MODEL = "django.db.models.base.Model"
_ORM_STATE = "_sa_instance_state"  # of SQLAlchemy, in each object it maps
_SCALARS = (int, float, complex, bool, type(None), type(Ellipsis), type(NotImplemented), range)
_NAMED = (
    types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.CodeType,
    types.FrameType, types.TracebackType, types.MethodWrapperType, types.WrapperDescriptorType,
)  # fmt: skip
_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}"), frozenset: ("frozenset({", "})"),
    deque: ("deque([", "])"),
}  # fmt: skip


class Values:
    """Describes objects.

    :param asks: whether ``repr`` may be called
    :param expired: whether the time for it is over; then the rest is described by type
    """

    def __init__(self, asks: bool, expired: Callable[[], bool] = lambda: False) -> None:
        self._asks = asks
        self._expired = expired
        self._inside: set[int] = set()

    def text(self, value: object) -> str:
        """The text of a variable's value, at most ``limits.ERROR_LOCAL`` bytes. Never raises."""
        try:
            return cut(self._text(value, 0), limits.ERROR_LOCAL)
        except BaseException as error:
            return f"<repr failed: {type_of(error)}>"

    def _text(self, value: Any, depth: int) -> str:
        kind = type(value)
        most = limits.ERROR_LOCAL if depth == 0 else _NESTED
        if kind is int and value.bit_length() > _DIGITS:
            return f"<int of {value.bit_length():,} bits>"
        if kind in _SCALARS:
            return repr(value)
        if kind in (str, bytes, bytearray):
            return _chars(value, most)
        if kind in _BRACKETS or kind is dict:
            return self._container(value, kind, depth)
        if kind in _NAMED:
            return _within(repr(value), most)
        by_state = _by_state(value, kind)
        if by_state is not None:
            return by_state
        fields = _orm_fields(value, kind)
        if fields is not None:
            shown = [f"{name}={self._text(item, depth + 1)}" for name, item in fields]
            return f"<{' '.join([type_of(value), *shown])}>"
        return self._answer(value, most)

    def _answer(self, value: object, most: int) -> str:
        """What the object itself says."""
        if not self._asks or self._expired():
            return _by_type(value)
        try:
            return _within(str.__str__(repr(value)), most)  # a subclass of str may be anything
        except BaseException as error:  # also SystemExit, and what ends generators
            return f"<repr failed: {type_of(error)}>"

    def _container(self, value: Any, kind: type, depth: int) -> str:
        if id(value) in self._inside or (depth >= _DEPTH and value):
            return f"<{kind.__name__} of {len(value):,}>"
        self._inside.add(id(value))
        try:
            if kind is dict:
                shown: Iterable[str] = (
                    f"{self._text(name, depth + 1)}: {self._text(item, depth + 1)}"
                    for name, item in islice(value.items(), _ITEMS)
                )
                first, last = "{", "}"
            else:
                shown = (self._text(item, depth + 1) for item in islice(value, _ITEMS))
                first, last = _BRACKETS[kind]
            parts = list(_until_full(shown, limits.ERROR_LOCAL))
        except RuntimeError:  # it has been changed meanwhile
            return f"<{kind.__name__} of {len(value):,}>"
        finally:
            self._inside.discard(id(value))
        if len(value) > len(parts):
            parts.append(f"… ({len(value):,} items)")
        if kind in (set, frozenset, deque) and not value:
            return f"{kind.__name__}()"
        comma = "," if kind is tuple and len(value) == 1 else ""
        return f"{first}{', '.join(parts)}{comma}{last}"


def type_of(value: object) -> str:
    """The name of an object's class, without the function it is made in; calls no code of the
    app."""
    name = type.__dict__["__qualname__"].__get__(type(value))
    return cut(str.__str__(name).rpartition("<locals>.")[2], limits.ERROR_NAME)


def _by_type(value: object) -> str:
    return f"<{type_of(value)}>"


def _until_full(texts: Iterable[str], limit: int) -> Iterator[str]:
    for text in texts:
        yield text
        limit -= len(text)
        if limit <= 0:
            return


def _within(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def _chars(value: Any, most: int) -> str:
    """A string or bytes."""
    if len(value) <= most:
        return repr(value)
    unit = "characters" if type(value) is str else "bytes"
    return f"{value[:most]!r}… ({len(value):,} {unit})"


def _classes(kind: type) -> tuple[type, ...]:
    """A class and those it is derived from, whatever its metaclass says."""
    found: tuple[type, ...] = type.__dict__["__mro__"].__get__(kind)
    return found


def _own_fields(value: object, kind: type) -> dict[str, Any]:
    """An object's attributes, where it keeps them as most do; calls no code of the app."""
    for cls in _classes(kind):
        field = type.__dict__["__dict__"].__get__(cls).get("__dict__")
        if type(field) is types.GetSetDescriptorType:
            found = field.__get__(value, kind)
            return found if type(found) is dict else {}
    return {}


def full_name(cls: type) -> str:
    """A class's name, with its module unless that is ``builtins``; calls no code of the app."""
    module = type.__dict__["__dict__"].__get__(cls).get("__module__")
    name = type.__dict__["__qualname__"].__get__(cls)
    return name if type(module) is not str or module == "builtins" else f"{module}.{name}"


def _by_state(value: Any, kind: type) -> Optional[str]:
    """What needs no asking, or must not be asked; None for anything else."""
    classes = _classes(kind)
    if type in classes:
        return f"<class '{full_name(value)}'>"
    for generator, prefix in _GENERATORS:
        if kind is generator:
            return _generator(value, prefix, type_of(value))
    if _FILE in classes:
        return _file(value, kind)
    if socket.socket in classes:
        number = socket.socket.fileno(value)
        return f"<{type_of(value)}, {'closed' if number < 0 else f'descriptor {number}'}>"
    for cls in classes:
        name = full_name(cls)
        if name in _LAZY or any(word in name.rpartition(".")[2] for word in _LAZY_WORDS):
            return _lazy(value, kind)
    return None


_FILE = io.FileIO.__mro__[-2]  # what all files are derived from, also those of ``io.IOBase``
_GENERATORS = (
    (types.GeneratorType, "gi"),
    (types.CoroutineType, "cr"),
    (types.AsyncGeneratorType, "ag"),
)


def _generator(value: Any, prefix: str, what: str) -> str:
    frame = getattr(value, f"{prefix}_frame")
    if frame is None:
        state = "ended"
    elif getattr(value, f"{prefix}_running"):
        state = "running"
    else:
        state = f"at line {frame.f_lineno}"
    return f"<{what} {value.__qualname__}, {state}>"


def _file(value: Any, kind: type) -> str:
    if kind.__module__ not in ("_io", "io"):  # a class of the app's: it may do anything
        return f"<{type_of(value)}, a file>"
    try:
        name, state = getattr(value, "name", ""), "closed" if value.closed else "open"
    except ValueError:  # detached
        name, state = "", "detached"
    shown = f" {_chars(name, _NESTED)}" if type(name) in (str, bytes) and name else ""
    return f"<{type_of(value)}{shown}, {state}>"


def _lazy(value: object, kind: type) -> str:
    """What it would evaluate is not asked for; of Django's querysets more is known."""
    fields = _own_fields(value, kind)
    model = fields.get("model")
    of = f" of {type.__dict__['__qualname__'].__get__(model)}" if isinstance(model, type) else ""
    if "_result_cache" not in fields:
        return f"<{type_of(value)}{of}, not evaluated>"
    cache = fields["_result_cache"]
    state = f"{len(cache):,} results" if type(cache) is list else "not evaluated"
    return f"<{type_of(value)}{of}, {state}>"


def _orm_fields(value: object, kind: type) -> Optional[list[tuple[str, Any]]]:
    """What an object of Django's or SQLAlchemy's ORM has loaded; None for any other object. Its
    ``repr`` may ask the database for more, on a connection that belongs to another thread."""
    fields = _own_fields(value, kind)
    if _ORM_STATE not in fields and all(full_name(c) != _ORM_MODEL for c in _classes(kind)):
        return None
    loaded = [(str(name), item) for name, item in fields.items() if not str(name).startswith("_")]
    return loaded[:_FIELDS]
