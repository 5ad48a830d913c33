"""Calls of a cache: Django's, Flask-Caching's, and of redis itself.

A cache's class may be one of the project's: each cache gets ours as attributes of that object.
Django makes its caches one by one; Flask-Caching's ``Cache``, and what it decorates, asks for its
backend each time. Where a cache is kept in redis, the call of the cache has the span.

Sources: ``django.core.cache.CacheHandler.create_connection``; ``flask_caching.Cache``;
``redis.client.Redis.execute_command`` of 3.5 to 8.
"""

from __future__ import annotations

import functools
import itertools
from types import ModuleType
from typing import Any

from ...facts.span import CACHE
from ..patches import Patches
from ..shown import shown
from ..spans import OpenSpan, problem
from .calls import is_recorded, record_calls, recorded, recorded_coroutine
from .known import check_has
from .objects import ByObject

__all__ = ["DJANGO_CACHE", "FLASK_CACHING", "REDIS"]

_BY_KEY = ("get", "set", "add", "delete", "incr", "decr", "touch", "has", "has_key", "get_or_set")
_BY_KEYS = ("get_many", "set_many", "delete_many", "get_dict")
_OTHERS = ("clear",)
_MOST_KEYS = 20
_SECRET = ("('AUTH'", "('HELLO'", "('ACL ")  # commands of redis with a password in them
_LONGEST_KEY = 200


class _Followed:
    """Caches whose methods have got ours in front, as attributes of the object. Any thread."""

    def __init__(self) -> None:
        self._caches: ByObject[bool] = ByObject()

    def follow(self, cache: Any) -> None:
        """Record the calls of a cache. Never raises."""
        try:
            if self._caches.get(cache):
                return
            self._caches.put(cache, True)
            own = vars(cache)
            for name in (*_BY_KEY, *_BY_KEYS, *_OTHERS):
                call = getattr(cache, name, None)
                if call is not None and name not in own:
                    setattr(cache, name, recorded(call, CACHE, functools.partial(_operation, name)))
        except Exception as error:
            problem(error)

    def forget(self) -> None:
        """Have all of them as they were."""
        for cache in self._caches.owners():
            for name, value in list(vars(cache).items()):
                if is_recorded(value):
                    delattr(cache, name)


class _DjangoCache:
    """See :class:`~server.flow.libraries.Library`."""

    AFTER = "django.core.cache"

    def install(self, module: ModuleType, patches: Patches) -> None:
        """See the module."""
        library: Any = module
        check_has(library, "Django", "CacheHandler")
        handler = library.CacheHandler
        check_has(handler, "Django", "create_connection")
        create = handler.create_connection
        followed = _Followed()

        @functools.wraps(create)
        def create_connection(self: Any, alias: Any) -> Any:
            cache = create(self, alias)
            followed.follow(cache)
            return cache

        patches.attribute(handler, "create_connection", create_connection)
        patches.call(followed.forget)


class _FlaskCaching:
    """See :class:`~server.flow.libraries.Library`."""

    AFTER = "flask_caching"

    def install(self, module: ModuleType, patches: Patches) -> None:
        """See the module."""
        library: Any = module
        check_has(library, "Flask-Caching", "Cache")
        check_has(library.Cache, "Flask-Caching", "cache")
        original = library.Cache.cache
        followed = _Followed()

        def cache(self: Any) -> Any:
            found = original.__get__(self, type(self))
            followed.follow(found)
            return found

        patches.attribute(library.Cache, "cache", property(cache, doc=original.__doc__))
        patches.call(followed.forget)


class _Redis:
    """See :class:`~server.flow.libraries.Library`."""

    AFTER = "redis"

    def install(self, module: ModuleType, patches: Patches) -> None:
        """See the module."""
        library: Any = module
        check_has(library, "redis", "Redis")
        check_has(library.Redis, "redis", "execute_command")
        record_calls(patches, library.Redis, ("execute_command",), CACHE, _command)
        pipeline = getattr(library.client, "Pipeline", None)
        if pipeline is not None:
            record_calls(patches, pipeline, ("execute",), CACHE, _pipeline)
        asynchronous = getattr(getattr(library, "asyncio", None), "Redis", None)
        if asynchronous is not None:
            commands = ("execute_command",)
            record_calls(patches, asynchronous, commands, CACHE, _command, None, recorded_coroutine)


DJANGO_CACHE = _DjangoCache()
FLASK_CACHING = _FlaskCaching()
REDIS = _Redis()


def _operation(name: str, span: OpenSpan, *args: Any, **kwargs: Any) -> None:
    """Of a method that is bound to its cache."""
    span.label = name
    if name in _OTHERS:
        return
    keys: Any = args[0] if args else kwargs.get("key", kwargs.get("keys", kwargs.get("data", "")))
    if name in _BY_KEYS and len(args) > 1 and issubclass(type(keys), str):
        keys = args
    if issubclass(type(keys), (str, bytes, int)):
        keys = (keys,)
    if issubclass(type(keys), (list, tuple, dict, set, frozenset)):
        texts = [_key(key) for key in itertools.islice(keys, _MOST_KEYS)]
        more = ", …" if len(keys) > _MOST_KEYS else ""
        span.label = f"{name} {', '.join(texts)}{more}"


def _command(span: OpenSpan, client: Any, *args: Any, **options: Any) -> None:
    shown_parts = args[:1] if str(args[:1]).upper().startswith(_SECRET) else args[:2]
    span.label = " ".join([_key(part) for part in shown_parts])


def _pipeline(span: OpenSpan, pipeline: Any, *unused: Any, **named: Any) -> None:
    span.label = f"pipeline of {len(pipeline)}"


def _key(key: Any) -> str:
    if issubclass(type(key), str):
        return str.__str__(key)[:_LONGEST_KEY]
    if issubclass(type(key), bytes):
        return str(key[:_LONGEST_KEY], "utf-8", "replace")
    return shown(key)[:_LONGEST_KEY]
