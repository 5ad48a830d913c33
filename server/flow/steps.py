"""Functions that take the time of others: what is put in front of the steps of an app.

They run on the request's thread, find its recorder by the request's scope, and only hand the call
on where there is none. Their frames don't stay in tracebacks: Werkzeug and Django hide them for a
local variable of theirs, and each of them takes those inside of it out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from time import perf_counter_ns as now
from types import FunctionType
from typing import Any

from ..reporting.scope import current_scope
from .reading import ENDED
from .stages import Stage

__all__ = ["forget_frames", "own_frames", "step", "timed", "timed_coroutine"]


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


def step(stage: Stage, call: Callable[..., Any]) -> Callable[..., Any]:
    """As :func:`timed`, quicker, for a method that is called in each request.

    Passing arguments on by ``*`` and ``**`` costs more than everything else here, and so does code
    that all steps share, as Python adapts it to what it calls. So each step has a copy of its own,
    with the very parameters of its method.
    """
    try:
        parameters = list(inspect.signature(call).parameters.values())
    except (TypeError, ValueError):
        return timed(stage, call)
    usual = all(
        parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        for parameter in parameters
    )
    if not usual or len(parameters) >= len(_TEMPLATES):
        return timed(stage, call)
    template = _TEMPLATES[len(parameters)](stage, call)
    code = template.__code__
    names = tuple([parameter.name for parameter in parameters])
    return FunctionType(
        code.replace(co_varnames=names + code.co_varnames[len(names) :]),
        globals(),
        template.__name__,
        tuple([
            parameter.default
            for parameter in parameters
            if parameter.default is not parameter.empty
        ]),
        template.__closure__,
    )  # fmt: skip


def _step_of_none(stage: Stage, call: Callable[[], Any]) -> Any:
    def step() -> Any:
        __traceback_hide__ = True
        scope = current_scope.get()
        if scope is None or scope.flow is None:
            return call()
        flow = scope.flow
        flow.append(stage)
        flow.append(now())
        try:
            result = call()
        except BaseException as error:
            flow.fail()
            forget_frames(error)
            raise
        flow.append(ENDED)
        flow.append(now())
        return result

    return step


def _step_of_one(stage: Stage, call: Callable[[Any], Any]) -> Any:
    def step(first: Any) -> Any:
        __traceback_hide__ = True
        scope = current_scope.get()
        if scope is None or scope.flow is None:
            return call(first)
        flow = scope.flow
        flow.append(stage)
        flow.append(now())
        try:
            result = call(first)
        except BaseException as error:
            flow.fail()
            forget_frames(error)
            raise
        flow.append(ENDED)
        flow.append(now())
        return result

    return step


def _step_of_two(stage: Stage, call: Callable[[Any, Any], Any]) -> Any:
    def step(first: Any, second: Any) -> Any:
        __traceback_hide__ = True
        scope = current_scope.get()
        if scope is None or scope.flow is None:
            return call(first, second)
        flow = scope.flow
        flow.append(stage)
        flow.append(now())
        try:
            result = call(first, second)
        except BaseException as error:
            flow.fail()
            forget_frames(error)
            raise
        flow.append(ENDED)
        flow.append(now())
        return result

    return step


_TEMPLATES: tuple[Callable[[Stage, Callable[..., Any]], Any], ...] = (
    _step_of_none,
    _step_of_one,
    _step_of_two,
)


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


_OURS: set[int] = set()


def own_frames(module: dict[str, Any]) -> None:
    """Take the functions of a module for ours, too.

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
