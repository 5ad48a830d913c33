"""streaming.py: the request lives as long as the body that is being sent."""

from __future__ import annotations

import gc

import pytest

from framework import g, has_request_context, request, stream_with_context


def test_teardown_waits_for_the_stream(app):
    order = []

    @app.route("/")
    def view():
        g.db = "open"

        @stream_with_context
        def generate():
            for n in range(2):
                order.append(n)
                yield f"{request.path}{g.db}{n} "

        return generate()

    @app.teardown_request
    def teardown(exc):
        order.append(("request", exc, g.db))

    @app.teardown_appcontext
    def teardown_app(exc):
        order.append(("app", exc, g.db))

    response = app.test_client().get("/", buffered=False)
    assert not has_request_context()
    assert response.get_data(as_text=True) == "/open0 /open1 "
    response.close()
    assert order == [0, 1, ("request", None, "open"), ("app", None, "open")]


def test_request_is_hidden_between_items(app):
    app.route("/")(lambda: stream_with_context(request.path for _ in range(2)))
    response = app.test_client().get("/", buffered=False)
    for item in response.iter_encoded():
        assert item == b"/"
        assert not has_request_context()
    response.close()


def test_error_in_the_stream_reaches_teardown(app):
    seen = []
    app.teardown_request(seen.append)

    @app.route("/")
    def view():
        def generate():
            yield "a"
            raise ZeroDivisionError

        return stream_with_context(generate())

    response = app.test_client().get("/", buffered=False)
    with pytest.raises(ZeroDivisionError):
        b"".join(response.response)
    response.close()
    response.close()
    assert [type(error) for error in seen] == [ZeroDivisionError]


def test_head_closes_the_stream_that_was_never_read(app, client):
    seen = []
    app.teardown_request(seen.append)
    app.route("/")(lambda: stream_with_context(iter(["a"])))
    client.head("/").close()
    assert seen == [None]


def test_stream_that_is_thrown_away(app, client):
    seen = []
    app.teardown_request(seen.append)

    @app.route("/")
    def view():
        stream_with_context(iter(["a"]))
        return "x"

    client.get("/")
    gc.collect()
    assert seen == [None]


def test_outside_a_request():
    with pytest.raises(RuntimeError, match="Call it inside a view"):
        stream_with_context(iter(()))
