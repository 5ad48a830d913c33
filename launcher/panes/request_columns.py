"""How wide the columns of the list of requests are, and which leave first; GUI thread only."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from launcher.core.logs.request_orders import REQUEST_ORDERS
from launcher.models import requests

from .request_rows import BAR_WIDTH, MARK_ROOM
from .table.columns import Column
from .table.look import Look

__all__ = ["COLUMNS"]


def _usual(text: str, look: Look) -> int:
    return look.face("second").width(text)


_LOOKS = {
    "started": Column(
        "",
        lambda look: look.face("mono").width("23:59:58.888"),
        leaves=3,
        below=230,
        narrow=lambda look: look.face("mono").width("23:59:58"),
    ),
    "method": Column("", lambda look: look.face("small_mono", 600).width("OPTIONS")),
    "path": Column("", None, least=130),
    "status": Column(
        "",
        lambda look: look.px(MARK_ROOM) + max(look.px(30), look.face("second").width("aborted")),
    ),
    "duration": Column(
        "",
        lambda look: look.px(BAR_WIDTH + 8) + look.face("second", 600).width("888.8 ms"),
    ),
    "queries": Column(
        "",
        lambda look: look.face("second", 600).width("214 q \u00b7 206 dup"),
        leaves=5,
        shown=False,  # until a request has made one
    ),
    "size": Column("", partial(_usual, "88.8 MB"), leaves=4, below=190),
    "client": Column("", lambda look: look.face("mono").width("127.0.0.1"), shown=False),
    "endpoint": Column("", lambda look: look.px(186), leaves=2, below=300, from_width=1000),
    "type": Column("", partial(_usual, "application/json"), leaves=1, below=300),
    "query": Column("", lambda look: look.px(160), shown=False),
    "host": Column("", lambda look: look.face("mono").width("127.0.0.1:50000"), shown=False),
    "thread": Column("", lambda look: look.px(110), shown=False),
    "error": Column("", lambda look: look.px(150), shown=False),
}
"""Those that look otherwise than usual: as wide as their usual text, and there only if chosen."""


def _column(column: requests.RequestColumn) -> Column:
    look = _LOOKS.get(column.name) or Column("", partial(_usual, column.usual), shown=False)
    sorts = column.name in REQUEST_ORDERS
    return replace(look, title=column.title, name=column.name, sorts=sorts)


COLUMNS = tuple(map(_column, requests.COLUMNS))
"""In the order of the model; on the screen View stands after Path, and Type after Size."""
