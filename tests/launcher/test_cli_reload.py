"""``servedeck serve`` with reloads and worker processes: real processes, saves and signals."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hosting import marked, saying
from recorder import GATED, Gate, write_app
from served import WAIT, Command, run, serve, wait_until
from wire import Wire, request

from server.events import (
    Event,
    Reloading,
    RequestFinished,
    RequestStarted,
    RoutesFound,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    decode,
)

CRASH = "import os\ndef app(environ, start_response):\n    os._exit(5)\n"


def save(folder: Path, code: str, name: str = "app.py") -> None:
    """By atomic replace, as vim and PyCharm do."""
    write_app(folder, code, name + ".new")
    os.replace(folder / (name + ".new"), folder / name)


def read_events(file: Path) -> list[Event]:
    return [decode(line) for line in file.read_text("ascii").splitlines()]


def lines(command: Command, start: str) -> list[str]:
    return [line for line in command.out.splitlines() if line.startswith(start)]


@pytest.fixture
def project(tmp_path: Path, mark: str) -> Path:
    write_app(tmp_path, saying("one"))
    return tmp_path


def test_saves_reload_the_app(project: Path) -> None:
    """Each is reported with what has changed and how long it took; the events are in order."""
    file = project / "events.jsonl"
    with serve("app", "--reload", "--events", file, cwd=project) as command:
        assert command.ask().body == b"one"
        for number in range(3):
            save(project, saying(f"v{number}"))
            command.wait_for(lambda n=number: len(lines(command, "Reloaded in")) > n, "a reload")
            assert command.ask().body == f"v{number}".encode()
        assert command.stop() == 0
    assert command.err == ""
    printed = [line for line in command.out.splitlines() if not re.match(r"\d\d:", line)]
    assert printed[0].startswith("Serving app on http://127.0.0.1:")
    assert printed[1:-1:2] == ["Reloading: app.py changed."] * 3
    assert all(re.match(r"Reloaded in \d+\.\d\d s", line) for line in printed[2:-1:2])
    assert re.fullmatch(r"Stopped: port \d+ free, 0 processes left.*\.", printed[-1])
    events = read_events(file)
    reported = [type(e) for e in events if not isinstance(e, RequestStarted | RequestFinished)]
    loads = [ServerStarted, RoutesFound]
    assert reported == [*loads, *[Reloading, *loads] * 3, ServerStopped]
    begun = [e.id for e in events if isinstance(e, RequestStarted)]
    assert len(set(begun)) == 4
    assert begun == [e.id for e in events if isinstance(e, RequestFinished)]
    stopped = events[-1]
    assert isinstance(stopped, ServerStopped)
    assert (stopped.reason, stopped.port_free, stopped.processes_left) == ("stopped", True, 0)


@pytest.mark.parametrize("debug", [False, True], ids=["plain", "debug"])
def test_broken_app_stays_up_and_heals(project: Path, debug: bool) -> None:
    options = ["--debug"] if debug else []
    with serve("app", "--reload", *options, cwd=project) as command:
        assert command.ask().body == b"one"
        save(project, "import json\nraise RuntimeError('half-way')\n")
        command.wait_for(lambda: "The next change loads the app again." in command.err, "it")
        page = command.ask()
        assert page.status == 500
        assert (b"RuntimeError: half-way" in page.body) == debug
        save(project, saying("healed"))
        command.wait_for(lambda: len(lines(command, "Reloaded in")) == 1, "the reload")
        assert command.ask().body == b"healed"
        assert command.stop() == 0
    assert command.err.count("RuntimeError: half-way\n") == 1  # the traceback's last line
    assert command.err.count("Traceback (most recent call last)") == 1
    assert str(project / "app.py") in command.err
    assert "servedeck: app failed while it was imported: RuntimeError: half-way" in command.err


def test_app_that_is_broken_from_the_beginning_stays_up(project: Path) -> None:
    save(project, "raise RuntimeError('from the start')\n")
    with serve("app", "--reload", cwd=project) as command:
        assert command.ask().status == 500
        command.wait_for(lambda: "from the start" in command.err, "the traceback")
        save(project, saying("healed"))
        command.wait_for(lambda: len(lines(command, "Reloaded in")) == 1, "the reload")
        assert command.ask().body == b"healed"
        assert command.stop() == 0


@pytest.mark.parametrize("options", [["--run-in", "process"], ["--processes", "2"]])
def test_import_failure_without_reload_ends_it(project: Path, options: list[str]) -> None:
    """Also in a process of its own: the app's own traceback, one line, exit 1."""
    save(project, "raise RuntimeError('broken')\n")
    command = run(["serve", "app", "--port", "0", *options], cwd=project)
    assert command.process.returncode == 1
    assert command.out == ""
    *traceback, last = command.err.splitlines()
    assert traceback[-1] == "RuntimeError: broken"
    assert last == "servedeck: app failed while it was imported: RuntimeError: broken"
    assert "_bootstrap" not in command.err


def test_crash_without_reload_is_the_apps_failure(project: Path) -> None:
    """Exit 1, as for every failure of the app; the request is reported as cut off."""
    save(project, CRASH)
    file = project / "events.jsonl"
    options = ["--run-in", "process", "--events", file]
    with serve("app", *options, cwd=project) as command:
        with Wire(command.port) as wire:
            wire.send(request("GET", "/crash"))
            assert wire.at_end()
        assert command.wait() == 1
    assert "cut off  GET /crash" in command.out
    assert "exit status 5" in command.err
    finished, failed = read_events(file)[-2:]
    assert isinstance(finished, RequestFinished)
    assert (finished.target, finished.aborted) == ("/crash", True)
    assert isinstance(failed, ServerFailed)
    assert failed.kind == "app-crashed"


