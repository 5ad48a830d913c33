"""The pages that answer in place of an app that can't: small WSGI apps of their own.

They show a traceback in debug mode and to trusted hosts only, as it may show secrets, and always
escaped, as it comes from outside. They run in the threads of the requests.
"""

from __future__ import annotations

import html
from typing import Any, Optional

from .trusted_hosts import TrustedHosts

__all__ = ["BrokenApp", "InternalServerError"]


class InternalServerError:
    """The answer to a request whose app raised.

    :param text: the traceback to show, where the server is in debug mode
    """

    def __init__(self, text: str = "") -> None:
        detail = f"<pre>{html.escape(text)}</pre>" if text else ""
        self._page = _page(
            "500 Internal Server Error",
            "<h1>Internal Server Error</h1>\n"
            f"<p>The app raised an error while it answered this request.</p>\n{detail}\n",
        )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer (PEP 3333)."""
        return _answer(self._page, start_response)


class BrokenApp:
    """The answer to every request while the app can't be loaded.

    With the reloader, a broken app never ends the server.

    :param message: one sentence: what is wrong with the app
    :param traceback: the app's own traceback, or ""
    :param hosts: those that may see both; None for nobody, as outside of debug mode
    """

    def __init__(self, message: str, traceback: str, hosts: Optional[TrustedHosts] = None) -> None:
        detail = f"<p>{html.escape(message)}</p>\n"
        if traceback:
            detail += f"<pre>{html.escape(traceback)}</pre>\n"
        self._hosts = hosts
        self._plain, self._full = _cannot_be_loaded(""), _cannot_be_loaded(detail)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer (PEP 3333)."""
        page = self._full if self._hosts and self._hosts.allow(environ) else self._plain
        return _answer(page, start_response, ("Cache-Control", "no-store"))


def _cannot_be_loaded(detail: str) -> bytes:
    return _page(
        "The app can't be loaded",
        f"<h1>The app can't be loaded</h1>\n{detail}"
        "<p>It is loaded again when one of its files changes.</p>\n",
    )


def _page(title: str, body: str) -> bytes:
    """A page of HTML; ``body`` is HTML already."""
    return (
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
        f"<title>{html.escape(title)}</title>\n{body}"
    ).encode("utf-8", "backslashreplace")


def _answer(page: bytes, start_response: Any, *headers: tuple[str, str]) -> list[bytes]:
    start_response(
        "500 INTERNAL SERVER ERROR",
        [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            *headers,
        ],
    )
    return [page]
