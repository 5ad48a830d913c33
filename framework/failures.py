"""The steps that an error takes: from the ``except`` in the flow to a response.

:class:`ErrorSteps` is a part of :class:`~framework.App`, in a file of its own so that ``app.py``
can be read as the way of a request that goes well.

Thread: the thread that handles the request.
Source: Flask's documentation of "Handling Application Errors".
"""

from __future__ import annotations

import sys
import typing as t
from types import TracebackType

from werkzeug.exceptions import BadRequestKeyError, HTTPException, InternalServerError
from werkzeug.routing import RoutingException

from .context import request_var
from .errors import find_error_handler
from .services import AppServices
from .signals import got_request_exception
from .typing import ErrorHandler
from .wrappers import Response

ExcInfo: t.TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
)


class ErrorSteps(AppServices):
    """What happens when a hook or a view raises."""

    def handle_user_exception(self, e: Exception) -> t.Any:
        """Find an answer to what a hook or a view raised.

        In: the exception. Out: a return value, like that of a view.
        Called by: ``full_dispatch_request``.
        Calls: :meth:`handle_http_exception` for HTTP errors, else the error handler.

        :raises Exception: the same one, when it has no handler: :meth:`handle_exception` is next.
        """
        if isinstance(e, HTTPException):
            if isinstance(e, BadRequestKeyError):
                # For the author of the app, the page names the key that is missing.
                e.show_exception |= self.debug or bool(self.config["TRAP_BAD_REQUEST_ERRORS"])
            if not self.trap_http_exception(e):
                return self.handle_http_exception(e)
        handler = self._find_error_handler(e)
        if handler is not None:
            return self._call_error_handler(handler, e)
        raise e

    def handle_http_exception(self, e: HTTPException) -> t.Any:
        """Find an answer to an HTTP error, such as what ``abort(404)`` raises.

        In: the error. Out: what its handler returns; without one, the error, which is a response.
        Called by: :meth:`handle_user_exception`. Redirects of the routing have no handlers.
        """
        if e.code is None or isinstance(e, RoutingException):
            return e
        handler = self._find_error_handler(e)
        return e if handler is None else self._call_error_handler(handler, e)

    def trap_http_exception(self, e: Exception) -> bool:
        """Return whether an HTTP error is shown as a bug, with a traceback, not as its own page.

        In: the error. Out: True for every HTTP error with ``TRAP_HTTP_EXCEPTIONS``, for bad
        requests with ``TRAP_BAD_REQUEST_ERRORS``, and in debug mode for a missing key of
        ``request.form`` and the like.
        Called by: :meth:`handle_user_exception`.
        """
        if self.config["TRAP_HTTP_EXCEPTIONS"]:
            return True
        trap = self.config["TRAP_BAD_REQUEST_ERRORS"]
        if trap is None:
            return self.debug and isinstance(e, BadRequestKeyError)
        return bool(trap) and getattr(e, "code", None) == 400

    def handle_exception(self, e: Exception) -> Response:
        """Answer an error that nobody has handled: log it and send a 500.

        In: the exception. Out: the response, from a handler for 500 or ``InternalServerError``
        (which finds the cause in ``original_exception``) or the standard page.
        Called by: ``wsgi_app``. Calls: :meth:`log_exception`, ``finalize_request``.

        :raises Exception: the same one, when errors are to propagate: in debug mode, under test,
            or as ``PROPAGATE_EXCEPTIONS`` has it.
        """
        got_request_exception.send(self, exception=e)
        wanted = self.config["PROPAGATE_EXCEPTIONS"]
        if wanted or (wanted is None and (self.debug or self.testing)):
            # A bare raise keeps the traceback as it is, when this is the error being handled.
            if sys.exc_info()[1] is e:
                raise
            raise e
        self.log_exception((type(e), e, t.cast(TracebackType, e.__traceback__)))
        server_error = InternalServerError(original_exception=e)
        handler = self._find_error_handler(server_error)
        rv: t.Any = server_error
        if handler is not None:
            rv = self._call_error_handler(handler, server_error)
        return self.finalize_request(rv, from_error_handler=True)

    def log_exception(self, exc_info: ExcInfo) -> None:
        """Write an error and its traceback to ``app.logger``.

        In: as from ``sys.exc_info()``. Out: nothing.
        Called by: :meth:`handle_exception`.
        """
        request = request_var.get().request
        self.logger.error(
            "Unhandled exception in %s %s", request.method, request.path, exc_info=exc_info
        )

    def should_ignore_error(self, error: BaseException | None) -> bool:
        """Return whether teardown functions are spared an error; overridable.

        In: the error. Out: False here.
        Called by: ``wsgi_app``.
        """
        return False

    def finalize_request(self, rv: t.Any, from_error_handler: bool = False) -> Response:
        """Turn a return value into the finished response; see ``App.finalize_request``."""
        raise NotImplementedError

    def _find_error_handler(self, e: Exception) -> ErrorHandler | None:
        if not self.error_handler_spec:
            return None
        return find_error_handler(self.error_handler_spec, e, request_var.get().request.blueprints)

    def _call_error_handler(self, handler: ErrorHandler, e: Exception) -> t.Any:
        request_var.get().answered_by = handler
        return self.ensure_sync(handler)(e)

    def ensure_sync(self, func: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        """Make an ``async def`` function callable like any other; see ``App.ensure_sync``."""
        raise NotImplementedError
