"""From an endpoint to a URL, and from a request to the adapter that matches its URL.

Thread: the thread that handles the request.
Source: Flask's documentation of "URL Building" and of ``SERVER_NAME``; Werkzeug's routing.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from werkzeug.routing import BuildError, MapAdapter, Rule
from werkzeug.wsgi import get_host

from .context import app_var, request_var

if t.TYPE_CHECKING:
    from .services import AppServices
    from .wrappers import Request

#: What RFC 3986 lets stand in a fragment without being quoted, besides letters and digits.
_FRAGMENT_SAFE = "!#$%&'()*+,/:;=?@"


def bind_url_map(app: AppServices, request: Request | None) -> MapAdapter | None:
    """Make the adapter that matches and builds URLs; called by ``create_url_adapter``.

    :param app: the application.
    :param request: the request, or None for an application context.
    :return: None when there is no request and no ``SERVER_NAME``: no URL can be built then.
    :raises SecurityError: when the host is not among ``TRUSTED_HOSTS``.
    """
    config = app.config
    url_map = app.url_map
    if request is None:
        if config["SERVER_NAME"] is None:
            return None
        return url_map.bind(
            config["SERVER_NAME"],
            script_name=config["APPLICATION_ROOT"],
            url_scheme=config["PREFERRED_URL_SCHEME"],
        )
    if config["TRUSTED_HOSTS"] is not None:
        request.trusted_hosts = config["TRUSTED_HOSTS"]
        request.host = get_host(request.environ, request.trusted_hosts)
    if url_map.host_matching:
        return url_map.bind_to_environ(request.environ)
    # SERVER_NAME is what full URLs begin with; it keeps no request away.
    subdomain = None if app.subdomain_matching else url_map.default_subdomain or ""
    return url_map.bind_to_environ(
        request.environ, server_name=config["SERVER_NAME"], subdomain=subdomain
    )


def build_url(
    app: AppServices,
    endpoint: str,
    anchor: str | None,
    method: str | None,
    scheme: str | None,
    external: bool | None,
    values: dict[str, t.Any],
) -> str:
    """Build a URL; see ``App.url_for``, which calls this, for the parameters."""
    adapter: MapAdapter | None
    ctx = request_var.get(None)
    if ctx is not None and ctx.app is app:
        adapter = ctx.url_adapter
        if endpoint.startswith("."):
            blueprint = ctx.request.blueprint
            endpoint = f"{blueprint}{endpoint}" if blueprint else endpoint[1:]
        if external is None:
            external = scheme is not None
    else:
        app_ctx = app_var.get(None)
        known = app_ctx is not None and app_ctx.app is app
        adapter = app_ctx.url_adapter if known and app_ctx else app.create_url_adapter(None)
        if external is None:
            external = True
    if adapter is None:
        raise RuntimeError(
            "Outside a request url_for does not know the host. Set app.config['SERVER_NAME'] (and"
            " 'APPLICATION_ROOT', 'PREFERRED_URL_SCHEME' where they differ), or push a request:"
            " with app.test_request_context(): ..."
        )
    if scheme is not None and not external:
        raise ValueError("A URL with '_scheme' is a full URL, so '_external' cannot be False.")

    app.inject_url_defaults(endpoint, values)
    try:
        url = adapter.build(
            endpoint, values, method=method, url_scheme=scheme, force_external=external
        )
    except BuildError as error:
        values.update(_anchor=anchor, _method=method, _scheme=scheme, _external=external)
        return app.handle_url_build_error(error, endpoint, values)
    return url if anchor is None else f"{url}#{quote(anchor, safe=_FRAGMENT_SAFE)}"


class AppRule(Rule):
    """A URL rule that remembers whether the application answers OPTIONS for the view."""

    provide_automatic_options = False
