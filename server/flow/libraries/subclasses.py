"""Recorded forms of classes that are C types, whose methods can't be replaced.

A driver lets its user name a class to make connections and cursors of. Ours is a subclass of the
driver's; where the user names another one, a class is made that has both as its bases: the user's
first, then ours, then the driver's. What the user's methods hand up passes through ours.

Any thread.
"""

from __future__ import annotations

from abc import ABCMeta
from typing import Any

__all__ = ["RecordedForms", "named_as"]

_MOST = 100


class _Unseen:
    """Keeps ``__init_subclass__`` of the user's class from the one that is made of it."""

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        if _Unseen not in cls.__bases__:
            super().__init_subclass__(**options)


class RecordedForms:
    """Makes the recorded form of each class that is asked for.

    :param base: the driver's class
    :param recorded_base: the subclass of it that records
    """

    def __init__(self, base: Any, recorded_base: Any) -> None:
        self._base = base
        self._recorded_base = recorded_base
        # By the id of a class, which is kept with it: a metaclass may have its own idea of equal.
        self._made: dict[int, tuple[Any, Any]] = {id(base): (base, recorded_base)}

    def of(self, factory: Any) -> Any:
        """The recorded form of a factory; itself where it isn't a class of the driver's kind."""
        if not issubclass(type(factory), type):
            return factory
        known = self._made.get(id(factory))
        return self._make(factory) if known is None else known[1]

    def _make(self, factory: Any) -> Any:
        if not issubclass(factory, self._base) or issubclass(factory, self._recorded_base):
            return factory
        meta = type(factory)
        # Not by calling it: that a class is made is not for the user's metaclass to see.
        make: Any = ABCMeta.__new__ if issubclass(meta, ABCMeta) else type.__new__
        bases = (_Unseen, factory, self._recorded_base)
        made = named_as(factory, make(meta, factory.__name__, bases, {"__slots__": ()}))
        if len(self._made) >= _MOST:
            self._made = {id(self._base): (self._base, self._recorded_base)}
        self._made[id(factory)] = factory, made
        return made


def named_as(base: Any, cls: Any) -> Any:
    """Have a class go by another one's name, as in a ``repr``."""
    cls.__name__, cls.__qualname__ = base.__name__, base.__qualname__
    cls.__module__, cls.__doc__ = base.__module__, base.__doc__
    return cls
