"""The request and response objects: Werkzeug's, plus what an application knows about them.

Thread: the thread that handles the request; one object is never shared between two requests.
Source: Flask's documentation of ``Request`` and ``Response``; the limits of Flask 3.1's config.
"""

from __future__ import annotations

import typing as t

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.routing import Rule
from werkzeug.wrappers import Request as BaseRequest
from werkzeug.wrappers import Response as BaseResponse

from .context import app_var


def blueprint_names(name: str | None) -> list[str]:
    """List a blueprint and the blueprints it is nested in, innermost first.

    :param name: a dotted name such as ``"shop.cart"``, or None.
    :return: ``["shop.cart", "shop"]``; an empty list for None.
    """
    if not name:
        return []
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _setting(name: str) -> t.Any:
    ctx = app_var.get(None)
    return None if ctx is None else ctx.app.config[name]


class Request(BaseRequest):
    """One request: Werkzeug's, and how it was routed."""

    #: The rule that matched; None when none did.
    url_rule: Rule | None = None
    #: The values of the variable parts of the URL; None when no rule matched.
    view_args: dict[str, t.Any] | None = None
    #: Why no rule matched: a 404, a 405, or a redirect to the canonical URL.
    routing_exception: HTTPException | None = None

    _max_content_length: int | None = None
    _max_form_memory_size: int | None = None
    _max_form_parts: int | None = None

    # The three limits read the config unless this request has its own value.
    @property
    def max_content_length(self) -> int | None:
        """The largest body to read, in bytes; ``MAX_CONTENT_LENGTH`` unless set on the request."""
        if self._max_content_length is not None:
            return self._max_content_length
        return t.cast("int | None", _setting("MAX_CONTENT_LENGTH"))

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    @property
    def max_form_memory_size(self) -> int | None:
        """The largest form field kept in memory; ``MAX_FORM_MEMORY_SIZE`` unless set here."""
        if self._max_form_memory_size is not None:
            return self._max_form_memory_size
        return t.cast("int | None", _setting("MAX_FORM_MEMORY_SIZE"))

    @max_form_memory_size.setter
    def max_form_memory_size(self, value: int | None) -> None:
        self._max_form_memory_size = value

    @property
    def max_form_parts(self) -> int:
        """The most fields in a multipart form; ``MAX_FORM_PARTS`` unless set here."""
        if self._max_form_parts is not None:
            return self._max_form_parts
        if app_var.get(None) is None:
            return BaseRequest.max_form_parts
        return t.cast(int, _setting("MAX_FORM_PARTS"))

    @max_form_parts.setter
    def max_form_parts(self, value: int) -> None:
        self._max_form_parts = value

    @property
    def endpoint(self) -> str | None:
        """The endpoint of the matched rule: the name that ``url_for`` takes."""
        return None if self.url_rule is None else self.url_rule.endpoint

    @property
    def blueprint(self) -> str | None:
        """The dotted name of the blueprint that the view belongs to, or None."""
        endpoint = self.endpoint
        if endpoint is None or "." not in endpoint:
            return None
        return endpoint.rpartition(".")[0]

    @property
    def blueprints(self) -> list[str]:
        """The blueprint and those it is nested in, innermost first."""
        return blueprint_names(self.blueprint)

    def on_json_loading_failed(self, e: ValueError | None) -> t.Any:
        """Answer a body that is no JSON; details are shown in debug mode only.

        :param e: the parser's error; None when the content type is not JSON.
        :raises BadRequest: when the body is broken.
        :raises UnsupportedMediaType: when the content type is not JSON.
        """
        try:
            return super().on_json_loading_failed(e)
        except BadRequest as error:
            ctx = app_var.get(None)
            if ctx is not None and ctx.app.debug:
                raise
            raise BadRequest() from error


class Response(BaseResponse):
    """One response: Werkzeug's, with HTML as the default type."""

    default_mimetype: str | None = "text/html"
    autocorrect_location_header = False

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]
        """Warn about a larger cookie; ``MAX_COOKIE_SIZE``, or Werkzeug's limit without an app."""
        size = _setting("MAX_COOKIE_SIZE")
        return BaseResponse.max_cookie_size if size is None else t.cast(int, size)
