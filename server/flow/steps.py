"""Functions that time others: what is put in front of the steps of an app.

Each runs on the request's thread, finds the request's recorder by its scope, and only passes the
call on where there is none.

Their frames must not show in the user's tracebacks, in two ways. Werkzeug's and Django's pages
skip a frame that has a local variable ``__traceback_hide__``. A traceback that is logged or printed
shows every frame, so each function here takes the frames of ours that lie inside of it out of the
exception's traceback (:func:`forget_frames`) before it raises on. Its own it can't reach: the step
around it takes that one out, or one that is given the exception, before the app may log it; what
is reported leaves out all frames of the server anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns as now
from typing import Any

from ..reporting.scope import current_scope
from .reading import ENDED
from .stages import Stage

__all__ = ["forget_frames", "own_frames", "timed", "timed_coroutine"]


def timed(stage: Stage, call: Callable[..., Any]) -> Callable[..., Any]:
    """A function that does the same as ``call``, recorded as a stage where its request is."""

    def step(*args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        scope = current_scope.get()
        flow = scope.flow if scope is not None else None
        if flow is None:
            return call(*args, **kwargs)
        flow.append(stage)
        flow.append(now())
        try:
            result = call(*args, **kwargs)
        except BaseException as error:
            flow.fail()
            forget_frames(error)
            raise
        flow.append(ENDED)
        flow.append(now())
        return result

    return step


def timed_coroutine(stage: Stage, call: Callable[..., Any]) -> Callable[..., Any]:
    """As :func:`timed`, for a function whose result is awaited."""

    async def step(*args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        scope = current_scope.get()
        flow = scope.flow if scope is not None else None
        if flow is None:
            return await call(*args, **kwargs)
        flow.enter(stage)
        try:
            result = await call(*args, **kwargs)
        except BaseException as error:
            flow.fail()
            forget_frames(error)
            raise
        flow.leave()
        return result

    return step


_OURS: set[int] = set()


def own_frames(module: dict[str, Any]) -> None:
    """Count the functions of a module as ours.

    :param module: its ``globals()``
    """
    _OURS.add(id(module))


def forget_frames(error: BaseException) -> None:
    """Take our frames out of a traceback, all but the outermost one."""
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None:
        if id(tb.tb_next.tb_frame.f_globals) in _OURS:
            tb.tb_next = tb.tb_next.tb_next
        else:
            tb = tb.tb_next


own_frames(globals())
