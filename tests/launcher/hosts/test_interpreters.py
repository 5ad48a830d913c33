"""Workers in every Python that is promised, in a virtual environment where nothing is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hosting import Run, saying
from recorder import WAIT
from wire import ask

from launcher.hosts.process_host import ProcessHost
from server.events import AppError, OutputWritten, ReloadFailed, RequestFinished

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")

CODE = """
import json, os, sys, warnings
import package
print("imported", flush=True)
def app(environ, start_response):
    if environ["PATH_INFO"] == "/error":
        print("printed")
        return 1 / 0
    start_response("200 OK", [("Content-Type", "text/plain")])
    facts = [sys.version_info[:2], sys.prefix, os.environ.get("VIRTUAL_ENV"), package.__file__,
             os.environ["PATH"].split(os.pathsep)[0], sys.path[0], "server" in sys.modules]
    return [json.dumps(facts).encode()]
"""


def interpreter(version: str) -> Path:
    """An interpreter of a version; skips the test where there is none."""
    if version == "{}.{}".format(*sys.version_info):
        return Path(sys.executable)
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    if not found:
        pytest.skip(f"there is no Python {version} on this machine")
    return found[-1]


@pytest.mark.parametrize(
    ("version", "mode"),
    [*((version, "threaded") for version in VERSIONS), ("3.13", "forking")],
)
def test_worker_in_a_virtual_environment(
    run_in: Callable[..., Run],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    mode: str,
) -> None:
    """Start, requests, errors, reloads by a fork, a broken app, stop; as in the launcher's own."""
    base = interpreter(version)
    environment = tmp_path / "an environment"
    subprocess.run(
        [base, "-m", "venv", "--without-pip", environment], check=True, timeout=WAIT, env={}
    )
    (place,) = environment.glob("lib/python*/site-packages")
    (place / "package.py").touch()
    # In the worker, a warning of ours would be an error of ours; here it would fail nothing.
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    python = environment / "bin" / "python"
    server = run_in(ProcessHost, CODE, python=str(python), reload=True, mode=mode)
    started = server.events.started()
    assert started.python.startswith(version + ".")
    for _ in range(3):
        facts = json.loads(server.body())
        assert facts[0] == [int(part) for part in version.split(".")]
        assert facts[1:3] == [str(environment)] * 2
        assert facts[3] == str(place / "package.py")
        assert facts[4:] == [str(environment / "bin"), str(server.folder), False]
        assert ask(server.port, "/error").status == 500
        server.reload(CODE)
        started = server.events.started()
    server.reload("broken\n")
    assert "NameError" in server.events.next(ReloadFailed).traceback
    server.reload(saying("healed"))
    server.events.started()
    assert server.body() == b"healed"
    assert server.end().processes_left == 0
    text = [event.text for event in server.of(OutputWritten)]
    assert set(text) == {"imported\n", "printed\n"}, text
    assert [event.type for event in server.of(AppError)] == ["ZeroDivisionError"] * 3 + [
        "NameError"
    ]
    assert len(server.of(RequestFinished)) == 7


def test_interpreter_that_leaves_its_path_alone(
    run_in: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PYTHONSAFEPATH keeps the folder of the first script off the path, also in a worker."""
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    server = run_in(ProcessHost, saying("one"), reload=True)
    server.events.started()
    assert server.body() == b"one"
    server.reload(saying("two"))
    server.events.started()
    assert server.body() == b"two"
    server.end()
