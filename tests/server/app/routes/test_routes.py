"""The URL rules that apps show, read from the frameworks themselves."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import bottle
import flask
import pytest
from djangokit import django_project
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

import framework
from server.app import routes
from server.app.routes import routes_of
from server.app.routes.django import path_of_regex

HERE = str(Path(__file__))
KINDS = [pytest.param(flask.Flask, id="flask"), pytest.param(framework.App, id="framework")]


def item(id=0):
    return f"{id}"


def line_of(function):
    return function.__code__.co_firstlineno


def shown(app):
    return [(route.rule, route.methods, route.endpoint) for route in routes_of(app)]


def make(kind):
    app = kind("shop", static_folder=None)
    app.add_url_rule("/items", "items", item, methods=["GET", "POST"])
    app.add_url_rule("/items/<int:id>", "item", item)
    return app


@pytest.mark.parametrize("kind", KINDS)
def test_rules_methods_and_where_the_view_is_written(kind):
    found = routes_of(make(kind))
    assert [(route.rule, route.methods, route.endpoint) for route in found] == [
        ("/items", ("GET", "POST"), "items"),
        ("/items/<int:id>", ("GET",), "item"),
    ]
    assert {(route.file, route.line) for route in found} == {(HERE, line_of(item))}


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_without_a_view_has_no_place(kind):
    app = make(kind)
    app.view_functions.clear()
    assert {(route.file, route.line) for route in routes_of(app)} == {("", 0)}


def test_behind_middleware_a_dispatcher_and_a_function():
    inner = make(flask.Flask)
    other = bottle.Bottle()
    other.route("/late", callback=item)

    def plain(environ, start_response):
        return []

    app = ProxyFix(DispatcherMiddleware(inner, {"/api": other, "/files": plain}))

    def outermost(environ, start_response):
        return app(environ, start_response)

    assert shown(outermost) == [
        ("/api/late", ("GET",), f"{__name__}.item"),
        ("/files/<path:rest>", (), f"{plain.__module__}.{plain.__qualname__}"),
        ("/items", ("GET", "POST"), "items"),
        ("/items/<int:id>", ("GET",), "item"),
    ]


def test_bottle_with_apps_that_are_mounted():
    app, below, plain = bottle.Bottle(), bottle.Bottle(), make(flask.Flask)
    app.route("/x", ["GET", "POST"], item)
    app.route("/any", "ANY", item, name="whatever")
    below.route("/y/<id:int>", "GET", item)
    app.mount("/below/", below)
    app.mount("/shop/", plain)
    assert shown(app) == [
        ("/x", ("GET", "POST"), f"{__name__}.item"),
        ("/any", (), "whatever"),
        ("/below/y/<id:int>", ("GET",), f"{__name__}.item"),
        ("/shop/items", ("GET", "POST"), "items"),
        ("/shop/items/<int:id>", ("GET",), "item"),
    ]


def test_starlette_with_mounts_and_no_websockets(tmp_path):
    async def index(request):
        return PlainTextResponse("")

    app = Starlette(
        routes=[
            Route("/", index),
            WebSocketRoute("/live", index),
            Mount("/api", routes=[Route("/items/{id:int}", index, methods=["PUT"])]),
            Mount("/static", StaticFiles(directory=tmp_path), name="files"),
        ]
    )
    name = f"{__name__}.{index.__qualname__}"
    assert shown(app) == [
        ("/", ("GET",), name),
        ("/api/items/{id:int}", ("PUT",), name),
        ("/static/<path:rest>", (), "files"),
    ]
    assert routes_of(app)[0].line == line_of(index)


DJANGO = """
from django.http import HttpResponse
from django.urls import include, path, re_path
from django.views import View

def index(request): return HttpResponse()

class Page(View):
    def get(self, request, **kwargs): return HttpResponse()
    def post(self, request, **kwargs): return HttpResponse()

