"""Frozen dataclasses that are cheap to define, for a process that starts often.

The standard library compiles six methods for each ``@dataclass(frozen=True)``, which is a good part
of what our modules take to import: in each worker process, in ``servedeck serve``, in the window.
Here the classes share a few functions that are compiled already, but for ``__init__``, which is
compiled when the first instance is made; most classes never have one in a given process.

Fields, defaults, comparison, hash and text are as there, and ``dataclasses.fields``, ``replace``
and ``asdict`` take such a class. No state of its own; any thread.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, **options: bool) -> Any:
        """As ``dataclasses.dataclass``, which makes all classes but those that are only frozen.

        Of these, none can inherit another's fields. ``__post_init__`` and methods of their own are
        respected, as there.
        """
        if options == {"frozen": True}:
            return _frozen
        return dataclasses.dataclass(cls, **options)


__all__ = ["dataclass"]


def _frozen(cls: Any) -> Any:
    dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    fields = dataclasses.fields(cls)
    assert all(field.name in cls.__annotations__ for field in fields)
    methods = {
        "__init__": _late_init(cls, fields),
        "__eq__": _equality([field.name for field in fields if field.compare]),
        "__hash__": _hash(
            [
                field.name
                for field in fields
                if (field.compare if field.hash is None else field.hash)
            ]
        ),
        "__repr__": _text([field.name for field in fields if field.repr]),
        "__setattr__": _refuse_setting,
        "__delattr__": _refuse_deleting,
    }
    for name, method in methods.items():
        if name not in vars(cls):
            setattr(cls, name, method)
    return cls


def _late_init(cls: Any, fields: Sequence[dataclasses.Field[Any]]) -> Callable[..., None]:
    """An ``__init__`` that has the real one compiled, which takes its place."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        real = _init(cls, fields)
        cls.__init__ = real  # where two threads get here at once, either's will do
        real(self, *args, **kwargs)

    return init


def _init(cls: Any, fields: Sequence[dataclasses.Field[Any]]) -> Callable[..., None]:
    """The ``__init__`` that takes the fields, by place or by name."""
    missing = dataclasses.MISSING
    known: dict[str, Any] = {"_set": object.__setattr__, "_missing": missing}
    head, body = ["self"], []
    for field in fields:
        name, value = field.name, field.name
        if field.default_factory is not missing:
            known[f"_make_{name}"] = field.default_factory
            head.append(f"{name}=_missing")
            value = f"_make_{name}() if {name} is _missing else {name}"
        elif field.default is not missing:
            known[f"_default_{name}"] = field.default
            head.append(f"{name}=_default_{name}")
        else:
            head.append(name)
        body.append(f" _set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        body.append(" self.__post_init__()")
    exec(f"def __init__({', '.join(head)}):\n" + "\n".join(body or [" pass"]), known)
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__module__ = cls.__module__
    return init


def _equality(names: Sequence[str]) -> Callable[[Any, Any], Any]:
    values = _reader(names)

    def equal(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    return equal


def _hash(names: Sequence[str]) -> Callable[[Any], int]:
    values = _reader(names)
    return lambda self: hash(values(self))


def _text(names: Sequence[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def text(self: Any) -> str:
        values = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        return f"{self.__class__.__qualname__}({values})"

    return text


def _reader(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads these fields' values."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple([getattr(value, name) for name in names])


def _refuse_setting(self: Any, name: str, value: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
