"""The URL rules of Flask, of ``framework``, of Quart, and of apps behind Werkzeug's dispatcher.

Source: ``werkzeug.routing.Map.iter_rules``, ``flask.Flask.view_functions`` and
``werkzeug.middleware.dispatcher.DispatcherMiddleware``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .found import Found, Item, Mounted, Reader, is_instance, plain_methods

__all__ = ["DISPATCHER", "FLASK"]


def _is_flask(app: Any) -> bool:
    return isinstance(getattr(app, "view_functions", None), dict) and callable(
        getattr(getattr(app, "url_map", None), "iter_rules", None)
    )


def _read_flask(app: Any) -> Iterator[Item]:
    for rule in app.url_map.iter_rules():
        endpoint = str(rule.endpoint)
        yield Found(
            str(rule.rule),
            plain_methods(rule.methods),
            endpoint,
            app.view_functions.get(rule.endpoint),
        )


def _is_dispatcher(app: Any) -> bool:
    return is_instance(app, "werkzeug.middleware.dispatcher", "DispatcherMiddleware")


def _read_dispatcher(app: Any) -> Iterator[Item]:
    for prefix, mounted in dict(app.mounts).items():
        yield Mounted(str(prefix), mounted, is_open=True)
    yield Mounted("", app.app)


FLASK = Reader(_is_flask, _read_flask)
DISPATCHER = Reader(_is_dispatcher, _read_dispatcher)
