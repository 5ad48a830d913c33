"""Django with settings for one test alone: others in the process have theirs."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest


@contextlib.contextmanager
def django_project(urls: str, **values: Any) -> Iterator[Any]:
    """Settings whose ROOT_URLCONF is ``urls``, for as long as it takes.

    :returns: the handler that serves it
    """
    from django.conf import UserSettingsHolder, global_settings, settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import clear_url_caches

    holder: Any = UserSettingsHolder(global_settings)
    for name, value in {
        "ALLOWED_HOSTS": ["*"], "SECRET_KEY": "x", "MIDDLEWARE": [], "ROOT_URLCONF": urls, **values,
    }.items():  # fmt: skip
        setattr(holder, name, value)
    own = vars(settings)  # what it has read is kept in there, too
    before = dict(own)
    own.clear()
    own["_wrapped"] = holder
    clear_url_caches()
    try:
        yield WSGIHandler()
    finally:
        own.clear()
        own.update(before)
        clear_url_caches()


def url_module(monkeypatch: pytest.MonkeyPatch, name: str, patterns: list[Any]) -> str:
    """A module with these URL patterns, until the test is over."""
    module = types.ModuleType(name)
    module.urlpatterns = patterns  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, name, module)
    return name
