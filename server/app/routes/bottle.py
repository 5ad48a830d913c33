"""The routes of a Bottle app, with those of the apps that are mounted on it.

Source: ``bottle.Bottle.routes``, ``bottle.Route`` and ``bottle.Bottle.mount``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .found import Found, Item, Mounted, Reader, is_instance, plain_methods

__all__ = ["BOTTLE"]

_ANY = ("ANY", "PROXY")


def _is_bottle(app: Any) -> bool:
    return is_instance(app, "bottle", "Bottle")


def _read_bottle(app: Any) -> Iterator[Item]:
    mounted: set[str] = set()
    for route in app.routes:
        prefix, target = (route.config.get(f"mountpoint.{name}") for name in ("prefix", "target"))
        if target is not None:  # it has a rule with the slash behind it, and one without
            if prefix not in mounted:
                mounted.add(prefix)
                yield Mounted(str(prefix).rstrip("/"), target, is_open=True)
            continue
        methods = () if route.method in _ANY else plain_methods([route.method])
        yield Found(str(route.rule), methods, str(route.name or ""), route.callback)


BOTTLE = Reader(_is_bottle, _read_bottle)
