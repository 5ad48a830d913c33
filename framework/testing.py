"""Requests without a network: what ``app.test_client()`` and ``test_request_context`` make.

Thread: the thread of the test; the application runs in it as well.
Source: Flask's documentation of "Testing Flask Applications"; Werkzeug's test client.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from urllib.parse import urlsplit, urlunsplit

import werkzeug.test
from werkzeug.test import Client
from werkzeug.wrappers import Request as BaseRequest

from .sessions import SessionMixin

if t.TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from .app import App


def _werkzeug_version() -> str:
    return version("werkzeug")


def split_url(app: App, path: str, subdomain: str | None, scheme: str | None) -> tuple[str, str]:
    """Find out where the application is mounted, and what is asked of it.

    :param path: a path, or a full URL, which beats the config.
    :return: the base URL, ending in ``APPLICATION_ROOT``, and the path with its query.
    """
    given = urlsplit(path)
    names = [subdomain, app.config["SERVER_NAME"] or "localhost"]
    base = (
        given.scheme or scheme or app.config["PREFERRED_URL_SCHEME"],
        given.netloc or ".".join(filter(None, names)),
        app.config["APPLICATION_ROOT"],
        "",
        "",
    )
    return urlunsplit(base), urlunsplit(("", "", given.path, given.query, ""))


class EnvironBuilder(werkzeug.test.EnvironBuilder):
    """Makes the WSGI environment of a test request, by the application's config.

    :param app: gives ``SERVER_NAME``, ``APPLICATION_ROOT`` and ``PREFERRED_URL_SCHEME``.
    :param path: the path, or a full URL.
    :param base_url: instead of the config's.
    :param subdomain: put before ``SERVER_NAME``.
    :param url_scheme: instead of ``PREFERRED_URL_SCHEME``.
    :param args, kwargs: as for Werkzeug's builder: ``method``, ``data``, ``json``, ``headers``...
    """

    def __init__(
        self,
        app: App,
        path: str = "/",
        base_url: str | None = None,
        subdomain: str | None = None,
        url_scheme: str | None = None,
        *args: t.Any,
        **kwargs: t.Any,
    ) -> None:
        if base_url is not None and (subdomain or url_scheme):
            raise TypeError("'base_url' has them all: leave out 'subdomain' and 'url_scheme'.")
        if base_url is None:
            base_url, path = split_url(app, path, subdomain, url_scheme)
        self.app = app
        super().__init__(path, base_url, *args, **kwargs)

    def json_dumps(self, obj: t.Any, **kwargs: t.Any) -> str:
        """Write the ``json`` argument as the application writes JSON."""
        return self.app.json.dumps(obj, **kwargs)


class AppClient(Client):
    """Sends requests to an application and keeps its cookies.

    Used as a context manager, it shows the last request (``request``, ``session``, ``g``) until
    the next one is sent or the block ends.
    """

    application: App

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self.preserve_context = False
        self._contexts: list[t.ContextManager[t.Any]] = []
        self._stack = ExitStack()
        self.environ_base: dict[str, t.Any] = {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": f"Werkzeug/{_werkzeug_version()}",
        }

    def open(
        self,
        *args: t.Any,
        buffered: bool = False,
        follow_redirects: bool = False,
        **kwargs: t.Any,
    ) -> TestResponse:
        """Send a request; ``get``, ``post`` and the others call this.

        :param args, kwargs: as for :class:`EnvironBuilder` (without the application), or one
            builder, environment or request.
        :param buffered: read the whole body at once, so that the request has ended on return.
        :param follow_redirects: go on until a response is not a redirect.
        """
        self._stack.close()
        response = super().open(
            self._request(args, kwargs), buffered=buffered, follow_redirects=follow_redirects
        )
        response.json_module = self.application.json  # type: ignore[assignment]
        # After a redirect there are several; the last one is on top.
        contexts, self._contexts[:] = list(self._contexts), []
        for context in contexts:
            self._stack.enter_context(context)
        return response

    def _request(self, args: tuple[t.Any, ...], kwargs: dict[str, t.Any]) -> BaseRequest:
        if not kwargs and len(args) == 1:
            given = args[0]
            if isinstance(given, werkzeug.test.EnvironBuilder):
                given = given.get_environ()
            if isinstance(given, BaseRequest):
                given = given.environ
            if isinstance(given, dict):
                return BaseRequest(self._complete(given))
        base = self._complete(kwargs.pop("environ_base", {}))
        builder = EnvironBuilder(self.application, *args, environ_base=base, **kwargs)
        try:
            return builder.get_request()
        finally:
            builder.close()

    def _complete(self, environ: dict[str, t.Any]) -> dict[str, t.Any]:
        complete = {**self.environ_base, **environ}
        if self.preserve_context:
            complete["werkzeug.debug.preserve_context"] = self._contexts.append
        return complete

    @contextmanager
    def session_transaction(self, *args: t.Any, **kwargs: t.Any) -> Iterator[SessionMixin]:
        """Open the session of the client's cookies, to change it; save it at the end.

        :param args, kwargs: as for ``app.test_request_context``.
        :raises TypeError: when the client keeps no cookies.
        :raises RuntimeError: when the session cannot be opened.
        """
        if self._cookies is None:
            raise TypeError("Sessions need cookies: use test_client(use_cookies=True).")
        app = self.application
        ctx = app.test_request_context(*args, **kwargs)
        self._add_cookies_to_wsgi(ctx.request.environ)
        with ctx:
            opened = app.session_interface.open_session(app, ctx.request)
        if opened is None:
            raise RuntimeError("The session could not be opened. Has the app a secret_key?")
        yield opened
        response = app.response_class()
        if app.session_interface.is_null_session(opened):
            return
        with ctx:
            app.session_interface.save_session(app, opened, response)
        self._update_cookies_from_response(
            ctx.request.host.partition(":")[0],
            ctx.request.path,
            response.headers.getlist("Set-Cookie"),
        )

    def __enter__(self) -> AppClient:
        if self.preserve_context:
            raise RuntimeError("This client is already in use in a 'with' block.")
        self.preserve_context = True
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.preserve_context = False
        self._stack.close()
