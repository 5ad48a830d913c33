"""server.app.pages: the page while there is no app."""

from __future__ import annotations

from typing import Any
from wsgiref.validate import validator

import pytest

from server.app.pages import BrokenApp
from server.app.trusted_hosts import TrustedHosts

HOSTS = TrustedHosts()


def page(app: BrokenApp, host: str = "localhost") -> tuple[str, dict[str, str], bytes]:
    calls: list[Any] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "HTTP_HOST": host, "SCRIPT_NAME": "", "PATH_INFO": "/",
        "QUERY_STRING": "", "SERVER_NAME": "x", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
    }  # fmt: skip
    body = b"".join(app(environ, lambda *args: calls.append(args)))
    status, headers = calls[0]
    return status, dict(headers), body


def test_reason_is_shown_in_debug_mode_only() -> None:
    app = BrokenApp("It can't be <b>loaded</b>.", 'File "a&b.py"\nValueError: <ü☃>', HOSTS)
    status, headers, body = page(app)
    assert status.startswith("500 ")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Length"] == str(len(body))
    text = body.decode()
    assert "It can&#x27;t be &lt;b&gt;loaded&lt;/b&gt;." in text
    assert "File &quot;a&amp;b.py&quot;\nValueError: &lt;ü☃&gt;" in text
    hidden = page(BrokenApp("secret", "secret", None))[2].decode()
    assert "secret" not in hidden
    assert "loaded again when one of its files changes" in hidden


def test_reason_is_shown_to_trusted_hosts_only() -> None:
    app = BrokenApp("secret", "secret", HOSTS)
    assert b"secret" in page(app, "127.0.0.1:5000")[2]
    status, headers, body = page(app, "rebound.example")
    assert (status, headers["Content-Length"]) == ("500 INTERNAL SERVER ERROR", str(len(body)))
    assert b"secret" not in body


def test_without_a_traceback_there_is_no_empty_box() -> None:
    assert b"<pre>" not in page(BrokenApp("why", "", HOSTS))[2]


def test_characters_that_no_page_can_hold() -> None:
    assert rb"\udcff" in page(BrokenApp("\udcff", "", HOSTS))[2]


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_it_is_a_good_wsgi_app(serve: Any, method: str) -> None:
    running = serve(validator(BrokenApp("why", "", HOSTS)))
    with running.connect() as client:
        client.send(f"{method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
        assert client.answer(method).status == 500
