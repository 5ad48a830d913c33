"""The URL rules of an app, as far as its framework shows them.

Each framework has a reader, which says whether it knows an object and gives its routes. What is
around the app (middleware, a dispatcher with mounts, a function) is looked through, and apps that
are mounted have their prefix in front of their rules.

Called on the session's thread while the app is loaded. Nothing in here can keep an app from being
served: a reader that fails gives the routes that it had until then. Number and time are bounded;
only what a framework imports for its own rules, as Django does, takes as long as it takes.

Imports a framework only where the app has done so.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from ...events import Route
from ...flow.apps import inside
from ...flow.stages import function_stage
from .bottle import BOTTLE
from .django import DJANGO
from .falcon import FALCON
from .found import Found, Mounted
from .pyramid import PYRAMID
from .starlette import STARLETTE
from .werkzeug import DISPATCHER, FLASK

__all__ = ["MAX_ROUTES", "routes_of"]

MAX_ROUTES = 5000
_READERS = (FLASK, DISPATCHER, DJANGO, BOTTLE, FALCON, PYRAMID, STARLETTE)
_SECONDS = 0.3  # for the places of views, most of it for reading their files
_DEEPEST = 10
_LONGEST = 500


def routes_of(app: Any) -> tuple[Route, ...]:
    """The routes of an app, in the order in which they are tried; none where they aren't known.

    Routes that differ only in their methods are one. Never raises.
    """
    found = _Routes()
    with suppress(Exception):  # an app may be made of anything; what was found until then is right
        found.collect(app, "", 0)
    return found.result()


def _is_known(thing: Any) -> bool:
    return any(reader.is_known(thing) for reader in _READERS)


class _Routes:
    """Collects the routes of an app, and of what it is made of."""

    def __init__(self) -> None:
        self._until = time.monotonic() + _SECONDS
        self._methods: dict[tuple[str, str, str, int], list[str]] = {}

    def result(self) -> tuple[Route, ...]:
        """All of them."""
        return tuple(
            Route(rule, tuple(methods), endpoint, file, line)
            for (rule, endpoint, file, line), methods in self._methods.items()
        )

    def collect(self, app: Any, prefix: str, depth: int) -> int:
        """Take the routes of an app.

        :param prefix: of their rules
        :returns: how many objects with routes were found
        """
        count = 0
        for thing in inside(app, _is_known):
            for reader in _READERS:
                if reader.is_known(thing):
                    count += 1
                    self._read(reader.read(thing), prefix, depth)
                    break
        return count

    def _read(self, items: Any, prefix: str, depth: int) -> None:
        try:
            for item in items:
                if len(self._methods) >= MAX_ROUTES:
                    return
                if isinstance(item, Found):
                    self._add(item, prefix)
                elif depth < _DEEPEST:
                    self._mount(item, prefix, depth)
        except (Exception, SystemExit):  # code of the app's may run, as Django imports its rules
            return

    def _mount(self, item: Mounted, prefix: str, depth: int) -> None:
        count = self.collect(item.app, prefix + item.prefix, depth + 1)
        if not count and item.is_open:
            self._add(Found(f"{item.prefix}/<path:rest>", (), item.name, item.app), prefix)

    def _add(self, item: Found, prefix: str) -> None:
        endpoint, place = item.endpoint, item.place
        if place is None:
            place = "", 0
            if item.view is not None and time.monotonic() < self._until:
                stage = function_stage(item.view)
                endpoint, place = endpoint or stage.name, (stage.file, stage.line)
        key = ((prefix + item.rule)[:_LONGEST], endpoint[:_LONGEST], *place)
        known = self._methods.setdefault(key, list(item.methods))
        if known and item.methods:
            known += [method for method in item.methods if method not in known]
        elif known:
            known.clear()  # it answers all of them
