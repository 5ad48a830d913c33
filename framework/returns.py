"""From what a view returned to a response.

Thread: the thread that handles the request.
Source: Flask's documentation "About Responses" (the accepted kinds and the forms of a tuple).
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as BaseResponse

from .context import request_var
from .errors import function_name, function_place

if t.TYPE_CHECKING:
    from .app import App
    from .wrappers import Response

_KINDS = (
    "A view returns a str, bytes, dict, list, generator, Response or WSGI callable, or a tuple"
    " (body, status), (body, headers) or (body, status, headers)."
)


def to_response(app: App, rv: t.Any) -> Response:
    """Turn a return value into a response; called by ``App.make_response``.

    :param rv: what the view returned.
    :return: an instance of ``app.response_class``.
    :raises TypeError: for any other kind of value; the message names the view.
    """
    if isinstance(rv, str):
        return app.response_class(rv)
    status: t.Any = None
    headers: t.Any = None
    if isinstance(rv, tuple):
        rv, status, headers = _take_apart(rv)
    if rv is None:
        raise _wrong("returned None. Is a 'return' missing?")
    if not isinstance(rv, app.response_class):
        if isinstance(rv, (str, bytes, bytearray, Iterator)):
            return app.response_class(t.cast(t.Any, rv), status=status, headers=headers)
        rv = _convert(app, rv)
    if status is not None:
        setattr(rv, "status_code" if isinstance(status, int) else "status", status)
    if headers:
        rv.headers.update(headers)
    return t.cast("Response", rv)


def checked(hook: Callable[..., t.Any], response: t.Any) -> Response:
    """Refuse what is no response; called by ``App.process_response`` on what a hook returned.

    :raises TypeError: the message names the hook.
    """
    if not isinstance(response, BaseResponse):
        what = "None" if response is None else f"a value of type {type(response).__name__!r}"
        raise TypeError(
            f"The after_request hook {function_name(hook)} returned {what}. It gets the response"
            " and has to return it, or another one: 'return response'."
            f"{_in_brackets(function_place(hook))}"
        )
    return t.cast("Response", response)


def _take_apart(rv: tuple[t.Any, ...]) -> tuple[t.Any, t.Any, t.Any]:
    if len(rv) == 3:
        return rv
    if len(rv) == 2:
        if isinstance(rv[1], (Headers, dict, tuple, list)):
            return rv[0], None, rv[1]
        return rv[0], rv[1], None
    raise _wrong(f"returned a tuple of {len(rv)} items, which could mean anything.")


def _convert(app: App, rv: t.Any) -> BaseResponse:
    if isinstance(rv, (dict, list)):
        return app.json.response(rv)
    if isinstance(rv, BaseResponse) or callable(rv):
        ctx = request_var.get()
        try:
            return app.response_class.force_type(rv, ctx.request.environ)
        except TypeError as error:
            raise _wrong(
                f"returned {rv!r}, which could not be called as a WSGI application: {error}."
            ) from error
    raise _wrong(f"returned a value of type {type(rv).__name__!r}.")


def _wrong(what: str) -> TypeError:
    """What was returned, what would be right, and where; of a list, the beginning is shown."""
    ctx = request_var.get(None)
    function: Callable[..., t.Any] | None = None if ctx is None else ctx.answered_by
    if ctx is None or function is None:
        return TypeError(f"make_response got what a view {what} {_KINDS}")
    endpoint = ctx.request.endpoint
    kind = "view"
    if endpoint is None or ctx.app.view_functions.get(endpoint) is not function:
        kind, endpoint = "function", None
    place = _in_brackets(function_place(function, endpoint))
    return TypeError(f"The {kind} {function_name(function)} {what} {_KINDS}{place}")


def _in_brackets(place: str) -> str:
    return f" ({place})" if place else ""
