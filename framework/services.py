"""What views, templates and contexts ask of the application while a request is handled.

:class:`AppServices` stands between ``setup.py`` (before the first request) and ``app.py`` (the way
of a request). Each method can be overridden.

Thread: the thread that handles the request.
Source: Flask's documentation of the methods of the same names.
"""

from __future__ import annotations

import typing as t

from werkzeug.routing import BuildError, MapAdapter
from werkzeug.utils import redirect as _werkzeug_redirect
from werkzeug.wrappers import Response as BaseResponse

from .context import request_var
from .setup import AppSetup
from .urls import bind_url_map, build_url
from .wrappers import Request, blueprint_names


class AppServices(AppSetup):
    """URLs, redirects and template variables."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Make the adapter that matches and builds URLs. Called when a context is made.

        :param request: None for an application context.
        :return: None when there is neither a request nor a ``SERVER_NAME``.
        """
        return bind_url_map(self, request)

    def url_for(
        self,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: t.Any,
    ) -> str:
        """Build the URL of an endpoint. Called by views and templates.

        :param endpoint: the name of the view; with a dot in front, of the current blueprint.
        :param _anchor: added as ``#anchor``.
        :param _method: prefer the rule for this method.
        :param _scheme: of a full URL.
        :param _external: a full URL; the default outside a request.
        :param values: the variable parts of the rule; others become the query string.
        :raises BuildError: when there is no such endpoint, or a value is missing.
        :raises RuntimeError: outside a request without ``SERVER_NAME``.
        :raises ValueError: for ``_scheme`` with ``_external=False``.
        """
        return build_url(self, endpoint, _anchor, _method, _scheme, _external, values)

    def inject_url_defaults(self, endpoint: str, values: dict[str, t.Any]) -> None:
        """Let the ``url_defaults`` functions add values. Called by :meth:`url_for`.

        :param endpoint: for which a URL is built; its blueprints' functions run as well.
        :param values: changed in place.
        """
        if not self.url_default_functions:
            return
        blueprints = blueprint_names(endpoint.rpartition(".")[0])
        for scope in (None, *reversed(blueprints)):
            for function in self.url_default_functions.get(scope, ()):
                function(endpoint, values)

    def handle_url_build_error(
        self, error: BuildError, endpoint: str, values: dict[str, t.Any]
    ) -> str:
        """Ask the ``url_build_error_handlers`` for a URL. Called by :meth:`url_for`.

        :return: what the first of them returns that is not None.
        :raises BuildError: the given one, when none of them knows.
        """
        for handler in self.url_build_error_handlers:
            try:
                url = handler(error, endpoint, values)
            except BuildError as newer:
                error = newer
            else:
                if url is not None:
                    return url
        raise error

    def redirect(self, location: str, code: int = 302) -> BaseResponse:
        """Make a response that sends the client elsewhere. Called by ``framework.redirect``."""
        return _werkzeug_redirect(location, code, self.response_class)

    def update_template_context(self, context: dict[str, t.Any]) -> None:
        """Add the variables of the context processors. Called before a template is rendered.

        :param context: changed in place; what the view gave is not overwritten.
        """
        ctx = request_var.get(None)
        given = dict(context)
        context.update(self.template_context([] if ctx is None else ctx.request.blueprints))
        context.update(given)
