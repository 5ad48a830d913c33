"""An ASGI app as a step, and in it the view of a Starlette app, and so of a FastAPI app.

Both begin when an ASGI app is called, the whole one or that of a route, and end when the first
message of the answer is sent: so what FastAPI does for a view (dependencies, validation, the
answer's form) is in it. They are attributes of the server's adapter and of each route. By then the
request's thread has called the adapter and waits for that message, so nothing else is recorded
meanwhile.

Source: ``starlette.routing.Route.handle``; the ASGI specification.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..reporting.scope import current_scope
from .patches import Patches
from .stages import Stage, function_stage, named_stage
from .steps import forget_frames, own_frames

__all__ = ["instrument", "is_known", "is_served", "time_served"]

_ASGI_APP = "asgi_app"
_STAGE = "asgi"
_MOST_ROUTES = 10_000


def is_served(app: Any) -> bool:
    """Whether an app is the server's adapter for one of ASGI."""
    return callable(getattr(app, _ASGI_APP, None)) and hasattr(app, "__wrapped__")


def time_served(app: Any, patches: Patches) -> None:
    """Time what the adapter calls."""
    stage = named_stage(_STAGE, app.__wrapped__)
    patches.attribute(app, _ASGI_APP, _timed(getattr(app, _ASGI_APP), lambda: stage))


def is_known(app: Any) -> bool:
    """Whether an app is Starlette's."""
    return any(
        cls.__name__ == "Starlette" and cls.__module__ == "starlette.applications"
        for cls in type(app).__mro__
    )


def instrument(app: Any, patches: Patches) -> None:
    """Time the views of an app, and of those that are mounted in it."""
    for route in _routes(app):
        patches.attribute(route, "app", _view(route.app, route.endpoint))


def _routes(app: Any) -> Iterator[Any]:
    waiting = list(getattr(app, "routes", None) or ())
    for _ in range(_MOST_ROUTES):
        if not waiting:
            return
        route = waiting.pop()
        if hasattr(route, "endpoint") and callable(getattr(route, "app", None)):
            yield route
        else:
            waiting += list(getattr(route, "routes", None) or ())


def _view(original: Any, endpoint: Any) -> Any:
    timed = _timed(original, lambda: function_stage(endpoint))

    async def view(scope: Any, receive: Any, send: Any) -> None:
        __traceback_hide__ = True
        known = current_scope.get()
        flow = known.flow if known is not None else None
        values = scope.get("path_params")
        if flow is not None and values and not flow.view_args:
            flow.record_args(values)
        try:
            await timed(scope, receive, send)
        except BaseException as error:
            forget_frames(error)
            raise

    return view


def _timed(original: Any, stage_of: Callable[[], Stage]) -> Any:
    """An ASGI app that does the same as ``original``, recorded as a stage up to its answer."""

    async def timed(scope: Any, receive: Any, send: Any) -> None:
        __traceback_hide__ = True
        known = current_scope.get()
        flow = known.flow if known is not None else None
        if flow is None:
            await original(scope, receive, send)
            return
        is_open = True

        async def sending(message: Any) -> None:
            __traceback_hide__ = True
            nonlocal is_open
            if is_open:
                is_open = False
                flow.leave()
            await send(message)

        flow.enter(stage_of())
        try:
            await original(scope, receive, sending)
        except BaseException as error:
            if is_open:
                flow.fail()
            forget_frames(error)
            raise
        if is_open:
            flow.leave()

    return timed


own_frames(globals())
