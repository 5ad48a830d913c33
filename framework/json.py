"""JSON for requests and responses: ``app.json``, :func:`jsonify`, :func:`dumps`, :func:`loads`.

Thread: the thread that handles the request; a provider keeps no state between calls.
Source: Flask's documentation of "JSON Support"; dates are written as in RFC 9110 (HTTP-date).
"""

from __future__ import annotations

import dataclasses
import decimal
import json as _json
import typing as t
import uuid
from datetime import date

from werkzeug.http import http_date

from .context import app_var, current_app

if t.TYPE_CHECKING:
    from .setup import AppSetup
    from .wrappers import Response


def dumps(obj: t.Any, **kwargs: t.Any) -> str:
    """Write a value as JSON, by the current application's rules where there is one."""
    ctx = app_var.get(None)
    if ctx is not None:
        return ctx.app.json.dumps(obj, **kwargs)
    kwargs.setdefault("default", encode_more)
    return _json.dumps(obj, **kwargs)


def loads(s: str | bytes, **kwargs: t.Any) -> t.Any:
    """Read a value from JSON, by the current application's rules where there is one."""
    ctx = app_var.get(None)
    return _json.loads(s, **kwargs) if ctx is None else ctx.app.json.loads(s, **kwargs)


def jsonify(*args: t.Any, **kwargs: t.Any) -> Response:
    """Make a JSON response.

    :param args: one value, or several that become a list.
    :param kwargs: instead of ``args``: the items of an object.
    :return: a response with the content type ``application/json``.
    :raises TypeError: when both are given.
    """
    return current_app.json.response(*args, **kwargs)


def encode_more(value: t.Any) -> t.Any:
    """Turn a value that JSON does not know into one that it does.

    Dates become HTTP dates, UUIDs and decimals text, dataclasses objects, and whatever has
    ``__html__`` (markup) the text of it.

    :raises TypeError: for anything else.
    """
    if isinstance(value, date):
        return http_date(value)
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    raise TypeError(
        f"JSON has no form for {type(value).__name__!r}. Turn it into a dict, list, str, number,"
        " bool or None first, or give the application its own 'json_provider_class'."
    )


class DefaultJSONProvider:
    """How an application writes and reads JSON; subclass it to change that.

    :param app: the application.
    """

    #: Escape everything outside ASCII, so that no receiver can get the encoding wrong.
    ensure_ascii = True
    #: The same data gives the same text, which caches and diffs like.
    sort_keys = True
    #: None: indented in debug mode, compact otherwise.
    compact: bool | None = None
    mimetype = "application/json"

    def __init__(self, app: AppSetup) -> None:
        self.app = app

    def dumps(self, obj: t.Any, **kwargs: t.Any) -> str:
        """Write a value as text.

        :param kwargs: passed to :func:`json.dumps`.
        """
        kwargs.setdefault("default", encode_more)
        kwargs.setdefault("ensure_ascii", self.ensure_ascii)
        kwargs.setdefault("sort_keys", self.sort_keys)
        return _json.dumps(obj, **kwargs)

    def loads(self, s: str | bytes, **kwargs: t.Any) -> t.Any:
        """Read a value from text.

        :param kwargs: passed to :func:`json.loads`.
        """
        return _json.loads(s, **kwargs)

    def response(self, *args: t.Any, **kwargs: t.Any) -> Response:
        """Make a response of the given values; see :func:`jsonify`."""
        if args and kwargs:
            raise TypeError("jsonify takes either values or keyword arguments, not both.")
        value: t.Any = kwargs if not args else args[0] if len(args) == 1 else args
        if not args and not kwargs:
            value = None
        compact = not self.app.debug if self.compact is None else self.compact
        style: dict[str, t.Any] = {"separators": (",", ":")} if compact else {"indent": 2}
        return self.app.response_class(self.dumps(value, **style) + "\n", mimetype=self.mimetype)
