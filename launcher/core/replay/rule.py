"""A request for a URL rule, whose parameters are still to be filled in. No Qt; pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from launcher.core.logs.route_rules import Parameter, parts_of
from server.events import Route

__all__ = ["label_of", "method_of", "parameters_of", "path_of"]

_IN_SEGMENT = "!$&'()*+,;=:@~"
"""What may stand in a part of a path as it is, beside letters, figures and ``-._``."""
_ASKED_FIRST = ("GET", "POST", "PUT", "PATCH", "DELETE")


def parameters_of(rule: str) -> tuple[Parameter, ...]:
    """What is to be filled in, in its order."""
    return tuple(part for part in parts_of(rule) if isinstance(part, Parameter))


def label_of(parameter: Parameter, number: int) -> str:
    """What a parameter is called.

    :param number: which one it is, from 1 on
    """
    return parameter.name or f"value {number}"


def path_of(rule: str, values: Sequence[str] = ()) -> str:
    """The path that a rule and the values of its parameters make.

    :param values: in their order; where one is missing or empty, its name stands in braces
    """
    text, number = "", 0
    for part in parts_of(rule):
        if isinstance(part, str):
            text += part
            continue
        value = values[number] if number < len(values) else ""
        number += 1
        if value:
            crosses = "/" in value and part.pattern == ".*"
            text += quote(value, safe=f"{_IN_SEGMENT}/" if crosses else _IN_SEGMENT)
        else:
            text += f"{{{label_of(part, number)}}}"
    return text if text.startswith("/") else f"/{text}"


def method_of(route: Route) -> str:
    """The method that a rule is most likely asked for with."""
    found = next((method for method in _ASKED_FIRST if method in route.methods), None)
    return found or (route.methods[0] if route.methods else "GET")
