"""The documented steps: each is a method, in the order in which it happens, and can be replaced."""

from __future__ import annotations

import inspect
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.wrappers import Response as WerkzeugResponse

from framework import App, Blueprint, Flask, request
from framework.failures import ErrorSteps
from framework.wrappers import Response

# As the document names them; the last two are the two halves of its teardown.
DOCUMENTED = (
    "run",
    "__call__",
    "wsgi_app",
    "request_context",
    "preprocess_request",
    "dispatch_request",
    "make_response",
    "process_response",
    "do_teardown_request",
    "do_teardown_appcontext",
)
ERRORS = (
    "handle_user_exception",
    "handle_http_exception",
    "trap_http_exception",
    "handle_exception",
    "log_exception",
    "should_ignore_error",
)


def methods(cls: type) -> list[str]:
    return [
        name
        for name, value in vars(cls).items()
        if inspect.isfunction(value) and (name == "__call__" or not name.startswith("_"))
    ]


def test_steps_stand_in_the_order_in_which_they_happen() -> None:
    lines = [inspect.getsourcelines(getattr(App, name))[1] for name in DOCUMENTED]
    assert lines == sorted(lines)


@pytest.mark.parametrize("name", [*methods(App), *ERRORS])
def test_docstring_shows_what_comes_in_what_goes_out_and_who_calls(name: str) -> None:
    owner = ErrorSteps if name in ERRORS else App
    text = inspect.getdoc(vars(owner)[name]) or ""
    for word in ("In:", "Out:", "Called by:"):
        assert word in text, f"{name} does not say {word!r}"


def test_steps_happen_in_that_order() -> None:
    seen: list[str] = []

    def recording(name: str) -> Any:
        def method(self: App, *args: Any, **kwargs: Any) -> Any:
            seen.append(name)
            return getattr(App, name)(self, *args, **kwargs)

        return method

    # Special methods are looked up on the class, so the subclass is made with all of them.
    steps = {name: recording(name) for name in DOCUMENTED}
    cls = type("Recording", (App,), steps)
    app = cls("steps", static_folder=None)
    app.route("/")(lambda: seen.append("the view") or "ok")
    assert app.test_client().get("/").data == b"ok"
    expected = list(DOCUMENTED[1:])
    expected.insert(expected.index("dispatch_request") + 1, "the view")
    assert seen == expected


REPLACED: list[tuple[str, Any, bytes]] = [
    ("__call__", lambda self, environ, start: WerkzeugResponse("call")(environ, start), b"call"),
    ("wsgi_app", lambda self, environ, start: WerkzeugResponse("wsgi")(environ, start), b"wsgi"),
    (
        "request_context",
        lambda self, environ: App.request_context(self, {**environ, "PATH_INFO": "/other"}),
        b"other",
    ),
    ("preprocess_request", lambda self: "stopped", b"stopped"),
    ("dispatch_request", lambda self: f"instead of {request.endpoint}", b"instead of view"),
    ("make_response", lambda self, rv: App.make_response(self, f"<{rv}>"), b"<view>"),
    ("process_response", lambda self, response: self.response_class("processed"), b"processed"),
    ("finalize_request", lambda self, rv, from_error_handler=False: Response("final"), b"final"),
    ("full_dispatch_request", lambda self: self.response_class("full"), b"full"),
    ("ensure_sync", lambda self, func: lambda **values: f"sync {func()}", b"sync view"),
]


@pytest.mark.parametrize(
    ("name", "method", "body"), REPLACED, ids=[name for name, _, _ in REPLACED]
)
def test_step_can_be_replaced(name: str, method: Any, body: bytes) -> None:
    app = type("Replaced", (App,), {name: method})("replaced", static_folder=None)
    app.add_url_rule("/", "view", lambda: "view")
    app.add_url_rule("/other", "other", lambda: "other")
    assert app.test_client().get("/").data == body


def test_run_can_be_replaced_and_gets_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    fake = SimpleNamespace(run_simple=lambda *args, **options: calls.append((args, options)))
    monkeypatch.setitem(sys.modules, "server", fake)

    class Louder(App):
        def run(self, *args: Any, **options: Any) -> None:
            super().run(*args, **{"port": 9000, "processes": 2, **options})

    app = Louder("louder", static_folder=None)
    app.run("0.0.0.0", debug=False, use_debugger=True)
    assert calls == [
        (
            ("0.0.0.0", 9000, app),
            {"processes": 2, "use_debugger": True, "use_reloader": False, "threaded": False},
        )
    ]


def test_teardown_can_be_replaced_and_gets_the_error() -> None:
    seen: list[Any] = []

    class Kept(App):
        def do_teardown_request(self, exc: BaseException | None = None) -> None:
            seen.append(("request", exc))

        def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
            seen.append(("app", exc))

    app = Kept("kept", static_folder=None)
    app.logger.disabled = True
    app.route("/")(lambda: "ok")
    app.route("/boom", endpoint="boom")(lambda: 1 / 0)
    client = app.test_client()
    assert client.get("/").status_code == 200
    assert client.get("/boom").status_code == 500
    assert seen[:2] == [("request", None), ("app", None)]
    assert [(what, type(error)) for what, error in seen[2:]] == [
        ("request", ZeroDivisionError),
        ("app", ZeroDivisionError),
    ]


def test_middleware_is_put_around_wsgi_app() -> None:
    class Upper:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
            environ["REQUEST_METHOD"] = "GET"
            return [part.upper() for part in self.inner(environ, start_response)]

    app = App("wrapped", static_folder=None)
    app.route("/")(lambda: "ok")
    app.wsgi_app = Upper(app.wsgi_app)  # type: ignore[method-assign]
    assert app.test_client().post("/").data == b"OK"


def forgets(response: Any) -> None:
    response.headers["X-A"] = "1"


def text(response: Any) -> str:
    return "text"


@pytest.mark.parametrize(
    ("hook", "what"), [(forgets, "returned None"), (text, "returned a value of type 'str'")]
)
@pytest.mark.parametrize("where", ["app", "blueprint", "this request"])
def test_a_hook_that_returns_no_response_is_named(where: str, hook: Any, what: str) -> None:
    from framework import after_this_request

    app = App("hooks", static_folder=None)
    app.testing = True
    shop = Blueprint("shop", __name__)

    @shop.route("/")
    def index() -> str:
        if where == "this request":
            after_this_request(hook)
        return "ok"

    if where != "this request":
        (app if where == "app" else shop).after_request(hook)
    app.register_blueprint(shop)
    with pytest.raises(TypeError) as caught:
        app.test_client().get("/")
    assert what in str(caught.value)
    assert f"{hook.__module__}.{hook.__name__}" in str(caught.value)
    assert "return response" in str(caught.value)


def test_flask_is_another_name_of_app() -> None:
    assert Flask is App


def test_signals_are_names_of_the_package() -> None:
    import framework
    from framework import signals

    names = [name for name in vars(signals) if hasattr(getattr(signals, name), "receivers")]
    assert len(names) == 10
    for name in names:
        assert getattr(framework, name) is getattr(signals, name)
