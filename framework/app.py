"""The way of a request through an application, step by step.

Read :class:`App` from top to bottom: its methods stand in the order in which they are called.
::

    run                          start the development server
    __call__                     the server calls the application, once per request
      wsgi_app                   what middleware wraps
        request_context          environ -> request, session, matched URL
        full_dispatch_request
          preprocess_request     before_request hooks
          dispatch_request       the view
            handle_user_exception, handle_http_exception      if one of them raised
          finalize_request
            make_response        return value -> response
            process_response     after_request hooks, session cookie
        handle_exception         for what nobody handled: log it, answer 500
        do_teardown_request, do_teardown_appcontext            always

What comes before is in ``setup.py``, what views ask for in ``services.py``, the ``handle_`` steps
in ``failures.py``; each of the three holds a base class of :class:`App`.

Thread: ``run`` blocks the thread that calls it; the rest runs in the thread in which the server
handles the request. Several requests may be under way at once; they share nothing but the set-up.
Source: the flow that Flask documents ("Application Structure and Lifecycle"); PEP 3333.
"""

from __future__ import annotations

import inspect
import os
import typing as t
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import wraps

from werkzeug.exceptions import HTTPException

from .config import get_debug_flag
from .context import AppContext, RequestContext, request_var
from .failures import ErrorSteps
from .returns import checked, to_response
from .signals import (
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
)
from .testing import AppClient, EnvironBuilder
from .typing import ResponseReturnValue
from .wrappers import Request, Response

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class App(ErrorSteps):
    """A WSGI application. ``app = App(__name__)``, then ``@app.route("/")`` on each view.

    The parameters are those of :class:`~framework.setup.AppSetup`.
    """

    test_client_class: type[AppClient] = AppClient

    # --- the server ----------------------------------------------------------------------------

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        debug: bool | None = None,
        load_dotenv: bool = True,
        **options: t.Any,
    ) -> None:
        """Serve the application with the development server, until it is stopped.

        In: where to listen. Out: nothing; it returns when the server has stopped.
        Called by: the user's script, under ``if __name__ == "__main__":``.
        Calls: ``server.run_simple``, which calls :meth:`__call__` for each request.

        :param host: ``127.0.0.1``, or the host of ``SERVER_NAME``, unless given.
        :param port: 5000, or the port of ``SERVER_NAME``, unless given.
        :param debug: sets :attr:`debug`, and with it the two options below.
        :param load_dotenv: taken for the sake of Flask's signature; ``servedeck serve --env-file``
            reads such files.
        :param options: for ``run_simple``; ``use_reloader`` and ``use_debugger`` follow
            :attr:`debug` unless given.
        """
        if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
            if os.environ.get("WERKZEUG_RUN_MAIN") != "true":
                print(
                    " * app.run() was not carried out: a launcher is loading this module and will"
                    " serve the app itself.\n   Put the call under 'if __name__ == \"__main__\":'."
                )
            return
        from server import run_simple

        if "FLASK_DEBUG" in os.environ:
            self.debug = get_debug_flag()
        if debug is not None:
            self.debug = bool(debug)
        name, _, number = (self.config["SERVER_NAME"] or "").partition(":")
        host = host or name or "127.0.0.1"
        if port is None:
            port = int(number or 5000)
        options.setdefault("use_reloader", self.debug)
        options.setdefault("use_debugger", self.debug)
        options.setdefault("threaded", options.get("processes", 1) == 1)
        try:
            run_simple(host, port, self, **options)
        finally:
            # In an interactive session the application may be changed and run again.
            self._got_first_request = False

    # --- one request ---------------------------------------------------------------------------

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request.

        In: the environment and ``start_response`` of PEP 3333. Out: the body.
        Called by: the server. Calls: :meth:`wsgi_app`, or the middleware in its place.
        """
        return self.wsgi_app(environ, start_response)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; not done in ``__call__`` so that middleware can be put around it:
        ``app.wsgi_app = Middleware(app.wsgi_app)``.

        In: the environment and ``start_response``. Out: the body.
        Called by: :meth:`__call__` or a middleware.
        Calls: :meth:`request_context`, :meth:`full_dispatch_request`, :meth:`handle_exception`,
        then the response itself, which calls ``start_response``.
        """
        ctx = self.request_context(environ)
        outcome: BaseException | None = None
        try:
            response = self._respond(ctx)
            outcome = ctx.failure
            return response(environ, start_response)
        except BaseException as raised:
            outcome = raised
            raise
        finally:
            if ctx.pushed:
                self._leave(ctx, outcome)

    def _respond(self, ctx: RequestContext) -> Response:
        """Push the context and find the response; an error is kept in ``ctx.failure``."""
        try:
            ctx.push()
            return self.full_dispatch_request()
        except Exception as failure:
            if not ctx.pushed:
                raise
            ctx.failure = failure
            return self.handle_exception(failure)

    def _leave(self, ctx: RequestContext, outcome: BaseException | None) -> None:
        """Pop the context; a debugger or a test client that asked for it may keep a view of it."""
        keep = ctx.request.environ.get("werkzeug.debug.preserve_context")
        if keep is not None:
            keep(ctx.preserved())
        ignored = outcome is not None and self.should_ignore_error(outcome)
        ctx.pop(None if ignored else outcome)

    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        """Make the context of a request.

        In: the environment. Out: a context; entering it opens the session and matches the URL.
        Called by: :meth:`wsgi_app`, and by a test that has an environment.
        """
        return RequestContext(self, environ)

    def full_dispatch_request(self) -> Response:
        """Run the hooks and the view, and turn any error that has a handler into a response.

        In: the current request. Out: the finished response.
        Called by: :meth:`wsgi_app`.
        Calls: :meth:`preprocess_request`, :meth:`dispatch_request` unless a hook has answered,
        :meth:`handle_user_exception` on an error, and :meth:`finalize_request`.
        """
        self._got_first_request = True
        rv: t.Any
        try:
            if request_started.receivers:
                request_started.send(self)
            rv = self.preprocess_request()
            if rv is None:
                rv = self.dispatch_request()
        except Exception as error:
            rv = self.handle_user_exception(error)
        return self.finalize_request(rv)

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Run the hooks that come before the view: the application's, then the blueprints'.

        In: the current request. Out: None, or what a ``before_request`` hook returned, which
        then takes the place of the view's return value.
        Called by: :meth:`full_dispatch_request`.
        """
        if not (self.url_value_preprocessors or self.before_request_funcs):
            return None
        ctx = request_var.get()
        request = ctx.request
        scopes = (None, *reversed(request.blueprints))
        for scope in scopes:
            for preprocess in self.url_value_preprocessors.get(scope, ()):
                preprocess(request.endpoint, request.view_args)
        for scope in scopes:
            for hook in self.before_request_funcs.get(scope, ()):
                rv = self.ensure_sync(hook)()
                if rv is not None:
                    ctx.answered_by = hook
                    return t.cast(ResponseReturnValue, rv)
        return None

    def dispatch_request(self) -> ResponseReturnValue:
        """Call the view that the URL was matched to, with the values from the URL.

        In: the current request. Out: whatever the view returns.
        Called by: :meth:`full_dispatch_request`.
        Calls: the view; :meth:`raise_routing_exception` when no rule matched;
        :meth:`make_default_options_response` for OPTIONS.

        :raises LookupError: when the rule's endpoint has no view.
        """
        ctx = request_var.get()
        request = ctx.request
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        rule = request.url_rule
        assert rule is not None
        if request.method == "OPTIONS" and getattr(rule, "provide_automatic_options", False):
            return self.make_default_options_response()
        try:
            view = self.view_functions[rule.endpoint]
        except KeyError:
            raise LookupError(
                f"The rule {rule.rule!r} leads to the endpoint {rule.endpoint!r}, which has no"
                f" view. Register one: @app.endpoint({rule.endpoint!r})."
            ) from None
        ctx.answered_by = view
        return t.cast(ResponseReturnValue, self.ensure_sync(view)(**(request.view_args or {})))

    def raise_routing_exception(self, request: Request) -> t.NoReturn:
        """Raise the reason why no rule matched: 404, 405, or a redirect to the canonical URL.

        In: the request. Out: nothing, it always raises.
        Called by: :meth:`dispatch_request`.
        """
        assert request.routing_exception is not None
        raise request.routing_exception

    def make_default_options_response(self) -> Response:
        """Answer OPTIONS with the methods that the URL allows.

        In: the current request. Out: an empty response with ``Allow``.
        Called by: :meth:`dispatch_request`.
        """
        response = self.response_class()
        adapter = request_var.get().url_adapter
        if adapter is not None:
            response.allow.update(adapter.allowed_methods())
        return response

    def ensure_sync(self, func: Callable[..., t.Any]) -> Callable[..., t.Any]:
        """Make an ``async def`` function callable like any other; others are returned unchanged.

        In: a view, hook or handler. Out: a function that returns its result.
        Called by: each step that calls a function of the user.
        """
        if not inspect.iscoroutinefunction(func):
            return func
        from asyncio import run

        @wraps(func)
        def synchronous(*args: t.Any, **kwargs: t.Any) -> t.Any:
            return run(func(*args, **kwargs))

        return synchronous

    def finalize_request(
        self, rv: ResponseReturnValue | HTTPException, from_error_handler: bool = False
    ) -> Response:
        """Turn a return value into the finished response.

        In: what the view, a hook or an error handler returned. Out: the response.
        Called by: :meth:`full_dispatch_request` and :meth:`handle_exception`.
        Calls: :meth:`make_response`, :meth:`process_response`.

        :param from_error_handler: an error in the hooks is logged, not raised: there is an answer
            already, and it is about an error.
        """
        response = self.make_response(rv)
        try:
            response = self.process_response(response)
            if request_finished.receivers:
                request_finished.send(self, response=response)
        except Exception:
            if not from_error_handler:
                raise
            self.logger.exception("An after_request hook failed while an error was answered")
        return response

    def make_response(self, rv: t.Any) -> Response:
        """Turn a return value into a response.

        In: str, bytes, dict, list, generator, WSGI callable, response, or one of these in a tuple
        with status and headers. Out: an instance of ``response_class``.
        Called by: :meth:`finalize_request`, and by the user as ``framework.make_response``.

        :raises TypeError: for anything else, None included; the message names the view.
        """
        return to_response(self, rv)

    def process_response(self, response: Response) -> Response:
        """Run the hooks that come after the view, and save the session.

        In: the response. Out: the same or another one.
        Called by: :meth:`finalize_request`.
        Order: ``after_this_request``, then the blueprints', then the application's; within each
        the last registered first; the session at the very end.

        :raises TypeError: when a hook returns no response; the message names the hook.
        """
        ctx = request_var.get()
        for f in ctx.after_functions:
            response = checked(f, self.ensure_sync(f)(response))
        if self.after_request_funcs:
            for scope in (*ctx.request.blueprints, None):
                for hook in reversed(self.after_request_funcs.get(scope, ())):
                    response = checked(hook, self.ensure_sync(hook)(response))
        session = ctx.raw_session
        if session is not None and not self.session_interface.is_null_session(session):
            self.session_interface.save_session(self, session, response)
        return response

    # --- the end of a request ------------------------------------------------------------------

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Run the ``teardown_request`` hooks: the blueprints', then the application's.

        In: the error that ended the request, or None. Out: nothing.
        Called by: ``RequestContext.pop``, error or not. All of them run, the last registered first;
        an error in one is raised when the others have run.
        """
        if self.teardown_request_funcs:
            funcs: list[Callable[..., t.Any]] = []
            for scope in (*request_var.get().request.blueprints, None):
                funcs.extend(reversed(self.teardown_request_funcs.get(scope, ())))
            self._run_teardown(funcs, exc)
        if request_tearing_down.receivers:
            request_tearing_down.send(self, exc=exc)

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """Run the ``teardown_appcontext`` functions.

        In: the error that ended the work, or None. Out: nothing.
        Called by: ``AppContext.pop``, after :meth:`do_teardown_request` where there is a request.
        """
        self._run_teardown(self.teardown_appcontext_funcs[::-1], exc)
        if appcontext_tearing_down.receivers:
            appcontext_tearing_down.send(self, exc=exc)

    def _run_teardown(self, funcs: list[Callable[..., t.Any]], exc: BaseException | None) -> None:
        failed: BaseException | None = None
        for f in funcs:
            try:
                self.ensure_sync(f)(exc)
            except Exception as error:
                if failed is None:
                    failed = error
                else:
                    self.logger.exception("Another teardown function failed as well")
        if failed is not None:
            raise failed

    # --- contexts and requests without a server ------------------------------------------------

    def app_context(self) -> AppContext:
        """Make a context in which ``current_app`` and ``g`` work: ``with app.app_context(): ...``

        In: nothing. Out: the context, for ``with``.
        Called by: scripts and tests, and by ``RequestContext.push``.
        """
        return AppContext(self)

    def test_request_context(self, *args: t.Any, **kwargs: t.Any) -> RequestContext:
        """Make the context of a made-up request, for a test or a shell.

        In: as for :class:`~framework.testing.EnvironBuilder`. Out: a context for ``with``.
        Called by: the user.
        """
        with closing(EnvironBuilder(self, *args, **kwargs)) as builder:
            return self.request_context(builder.get_environ())

    def test_client(self, use_cookies: bool = True, **kwargs: t.Any) -> AppClient:
        """Make a client that sends requests to the application without a network.

        In: whether it keeps cookies; ``kwargs`` for ``test_client_class``. Out: the client.
        Called by: the user.
        """
        return self.test_client_class(self, self.response_class, use_cookies=use_cookies, **kwargs)
