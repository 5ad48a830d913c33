"""The set-up script behind `make run` and `make test`, on machines made up for each test.

Such a machine is a folder of programs that is the whole PATH: the real ones that the script uses,
and stand-ins for Python, apt and dpkg, which write down how they were called and change nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
BASICS = (
    *("sh", "env", "dirname", "cat", "cksum", "tail", "sed", "awk", "ls", "grep", "rm", "mkdir"),
    *("find", "cut", "cp", "touch", "flock"),
)

# A Python that makes environments and installs packages by name only; for anything else it is real.
PYTHON = f"""
case "$*" in
    '-m venv '*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; touch "$3/pyvenv.cfg"; exit ;;
    '-m pip '*) [ -z "$PIP_FAILS" ] && exit; echo "no such thing as PySide7"; exit 1 ;;
    *'import ensurepip, venv'*) [ -z "$NO_ENSUREPIP" ]; exit ;;
esac
exec '{sys.executable}' "$@"
"""
OLD_PYTHON = """
case "$*" in
    *version_info*:3*) echo "3.9.2 /usr/bin/python3" ;;
    *) exit 1 ;;
esac
"""
QT_PACKAGES = (
    *("libegl1", "libgl1", "libxkbcommon0", "libxkbcommon-x11-0", "libdbus-1-3", "libfontconfig1"),
    *("libx11-xcb1", "libxcb1", "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0"),
    *("libxcb-keysyms1", "libxcb-randr0", "libxcb-render0", "libxcb-render-util0"),
    *("libxcb-shape0", "libxcb-shm0", "libxcb-sync1", "libxcb-xfixes0", "libxcb-xinerama0"),
    "libxcb-xkb1",
)


class Machine:
    """A checkout with the set-up script, and the programs of the machine that it is on."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "a checkout"
        self.programs = folder / "bin"
        self.calls_file = folder / "calls"
        self.installed_file = folder / "installed"
        (self.checkout / "resources").mkdir(parents=True)
        shutil.copy(CHECKOUT / "resources/setup.sh", self.checkout / "resources")
        (self.checkout / "pyproject.toml").write_text("[project]\n")
        self.programs.mkdir()
        for name in BASICS:
            found = shutil.which(name)
            assert found, f"{name} is missing"
            (self.programs / name).symlink_to(found)
        self.add("id", "echo 1000")
        self.installed_file.touch()

    def add(self, name: str, script: str) -> None:
        """A stand-in that writes down its arguments, then runs the script."""
        file = self.programs / name
        file.write_text(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>"$CALLS"\n{script}\n')
        file.chmod(0o755)

    def make_debian(self, *installed: str, root: bool = True) -> None:
        """Give it apt and dpkg, with these packages installed: NAME or NAME|PROVIDED."""
        self.installed_file.write_text("".join(f"{package}\n" for package in installed))
        self.add("id", f"echo {0 if root else 1000}")
        self.add("dpkg", "echo amd64")
        self.add(
            "dpkg-query",
            f"""sed -e 's/^/installed|amd64|/' -e 's/$/|/' '{self.installed_file}'""",
        )
        # It knows libglib2.0-0t64, not libglib2.0-0.
        self.add(
            "apt-cache",
            '[ "$2" = libglib2.0-0 ] && echo "  Candidate: (none)" || echo "  Candidate: 1"',
        )
        self.add(
            "apt-get",
            f"""
            case "$*" in
                *' update') echo 'W: some source is odd'; exit 100 ;;
                *install*) [ -z "$APT_FAILS" ] || {{ echo 'E: broken'; exit 100; }}
                    for name in "$@"; do echo "$name" >>'{self.installed_file}'; done ;;
            esac""",
        )

    def set_up(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        self.calls_file.write_text("")
        return subprocess.run(
            [str(self.programs / "sh"), "resources/setup.sh", *arguments],
            cwd=self.checkout,
            env={
                "PATH": str(self.programs),
                "CALLS": str(self.calls_file),
                "HOME": str(self.checkout),
                "PIP_FAILS": "",
                "NO_ENSUREPIP": "",
                "APT_FAILS": "",
                **environ,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self, name: str, word: str = "") -> list[str]:
        """The calls of a stand-in that hold a word."""
        lines = self.calls_file.read_text().splitlines()
        return [line for line in lines if line.split()[0] == name and word in line]

    def pip_calls(self) -> list[str]:
        """What pip was asked for, by whichever Python."""
        lines = self.calls_file.read_text().splitlines()
        return [line.partition(" -m pip ")[2] for line in lines if " -m pip " in line]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.add("python3", PYTHON)
    return machine


def test_first_run_installs_and_the_second_does_nothing(machine: Machine) -> None:
    first = machine.set_up("run")
    assert (first.returncode, first.stderr) == (0, "")
    assert machine.pip_calls() == ["install --disable-pip-version-check --no-input --editable ."]
    assert first.stdout.splitlines()[-1] == "==> Ready"
    assert all(line.startswith("==> ") for line in first.stdout.splitlines())

    second = machine.set_up("run")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert machine.pip_calls() == []


def test_test_set_up_serves_run_too_but_not_the_other_way_round(machine: Machine) -> None:
    machine.set_up("run")
    machine.set_up("test")
    assert machine.pip_calls()[0].endswith(" --editable .[dev]")
    machine.set_up("test")
    assert machine.pip_calls() == []
    machine.set_up("run")
    assert machine.pip_calls() == []


@pytest.mark.parametrize("file", ["pyproject.toml", "resources/setup.sh"])
def test_a_change_of_what_it_depends_on_installs_again(machine: Machine, file: str) -> None:
    machine.set_up("run")
    with (machine.checkout / file).open("a") as stream:
        stream.write("# a new line\n")
    machine.set_up("run")
    assert len(machine.pip_calls()) == 1


def test_checkout_that_was_moved_gets_a_new_venv(machine: Machine) -> None:
    machine.set_up("run")
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("moved"))
    result = machine.set_up("run")
    assert "Creating .venv" in result.stdout
    assert len(machine.pip_calls()) == 1


def test_pip_that_fails_is_shown_with_its_last_lines(machine: Machine) -> None:
    result = machine.set_up("run", PIP_FAILS="yes")
    assert result.returncode == 1
    assert "no such thing as PySide7" in result.stderr
    assert str(machine.checkout / ".venv/setup.log") in result.stderr
    again = machine.set_up("run")
    assert again.returncode == 0
    assert len(machine.pip_calls()) == 1


def test_after_a_larger_set_up_that_failed_the_smaller_one_is_done_again(machine: Machine) -> None:
    machine.set_up("run")
    assert machine.set_up("test", PIP_FAILS="yes").returncode == 1
    machine.set_up("run")
    assert len(machine.pip_calls()) == 1


def test_a_folder_that_is_no_venv_is_left_alone(machine: Machine) -> None:
    (machine.checkout / ".venv").mkdir()
    precious = machine.checkout / ".venv/precious"
    precious.touch()
    result = machine.set_up("run")
    assert result.returncode == 1
    assert "is no virtual environment" in result.stderr
    assert precious.exists()


# ------------------------------------------------------------------------------------------------
# The interpreter


def test_newest_python_that_works_is_taken(machine: Machine) -> None:
    machine.add("python3.13", "exit 127")  # a shim for a version that is not installed
    machine.add("python3.12", PYTHON)
    machine.add("python3.11", PYTHON)
    assert "python3.12)" in machine.set_up("run").stdout
    assert machine.calls("python3.12", "-m venv")


def test_python_that_can_make_an_environment_wins_over_a_newer_one(machine: Machine) -> None:
    machine.add("python3.13", 'case "$*" in *ensurepip*) exit 1 ;; esac\n' + PYTHON)
    machine.add("python3.10", PYTHON)
    assert machine.set_up("run").returncode == 0
    assert machine.calls("python3.10", "-m venv")


def test_python_that_is_given_is_taken(machine: Machine, tmp_path: Path) -> None:
    machine.add("python3.12", PYTHON)
    machine.add("my python", PYTHON)
    result = machine.set_up("run", PYTHON=str(machine.programs / "my python"))
    assert result.returncode == 0, result.stderr
    assert machine.calls("my", "-m venv")


@pytest.mark.parametrize("given", ["", "python3"])
def test_old_python_is_one_line(machine: Machine, given: str) -> None:
    machine.add("python3", OLD_PYTHON)
    result = machine.set_up("run", PYTHON=given)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "3.10 or newer is needed" in result.stderr
    assert "3.9.2" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_python_is_one_line(machine: Machine) -> None:
    (machine.programs / "python3").unlink()
    result = machine.set_up("run")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "apt-get install -y python3 python3-venv" in result.stderr


def test_python_that_is_given_and_not_there_is_one_line(machine: Machine) -> None:
    result = machine.set_up("run", PYTHON="/no/such/python")
    assert result.returncode == 1
    assert result.stderr == "ServeDeck: PYTHON=/no/such/python is no Python that works here.\n"


def test_python_without_ensurepip_is_one_line(machine: Machine) -> None:
    result = machine.set_up("run", NO_ENSUREPIP="yes")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "ensurepip" in result.stderr


# ------------------------------------------------------------------------------------------------
# System packages


def test_exactly_the_missing_packages_are_installed(machine: Machine) -> None:
    there = [name for name in QT_PACKAGES if name not in {"libegl1", "libxcb-cursor0"}]
    machine.make_debian(*there, "libglib2.0-0t64|libc6-x, libglib2.0-0 (= 2.80.0)")
    result = machine.set_up("run")

    assert (result.returncode, result.stderr) == (0, "")
    (call,) = machine.calls("apt-get", "install")
    assert call.split(" --no-install-recommends ")[1] == "libegl1 libxcb-cursor0"
    assert "apt-get update reported problems" in result.stdout
    assert machine.set_up("run").stdout == ""
    assert machine.calls("apt-get") == []
    assert machine.calls("dpkg-query") == []


def test_package_that_was_renamed_is_installed_by_its_new_name(machine: Machine) -> None:
    machine.make_debian(*QT_PACKAGES)
    machine.set_up("run")
    (call,) = machine.calls("apt-get", "install")
    assert call.endswith(" libglib2.0-0t64")


def test_tests_need_more_packages(machine: Machine) -> None:
    machine.make_debian(*QT_PACKAGES, "libglib2.0-0")
    machine.set_up("run")
    assert machine.calls("apt-get") == []
    machine.set_up("test")
    (call,) = machine.calls("apt-get", "install")
    assert call.endswith(" desktop-file-utils xdotool xvfb")


def test_package_for_another_architecture_does_not_count(machine: Machine) -> None:
    machine.make_debian(*QT_PACKAGES, "libglib2.0-0")
    machine.add(
        "dpkg-query",
        f"""sed -e 's/^/installed|amd64|/' -e 's/amd64.libegl1$/i386|libegl1/' -e 's/$/|/' \
        '{machine.installed_file}'""",
    )
    machine.set_up("run")
    (call,) = machine.calls("apt-get", "install")
    assert call.endswith(" libegl1")


def test_without_root_it_shows_what_to_run_and_goes_on(machine: Machine) -> None:
    machine.make_debian(*QT_PACKAGES[1:], "libglib2.0-0", root=False)
    result = machine.set_up("run")
    assert result.returncode == 0
    assert "Run: sudo apt-get update && sudo apt-get install -y libegl1\n" in result.stdout
    assert machine.calls("apt-get") == []

    again = machine.set_up("run")
    assert len(again.stdout.splitlines()) == 1
    assert "libegl1" in again.stdout
    assert machine.pip_calls() == []


def test_without_root_the_tests_cannot_be_set_up(machine: Machine) -> None:
    machine.make_debian(*QT_PACKAGES, "libglib2.0-0", root=False)
    result = machine.set_up("test")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "desktop-file-utils xdotool xvfb" in result.stderr


def test_sudo_is_used_where_it_needs_no_password_that_nobody_can_type(machine: Machine) -> None:
    machine.make_debian(*QT_PACKAGES[1:], "libglib2.0-0", root=False)
    machine.add("sudo", '[ "$1" = -n ] || exit 1; shift; exec "$@"')
    (machine.programs / "true").symlink_to(shutil.which("true") or "")
    result = machine.set_up("run")
    assert (result.returncode, result.stderr) == (0, "")
    (call,) = machine.calls("apt-get", "install")
    assert call.endswith(" libegl1")


def test_sudo_that_asks_where_nobody_can_answer_is_not_tried(machine: Machine) -> None:
    machine.make_debian(*QT_PACKAGES[1:], "libglib2.0-0", root=False)
    machine.add("sudo", "echo a password is required >&2; exit 1")
    result = machine.set_up("run")
    assert (result.returncode, result.stderr) == (0, "")
    assert "install -y libegl1\n" in result.stdout
    assert "Installing 1 system" not in result.stdout


# The system's own Python, which Debian gives its venv module in a package of its own.
SYSTEM_PYTHON = f"""
case "$*" in
    *'print(sys.executable)'*) echo /usr/bin/python3.12; exit ;;
    *'-venv" %'*) echo python3.12-venv; exit ;;
esac
{PYTHON}"""


def test_missing_venv_module_is_installed(machine: Machine) -> None:
    machine.make_debian(*QT_PACKAGES, "libglib2.0-0")
    machine.add("python3", SYSTEM_PYTHON)
    result = machine.set_up("run", NO_ENSUREPIP="yes")
    assert (result.returncode, result.stderr) == (0, "")
    (call,) = machine.calls("apt-get", "install")
    assert call.endswith(" python3.12-venv")


def test_missing_venv_module_that_cannot_be_installed_is_one_line(machine: Machine) -> None:
    machine.make_debian(*QT_PACKAGES, "libglib2.0-0", root=False)
    machine.add("python3", SYSTEM_PYTHON)
    result = machine.set_up("run", NO_ENSUREPIP="yes")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "sudo apt-get install -y python3.12-venv" in result.stderr


def test_apt_that_fails_is_shown(machine: Machine) -> None:
    machine.make_debian(*QT_PACKAGES, "libglib2.0-0")
    result = machine.set_up("test", APT_FAILS="yes")
    assert result.returncode == 1
    assert "E: broken" in result.stderr


def test_install_puts_missing_packages_in_place(machine: Machine) -> None:
    machine.make_debian("make")
    result = machine.set_up("install", "make", "python3-venv")
    assert result.returncode == 0
    (call,) = machine.calls("apt-get", "install")
    assert call.endswith(" python3-venv")


def test_wrong_usage_is_one_line(machine: Machine) -> None:
    result = machine.set_up("everything")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1


# ------------------------------------------------------------------------------------------------
# The Makefile


def make(*arguments: str, cwd: Path = CHECKOUT) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    result = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=cwd,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_make_lists_what_it_can_do() -> None:
    printed = make()
    targets = set()
    for line in (CHECKOUT / "Makefile").read_text().splitlines():
        if line.startswith(".PHONY:"):
            targets = set(line.split()[1:]) - {"help"}
    assert targets
    for target in targets:
        assert f"make {target}" in printed


def test_make_test_passes_arguments_on() -> None:
    assert "tests/server -k 'a or b'" in make("--dry-run", "test", "ARGS=tests/server -k 'a or b'")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "resources/examples/hello.py"),
        (['APP=../my apps/it\'s "one".py:app'], '../my apps/it\'s "one".py:app'),
    ],
)
def test_make_run_starts_the_app(tmp_path: Path, arguments: list[str], expected: str) -> None:
    shutil.copy(CHECKOUT / "Makefile", tmp_path)
    for name, script in (
        ("resources/setup.sh", 'echo "set-up of $1"'),
        (".venv/bin/python", 'printf "<%s>" "$@"; echo " ${APP-unset} ${MAKEFLAGS-unset}"'),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
    printed = make("run", *arguments, cwd=tmp_path)
    assert printed == f"set-up of run\n<-m><launcher><{expected}> unset unset\n"


def test_example_is_the_one_that_make_run_opens() -> None:
    printed = (CHECKOUT / "Makefile").read_text()
    assert "\nAPP = resources/examples/hello.py\n" in printed
    assert (CHECKOUT / "resources/examples/hello.py").is_file()
