"""``servedeck`` and ``python -m launcher``: which of the commands it is, and without a display."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from served import LIVE_APPS, ROOT, Command, clean_environ, run

from server import __version__

APP = """\
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"found by itself"]
"""


def test_version() -> None:
    command = run(["--version"])
    assert (command.out, command.err) == (f"servedeck {__version__}\n", "")
    assert command.process.returncode == 0


@pytest.mark.parametrize("command", ["serve", "apps", "routes", "desktop"])
def test_help_lists_what_there_is(command: str) -> None:
    shown = run([command, "--help"])
    assert shown.process.returncode == 0
    assert f"servedeck {command}" in shown.out
    if command == "serve":
        for option in ("--host", "--port", "--debug", "--single", "--threaded", "--events",
                       "--project", "--grace", "--passthrough-errors"):  # fmt: skip
            assert option in shown.out


def test_without_a_display_the_example_is_served_in_the_terminal() -> None:
    with Command("--port", "0") as command:
        answer = command.ask()
        assert answer.body == b"Hello, World!"
        assert command.stop() == 0
    (line,) = command.err.splitlines()
    assert "no display" in line


def test_without_a_display_the_named_app_is_served(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Command("bare:application", "--data-dir", data, "--port", "0") as command:
        assert command.ask().body.startswith(b"Hello")
        assert command.stop() == 0
    assert not data.exists()


def test_without_a_display_the_project_s_app_is_found(tmp_path: Path) -> None:
    (tmp_path / "web.py").write_text(APP)
    with Command("--project", tmp_path, "--port", "0") as command:
        assert command.ask().body == b"found by itself"
        assert command.stop() == 0
    assert "was chosen" not in command.err


def test_without_an_app_the_first_one_of_the_folder_is_served(tmp_path: Path) -> None:
    for name in ("web.py", "worse.py"):
        (tmp_path / name).write_text(APP)
    with Command("serve", "--port", "0", cwd=tmp_path) as command:
        assert command.ask().body == b"found by itself"
        assert command.stop() == 0
    chosen = "web:app was chosen; 1 other app can be named in its place, such as worse:app."
    assert command.err == f"servedeck: {chosen}\n"


@pytest.mark.parametrize("arguments", [["--project"], ["--nonsense"], ["nothing_here.py"]])
def test_without_a_display_bad_input_is_one_more_line(arguments: list[str]) -> None:
    command = run(arguments)
    assert command.process.returncode == 2
    assert command.out == ""
    first, second = command.err.splitlines()
    assert "no display" in first
    assert second.startswith("servedeck")


def test_serving_needs_no_qt(tmp_path: Path) -> None:
    (tmp_path / "PySide6.py").write_text("raise ImportError('Qt was asked for')\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    with Command("serve", "bare", "--port", "0", env={"PYTHONPATH": path}) as command:
        assert command.ask().status == 200
        assert command.stop() == 0


def test_a_module_of_the_project_never_replaces_ours(tmp_path: Path) -> None:
    """A ``server.py`` in the folder where the command is started; the installed script's way."""
    for name in ("server.py", "launcher.py", "framework.py"):
        (tmp_path / name).write_text("raise RuntimeError('the wrong module')\n")
    (tmp_path / "web.py").write_text(APP)
    code = (
        f"import sys; sys.path[0] = {str(ROOT)!r}\n"
        "from launcher.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "apps", str(tmp_path), "--json"],
        cwd=tmp_path, env=clean_environ(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "web:app" in [row["spec"] for row in json.loads(done.stdout)["apps"]]


def test_apps_lists_what_discovery_finds() -> None:
    command = run(["apps", LIVE_APPS, "--json"])
    assert command.process.returncode == 0
    found = json.loads(command.out)
    specs = [row["spec"] for row in found["apps"]]
    assert {"bare:application", "bottle_app:app", "flask_factory:create_app()"} <= set(specs)
    assert sys.executable in [row["path"] for row in found["interpreters"]]
    assert sum(row["proposed"] for row in found["interpreters"]) == 1


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_where_nobody_reads_a_list_nothing_is_wrong() -> None:
    command = f"{shlex.quote(sys.executable)} -m launcher apps {shlex.quote(str(LIVE_APPS))}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} | true"],
        cwd=ROOT, env=clean_environ(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_routes_prints_the_rules_of_an_app() -> None:
    command = run(["routes", "flask_factory.py"])
    assert command.process.returncode == 0
    rows = {line.split()[0]: line.split() for line in command.out.splitlines()}
    assert rows["/json"] == ["/json", "GET,", "POST", "json_view", "flask_factory.py:22"]
    assert rows["RULE"][-2:] == ["DEFINED", "IN"]


@pytest.mark.parametrize(
    ("app", "status", "expected"),
    [
        ("bare.py", 0, "shows no URL rules"),
        ("nothing:app", 2, "There is no module 'nothing'"),
        ("crash_on_import.py", 1, "RuntimeError: no connection"),
    ],
)
def test_why_there_are_no_routes(app: str, status: int, expected: str) -> None:
    command = run(["routes", app, "--json"] if status else ["routes", app])
    assert command.process.returncode == status
    assert expected in command.err
    assert command.out == ""


def test_routes_as_json_are_those_of_the_event() -> None:
    command = run(["routes", "bottle_app.py", "--json"])
    (route, *_) = json.loads(command.out)["routes"]
    assert set(route) == {"rule", "methods", "endpoint", "file", "line"}
    assert route["file"] == str(LIVE_APPS / "bottle_app.py")


def test_starts_with_the_standard_library_alone() -> None:
    code = (
        "import sys; before = set(sys.modules); import launcher.cli\n"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=clean_environ(), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    imported = set(done.stdout.split())
    assert imported <= set(sys.stdlib_module_names) | {"launcher", "server"}
