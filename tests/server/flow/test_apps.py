"""The flow inside of apps: framework and Flask side by side, Django, Bottle, and middleware."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import types
from functools import partial, wraps
from pathlib import Path

import flask
import pytest
from djangokit import django_project
from flask.views import MethodView
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

import framework
import framework.views
import server.flow
from server.app.debugger import debugged
from server.events import AppError, RequestFinished
from server.flow.apps import RecordedApp, instrument, record_flow
from server.flow.recorder import FlowRecorder, server_stages
from server.flow.recording import Recording
from server.handler import WSGIRequestHandler
from server.reporting.scope import RequestScope, current_scope

KINDS = [pytest.param(flask.Flask, id="flask"), pytest.param(framework.App, id="framework")]
HERE = f"{__name__}."
OURS = str(Path(server.flow.__file__).parent) + os.sep

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:flask")


def load_user():
    pass


def stamp(response):
    response.headers["X-Stamp"] = "1"
    return response


def close(error):
    pass


def close_context(error):
    pass


def decorated(function):
    @wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


@decorated
def item(id):
    return {"id": id}


def boom():
    raise ValueError("boom")


def sad(error):
    return "sad", 500


def refuse():
    return "refused", 403


async def later():
    await asyncio.sleep(0)
    return "later"


def streamed():
    return iter(["one", "two"])


def make(kind):
    app = kind("shop")
    app.before_request(load_user)
    app.after_request(stamp)
    app.teardown_request(close)
    app.teardown_appcontext(close_context)
    app.add_url_rule("/item/<int:id>", "item", item)
    app.add_url_rule("/boom", "boom", boom)
    app.add_url_rule("/stream", "stream", streamed)
    return app


def names(event):
    return [stage.replace(HERE, "") for stage, _, _, _ in event.flow]


def in_app(event):
    """What the app did, with depths from it on."""
    found, base = [], None
    for stage, _, _, depth in event.flow:
        if stage == "app":
            base = depth
        elif base is not None and depth <= base:
            break
        if base is not None:
            found.append("  " * (depth - base) + stage.replace(HERE, ""))
    return found


@pytest.fixture
def record(serve, events):
    def start(app, target="/", method="GET", wrap=lambda app: app):
        recorded, undo = record_flow(app)
        running = serve(wrap(recorded))
        running.server.recording = Recording()
        running.get(target, method=method)
        event = events.wait_kind(RequestFinished)
        undo()
        return event

    return start


FLOW = [
    "app",
    "  wsgi_app",
    "    request_context",
    "    preprocess_request",
    "      hook load_user",
    "    dispatch_request",
    "      view item",
    "    make_response",
    "    process_response",
    "      hook stamp",
    "    start_response",
    "    teardown",
    "      hook close",
    "      hook close_context",
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_documented_steps(record, kind):
    event = record(make(kind), "/item/5")
    assert in_app(event) == FLOW
    assert (event.endpoint, event.view_args, event.flow_failed) == ("item", (("id", "5"),), None)


@pytest.mark.parametrize("kind", KINDS)
def test_places(record, kind):
    places = {
        stage.replace(HERE, ""): (file, line)
        for stage, file, line in record(make(kind), "/item/5").flow_places
    }
    lines = Path(__file__).read_text().splitlines()
    for stage in ("hook load_user", "hook stamp", "hook close", "view item"):
        file, line = places[stage]
        assert file == __file__
        assert f"def {stage.partition(' ')[2]}(" in lines[line - 1]
    file, line = places["dispatch_request"]
    assert Path(file) == Path(sys.modules[kind.__module__].__file__)
    assert "def dispatch_request(" in Path(file).read_text().splitlines()[line - 1]


@pytest.mark.parametrize(
    ("kind", "method_view"),
    [(flask.Flask, MethodView), (framework.App, framework.views.MethodView)],
    ids=["flask", "framework"],
)
def test_a_class_of_views(record, kind, method_view):
    class Thing(method_view):
        def get(self):
            return "thing"

    app = make(kind)
    app.add_url_rule("/thing", view_func=Thing.as_view("thing"))
    event = record(app, "/thing")
    views = [stage.strip() for stage in in_app(event) if stage.strip().startswith("view ")]
    name = "view test_a_class_of_views.<locals>.Thing"
    assert (views[0], views[-1]) == (name, f"{name}.get")
    assert [file for stage, file, _ in event.flow_places if stage.endswith("Thing")] == [__file__]
    assert event.endpoint == "thing"


def test_what_prepares_a_template_is_no_view(record):
    app = make(flask.Flask)
    app.add_url_rule("/page", "page", lambda: flask.render_template_string("{{ price }}"))

    @app.context_processor
    def prices():
        return {"price": 3}

    stages = [stage.strip() for stage in in_app(record(app, "/page"))]
    name = "test_what_prepares_a_template_is_no_view.<locals>"
    assert f"view {name}.<lambda>" in stages
    assert f"hook {name}.prices" in stages


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_in_the_view(record, events, kind, caplog):
    with caplog.at_level(logging.ERROR):
        event = record(make(kind), "/boom")
    assert event.status == 500
    assert names(event)[event.flow_failed] == "view boom"
    assert "    handle_exception" in in_app(event)
    assert in_app(event)[-1] == "      hook close_context"
    logged = caplog.records[-1]
    assert OURS not in logging.Formatter().formatException(logged.exc_info)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_in_a_hook_and_its_handler(record, kind):
    app = make(kind)
    app.before_request(boom)
    app.register_error_handler(ValueError, sad)
    event = record(app, "/item/5")
    assert event.status == 500
    assert names(event)[event.flow_failed] == "hook boom"
    assert "      hook sad" in in_app(event)
    assert not any("view" in stage for stage in in_app(event))


@pytest.mark.parametrize("kind", KINDS)
def test_a_hook_that_answers(record, kind):
    app = make(kind)
    app.before_request(refuse)
    event = record(app, "/item/5")
    assert event.status == 403
    assert "      hook refuse" in in_app(event)
    assert "    dispatch_request" not in in_app(event)
    assert event.endpoint == "item"


@pytest.mark.parametrize("kind", KINDS)
def test_no_rule(record, kind):
    event = record(make(kind), "/nowhere")
    assert (event.status, event.endpoint) == (404, "")
    assert names(event)[event.flow_failed] == "dispatch_request"


@pytest.mark.parametrize("kind", KINDS)
def test_in_the_debugger_the_app_is_where_it_is_called(record, events, kind):
    app = make(kind)
    app.debug = True
    event = record(app, "/boom", wrap=lambda app: debugged(app, False).app)
    assert event.status == 500
    assert in_app(event)[:3] == ["app", "  wsgi_app", "    request_context"]
    assert names(event)[event.flow_failed] == "view boom"


@pytest.mark.parametrize("kind", KINDS)
def test_late_hooks_and_views(record, kind, serve, events):
    app = make(kind)
    running = serve(record_flow(app)[0])
    running.server.recording = Recording()
    app.view_functions["item"] = lambda id: "other"
    app.before_request_funcs.setdefault(None, []).append(close_late)
    running.get("/item/5")
    event = events.wait_kind(RequestFinished)
    assert "      hook close_late" in in_app(event)
    assert "      view test_late_hooks_and_views.<locals>.<lambda>" in in_app(event)


def close_late():
    pass


@pytest.mark.parametrize("kind", KINDS)
def test_streams_and_head(record, kind):
    event = record(make(kind), "/stream", "HEAD")
    assert in_app(event)[6] == "      view streamed"
    assert names(event)[-2:] == ["write", "first byte"]


def test_async_views(record):
    app = framework.App("shop")
    app.add_url_rule("/", "later", later)
    assert "      view later" in in_app(record(app))


@pytest.mark.parametrize("kind", KINDS)
def test_middleware_inside(record, kind):
    app = make(kind)
    app.wsgi_app = before = ProxyFix(app.wsgi_app)
    event = record(app, "/item/5")
    expected = ["app", "  middleware werkzeug.middleware.proxy_fix.ProxyFix", *FLOW[1:]]
    assert in_app(event) == expected[:2] + ["  " + stage for stage in expected[2:]]
    assert app.wsgi_app is before


@pytest.mark.parametrize("kind", KINDS)
def test_middleware_that_is_added_later(serve, events, kind):
    app = make(kind)
    recorded, undo = record_flow(app)
    running = serve(recorded)
    running.server.recording = Recording()
    app.wsgi_app = late = ProxyFix(app.wsgi_app)
    running.get("/item/5")
    assert in_app(events.wait_kind(RequestFinished)) == FLOW
    undo()
    assert app.wsgi_app is late
    assert running.get("/item/5").status == 200


def through_a_function(app):
    def application(environ, start_response):
        return app(environ, start_response)

    return application


@pytest.mark.parametrize(
    "wrap",
    [
        ProxyFix,
        through_a_function,
        lambda app: DispatcherMiddleware(flask.Flask("front"), {"/shop": app}),
        lambda app: app.wsgi_app,
    ],
    ids=["middleware", "function", "dispatcher", "method"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_middleware_outside(record, kind, wrap):
    app = make(kind)
    outer = wrap(app)
    target = "/shop/item/5" if isinstance(outer, DispatcherMiddleware) else "/item/5"
    event = record(outer, target)
    stages = [stage.strip() for stage in in_app(event)]
    assert [stage for stage in stages if stage != "wsgi_app"] == [
        stage.strip() for stage in FLOW if stage.strip() != "wsgi_app"
    ]


class Slotted:
    """Middleware without a ``__dict__``: what it calls isn't to be seen."""

    __slots__ = ("app",)

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


