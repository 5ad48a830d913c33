"""Which apps discovery finds in real shapes of projects, and in which order."""

from __future__ import annotations

import ast
import gc
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from projects import BARE, FACTORY, FLASK, write

from launcher.core.project.discovery import (
    AppCandidate,
    candidate_of,
    default_app,
    find_apps,
    look_at,
)

ROOT = Path(__file__).parents[4]
LIVE_APPS = ROOT / "tests" / "live_apps"

INDENTED = BARE.replace("def", "    def").replace("    return", "        return")
CALLABLE_CLASS = """
class Shop:
    def __call__(self, environ, start_response):
        return []
"""


def found(project: Path) -> list[tuple[str, str]]:
    return [(candidate.spec, candidate.kind) for candidate in find_apps(project)]


SKIPPED = (
    *(".venv", "venv", "env", "node_modules", ".git", "__pycache__", "site-packages", "build"),
    *("dist", "tests", ".tox", ".mypy_cache", "lib/site-packages", "shop/tests", "shop.egg-info"),
)

# Each row: what it is, the files, and the specs and kinds in the order in which they are offered.
SHAPES: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = [
    ("flask", {"app.py": FLASK}, [("app:app", "flask")]),
    (
        "flask by module",
        {"hello.py": "import flask\nsite = flask.Flask('x')\n"},
        [("hello:site", "flask")],
    ),
    (
        "flask under another name",
        {"hello.py": "from flask import Flask as F\nsite: F = F('x')\n"},
        [("hello:site", "flask")],
    ),
    ("star import", {"app.py": "from flask import *\napp = Flask('x')\n"}, [("app:app", "flask")]),
    (
        "subclass",
        {"app.py": "import flask\nclass Site(flask.Flask): pass\napp = Site('x')\n"},
        [("app:app", "flask")],
    ),
    (
        "two apps: app and application first",
        {"site.py": f"{FLASK}admin = Flask('b')\napplication = Flask('c')\n"},
        [("site:app", "flask"), ("site:application", "flask"), ("site:admin", "flask")],
    ),
    ("one app, two names", {"app.py": f"{FLASK}application = app\n"}, [("app:app", "flask")]),
    (
        "chained assignment",
        {"app.py": "from flask import Flask\napplication = app = Flask('x')\n"},
        [("app:app", "flask")],
    ),
    ("tuple", {"app.py": "import flask\napp, n = flask.Flask('x'), 1\n"}, [("app:app", "flask")]),
    (
        "wsgi.py before app.py",
        {"app.py": FLASK, "wsgi.py": "from app import app\n"},
        [("wsgi:app", "flask"), ("app:app", "flask")],
    ),
    (
        "wsgi.py that renames",
        {"shop/__init__.py": FLASK, "wsgi.py": "from shop import app as application\n"},
        [("wsgi:application", "flask"), ("shop:app", "flask")],
    ),
    (
        "wsgi.py that calls the factory",
        {
            "shop/__init__.py": "from .factory import create_app\n",
            "shop/factory.py": FACTORY,
            "wsgi.py": "import shop\napp = shop.create_app()\n",
        },
        [
            ("wsgi:app", "flask"),
            ("shop:create_app()", "flask"),
            ("shop.factory:create_app()", "flask"),
        ],
    ),
    ("factory", {"app.py": FACTORY}, [("app:create_app()", "flask")]),
    (
        "factory with optional arguments",
        {"app.py": "def make_app(config=None, *a, debug=False, **k):\n    return object_()\n"},
        [("app:make_app()", "wsgi")],
    ),
    (
        "factory that only its annotation explains",
        {"app.py": "from flask import Flask\ndef create_app() -> 'Flask':\n    return build()\n"},
        [("app:create_app()", "flask")],
    ),
    (
        "factory under another name",
        {"shop.py": FACTORY.replace("create_app", "build_site")},
        [("shop:build_site()", "flask")],
    ),
    (
        "factory that needs arguments comes last",
        {"app.py": FACTORY.replace("()", "(name, *, mode)"), "deep/er/site.py": FLASK},
        [("deep/er/site.py:app", "flask"), ("app:create_app()", "flask")],
    ),
    (
        "instance before factory",
        {"app.py": f"{FACTORY}app = create_app()\n"},
        [("app:app", "flask"), ("app:create_app()", "flask")],
    ),
    (
        "factory that returns a nested callable",
        {"app.py": f"def create_app():\n{INDENTED}    return application\n"},
        [("app:create_app()", "wsgi")],
    ),
    (
        "our framework",
        {"app.py": "from framework import App\napp = App(__name__)\n"},
        [("app:app", "servedeck")],
    ),
    ("bottle", {"app.py": "import bottle\napp = bottle.Bottle()\n"}, [("app:app", "bottle")]),
    (
        "bottle's default app",
        {"app.py": "from bottle import default_app, route\napp = default_app()\n"},
        [("app:app", "bottle")],
    ),
    ("bottle.app()", {"app.py": "import bottle\napp = bottle.app()\n"}, [("app:app", "bottle")]),
    (
        "bottle lies beside",
        {"app.py": "import bottle\napp = bottle.Bottle()\n", "bottle.py": "class Bottle: pass\n"},
        [("app:app", "bottle")],
    ),
    ("falcon", {"app.py": "import falcon\napp = falcon.App()\n"}, [("app:app", "falcon")]),
    (
        "old falcon",
        {"app.py": "import falcon\napi = application = falcon.API()\n"},
        [("app:application", "falcon")],
    ),
    (
        "falcon for ASGI",
        {"app.py": "import falcon.asgi\napp = falcon.asgi.App()\n"},
        [("app:app", "asgi")],
    ),
    (
        "pyramid",
        {
            "app.py": "from pyramid.config import Configurator\n"
            "with Configurator() as config:\n    app = config.make_wsgi_app()\n"
        },
        [("app:app", "pyramid")],
    ),
    (
        "pyramid's main",
        {
            "shop/__init__.py": "from pyramid.config import Configurator\n"
            "def main(global_config, **settings):\n"
            "    with Configurator(settings=settings) as config:\n        config.scan()\n"
            "    return config.make_wsgi_app()\n"
        },
        [("shop:main({})", "pyramid")],
    ),
    (
        "django below the opened folder",
        {
            "site/manage.py": "import os\n",
            "site/shop/__init__.py": "",
            "site/shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\n"
            "application = get_wsgi_application()\n",
            "site/shop/asgi.py": "from django.core.asgi import get_asgi_application\n"
            "application = get_asgi_application()\n",
        },
        [("site/shop/wsgi.py:application", "django")],
    ),
    ("bare callable", {"app.py": BARE}, [("app:application", "wsgi")]),
    (
        "bare callable with short names",
        {"app.py": "def app(env, start): pass\n"},
        [("app:app", "wsgi")],
    ),
    (
        "bare callable with any names",
        {"app.py": "def application(e, respond): pass\n"},
        [("app:application", "wsgi")],
    ),
    ("a view that is called app", {"app.py": "def app(request, name): pass\n"}, []),
    (
        "bare callable under another name",
        {"hello.py": "def hello(environ, start_response): pass\n"},
        [("hello:hello", "wsgi")],
    ),
    (
        "helpers of a bare callable are not offered",
        {"app.py": f"def not_found(environ, start_response): pass\n{BARE}"},
        [("app:application", "wsgi")],
    ),
    (
        "lambda",
        {"app.py": "app = lambda environ, start_response: []\n"},
        [("app:app", "wsgi")],
    ),
    ("class with __call__", {"app.py": f"{CALLABLE_CLASS}app = Shop()\n"}, [("app:app", "wsgi")]),
    (
        "class from another module",
        {"shop.py": CALLABLE_CLASS, "main.py": "from shop import Shop\nsite = Shop()\n"},
        [("main:site", "wsgi")],
    ),
    (
        "class that is the app",
        {
            "app.py": "class Site:\n    def __init__(self, environ, start_response): pass\n"
            "    def __iter__(self): yield b''\n"
        },
        [("app:Site", "wsgi")],
    ),
    (
        "werkzeug's Request.application",
        {
            "app.py": "from werkzeug import Request\n"
            "@Request.application\ndef application(request): pass\n"
        },
        [("app:application", "wsgi")],
    ),
    (
        "middleware around it",
        {
            "wsgi.py": "from werkzeug.middleware.proxy_fix import ProxyFix\n"
            f"from whitenoise import WhiteNoise\n{FLASK}app = ProxyFix(app)\n"
            "app = WhiteNoise(app, root='static')\n"
        },
        [("wsgi:app", "flask")],
    ),
    (
        "middleware inside it",
        {"app.py": f"{FLASK}app.wsgi_app = ProxyFix(app.wsgi_app)\napp.config['X'] = 1\n"},
        [("app:app", "flask")],
    ),
    (
        "unknown middleware that keeps the name",
        {"app.py": f"from tracing import traced\n{FLASK}app = traced(app)\n"},
        [("app:app", "flask")],
    ),
    (
        "middleware of the project",
        {"app.py": f"{CALLABLE_CLASS}{FLASK}app = Shop(app)\n"},
        [("app:app", "flask")],
    ),
    (
        "extensions are not apps",
        {"app.py": f"{FLASK}db = SQLAlchemy(app)\napi = Api(app)\nlogin = LoginManager(app)\n"},
        [("app:app", "flask")],
    ),
    (
        "try and if",
        {
            "app.py": "try:\n    from flask import Flask\n    app = Flask('x')\n"
            "except ImportError:\n    app = None\n",
            "wsgi.py": f"import os\nif os.name == 'x':\n{INDENTED}",
        },
        [("wsgi:application", "wsgi"), ("app:app", "flask")],
    ),
    (
        "not what runs as a script only",
        {
            "run.py": "import flask\nif __name__ == '__main__':\n    app = flask.Flask('x')\n",
            "typed.py": "from typing import TYPE_CHECKING\nimport flask\n"
            "if TYPE_CHECKING:\n    app = flask.Flask('x')\n",
        },
        [],
    ),
    ("rebound", {"app.py": f"{FLASK}app = 42\n"}, []),
    ("deleted", {"app.py": f"{FLASK}del app\n"}, []),
    (
        "ASGI",
        {
            "wsgi.py": FLASK,
            "app.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "main.py": "import starlette.applications as s\napp = s.Starlette()\n",
            "make.py": "from fastapi import FastAPI\ndef create_app():\n    return FastAPI()\n",
            "mine.py": "class A:\n    async def __call__(self, scope, receive, send): ...\n"
            "a = A()\n",
            "plain.py": "async def app(scope, receive, send): ...\n",
            "quart_.py": "from quart import Quart\napp = Quart('x')\napp = MyASGI(app)\n",
            "wrapped.py": "from fastapi import FastAPI\nfrom x.asgi import Layer\n"
            "app = FastAPI()\napp = Layer(app)\n",
        },
        [
            ("wsgi:app", "flask"),
            ("app:app", "asgi"),
            ("main:app", "asgi"),
            ("wrapped:app", "asgi"),
            ("quart_:app", "asgi"),
            ("plain:app", "asgi"),
            ("make:create_app()", "asgi"),
            ("mine:a", "asgi"),
        ],
    ),
    (
        "Django's ASGI app is its WSGI app once more",
        {
            "mysite/asgi.py": "from django.core.asgi import get_asgi_application as g\n"
            "application = g()\n",
        },
        [("mysite/asgi.py:application", "asgi")],
    ),
    (
        "files of mod_wsgi",
        {
            "hg.wsgi": "from mercurial.hgweb import hgweb\napplication = hgweb('conf')\n",
            "deploy/my-site.wsgi": "import sys\nsys.path.insert(0, '..')\n"
            "from shop import app as application\n",
            "dots.in.name.py": FLASK,
            "2nd-try.py": FLASK,
            "wsgi.wsgi": BARE,
            "wsgi/wsgi.py": "",
        },
        [
            ("./wsgi.wsgi:application", "wsgi"),
            ("hg.wsgi:application", "wsgi"),
            ("2nd-try.py:app", "flask"),
            ("dots.in.name.py:app", "flask"),
            ("deploy/my-site.wsgi:application", "wsgi"),
        ],
    ),
    (
        "application = Anything()",
        {
            "site.py": "from trac.web.main import Dispatcher\napplication = Dispatcher('x')\n",
            "more.py": "import moin\nwsgi_app = moin.make()\nother = moin.make()\n",
            "not1.py": "from somewhere import thing\napplication = thing\n",
            "not2.py": "class Application:\n    pass\napplication = Application()\n",
            "not3.py": "from PySide6.QtWidgets import QApplication as Q\napplication = Q([])\n",
            "not4.py": "import moin\napp = moin.make()\n",
            "both.py": f"import moin\n{FLASK}application = moin.make()\n",
        },
        [
            ("both:app", "flask"),
            ("site:application", "wsgi"),
            ("more:wsgi_app", "wsgi"),
        ],
    ),
    (
        "not every make_wsgi_app() is Pyramid's",
        {
            "metrics.py": "from prometheus_client import REGISTRY, make_wsgi_app\n"
            "app = make_wsgi_app()\n",
            "own.py": "import shopkit\napp = shopkit.Site().make_wsgi_app()\n",
            "pyr.py": "from pyramid.config import Configurator\n"
            "def main():\n    c = Configurator()\n    return c.make_wsgi_app()\n"
            "app = main()\n",
        },
        [
            ("pyr:app", "pyramid"),
            ("metrics:app", "wsgi"),
            ("own:app", "wsgi"),
            ("pyr:main()", "pyramid"),
        ],
    ),
    (
        "other protocols and programs",
        {
            "cli.py": "import typer\napp = typer.Typer()\n",
            "gui.py": "from PySide6.QtWidgets import QApplication\napp = QApplication([])\n",
            "more.py": "async def app(environ, start_response): pass\ndef create_app(): pass\n",
            "click_.py": "import click\n@click.command()\ndef create_app(): return 1\n",
        },
        [],
    ),
    (
        "not WSGI",
        {"app.py": "app = 42\napplication = [1]\n"},
        [],
    ),
    (
        "wsgi.py that nobody can see through",
        {"wsgi.py": "from elsewhere import build\napplication = build('x')\n"},
        [("wsgi:application", "wsgi")],
    ),
    (
        "package in src",
        {
            "src/shop/__init__.py": "",
            "src/shop/wsgi.py": "from shop.site import app\n",
            "src/shop/site.py": FLASK,
        },
        [("shop.wsgi:app", "flask"), ("shop.site:app", "flask")],
    ),
    (
        "module in src with the name of one outside",
        {"src/app.py": FLASK, "app.py": FLASK},
        [("app:app", "flask"), ("src/app.py:app", "flask")],
    ),
    ("src that is a package", {"src/__init__.py": FLASK}, [("src:app", "flask")]),
    (
        "circular imports",
        {
            "shop/__init__.py": f"{FLASK}from shop import views\n",
            "shop/views.py": "from shop import app\n@app.route('/')\ndef index(): pass\n",
        },
        [("shop:app", "flask")],
    ),
    (
        "folder that is no package",
        {"backend/app.py": f"import models\n{FLASK}", "backend/models.py": ""},
        [("backend/app.py:app", "flask")],
    ),
    (
        "package without __init__.py",
        {"shop/app.py": f"from shop.models import X\n{FLASK}", "shop/models.py": "X = 1"},
        [("shop.app:app", "flask")],
    ),
    ("name that can't be imported", {"my-app.py": FLASK}, [("my-app.py:app", "flask")]),
    (
        "left out",
        {f"{folder}/app.py": FLASK for folder in SKIPPED}
        | {"other/pyvenv.cfg": "", "other/app.py": FLASK}
        | {"test_app.py": FLASK, "app_test.py": FLASK, "conftest.py": FLASK, "setup.py": FLASK},
        [],
    ),
    (
        "order: convention, depth, file name, app name",
        {
            "wsgi.py": FLASK,
            "app.py": FLASK,
            "main.py": FLASK,
            "zebra.py": FLASK,
            "pack/__init__.py": "",
            "pack/wsgi.py": FLASK,
            "pack/blue.py": FLASK,
            "pack/deep/__init__.py": "",
            "pack/deep/app.py": FLASK,
            "examples/app.py": FLASK,
        },
        [
            ("wsgi:app", "flask"),
            ("app:app", "flask"),
            ("main:app", "flask"),
            ("zebra:app", "flask"),
            ("pack.wsgi:app", "flask"),
            ("pack.blue:app", "flask"),
            ("pack.deep.app:app", "flask"),
            ("examples/app.py:app", "flask"),
        ],
    ),
    ("nothing", {"README.md": "flask"}, []),
    ("dash", {"app.py": "from dash import Dash\napp = Dash('x')\n"}, [("app:app.server", "dash")]),
    (
        "dash's server",
        {"app.py": "from dash import Dash\ndash = Dash('x')\nserver = dash.server\n"},
        [("app:server", "flask")],
    ),
]


