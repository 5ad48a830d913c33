"""``app.logger``: the standard library's logger of the application's name.

Thread: any; the logging module locks.
Source: Flask's documentation of "Logging"; PEP 3333 (``wsgi.errors``).
"""

from __future__ import annotations

import logging
import sys
import typing as t

from werkzeug.local import LocalProxy

from .context import request_var

if t.TYPE_CHECKING:
    from .setup import AppSetup


def _errors_stream() -> t.TextIO:
    ctx = request_var.get(None)
    if ctx is None:
        return sys.stderr
    return t.cast(t.TextIO, ctx.request.environ.get("wsgi.errors") or sys.stderr)


#: The error stream that the server gives the current request; ``sys.stderr`` outside a request.
wsgi_errors_stream = t.cast(t.TextIO, LocalProxy(_errors_stream))

#: Used where the user has set up no logging for the application's logger.
default_handler = logging.StreamHandler(wsgi_errors_stream)
default_handler.setFormatter(
    logging.Formatter("{asctime} {levelname} {name} ({module}:{lineno}): {message}", style="{")
)


def create_logger(app: AppSetup) -> logging.Logger:
    """Return the logger of an application.

    Where neither it nor a logger above it has a handler, it gets :data:`default_handler`; the
    logging that the user has set up is left alone.

    :param app: in debug mode the logger's level becomes DEBUG, unless one was set.
    """
    found = logging.getLogger(app.name)
    if found.level == logging.NOTSET and app.debug:
        found.setLevel(logging.DEBUG)
    if not found.hasHandlers():
        found.addHandler(default_handler)
    return found
