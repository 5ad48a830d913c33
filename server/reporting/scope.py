"""Which request the running code belongs to.

What the app prints, logs and raises is told by the request it happened in. The scope of a request
is kept in a context variable, so it follows the request through its thread; threads that the app
starts by itself have none.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Optional

from ..events import Emit

if TYPE_CHECKING:
    from ..flow.recorder import FlowRecorder

__all__ = ["RequestScope", "current_scope", "scope_of"]


class RequestScope:
    """One request while it runs. Its own thread only.

    :ivar id: the request's number in its session
    :ivar emit: the session's, which tells it from any other one in this process
    :ivar error_id: the first ``AppError`` recorded for it, or None
    :ivar errors: exceptions recorded so far, so that each is told once
    :ivar flow: records the request's steps; None where that isn't wanted
    """

    __slots__ = ("emit", "environ", "error_id", "errors", "flow", "id")

    def __init__(
        self, id: int, environ: Optional[dict[str, Any]] = None, emit: Optional[Emit] = None
    ) -> None:
        self.id = id
        self.environ = environ
        self.emit = emit
        self.error_id: Optional[int] = None
        self.errors: list[BaseException] = []
        self.flow: Optional[FlowRecorder] = None


current_scope: ContextVar[Optional[RequestScope]] = ContextVar("current_scope", default=None)
"""The request that the running code belongs to, or None."""


def scope_of(emit: Emit) -> Optional[RequestScope]:
    """The running code's request, where it is one of the session with this ``emit``.

    A request that was abandoned may still run while the next session does.
    """
    scope = current_scope.get()
    return scope if scope is not None and scope.emit in (None, emit) else None