@pytest.mark.parametrize(("files", "expected"), [s[1:] for s in SHAPES], ids=[s[0] for s in SHAPES])
def test_shapes(tmp_path: Path, files: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert found(write(tmp_path, files)) == expected


@pytest.mark.parametrize(
    ("folder", "specs"),
    [("shop", ["app.py:app", "__init__.py:site"]), ("my-shop", ["app:app", "__init__.py:site"])],
)
def test_opened_folder_is_itself_a_package(tmp_path: Path, folder: str, specs: list[str]) -> None:
    files = {"__init__.py": FLASK.replace("app =", "site ="), "app.py": FLASK}
    assert [spec for spec, _ in found(write(tmp_path / folder, files))] == specs


LOADABLE = (
    "flask",
    "one app, two names",
    "wsgi.py that calls the factory",
    "factory",
    "factory that returns a nested callable",
    "bottle's default app",
    "bare callable",
    "class with __call__",
    "class that is the app",
    "folder that is no package",
    "package without __init__.py",
    "order: convention, depth, file name, app name",
)
NEIGHBOUR = {"__init__.py": "", "admin.py": ""}
IN_SHOP = {f"shop/{name}": "" for name in NEIGHBOUR}
# The folder that is opened, and files in which the import root matters.
ROOTS: list[tuple[str, dict[str, str]]] = [
    ("", {**NEIGHBOUR, "main.py": f"import admin\n{FLASK}"}),
    ("", {**NEIGHBOUR, "main.py": f"from . import admin\n{FLASK}"}),
    ("", {**IN_SHOP, "shop/main.py": f"import admin\n{FLASK}"}),
    ("shop", {**IN_SHOP, "shop/main.py": f"from shop import admin\n{FLASK}"}),
    ("", {"src/shop/one.py": "", "src/shop/main.py": f"import one\n{FLASK}"}),
    ("", {"hg.wsgi": BARE, "a.b.py": FLASK, "my-site.py": FLASK, "x/hg.wsgi": BARE}),
]


def test_what_is_offered_can_be_loaded(tmp_path: Path) -> None:
    """The server loads each spec as it stands, in an interpreter without any of the others."""
    projects = [
        write(tmp_path / str(number), next(files for shape, files, _ in SHAPES if shape == name))
        for number, name in enumerate(LOADABLE)
    ]
    for number, (opened, files) in enumerate(ROOTS):
        projects.append(write(tmp_path / f"pack{number}", files) / opened)
    offered = [[str(p), *(candidate.spec for candidate in find_apps(p))] for p in projects]
    assert all(len(specs) > 1 for specs in offered)
    code = (
        "import json, sys; from pathlib import Path\n"
        "from server.app.load import forget_project_modules, load_app\n"
        "for project, *specs in json.load(sys.stdin):\n"
        "    for spec in specs:\n"
        "        path = list(sys.path)\n"
        "        assert callable(load_app(spec, Path(project))), spec\n"
        "        forget_project_modules(Path(project).parent)\n"
        "        sys.path[:] = path\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        input=json.dumps(offered),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.stderr == ""


def test_startproject(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "django", "startproject", "mysite", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    write(tmp_path, {"app.py": "", "mysite/views.py": FLASK})
    assert find_apps(tmp_path)[0] == AppCandidate(
        "mysite.wsgi:application",
        "django",
        "Django app application in mysite/wsgi.py, settings mysite.settings",
    )
    assert len(find_apps(tmp_path)) == 2


def test_httpbin(tmp_path: Path) -> None:
    """A package from PyPI whose ``__init__.py`` gets its app by a star import."""
    source = importlib.util.find_spec("httpbin")
    assert source is not None
    assert source.origin is not None
    shutil.copytree(Path(source.origin).parent, tmp_path / "httpbin")
    assert find_apps(tmp_path)[0] == AppCandidate(
        "httpbin:app", "flask", "Flask app in httpbin/__init__.py, imported from .core"
    )


def test_live_apps() -> None:
    specs = {candidate.spec for candidate in find_apps(LIVE_APPS)}
    assert {
        "bare:application",
        "bottle_app:app",
        "flask_factory:create_app()",
        "needs_args:create_app()",
        "validated:application",
    } <= specs
    assert not any(spec.startswith(("not_wsgi:", "exits_on_import:")) for spec in specs)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"app.py": FLASK}, "Flask app in app.py"),
        (
            {"wsgi.py": f"{FLASK}app = ProxyFix(app)\n"},
            "Flask app in wsgi.py, wrapped in ProxyFix",
        ),
        (
            {"shop/__init__.py": FLASK, "wsgi.py": "from shop import app\n"},
            "Flask app in wsgi.py, imported from shop",
        ),
        (
            {"app.py": FACTORY.replace("()", "(name, *, mode)", 1)},
            "factory create_app(name, mode) in app.py needs the arguments name and mode",
        ),
        (
            {"app.py": FACTORY.replace("()", "(name)", 1)},
            "factory create_app(name) in app.py needs the argument name",
        ),
        ({"app.py": FACTORY}, "factory create_app() in app.py makes a Flask app"),
        ({"app.py": BARE}, "WSGI callable application(environ, start_response) in app.py"),
    ],
)
def test_reasons(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    candidate = default_app(write(tmp_path, files))
    assert candidate is not None
    assert candidate.reason == reason


TWO = "from flask import Flask\nother = Flask('a')\nsite = Flask('b')\n"
MAKES = "from flask import Flask\ndef make():\n    return Flask('c')\n"


@pytest.mark.parametrize(
    ("named", "spec"),
    [
        ("hello:site", "hello:site"),
        ("hello.py:site", "hello:site"),
        ("makes:make", "makes:make()"),
        ("makes:make()", "makes:make()"),
        ("makes", "makes:make()"),
        ("gone:app", "hello:other"),
        ("", "hello:other"),
    ],
)
def test_the_app_that_flask_is_to_run_comes_first(tmp_path: Path, named: str, spec: str) -> None:
    files = {"hello.py": TWO, "makes.py": MAKES, ".flaskenv": f"FLASK_APP={named}\n"}
    write(tmp_path, files)
    first, *others = find_apps(tmp_path)
    assert first.spec == spec
    assert len(others) == 2
    assert first.reason.endswith("named by FLASK_APP") == (named not in ("", "gone:app"))


def test_default_app_of_nothing(tmp_path: Path) -> None:
    assert default_app(tmp_path) is None


@pytest.mark.parametrize(
    ("app", "spec"),
    [
        ("shop:app", "shop:app"),
        (" shop ", "shop:app"),
        ("shop.py", "shop:app"),
        ("./shop.py", "shop:app"),
        ("shop.py:admin", "shop:admin"),
        ("shop.py:other", ""),
        ("src/shop.py", "shop:app"),
        ("blog/__init__.py", "blog:create_app()"),
        ("blog", "blog:create_app()"),
        ("back-end/app.py", "back-end/app.py:app"),
        ("back-end\\app.py", "back-end/app.py:app"),
        ("app.py", ""),
        ("", ""),
        (":app", ""),
    ],
)
def test_an_app_is_known_however_it_is_written(app: str, spec: str) -> None:
    specs = ("shop:app", "shop:admin", "blog:create_app()", "back-end/app.py:app")
    found = candidate_of(app, [AppCandidate(name, "flask", "") for name in specs])
    assert (found.spec if found else "") == spec


def test_nothing_is_executed(tmp_path: Path) -> None:
    """Every way by which reading could run code leaves its mark; none may."""
    mark = tmp_path / "mark"
    touch = f"open({str(mark)!r}, 'a').close()"
    project = write(
        tmp_path / "project",
        {
            "wsgi.py": f"{touch}\nfrom shop import app\nimport os\nos.system('touch {mark}')\n",
            "shop/__init__.py": f"{touch}\n{FLASK}@(lambda f: {touch})\ndef f(x={touch}): pass\n",
            "shop/factory.py": f"{FACTORY}{touch}\nclass X(metaclass={touch}): y = {touch}\n",
            "sitecustomize.py": touch,
            "usercustomize.py": touch,
            "conftest.py": touch,
            "flask.py": f"{touch}\nclass Flask: pass\n",
            "hook.pth": f"import os; {touch}",
        },
    )
    modules, path, folder = set(sys.modules), list(sys.path), Path.cwd()
    assert find_apps(project)
    assert not mark.exists()
    assert not {"wsgi", "shop", "shop.factory", "hook"} & (set(sys.modules) - modules)
    assert (sys.path, Path.cwd()) == (path, folder)
    assert not list(project.rglob("__pycache__"))


def test_bad_files_are_passed_over(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "app.py": FLASK,
            "broken.py": "app = Flask(\n",
            "huge.py": FLASK + "#" * 1_000_001,
            "nested.py": f"app = {'(' * 5000}1{')' * 5000}\n",
            "long.py": FLASK + "if x: pass\n" + "elif x: pass\n" * 3000,
            "folder.py/app.txt": "",
            "escape.py": f"{FLASK}path = '\\d'\n",
        },
    )
    (tmp_path / "latin.py").write_bytes(b"app = '\xe4'\n")
    (tmp_path / "binary.py").write_bytes(b"app = 1\0\xff")
    (tmp_path / "cookie.py").write_bytes(b"# coding: nonsense\napp = 1\n")
    (tmp_path / "dangling.py").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    os.mkfifo(tmp_path / "pipe.py")
    specs = [spec for spec, _ in found(tmp_path)]
    assert specs[0] == "app:app"
    assert {"escape:app", "app:app"} <= set(specs) <= {"escape:app", "app:app", "long:app"}


