"""The columns of the list of requests: their titles, widths, and which leave first."""

from __future__ import annotations

from dataclasses import replace

from launcher.core.logs.request_orders import REQUEST_ORDERS
from launcher.models.requests import NAMES

from .request_rows import BAR_WIDTH, MARK_ROOM
from .table.columns import Column

__all__ = ["COLUMNS"]

_COLUMNS = (
    Column(
        "Time",
        lambda look: look.face("mono").width("23:59:58.888"),
        leaves=4,
        narrow=lambda look: look.face("mono").width("23:59:58"),
    ),
    Column("Method", lambda look: look.face("small_mono", 600).width("OPTIONS")),
    Column("Path", None, least=150),
    Column(
        "Status",
        lambda look: look.px(MARK_ROOM) + max(look.px(30), look.face("second").width("aborted")),
    ),
    Column(
        "Duration",
        lambda look: look.px(BAR_WIDTH + 8) + look.face("second", 600).width("888.8 ms"),
    ),
    Column("Size", lambda look: look.face("second").width("88.8 MB"), leaves=3),
    Column("Client", lambda look: look.face("mono").width("127.0.0.1"), shown=False),
    Column("View", lambda look: look.px(186), leaves=2, from_width=1000),
    Column("Type", lambda look: look.face("second").width("application/json"), leaves=1),
    Column("Query", lambda look: look.px(160), shown=False),
    Column("Request size", lambda look: look.face("second").width("88.8 MB"), shown=False),
    Column("Host", lambda look: look.face("mono").width("127.0.0.1:50000"), shown=False),
    Column("Protocol", lambda look: look.face("second").width("HTTP/1.1"), shown=False),
    Column("Thread", lambda look: look.px(110), shown=False),
    Column("Pid", lambda look: look.face("second").width("4194304"), shown=False),
    Column("Error", lambda look: look.px(150), shown=False),
)

COLUMNS = tuple(
    replace(column, name=name, sorts=name in REQUEST_ORDERS)
    for name, column in zip(NAMES, _COLUMNS, strict=True)
)
"""In the order of the model; on the screen View stands after Path, and Type after Size."""
