"""server.app.find: the app in an imported module."""

from __future__ import annotations

import pytest
from loading import fault, write, wsgi

from server.app.load import load_app

INSTANCE = """
class App:
    def wsgi_app(self, environ, start_response): return [self.name]
    def __call__(self, environ, start_response): return self.wsgi_app(environ, start_response)
    def __init__(self, name): self.name = name
"""
PLAIN = """
class Plain:
    def __call__(self, environ, start_response): return ["plain"]
"""


@pytest.mark.parametrize(
    ("source", "body"),
    [
        (wsgi("app", "app"), "app"),
        (wsgi("application", "application"), "application"),
        (wsgi("wsgi_app", "wsgi_app"), "wsgi_app"),
        (wsgi("application", "no") + wsgi("app", "yes"), "yes"),
        ("app = 3\n" + wsgi("application", "yes"), "yes"),
        (INSTANCE + "shop = App('shop')", "shop"),
        (INSTANCE + "app = 3\nshop = App('shop')", "shop"),
        (PLAIN + "shop = Plain()", "plain"),
        ("def create_app():\n    return lambda environ, start_response: ['made']", "made"),
        ("def make_app(a=1):\n    return lambda environ, start_response: ['made']", "made"),
        (INSTANCE + "def create_app(): return App('no')\nshop = App('shop')", "shop"),
    ],
)
def test_the_app_is_found(project, source, body):
    write(project, "found.py", source)
    assert load_app("found", project)({}, None) == [body]
    assert load_app("found.py", project)({}, None) == [body]


@pytest.mark.parametrize(
    ("attribute", "body"),
    [
        ("app", "app"),
        ("holder.inner", "inner"),
        ("make('a')", "a1"),
        ("make('a', b=2)", "a2"),
        ("make(**{'a': 'x', 'b': 3})", "x3"),
        ("make(a=None)", "None1"),
        ("create_app", "factory"),
        ("create_app()", "factory"),
        ("build", "built"),
        ("build_with", "built with"),
        ("holder.make('a')", "made a"),
        ("Site().wsgifunc()", "site"),
        ("Site(name='b').server", "b"),
        ("Site.default.wsgifunc( )", "default"),
        ("curried('c')()", "c"),
    ],
)
def test_the_app_that_was_named(project, attribute, body):
    write(
        project,
        "named.py",
        wsgi("app", "app")
        + "class holder:\n    inner = staticmethod(lambda environ, start_response: ['inner'])\n"
        + "def make(a, b=1): return lambda environ, start_response: [f'{a}{b}']\n"
        + "def create_app(): return lambda environ, start_response: ['factory']\n"
        + "def build(): return lambda environ, start_response: ['built']\n"
        + "def build_with(*, t=' with', **y): return lambda env, start: ['built' + t]\n"
        + "holder.make = lambda name: lambda environ, start_response: [f'made {name}']\n"
        + "class Site:\n"
        + "    def __init__(self, name='site'):\n"
        + "        self.server = lambda environ, start_response: [name]\n"
        + "    def wsgifunc(self): return self.server\n"
        + "Site.default = Site('default')\n"
        + "def curried(name): return lambda: lambda environ, start_response: [name]\n",
    )
    assert load_app(f"named:{attribute}", project)({}, None) == [body]


def test_an_app_named_like_a_factory_is_an_app(project):
    write(project, "odd.py", wsgi("create_app", "an app"))
    assert load_app("odd:create_app", project)({}, None) == ["an app"]


def test_what_has_no_signature_is_believed(project):
    write(project, "builtin.py", "app = type\nclass Meta(type): pass\nother = dict.fromkeys")
    assert load_app("builtin:app", project) is type


SHOP = (
    wsgi("website")
    + "def _private(environ, start_response): pass\n"
    + "def helper(a): pass\n"
    + "def create_app(name, *, debug=False): return 3\n"
    + "NAME = 'x'\nimport os\n"
    + "class Odd:\n    @property\n    def wsgi_app(self): raise RuntimeError('not now')\n"
    + "    @property\n    def broken(self): raise RuntimeError('no')\n"
    + "odd = Odd()\n"
)


