"""context.py: the proxies, g, and the life of a context."""

from __future__ import annotations

import threading

import pytest

from framework import (
    App,
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
)
from framework.context import app_var, request_var
from framework.signals import appcontext_popped, appcontext_pushed


def test_no_context_shows_how_to_push_one():
    for proxy, name in ((current_app, "name"), (g, "x")):
        with pytest.raises(RuntimeError, match=r"with app\.app_context\(\)"):
            getattr(proxy, name)
    for proxy, name in ((request, "path"), (session, "new")):
        with pytest.raises(RuntimeError, match=r"with app\.test_request_context"):
            getattr(proxy, name)
    for function in (after_this_request, copy_current_request_context):
        with pytest.raises(RuntimeError, match="test_request_context"):
            function(lambda: None)


def test_app_context(app):
    assert not has_app_context()
    with app.app_context() as ctx:
        assert has_app_context()
        assert not has_request_context()
        assert current_app == app
        g.x = 1
        assert ctx.g.x == 1
    assert not has_app_context()


def test_g(app):
    assert "object" in repr(app.app_context().g)
    with app.app_context():
        g.a = 1
        assert "a" in g
        assert list(g) == ["a"]
        assert g.get("b", 2) == 2
        assert g.setdefault("c", 3) == 3
        assert g.pop("a") == 1
        assert g.pop("a", None) is None
        with pytest.raises(KeyError):
            g.pop("a")
        with pytest.raises(AttributeError):
            g.a  # noqa: B018
        assert app.name in repr(g)


def test_request_context_brings_an_app_context(app):
    with app.test_request_context("/x?a=1") as ctx:
        assert has_request_context()
        assert current_app == app
        assert request.args["a"] == "1"
        assert "/x?a=1" in repr(ctx)
    assert not has_app_context()


def test_request_context_uses_the_app_context_that_is_there(app):
    with app.app_context():
        g.x = 1
        with app.test_request_context():
            assert g.x == 1


def test_request_context_of_another_app_has_its_own(app, tmp_path):
    other = App("other", root_path=str(tmp_path))
    with app.app_context():
        g.x = 1
        with other.test_request_context():
            assert current_app == other
            assert "x" not in g
        assert current_app == app


def test_contexts_can_be_entered_again(app):
    ended = []
    app.teardown_request(ended.append)
    ctx = app.test_request_context("/again")
    for _ in range(2):
        with ctx:
            assert request.path == "/again"
    assert ended == [None, None]


def test_nested_push_tears_down_once(app):
    ended = []
    app.teardown_request(ended.append)
    app.teardown_appcontext(ended.append)
    ctx = app.test_request_context()
    with ctx, ctx:
        pass
    assert ended == [None, None]


def test_wrong_order_is_refused(app):
    first, second = app.app_context(), app.app_context()
    first.push()
    second.push()
    with pytest.raises(AssertionError, match="reverse order"):
        first.pop()
    second.pop()
    first.pop()


def test_failing_push_leaves_nothing_behind(app, monkeypatch):
    class Broken(type(app.session_interface)):
        def open_session(self, app, request):
            raise OSError("no store")

    app.session_interface = Broken()
    with pytest.raises(OSError, match="no store"), app.test_request_context():
        pass
    assert request_var.get(None) is None
    assert app_var.get(None) is None


def test_failing_session_store_is_a_500(app, client):
    class Broken(type(app.session_interface)):
        def open_session(self, app, request):
            raise OSError("no store")

    app.session_interface = Broken()
    app.session_interface.save_session = lambda *args: None
    assert client.get("/").status_code == 500


def test_session_before_push(app):
    with pytest.raises(RuntimeError, match="opened when"):
        app.test_request_context().session  # noqa: B018


def test_signals(app):
    seen = []

    def pushed(sender):
        seen.append("pushed")

    def popped(sender):
        seen.append("popped")

    with (
        appcontext_pushed.connected_to(pushed, app),
        appcontext_popped.connected_to(popped, app),
        app.app_context(),
    ):
        pass
    assert seen == ["pushed", "popped"]


def test_copy_current_request_context(app, client):
    @app.route("/")
    def view():
        found = []

        @copy_current_request_context
        def work():
            found.append((request.path, current_app.name))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(10)
        return found

    assert client.get("/").json == [["/", app.name]]


def test_threads_do_not_see_the_request(app):
    found = []
    with app.test_request_context():
        thread = threading.Thread(target=lambda: found.append(has_request_context()))
        thread.start()
        thread.join(10)
    assert found == [False]


def test_untrusted_host_is_refused(app, client):
    app.config["TRUSTED_HOSTS"] = ["good.test"]
    app.route("/")(lambda: "x")
    assert client.get("/", base_url="http://good.test").status_code == 200
    assert client.get("/", base_url="http://evil.test").status_code == 400