@pytest.mark.parametrize(
    ("wrap", "is_seen"),
    [
        (lambda app: partial(call_it, app), True),
        (lambda app: partial(call_by_list, [{"shop": (app,)}]), True),
        (Slotted, False),
        (lambda app: with_an_empty_variable(app), True),
        (lambda app: carrying(app), True),
    ],
    ids=["partial", "containers", "slots", "empty variable", "attribute of a function"],
)
def test_what_an_app_is_looked_for_in(record, wrap, is_seen):
    event = record(wrap(make(framework.App)), "/item/5")
    assert event.status == 200
    assert ("dispatch_request" in names(event)) == is_seen


def call_it(app, environ, start_response):
    return app(environ, start_response)


def call_by_list(mounts, environ, start_response):
    return mounts[0]["shop"][0](environ, start_response)


def with_an_empty_variable(app):
    def application(environ, start_response):
        if environ is None:
            return unknown
        return app(environ, start_response)

    if app is None:  # so that the variable exists, and is empty
        unknown = []
    return application


def carrying(app):
    def application(environ, start_response):
        return application.app(environ, start_response)

    application.app = app
    return application


def test_an_app_in_a_very_large_place_is_served_without_its_steps(record):
    crowd = [partial(call_it, None) for _ in range(1000)]
    app = make(framework.App)
    event = record(partial(call_last, [*crowd, app]), "/item/5")
    assert event.status == 200
    assert "dispatch_request" not in names(event)


