"""server.app.trusted_hosts and guard: who sees tracebacks in debug mode, on every page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from served import serve

from server.app.trusted_hosts import TrustedHosts, is_loopback


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LocalHost:5000", "localhost.", "shop.localhost:80", "a.b.localhost",
        "127.0.0.1", "127.0.0.1:5000", "127.8.9.1", "[::1]", "[::1]:5000",
        "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
    ],
)  # fmt: skip
def test_the_machines_own_names(host: str) -> None:
    assert TrustedHosts("0.0.0.0").trusts(host)


@pytest.mark.parametrize(
    "host",
    [
        None, "", " ", "rebound.example", "localhost.example", "notlocalhost", ".localhost",
        "localhost@rebound.example", "localhost,rebound.example", "localhost rebound.example",
        "localhost:80:80", "localhost:x", "127.0.0.1.example", "192.168.1.5", "[::2]", "[::1",
        "::1", "[localhost]", "local..localhost", "\u017focalhost", "localhost/", "\xff\xfe",
    ],
)  # fmt: skip
def test_no_others(host: str | None) -> None:
    assert not TrustedHosts("0.0.0.0").trusts(host)


@pytest.mark.parametrize(
    ("listened", "more", "host"),
    [
        ("dev.example", (), "DEV.example:5000"),
        ("192.168.1.5", (), "192.168.1.5:5000"),
        ("fe80::1", (), "[FE80:0::1]:5000"),
        ("127.0.0.1", ("dev.example:443",), "dev.example"),
        ("127.0.0.1", ("2001:db8::1",), "[2001:db8::1]:80"),
        ("127.0.0.1", ("[2001:db8::1]",), "[2001:db8::1]"),
        ("127.0.0.1", (".dev.example",), "dev.example"),
        ("127.0.0.1", (".dev.example",), "a.b.dev.example."),
        ("127.0.0.1", ("b\xfccher.example",), "xn--bcher-kva.example"),
        ("127.0.0.1", (".b\xfccher.example",), "a.xn--bcher-kva.example"),
        ("127.0.0.1", ("xn--bcher-kva.example",), "b\xfccher.example"),
        ("127.0.0.1", ("b\xfccher.example",), "b\xfccher.example".encode().decode("latin-1")),
        ("unix:///tmp/s", ("dev.example",), "dev.example"),
    ],
)  # fmt: skip
def test_those_that_were_named(listened: str, more: tuple[str, ...], host: str) -> None:
    assert TrustedHosts(listened, more).trusts(host)
    assert not TrustedHosts("127.0.0.1").trusts(host) or listened == host


def test_a_named_host_is_no_more_than_itself() -> None:
    hosts = TrustedHosts("127.0.0.1", ("dev.example", ".all.example"))
    for host in ("a.dev.example", "xdev.example", "notall.example", "example"):
        assert not hosts.trusts(host)


# What shows its errors by itself, each below a path of its own, and what leaves that to the server.
APPS = """
import bottle, django, flask
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import re_path

def fail(*args):
    raise RuntimeError("hidden-in-" + "the-source")

bottle.debug(True)
bottles = bottle.Bottle()
bottles.route("/bottle")(fail)
flasks = flask.Flask(__name__)
flasks.debug = True
flasks.route("/flask")(fail)
urlpatterns = [re_path("", fail)]
settings.configure(
    DEBUG=True, ROOT_URLCONF=__name__, SECRET_KEY="x", LOGGING_CONFIG=None,
    ALLOWED_HOSTS=["localhost", "rebound.example", "a.dev.example"],
    MIDDLEWARE=["django.middleware.gzip.GZipMiddleware"],
)
djangos = get_wsgi_application()

def streaming(environ, start_response):
    start_response("502 Bad Gateway", [("Content-Type", "text/plain")])
    yield b"Traceback (most "
    yield b"recent call last): hidden-in-the-source"

def written(environ, start_response):
    write = start_response("500 Oh", [("Content-Type", "text/plain")])
    write(b"Traceback (most recent call last): hidden-in-the-source")
    return []

def polite(environ, start_response):
    start_response("503 Busy", [("Content-Type", "text/plain")])
    return iter([b"come ", b"back"])

PARTS = {
    "/raising": fail, "/bottle": bottles, "/flask": flasks, "/django": djangos,
    "/streaming": streaming, "/written": written, "/polite": polite,
}

def app(environ, start_response):
    return PARTS[environ["PATH_INFO"]](environ, start_response)
"""
SECRET = b"hidden-in-the-source"


@pytest.fixture(scope="module", params=["--threaded", "--processes=2"])
def command(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    for name in ("bottle", "django", "flask"):
        pytest.importorskip(name)
    folder = tmp_path_factory.mktemp("apps")
    (folder / "shows.py").write_text(APPS)
    options = ("--debug", "--trusted-host", ".dev.example", request.param)
    with serve(folder / "shows.py", *options) as command:
        assert command.port
        yield command


@pytest.mark.parametrize(
    "path", ["/raising", "/bottle", "/flask", "/django", "/streaming", "/written"]
)
def test_no_page_shows_a_traceback_to_another_host(command: Any, path: str) -> None:
    for host in ("localhost", "a.dev.example:80"):
        assert SECRET in command.ask(path, name=host).body, host
    answer = command.ask(path, name="rebound.example")
    assert answer.status == 500
    assert SECRET not in answer.body
    assert b"shows.py" not in answer.body
    assert b"<h1>Internal Server Error</h1>" in answer.body


def test_an_answer_without_a_traceback_is_the_apps(command: Any) -> None:
    answer = command.ask("/polite", name="rebound.example")
    assert (answer.status, answer.body) == (503, b"come back")


def test_the_page_of_a_broken_app(tmp_path: Path) -> None:
    app = tmp_path / "broken.py"
    app.write_text("def app(environ, start_response):\n    return []\n")
    with serve(app, "--debug", "--reload") as command:
        assert command.port
        app.write_text("raise RuntimeError('hidden-in-' + 'the-source')\n")
        command.wait_for(lambda: "hidden-in-the-source" in command.err, "the error")
        assert SECRET in command.ask(name="localhost").body
        answer = command.ask(name="rebound.example")
        assert answer.status == 500
        assert b"can't be loaded" in answer.body
        assert SECRET not in answer.body


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True),
        ("[::1]", True), ("app.localhost", True), ("LOCALHOST", True),
        ("localhost.evil.example", False),
        ("127.evil.example", False), ("127.0.0.1.evil.example", False),
        ("0.0.0.0", False), ("", False),
    ],
)  # fmt: skip
def test_a_loopback_host_is_known_by_the_whole_of_its_name(host: str, is_one: bool) -> None:
    assert is_loopback(host) == is_one
