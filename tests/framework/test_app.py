"""app.py: run, the order of the steps, middleware, hooks and teardown."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace
from wsgiref.validate import validator

import pytest
from werkzeug.test import create_environ

from framework import App, Blueprint, after_this_request, g, request
from framework.signals import request_finished, request_started, request_tearing_down


@pytest.fixture
def served(monkeypatch):
    """Collect what ``run`` hands to the server, instead of serving."""
    calls = []
    fake = SimpleNamespace(
        run_simple=lambda host, port, app, **options: calls.append((host, port, app, options))
    )
    monkeypatch.setitem(sys.modules, "server", fake)
    return calls


def test_run_debug_sets_reloader_and_debugger(app, served):
    app.run("0.0.0.0", 8000, debug=True, use_debugger=False, ssl_context="adhoc")
    assert served == [
        (
            "0.0.0.0",
            8000,
            app,
            {
                "use_reloader": True,
                "use_debugger": False,
                "threaded": True,
                "ssl_context": "adhoc",
            },
        )
    ]
    assert app.debug is True


def test_run_takes_host_and_port_from_server_name(app, served):
    app.config["SERVER_NAME"] = "shop.test:8080"
    app.run()
    assert served[0][:2] == ("shop.test", 8080)


def test_run_with_processes_is_not_threaded_and_port_zero_stays_zero(app, served):
    app.run(port=0, processes=2)
    assert served[0][1] == 0
    assert served[0][3]["threaded"] is False


def test_run_debug_from_environment(app, served, monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    app.run()
    assert served[0][3]["use_reloader"] is True


def test_run_is_ignored_while_a_launcher_loads_the_module(app, served, monkeypatch, capsys):
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
    app.run()
    assert served == []
    assert "app.run()" in capsys.readouterr().out
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")
    app.run()
    assert capsys.readouterr().out == ""


def test_run_allows_changes_afterwards(app, served, client):
    client.get("/")
    app.run()
    app.route("/later")(lambda: "later")
    assert client.get("/later").text == "later"


def test_documented_steps_in_their_order(tmp_path):
    steps = []

    def recorded(name):
        def method(self, *args, **kwargs):
            steps.append(name)
            return getattr(App, name)(self, *args, **kwargs)

        return method

    names = [
        "__call__",
        "wsgi_app",
        "request_context",
        "full_dispatch_request",
        "preprocess_request",
        "dispatch_request",
        "finalize_request",
        "make_response",
        "process_response",
        "do_teardown_request",
        "do_teardown_appcontext",
    ]
    recorded_app = type("RecordedApp", (App,), {name: recorded(name) for name in names})
    app = recorded_app("steps", root_path=str(tmp_path))
    app.route("/")(lambda: "x")
    app.test_client().get("/")
    assert steps == names


def test_steps_after_an_error_in_a_view(app, client):
    order = []

    @app.route("/")
    def view():
        order.append("view")
        raise LookupError("x")

    @app.errorhandler(LookupError)
    def handler(error):
        order.append("handler")
        return "handled", 409

    app.after_request(lambda response: order.append("after") or response)
    app.teardown_request(lambda exc: order.append(("teardown", exc)))
    assert client.get("/").status_code == 409
    assert order == ["view", "handler", "after", ("teardown", None)]


def test_order_of_hooks(app, client):
    order = []

    def recorder(name, result=None):
        def hook(*args):
            order.append(name)
            return args[0] if name.startswith("after") else None

        return hook

    outer = Blueprint("outer", __name__)
    inner = Blueprint("inner", __name__)

    @inner.route("/")
    def view():
        after_this_request(recorder("after this"))
        order.append("view")
        return "x"

    for where, owner in (("inner", inner), ("app", app), ("outer", outer)):
        for number in (1, 2):
            owner.before_request(recorder(f"before {where} {number}"))
            owner.after_request(recorder(f"after {where} {number}"))
            owner.teardown_request(recorder(f"teardown {where} {number}"))
    app.teardown_appcontext(recorder("teardown context 1"))
    app.teardown_appcontext(recorder("teardown context 2"))
    app.url_value_preprocessor(lambda endpoint, values: order.append(f"values {endpoint}"))
    outer.register_blueprint(inner)
    app.register_blueprint(outer)

    assert client.get("/").status_code == 200
    assert order == [
        "values outer.inner.view",
        "before app 1",
        "before app 2",
        "before outer 1",
        "before outer 2",
        "before inner 1",
        "before inner 2",
        "view",
        "after this",
        "after inner 2",
        "after inner 1",
        "after outer 2",
        "after outer 1",
        "after app 2",
        "after app 1",
        "teardown inner 2",
        "teardown inner 1",
        "teardown outer 2",
        "teardown outer 1",
        "teardown app 2",
        "teardown app 1",
        "teardown context 2",
        "teardown context 1",
    ]


def test_before_request_can_answer(app, client):
    called = []
    app.route("/")(lambda: called.append("view") or "view")
    app.before_request(lambda: ("stop", 403))
    app.before_request(lambda: called.append("second"))
    assert client.get("/").status == "403 FORBIDDEN"
    assert called == []


def test_every_teardown_runs_and_the_first_error_is_raised(app, client, caplog):
    called = []
    app.route("/")(lambda: "x")
    app.teardown_request(lambda exc: called.append(1))
    app.teardown_request(lambda exc: {}["second"])
    app.teardown_request(lambda exc: {}["first"])
    app.teardown_appcontext(lambda exc: called.append(2))
    with pytest.raises(KeyError, match="first"):
        client.get("/")
    assert called == [1, 2]
    assert "second" in caplog.text


def test_teardown_sees_the_unhandled_error(app, client, caplog):
    seen = []
    app.route("/")(lambda: 1 / 0)
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    assert client.get("/").status_code == 500
    assert [type(error) for error in seen] == [ZeroDivisionError, ZeroDivisionError]


def test_teardown_runs_for_an_exit(app, client):
    seen = []

    @app.route("/")
    def view():
        sys.exit(3)

    app.teardown_request(seen.append)
    with pytest.raises(SystemExit):
        client.get("/")
    assert isinstance(seen[0], SystemExit)


def test_should_ignore_error(tmp_path):
    class Forgiving(App):
        def should_ignore_error(self, error):
            return isinstance(error, ZeroDivisionError)

    app = Forgiving("forgiving", root_path=str(tmp_path))
    app.testing = True
    seen = []
    app.route("/")(lambda: 1 / 0)
    app.teardown_request(seen.append)
    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/")
    assert seen == [None]


def test_middleware_order(app, client):
    order = []

    class Middleware:
        def __init__(self, wrapped, name):
            self.wrapped, self.name = wrapped, name

        def __call__(self, environ, start_response):
            order.append(f"{self.name} in")
            environ["names"] = environ.get("names", "") + self.name
            result = self.wrapped(environ, start_response)
            order.append(f"{self.name} out")
            return result

    @app.route("/")
    def view():
        order.append("view")
        return request.environ["names"]

    app.wsgi_app = Middleware(app.wsgi_app, "a")
    app.wsgi_app = Middleware(app.wsgi_app, "b")
    assert client.get("/").text == "ba"
    assert order == ["b in", "a in", "view", "a out", "b out"]
    assert isinstance(app, App)


def test_endpoint_without_view_shows_what_to_do(app, client):
    app.testing = True
    app.add_url_rule("/", endpoint="ghost")
    with pytest.raises(LookupError, match=r"@app\.endpoint\('ghost'\)"):
        client.get("/")


def test_endpoint_decorator(app, client):
    app.add_url_rule("/", endpoint="ghost")
    app.endpoint("ghost")(lambda: "boo")
    assert client.get("/").text == "boo"


def test_async_view_and_hooks(app, client):
    @app.before_request
    async def before():
        g.before = "b"

    @app.after_request
    async def after(response):
        response.headers["X-After"] = "a"
        return response

    @app.route("/<int:n>")
    async def view(n):
        return f"{g.before}{n}{request.path}"

    response = client.get("/4")
    assert (response.text, response.headers["X-After"]) == ("b4/4", "a")


def test_signals(app, client):
    seen = []

    def recorder(name):
        return lambda sender, **extra: seen.append((name, sender is app, sorted(extra)))

    app.route("/")(lambda: "x")
    started, finished, tearing = recorder("started"), recorder("finished"), recorder("tearing")
    with (
        request_started.connected_to(started, app),
        request_finished.connected_to(finished, app),
        request_tearing_down.connected_to(tearing, app),
    ):
        client.get("/")
    assert seen == [
        ("started", True, []),
        ("finished", True, ["response"]),
        ("tearing", True, ["exc"]),
    ]


def test_debugger_can_look_at_the_request_afterwards(app):
    app.route("/<name>")(lambda name: "x")
    kept = []
    client = app.test_client()
    client.get("/ann", environ_overrides={"werkzeug.debug.preserve_context": kept.append})
    (context,) = kept
    for _ in range(2):
        with context:
            assert request.view_args == {"name": "ann"}


def test_context_that_cannot_be_made_keeps_its_error(app, client):
    app.config["SERVER_NAME"] = 7
    with pytest.raises(AttributeError, match="'int'"):
        app.wsgi_app(create_environ("/"), lambda *args: None)


def test_answers_are_valid_wsgi(app):
    app.route("/text", endpoint="text")(lambda: "text")
    app.route("/empty", endpoint="empty")(lambda: "")
    app.route("/stream", endpoint="stream")(lambda: (f"{n}" for n in range(3)))
    checked = validator(app)
    for method in ("GET", "HEAD", "OPTIONS", "DELETE"):
        for path in ("/text", "/empty", "/stream", "/none", "/static/none"):
            environ = create_environ(path, method=method)
            environ.setdefault("QUERY_STRING", "")
            result = checked(environ, lambda status, headers, exc_info=None: lambda data: None)
            b"".join(result)
            result.close()


def test_requests_in_several_threads_do_not_mix(app):
    count = 8
    together = threading.Barrier(count)

    @app.route("/<int:n>")
    def view(n):
        g.n = n
        together.wait(10)
        return f"{n} {g.n} {request.path}"

    found = {}

    def send(n):
        found[n] = app.test_client().get(f"/{n}").text

    threads = [threading.Thread(target=send, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == {n: f"{n} {n} /{n}" for n in range(count)}