def test_declared_encodings_are_read(tmp_path: Path) -> None:
    source = f"# coding: latin-1\nname = 'ä'\n{FLASK}"
    (tmp_path / "old.py").write_bytes(source.encode("latin-1"))
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbf" + FLASK.encode())
    assert found(tmp_path) == [("bom:app", "flask"), ("old:app", "flask")]


def test_warnings_of_the_parser_stay_away(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": f"{FLASK}path = '\\d'\nif 1 is 1: pass\n"})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert found(tmp_path) == [("app:app", "flask")]
    assert caught == []


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"app.py": FLASK, "__init__.py": FLASK})
    project = write(tmp_path / "project", {"wsgi.py": "from linked import app\n"})
    (project / "linked").symlink_to(outside)
    (project / "round").symlink_to(project)
    assert [spec for spec, _ in found(project)] == ["wsgi:app"]
    assert find_apps(project)[0].kind == "wsgi"  # not known to be Flask: that was not read


def test_a_linked_project_is_opened(tmp_path: Path) -> None:
    write(tmp_path / "real", {"app.py": FLASK})
    (tmp_path / "link").symlink_to("real")
    assert found(tmp_path / "link") == [("app:app", "flask")]


def test_a_look_that_is_cancelled_has_what_it_found_so_far(tmp_path: Path) -> None:
    files = {
        f"app{number}.py": "from flask import Flask\napp = Flask(__name__)\n" for number in range(3)
    }
    folder = write(tmp_path, files)
    answers = iter([True, True, True, True, False])  # three files are listed, one is read
    found = look_at(folder, lambda: next(answers, False))
    assert [app.spec for app in found.apps] == ["app0:app"]


