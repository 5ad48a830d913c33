"""server.app.load: what the user typed, and what is made of it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from server.app import load as appload
from server.app.load import forget_project_modules, load_app, parse_spec
from server.errors import AppLoadError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty project; what is imported from it is forgotten afterwards."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield folder
    forget_project_modules(tmp_path)


def write(project: Path, name: str, source: str = "") -> Path:
    file = project / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)
    return file


def wsgi(name: str, says: str = "") -> str:
    return f"def {name}(environ, start_response):\n    return [{says!r}]\n"


def fault(app: str, project: Path) -> AppLoadError:
    with pytest.raises(AppLoadError) as caught:
        load_app(app, project)
    assert "\n" not in caught.value.message
    assert caught.value.message == str(caught.value)
    return caught.value


# Taking it apart ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("app", "module", "attribute"),
    [
        ("shop", "shop", ""),
        ("  shop  ", "shop", ""),
        ("shop:app", "shop", "app"),
        ("shop : app ", "shop ", "app"),
        ("shop.wsgi:a.b", "shop.wsgi", "a.b"),
        ("shop:create('a:b')", "shop", "create('a:b')"),
    ],
)
def test_modules(project, app, module, attribute):
    if module != module.strip():
        assert "neither a module" in fault(app, project).message
        return
    spec = parse_spec(app, project)
    assert (spec.module, spec.attribute, spec.root) == (module, attribute, project)


@pytest.mark.parametrize(
    ("file", "typed", "module", "root"),
    [
        ("shop.py", "shop.py", "shop", "."),
        ("shop.py", "./shop.py", "shop", "."),
        ("with-dash.py", "with-dash.py", "with-dash", "."),
        ("sub/shop.py", "sub/shop.py", "shop", "sub"),
        ("a folder/shop.py", "a folder/shop.py", "shop", "a folder"),
        ("pack/__init__.py", "pack/__init__.py", "pack", "."),
        ("pack/shop.py", "pack/shop.py", "pack.shop", "."),
        ("pack/inner/shop.py", "pack/inner/shop.py", "pack.inner.shop", "."),
    ],
)
@pytest.mark.parametrize("absolute", [False, True])
def test_files(project, file, typed, module, root, absolute):
    write(project, file)
    for folder in ("pack", "pack/inner"):
        if file.startswith(folder + "/"):
            write(project, f"{folder}/__init__.py")
    shown = str(project / typed) if absolute else typed
    spec = parse_spec(shown + ":app", project)
    assert (spec.module, spec.attribute) == (module, "app")
    assert spec.root.resolve() == (project / root).resolve()


def test_a_file_in_the_home_folder(project, monkeypatch):
    monkeypatch.setenv("HOME", str(project))
    write(project, "shop.py")
    assert parse_spec("~/shop.py", Path("/")).module == "shop"


def test_a_package_below_src(project):
    write(project, "src/shop/__init__.py", wsgi("app", "below src"))
    assert load_app("shop:app", project)({}, None) == ["below src"]
    write(project, "src/flat.py", wsgi("app", "flat"))
    assert load_app("flat", project)({}, None) == ["flat"]
    write(project, "shop2/__init__.py")
    write(project, "src/shop2/__init__.py")
    assert parse_spec("shop2", project).root == project


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("", "No app is named"),
        ("   ", "No app is named"),
        ("no-module", "neither a module's name nor a Python file"),
        ("two words", "neither a module's name"),
        ("a..b", "neither a module's name"),
        (":app", "neither a module's name"),
        ("1a", "neither a module's name"),
        ("shop.py", "no file"),
        ("folder/", "is a folder"),
        ("folder/missing", "no file"),
        ("notes/readme.txt", "not a Python file"),
        ("dots.in.name.py", "a dot in its name"),
        ("~nobody-of-this-name/app.py", "no file"),
        ("a" * 300 + ".py", "no file"),
        ("C:\\shop\\app.py:app", "no file"),
        ("missing", "no module 'missing'"),
        ("missing.inner", "no module 'missing.inner'"),
        ("folder.missing", "no module 'folder.missing'"),
    ],
)
def test_what_is_not_there(project, app, said):
    (project / "folder").mkdir()
    write(project, "notes/readme.txt")
    write(project, "dots.in.name.py")
    error = fault(app, project)
    assert (error.kind, error.traceback) == ("app-not-found", "")
    assert said in error.message


def test_a_project_that_is_not_there(project):
    error = fault("shop", project / "gone")
    assert error.kind == "app-not-found"
    assert f"{project / 'gone'} is not there" in error.message


# Finding the app ----------------------------------------------------------------------------------

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
    ("source", "says"),
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
def test_the_app_is_found(project, source, says):
    write(project, "found.py", source)
    assert load_app("found", project)({}, None) == [says]
    assert load_app("found.py", project)({}, None) == [says]


@pytest.mark.parametrize(
    ("attribute", "says"),
    [
        ("app", "app"),
        ("holder.inner", "inner"),
        ("make('a')", "a1"),
        ("make('a', b=2)", "a2"),
        ("make(**{'a': 'x', 'b': 3})", "x3"),
        ("make(a=None)", "None1"),
        ("create_app", "factory"),
        ("create_app()", "factory"),
    ],
)
def test_the_app_that_was_named(project, attribute, says):
    write(
        project,
        "named.py",
        wsgi("app", "app")
        + "class holder:\n    inner = staticmethod(lambda environ, start_response: ['inner'])\n"
        + "def make(a, b=1): return lambda environ, start_response: [f'{a}{b}']\n"
        + "def create_app(): return lambda environ, start_response: ['factory']\n",
    )
    assert load_app(f"named:{attribute}", project)({}, None) == [says]


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
    ("attribute", "kind", "said"),
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
        (":website()()", "app-attribute", "neither a name nor a call"),
        (":x.create()", "app-attribute", "neither a name nor a call"),
        (":\0", "app-attribute", "neither a name nor a call"),
    ],
)
def test_what_cannot_be_served(project, attribute, kind, said):
    write(project, "shop.py", SHOP)
    error = fault("shop" + attribute, project)
    assert error.kind == kind
    assert said in error.message
    if "Found there" in error.message:
        assert "_private" not in error.message


@pytest.mark.parametrize(
    ("source", "kind", "said"),
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
def test_a_module_without_an_app(project, source, kind, said):
    write(project, "empty.py", source)
    error = fault("empty", project)
    assert error.kind == kind
    assert said in error.message


# The app's own errors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "import module_nobody_has",
            "needs the module 'module_nobody_has', which is not installed",
        ),
        ("import os.nothing", "needs the module 'os.nothing'"),
        ("raise ModuleNotFoundError", "needs the module None"),
        ("raise ImportError('half')", "ImportError: half"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit()", "called sys.exit() while"),
        ("import sys; sys.exit('bye')", "called sys.exit('bye') while"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise ValueError('a\\nb')", "ValueError: a"),
        ("def app(:", "Syntax error in "),
        ("\tx = 1\n  y = 2", "Syntax error in "),
        ("raise SyntaxError('made by hand')", "Syntax error in broken: made by hand"),
    ],
)
def test_an_import_that_fails(project, source, said):
    write(project, "broken.py", source)
    error = fault("broken:app", project)
    assert error.kind == "app-import"
    assert said in error.message
    assert error.traceback
    assert error.__cause__ is not None
    assert "importlib" not in error.traceback
    assert "appload" not in error.traceback
    assert "broken" not in sys.modules


def test_an_import_that_fails_further_in(project):
    write(project, "outer.py", "import inner")
    write(project, "inner.py", "x = 1\n\nraise RuntimeError('deep')")
    error = fault("outer", project)
    assert "RuntimeError: deep" in error.message
    assert f'File "{project / "outer.py"}", line 1' in error.traceback
    assert f'File "{project / "inner.py"}", line 3' in error.traceback
    assert error.traceback.count("  File ") == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise RuntimeError('no database')", "create_app() failed: RuntimeError: no database"),
        ("import sys; sys.exit(3)", "create_app() called sys.exit(3)"),
        ("raise GeneratorExit", "create_app() failed: GeneratorExit"),
    ],
)
def test_a_factory_that_fails(project, body, said):
    write(project, "fails.py", f"def create_app():\n    {body}\n")
    error = fault("fails", project)
    assert error.kind == "app-import"
    assert said in error.message
    assert "fails.py" in error.traceback


# What stays and what goes -------------------------------------------------------------------------


def test_the_project_comes_first_on_the_path(project):
    write(project, "sub/shop.py", wsgi("app"))
    sys.path.append(str(project))
    for _ in range(2):
        load_app("sub/shop.py", project)
        assert sys.path[:2] == [str(project / "sub"), str(project)]
        assert sys.path.count(str(project)) == sys.path.count(str(project / "sub")) == 1


def test_modules_of_the_project_are_forgotten(project):
    write(project, "shop.py", "import pack.inner, space.thing, venv_thing, json\n" + wsgi("app"))
    write(project, "pack/__init__.py")
    write(project, "pack/inner.py")
    write(project, "space/thing.py")
    venv = write(project, ".venv/lib/site-packages/venv_thing.py")
    sys.path.append(str(venv.parent))
    load_app("shop", project)
    ours = {"shop", "pack", "pack.inner", "space", "space.thing"}
    assert ours <= set(sys.modules)
    forget_project_modules(project.parent / "proj")  # not a folder above it
    assert ours <= set(sys.modules)
    forget_project_modules(project)
    assert not ours & set(sys.modules)
    assert {"json", "venv_thing"} <= set(sys.modules)
    del sys.modules["venv_thing"]


def test_odd_modules_are_passed_over(project, monkeypatch):
    class Lazy(ModuleType):
        def __getattr__(self, name):
            raise ImportError("not now")

    monkeypatch.setitem(sys.modules, "odd_none", None)
    monkeypatch.setitem(sys.modules, "odd_lazy", Lazy("odd_lazy"))
    monkeypatch.setitem(sys.modules, "odd_builtin", ModuleType("odd_builtin"))
    forget_project_modules(project)
    assert {"odd_none", "odd_lazy", "odd_builtin"} <= set(sys.modules)


def test_edited_code_is_picked_up(project):
    for text in ("one", "another"):
        forget_project_modules(project)
        write(project, "edited.py", wsgi("app", text))
        assert load_app("edited", project)({}, None) == [text]


@pytest.mark.parametrize("name", ["server", "framework", "launcher"])
def test_names_of_ours_are_refused_where_ours_run(project, name):
    write(project, f"{name}.py", wsgi("app"))
    error = fault(name, project)
    assert error.kind == "app-import"
    assert "rename the file" in error.message


def test_ours_themselves_are_not_refused(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    error = fault("framework:nothing", Path(appload.__file__).parents[2])
    assert (error.kind, "framework has no 'nothing'" in error.message) == ("app-attribute", True)


def test_names_of_ours_are_fine_under_a_private_name(project, monkeypatch):
    """In a project's own interpreter we are not called ``server``, and the user's file is."""
    monkeypatch.setattr(appload, "_PACKAGE", "_servedeck_server")
    monkeypatch.delitem(sys.modules, "launcher", raising=False)
    write(project, "launcher.py", wsgi("app", "theirs"))
    try:
        assert load_app("launcher", project)({}, None) == ["theirs"]
    finally:
        sys.modules.pop("launcher", None)


@pytest.mark.parametrize("file", ["backend/config.py", "backend/config/base.py", "config/base.py"])
def test_a_module_of_the_project_is_not_called_uninstalled(project, file):
    write(project, "wants.py", "import config.missing")
    (project / file).parent.mkdir(parents=True)
    (project / file).write_text("")
    message = fault("wants", project).message
    assert "not installed" not in message
    place = file.partition("/base")[0]
    assert f"though there is {project / place}: check the name" in message
