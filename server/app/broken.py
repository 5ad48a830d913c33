"""What answers while the app can't be loaded: a page that says why.

With the reloader, a broken app never ends the server. The page shows the app's traceback in debug
mode only, as that may show secrets. Runs in the threads of the requests.
"""

from __future__ import annotations

import html
from typing import Any

__all__ = ["BrokenApp"]


class BrokenApp:
    """A WSGI app that answers every request with 500 and the reason.

    :param message: one sentence: what is wrong with the app
    :param traceback: the app's own traceback, or ""
    :param debug: whether the browser may see both
    """

    def __init__(self, message: str, traceback: str, debug: bool) -> None:
        detail = ""
        if debug:  # both come from outside: they are shown as they are, never as HTML
            detail = f"<p>{html.escape(message)}</p>\n"
            if traceback:
                detail += f"<pre>{html.escape(traceback)}</pre>\n"
        self._page = (
            "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
            "<title>The app can't be loaded</title>\n<h1>The app can't be loaded</h1>\n"
            f"{detail}<p>It is loaded again when one of its files changes.</p>\n"
        ).encode("utf-8", "backslashreplace")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer (PEP 3333)."""
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(self._page))),
            ("Cache-Control", "no-store"),
        ]
        start_response("500 INTERNAL SERVER ERROR", headers)
        return [self._page]
