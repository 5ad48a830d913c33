"""The routes of a Falcon app, WSGI or ASGI.

Source: ``falcon.inspect.inspect_routes``, Falcon 3.0 and later.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from typing import Any, Optional

from .found import Found, Item, Reader, is_instance, plain_methods

__all__ = ["FALCON"]


def _is_falcon(app: Any) -> bool:
    return is_instance(app, "falcon.app", "App")


def _read_falcon(app: Any) -> Iterator[Item]:
    from falcon.inspect import inspect_routes

    for route in inspect_routes(app):
        own = [item for item in route.methods if not item.internal]
        places = [_place(item.source_info, "def ") for item in own]
        places.append(_place(route.source_info, "class "))
        methods = plain_methods(item.method for item in own)
        place = next(filter(None, places), ("", 0))
        yield Found(str(route.path), methods, str(route.class_name), place=place)


def _place(source_info: object, word: str) -> Optional[tuple[str, int]]:
    """File and line of a responder, whose lines Falcon counts from 0.

    :param word: what the right line has, should Falcon come to count from 1
    """
    file, _, number = str(source_info).rpartition(":")
    if not number.isdigit():
        return None
    line = int(number)
    return file, line if word in linecache.getline(file, line) else line + 1


FALCON = Reader(_is_falcon, _read_falcon)
