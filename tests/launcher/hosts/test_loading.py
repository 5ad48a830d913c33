"""What hosts do with apps of other forms: ASGI, and files with several import roots."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hosting import MakeHost, Run, saying
from recorder import write_app
from wire import ask

from launcher.hosts.process_host import ProcessHost
from launcher.hosts.thread_host import ThreadHost
from server.events import OutputWritten, ReloadFailed, ServerFailed, ServerStarted

ASGI = (Path(__file__).parents[2] / "live_apps" / "asgi_app.py").read_text()
FAILS = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})
"""


@pytest.fixture(params=[ThreadHost, ProcessHost])
def run(request: pytest.FixtureRequest, run_in: Callable[..., Run]) -> Callable[..., Run]:
    """Starts a server on an app's code, in each host; it is stopped at the end."""
    make_host: MakeHost = request.param
    return lambda *args, **options: run_in(make_host, *args, **options)


def printed(server: Run) -> list[str]:
    return "".join(event.text for event in server.of(OutputWritten)).split()


def test_an_asgi_app_and_its_lifespan_over_a_reload(run: Callable[..., Run]) -> None:
    server = run(ASGI, reload=True)
    assert "ASGI app" in server.events.started().note
    assert json.loads(server.body("/shop"))["state"] == {"began": "here"}
    server.reload(FAILS)
    (failed,) = server.wait_count(ReloadFailed, 1)
    assert failed.error == "The app's startup failed: no database"
    server.reload(ASGI.replace('"here"', '"again"'))
    server.wait_count(ServerStarted, 2)
    assert json.loads(server.body())["state"] == {"began": "again"}
    server.end()
    assert printed(server).count("startup") == printed(server).count("shutdown") == 2


def test_an_asgi_app_whose_startup_fails_is_not_served(run: Callable[..., Run]) -> None:
    server = run(FAILS)
    (failed,) = server.wait_count(ServerFailed, 1)
    assert (failed.kind, failed.message) == (
        "app-import", "The app's startup failed: no database",
    )  # fmt: skip


def test_an_asgi_app_is_not_forked(run_in: Callable[..., Run]) -> None:
    server = run_in(ProcessHost, ASGI, mode="forking")
    (failed,) = server.wait_count(ServerFailed, 1)
    assert "choose threaded instead of forking" in failed.message


def test_an_interpreter_without_a2wsgi_gets_ours(run_in: Callable[..., Run]) -> None:
    """The packages are hidden from the app: it may ask what is installed."""
    hidden = "import sys\nsys.modules['a2wsgi'] = sys.modules['typing_extensions'] = None\n"
    server = run_in(ProcessHost, hidden + ASGI)
    server.events.started()
    assert ask(server.port).status == 200


def test_an_import_root_that_was_found_is_kept_for_reloads(
    run: Callable[..., Run], tmp_path: Path
) -> None:
    """The app imports its neighbour as ``python main.py`` lets it, and counts its imports."""
    code = (
        "import admin, pathlib\n"
        "with pathlib.Path(__file__).with_name('imports').open('a') as file: file.write('x')\n"
    )
    (tmp_path / "shop").mkdir()
    for name, text in (("__init__", ""), ("admin", ""), ("main", code + saying("one"))):
        write_app(tmp_path / "shop", text, f"{name}.py")
    server = run(app="shop.main:app", reload=True)
    started = server.events.started()
    assert Path(started.root) == server.folder / "shop"
    assert server.body() == b"one"
    marks = server.folder / "shop" / "imports"
    assert marks.read_text() == "xx"  # once by trying, once to serve
    server.edit(code + saying("two"), "shop/main.py")
    server.reload()
    assert server.wait_count(ServerStarted, 2)[1].root == started.root
    assert server.body() == b"two"
    assert marks.read_text() == "xxx"
