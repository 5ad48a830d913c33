"""The middleware chain and the view of a Django project.

``WSGIHandler`` keeps its chain as functions around functions, made once when it is loaded: each is
``convert_exception_to_response``'s, and has the middleware as a variable of its own. That variable
is where a middleware can be timed without being made or called twice. The view passes through
``resolve_request`` and ``make_view_atomic``, methods that the handler calls on itself.

Middleware that is asynchronous only is not followed: Django puts adapters around it. What is inside
of it is timed from the view on.

Source: ``django.core.handlers.base.BaseHandler`` of Django 4.2 to 5.2.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import CellType, FunctionType
from typing import Any, Optional

from ..reporting.scope import current_scope
from .patches import Patches
from .stages import full_name, function_stage, named_stage
from .steps import forget_frames, timed, timed_coroutine

__all__ = ["instrument", "is_known"]

_NEEDED = ("resolve_request", "make_view_atomic", "process_exception_by_middleware")
_MAX_MIDDLEWARE = 200
_LAYERS_MODULE = "django.core.handlers.exception"
_VARIABLE = "get_response"


def is_known(app: Any) -> bool:
    """Whether an app is Django's handler, with its middleware loaded."""
    # Of a StaticFilesHandler, which only calls another handler, the chain is None.
    return (
        all(callable(getattr(type(app), name, None)) for name in _NEEDED)
        and getattr(app, "__dict__", {}).get("_middleware_chain") is not None
    )


def instrument(app: Any, patches: Patches) -> None:
    """Time the middleware and the view of a handler."""
    patches.attribute(app, "resolve_request", _resolve_request(app.resolve_request))
    patches.attribute(app, "make_view_atomic", _make_view_atomic(app.make_view_atomic))
    patches.attribute(
        app, "process_exception_by_middleware", _clean(app.process_exception_by_middleware)
    )
    for cell, middleware in _chain(app):
        stage = named_stage(f"middleware {_name(middleware)}", middleware)
        patches.cell(cell, timed(stage, middleware))


def _chain(app: Any) -> Iterator[tuple[CellType, Any]]:
    """Each middleware and the variable that holds it, from the outermost on."""
    layer = app._middleware_chain
    for _ in range(_MAX_MIDDLEWARE):
        cell = _cell(layer)
        if cell is None:
            return
        middleware = cell.cell_contents
        if getattr(middleware, "__self__", None) is app:  # _get_response, behind the last one
            return
        following = _next_layer(middleware)
        yield cell, middleware
        layer = following


def _is_layer(function: Any) -> bool:
    return (
        isinstance(function, FunctionType)
        and function.__globals__.get("__name__") == _LAYERS_MODULE
        and not inspect.iscoroutinefunction(function)
        and _VARIABLE in function.__code__.co_freevars
    )


def _cell(layer: Any) -> Optional[CellType]:
    if not _is_layer(layer):
        return None
    cell: CellType = layer.__closure__[layer.__code__.co_freevars.index(_VARIABLE)]
    return cell


def _next_layer(middleware: Any) -> Any:
    """What a middleware calls to get the response."""
    if isinstance(middleware, FunctionType):
        for cell in middleware.__closure__ or ():
            if _is_layer(cell.cell_contents):
                return cell.cell_contents
        return None
    for value in getattr(middleware, "__dict__", {}).values():
        if _is_layer(value):
            return value
    return None


def _name(middleware: Any) -> str:
    """A middleware that is a function has the name of the function that made it."""
    return full_name(middleware).partition(".<locals>")[0]


def _resolve_request(original: Callable[..., Any]) -> Callable[..., Any]:
    def resolve_request(*args: Any, **kwargs: Any) -> Any:
        match = original(*args, **kwargs)
        scope = current_scope.get()
        flow = scope.flow if scope is not None else None
        if flow is not None and not flow.endpoint:
            flow.endpoint = str(getattr(match, "view_name", ""))
            values = dict(enumerate(getattr(match, "args", ())))
            values.update(getattr(match, "kwargs", {}))
            if values:
                flow.record_args(values)
        return match

    return resolve_request


def _make_view_atomic(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_view_atomic(view: Any) -> Any:
        ready = original(view)
        scope = current_scope.get()
        if scope is None or scope.flow is None:
            return ready
        # asgiref's mark on a function that returns a coroutine, before Python 3.12.
        is_async = inspect.iscoroutinefunction(ready) or hasattr(ready, "_is_coroutine")
        return (timed_coroutine if is_async else timed)(function_stage(view), ready)

    return make_view_atomic


def _clean(original: Callable[..., Any]) -> Callable[..., Any]:
    """The step that is given a view's error: without our frames in its traceback."""

    def process_exception_by_middleware(exception: BaseException, request: Any) -> Any:
        forget_frames(exception)
        return original(exception, request)

    return process_exception_by_middleware
