"""launcher.hosts.choice and leftovers: where an app runs and why; what a stopped one has left."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hosting import is_there
from served import wait_until

from launcher.core.project.interpreters import is_own
from launcher.core.resources import Example, examples
from launcher.hosts.choice import Choice, choose
from launcher.hosts.leftovers import MARK, end_leftovers, marked_processes
from server.config import ServerConfig
from server.errors import ConfigError
from server.events import Reason


def config(project: Path, **options: object) -> ServerConfig:
    return ServerConfig(app="app", project=str(project), **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def other_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of a virtual environment: a link to the one that runs this."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    return str(folder / "bin" / "python")


CHOICES = [  # options, a file of the project, in a process of its own, what the reason names
    ({}, "", True, "neither a crash nor"),
    ({"python": sys.executable}, "", True, "neither a crash nor"),
    ({"mode": "single"}, "", True, "neither a crash nor"),
    ({"reload": True}, "", True, "neither a crash nor"),
    ({"mode": "forking"}, "", True, "fork"),
    ({"python": "OTHER"}, "", True, "an interpreter of its own, "),
    ({}, "server.py", True, "its module server has the name"),
    ({}, "framework/__init__.py", True, "its module framework"),
    ({}, "src/launcher.py", True, "its module launcher"),
    ({}, "sub/server.py", True, "neither a crash nor"),
    ({}, "server/notes.txt", True, "neither a crash nor"),
    ({"run_in": "process"}, "", True, "as you chose"),
    ({"run_in": "thread"}, "", False, "as you chose"),
    ({"run_in": "thread", "reload": True}, "", False, "as you chose"),
]


@pytest.mark.parametrize(("options", "file", "in_process", "why"), CHOICES)
def test_choice(
    tmp_path: Path,
    other_python: str,
    options: dict[str, object],
    file: str,
    in_process: bool,
    why: str,
) -> None:
    """The reason is a sentence for the user."""
    if file:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    if options.get("python") == "OTHER":
        options = {**options, "python": other_python}
        why += other_python
    choice = choose(config(tmp_path, **options))
    assert choice.in_process == in_process
    assert why in choice.why
    assert choice.why.startswith("The app runs in ")
    assert choice.why.endswith(".")


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_the_examples_run_in_this_process_one_at_a_time(example: Example) -> None:
    config = ServerConfig(app=example.app, project=str(example.project), reload=True)
    assert choose(config) == Choice(False, Reason("example"))
    assert choose(config, is_free=False) == Choice(True, Reason("taken"))
    with pytest.raises(ConfigError, match="another server runs in it"):
        choose(replace(config, run_in="thread"), is_free=False)


@pytest.mark.parametrize(
    ("options", "file", "expected"),
    [
        ({"mode": "forking"}, "", "fork"),
        ({"python": "OTHER"}, "", "an interpreter of its own"),
        ({}, "server.py", "its module server"),
    ],
)
def test_this_process_may_be_impossible(
    tmp_path: Path, other_python: str, options: dict[str, object], file: str, expected: str
) -> None:
    if file:
        (tmp_path / file).touch()
    if "python" in options:
        options = {**options, "python": other_python}
    with pytest.raises(ConfigError) as refused:
        choose(config(tmp_path, run_in="thread", **options))
    assert refused.value.setting == "run_in"
    assert expected in refused.value.message
    assert "Choose Separate process" in refused.value.message


def test_interpreter_that_cannot_be_used(tmp_path: Path) -> None:
    text = tmp_path / "python"
    text.write_text("#!/bin/sh\nexit 1\n")
    text.chmod(0o755)
    for python in (tmp_path / "missing", tmp_path, text):
        with pytest.raises(ConfigError) as refused:
            choose(config(tmp_path, python=str(python)))
        assert str(tmp_path) in refused.value.message
        assert "\n" not in refused.value.message


def test_our_own_interpreter_is_known_by_its_folder(
    other_python: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An environment's link to it is another one; another name in the same folder is not."""
    mine = Path(sys.executable)
    assert is_own("")
    assert is_own(str(mine))
    assert is_own(str(mine.parent / ".." / mine.parent.name / mine.name))
    assert not is_own(other_python)
    assert not is_own(str(mine.resolve())) or mine.resolve().parent == mine.parent
    monkeypatch.chdir(mine.parent)
    assert is_own(f"./{mine.name}")
    link = tmp_path / "bin"
    link.symlink_to(mine.parent)
    assert is_own(str(link / mine.name))


# What is left behind


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(value: str | None, code: str) -> subprocess.Popen[bytes]:
        environ = dict(os.environ) | ({} if value is None else {MARK: value})
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env=environ,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


SLEEP = "import time; print(flush=True); time.sleep(600)"
STUBBORN = (
    "import signal\n"
    "for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
    "    signal.signal(number, signal.SIG_IGN)\n" + SLEEP
)
DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(600)
    os._exit(0)
os.wait()
"""


def test_every_process_with_the_mark_is_ended_and_no_other(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    mark = uuid.uuid4().hex
    ours = [start(mark, SLEEP), start(mark, STUBBORN), start(mark, DAEMON)]
    others = [start(None, SLEEP), start(mark + "0", SLEEP), start("", SLEEP)]
    found = set(marked_processes(mark) or ())
    assert {process.pid for process in ours[:2]} <= found
    assert len(found) == 3  # the daemon, not the one that started it
    assert end_leftovers(mark) == 0
    assert marked_processes(mark) == []
    for process in ours:  # and their ends are still there for those who wait for them
        process.wait(5)
    assert [process.returncode for process in ours] == [-9, -9, 0]
    assert all(is_there(process.pid) for process in others)


def test_one_that_keeps_starting_others_is_ended(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    mark = uuid.uuid4().hex
    start(
        mark,
        "import subprocess, sys, time\nprint(flush=True)\n"
        "while True: subprocess.Popen(['sleep', '600'], start_new_session=True); time.sleep(0.01)",
    )
    wait_until(lambda: len(marked_processes(mark) or ()) > 3, "some of them")
    assert end_leftovers(mark) == 0
    assert marked_processes(mark) == []
