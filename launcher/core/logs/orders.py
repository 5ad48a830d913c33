"""What a view is asked for: which rows, and in which order. Frozen values; any thread.

Both have two faces, since a view's rows are in two places. For the rows in memory there is a
function; for those that are in the history only, there is what SQLite can be asked for. The two
faces have to say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar

from server.base.values import dataclass

from .history.conditions import Condition

__all__ = ["ARRIVAL", "Filter", "Order"]

T = TypeVar("T")


@dataclass(frozen=True)
class Filter(Generic[T]):
    """Which rows are shown.

    :param keep: whether a row in memory is
    :param condition: the same for the history
    """

    keep: Callable[[T], bool]
    condition: Condition


@dataclass(frozen=True)
class Order(Generic[T]):
    """What rows are sorted by; equal ones stay in the order of arrival.

    :param column: the history's name for it, a key of ``sorting.COLUMNS``; "" is the order of
        arrival
    :param key: the same of a row in memory: a number, or a text that is compared as it is; what
        isn't known yet comes first
    :param descending: the other way round
    """

    column: str
    key: Callable[[T], Any] | None
    descending: bool = False

    @property
    def reversed(self) -> Order[T]:
        """The other way round."""
        return replace(self, descending=not self.descending)


ARRIVAL: Order[Any] = Order("", None)
"""As they came."""