def call_last(crowd, environ, start_response):
    return crowd[-1](environ, start_response)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_put_back(kind):
    app = make(kind)
    own, hooks = dict(vars(app)), list(app.before_request_funcs[None])
    undo = instrument(app)
    assert set(vars(app)) - set(own) == {
        "wsgi_app", "request_context", "preprocess_request", "dispatch_request", "make_response",
        "process_response", "do_teardown_request", "do_teardown_appcontext", "ensure_sync",
        "handle_user_exception", "handle_exception",
    }  # fmt: skip
    # The user's functions are found where and as they were, also while it is recorded.
    assert app.view_functions["item"] is item
    assert app.before_request_funcs[None] == hooks
    with app.test_client() as client:
        assert client.get("/item/5").get_json() == {"id": 5}
    undo()
    undo()
    assert vars(app).keys() == own.keys()
    assert all(vars(app)[name] is value for name, value in own.items() if name[0] != "_")


def test_flask_with_contexts_as_arguments(record):
    """As Flask 3.2 does it: each step is given the context."""

    class Newer(flask.Flask):
        def full_dispatch_request(self):
            ctx = object()
            rv = self.preprocess_request(ctx)
            rv = rv if rv is not None else self.dispatch_request(ctx)
            return self.process_response(ctx, self.make_response(rv))

        def preprocess_request(self, ctx):
            return super().preprocess_request()

        def dispatch_request(self, ctx):
            return super().dispatch_request()

        def process_response(self, ctx, response):
            return super().process_response(response)

    assert in_app(record(make(Newer), "/item/5")) == FLOW


