"""Apps of real frameworks, served from the terminal as a user serves them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from served import ROOT, clean_environ, serve

from server.events import AppError, Event, OutputWritten, RequestFinished, ServerStopped, decode


def events_of(file: Path) -> list[Event]:
    return [decode(line) for line in file.read_text(encoding="ascii").splitlines()]


def the_error(events: list[Event]) -> tuple[AppError, RequestFinished]:
    """The only error there was, and its request."""
    (error,) = [event for event in events if isinstance(event, AppError)]
    (request,) = [
        event
        for event in events
        if isinstance(event, RequestFinished) and event.error_id == error.id
    ]
    assert request.id == error.request_id
    assert request.status == 500
    return error, request


FLASK = ["flask_factory:create_app()", "flask_factory", "flask_factory.py"]


@pytest.mark.parametrize("spec", FLASK)
def test_flask_from_a_factory(spec: str, tmp_path: Path) -> None:
    file = tmp_path / "events"
    with serve(spec, "--events", file) as command:
        assert command.ask("/").body == b"Hello, World!"
        sent = b'{"a": [1, "\\u00e4"]}'
        headers = [("Content-Type", "application/json")]
        answer = command.ask("/json?x=1", "POST", headers=headers, body=sent)
        assert json.loads(answer.body) == {
            "method": "POST", "args": {"x": "1"}, "sent": {"a": [1, "\u00e4"]}
        }  # fmt: skip
        stream = command.ask("/stream")
        assert stream.framing == "chunked"
        assert stream.body == b"line 0\nline 1\nline 2\n"
        assert command.ask("/redirect").get("Location") == "/"
        assert command.ask("/error").status == 500
        assert command.ask("/log").status == 200
        assert command.ask("/nothing").status == 404
        assert command.stop() == 0
        assert "ZeroDivisionError" in command.err
    events = events_of(file)
    error, request = the_error(events)
    assert (error.type, error.message, request.path) == (
        "ZeroDivisionError", "division by zero", "/error"
    )  # fmt: skip
    assert error.frames[-1].function == "error"
    assert ("secret", "'shown among the locals'") in error.frames[-1].locals
    log = [event for event in events if isinstance(event, OutputWritten)]
    line = next(event for event in log if "a line from the app's logger" in event.text)
    asked = [event for event in events if isinstance(event, RequestFinished)]
    assert line.request_id == next(event.id for event in asked if event.path == "/log")


HOST = "127.0.0.1"  # Django answers to no other name
VIEWS = """
from django.http import HttpResponse


def hello(request, name):
    return HttpResponse("Hello, " + name)


def broken(request):
    wanted = "the basket"
    raise LookupError(wanted)
"""
URLS = """
from django.contrib import admin
from django.urls import path

from . import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("hello/<str:name>", views.hello),
    path("broken", views.broken),
]
"""


@pytest.fixture(scope="module")
def django_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``django-admin startproject`` makes, with two views."""
    folder = tmp_path_factory.mktemp("django")
    run = [sys.executable, "-m", "django", "startproject", "mysite", str(folder)]
    subprocess.run(run, check=True, timeout=60, env=clean_environ(), cwd=folder)
    (folder / "mysite" / "views.py").write_text(VIEWS)
    (folder / "mysite" / "urls.py").write_text(URLS)
    return folder


@pytest.mark.parametrize("spec", ["mysite.wsgi:application", "mysite/wsgi.py", "."])
def test_django(django_site: Path, spec: str, tmp_path: Path) -> None:
    file = tmp_path / "events"
    with serve(spec, "--events", file, cwd=django_site) as command:
        assert command.ask("/hello/w%C3%B6rld", name=HOST).body == "Hello, w\u00f6rld".encode()
        assert command.ask("/admin/", name=HOST).get("Location") == "/admin/login/?next=/admin/"
        assert command.ask("/nothing", name=HOST).status == 404
        answer = command.ask("/broken", name=HOST)
        assert answer.status == 500
        assert b"LookupError" in answer.body, "Django's own debug page"
        assert command.stop() == 0
    error, request = the_error(events_of(file))
    assert (error.type, error.message, request.path) == ("LookupError", "the basket", "/broken")
    assert error.frames[-1].file == str(django_site / "mysite" / "views.py")
    assert ("wanted", "'the basket'") in error.frames[-1].locals


