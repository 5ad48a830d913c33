"""Which editor opens a file, and how it is given the line."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.core import editors
from launcher.core.editors import (
    EditorError,
    EditorOpener,
    Process,
    arguments,
    candidates,
    installed,
    running_processes,
)


def here(*programs: str) -> Callable[[str], str | None]:
    return lambda name: f"/bin/{name}" if name in programs else None


def first(
    setting: str = "",
    environ: dict[str, str] | None = None,
    running: tuple[Process, ...] = (),
    on_path: tuple[str, ...] = (),
) -> tuple[str, ...] | None:
    found = next(candidates(setting, environ or {}, running, here(*on_path)), None)
    return None if found is None else found.argv


@pytest.mark.parametrize(
    ("argv", "wanted"),
    [
        (["code"], ["code", "-g", "/a b.py:7"]),
        (["/usr/bin/codium"], ["/usr/bin/codium", "-g", "/a b.py:7"]),
        (["code", "--wait"], ["code", "--wait", "-g", "/a b.py:7"]),
        (["subl"], ["subl", "/a b.py:7"]),
        (["zed"], ["zed", "/a b.py:7"]),
        (["pycharm"], ["pycharm", "--line", "7", "/a b.py"]),
        (["/opt/pycharm-community/bin/pycharm.sh"],
         ["/opt/pycharm-community/bin/pycharm.sh", "--line", "7", "/a b.py"]),
        (["charm"], ["charm", "--line", "7", "/a b.py"]),
        (["gedit"], ["gedit", "+7", "/a b.py"]),
        (["kate"], ["kate", "-l", "7", "/a b.py"]),
        (["gvim"], ["gvim", "+7", "/a b.py"]),
        (["emacsclient"], ["emacsclient", "-n", "+7", "/a b.py"]),
        (["xdg-open"], ["xdg-open", "/a b.py"]),
        (["mine"], ["mine", "/a b.py"]),
        (["mine", "--at={line}", "{file}"], ["mine", "--at=7", "/a b.py"]),
        (["mine", "{file}@{line}"], ["mine", "/a b.py@7"]),
    ],
)  # fmt: skip
def test_each_editor_takes_file_and_line_in_its_own_way(argv: list[str], wanted: list[str]) -> None:
    assert arguments(argv, "/a b.py", 7) == wanted


def test_a_file_with_an_odd_name_stays_one_argument() -> None:
    name = "/x/$(touch y); {line} {file}.py"
    assert arguments(["mine", "{line}", "{file}"], name, 0) == ["mine", "1", name]
    assert arguments(["code"], name, 3)[-1] == f"{name}:3"


def test_the_order() -> None:
    running = (Process("bash"), Process("kate"))
    environ = {"SERVEDECK_EDITOR": "mine -x", "VISUAL": "subl -n", "EDITOR": "gedit"}
    path = ("other", "mine", "subl", "gedit", "kate", "code")
    assert first("other -y", environ, running, path) == ("other", "-y")
    assert first("", environ, running, path) == ("mine", "-x")
    del environ["SERVEDECK_EDITOR"]
    found = [c.argv for c in candidates("", environ, running, here(*path))]
    assert found == [("kate",), ("subl", "-n"), ("gedit",), ("code",), ("subl",), ("gedit",),
                     ("kate",)]  # fmt: skip


@pytest.mark.parametrize(
    ("process", "path", "wanted"),
    [
        (Process("code", "/usr/share/code/code"), ("code",), ("code",)),
        (Process("code", "/snap/code"), ("/snap/code",), ("/snap/code",)),
        (Process("sublime_text", "/opt/subl/sublime_text"), ("subl",), ("subl",)),
        (Process("zed-editor"), ("zeditor",), ("zeditor",)),
        (Process("pycharm"), ("charm",), ("charm",)),
        (Process("java", "/jbr/java", ("java", "-Didea.paths.selector=PyCharm2024.1")),
         ("pycharm",), ("pycharm",)),
        (Process("java", "/usr/bin/java", ("java", "-jar", "x.jar")), ("pycharm",), ("pycharm",)),
        (Process("emacs"), ("emacsclient",), ("emacsclient",)),
        (Process("emacs"), (), None),
        (Process("firefox"), (), None),
    ],
)  # fmt: skip
def test_running_editors(
    process: Process, path: tuple[str, ...], wanted: tuple[str, ...] | None
) -> None:
    assert first(running=(process,), on_path=path) == wanted


@pytest.mark.parametrize("value", ["vim", "nano -w", "emacs -nw", "emacsclient -t", "'", "", "foo"])
def test_variables_that_name_no_editor_with_a_window_are_passed_over(value: str) -> None:
    path = ("vim", "nano", "emacs", "emacsclient", "foo", "gedit")
    assert first(environ={"VISUAL": value}, on_path=path) == ("gedit",)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("nothere -x", "'nothere', isn't there"),
        ("mine 'x", "can't be read"),
        ("vim", "needs a terminal"),
    ],
)
def test_what_the_user_has_named_is_used_or_reported(setting: str, message: str) -> None:
    with pytest.raises(EditorError, match=message):
        first(setting, on_path=("mine", "vim", "code"))
    with pytest.raises(EditorError, match="SERVEDECK_EDITOR"):
        first("", {"SERVEDECK_EDITOR": setting}, on_path=("mine", "vim", "code"))


def test_a_script_of_the_users_own() -> None:
    assert first("/me/vim.sh -x", on_path=("/me/vim.sh",)) == ("/me/vim.sh", "-x")


def test_a_program_with_spaces_in_its_path() -> None:
    assert first("/opt/My Editor/edit", on_path=("/opt/My Editor/edit",)) == (
        "/opt/My Editor/edit",
    )


def test_installed() -> None:
    found = installed(here("kate", "code", "vim"))
    assert found == [("code", "Visual Studio Code"), ("kate", "Kate")]


def test_another_editor_is_one_row() -> None:
    commands = [editor.command for editor in editors._EDITORS]
    assert len(set(commands)) == len(commands)
    for editor in editors._EDITORS:
        assert "{file}" in " ".join(editor.arguments)
        for process in editor.processes:
            assert editor.command in editors._RUNNING[process]


def test_the_users_own_processes_can_be_listed() -> None:
    assert all(isinstance(process, Process) for process in running_processes())


# Real programs


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Path]:
    """Makes a program that writes its arguments into a file, and ends with that status."""

    def make(name: str, status: int = 0) -> Path:
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"#!{sys.executable}\nimport os, sys\n"
            f"with open({str(tmp_path / (name + '.args'))!r}, 'w') as file:\n"
            f"    file.write(repr((sys.argv[1:], os.getsid(0) == os.getpid())))\n"
            f"sys.exit({status})\n"
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


def opener(tmp_path: Path, environ: dict[str, str] | None = None) -> EditorOpener:
    import shutil

    folder = str(tmp_path / "bin")
    return EditorOpener(environ or {}, tuple, lambda name: shutil.which(name, path=folder))


def received(tmp_path: Path, name: str) -> tuple[list[str], bool]:
    return eval((tmp_path / f"{name}.args").read_text())  # type: ignore[no-any-return]


def test_opening(tmp_path: Path, program: Callable[..., Path]) -> None:
    command = program("my-editor")
    file = tmp_path / "a b;$x.py"
    file.write_text("x")
    made = opener(tmp_path)
    assert made.open(str(file), 12, f"'{command}' --line {{line}} {{file}}") == ""
    # It has a session of its own, so it outlives us and our terminal.
    assert received(tmp_path, "my-editor") == (["--line", "12", str(file)], True)
    assert made.open("a b;$x.py", 3, str(command), str(tmp_path)) == ""
    assert received(tmp_path, "my-editor")[0] == [str(file)]


def test_of_those_that_were_found_the_next_is_tried(
    tmp_path: Path, program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    program("emacsclient", 1)
    program("xdg-open")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    file = tmp_path / "a.py"
    file.write_text("x")
    assert opener(tmp_path).open(str(file), 1) == ""
    assert received(tmp_path, "emacsclient")[0] == ["-n", "+1", str(file)]
    assert received(tmp_path, "xdg-open")[0] == [str(file)]


def test_what_looks_for_a_program_first_may_take_its_time_to_fail(
    tmp_path: Path, program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editors, "_FAILS_WITHIN", 0.0)
    program("xdg-open", 3)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    file = tmp_path / "a.py"
    file.write_text("x")
    assert "No editor was found" in opener(tmp_path).open(str(file), 1)


def test_why_it_can_not_be_opened_is_one_sentence(
    tmp_path: Path, program: Callable[..., Path]
) -> None:
    made = opener(tmp_path)
    (tmp_path / "bin").mkdir()
    file = tmp_path / "a.py"
    assert made.open(str(file), 1).endswith("a.py can't be opened: there is no such file.")
    assert "no such file" in made.open("<string>", 1)
    assert "can't be opened" in made.open("a\0b", 1)
    file.write_text("x")
    assert "No editor was found" in made.open(str(file), 1)
    failing = program("failing", 3)
    assert made.open(str(file), 1, str(failing)).endswith("ended with status 3.")
    broken = tmp_path / "bin" / "broken"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    assert "can't be started" in made.open(str(file), 1, str(broken))


@pytest.mark.parametrize("seconds", [0.05, 600.0])
def test_an_editor_that_stays_open_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """After that time, or as soon as nobody wants to know its end any more."""
    command = tmp_path / "stays"
    command.write_text("#!/bin/sh\nexec cat < " + str(tmp_path / "pipe") + "\n")
    command.chmod(0o755)
    os.mkfifo(tmp_path / "pipe")
    file = tmp_path / "a.py"
    file.write_text("x")
    made = opener(tmp_path)
    monkeypatch.setattr(editors, "_FAILS_WITHIN", seconds)
    assert made.open(str(file), 1, str(command), "", lambda: seconds < 1) == ""
    (process,) = made._started
    with open(tmp_path / "pipe", "w"):
        pass
    assert process.wait(30) == 0
    made.open("nothing", 1)
    assert made._started == []
