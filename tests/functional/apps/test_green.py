"""Apps on gevent and eventlet, as they are installed, with many requests at a time.

Run by ``make apps``, which has set up the environment that the variable names.
"""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest
from served import Command
from wire import ask

PYTHON = os.environ.get("SERVEDECK_APPS_PYTHON", "")
PATCHES = {
    "gevent": "from gevent import monkey; monkey.patch_all()",
    "eventlet": "import eventlet; eventlet.monkey_patch()",
}
CODE = """
import queue, sqlite3, threading, time
local = threading.local()
def app(environ, start_response):
    said = local.said = environ["QUERY_STRING"].encode()
    if environ["PATH_INFO"] == "/sleep":
        time.sleep(0.2)
    if environ["PATH_INFO"] == "/thread":
        answers = queue.Queue()
        threading.Thread(target=lambda: answers.put(said)).start()
        local.said = answers.get()
    if environ["PATH_INFO"] == "/database":
        with sqlite3.connect(":memory:") as database:
            local.said = database.execute("select ?", (said,)).fetchone()[0]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [local.said + environ["wsgi.input"].read()]
"""


@pytest.mark.skipif(not PYTHON, reason="make apps sets up its environment")
@pytest.mark.parametrize(
    "options", [[], ["--reload"], ["--single"], ["--processes", "2"]],
    ids=["", "reload", "single", "processes"],
)  # fmt: skip
@pytest.mark.parametrize("name", PATCHES)
def test_green_threads(tmp_path: Path, name: str, options: list[str]) -> None:
    probe = subprocess.run([PYTHON, "-c", f"import {name}"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip(f"{name} is not installed")
    (tmp_path / "app.py").write_text(PATCHES[name] + CODE)
    app = str(tmp_path / "app.py")
    with Command("serve", app, "--python", PYTHON, "--port", "0", *options) as command:
        port = command.port
        for path in ("/thread", "/database", "/"):
            assert ask(port, f"{path}?said").body == b"said"
        answers: dict[str, bytes] = {}

        def get(number: int) -> None:
            answers[str(number)] = ask(port, f"/sleep?{number}").body

        threads = [threading.Thread(target=get, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert answers == {number: number.encode() for number in map(str, range(10))}
        assert "KeyError" not in command.out + command.err


@pytest.mark.skipif(not PYTHON, reason="make apps sets up its environment")
@pytest.mark.parametrize("name", PATCHES)
def test_an_import_that_waits_is_found_though_another_stack_runs(tmp_path: Path, name: str) -> None:
    """What is imported has given its thread to the library's loop."""
    probe = subprocess.run([PYTHON, "-c", f"import {name}"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip(f"{name} is not installed")
    (tmp_path / "app.py").write_text(f"{PATCHES[name]}\nimport time\n\ntime.sleep(60)\n")
    app = str(tmp_path / "app.py")
    with Command("serve", app, "--python", PYTHON, "--port", "0") as command:
        command.wait_for(lambda: "executing the module app" in command.err, "where it stands")
        assert f"{app}, line 4, time.sleep(60)" in command.err
