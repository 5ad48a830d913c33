"""Apps of other frameworks and libraries, as their documentation begins them, with real clients.

Each runs in the environment that ``make apps`` has set up, in a worker process; what could not be
installed there is skipped by name.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from served import Command, clean_environ, run, serve, wait_until
from wire import Wire, ask

PYTHON = os.environ.get("SERVEDECK_APPS_PYTHON", "")
pytestmark = pytest.mark.skipif(not PYTHON, reason="make apps sets the environment up")

FALCON = """
import falcon

class Things:
    def on_post(self, req, resp):
        resp.media = {"got": req.media}

app = falcon.App()
app.add_route("/", Things())
"""
PYRAMID = """
from pyramid.config import Configurator
from pyramid.response import Response

def hello(request):
    return Response("got " + request.body.decode())

with Configurator() as config:
    config.add_route("hello", "/")
    config.add_view(hello, route_name="hello")
    app = config.make_wsgi_app()
"""
BOTTLE = """
import bottle

app = bottle.Bottle()

@app.post("/")
def index():
    return {"got": bottle.request.json}
"""
FASTAPI = """
from contextlib import asynccontextmanager
from fastapi import FastAPI, Request

@asynccontextmanager
async def lifespan(app):
    app.state.word = "got"
    yield

app = FastAPI(lifespan=lifespan)

@app.post("/")
async def index(request: Request):
    return {request.app.state.word: await request.json()}
"""
SOCKETIO = """
from flask import Flask
from flask_socketio import SocketIO

app = Flask(__name__)
socketio = SocketIO(app, async_mode="threading")
"""
SCHEDULER = """
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

app = Flask(__name__)
runs = []
scheduler = BackgroundScheduler()
scheduler.add_job(lambda: runs.append(1), "interval", seconds=0.05)
scheduler.start()

@app.get("/")
def index():
    return str(len(runs))
"""
DJANGO = """
from pathlib import Path
import django
from django.conf import settings

settings.configure(
    DEBUG=True, SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], STATIC_URL="static/",
    INSTALLED_APPS=[
        "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
        "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
        "OPTIONS": {"context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]},
    }],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3",
                           "NAME": Path(__file__).with_name("db.sqlite3")}},
)
django.setup()
from django.contrib import admin
from django.core.wsgi import get_wsgi_application
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
application = get_wsgi_application()
"""
KLAUS = """
from klaus import make_app

application = make_app(["repo.git"], "here", use_smarthttp=True, disable_push=False,
                       require_browser_auth=False, unauthenticated_push=True)