def test_crash_with_reload_keeps_it_up(project: Path) -> None:
    save(project, CRASH)
    with serve("app", "--reload", cwd=project) as command:
        with Wire(command.port) as wire:
            wire.send(request("GET", "/crash"))
            assert wire.at_end()
        command.wait_for(lambda: "exit status 5" in command.err, "the crash")
        save(project, saying("healed"))
        command.wait_for(lambda: len(lines(command, "Reloaded in")) == 1, "the reload")
        assert command.ask().body == b"healed"
        assert command.stop() == 0


def test_processes(project: Path) -> None:
    save(project, "import os\n" + saying("x").replace("b'x'", "str(os.getpid()).encode()"))
    with serve("app", "--processes", "3", cwd=project) as command:
        pids = {command.ask().body for _ in range(4)}
        assert len(pids) == 4
        assert "(forking, Python 3." in command.out
        assert command.stop() == 0
    assert command.err == ""


def test_python_of_an_environment(project: Path) -> None:
    """With --python, and by itself where the project has one; a bad one is reported in a line."""
    environment = project / ".venv"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=WAIT
    )
    save(project, "import sys\n" + saying("x").replace("b'x'", "sys.prefix.encode()"))
    for options in (["--python", ".venv/bin/python"], []):
        with serve("app", *options, cwd=project) as command:
            assert command.ask().body.decode() == str(environment)
            assert command.stop() == 0
        assert command.err == ""


def test_python_that_is_none(project: Path) -> None:
    command = run(["serve", "app", "--port", "0", "--python", "nowhere/python"], cwd=project)
    assert command.process.returncode == 2
    assert command.out == ""
    (line,) = command.err.splitlines()
    assert line.startswith("servedeck: ")
    assert str(project) in line


def test_variables_for_the_app(project: Path) -> None:
    """--env wins over what is there, and that over the file; a change of the file reloads."""
    names = "('FROM_FILE', 'FROM_ENV', 'THERE', 'BOTH')"
    save(project, "import json, os\n" + saying("x").replace(
        "b'x'", f"json.dumps([os.environ.get(n) for n in {names}]).encode()"))  # fmt: skip
    (project / "app.env").write_text("FROM_FILE=1\nTHERE=file\nBOTH=file\n")
    options = ["--env-file", "app.env", "--env", "FROM_ENV=2", "--env", "BOTH=b=c d"]
    with serve("app", "--reload", *options, cwd=project, THERE="shell") as command:
        assert json.loads(command.ask().body) == ["1", "2", "shell", "b=c d"]
        save(project, "FROM_FILE=11\n", "app.env")
        command.wait_for(lambda: len(lines(command, "Reloaded in")) == 1, "the reload")
        assert json.loads(command.ask().body) == ["11", "2", "shell", "b=c d"]
        assert command.stop() == 0
    assert "Reloading: app.env changed." in command.out


def test_extra_files(project: Path) -> None:
    (project / "templates").mkdir()
    save(project, saying("x").replace("b'x'", "open('templates/page.html', 'rb').read()"))
    (project / "templates" / "page.html").write_text("<p>")
    with serve("app", "--reload", "--extra-file", "templates", cwd=project) as command:
        assert command.ask().body == b"<p>"
        save(project / "templates", "<h1>", "page.html")
        command.wait_for(lambda: len(lines(command, "Reloaded in")) == 1, "the reload")
        assert command.ask().body == b"<h1>"
        assert command.stop() == 0
    assert "Reloading: templates/page.html changed." in command.out


def test_signal_with_a_worker(project: Path, gate: Gate, mark: str) -> None:
    """Requests get their time."""
    save(project, GATED.format(at_import=""))
    with serve("app", "--reload", cwd=project) as command:
        with Wire(command.port) as wire:
            wire.send(request("GET", "/gate"))
            gate.wait_entered()
            command.send_signal(signal.SIGINT)
            command.wait_for(lambda: "again to end at once" in command.out, "the stop")
            gate.open()
            assert wire.answer().body == b"through the gate"
        assert command.wait() == 0
    assert command.err == ""
    assert "0 processes left" in command.out.splitlines()[-1]
    assert marked(mark) == {}


@pytest.mark.parametrize("options", [["--reload"], ["--processes", "2"]])
def test_second_signal_with_a_worker(
    project: Path, gate: Gate, options: list[str], mark: str
) -> None:
    """It ends everything at once, whatever still runs."""
    save(project, GATED.format(at_import="import subprocess; subprocess.Popen(['sleep', '600'])"))
    with (
        serve("app", "--grace", "600", *options, cwd=project) as command,
        Wire(command.port) as wire,
    ):
        wire.send(request("GET", "/gate"))
        gate.wait_entered()
        command.send_signal(signal.SIGINT)
        command.wait_for(lambda: "again to end at once" in command.out, "the stop")
        command.send_signal(signal.SIGINT)
        assert command.wait(10) == -signal.SIGINT
        wait_until(lambda: not marked(mark), "the end of everything", 2)
        assert wire.at_end()
    assert command.err == ""
