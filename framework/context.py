"""What "the current application" and "the current request" mean, and for how long.

Two context variables, and the proxies that read them, are the only global state of the package.
A :class:`RequestContext` is pushed by ``App.wsgi_app`` at the beginning of a request and popped at
its end; it brings an :class:`AppContext` along when there is none yet.

Thread: a context belongs to the thread (or task) that pushed it; other threads do not see it.
Source: Flask's documentation of "The Application Context" and "The Request Context"; PEP 567.
"""

from __future__ import annotations

import sys
import typing as t
from collections.abc import Callable, Iterator
from contextvars import ContextVar, Token
from functools import wraps
from types import TracebackType

from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy

from .signals import appcontext_popped, appcontext_pushed
from .typing import AfterRequest, F

if t.TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.routing import MapAdapter

    from .app import App
    from .sessions import SessionMixin
    from .wrappers import Request

_MISSING: t.Any = object()

app_var: ContextVar[AppContext] = ContextVar("framework.app_context")
request_var: ContextVar[RequestContext] = ContextVar("framework.request_context")

_NO_APP = (
    "There is no application context here, so 'current_app' and 'g' mean nothing yet. They are"
    " set while a request is handled. Elsewhere (a script, a shell, a thread of your own) push a"
    " context first:\n\n    with app.app_context():\n        ..."
)
_NO_REQUEST = (
    "There is no request here, so 'request' and 'session' mean nothing yet. They are set while"
    " a view or a hook runs. In a test, make a request first:\n\n"
    "    with app.test_request_context('/path'):\n        ...\n\n"
    "In a thread that a view starts, wrap the function with copy_current_request_context."
)

current_app: App = LocalProxy(  # type: ignore[assignment]
    app_var, "app", unbound_message=_NO_APP
)
g: AppGlobals = LocalProxy(  # type: ignore[assignment]
    app_var, "g", unbound_message=_NO_APP
)
request: Request = LocalProxy(  # type: ignore[assignment]
    request_var, "request", unbound_message=_NO_REQUEST
)
session: SessionMixin = LocalProxy(  # type: ignore[assignment]
    request_var, "session", unbound_message=_NO_REQUEST
)


def has_request_context() -> bool:
    """Return whether ``request`` and ``session`` can be used here."""
    return request_var.get(None) is not None


def has_app_context() -> bool:
    """Return whether ``current_app`` and ``g`` can be used here."""
    return app_var.get(None) is not None


def after_this_request(f: F) -> F:
    """Let a function change the response of the current request only.

    :param f: gets the response and returns it, or another one.
    :return: ``f``, so that this works as a decorator inside a view.
    :raises RuntimeError: outside a request.
    """
    ctx = request_var.get(None)
    if ctx is None:
        raise RuntimeError(f"'after_this_request' belongs inside a view or a hook. {_NO_REQUEST}")
    ctx.after_functions.append(f)
    return f


def copy_current_request_context(f: F) -> F:
    """Carry the current request into a function that runs in another thread or greenlet.

    :param f: the function that wants to use ``request`` or ``session``.
    :return: ``f`` wrapped; each call has its own copy of the context that was current here.
    :raises RuntimeError: outside a request.
    """
    current = request_var.get(None)
    if current is None:
        raise RuntimeError(
            f"'copy_current_request_context' copies the current request. {_NO_REQUEST}"
        )
    original = current.copy()

    @wraps(f)
    def wrapper(*args: t.Any, **kwargs: t.Any) -> t.Any:
        with original.copy() as ctx:
            return ctx.app.ensure_sync(f)(*args, **kwargs)

    return t.cast(F, wrapper)


def _check_is_current(leaving: object, current: object) -> None:
    if current is not leaving:
        raise AssertionError(
            f"Contexts are popped in the reverse order of pushing: {leaving!r} should be popped,"
            f" but {current!r} is the current one. Use 'with' instead of push() and pop()."
        )


