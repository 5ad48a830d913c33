"""The example of the seed document, literally; only the import is changed."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

SEED = """\
from flask import Flask
app = Flask(__name__)

@app.route('/')
def hello_world():
    return 'Hello, World!'

if __name__ == '__main__':
    app.run()
"""


def changed_import() -> str:
    return SEED.replace("from flask import Flask", "from framework import App").replace(
        "Flask(__name__)", "App(__name__)"
    )


def test_seed_example_runs_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    fake = SimpleNamespace(run_simple=lambda *args, **kwargs: calls.append((args, kwargs)))
    monkeypatch.setitem(sys.modules, "server", fake)
    names = {"__name__": "__main__"}
    exec(changed_import(), names)
    ((host, port, app), options) = calls[0]
    assert (host, port) == ("127.0.0.1", 5000)
    assert app is names["app"]
    assert options == {"use_reloader": False, "use_debugger": False, "threaded": True}


def test_seed_example_answers() -> None:
    names = {"__name__": "seed_example"}
    exec(changed_import(), names)
    seen = []

    def start_response(status, headers, exc_info=None):
        seen.append((status, dict(headers)))

    from werkzeug.test import create_environ

    body = b"".join(names["app"](create_environ("/"), start_response))
    assert body == b"Hello, World!"
    assert seen == [
        ("200 OK", {"Content-Type": "text/html; charset=utf-8", "Content-Length": "13"})
    ]
