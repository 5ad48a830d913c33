"""What is kept for an object of the app's for as long as that is there. Any thread.

An object is known by which one it is, never by what it equals: a class of the app's may have an
``__eq__`` of its own and no ``__hash__``, and either is code of the app's, which is not run here.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any, Generic, Optional, TypeVar

__all__ = ["ByObject"]

Value = TypeVar("Value")


class ByObject(Generic[Value]):
    """A value for each of some objects, which it doesn't keep alive."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[weakref.ref[Any], Value]] = {}

    def put(self, owner: Any, value: Value) -> None:
        """Keep a value for an object, in place of its former one.

        :raises TypeError: it can't be referred to weakly
        """
        kept, key = self._kept, id(owner)

        def gone(reference: weakref.ref[Any]) -> None:
            found = kept.get(key)
            if found is not None and found[0] is reference:
                del kept[key]

        kept[key] = weakref.ref(owner, gone), value

    def get(self, owner: Any) -> Optional[Value]:
        """An object's value; None where there is none."""
        found = self._kept.get(id(owner))
        return None if found is None or found[0]() is not owner else found[1]

    def pop(self, owner: Any) -> Optional[Value]:
        """An object's value, which is kept no more; None where there is none."""
        value = self.get(owner)
        if value is not None:
            self._kept.pop(id(owner), None)
        return value

    def owners(self) -> Iterator[Any]:
        """The objects that there still are."""
        for reference, _ in list(self._kept.values()):
            owner = reference()
            if owner is not None:
                yield owner
