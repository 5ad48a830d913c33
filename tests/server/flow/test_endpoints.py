"""The endpoint of a request is reported whether its flow is recorded or not."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import bottle
import flask
import pytest
from djangokit import django_project, url_module
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import framework
from server.app import asgi
from server.events import RequestFinished
from server.flow import endpoints
from server.flow.apps import record_flow
from server.flow.endpoints import endpoint_of, name_endpoints
from server.flow.recording import Recording
from server.net.event_loop import EventLoop
from server.reporting.scope import RequestScope

KINDS = [pytest.param(flask.Flask, id="flask"), pytest.param(framework.App, id="framework")]


@pytest.fixture
def ask(serve, events):
    """The endpoints of a server's requests, without a flow."""

    def ask(app, *targets):
        undo = name_endpoints(app)
        running = serve(app)
        found: list[str] = []
        for count, target in enumerate(targets, 1):
            running.get(target)
            event = events.wait_count(RequestFinished, count)[-1]
            assert event.flow == ()
            found.append(event.endpoint)
        undo()
        return found

    return ask


@pytest.mark.parametrize("kind", KINDS)
def test_flask_and_framework(ask, kind):
    app = kind("shop")
    app.add_url_rule("/item/<int:id>", "item", lambda id: str(id))
    app.add_url_rule("/broken", "broken", lambda: 1 // 0)
    mounted = DispatcherMiddleware(app, {"/below": app})
    targets = "/item/1", "/item/2", "/item/1", "/below/item/3", "/broken", "/none"
    assert ask(mounted, *targets) == ["item", "item", "item", "item", "broken", ""]


@pytest.mark.parametrize("kind", KINDS)
def test_the_steps_keep_the_places_where_they_are_written(serve, events, kind):
    app = kind("shop")
    undo = name_endpoints(app)  # in front of what the flow is recorded of
    recorded, undo_flow = record_flow(app)
    running = serve(recorded)
    running.server.recording = Recording()
    running.get("/none")
    event = events.wait_kind(RequestFinished)
    undo_flow()
    undo()
    places = {stage: file for stage, file, _ in event.flow_places}
    for step in ("request_context", "wsgi_app", "dispatch_request"):
        assert places[step] == inspect.getsourcefile(getattr(kind, step))


def test_a_test_client_in_a_view_changes_nothing(ask):
    app = flask.Flask("shop")
    app.add_url_rule("/inner", "inner", lambda: "inner")
    app.add_url_rule("/outer", "outer", lambda: app.test_client().get("/inner").data)
    assert ask(app, "/outer") == ["outer"]


def page():
    return "page"


def test_bottle(ask):
    app = bottle.Bottle()
    app.route("/page", callback=page)
    app.route("/named", callback=page, name="named")
    assert ask(app, "/page", "/named", "/none") == [f"{__name__}.page", "named", ""]


def test_django(ask, monkeypatch):
    pytest.importorskip("django")
    from django.http import HttpResponse
    from django.urls import path

    patterns = [path("page/<int:id>", lambda request, id: HttpResponse(), name="page")]
    with django_project(url_module(monkeypatch, "endpoint_urls", patterns)) as app:
        before = app.resolve_request
        assert ask(app, "/page/1", "/none") == ["page", ""]
        assert app.resolve_request == before


def test_starlette_through_the_adapter(ask):
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def index(request):
        return PlainTextResponse("hello")

    async def broken(request):
        raise ValueError("broken")

    app = Starlette(routes=[Route("/", index), Route("/broken", broken)])
    loop = EventLoop()
    try:
        with asgi.served(app, loop, lambda error: None, 5.0, {}) as served:
            name = f"{__name__}.{index.__qualname__}"
            assert ask(served, "/", "/none") == [name, ""]
    finally:
        loop.close()


def test_objects_of_the_app_that_fail_name_nothing():
    class Hostile:
        @property
        def url_rule(self):
            raise ValueError("no")

    scope = RequestScope()
    scope.request = Hostile()
    assert endpoint_of(scope) == ""


def pyramid_router(routes):
    """An app that Pyramid's router is known by: its module, and what it is asked by."""

    def handle_request(self, request):
        request.matched_route = routes.get(request.path)
        if request.matched_route is None:
            raise LookupError(request.path)
        return [b"found"]

    def call(self, environ, start_response):
        request = SimpleNamespace(path=environ["PATH_INFO"])
        try:
            body = self.handle_request(request)
        except LookupError:
            start_response("404 Not Found", [])
            return [b"not here"]
        start_response("200 OK", [])
        return body

    made = {"__module__": "pyramid.router", "handle_request": handle_request, "__call__": call}
    return type("Router", (), made)()


def test_pyramid(ask):
    app = pyramid_router({"/page": SimpleNamespace(name="page")})
    assert ask(app, "/page", "/none") == ["page", ""]
    assert "handle_request" not in vars(app)


def test_an_app_that_cannot_be_looked_at_is_as_it_was(monkeypatch):
    app, below = flask.Flask("shop"), flask.Flask("below")
    before = app.request_context

    def look(found):
        yield app
        raise RuntimeError("no")

    monkeypatch.setattr(endpoints, "inside", look)
    undo = name_endpoints(DispatcherMiddleware(app, {"/below": below}))
    assert app.request_context == before
    undo()
    assert app.request_context == before
