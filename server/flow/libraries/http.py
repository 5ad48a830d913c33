"""Outgoing HTTP calls: ``http.client`` and what stands on it, urllib3 (and so requests), httpx.

Each exchange is a span of its own, also the further ones of a redirect; it ends when the head of
the answer is there. urllib3 is above ``http.client``, and has the span then: it knows of calls that
never got a connection. httpx's clients send through transports, of which those that use the network
are followed.

Sources: ``http.client.HTTPConnection``; ``urllib3.HTTPConnectionPool.urlopen`` of 1.26 and 2.x;
``httpx.HTTPTransport`` of 0.20 and newer.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from ...facts.span import HTTP
from ...reporting.scope import current_scope
from ..patches import Patches
from ..spans import OpenSpan, problem, span_of
from ..steps import own_frames
from .calls import hide, record_calls, recorded_coroutine
from .known import check_has
from .objects import ByObject

__all__ = ["HTTPX", "HTTP_CLIENT", "URLLIB3"]

_DEFAULT_PORTS = {"http": 80, "https": 443}


class _Library:
    """See :class:`~server.flow.libraries.Library`."""

    def __init__(self, after: str, install: Any) -> None:
        self.AFTER = after
        self.install = install


def _address(scheme: str, host: Any, port: Any, target: Any) -> str:
    """The URL of a call, of the parts that connections know."""
    text = str(target)
    if text.startswith(("http://", "https://")):
        return text
    name = f"[{host}]" if ":" in str(host) else str(host)
    if port is not None and port != _DEFAULT_PORTS.get(scheme):
        name = f"{name}:{port}"
    return f"{scheme}://{name}{text}"


# urllib3


def _install_urllib3(module: ModuleType, patches: Patches) -> None:
    library: Any = module
    check_has(library, "urllib3", "HTTPConnectionPool")
    record_calls(patches, library.HTTPConnectionPool, ("urlopen",), HTTP, _urlopen, _keep_status)


def _urlopen(
    span: OpenSpan, pool: Any, method: Any = "GET", url: Any = "/", *unused: Any, **named: Any
) -> None:
    span.label = f"{method} {_address(pool.scheme, pool.host, pool.port, url)}"


def _keep_status(span: OpenSpan, response: Any, *unused: Any, **named: Any) -> None:
    status = getattr(response, "status", None)
    span.status = status if type(status) is int else int(getattr(response, "status_code", 0))


# httpx


def _install_httpx(module: ModuleType, patches: Patches) -> None:
    library: Any = module
    check_has(library, "httpx", "HTTPTransport", "AsyncHTTPTransport")
    check_has(library.HTTPTransport, "httpx", "handle_request")
    check_has(library.AsyncHTTPTransport, "httpx", "handle_async_request")
    record_calls(patches, library.HTTPTransport, ("handle_request",), HTTP, _request, _keep_status)
    record_calls(
        patches, library.AsyncHTTPTransport, ("handle_async_request",), HTTP, _request,
        _keep_status, recorded_coroutine,
    )  # fmt: skip


def _request(span: OpenSpan, transport: Any, request: Any) -> None:
    url = request.url  # which may have a password in it
    target = url.raw_path.decode("ascii", "replace")
    span.label = f"{request.method} {_address(url.scheme, url.host, url.port, target)}"


# http.client: a call is put together in steps, from putrequest to getresponse


def _install_http_client(module: ModuleType, patches: Patches) -> None:
    library: Any = module
    connection = library.HTTPConnection
    check_has(connection, "http.client", "putrequest", "endheaders", "getresponse")
    secure = library.HTTPSConnection
    spans: Spans = ByObject()
    patches.attribute(connection, "putrequest", _begins(connection.putrequest, secure, spans))
    patches.attribute(connection, "endheaders", _goes_on(connection.endheaders, spans))
    patches.attribute(connection, "getresponse", _ends(connection.getresponse, spans))


Spans = ByObject[OpenSpan]
"""By the connection; a call whose answer is never asked for is none."""


def _begins(call: Any, secure: type, spans: Spans) -> Any:
    @functools.wraps(call)
    def putrequest(self: Any, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        span = former = None
        if current_scope.get() is not None:
            try:
                scheme = "https" if isinstance(self, secure) else "http"
                # Of a connection through a proxy, the one at the end of the tunnel.
                host = getattr(self, "_tunnel_host", None) or self.host
                port = self.port if host == self.host else getattr(self, "_tunnel_port", None)
                span = span_of(HTTP, f"{method} {_address(scheme, host, port, url)}")
                if span is not None:
                    span.is_aside = True
                    former = spans.get(self)
                    spans.put(self, span)
                    span.start()
            except Exception as own:
                problem(own)
        try:
            return call(self, method, url, *args, **kwargs)
        except BaseException as error:
            if span is not None:
                spans.pop(self)
                span.fail(error)
                if former is not None:  # the connection was busy with it, and still is
                    spans.put(self, former)
            hide(error)
            raise

    return putrequest


def _goes_on(call: Any, spans: Spans) -> Any:
    @functools.wraps(call)
    def endheaders(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        try:
            return call(self, *args, **kwargs)
        except BaseException as error:
            span = spans.pop(self)
            if span is not None:
                span.fail(error)
            hide(error)
            raise

    return endheaders


def _ends(call: Any, spans: Spans) -> Any:
    @functools.wraps(call)
    def getresponse(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        span = spans.pop(self)
        try:
            response = call(self, *args, **kwargs)
        except BaseException as error:
            if span is not None:
                span.fail(error)
            hide(error)
            raise
        if span is not None:
            span.end()
            span.status = response.status
        return response

    return getresponse


URLLIB3 = _Library("urllib3", _install_urllib3)
HTTPX = _Library("httpx", _install_httpx)
HTTP_CLIENT = _Library("http.client", _install_http_client)

own_frames(globals())
