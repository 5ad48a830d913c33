"""What the readers of routes give, and what they share. Pure; any thread."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Optional, Union

__all__ = ["Found", "Item", "Mounted", "Reader", "is_instance", "plain_methods"]


class Found(NamedTuple):
    """A route in an app.

    :ivar rule: what it matches, in the framework's own form
    :ivar methods: those it answers; none where it answers all of them, or that isn't known
    :ivar endpoint: as requests have it, where the framework has a name for it; else ""
    :ivar view: the function or class that answers
    :ivar place: file and line, where the framework knows them and the view isn't given
    """

    rule: str
    methods: tuple[str, ...] = ()
    endpoint: str = ""
    view: Any = None
    place: Optional[tuple[str, int]] = None


class Mounted(NamedTuple):
    """Another app that answers below a path.

    :ivar is_open: it answers whatever is below; where it has no routes of its own that are known,
        it is one route
    """

    prefix: str
    app: Any
    name: str = ""
    is_open: bool = False


Item = Union[Found, Mounted]


class Reader(NamedTuple):
    """One framework.

    :ivar is_known: whether an object is an app of it; only looks
    :ivar read: its routes, in the order in which they are tried
    """

    is_known: Callable[[Any], bool]
    read: Callable[[Any], Iterator[Item]]


def is_instance(thing: Any, module: str, name: str) -> bool:
    """Whether something is an instance of a class of a module that the app has imported."""
    known = getattr(sys.modules.get(module), name, None)
    return isinstance(known, type) and isinstance(thing, known)


def plain_methods(methods: Optional[Iterable[object]]) -> tuple[str, ...]:
    """Methods in order, without those that a framework adds by itself."""
    found = sorted({str(method).upper() for method in methods or ()})
    if "GET" in found and "HEAD" in found:
        found.remove("HEAD")
    if len(found) > 1 and "OPTIONS" in found:
        found.remove("OPTIONS")
    return tuple(found)
