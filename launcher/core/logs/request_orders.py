"""What requests can be sorted by: of a row in memory, and the history's column of the same name.

The history's are in ``history/sorting.py``, under the same names. A fact without a column in the
history is sorted by as well, under its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from server.events import Headers

from .history.sorting import OTHER_FACTS
from .orders import Order
from .requests import RequestRow

__all__ = ["REQUEST_ORDERS", "request_orders"]


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


def _queries(row: RequestRow) -> float:
    return -1.0 if row.finished is None else float(row.queries.total)


def _request_size(row: RequestRow) -> float:
    return -1.0 if row.finished is None else float(row.finished.request_body.size)


def request_orders(error_name: Callable[[int], str] = str) -> Mapping[str, Order[RequestRow]]:
    """What requests can be sorted by, by the names of the history's columns.

    :param error_name: returns what the error with a number is called
    """

    def error(row: RequestRow) -> str:
        name = "" if row.error is None else error_name(row.error)
        return name or ("" if row.finished is None else row.finished.problem)

    orders: tuple[Order[RequestRow], ...] = (
        Order("started", lambda row: row.started),
        Order("method", lambda row: row.method),
        Order("path", _path),
        Order("query", _query),
        Order("status", _number("status")),
        Order("duration", _number("duration")),
        Order("size", _size),
        Order("request_size", _request_size),
        Order("queries", _queries),
        Order("pid", _number("pid")),
        Order("thread", _text("thread")),
        Order("client", _text("remote_addr")),
        Order("endpoint", _text("endpoint")),
        Order("host", _host),
        Order("type", _type),
        Order("version", _text("http_version")),
        Order("error", error),
        *(
            Order(name, _text(name) if isinstance(default, str) else _number(name))
            for name, default in OTHER_FACTS.items()
        ),
    )
    return {order.column: order for order in orders}


REQUEST_ORDERS = request_orders()
"""The same, where errors have no names."""
