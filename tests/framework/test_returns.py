"""returns.py: every kind of return value, and the errors for all others."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as BaseResponse

from framework import Response, make_response


@pytest.mark.parametrize(
    ("value", "status", "body", "content_type"),
    [
        ("é", 200, "é", "text/html; charset=utf-8"),
        (b"x", 200, "x", "text/html; charset=utf-8"),
        (bytearray(b"x"), 200, "x", "text/html; charset=utf-8"),
        ({"a": 1}, 200, '{"a":1}\n', "application/json"),
        ([1], 200, "[1]\n", "application/json"),
        (iter(["a", "b"]), 200, "ab", "text/html; charset=utf-8"),
        (("x", 201), 201, "x", "text/html; charset=utf-8"),
        (("x", "201 Made"), 201, "x", "text/html; charset=utf-8"),
        (("x", {"Content-Type": "a/b"}), 200, "x", "a/b"),
        (("x", 202, [("Content-Type", "a/b")]), 202, "x", "a/b"),
        (({"a": 1}, 203, Headers({"Content-Type": "a/b"})), 203, '{"a":1}\n', "a/b"),
        ((iter([b"x"]), 204), 204, "x", "text/html; charset=utf-8"),
    ],
)
def test_kinds(app, value, status, body, content_type):
    with app.test_request_context():
        response = make_response(value)
        assert (response.status_code, response.get_data(as_text=True)) == (status, body)
        assert response.content_type == content_type


def test_response_is_kept_and_others_are_converted(app):
    with app.test_request_context():
        mine = Response("x")
        assert make_response(mine) is mine
        other = make_response(BaseResponse("x", 201))
        assert type(other) is Response
        assert other.status_code == 201


def test_headers_with_two_values(app):
    with app.test_request_context():
        response = make_response(("x", [("X-A", "1"), ("X-A", "2")]))
        assert response.headers.getlist("X-A") == ["1", "2"]


def test_make_response_without_and_with_several_arguments(app):
    with app.test_request_context():
        assert make_response().data == b""
        assert make_response("x", 404).status_code == 404


def ok(environ, start_response):
    start_response("200 OK", [("X-Wsgi", "1")])
    return [b"wsgi"]


def test_wsgi_callable(app, client):
    app.route("/")(lambda: (ok, 201))
    response = client.get("/")
    assert (response.status_code, response.text, response.headers["X-Wsgi"]) == (201, "wsgi", "1")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "returned None. Is a 'return' missing"),
        ((None, 200), "returned None"),
        (7, "returned a value of type 'int'"),
        ({1, 2}, "returned a value of type 'set'"),
        (("a", 1, {}, 4), "a tuple of 4 items"),
        ((), "a tuple of 0 items"),
        (lambda: "x", "could not be called as a WSGI application"),
    ],
)
def test_wrong_type_names_the_view(app, client, value, text):
    app.testing = True

    @app.route("/", endpoint="start")
    def my_view():
        return value

    with pytest.raises(TypeError, match=text) as caught:
        client.get("/")
    message = str(caught.value)
    assert "my_view" in message
    assert "endpoint 'start'" in message
    assert f"line {my_view.__code__.co_firstlineno}" in message


def test_wrong_type_of_a_hook_names_the_hook(app, client):
    app.testing = True
    app.route("/")(lambda: "x")

    @app.before_request
    def my_hook():
        return 7

    with pytest.raises(TypeError, match=r"The function '.*my_hook'"):
        client.get("/")


def test_wrong_type_outside_a_view(app):
    with app.test_request_context(), pytest.raises(TypeError, match="make_response got"):
        make_response(None)
