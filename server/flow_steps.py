"""Functions that take the time of others: what is put in front of the steps of an app.

They run on the request's thread, find its recorder by the request's scope, and only hand the call
on where there is none. Their frames don't stay in tracebacks: Werkzeug and Django hide them for a
local variable of theirs, and each of them takes those inside of it out.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns as now
from typing import Any

from .flow import FlowRecorder
from .flow_reading import ENDED
from .flow_stages import Stage, nested_function
from .scope import current_scope

__all__ = ["forget_frames", "timed", "timed_and_noted", "timed_coroutine"]


def timed(stage: Stage, call: Callable[..., Any]) -> Callable[..., Any]:
    """A function that does the same and is recorded, where its request is."""

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


def timed_and_noted(
    stage: Stage,
    call: Callable[..., Any],
    before: Callable[[FlowRecorder, tuple[Any, ...]], None] = lambda flow, args: None,
    after: Callable[[FlowRecorder, Any], None] = lambda flow, result: None,
) -> Callable[..., Any]:
    """As :func:`timed`, for a step that tells more than its time.

    :param before: is given the step's arguments
    :param after: is given its result
    """

    def step(*args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        scope = current_scope.get()
        flow = scope.flow if scope is not None else None
        if flow is None:
            return call(*args, **kwargs)
        before(flow, args)
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
        after(flow, result)
        return result

    return step


def timed_coroutine(stage: Stage, call: Callable[..., Any]) -> Callable[..., Any]:
    """As :func:`timed`, for a function that is awaited."""

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
        flow.append(ENDED)
        flow.append(now())
        return result

    return step


_HIDDEN = {nested_function(make, "step") for make in (timed, timed_and_noted, timed_coroutine)}


def forget_frames(error: BaseException) -> None:
    """Take frames of the functions above out of a traceback, all but the outermost one."""
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None:
        if tb.tb_next.tb_frame.f_code in _HIDDEN:
            tb.tb_next = tb.tb_next.tb_next
        else:
            tb = tb.tb_next
