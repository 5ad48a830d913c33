"""wrappers.py and logs.py: limits, routing attributes, JSON errors, cookies, the logger."""

from __future__ import annotations

import io
import logging
import sys

import pytest
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from framework import App, Request, Response, request
from framework.logs import default_handler, wsgi_errors_stream
from framework.wrappers import blueprint_names


def test_blueprint_names():
    assert blueprint_names(None) == []
    assert blueprint_names("a.b.c") == ["a.b.c", "a.b", "a"]


def test_routing_attributes(app):
    app.add_url_rule("/<int:n>", endpoint="bp.view")
    with app.test_request_context("/3"):
        assert request.endpoint == "bp.view"
        assert request.view_args == {"n": 3}
        assert (request.blueprint, request.blueprints) == ("bp", ["bp"])
        assert str(request.url_rule) == "/<int:n>"
    with app.test_request_context("/none"):
        assert request.endpoint is None
        assert request.blueprint is None
        assert request.routing_exception.code == 404


def test_limits_come_from_the_config_or_the_request(app):
    app.config.update(MAX_CONTENT_LENGTH=50, MAX_FORM_MEMORY_SIZE=20, MAX_FORM_PARTS=2)
    with app.test_request_context(method="POST", data={"a": "x"}):
        limits = request.max_content_length, request.max_form_memory_size, request.max_form_parts
        assert limits == (50, 20, 2)
        request.max_content_length = 1
        request.max_form_memory_size = 2
        request.max_form_parts = 3
        limits = request.max_content_length, request.max_form_memory_size, request.max_form_parts
        assert limits == (1, 2, 3)
        with pytest.raises(RequestEntityTooLarge):
            request.form  # noqa: B018
    too_long = app.test_request_context(method="POST", data={"a": "x" * 60})
    with too_long, pytest.raises(RequestEntityTooLarge):
        request.get_data()


def test_limits_without_an_app():
    plain = Request({"wsgi.input": io.BytesIO()})
    assert plain.max_content_length is None
    assert plain.max_form_memory_size is None
    assert plain.max_form_parts == 1000


def test_json_errors(app):
    options = {"method": "POST", "data": "{", "content_type": "application/json"}
    with app.test_request_context(**options):
        with pytest.raises(BadRequest) as caught:
            request.json  # noqa: B018
        assert "Expecting" not in str(caught.value)
        app.debug = True
        with pytest.raises(BadRequest, match="Expecting"):
            request.get_json(cache=False)
        assert request.get_json(silent=True) is None


def test_large_cookie_warns_as_configured(app):
    app.config["MAX_COOKIE_SIZE"] = 20
    with app.app_context(), pytest.warns(UserWarning, match="too large"):
        Response().set_cookie("name", "x" * 40)
    Response().set_cookie("name", "x" * 40)


def test_logger_level_and_handler(tmp_path):
    name = "framework_test_logger"
    logger = logging.getLogger(name)
    app = App(name, root_path=str(tmp_path))
    app.debug = True
    old = logging.root.handlers[:]
    logging.root.handlers[:] = []
    try:
        assert app.logger.level == logging.DEBUG
        assert default_handler in logger.handlers
        stream = io.StringIO()
        with app.test_request_context(errors_stream=stream):
            app.logger.info("in the request")
            assert wsgi_errors_stream._get_current_object() is stream
        assert "INFO framework_test_logger (test_wrappers:" in stream.getvalue()
    finally:
        logging.root.handlers[:] = old
        logger.handlers.clear()
    assert wsgi_errors_stream._get_current_object() is sys.stderr


def test_logger_of_the_user_is_left_alone(tmp_path):
    name = "framework_test_logger_2"
    handler = logging.NullHandler()
    logging.getLogger(name).addHandler(handler)
    assert App(name, root_path=str(tmp_path)).logger.handlers == [handler]