def test_an_app_that_cannot_be_instrumented_is_served(record):
    class Stubborn(framework.App):
        def __setattr__(self, name, value):
            if name == "make_response":
                raise RuntimeError("not mine")
            super().__setattr__(name, value)

    app = make(Stubborn)
    event = record(app, "/item/5")
    assert event.status == 200
    assert in_app(event) == ["app", "  start_response"]
    assert "dispatch_request" not in vars(app)


def test_the_recorded_app_passes_for_the_app():
    app = make(framework.App)
    recorded = RecordedApp(app)
    assert recorded.name == "shop"
    assert recorded.__wrapped__ is app
    assert not hasattr(recorded, "__code__")


def test_bottle(record):
    import bottle

    app = bottle.Bottle()
    app.route("/item/<id:int>")(item)
    event = record(app, "/item/5")
    assert event.status == 200
    assert in_app(event) == ["app", "  start_response"]


# Django


def outer_middleware(get_response):
    def middleware(request):
        return get_response(request)

    return middleware


class InnerMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)


def asynchronous_middleware(get_response):
    async def middleware(request):
        return await get_response(request)

    return middleware


asynchronous_middleware.sync_capable = False
asynchronous_middleware.async_capable = True


class HidingMiddleware:
    """Keeps what it calls where nobody looks."""

    def __init__(self, get_response):
        self.hidden = [get_response]

    def __call__(self, request):
        return self.hidden[0](request)


def hiding_middleware(get_response):
    hidden = [get_response]

    def middleware(request):
        return hidden[0](request)

    return middleware


@pytest.fixture(scope="module")
def django_handler():
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpResponse
    from django.urls import path, re_path

    def page(request, id):
        return HttpResponse(f"page {id}")

    def broken(request):
        raise ValueError("broken")

    async def slow(request):
        await asyncio.sleep(0)
        return HttpResponse("slow")

    def old(request, name):
        return HttpResponse(f"old {name}")

    urls = types.ModuleType("flow_urls")
    urls.urlpatterns = [path("page/<int:id>", page, name="page"), path("broken", broken),
                        path("slow", slow), re_path("^old/([a-z]+)/$", old)]  # fmt: skip
    sys.modules["flow_urls"] = urls
    middleware = [
        f"{__name__}.outer_middleware",
        "django.middleware.common.CommonMiddleware",
        f"{__name__}.InnerMiddleware",
    ]
    with django_project("flow_urls", DEBUG=False, USE_TZ=True, MIDDLEWARE=middleware):
        yield WSGIHandler
    del sys.modules["flow_urls"]


CHAIN = [
    "app",
    "  middleware outer_middleware",
    "    middleware django.middleware.common.CommonMiddleware",
    "      middleware InnerMiddleware",
]


def test_django(record, django_handler):
    app = django_handler()
    event = record(app, "/page/5")
    view = "view django_handler.<locals>.page"
    assert in_app(event) == [*CHAIN, f"        {view}", "  start_response"]
    assert (event.endpoint, event.view_args) == ("page", (("id", "5"),))
    places = {stage.replace(HERE, ""): file for stage, file, _ in event.flow_places}
    assert places[view] == places["middleware outer_middleware"] == __file__
    assert places["middleware InnerMiddleware"] == __file__


