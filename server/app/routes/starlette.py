"""The routes of a Starlette or FastAPI app, with those of the apps that are mounted on it.

WebSockets are left out: they aren't served.

Source: ``starlette.routing.Route``, ``Mount``, ``Host`` and ``Router``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .found import Found, Item, Mounted, Reader, is_instance, plain_methods

__all__ = ["STARLETTE"]

_ROUTING = "starlette.routing"
_DEEPEST = 30


def _is_starlette(app: Any) -> bool:
    return is_instance(app, "starlette.applications", "Starlette") or is_instance(
        app, _ROUTING, "Router"
    )


def _read_starlette(app: Any) -> Iterator[Item]:
    yield from _below(app.routes, "", 0)


def _below(routes: Any, prefix: str, depth: int) -> Iterator[Item]:
    for route in routes:
        if is_instance(route, _ROUTING, "Route"):
            # Without a name: what the request has is its function, as names may come twice.
            yield Found(prefix + route.path, plain_methods(route.methods), "", route.endpoint)
        elif is_instance(route, _ROUTING, "Mount") or is_instance(route, _ROUTING, "Host"):
            below = prefix + getattr(route, "path", "")
            if route.routes:
                if depth < _DEEPEST:
                    yield from _below(route.routes, below, depth + 1)
            else:
                yield Mounted(below, route.app, str(route.name or ""), is_open=True)


STARLETTE = Reader(_is_starlette, _read_starlette)
