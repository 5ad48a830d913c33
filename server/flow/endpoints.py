"""What answered a request, as the app's framework calls it, also where no flow is recorded.

Bottle leaves what it has matched in the request's environ, and so does the adapter of an ASGI app,
under ``ENDPOINT``: that costs nothing until the request is over. With Flask, Django and Pyramid,
something is put in front of the matching, an attribute of the one object that serves, which is
taken back when the app is (``name_endpoints``). Flask's request object, in which the endpoint
stands, is in the environ, too, but only until its context ends.

Where an app calls parts of its own, each with another environ, only what has the request's own
counts.

``name_endpoints`` is called on the session's thread, ``endpoint_of`` on the request's.

Source: ``flask.Request.url_rule``; ``bottle.Bottle._handle``; ``pyramid.router.Router``;
``django.core.handlers.base.BaseHandler.resolve_request``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..protocol.wsgi import App
from ..reporting.scope import ENDPOINT, RequestScope, current_scope
from . import django, flask
from .apps import Undo, inside
from .patches import Patches
from .stages import function_stage
from .steps import own_frames

__all__ = ["endpoint_of", "name_endpoints"]

_LONGEST = 500


def endpoint_of(scope: RequestScope) -> str:
    """The endpoint of a request whose answer is sent; "" where none is known. Never raises."""
    flow = scope.flow
    if flow is not None and flow.endpoint:
        return flow.endpoint
    if scope.endpoint:
        return scope.endpoint
    environ = scope.environ
    try:
        rule = getattr(scope.request, "url_rule", None)
        if rule is not None:
            return str(rule.endpoint)[:_LONGEST]
        for key, name_of in _LEFT_BY:
            found = environ.get(key)
            if found is not None and (name := name_of(found)):
                return name[:_LONGEST]
    except Exception:  # the objects are the app's
        pass
    return ""


def _of_bottle(route: Any) -> str:
    return str(route.name or "") or function_stage(route.callback).name


def _of_function(function: Any) -> str:
    return function_stage(function).name


_LEFT_BY: tuple[tuple[str, Callable[[Any], str]], ...] = (
    ("bottle.route", _of_bottle),
    (ENDPOINT, _of_function),
)


def name_endpoints(app: App) -> Undo:
    """See to it that :func:`endpoint_of` knows the endpoints of an app, itself or in middleware.

    :returns: what puts everything back as it was; may be called more than once
    """
    patches = Patches()
    try:
        for found in inside(app):
            for is_known, put in _PUT_IN_FRONT:
                if is_known(found):
                    put(found, patches)
    except Exception:  # whatever the app is made of: serving it matters more
        patches.undo()
    return patches.undo


def _name(endpoint: object) -> None:
    scope = current_scope.get()
    if scope is not None and not scope.endpoint and endpoint:
        scope.endpoint = str(endpoint)[:_LONGEST]


def _in_flask(app: Any, patches: Patches) -> None:
    original = app.request_context

    @functools.wraps(original)  # whose place the step has, where the flow is recorded
    def request_context(environ: Any) -> Any:
        __traceback_hide__ = True
        made = original(environ)
        scope = current_scope.get()
        if scope is not None and scope.request is None:  # not that of a test client in a view
            scope.request = getattr(made, "request", None)
        return made

    patches.attribute(app, "request_context", request_context)


def _in_django(handler: Any, patches: Patches) -> None:
    original = handler.resolve_request

    @functools.wraps(original)
    def resolve_request(*args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        match = original(*args, **kwargs)
        _name(getattr(match, "view_name", ""))
        return match

    patches.attribute(handler, "resolve_request", resolve_request)


def _is_pyramid(app: Any) -> bool:
    return type(app).__module__ == "pyramid.router" and callable(
        getattr(app, "handle_request", None)
    )


def _in_pyramid(router: Any, patches: Patches) -> None:
    original = router.handle_request

    @functools.wraps(original)
    def handle_request(request: Any) -> Any:
        __traceback_hide__ = True
        try:
            return original(request)
        finally:
            _name(getattr(getattr(request, "matched_route", None), "name", ""))

    patches.attribute(router, "handle_request", handle_request)


_PUT_IN_FRONT: tuple[tuple[Callable[[Any], bool], Callable[[Any, Patches], None]], ...] = (
    (flask.is_known, _in_flask),
    (django.is_known, _in_django),
    (_is_pyramid, _in_pyramid),
)


own_frames(globals())
