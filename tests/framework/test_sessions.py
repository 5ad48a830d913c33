"""sessions.py: what is kept, when a cookie is sent, and what is refused."""

from __future__ import annotations

import itsdangerous
import pytest

from framework import App, render_template_string, session
from framework.sessions import SessionInterface


@pytest.fixture
def counter(app):
    @app.route("/count")
    def count():
        session["n"] = session.get("n", 0) + 1
        return str(session["n"])

    app.route("/read", endpoint="read")(lambda: str(session.get("n")))
    app.route("/untouched", endpoint="untouched")(lambda: "x")
    app.route("/clear", endpoint="clear")(lambda: session.clear() or "x")
    app.route("/template", endpoint="template")(lambda: render_template_string("no session"))
    return app


def test_kept_between_requests(counter, client):
    assert [client.get("/count").text for _ in range(3)] == ["1", "2", "3"]
    assert counter.test_client().get("/count").text == "1"


def test_cookie_is_sent_after_a_change_only(counter, client):
    assert "Set-Cookie" in client.get("/count").headers
    read = client.get("/read")
    assert "Set-Cookie" not in read.headers
    assert read.vary.to_header() == "Cookie"
    for path in ("/untouched", "/template"):
        response = client.get(path)
        assert "Vary" not in response.headers
        assert "Set-Cookie" not in response.headers


def test_clear_deletes_the_cookie(counter, client):
    client.get("/count")
    assert "Expires=Thu, 01 Jan 1970" in client.get("/clear").headers["Set-Cookie"]
    assert client.get_cookie("session") is None


def test_tampered_cookie_is_an_empty_session(counter, client):
    client.get("/count")
    value = client.get_cookie("session").value
    client.set_cookie("session", "x" + value)
    assert client.get("/read").text == "None"
    client.set_cookie("session", "garbage")
    assert client.get("/read").text == "None"


def test_too_old_cookie_is_an_empty_session(counter, client, monkeypatch):
    counter.permanent_session_lifetime = 60
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: 1_000)
    client.get("/count")
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: 1_060)
    assert client.get("/read").text == "1"
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: 1_061)
    assert client.get("/read").text == "None"


def test_rotated_keys(counter, client):
    client.get("/count")
    counter.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["not a secret"])
    assert client.get("/count").text == "2"
    counter.config["SECRET_KEY_FALLBACKS"] = None
    assert client.get("/count").text == "3"
    counter.secret_key = "another"
    assert client.get("/read").text == "None"


def test_permanent(counter, client):
    @counter.route("/permanent")
    def permanent():
        session.permanent = True
        return str(session.permanent)

    assert "Expires=" in client.get("/permanent").headers["Set-Cookie"]
    assert "Expires=" in client.get("/untouched").headers["Set-Cookie"]
    counter.config["SESSION_REFRESH_EACH_REQUEST"] = False
    assert "Set-Cookie" not in client.get("/untouched").headers


def test_cookie_options(counter, client):
    counter.config.update(
        SESSION_COOKIE_NAME="s",
        SESSION_COOKIE_DOMAIN="localhost",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=False,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PARTITIONED=True,
    )
    header = client.get("/count").headers["Set-Cookie"]
    assert header.startswith("s=")
    for part in ("Domain=localhost", "Secure", "SameSite=Strict", "Partitioned", "Path=/"):
        assert part in header
    assert "HttpOnly" not in header


def test_no_secret_key_shows_what_to_do(tmp_path):
    app = App("x", root_path=str(tmp_path))
    app.testing = True
    app.route("/read", endpoint="read")(lambda: str(session.get("n")))

    @app.route("/<how>")
    def change(how):
        if how == "set":
            session["n"] = 1
        elif how == "or":
            session.update({"n": 1})
        else:
            session.pop("n", None)

    client = app.test_client()
    assert client.get("/read").text == "None"
    for how in ("set", "or", "pop"):
        with pytest.raises(RuntimeError, match=r"app\.secret_key = "):
            client.get(f"/{how}")


def test_own_interface(app, client):
    store = {}

    class Stored(dict):
        new = modified = accessed = True

    class InMemory(SessionInterface):
        def open_session(self, app, request):
            return Stored(store)

        def save_session(self, app, session, response):
            store.update(session)

    app.session_interface = InMemory()
    app.route("/")(lambda: session.setdefault("x", "kept"))
    client.get("/")
    assert store == {"x": "kept"}


def test_interface_without_methods(app):
    for call in (
        lambda: SessionInterface().open_session(app, None),
        lambda: SessionInterface().save_session(app, None, None),
    ):
        with pytest.raises(NotImplementedError):
            call()
