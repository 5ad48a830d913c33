"""Functions that views call: links, redirects, aborts, flashed messages, files.

Thread: the thread that handles the request, unless a function's docstring states another.
Source: Flask's documentation of "Useful Functions and Classes" and "Message Flashing".
"""

from __future__ import annotations

import importlib.util
import os
import sys
import typing as t
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from werkzeug.exceptions import abort as _werkzeug_abort
from werkzeug.utils import redirect as _werkzeug_redirect
from werkzeug.utils import send_file as _werkzeug_send_file
from werkzeug.utils import send_from_directory as _werkzeug_send_from_directory

from .context import app_var, current_app, request, request_var, session
from .signals import message_flashed

if t.TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from .wrappers import Response


def find_root_path(import_name: str) -> str:
    """Find the folder that a module lies in. Runs at set-up time.

    :param import_name: as in ``sys.modules``; the module may be only half imported.
    :return: an absolute path; the working directory when the module has no file.
    """
    module = sys.modules.get(import_name)
    filename = getattr(module, "__file__", None)
    if filename is None and module is None:
        try:
            spec = importlib.util.find_spec(import_name)
        except (ImportError, ValueError):
            spec = None
        if spec is not None and spec.has_location:
            filename = spec.origin
    return str(Path(filename).resolve().parent) if filename else str(Path.cwd())


def make_response(*args: t.Any) -> Response:
    """Turn whatever a view could return into a response, to set headers or cookies on it.

    :param args: nothing (an empty response), one return value, or the items of a tuple.
    """
    if not args:
        return current_app.response_class()
    return current_app.make_response(args[0] if len(args) == 1 else args)


def url_for(
    endpoint: str,
    *,
    _anchor: str | None = None,
    _method: str | None = None,
    _scheme: str | None = None,
    _external: bool | None = None,
    **values: t.Any,
) -> str:
    """Build the URL of an endpoint; see ``App.url_for``."""
    return current_app.url_for(
        endpoint,
        _anchor=_anchor,
        _method=_method,
        _scheme=_scheme,
        _external=_external,
        **values,
    )


def redirect(
    location: str,
    code: int = 302,
    Response: type[BaseResponse] | None = None,  # noqa: N803
) -> BaseResponse:
    """Make a response that sends the client elsewhere.

    :param location: the URL to go to.
    :param code: 301, 302, 303, 305, 307 or 308.
    :param Response: the class of the response; the application's unless given.
    """
    ctx = app_var.get(None)
    if ctx is not None and Response is None:
        return ctx.app.redirect(location, code)
    return _werkzeug_redirect(location, code, Response)


def abort(code: int | BaseResponse, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
    """End the view with an HTTP error.

    :param code: a status code, or a complete response.
    :param args: passed to the exception, for example a description.
    :raises HTTPException: always.
    """
    ctx = app_var.get(None)
    if ctx is not None:
        ctx.app.aborter(code, *args, **kwargs)
    _werkzeug_abort(code, *args, **kwargs)


def flash(message: str, category: str = "message") -> None:
    """Keep a message for the next page that asks for it.

    :param message: the text.
    :param category: such as ``"error"`` or ``"info"``; the template decides what it looks like.
    """
    # A new list, so that the session notices the change.
    session["_flashes"] = [*session.get("_flashes", ()), (category, message)]
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    message_flashed.send(app, message=message, category=category)


def get_flashed_messages(
    with_categories: bool = False, category_filter: Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """Take the flashed messages out of the session; within one request the answer stays the same.

    :param with_categories: return pairs (category, message).
    :param category_filter: only these categories; all when empty.
    """
    ctx = request_var.get(None)
    if ctx is None:
        request.method  # noqa: B018 - raises the error that explains how to push a request
        raise AssertionError
    if ctx.flashes is None:
        found = session.pop("_flashes") if "_flashes" in session else []
        ctx.flashes = [(category, message) for category, message in found]
    wanted = set(category_filter)
    flashes = [pair for pair in ctx.flashes if not wanted or pair[0] in wanted]
    return flashes if with_categories else [message for _, message in flashes]


def _file_options(options: dict[str, t.Any]) -> dict[str, t.Any]:
    app = current_app
    if options.get("max_age") is None:
        options["max_age"] = app.get_send_file_max_age
    return {
        **options,
        "environ": request.environ,
        "use_x_sendfile": app.config["USE_X_SENDFILE"],
        "response_class": app.response_class,
    }


def send_file(
    path_or_file: str | os.PathLike[str] | t.BinaryIO,
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    conditional: bool = True,
    etag: bool | str = True,
    last_modified: datetime | int | float | None = None,
    max_age: t.Any = None,
) -> Response:
    """Send a file that the *application* chose; for a name from outside: send_from_directory.

    :param path_or_file: a path (relative to ``root_path``) or a file opened in binary mode.
    :param mimetype: found by the name unless given.
    :param as_attachment: offer to save it instead of showing it.
    :param download_name: the name to offer.
    :param conditional: answer 304 and ranges where the request asks for them.
    :param etag: True to compute one, or the value to use.
    :param last_modified: found on disk unless given.
    :param max_age: seconds that a browser may keep the file.
    :raises TypeError: for a file object without a name and without ``mimetype``.
    """
    options = _file_options(
        {
            "mimetype": mimetype,
            "as_attachment": as_attachment,
            "download_name": download_name,
            "conditional": conditional,
            "etag": etag,
            "last_modified": last_modified,
            "max_age": max_age,
        }
    )
    return t.cast(
        "Response",
        _werkzeug_send_file(path_or_file, _root_path=current_app.root_path, **options),
    )


def send_from_directory(
    directory: str | os.PathLike[str], path: str | os.PathLike[str], **kwargs: t.Any
) -> Response:
    """Send a file from a folder; a path that leads out of the folder is "not found".

    :param directory: the folder, relative to the application's ``root_path``; never from outside.
    :param path: the name of the file, which may come from outside.
    :param kwargs: as for :func:`send_file`.
    :raises NotFound: when there is no such file in the folder.
    """
    options = _file_options(kwargs)
    return t.cast(
        "Response",
        _werkzeug_send_from_directory(directory, path, _root_path=current_app.root_path, **options),
    )
