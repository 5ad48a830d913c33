"""What answers while the app can't be loaded: a page that says why.

With the reloader, a broken app never ends the server. The page shows the app's traceback in debug
mode and to trusted hosts only, as that may show secrets. Runs in the threads of the requests.
"""

from __future__ import annotations

import html
from typing import Any, Optional

from .trusted_hosts import TrustedHosts

__all__ = ["BrokenApp"]


class BrokenApp:
    """A WSGI app that answers every request with 500 and the reason.

    :param message: one sentence: what is wrong with the app
    :param traceback: the app's own traceback, or ""
    :param hosts: those that may see both; None for nobody, as outside of debug mode
    """

    def __init__(self, message: str, traceback: str, hosts: Optional[TrustedHosts] = None) -> None:
        # Both come from outside: they are shown as they are, never as HTML.
        detail = f"<p>{html.escape(message)}</p>\n"
        if traceback:
            detail += f"<pre>{html.escape(traceback)}</pre>\n"
        self._hosts = hosts
        self._plain = _page("")
        self._full = _page(detail)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer (PEP 3333)."""
        page = self._full if self._hosts and self._hosts.allow(environ) else self._plain
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Cache-Control", "no-store"),
        ]
        start_response("500 INTERNAL SERVER ERROR", headers)
        return [page]


def _page(detail: str) -> bytes:
    return (
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
        "<title>The app can't be loaded</title>\n<h1>The app can't be loaded</h1>\n"
        f"{detail}<p>It is loaded again when one of its files changes.</p>\n"
    ).encode("utf-8", "backslashreplace")
