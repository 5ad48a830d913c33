"""The requests of one URL rule, as a filter of the list. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence

from launcher.core.logs.route_rules import pattern_of
from server.events import Route

from .language import quoted

__all__ = ["filter_of"]


def filter_of(route: Route, routes: Sequence[Route], *, has_endpoints: bool = True) -> str:
    """What shows the requests of a rule alone.

    By its endpoint where no other rule has that one; else by path and, where another rule has the
    same path, by method.

    :param routes: all rules of the app
    :param has_endpoints: whether the app's requests name their endpoint
    """
    alike = [other for other in routes if other.endpoint == route.endpoint]
    if has_endpoints and route.endpoint and len(alike) == 1:
        return f"endpoint:={quoted(route.endpoint)}"
    text = f"path:~{quoted(pattern_of(route.rule))}"
    if sum(other.rule == route.rule for other in routes) > 1 and route.methods:
        methods = [*route.methods, *(["HEAD"] if "GET" in route.methods else [])]
        terms = " or ".join(f"method:{quoted(method)}" for method in methods)
        text += f" ({terms})" if len(methods) > 1 else f" {terms}"
    return text
