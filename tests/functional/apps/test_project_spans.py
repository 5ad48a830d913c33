"""What whole projects do in a request, as ``servedeck serve --events`` reports it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from served import Command, serve, wait_until
from wire import ask

PYTHON = os.environ.get("SERVEDECK_APPS_PYTHON", "")
pytestmark = pytest.mark.skipif(not PYTHON, reason="make apps sets the environment up")

FLASK = """
import logging
from flask import Flask, render_template_string
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.sqlite"
db = SQLAlchemy(app)

class Item(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String)

with app.app_context():
    db.drop_all()
    db.create_all()
    db.session.add_all([Item(name=f"item {number}") for number in range(5)])
    db.session.commit()

@app.get("/")
def index():
    app.logger.warning("asked")
    names = [db.session.get(Item, number).name for number in range(1, 6)]
    return render_template_string("{{ names|length }}", names=names)

@app.get("/stream")
def stream():
    def lines():
        with app.app_context():
            for item in db.session.scalars(db.select(Item)):
                yield item.name + "\\n"
    return lines()

@app.get("/fails")
def fails():
    db.session.execute(db.text("SELECT 1 FROM nowhere"))
"""
DJANGO = """
import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import HttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"], DEBUG=True, ROOT_URLCONF=__name__, SECRET_KEY="x",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite"}},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["pages"]}],
)
django.setup()

class Item(models.Model):
    name = models.TextField()
    class Meta:
        app_label = "shop"

def index(request):
    from django.shortcuts import render
    return render(request, "list.html", {"items": Item.objects.all()})

async def later(request):
    return HttpResponse(str(await sync_to_async(Item.objects.count)()))

def setup(request):
    with connection.schema_editor() as editor:
        editor.create_model(Item)
    Item.objects.bulk_create([Item(name=name) for name in "abc"])
    return HttpResponse("done")

urlpatterns = [path("", index), path("later", later), path("setup", setup)]
app = get_wsgi_application()
"""
GEVENT = """
from gevent import monkey; monkey.patch_all()
import gevent, sqlite3, subprocess

def app(environ, start_response):
    connection = sqlite3.connect(":memory:")
    for turn in range(5):
        connection.execute(f"SELECT {environ['QUERY_STRING']}, {turn}")
        gevent.sleep(0.01)
    subprocess.run(["true"], check=True)
    start_response("200 OK", [("Content-Length", "0")])
    return []
"""
PAGE = "<ul>\n{% for item in items %}<li>{{ item.name }}</li>\n{% endfor %}</ul>\n"


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Command]:
    def project(code: str, *options: str) -> Command:
        (tmp_path / "shop.py").write_text(code)
        return serve(
            "shop.py", "--python", PYTHON, "--flow", "on", "--events", "events", *options,
            cwd=tmp_path,
        )  # fmt: skip

    return project


def finished(folder: Path, path: str, count: int = 1) -> list[dict[str, Any]]:
    """The events of requests of a path, as soon as there are so many."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        lines = (folder / "events").read_text().splitlines()
        events = [json.loads(line) for line in lines if '"RequestFinished"' in line]
        found[:] = [event for event in events if event["path"] == path]
        return len(found) >= count

    wait_until(there, f"{path} is reported")
    return found


def sql(event: dict[str, Any]) -> list[dict[str, Any]]:
    return [span for span in event["spans"] if span["kind"] == "sql"]


@pytest.mark.parametrize("options", [(), ("--processes", "2")], ids=["threads", "processes"])
def test_flask_and_sqlalchemy(
    project: Callable[..., Command], tmp_path: Path, options: tuple[str, ...]
) -> None:
    with project(FLASK, *options) as command:
        for path in ("/", "/", "/stream", "/fails"):
            ask(command.port, path)
        first, second = finished(tmp_path, "/", 2)
        (stream,) = finished(tmp_path, "/stream")
        (fails,) = finished(tmp_path, "/fails")
    for event in (first, second):
        selects = sql(event)
        assert len(selects) == 5
        assert {(span["file"], span["line"], span["function"]) for span in selects} == {
            (str(tmp_path / "shop.py"), 23, "<listcomp>")
        }
        assert [span["parameters"] for span in selects] == [f"({n},)" for n in range(1, 6)]
        kinds = [span["kind"] for span in event["spans"]]
        assert kinds == ["log", *["sql"] * 5, "template"]
        assert event["spans_left_out"] == []
    (span,) = sql(stream)
    assert (span["line"], span["database"]) == (30, "sqlite")
    assert sql(fails)[0]["error"].startswith("OperationalError: no such table")
    assert "error" in [span["kind"] for span in fails["spans"]]


def test_django_with_templates_and_an_asynchronous_view(
    project: Callable[..., Command], tmp_path: Path
) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "list.html").write_text(PAGE)
    with project(DJANGO) as command:
        for path in ("/setup", "/", "/later"):
            assert ask(command.port, path).status == 200, path
        (setup,) = finished(tmp_path, "/setup")
        (index,) = finished(tmp_path, "/")
        (later,) = finished(tmp_path, "/later")
    labels = [span["label"].partition(" ")[0] for span in sql(setup)]
    assert labels[-3:] == ["BEGIN", "INSERT", "COMMIT"]
    (select,) = sql(index)
    # A queryset is lazy: the template's line asks.
    assert (select["file"], select["line"]) == (str(tmp_path / "pages" / "list.html"), 2)
    template = next(span for span in index["spans"] if span["kind"] == "template")
    assert template["label"] == "list.html"
    (count,) = sql(later)  # asked for on another thread, on which no line of the project's is
    assert count["label"].startswith("SELECT COUNT(*)")


def test_a_reload_begins_anew(project: Callable[..., Command], tmp_path: Path) -> None:
    with project(FLASK, "--reload") as command:
        ask(command.port, "/")
        (first,) = finished(tmp_path, "/")
        code = FLASK.replace("range(1, 6)", "range(1, 4)")
        (tmp_path / "shop.py").write_text(code)
        wait_until(lambda: ask(command.port, "/").body == b"3", "the new code answers")
        answered = [3, 5]
        wait_until(
            lambda: sorted({len(sql(event)) for event in finished(tmp_path, "/")}) == answered,
            "the new code is reported",
        )
        newest = finished(tmp_path, "/", 2)[-1]
    assert (len(sql(first)), len(sql(newest))) == (5, 3)


def test_greenlets_keep_their_requests_apart(
    project: Callable[..., Command], tmp_path: Path
) -> None:
    with project(GEVENT) as command:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda number: ask(command.port, f"/?{number}"), range(6)))
        events = finished(tmp_path, "/", 6)
    for event in events:
        labels = [span["label"] for span in event["spans"]]
        assert labels == [*[f"SELECT {event['query']}, {turn}" for turn in range(5)], "true"]
