"""The routes of a Pyramid app, in the order in which they are tried, with their views.

Views that are found by traversal have no rule and are no routes.

Source: Pyramid's documentation, "Pyramid Configuration Introspection";
``pyramid.interfaces.IRoutesMapper``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .found import Found, Item, Reader, is_instance, plain_methods

__all__ = ["PYRAMID"]


def _is_pyramid(app: Any) -> bool:
    return is_instance(app, "pyramid.router", "Router")


def _read_pyramid(app: Any) -> Iterator[Item]:
    from pyramid.interfaces import IRoutesMapper

    mapper = app.registry.queryUtility(IRoutesMapper)
    if mapper is None:
        return
    views = _views(app.registry.introspector)
    for route in mapper.get_routes():
        name, pattern = str(route.name), str(route.pattern)
        rule = pattern if pattern.startswith("/") else f"/{pattern}"
        of_route = _methods(_introspected(app, name))
        for view, methods in views.get(name) or [(None, ())]:
            yield Found(rule, methods or of_route, name, view)


def _introspected(app: Any, name: str) -> Any:
    return app.registry.introspector.get("routes", name) or {}


def _views(introspector: Any) -> dict[str, list[tuple[Any, tuple[str, ...]]]]:
    """The views of each route, and the methods that each is for."""
    found: dict[str, list[tuple[Any, tuple[str, ...]]]] = {}
    for entry in introspector.get_category("views") or ():
        view = entry["introspectable"]
        name = view.get("route_name")
        if name and not view.get("exception_only"):
            answers, attribute = view.get("callable"), view.get("attr")
            if attribute:
                answers = getattr(answers, attribute, answers)
            found.setdefault(str(name), []).append((answers, _methods(view)))
    return found


def _methods(entry: Any) -> tuple[str, ...]:
    methods = entry.get("request_methods") or ()
    return plain_methods([methods] if isinstance(methods, str) else methods)


PYRAMID = Reader(_is_pyramid, _read_pyramid)
