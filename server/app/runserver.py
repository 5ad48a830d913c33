"""What Django's own ``runserver`` does beside serving: static files, and a look at the project.

Only for a Django app whose settings have ``DEBUG`` on, and all of it through Django's documented
classes. Nothing in here can keep an app from being served: what fails is one line of output.

Called on the session's thread, once the app is loaded. Knows Django only where the app has imported
it already.

Source: ``django.contrib.staticfiles.management.commands.runserver`` and
``django.core.management.base.BaseCommand``, Django 3.2 to 5.2.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..reporting.tracebacks import one_line

__all__ = ["as_runserver"]

_HANDLERS = "django.core.handlers"
_STATIC = "django.contrib.staticfiles"
_NOT_SERVED = (
    "Static files are not served, as by runserver: DEBUG is off in Django's settings. Set it to "
    "True to have them while you develop."
)


def as_runserver(app: Any, *, static: bool, checks: bool, debug: bool = False) -> Any:
    """The same app, with its static files where ``runserver`` serves them.

    :param app: any WSGI or ASGI app
    :param static: serve static files; False is ``runserver --nostatic``
    :param checks: print what ``runserver`` prints at its start: failed checks, and migrations that
        have not been applied
    :param debug: debugging was asked for, so that static files may be expected
    """
    protocol = _protocol(app)
    if not protocol:
        return app
    found = app
    with _guarded("Django's settings could not be read"):
        from django.conf import settings

        if not settings.DEBUG:
            if static and checks and debug and _has_static_files():
                print(_NOT_SERVED, file=sys.stderr)
            return app
        if static:
            with _guarded("Static files are not served"):
                found = _with_static_files(app, protocol)
    if checks:
        _check()
    return found


def _protocol(app: Any) -> str:
    """``"wsgi"`` or ``"asgi"`` for Django's handler of that kind, else ``""``."""
    for protocol, name in (("wsgi", "WSGIHandler"), ("asgi", "ASGIHandler")):
        module = sys.modules.get(f"{_HANDLERS}.{protocol}")
        handler = getattr(module, name, None)
        if isinstance(handler, type) and isinstance(app, handler):
            return "" if f"{_STATIC}.handlers" in type(app).__module__ else protocol
    return ""


def _has_static_files() -> bool:
    from django.apps import apps

    return bool(apps.is_installed(_STATIC))


def _with_static_files(app: Any, protocol: str) -> Any:
    if not _has_static_files():
        return app
    from django.contrib.staticfiles import handlers

    name = "StaticFilesHandler" if protocol == "wsgi" else "ASGIStaticFilesHandler"
    make: Callable[[Any], Any] = getattr(handlers, name)
    return make(app)


def _check() -> None:
    """Print failed checks and pending migrations, as ``runserver`` does."""
    with _guarded("Django's checks failed"):
        from django.core.management.base import BaseCommand, SystemCheckError
        from django.db import connections

        command = BaseCommand(sys.stdout, sys.stderr, no_color=True)
        try:
            command.check()
        except SystemCheckError as error:
            print(str(error).strip(), file=sys.stderr)
        with _guarded("Migrations could not be checked"):
            command.check_migrations()
            connections.close_all()


@contextlib.contextmanager
def _guarded(what: str) -> Iterator[None]:
    """Print an error in one line, and go on."""
    try:
        yield
    except Exception as error:
        print(f"{what}: {one_line(error)}", file=sys.stderr)