def test_limits(tmp_path: Path) -> None:
    write(tmp_path, {f"m{number:02}.py": FLASK for number in range(9)} | {"deep/app.py": FLASK})
    assert len(find_apps(tmp_path)) == 10
    assert len(find_apps(tmp_path, limit_files=9)) == 9
    assert len(find_apps(tmp_path, limit_entries=5)) == 4
    assert find_apps(tmp_path, limit_bytes=10) == []


def test_functions_that_call_each_other_end(tmp_path: Path) -> None:
    chain = "".join(f"def f{n}():\n    return f{n + 1}() or f{n + 2}()\n" for n in range(60))
    loop = "def create_app():\n    return make_app()\ndef make_app():\n    return create_app()\n"
    write(
        tmp_path,
        {"app.py": f"{loop}{chain}app = f0()\nclass A(B): pass\nclass B(A): pass\nb = B()\n"},
    )
    assert found(tmp_path) == [("app:create_app()", "wsgi"), ("app:make_app()", "wsgi")]


def test_unreadable_folders_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"app.py": FLASK, "secret/app.py": FLASK})
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "secret":
            raise PermissionError(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert found(tmp_path) == [("app:app", "flask")]


@pytest.mark.parametrize("name", ["nowhere", "file.txt", "with\0null"])
def test_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").touch()
    with pytest.raises(NotADirectoryError):
        find_apps(tmp_path / name)


def test_nothing_is_left_for_the_garbage_collector(tmp_path: Path) -> None:
    """What a project's files were read into would take it half a second."""
    inner = "def make(name):\n    def view(): return make\n    return view\n"
    text = f"{FLASK}{FACTORY}{CALLABLE_CLASS}{inner}other = make('x')\n"
    write(tmp_path, {f"m{n}.py": f"from m{(n + 1) % 9} import *\n{text}" for n in range(9)})
    gc.collect()
    gc.disable()
    try:
        before = sum(issubclass(type(item), ast.AST) for item in gc.get_objects())
        assert find_apps(tmp_path)
        after = sum(issubclass(type(item), ast.AST) for item in gc.get_objects())
    finally:
        gc.enable()
    assert after == before


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import flask\n\nif __name__ == '__main__':\n    app = flask.Flask('x')\n", [4]),
        ("import flask\ndef main():\n    app = flask.Flask('x')\n    app.run()\n\n"
         "if '__main__' == __name__:\n    main()\n", [3]),
        (f"{FLASK}if __name__ == '__main__':\n    other = Flask('y')\n", []),
        ("if __name__ == '__main__':\n    run(app='x')\n", []),
        ("import flask\nif __name__ == '__main__':\n    main()\ndef main(): ...\n", []),
        ("if TYPE_CHECKING:\n    import flask\n    app = flask.Flask('x')\n", []),
    ],
)  # fmt: skip
def test_an_app_that_only_a_script_makes_is_a_hint(
    tmp_path: Path, source: str, lines: list[int]
) -> None:
    findings = look_at(write(tmp_path, {"main.py": source}))
    assert [(hint.file, hint.line) for hint in findings.hints] == [("main.py", n) for n in lines]
    assert bool(findings.apps) == source.startswith(FLASK)
