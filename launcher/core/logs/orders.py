"""What a view is asked for: which rows, and in which order. Frozen values; any thread.

Both have two faces, since a view's rows are in two places. For the rows in memory there is a
function; for those that are in the history only, there is what SQLite can be asked for. The two
faces have to say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from server.events import Headers

from .history.conditions import Condition
from .requests import RequestRow

__all__ = ["ARRIVAL", "REQUEST_ORDERS", "Filter", "Order"]

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


def _number(name: str) -> Callable[[RequestRow], float]:
    def key(row: RequestRow) -> float:
        return -1.0 if row.finished is None else float(getattr(row.finished, name))

    return key


def _text(name: str) -> Callable[[RequestRow], str]:
    def key(row: RequestRow) -> str:
        return "" if row.finished is None else str(getattr(row.finished, name))

    return key


def _host(row: RequestRow) -> str:
    return "" if row.finished is None else _header(row.finished.request_headers, "host")


def _type(row: RequestRow) -> str:
    if row.finished is None:
        return ""
    value = _header(row.finished.response_headers, "content-type")
    return value.partition(";")[0].strip().lower()


def _header(headers: Headers, name: str) -> str:
    return next((value for known, value in headers if known.lower() == name), "")


def _path(row: RequestRow) -> str:
    return row.target.partition("?")[0] if row.finished is None else row.finished.path


def _query(row: RequestRow) -> str:
    return row.target.partition("?")[2] if row.finished is None else row.finished.query


def _size(row: RequestRow) -> float:
    return -1.0 if row.finished is None else float(row.finished.response_body.size)


def _request_size(row: RequestRow) -> float:
    return -1.0 if row.finished is None else float(row.finished.request_body.size)


REQUEST_ORDERS: Mapping[str, Order[RequestRow]] = {
    order.column: order
    for order in (
        Order("started", lambda row: row.started),
        Order("method", lambda row: row.method),
        Order("path", _path),
        Order("query", _query),
        Order("status", _number("status")),
        Order("duration", _number("duration")),
        Order("size", _size),
        Order("request_size", _request_size),
        Order("pid", _number("pid")),
        Order("thread", _text("thread")),
        Order("client", _text("remote_addr")),
        Order("endpoint", _text("endpoint")),
        Order("host", _host),
        Order("type", _type),
    )
}
"""What requests can be sorted by, by the names of the history's columns."""