def test_django_errors(record, django_handler, events, caplog):
    event = record(django_handler(), "/broken")
    assert event.status == 500
    assert names(event)[event.flow_failed] == "view django_handler.<locals>.broken"
    assert event.endpoint.endswith("broken")
    logged = [entry for entry in caplog.records if entry.exc_info]
    assert logged
    assert OURS not in logging.Formatter().formatException(logged[-1].exc_info)


def test_django_async_view(record, django_handler):
    event = record(django_handler(), "/slow")
    assert event.status == 200
    assert "        view django_handler.<locals>.slow" in in_app(event)


def test_django_arguments_without_names(record, django_handler):
    event = record(django_handler(), "/old/shop/")
    assert event.view_args == (("0", "'shop'"),)
    assert event.endpoint.endswith("old")


def test_django_without_a_route(record, django_handler):
    event = record(django_handler(), "/nowhere")
    assert (event.status, event.endpoint, event.view_args) == (404, "", ())
    assert in_app(event)[:4] == CHAIN


@pytest.mark.parametrize(
    ("middleware", "stages"),
    [
        ([], []),
        (["HidingMiddleware", "InnerMiddleware"], ["HidingMiddleware"]),
        (["hiding_middleware", "InnerMiddleware"], ["hiding_middleware"]),
        (["asynchronous_middleware", "InnerMiddleware"], []),
        (["InnerMiddleware", "asynchronous_middleware"], ["InnerMiddleware"]),
    ],
    ids=["none", "hiding class", "hiding function", "asynchronous first", "asynchronous last"],
)
def test_django_middleware_that_cannot_be_followed(record, django_handler, middleware, stages):
    """What is behind it is timed from the view on."""
    from django.test import override_settings

    with override_settings(MIDDLEWARE=[f"{__name__}.{name}" for name in middleware]):
        event = record(django_handler(), "/page/5")
    assert event.status == 200
    found = [stage.strip() for stage in in_app(event)]
    assert [stage for stage in found if stage.startswith("middleware ")] == [
        f"middleware {stage}" for stage in stages
    ]
    assert "view django_handler.<locals>.page" in found


def test_django_that_serves_static_files(record, django_handler):
    """A handler that only calls another one: that one is recorded."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test import override_settings

    with override_settings(STATIC_URL="/static/"):
        event = record(StaticFilesHandler(django_handler()), "/page/5")
    assert event.status == 200
    assert [stage.strip() for stage in in_app(event)][-2] == "view django_handler.<locals>.page"


def test_django_outside_of_a_recorded_request(serve, events, django_handler):
    running = serve(record_flow(django_handler())[0])
    assert running.get("/page/5").body == b"page 5"
    event = events.wait_kind(RequestFinished)
    assert (event.flow, event.endpoint) == ((), "")


def test_django_is_put_back(django_handler):
    app = django_handler()
    own = dict(vars(app))
    cells = []
    layer = app._middleware_chain
    for _ in range(3):
        cell = layer.__closure__[layer.__code__.co_freevars.index("get_response")]
        cells.append((cell, cell.cell_contents))
        middleware = cell.cell_contents
        layer = getattr(middleware, "get_response", None) or middleware.__closure__[0].cell_contents
    undo = instrument(app)
    assert all(cell.cell_contents is not before for cell, before in cells)
    undo()
    assert vars(app) == own
    assert all(cell.cell_contents is before for cell, before in cells)


def test_error_events_have_no_frames_of_ours(record, events):
    app = make(flask.Flask)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    record(app, "/boom")
    error = events.wait_kind(AppError)
    assert error.frames[-1].function == "boom"
    assert not any(frame.file.startswith(OURS) for frame in error.frames)


def test_unrecorded_requests_go_through(serve):
    scope = RequestScope(1)
    scope.flow = FlowRecorder(server_stages(WSGIRequestHandler))
    token = current_scope.set(scope)
    try:
        app = make(framework.App)
        undo = instrument(app)
        assert app.test_client().get("/item/5").status_code == 200
        assert [row[0] for row in scope.flow.finish().rows].count("dispatch_request") == 1
        undo()
    finally:
        current_scope.reset(token)
