"""testing.py: the client, made-up requests, sessions in tests."""

from __future__ import annotations

import pytest
from werkzeug.test import EnvironBuilder as WerkzeugBuilder

from framework import App, g, has_request_context, request, session
from framework.testing import EnvironBuilder


def test_with_client_shows_the_last_request(app):
    app.route("/<name>")(lambda name: session.setdefault("name", name))
    ended = []
    app.teardown_request(ended.append)
    with app.test_client() as client:
        client.get("/ann")
        assert request.path == "/ann"
        assert session["name"] == "ann"
        assert ended == [None]
        g.x = 1
        client.get("/bob")
        assert request.path == "/bob"
        assert "x" not in g
        with pytest.raises(RuntimeError, match="already in use"), client:
            pass
    assert not has_request_context()
    assert ended == [None, None]


def test_with_client_and_redirects(app):
    app.route("/")(lambda: app.redirect("/end"))
    app.route("/end", endpoint="end")(lambda: "end")
    with app.test_client() as client:
        response = client.get("/", follow_redirects=True)
        assert response.text == "end"
        assert request.path == "/end"
        assert [r.request.path for r in response.history] == ["/"]


def test_kinds_of_requests(app, client):
    app.route("/x", methods=["GET", "POST"])(lambda: f"{request.method} {request.remote_addr}")
    builder = WerkzeugBuilder("/x", method="POST")
    assert client.open(builder).text == "POST 127.0.0.1"
    assert client.open(builder.get_environ()).text == "POST 127.0.0.1"
    assert client.open(builder.get_request()).text == "POST 127.0.0.1"
    builder.close()
    assert client.get("/x", environ_base={"REMOTE_ADDR": "10.0.0.1"}).text == "GET 10.0.0.1"


def test_json_both_ways(app, client):
    app.post("/")(lambda: {"got": request.json})
    assert client.post("/", json={"a": 1}).json == {"got": {"a": 1}}


def test_session_transaction(app, client):
    app.route("/")(lambda: str(session.get("n")))
    with client.session_transaction() as sess:
        sess["n"] = 1
    assert client.get("/").text == "1"
    with client.session_transaction() as sess:
        assert sess["n"] == 1
        sess["n"] = 2
    assert client.get("/").text == "2"
    with pytest.raises(TypeError, match="use_cookies"):
        app.test_client(use_cookies=False).session_transaction().__enter__()
    app.secret_key = None
    with pytest.raises(RuntimeError, match="secret_key"):
        app.test_client().session_transaction().__enter__()


def test_environ_follows_the_config(tmp_path):
    app = App("x", root_path=str(tmp_path))
    app.config.update(SERVER_NAME="h.test", APPLICATION_ROOT="/r", PREFERRED_URL_SCHEME="https")
    with app.test_request_context("/p?a=1"):
        assert request.url == "https://h.test/r/p?a=1"
    with app.test_request_context("http://other.test/p?a=1"):
        assert request.url == "http://other.test/r/p?a=1"
    with app.test_request_context("/", subdomain="s", url_scheme="http"):
        assert request.url == "http://s.h.test/r/"
    with pytest.raises(TypeError, match="leave out"):
        EnvironBuilder(app, base_url="http://x", subdomain="y")


def test_test_request_context(app):
    with app.test_request_context("/hello", method="POST", data={"a": "1"}):
        assert (request.path, request.method, request.form["a"]) == ("/hello", "POST", "1")


def test_request_context_from_environ(app):
    builder = EnvironBuilder(app, "/from-environ")
    with app.request_context(builder.get_environ()):
        assert request.path == "/from-environ"


def test_own_client_class(tmp_path):
    class Client(App.test_client_class):
        def __init__(self, *args, **kwargs):
            self.name = kwargs.pop("name")
            super().__init__(*args, **kwargs)

    app = App("x", root_path=str(tmp_path))
    app.test_client_class = Client
    assert app.test_client(name="mine").name == "mine"