"""


def needs(package: str) -> None:
    """Skip, by name, what the environment lacks."""
    done = subprocess.run([PYTHON, "-c", f"import {package}"], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"{package} is not installed in the environment of make apps")


@pytest.fixture
def serve_there(tmp_path: Path) -> Callable[..., Command]:
    def serve_there(package: str, code: str, file: str = "site_app.py", *options: str) -> Command:
        needs(package)
        (tmp_path / file).write_text(code)
        return serve(file, "--python", PYTHON, *options, cwd=tmp_path)

    return serve_there


@pytest.mark.parametrize(
    ("package", "code"),
    [("falcon", FALCON), ("bottle", BOTTLE), ("fastapi", FASTAPI)],
    ids=["falcon", "bottle", "fastapi"],
)
def test_json_in_and_out(serve_there: Callable[..., Command], package: str, code: str) -> None:
    with serve_there(package, code) as command:
        kind = ("Content-Type", "application/json")
        whole = ask(command.port, "/", "POST", [kind], b"[1, 2, 3]")
        with Wire(command.port) as wire:
            wire.send(
                b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n7\r\n[1, 2, \r\n2\r\n3]\r\n0\r\n\r\n"
            )
            chunked = wire.answer()
        for answer in (whole, chunked):
            assert (answer.status, answer.body.replace(b" ", b"")) == (200, b'{"got":[1,2,3]}')


def test_pyramid(serve_there: Callable[..., Command]) -> None:
    with serve_there("pyramid", PYRAMID) as command:
        answer = ask(command.port, "/", "POST", body=b"body")
        assert (answer.status, answer.body) == (200, b"got body")


def test_socketio_begins_by_polling(serve_there: Callable[..., Command]) -> None:
    with serve_there("flask_socketio", SOCKETIO) as command:
        answer = ask(command.port, "/socket.io/?EIO=4&transport=polling")
        assert answer.status == 200
        assert b'"sid"' in answer.body
        assert b"websocket" in answer.body


def test_a_scheduler_runs_beside_the_requests(serve_there: Callable[..., Command]) -> None:
    with serve_there("apscheduler", SCHEDULER) as command:
        wait_until(lambda: int(ask(command.port).body) > 2, "the job runs")


def test_djangos_admin_has_its_style(serve_there: Callable[..., Command], tmp_path: Path) -> None:
    with serve_there("django", DJANGO, "site_app.wsgi") as command:
        page = ask(command.port, "/admin/login/")
        assert page.status == 200
        assert b"static/admin/css/base.css" in page.body
        style = ask(command.port, "/static/admin/css/base.css")
        assert (style.status, b"body" in style.body) == (200, True)


def test_git_pushes_over_http(serve_there: Callable[..., Command], tmp_path: Path) -> None:
    def git(*arguments: str, cwd: Path) -> None:
        who = ("-c", "user.name=x", "-c", "user.email=x@y", "-c", "http.postBuffer=1000")
        environ = clean_environ(GIT_TERMINAL_PROMPT="0", GIT_CONFIG_GLOBAL=os.devnull)
        subprocess.run(
            ["git", *who, *arguments], cwd=cwd, check=True, capture_output=True, env=environ,
            timeout=60,
        )  # fmt: skip

    git("init", "--quiet", "--bare", "repo.git", cwd=tmp_path)
    git("init", "--quiet", "work", cwd=tmp_path)
    work = tmp_path / "work"
    (work / "large").write_bytes(os.urandom(3_000_000))
    git("add", ".", cwd=work)
    git("commit", "--quiet", "--message", "large", cwd=work)
    with serve_there("klaus", KLAUS) as command:
        # More than the buffer of git's client: the pack is sent in chunks.
        git("push", f"http://127.0.0.1:{command.port}/repo", "HEAD:refs/heads/main", cwd=work)
    git("cat-file", "-e", "main:large", cwd=tmp_path / "repo.git")


@pytest.mark.parametrize(
    ("package", "code", "rule", "methods", "endpoint", "at"),
    [
        ("falcon", FALCON, "/", ["POST"], "Things", "    def on_post(self, req, resp):"),
        ("pyramid", PYRAMID, "/", [], "hello", "def hello(request):"),
        ("bottle", BOTTLE, "/", ["POST"], "site_app.index", "def index():"),
        ("fastapi", FASTAPI, "/", ["POST"], "site_app.index", "async def index(request: Request):"),
        ("django", DJANGO, "/admin/login/", [], "admin:login", ""),
    ],
    ids=["falcon", "pyramid", "bottle", "fastapi", "django"],
)
def test_rules_of(
    tmp_path: Path, package: str, code: str, rule: str, methods: list[str], endpoint: str, at: str
) -> None:
    needs(package)
    (tmp_path / "site_app.py").write_text(code)
    command = run(["routes", "site_app.py", "--python", PYTHON, "--json"], cwd=tmp_path)
    assert command.process.returncode == 0, command.err
    found = {route["rule"]: route for route in json.loads(command.out)["routes"]}
    route = found[rule]
    assert (route["methods"], route["endpoint"]) == (methods, endpoint)
    if at:
        assert route["file"] == str(tmp_path / "site_app.py")
        assert code.splitlines()[route["line"] - 1] == at
