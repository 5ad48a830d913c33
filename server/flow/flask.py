"""The documented steps in a Flask app, and in one of ``framework``, whose methods are the same.

The steps are methods that the app calls on itself, so an attribute of the app is enough to be in
front of each. Hooks and views all pass through ``ensure_sync`` right before they are called: there
they are timed, whenever they were registered, and the app's tables keep the user's own functions.

Flask 2.2 to 3.2: the newer ones pass the context as the first argument, which is handed on as it
comes. Only ``url_value_preprocessor`` functions don't come through ``ensure_sync``: their time is
their step's own.

Source: ``flask.Flask.wsgi_app`` and the methods it calls.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import update_wrapper
from types import MethodType
from typing import Any, Optional

from ..reporting.scope import current_scope
from .patches import Patches
from .recorder import FlowRecorder
from .stages import Stage, full_name, function_stage, named_stage
from .steps import forget_frames, own_frames, timed

__all__ = ["instrument", "is_known"]

_STEPS = {
    "preprocess_request": "preprocess_request",
    "dispatch_request": "dispatch_request",
    "make_response": "make_response",
    "process_response": "process_response",
    "do_teardown_request": "teardown",
    "do_teardown_appcontext": "teardown",
}
_ERROR_STEPS = ("handle_user_exception", "handle_exception")
_NEEDED = (
    "wsgi_app",
    "request_context",
    "ensure_sync",
    *_STEPS,
    *_ERROR_STEPS,
)


def is_known(app: Any) -> bool:
    """Whether an app has Flask's steps. Quart has them, too, but they are coroutines."""
    return all(callable(getattr(type(app), name, None)) for name in _NEEDED) and not (
        inspect.iscoroutinefunction(type(app).dispatch_request)
    )


def instrument(app: Any, patches: Patches) -> None:
    """Time the steps, hooks and views of an app."""

    def put(name: str, value: Callable[..., Any], original: Any) -> None:
        patches.attribute(app, name, update_wrapper(value, original))

    dispatch = named_stage("dispatch_request", app.dispatch_request)
    for name, stage in _STEPS.items():
        original = getattr(app, name)
        put(name, timed(named_stage(stage, original), original), original)
    for name in _ERROR_STEPS:
        original = getattr(app, name)
        put(name, _error_step(timed(named_stage(name, original), original)), original)
    original = app.ensure_sync
    put("ensure_sync", _ensure_sync(app, original, dispatch), original)
    _put_outermost(app, put)


def _put_outermost(app: Any, put: Callable[..., None]) -> None:
    """``wsgi_app`` and ``request_context``, the first step in it."""
    outermost, context = app.wsgi_app, app.request_context
    inner: Optional[Stage] = None
    if isinstance(outermost, MethodType) and outermost.__self__ is app:
        stage = named_stage("wsgi_app", outermost)
    else:
        # app.wsgi_app = Middleware(app.wsgi_app): the middleware holds the method itself, so there
        # is nothing to be in front of. It begins where its first step does.
        stage = named_stage(f"middleware {full_name(outermost)}", outermost)
        inner = named_stage("wsgi_app", type(app).wsgi_app, implicit=True)
    put("wsgi_app", timed(stage, outermost), outermost)

    stage = named_stage("request_context", context)
    put("request_context", _request_context(timed(stage, context), inner), context)


def _request_context(context: Callable[..., Any], inner: Optional[Stage]) -> Callable[..., Any]:
    def request_context(environ: Any) -> Any:
        scope = current_scope.get()
        if scope is None or scope.flow is None or scope.flow.request is not None:
            return context(environ)  # also for a test client in a view
        if inner is not None:
            scope.flow.enter(inner)
        made = context(environ)
        scope.flow.request = getattr(made, "request", None)
        return made

    return request_context


def _record_endpoint(flow: FlowRecorder) -> None:
    """Called before the first hook or view: the URL is matched, its values are untouched."""
    rule = getattr(flow.request, "url_rule", None)
    if rule is not None:
        flow.endpoint = str(rule.endpoint)
        if flow.request.view_args:
            flow.record_args(flow.request.view_args)


def _error_step(call: Callable[..., Any]) -> Callable[..., Any]:
    """A step that is given an error may log it: without our frames in its traceback."""

    def handle(*args: Any, **kwargs: Any) -> Any:
        for value in (*args, *kwargs.values()):
            if isinstance(value, BaseException):
                forget_frames(value)
        return call(*args, **kwargs)

    return handle


def _ensure_sync(app: Any, original: Callable[..., Any], dispatch: Stage) -> Callable[..., Any]:
    def ensure_sync(func: Any) -> Any:
        ready = original(func)
        scope = current_scope.get()
        if scope is None or scope.flow is None:
            return ready
        flow = scope.flow
        if not flow.endpoint:
            _record_endpoint(flow)
        if flow[-2] is dispatch:
            # The view, which is about to be called; dispatch_request ends when it does.
            flow.enter(function_stage(func, implicit=True))
            return ready
        stage = function_stage(func)
        if _is_context_processor(app, func):  # called inside of the view, and no part of it
            stage = named_stage(f"hook {stage.name}", func)
        return timed(stage, ready)

    return ensure_sync


def _is_context_processor(app: Any, func: Any) -> bool:
    registered = getattr(app, "template_context_processors", {})
    return any(func in funcs for funcs in registered.values())


own_frames(globals())
