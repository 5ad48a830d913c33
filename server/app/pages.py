"""The page that is answered where an app raised an error. The request's own thread."""

from __future__ import annotations

import html
from typing import Any

__all__ = ["InternalServerError"]


class InternalServerError:
    """The answer to a request whose app raised: a small WSGI app of its own.

    :param text: the traceback to show, where the server is in debug mode
    """

    def __init__(self, text: str = "") -> None:
        self._text = text

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer 500; the traceback is escaped, as it comes from outside."""
        detail = f"<pre>{html.escape(self._text)}</pre>" if self._text else ""
        page = (
            "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
            "<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n"
            f"<p>The app raised an error while it answered this request.</p>\n{detail}\n"
        ).encode("utf-8", "backslashreplace")
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
        ]
        start_response("500 INTERNAL SERVER ERROR", headers)
        return [page]
