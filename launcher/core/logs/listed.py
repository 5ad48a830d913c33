"""The rows of a view as numbers, by arrival or by a key; pure data of one thread.

A million numbers are eight megabytes here, and so are a million keys that are numbers: to copy or
to drop them takes a millisecond, where a list of as many objects takes some ten. Items are what
rows are placed by: the number itself, or with a key ``(key, number)``, so that equal keys stay in
the order of arrival and each is found by bisection.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

__all__ = ["Keys", "Listed", "keys_of"]

Keys: TypeAlias = "list[Any] | array[float]"
"""Of rows, in their order: texts, or numbers."""


def keys_of(values: Sequence[Any]) -> Keys:
    """Keys in the form that takes the least."""
    return array("d", values) if values and isinstance(values[0], float) else list(values)


class Listed:
    """Ascending items.

    :param numbers: ascending, where there are no keys; a range takes no room
    :param keys: one for each number, ascending together with the numbers; None for none
    """

    def __init__(self, numbers: range | array[int], keys: Keys | None = None) -> None:
        self.numbers = numbers
        self.keys = keys

    @classmethod
    def of(cls, items: Sequence[Any], *, keyed: bool) -> Listed:
        """From items that are in order."""
        if not keyed:
            return cls(array("q", items))
        return cls(array("q", [item[1] for item in items]), keys_of([item[0] for item in items]))

    def __len__(self) -> int:
        return len(self.numbers)

    def item(self, index: int) -> Any:
        """What the row at an index is placed by."""
        number = self.numbers[index]
        return number if self.keys is None else (self.keys[index], number)

    def place(self, item: Any) -> int:
        """Where an item is, or would be."""
        if self.keys is None:
            return bisect_left(self.numbers, item)
        # Key by key, and then among those that are equal: thus no function of ours is called.
        key, number = item
        low = bisect_left(self.keys, key)
        if low == len(self.keys) or self.keys[low] != key:
            return low
        return bisect_left(self.numbers, number, low, bisect_right(self.keys, key, low))

    def find(self, item: Any) -> int | None:
        """Where an item is; None where it isn't."""
        index = self.place(item)
        return index if index < len(self) and self.item(index) == item else None

    def insert(self, index: int, items: Sequence[Any]) -> None:
        """Put items in at an index."""
        numbers = self.numbers
        assert isinstance(numbers, array)
        if self.keys is None:
            numbers[index:index] = array("q", items)
        else:
            numbers[index:index] = array("q", [item[1] for item in items])
            more: Any = keys_of([item[0] for item in items])
            if not self.keys:
                self.keys = more
            elif more:
                self.keys[index:index] = more

    def delete(self, start: int, stop: int) -> None:
        """Take items out."""
        assert isinstance(self.numbers, array)
        del self.numbers[start:stop]
        if self.keys is not None:
            del self.keys[start:stop]

    def spliced(self, gone: Iterable[int], added: Iterable[Any]) -> Listed:
        """Another list, made in one pass, for many changes in many places; this one without any.

        :param gone: the indexes of what is left out, each once
        :param added: items to put in, in any order
        """
        items = sorted(added)
        steps = [(index, 1, 0) for index in set(gone)]
        steps += [(self.place(item), 0, at) for at, item in enumerate(items)]
        if not steps:
            return self
        steps.sort()  # what is put in comes before what stands there
        numbers = array("q")
        old = array("q", self.numbers) if isinstance(self.numbers, range) else self.numbers
        keys: Any = None
        if self.keys is not None:
            keys = (self.keys or keys_of([key for key, _ in items]))[:0]
        done = 0
        for index, skipped, at in steps:
            if done < index:
                numbers += old[done:index]
                if self.keys:
                    keys += self.keys[done:index]
            done = index + skipped
            if skipped:
                continue
            if keys is None:
                numbers.append(items[at])
            else:
                keys.append(items[at][0])
                numbers.append(items[at][1])
        numbers += old[done:]
        if self.keys:
            keys += self.keys[done:]
        return Listed(numbers, keys)
