"""Recorded forms of classes that are C types, whose methods can't be replaced.

A driver lets its user name a class to make connections and cursors of. Ours is a subclass of the
driver's; where the user names another one, a class is made that has both as its bases: the user's
first, then ours, then the driver's. What the user's methods hand up passes through ours.

Any thread.
"""

from __future__ import annotations

from typing import Any

__all__ = ["RecordedForms", "named_as"]

_MOST = 100


class RecordedForms:
    """Makes the recorded form of each class that is asked for.

    :param base: the driver's class
    :param recorded_base: the subclass of it that records
    """

    def __init__(self, base: Any, recorded_base: Any) -> None:
        self._base = base
        self._recorded_base = recorded_base
        self._made: dict[Any, Any] = {base: recorded_base}

    def of(self, factory: Any) -> Any:
        """The recorded form of a factory; itself where it isn't a class of the driver's kind."""
        made = self._made.get(factory)
        return self._make(factory) if made is None else made

    def _make(self, factory: Any) -> Any:
        if (
            not isinstance(factory, type)
            or not issubclass(factory, self._base)
            or issubclass(factory, self._recorded_base)
        ):
            return factory
        bases = (factory, self._recorded_base)
        made = named_as(factory, type(factory)(factory.__name__, bases, {"__slots__": ()}))
        if len(self._made) >= _MOST:
            self._made = {self._base: self._recorded_base}
        self._made[factory] = made
        return made


def named_as(base: Any, cls: Any) -> Any:
    """Have a class go by another one's name, as in a ``repr``."""
    cls.__name__, cls.__qualname__ = base.__name__, base.__qualname__
    cls.__module__, cls.__doc__ = base.__module__, base.__doc__
    return cls
