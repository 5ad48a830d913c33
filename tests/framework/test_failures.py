"""failures.py: what an error in a view or hook becomes."""

from __future__ import annotations

import io
import logging

import pytest
from werkzeug.exceptions import Forbidden, HTTPException, InternalServerError, NotFound

from framework import Blueprint, abort, request
from framework.signals import got_request_exception


@pytest.fixture
def boom(app):
    @app.route("/boom")
    def boom():
        raise ZeroDivisionError("on purpose")

    return app


def test_unhandled_is_logged_with_traceback_and_signalled(boom, client, caplog):
    seen = []

    def keep(sender, exception):
        seen.append(exception)

    with got_request_exception.connected_to(keep, boom):
        response = client.get("/boom")
    assert response.status_code == 500
    assert "Internal Server Error" in response.text
    assert isinstance(seen[0], ZeroDivisionError)
    (record,) = caplog.records
    assert (record.name, record.levelno) == (boom.name, logging.ERROR)
    assert "GET /boom" in record.getMessage()
    assert "ZeroDivisionError: on purpose" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("config", "propagates"),
    [
        ({}, False),
        ({"DEBUG": True}, True),
        ({"TESTING": True}, True),
        ({"PROPAGATE_EXCEPTIONS": True}, True),
        ({"TESTING": True, "PROPAGATE_EXCEPTIONS": False}, False),
    ],
)
def test_propagation(boom, client, config, propagates):
    boom.config.update(config)
    seen = []

    def keep(sender, exception):
        seen.append(exception)

    with got_request_exception.connected_to(keep, boom):
        if propagates:
            with pytest.raises(ZeroDivisionError) as caught:
                client.get("/boom")
            assert caught.traceback[-1].name == "boom"
        else:
            assert client.get("/boom").status_code == 500
    assert len(seen) == 1


def test_handler_for_500_gets_the_cause(boom, client):
    @boom.errorhandler(500)
    def handler(error):
        assert isinstance(error, InternalServerError)
        return f"cause: {error.original_exception}", 500

    assert client.get("/boom").text == "cause: on purpose"


def test_failing_after_hook_does_not_hide_the_500(boom, client, caplog):
    boom.after_request(lambda response: {}["after"])
    assert client.get("/boom").status_code == 500
    assert "after_request" in caplog.text


def test_failing_error_handler_is_an_error_itself(boom, client, caplog):
    boom.register_error_handler(ZeroDivisionError, lambda error: {}["handler"])
    assert client.get("/boom").status_code == 500
    assert "KeyError: 'handler'" in caplog.text


def test_handler_that_returns_nothing_is_named(boom, client):
    boom.testing = True

    @boom.errorhandler(ZeroDivisionError)
    def forgot(error):
        pass

    with pytest.raises(TypeError, match=r"The function '.*forgot' .*returned None"):
        client.get("/boom")


def test_error_raised_in_before_request_is_handled(app, client):
    app.route("/")(lambda: "x")
    app.before_request(lambda: abort(403))
    app.register_error_handler(Forbidden, lambda error: ("no", 403))
    response = client.get("/")
    assert (response.status_code, response.text) == (403, "no")


def test_most_specific_handler_wins(app, client):
    class Base(Exception):
        pass

    class Special(Base):
        pass

    bp = Blueprint("bp", __name__, url_prefix="/bp")

    @app.route("/<kind>")
    @bp.route("/<kind>")
    def view(kind):
        if kind.isdigit():
            abort(int(kind))
        raise {"base": Base, "special": Special, "other": RuntimeError}[kind]

    app.register_error_handler(Exception, lambda e: "exception")
    app.register_error_handler(Base, lambda e: "base")
    app.register_error_handler(HTTPException, lambda e: "http")
    app.register_error_handler(404, lambda e: "404")
    bp.register_error_handler(Special, lambda e: "bp special")
    bp.register_error_handler(HTTPException, lambda e: "bp http")
    app.register_blueprint(bp)
    found = {
        path: client.get(path).text
        for path in (
            "/base",
            "/special",
            "/other",
            "/404",
            "/403",
            "/bp/special",
            "/bp/base",
            "/bp/404",
            "/bp/403",
        )
    }
    assert found == {
        "/base": "base",
        "/special": "base",
        "/other": "exception",
        "/404": "404",
        "/403": "http",
        "/bp/special": "bp special",
        "/bp/base": "base",
        "/bp/404": "404",
        "/bp/403": "bp http",
    }


def test_routing_redirect_has_no_handler(app, client):
    app.route("/folder/")(lambda: "x")
    app.register_error_handler(HTTPException, lambda e: ("handled", 500))
    assert client.get("/folder").status_code == 308


def test_abort_with_a_response(app, client):
    app.route("/")(lambda: abort(app.response_class("mine", 418)))
    assert client.get("/").text == "mine"


def test_missing_key_is_shown_in_debug_only(app, client):
    app.config["TRAP_BAD_REQUEST_ERRORS"] = False
    app.post("/")(lambda: request.form["name"])
    assert "name" not in client.post("/").text
    app.debug = True
    assert "KeyError: &#39;name&#39;" in client.post("/").text


def test_traps(app, client):
    app.testing = True
    app.route("/<int:code>")(lambda code: abort(code))
    app.config["TRAP_BAD_REQUEST_ERRORS"] = True
    assert client.get("/404").status_code == 404
    with pytest.raises(HTTPException):
        client.get("/400")
    app.config["TRAP_HTTP_EXCEPTIONS"] = True
    with pytest.raises(NotFound):
        client.get("/404")


def test_error_goes_to_the_error_stream_of_the_request(boom):
    stream = io.StringIO()
    logging.getLogger(boom.name).propagate = False
    try:
        boom.test_client().get("/boom", errors_stream=stream)
    finally:
        logging.getLogger(boom.name).propagate = True
        logging.getLogger(boom.name).handlers.clear()
    assert "ZeroDivisionError: on purpose" in stream.getvalue()