@pytest.mark.parametrize(
    ("attribute", "kind", "message"),
    [
        (
            ":app",
            "app-attribute",
            "shop has no 'app'. Found there: create_app(name, debug), website.",
        ),
        (":website.x", "app-attribute", "shop has no 'website.x'"),
        (":missing()", "app-attribute", "shop has no 'missing()'"),
        (":odd.broken", "app-import", "shop:odd.broken can't be had: RuntimeError: no"),
        (":odd", "app-object", "shop:odd is an Odd, not a WSGI app"),
        (":NAME", "app-object", "shop:NAME is a str, not a WSGI app"),
        (":NAME()", "app-attribute", "shop:NAME is a str, not a factory"),
        (":helper", "app-object", "shop:helper(a) is not a WSGI app"),
        (":create_app", "app-attribute", "missing a required argument: 'name'"),
        (":create_app()", "app-attribute", "Give its arguments, as in shop:create_app('value')"),
        (":create_app('a', 'b')", "app-attribute", "too many positional arguments"),
        (":create_app('a', color=1)", "app-attribute", "color"),
        (":create_app('a')", "app-object", "is an int, not a WSGI app"),
        (":create_app(NAME)", "app-attribute", "must be plain values"),
        (":create_app(*['a'])", "app-attribute", "must be plain values"),
        (":create_app({[]: 1})", "app-attribute", "must be plain values"),
        (":create_app(**[1])", "app-attribute", "must be plain values"),
        (":create_app(1 +)", "app-attribute", "neither a name nor a call"),
        (":a b", "app-attribute", "neither a name nor a call"),
        (":3", "app-attribute", "neither a name nor a call"),
        (":website()()", "app-attribute", "missing a required argument: 'environ'"),
        (":x.create()", "app-attribute", "shop has no 'x.create()'"),
        (":website.x.y()", "app-attribute", "shop has no 'website.x.y()'"),
        (":helper(1)()", "app-attribute", "shop:helper(1) is a NoneType, not a factory"),
        (":odd.broken()", "app-import", "shop:odd.broken() can't be had: RuntimeError: no"),
        (":websites[0]", "app-attribute", "neither a name nor a call"),
        (":website or helper", "app-attribute", "neither a name nor a call"),
        (":\0", "app-attribute", "neither a name nor a call"),
    ],
)
def test_what_cannot_be_served(project, attribute, kind, message):
    write(project, "shop.py", SHOP)
    error = fault("shop" + attribute, project)
    assert error.kind == kind
    assert message in error.message
    if "Found there" in error.message:
        assert "_private" not in error.message


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("", "app-attribute", "It has nothing that looks like an app."),
        ("import os", "app-attribute", "It has nothing that looks like an app."),
        ("A = 1\ndef b(): pass", "app-attribute", "its names are A, b."),
        ("app = 42", "app-object", "empty:app is an int, not a WSGI app"),
        (
            INSTANCE + "a = App('a')\nb = App('b')",
            "app-attribute",
            "has several apps that could be chosen by itself: name one as empty:NAME. "
            "Found there: a, b",
        ),
    ],
)
def test_a_module_without_an_app(project, source, kind, message):
    write(project, "empty.py", source)
    error = fault("empty", project)
    assert error.kind == kind
    assert message in error.message


@pytest.mark.parametrize(
    ("guard", "is_one"),
    [
        ("if __name__ == '__main__':", True),
        ('if "__main__" == __name__:', True),
        ("if __name__ != '__main__' and False:", False),
        ("if False:", False),
    ],
)
@pytest.mark.parametrize("typed", ["script", "script:app"])
def test_an_app_that_only_a_script_makes_gets_a_hint(project, guard, is_one, typed):
    write(project, "script.py", f"class App: pass\n\n{guard}\n    x = 1\n    app = App()\n")
    error = fault(typed, project)
    hint = "Line 5 makes app under if __name__ == '__main__'"
    assert (hint in error.message) == is_one


def test_routes_of_bottles_default_app_get_a_hint(project):
    source = "import bottle\nbottle.app.push()\n"
    write(project, "without.py", source)
    write(project, "routes.py", f"{source}@bottle.route('/')\ndef index(): ...\n")
    assert "Bottle's default app" not in fault("without", project).message
    assert "write import bottle and app = bottle.default_app()" in fault("routes", project).message
