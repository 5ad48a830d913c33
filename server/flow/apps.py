"""Lets the flow of each request be seen inside the app, too: frameworks whose steps are known.

An app is recorded by putting functions that take the time in front of some of its methods, as
attributes of that one object: no class, no module and none of the user's functions is changed, so
other apps in the process are as they were, and so is this one once the recording is taken back.
What can't be instrumented is served all the same: its flow then shows what the server sees.

Called on the session's thread, before the first request and after the last one.
"""

from __future__ import annotations

import functools
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import CellType, FunctionType, MethodType
from typing import Any

from ..protocol.wsgi import App
from ..reporting.scope import current_scope
from . import asgi, django, flask
from .patches import Patches
from .stages import named_stage
from .steps import forget_frames

__all__ = ["RecordedApp", "Undo", "inside", "instrument", "record_flow"]

Undo = Callable[[], None]
"""Puts everything back as it was; may be called more than once."""

_FRAMEWORKS = (flask, django, asgi)
_MAX_SEEN = 300
_CONTAINERS = (dict, list, tuple)


def record_flow(app: App) -> tuple[App, Undo]:
    """Prepare an app so that the flow of its requests is recorded where the server does.

    :returns: the app to serve, and what takes everything back
    """
    undo = instrument(app)
    return RecordedApp(app), undo


class RecordedApp:
    """The stage ``app(environ, start_response)``; else just like the app it calls.

    It goes around the user's app itself, not around what a session adds: a debugger that answers
    with a generator has not called the app yet when it returns.
    """

    def __init__(self, app: App) -> None:
        self.__wrapped__ = app
        # Of an ASGI app the server's adapter is called, which has the app as what it wraps.
        self._stage = named_stage("app", type(app).__call__ if asgi.is_served(app) else app)
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Call the app."""
        __traceback_hide__ = True
        scope = current_scope.get()
        if scope is None or scope.flow is None:
            return self._app(environ, start_response)
        flow = scope.flow
        flow.enter(self._stage)
        try:
            result = self._app(environ, start_response)
        except BaseException as error:
            flow.fail()
            forget_frames(error)
            raise
        flow.leave()
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)


def instrument(app: App) -> Undo:
    """Record the steps of every known framework's app in an app, itself or behind middleware.

    :returns: what puts everything back as it was; may be called more than once
    """
    patches = Patches()
    try:
        for found in inside(app):
            if asgi.is_served(found):
                asgi.time_served(found, patches)
            for framework in _FRAMEWORKS:
                if framework.is_known(found):
                    framework.instrument(found, patches)
    except Exception:  # whatever the app is made of: serving it matters more than timing it
        patches.undo()
    return patches.undo


def _is_followed(thing: Any) -> bool:
    return any(framework.is_known(thing) for framework in _FRAMEWORKS)


def inside(app: Any, ends_at: Callable[[Any], bool] = _is_followed) -> Iterator[Any]:
    """An app and what it may call: middleware, a dispatcher's mounts, functions. Only looks.

    :param ends_at: whether what something is made of is not looked at
    """
    waiting: deque[Any] = deque([app])
    seen: dict[int, Any] = {}
    while waiting and len(seen) < _MAX_SEEN:
        thing = waiting.popleft()
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing
        if isinstance(thing, _CONTAINERS):
            items = thing.values() if isinstance(thing, dict) else thing
            waiting.extend(itertools.islice(items, _MAX_SEEN))
        elif callable(thing) and not isinstance(thing, type):
            yield thing
            if not ends_at(thing):
                waiting.extend(_parts(thing))


def _parts(thing: Any) -> Iterable[Any]:
    if isinstance(thing, MethodType):
        return [thing.__self__]
    if isinstance(thing, functools.partial):
        return [thing.func, *thing.args]
    if isinstance(thing, FunctionType):
        names = thing.__code__.co_names
        globals_used = [thing.__globals__[name] for name in names if name in thing.__globals__]
        return [*map(_content, thing.__closure__ or ()), *globals_used, *vars(thing).values()]
    try:
        return list(vars(thing).values())
    except (TypeError, RuntimeError):  # no __dict__; a proxy that stands for nothing here
        return []


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # still empty
        return None