def test_a_fresh_django_project_shows_its_start_page(tmp_path: Path) -> None:
    run = [sys.executable, "-m", "django", "startproject", "fresh", str(tmp_path)]
    subprocess.run(run, check=True, timeout=60, env=clean_environ(), cwd=tmp_path)
    with serve("fresh.wsgi", cwd=tmp_path) as command:
        answer = command.ask("/", name=HOST)
        assert answer.status == 200
        assert b"The install worked successfully" in answer.body
        assert command.stop() == 0


def test_bottle(tmp_path: Path) -> None:
    file = tmp_path / "events"
    with serve("bottle_app:app", "--events", file) as command:
        assert command.ask("/").body == b"Hello, World!"
        assert json.loads(command.ask("/json/x").body) == {"name": "x"}
        assert command.ask("/stream").body == b"line 0\nline 1\nline 2\n"
        assert command.ask("/error").status == 500
        assert command.stop() == 0
    error, _ = the_error(events_of(file))
    assert (error.type, error.message) == ("RuntimeError", "raised in a Bottle view")


def test_the_validator_is_around_every_app_of_these_tests(tmp_path: Path) -> None:
    """This app breaks a rule that only ``wsgiref.validate`` knows."""
    file = tmp_path / "events"
    (tmp_path / "odd.py").write_text(
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain'), ('Status', '200')])\n"
        "    return [b'odd']\n"
    )
    with serve("odd:app", "--events", file, cwd=tmp_path) as command:
        assert command.ask("/").status == 500
        assert command.stop() == 0
    error, _ = the_error(events_of(file))
    assert error.type == "AssertionError"
    assert "Status header" in error.message


@pytest.fixture
def validated(tmp_path: Path) -> Path:
    return tmp_path / "events"


@pytest.mark.parametrize("mode", ["--single", "--threaded"])
def test_a_bare_callable_under_the_validator(validated: Path, mode: str) -> None:
    with serve("validated:application", mode, "--events", validated) as command:
        for method in ("GET", "HEAD"):
            answer = command.ask("/", method)
            assert answer.status == 200
            assert (answer.body == b"") == (method == "HEAD")
        body = b"x" * 200_000
        assert command.ask("/echo", "POST", body=body).body == body
        assert command.ask("*", "OPTIONS").status == 200
        assert command.ask("/status?code=204").framing == "none"
        assert command.ask("/%E4%BD%A0%E5%A5%BD").body == b"no /\xe4\xbd\xa0\xe5\xa5\xbd\n"
        assert command.stop() == 0
    events = events_of(validated)
    assert not [event for event in events if isinstance(event, AppError)]
    assert isinstance(events[-1], ServerStopped)


def test_the_example_that_comes_with_it() -> None:
    with serve(ROOT / "resources" / "examples" / "hello.py") as command:
        assert command.ask("/").body == b"Hello, World!"
        assert command.ask("/nothing").status == 404
        assert command.stop() == 0


def test_the_documented_example_by_its_own_run(tmp_path: Path) -> None:
    """The seed's program, with the import changed and a port that is free, run by itself."""
    import signal
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "hello.py").write_text(
        "from framework import App\napp = App(__name__)\n\n@app.route('/')\n"
        "def hello_world():\n    return 'Hello, World!'\n\n"
        f"if __name__ == '__main__':\n    app.run(port={port})\n"
    )
    with subprocess.Popen(
        [sys.executable, "hello.py"], cwd=tmp_path, env=clean_environ(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            assert f"Running on http://127.0.0.1:{port}" in line
            from wire import ask

            assert ask(port, "/").body == b"Hello, World!"
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        finally:
            process.kill()
