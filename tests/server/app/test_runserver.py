"""server.app.runserver: a real Django project, in an interpreter of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import flask

from server.app.runserver import as_runserver

ROOT = Path(__file__).parents[3]
STYLE = "/static/admin/css/base.css"

# Each case prints a line to standard output; what as_runserver prints goes to standard error.
CODE = """
import sys
from pathlib import Path
from wsgiref.util import setup_testing_defaults
from server.app.load import load_app
from server.app.runserver import as_runserver

out, sys.stdout = sys.stdout, sys.stderr

def status(app, path):
    environ = {"PATH_INFO": path}
    setup_testing_defaults(environ)
    found = []
    answer = app(environ, lambda status, headers, exc_info=None: found.append(status))
    b"".join(answer)
    answer.close()
    return found[0][:3]

def show(name, *values):
    print(name, *values, file=out)
    print("---", name, file=sys.stderr, flush=True)

project = Path(sys.argv[1])
app = load_app("mysite.wsgi", project)
from django.conf import settings
from django.core import checks
import mysite.asgi

served = as_runserver(app, static=True, checks=True)
show("debug", status(app, "/static/admin/css/base.css"), *(
    status(served, path) for path in ("/static/admin/css/base.css", "/static/none", "/admin/login/")
))
show("again", as_runserver(served, static=True, checks=False) is served)
show("nostatic", as_runserver(app, static=False, checks=False) is app)
show("asgi", type(as_runserver(mysite.asgi.application, static=True, checks=False)).__name__)

def fails(app_configs, **options):
    return [checks.Error("The shop is closed.", id="shop.E001")]
def breaks(app_configs, **options):
    raise LookupError("no shop")
checks.register(fails)
as_runserver(app, static=False, checks=True)
show("failing check")
checks.register(breaks)
as_runserver(app, static=False, checks=True)
show("breaking check")
settings.STATIC_URL = None
show("no url", as_runserver(app, static=True, checks=False) is app)
settings.DEBUG = False
show("no debug", as_runserver(app, static=True, checks=True) is app)
show("our debug", as_runserver(app, static=True, checks=True, debug=True) is app)
"""


def test_what_runserver_does(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "django", "startproject", "mysite", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "debug 404 200 404 200",
        "again True",
        "nostatic True",
        "asgi ASGIStaticFilesHandler",
        "failing check",
        "breaking check",
        "no url True",
        "no debug True",
        "our debug True",
    ], done.stderr
    printed = {}
    rest = done.stderr
    for line in done.stdout.splitlines():
        name = line.partition(" ")[0] if line.startswith(("debug", "again")) else line
        name = name.removesuffix(" True").removesuffix(" ASGIStaticFilesHandler")
        printed[name], _, rest = rest.partition(f"--- {name}\n")
    assert "unapplied migration(s)" in printed["debug"]
    assert printed["nostatic"] == ""
    assert "(shop.E001) The shop is closed." in printed["failing check"]
    assert "Traceback" not in done.stderr
    assert "Django's checks failed: LookupError: no shop\n" in printed["breaking check"]
    assert printed["no url"].startswith("Static files are not served: ImproperlyConfigured: ")
    assert printed["no debug"] == ""
    assert printed["our debug"].startswith("Static files are not served, as by runserver: DEBUG")


def test_any_other_app_is_left_alone() -> None:
    app = flask.Flask("x")
    assert as_runserver(app, static=True, checks=True) is app
