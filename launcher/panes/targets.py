"""Where a request of another server, or of a file, can be sent to; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from server.base.values import dataclass

if TYPE_CHECKING:
    from launcher.core.logs.requests import RequestRow

__all__ = ["Answered", "Target"]

Answered = Callable[["RequestRow | None", str], None]
"""Takes the row of the answer; or None, and why there is none, in a sentence."""


@dataclass(frozen=True)
class Target:
    """A running server of this window.

    :param key: what it is known by as long as its page is there
    :param name: as it is listed
    :param send: sends it a request that isn't of its own list
    :param edit: brings its page to the front, with a request to be edited; and the address of the
        server that it was sent to
    :param show: brings its page to the front, with the request that has a number in its list
    """

    key: object
    name: str
    url: str
    send: Callable[[RequestRow, Answered], None]
    edit: Callable[[RequestRow, str], None]
    show: Callable[[int], None]
