"""The view of a Starlette app, and so of a FastAPI app, as a step.

Each route calls an ASGI app of its own, an attribute of that one object: in front of it the step
begins, and it ends when the first message of the answer is sent, so what FastAPI does for a view
(dependencies, validation, the answer's form) is in it. By then the request's thread has called the
app and waits for that message; so nothing else is recorded meanwhile.

Source: ``starlette.routing.Route.handle``; the ASGI specification.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..reporting.scope import current_scope
from .patches import Patches
from .stages import function_stage
from .steps import forget_frames, own_frames

__all__ = ["instrument", "is_known"]

_MOST_ROUTES = 10_000


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
    async def view(scope: Any, receive: Any, send: Any) -> None:
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

        values = scope.get("path_params")
        if values and not flow.view_args:
            flow.record_args(values)
        flow.enter(function_stage(endpoint))
        try:
            await original(scope, receive, sending)
        except BaseException as error:
            if is_open:
                flow.fail()
            forget_frames(error)
            raise
        if is_open:
            flow.leave()

    return view


own_frames(globals())