urlpatterns = [
    path("", index),
    path("blog/", include(([path("<slug:name>/", Page.as_view(), name="page")], "blog"))),
    re_path(r"^archive/(?P<year>[0-9]{4})/(?:page-(\\d+)/)?$", index, name="archive"),
]
"""


@pytest.fixture
def django_app(tmp_path, monkeypatch):
    pytest.importorskip("django")
    (tmp_path / "urls_of_a_blog.py").write_text(DJANGO)
    monkeypatch.syspath_prepend(tmp_path)
    with django_project("urls_of_a_blog") as app:
        yield app
    sys.modules.pop("urls_of_a_blog", None)


def test_django_with_included_patterns_and_regular_expressions(django_app, tmp_path):
    found = routes_of(django_app)
    assert [(route.rule, route.methods, route.endpoint) for route in found] == [
        ("/", (), "urls_of_a_blog.index"),
        ("/blog/<slug:name>/", ("GET", "POST"), "blog:page"),
        ("/archive/<year>/page-<var>/", (), "archive"),
    ]
    lines = DJANGO.splitlines()
    assert [lines[route.line - 1].split("(")[0] for route in found] == [
        "def index", "class Page", "def index",
    ]  # fmt: skip
    assert {route.file for route in found} == {str(tmp_path / "urls_of_a_blog.py")}


def test_patterns_that_fail_when_they_are_imported_harm_nothing(django_app, tmp_path):
    (tmp_path / "urls_of_a_blog.py").write_text("raise SystemExit(3)")
    assert routes_of(django_app) == ()


@pytest.mark.parametrize(
    ("regex", "path"),
    [
        (r"^a/(\d+)/(\d+)/$", "a/<var>/<var2>/"),
        (r"^a\.json\Z", "a.json"),
        (r"^(?P<x>(a|[)(])+)/b?$", "<x>/b"),
        (r"(", "<var>"),
        (r"^a(?:b)c$", "abc"),
    ],
)
def test_a_regular_expression_as_a_path(regex, path):
    assert path_of_regex(regex) == path


def test_what_has_no_rules_and_what_fails_to_show_them():
    assert routes_of(lambda environ, start_response: []) == ()
    assert routes_of(None) == ()

    class Odd:
        def __init__(self):
            self.view_functions = {}
            self.url_map = self

        def iter_rules(self):
            yield types.SimpleNamespace(rule="/first", methods=None, endpoint="first")
            raise RuntimeError("no more")

        def __call__(self, environ, start_response):
            return []

    assert shown(Odd()) == [("/first", (), "first")]


def test_number_and_time_are_bounded(monkeypatch):
    app = flask.Flask("many", static_folder=None)
    for number in range(50):
        app.add_url_rule(f"/{number}", f"view{number}", item)
    monkeypatch.setattr(routes, "MAX_ROUTES", 20)
    assert len(routes_of(app)) == 20
    monkeypatch.setattr(routes, "_SECONDS", -1.0)
    assert {route.line for route in routes_of(app)} == {0}
    assert routes_of(app)[0].endpoint == "view0"


def test_apps_that_are_mounted_in_each_other_end_somewhere():
    app = DispatcherMiddleware(make(flask.Flask), {})
    app.mounts["/again"] = app
    assert 2 <= len(routes_of(app)) <= 100


class Falcon:
    """Stands in for a Falcon app: the tests of the real one are in tests/functional/apps."""

    def __call__(self, environ, start_response):
        return []


def falcon_module(monkeypatch, *found):
    app_module, inspect_module = types.ModuleType("falcon.app"), types.ModuleType("falcon.inspect")
    app_module.App = Falcon
    inspect_module.inspect_routes = lambda app: found
    for module in (types.ModuleType("falcon"), app_module, inspect_module):
        monkeypatch.setitem(sys.modules, module.__name__, module)


def falcon_route(path, *methods, source_info=""):
    found = [
        types.SimpleNamespace(method=method, internal=place is None, source_info=place)
        for method, place in methods
    ]
    return types.SimpleNamespace(
        path=path, methods=found, source_info=source_info, class_name="Page"
    )


def test_falcon_counts_the_lines_of_its_responders_from_zero(monkeypatch):
    line = line_of(item)
    falcon_module(
        monkeypatch,
        falcon_route("/a", ("POST", f"{HERE}:{line - 1}"), ("OPTIONS", None)),
        falcon_route("/b/{id}", ("GET", f"{HERE}:{line}"), ("HEAD", "[unknown file]")),
        falcon_route("/c", ("GET", "[unknown file]")),
    )
    found = routes_of(Falcon())
    assert [(route.rule, route.methods, route.endpoint) for route in found] == [
        ("/a", ("POST",), "Page"),
        ("/b/{id}", ("GET",), "Page"),
        ("/c", ("GET",), "Page"),
    ]
    assert [(route.file, route.line) for route in found] == [(HERE, line), (HERE, line), ("", 0)]


class Pyramid:
    """Stands in for a Pyramid router, with what is read of its registry."""

    def __init__(self, routes, views=(), methods=None):
        self.registry = self.introspector = self
        self._mapper = None if routes is None else self
        self._routes, self._views, self._methods = routes, views, methods or {}

    def __call__(self, environ, start_response):
        return []

    def queryUtility(self, interface):  # noqa: N802
        return self._mapper

    def get_routes(self):
        return [types.SimpleNamespace(name=name, pattern=rule) for name, rule in self._routes]

    def get(self, category, name):
        return {"request_methods": self._methods[name]} if name in self._methods else None

    def get_category(self, category):
        return [{"introspectable": view} for view in self._views]


class PyramidPage:
    def show(self):
        return self


@pytest.fixture
def pyramid(monkeypatch):
    router, interfaces = types.ModuleType("pyramid.router"), types.ModuleType("pyramid.interfaces")
    router.Router = Pyramid
    interfaces.IRoutesMapper = object()
    for module in (types.ModuleType("pyramid"), router, interfaces):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return Pyramid


def test_pyramid_with_the_views_of_each_route(pyramid):
    app = pyramid(
        [("items", "items"), ("page", "/page"), ("bare", "/bare"), ("late", "/late")],
        [
            {"route_name": "items", "callable": item, "request_methods": "GET"},
            {"route_name": "items", "callable": item, "request_methods": ("PUT", "POST")},
            {"route_name": "items", "callable": item, "exception_only": True},
            {"route_name": "page", "callable": PyramidPage, "attr": "show"},
            {"route_name": "late", "callable": PyramidPage, "attr": "none"},
            {"route_name": None, "callable": item},
        ],
        {"page": ("DELETE",)},
    )
    found = routes_of(app)
    assert [(route.rule, route.methods, route.endpoint) for route in found] == [
        ("/items", ("GET", "POST", "PUT"), "items"),
        ("/page", ("DELETE",), "page"),
        ("/bare", (), "bare"),
        ("/late", (), "late"),
    ]
    places = [line_of(item), line_of(PyramidPage.show), 0]
    assert [route.line for route in found[:3]] == places


def test_pyramid_without_routes_or_views(pyramid):
    assert routes_of(pyramid(None)) == ()
    app = pyramid([("only", "/only")])
    app._views = None
    app.get_category = lambda category: None
    assert shown(app) == [("/only", (), "only")]


def test_a_rule_that_answers_all_methods_after_some():
    app = bottle.Bottle()
    app.route("/x", "GET", item)
    app.route("/x", "ANY", item)
    assert shown(app) == [("/x", (), f"{__name__}.item")]


def test_a_django_view_set_answers_the_methods_of_its_actions(django_app, tmp_path):
    (tmp_path / "urls_of_a_blog.py").write_text(
        "from django.urls import path\n"
        "def view(request): pass\n"
        "view.actions = {'get': 'list', 'post': 'create'}\n"
        "urlpatterns = [path('items/', view)]\n"
    )
    (found,) = routes_of(django_app)
    assert found.methods == ("GET", "POST")


def test_mounts_without_an_end_are_bounded():
    app = Starlette()
    app.router.routes.append(Mount("/again", routes=app.router.routes))
    assert len(routes_of(app)) <= 1