class AppGlobals:
    """``g``: a place for whatever one request (or one script) wants to remember."""

    if t.TYPE_CHECKING:

        def __getattr__(self, name: str) -> t.Any: ...

        def __setattr__(self, name: str, value: t.Any) -> None: ...

    def get(self, name: str, default: t.Any = None) -> t.Any:
        """Return an attribute, or ``default`` when it is not there."""
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: t.Any = _MISSING) -> t.Any:
        """Remove an attribute and return it.

        :raises KeyError: when it is not there and no default is given.
        """
        if default is _MISSING:
            return self.__dict__.pop(name)
        return self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: t.Any = None) -> t.Any:
        """Return an attribute; set it to ``default`` first when it is not there."""
        return self.__dict__.setdefault(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        ctx = app_var.get(None)
        return object.__repr__(self) if ctx is None else f"<g of {ctx.app.name!r}>"


class AppContext:
    """Makes one application the current one and holds its ``g``.

    :param app: the application.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.url_adapter: MapAdapter | None = app.create_url_adapter(None)
        self.g: AppGlobals = app.app_ctx_globals_class()
        self._tokens: list[Token[AppContext]] = []

    def push(self) -> None:
        """Make this the current context."""
        self._tokens.append(app_var.set(self))
        if appcontext_pushed.receivers:
            appcontext_pushed.send(self.app)

    def pop(self, exc: BaseException | None = _MISSING) -> None:
        """Run the ``teardown_appcontext`` functions and make the previous context current.

        :param exc: what ended the work; by default the exception that is being handled.
        :raises AssertionError: when another context is the current one.
        """
        _check_is_current(self, app_var.get(None))
        try:
            if len(self._tokens) == 1:
                self.app.do_teardown_appcontext(sys.exc_info()[1] if exc is _MISSING else exc)
        finally:
            self.leave()

    def leave(self) -> None:
        """Make the previous context current, without teardown."""
        app_var.reset(self._tokens.pop())
        if appcontext_popped.receivers:
            appcontext_popped.send(self.app)

    def __enter__(self) -> AppContext:
        self.push()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pop(exc_value)


class RequestContext:
    """Everything that belongs to one request: request, session, URL adapter, late hooks.

    :param app: the application that handles the request.
    :param environ: the WSGI environment (PEP 3333).
    :param request: an existing request object, for a copy of the context.
    :param session: an existing session, for a copy of the context.
    """

    def __init__(
        self,
        app: App,
        environ: WSGIEnvironment,
        request: Request | None = None,
        session: SessionMixin | None = None,
    ) -> None:
        self.app = app
        if request is None:
            request = app.request_class(environ)
            request.json_module = t.cast(t.Any, app.json)
        self.request: Request = request
        self.url_adapter: MapAdapter | None = None
        try:
            self.url_adapter = app.create_url_adapter(request)
        except HTTPException as error:
            request.routing_exception = error
        #: The session without marking it as read; None until the first push.
        self.raw_session: SessionMixin | None = session
        self.flashes: list[tuple[str, str]] | None = None
        self.after_functions: list[AfterRequest] = []
        #: The function whose return value becomes the response: named in error messages.
        self.answered_by: Callable[..., t.Any] | None = None
        self._tokens: list[tuple[Token[RequestContext], AppContext | None]] = []
        #: What nobody handled, if anything; the teardown functions get it.
        self.failure: BaseException | None = None
        self._holds = 0
        self._put_off: PutOffTeardown | None = None

    @property
    def pushed(self) -> bool:
        """Whether this context has been pushed and not yet popped."""
        return bool(self._tokens)

    @property
    def session(self) -> SessionMixin:
        """The session; using it is recorded, because the response then varies with the cookie."""
        if self.raw_session is None:
            raise RuntimeError("The session is opened when the request context is pushed.")
        self.raw_session.accessed = True
        return self.raw_session

    def copy(self) -> RequestContext:
        """Return a context for the same request that another thread may push."""
        return type(self)(
            self.app, self.request.environ, request=self.request, session=self.raw_session
        )

    def match_request(self) -> None:
        """Find the URL rule for the request, or keep the reason why there is none."""
        if self.url_adapter is None:
            return
        request = self.request
        try:
            rule, values = self.url_adapter.match(return_rule=True)
            request.url_rule, request.view_args = rule, t.cast("dict[str, t.Any]", values)
        except HTTPException as error:
            request.routing_exception = error

    def push(self) -> None:
        """Make this the current request: push, open the session, match the URL.

        The session comes first, so that a converter of a URL rule may already use it.
        """
        app = self.app
        outer = app_var.get(None)
        own: AppContext | None = None
        if outer is None or outer.app is not app:
            own = app.app_context()
            own.push()
        self._tokens.append((request_var.set(self), own))
        if self.raw_session is None:
            opened = app.session_interface.open_session(app, self.request)
            if opened is None:
                opened = app.session_interface.make_null_session(app)
            self.raw_session = opened
        self.match_request()

    def pop(self, exc: BaseException | None = _MISSING) -> None:
        """Run the teardown functions, close uploaded files, make the previous request current.

        :param exc: what ended the request; by default the exception that is being handled.
        :raises AssertionError: when another context is the current one.
        """
        _check_is_current(self, request_var.get(None))
        if exc is _MISSING:
            exc = sys.exc_info()[1]
        last = len(self._tokens) == 1
        own = self._tokens[-1][1]
        if last and self._holds:
            self._put_off = PutOffTeardown(self.preserved(), own, exc)
            request_var.reset(self._tokens.pop()[0])
            if own is not None:
                own.leave()
            return
        try:
            if last:
                self._end(exc)
        finally:
            request_var.reset(self._tokens.pop()[0])
            if own is not None:
                own.pop(exc)

    def _end(self, exc: BaseException | None) -> None:
        try:
            self.app.do_teardown_request(exc)
        finally:
            self.request.close()

    def hold(self) -> None:
        """Put teardown off until :meth:`release`: a streamed body still needs the request."""
        self._holds += 1

    def release(self, exc: BaseException | None = None) -> None:
        """Undo one :meth:`hold`; run the teardown that has been put off, if any.

        :param exc: what ended the stream; None when it came to its end.
        """
        self._holds -= 1
        put_off = self._put_off
        if self._holds or put_off is None:
            return
        self._put_off = None
        exc = exc if exc is not None else put_off.exc
        with put_off.preserved:
            try:
                self._end(exc)
            finally:
                if put_off.own_app_context is not None:
                    self.app.do_teardown_appcontext(exc)

    def preserved(self) -> PreservedContext:
        """Return a way to look at this request again after it has ended."""
        return PreservedContext(self, app_var.get())

    def __enter__(self) -> RequestContext:
        try:
            self.push()
        except BaseException as error:
            if self.pushed:
                self.pop(error)
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pop(exc_value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.request.method} {self.request.url!r}>"


class PreservedContext:
    """Shows a finished request again, to the interactive debugger and to a test's ``with client``.

    Teardown has run once, when the request ended; entering and leaving this does not repeat it.
    """

    def __init__(self, request_context: RequestContext, app_context: AppContext) -> None:
        self.request_context = request_context
        self.app_context = app_context
        self._tokens: list[tuple[Token[AppContext], Token[RequestContext]]] = []

    def __enter__(self) -> PreservedContext:
        self._tokens.append((app_var.set(self.app_context), request_var.set(self.request_context)))
        return self

    def __exit__(self, *exc_info: object) -> None:
        app_token, request_token = self._tokens.pop()
        request_var.reset(request_token)
        app_var.reset(app_token)


class PutOffTeardown(t.NamedTuple):
    """What :meth:`RequestContext.release` needs to end a request that was still streaming."""

    preserved: PreservedContext
    own_app_context: AppContext | None
    exc: BaseException | None
