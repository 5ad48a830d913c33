"""launcher.core.project.own_servers: quickstarts without an app, and a sentence for each."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from launcher.core.project.discovery import look_at

MAIN = "if __name__ == '__main__':\n    "


def hints(folder: Path, source: str) -> list[tuple[int, str]]:
    (folder / "hello.py").write_text(textwrap.dedent(source))
    return [(hint.line, hint.text) for hint in look_at(folder).hints]


@pytest.mark.parametrize(
    ("source", "line", "text"),
    [
        ("from bottle import route, run\nrun(host='x', port=8080)\n", 2, "bottle.default_app()"),
        (f"import bottle\n{MAIN}bottle.run(debug=True)\n", 3, "bottle.default_app()"),
        ("from bottle import *\n@get('/')\ndef f(): ...\nrun()\n", 4, "bottle.default_app()"),
        ("import bottle as b\ndef go():\n    b.run()\ngo()\n", 3, "bottle.default_app()"),
        (f"import cherrypy\nclass H: ...\n{MAIN}cherrypy.quickstart(H(), '/', {{}})\n", 4,
         "application = cherrypy.tree.mount(H(), '/', {})"),
        (f"import cherrypy\n{MAIN}cherrypy.tree.mount(H(), '/')\n    cherrypy.engine.start()\n", 3,
         "app = cherrypy.tree.mount(H(), '/')"),
        (f"import cherrypy\ncherrypy.quickstart('{'x' * 100}')\n", 2, "cherrypy.tree.mount(…)"),
        ("import flask\nflask.Flask('x').run()\n", 2, "a Flask app without a name"),
        (f"from bottle import Bottle\n{MAIN}Bottle().run(port=1)\n", 3, "write app = Bottle()"),
        (f"import web\n{MAIN}web.application((), {{}}).run()\n", 3, "a web.py app without a name"),
        (f"import web\n{MAIN}app = web.application((), {{}})\n    app.run()\n", 3,
         "makes a web.py app under"),
        ("import tornado.web\ndef make():\n    return tornado.web.Application([])\n", 3,
         "Tornado app, which speaks neither WSGI nor ASGI: run it with python."),
        (f"from aiohttp import web\napp = web.Application()\n{MAIN}web.run_app(app)\n", 2,
         "an aiohttp app, which"),
        ("from robyn import Robyn\napp = Robyn(__file__)\n", 2, "a Robyn app"),
        ("from klein import run\nrun('x', 8080)\n", 2, "a Klein app"),
        (f"from http.server import HTTPServer\n{MAIN}HTTPServer(('', 1), 2).serve_forever()\n", 3,
         "http.server"),
        ("import streamlit as st\nst.title('x')\nst.text('y')\n", 2, "a Streamlit script"),
        ("from nicegui import ui\nui.label('x')\nui.run()\n", 3, "a server of its own"),
        ("from django.core.management import execute_from_command_line as go\ngo([])\n", 2,
         "get_wsgi_application()"),
        (f"import x\n{MAIN}app = x.App()\n    app.run()\n", 3, "makes app by x.App() under"),
        (f"from x import Server\ndef main():\n    application = Server()\n{MAIN}main()\n", 3,
         "makes application by x.Server() under"),
    ],
)  # fmt: skip
def test_each_quickstart_gets_one_hint(tmp_path: Path, source: str, line: int, text: str) -> None:
    ((found, sentence),) = hints(tmp_path, source)
    assert found == line
    assert sentence.startswith(f"hello.py, line {line}, ")
    assert text in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    "source",
    [
        "from bottle import Bottle, run\napp = Bottle()\nrun(app, host='x')\n",
        "from bottle import run\nfrom elsewhere import make\nrun(app=make())\n",
        "from bottle import run\nrun(*all_of_it)\nrun(**more)\n",
        "from . import bottle\nbottle.run()\n",
        "def run(): ...\nrun()\n",
        f"from PySide6.QtWidgets import QApplication\n{MAIN}app = QApplication([])\n",
        f"class App: ...\n{MAIN}app = App()\n",
        f"from x import make\n{MAIN}window = make()\n",
        "import bottle\nhandlers['run']()\n(lambda: 1)()\n",
    ],
)
def test_what_is_none(tmp_path: Path, source: str) -> None:
    assert hints(tmp_path, source) == []


def test_beside_an_app_nothing_is_a_hint(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask('x')\n")
    assert hints(tmp_path, "from http.server import HTTPServer\nHTTPServer(('', 1), 2)\n") == []


def test_app_of_webpy_is_offered(tmp_path: Path) -> None:
    """Its app isn't callable as WSGI has it; a method makes what is."""
    source = f"import web\napp = web.application((), {{}})\n{MAIN}app.run()\n"
    (tmp_path / "code.py").write_text(source)
    (app,) = look_at(tmp_path).apps
    assert (app.spec, app.kind) == ("code:app.wsgifunc()", "webpy")
    (tmp_path / "code.py").write_text("import web\napp = web.application((), {}).wsgifunc()\n")
    (app,) = look_at(tmp_path).apps
    assert (app.spec, app.kind) == ("code:app", "wsgi")
