"""views.py: class-based views."""

from __future__ import annotations

import pytest

from framework import request
from framework.views import MethodView, View


def test_view(app, client):
    class Hello(View):
        """Greets."""

        methods = ("GET", "POST")
        decorators = [lambda f: lambda **values: f"<{f(**values)}>"]

        def __init__(self, greeting):
            self.greeting = greeting

        def dispatch_request(self, name):
            return f"{self.greeting} {name} {request.method}"

    view = Hello.as_view("hello", "hi")
    assert (view.__name__, view.__doc__) == ("<lambda>", None)
    app.add_url_rule("/<name>", "hello", view)
    assert client.post("/ann").text == "<hi ann POST>"
    assert client.put("/ann").status_code == 405


def test_one_object_for_all_requests(app, client):
    class Counter(View):
        init_every_request = False
        count = 0

        def dispatch_request(self):
            self.count += 1
            return str(self.count)

    app.add_url_rule("/", view_func=Counter.as_view("counter"))
    assert [client.get("/").text for _ in range(2)] == ["1", "2"]


def test_method_view(app, client):
    class Base(MethodView):
        def get(self):
            return "get"

    class Item(Base):
        async def post(self):
            return "post"

    app.add_url_rule("/", view_func=Item.as_view("item"))
    assert client.get("/").text == "get"
    assert client.post("/").text == "post"
    assert client.head("/").status_code == 200
    assert client.delete("/").status_code == 405
    assert set(client.options("/").allow) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_missing_methods(app):
    with pytest.raises(NotImplementedError):
        View().dispatch_request()
    with app.test_request_context(method="PUT"), pytest.raises(TypeError, match="'put'"):
        MethodView().dispatch_request()
