"""The menu entry: what is written, that desktops accept it, that it starts ServeDeck, that it goes.

Each test has a home folder of its own. Tools that only some desktops have (gio and the like) are
replaced by recorders; the ones that the checks themselves need (desktop-file-validate, Xvfb,
xdotool) are the real ones, and a test fails where they are missing: `make test` installs them.
"""

from __future__ import annotations

import ctypes
import hashlib
import io
import json
import os
import re
import select
import shutil
import stat
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import launcher
from launcher import APP_ID, APP_NAME, desktop_command
from launcher.core import desktop, desktop_entry, resources
from launcher.core.desktop import Paths
from launcher.core.desktop_entry import Command

CHECKOUT = Path(__file__).resolve().parents[3]
REAL_PATH = os.environ["PATH"]
MODULE_COMMAND = Command((sys.executable, "-m", "launcher"), CHECKOUT)
ODD_NAME = "a b$c`d\\e%f\"g'h;i=(ü)&~#*?<>|"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / "Desktop").mkdir(parents=True)
    return folder


@pytest.fixture
def paths(home: Path) -> Paths:
    return Paths.of_user({"HOME": str(home)})


class Tools:
    """Recorders in place of the desktop's tools: the only programs on the PATH of a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls_file = folder.with_suffix(".calls")
        folder.mkdir()

    def add(self, name: str, exit_code: int = 0) -> None:
        script = self.folder / name
        script.write_text(
            f"#!{sys.executable} -IS\n"
            "import json, sys\n"
            f"with open({str(self.calls_file)!r}, 'a') as calls:\n"
            f"    calls.write(json.dumps([{name!r}, *sys.argv[1:]]) + '\\n')\n"
            f"sys.exit({exit_code})\n"
        )
        script.chmod(0o755)

    def calls(self) -> list[list[str]]:
        if not self.calls_file.exists():
            return []
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]


@pytest.fixture(autouse=True)
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    tools = Tools(tmp_path / "tools")
    monkeypatch.setenv("PATH", str(tools.folder))
    return tools


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Everything below a folder, with modes and contents."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }


def read_entry(file: Path) -> dict[str, str]:
    """The keys of an entry with their values, unescaped as the specification says."""
    lines = [line for line in file.read_text("utf-8").splitlines() if line]
    assert lines[0] == "[Desktop Entry]"
    codes = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    entry = {}
    for line in lines[1:]:
        key, _, value = line.partition("=")
        assert key not in entry
        entry[key] = re.sub(r"\\(.)", lambda match: codes[match[1]], value)
    return entry


def parse_exec(value: str, *files: str) -> list[str]:
    """The arguments that an Exec key stands for, by the specification and not by our code."""
    arguments: list[str] = []
    position = 0
    while position < len(value):
        if value[position] == " ":
            position += 1
        elif value[position] == '"':
            match = re.compile(r'"((?:[^"`$\\]|\\["`$\\])*)"(?= |$)').match(value, position)
            assert match, f"bad quoting at {position} in {value!r}"
            arguments.append(re.sub(r"\\(.)", r"\1", match[1]).replace("%%", "%"))
            position = match.end()
        else:
            match = re.compile(r"[^\s\"'\\<>~|&;$*?#()`]+(?= |$)").match(value, position)
            assert match, f"reserved character outside of quotes at {position} in {value!r}"
            position = match.end()
            if match[0] == "%f":
                arguments.extend(files)
            else:
                assert not re.search(r"%[a-zA-Z]", match[0].replace("%%", ""))
                arguments.append(match[0].replace("%%", "%"))
    # The specification forbids the one in the program's place, and GLib cannot read the other.
    assert not {"=", "%"} & set(arguments[0])
    return arguments


def start(entry_file: Path, cwd: Path, *files: str, environ: dict[str, str]) -> list[str]:
    """What a double click runs: the command, in the entry's folder or else in any other."""
    entry = read_entry(entry_file)
    result = subprocess.run(
        parse_exec(entry["Exec"], *files),
        cwd=entry.get("Path", cwd),
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout.splitlines()


def plain_environ(home: Path, **more: str) -> dict[str, str]:
    """What a program gets that a desktop starts, as far as it matters here."""
    return {"HOME": str(home), "PATH": REAL_PATH, "LC_ALL": "C.UTF-8", **more}


def validate(entry_file: Path) -> None:
    checked = subprocess.run(
        ["desktop-file-validate", str(entry_file)],
        env={**os.environ, "PATH": REAL_PATH},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


# ------------------------------------------------------------------------------------------------
# What is written


def test_install_puts_entry_icons_and_desktop_icon_in_place(paths: Paths, home: Path) -> None:
    written = desktop.install(paths, MODULE_COMMAND)

    data = home / ".local/share"
    assert set(written) == {
        data / f"applications/{APP_ID}.desktop",
        home / f"Desktop/{APP_ID}.desktop",
        data / f"icons/hicolor/scalable/apps/{APP_ID}.svg",
        *(
            data / f"icons/hicolor/{size}x{size}/apps/{APP_ID}.png"
            for size in (16, 24, 32, 48, 64, 128, 256)
        ),
    }
    entry = read_entry(paths.entry)
    assert entry["Type"] == "Application"
    assert entry["Name"] == APP_NAME
    assert entry["Icon"] == APP_ID
    assert entry["Terminal"] == "false"
    assert entry["TryExec"] == sys.executable
    assert entry["StartupWMClass"] == APP_NAME
    assert entry["Categories"] == "Development;WebDevelopment;"
    # It must not offer itself for folders: some desktops would make it the one that opens them.
    assert "MimeType" not in entry
    assert (home / f"Desktop/{APP_ID}.desktop").read_bytes() == paths.entry.read_bytes()


def test_entry_passes_the_validator(paths: Paths) -> None:
    for file in desktop.install(paths, MODULE_COMMAND):
        if file.suffix == ".desktop":
            validate(file)


@pytest.mark.parametrize("folder", [None, Path("/opt") / ODD_NAME])
def test_entry_with_odd_paths_passes_the_validator(tmp_path: Path, folder: Path | None) -> None:
    file = tmp_path / f"{APP_ID}.desktop"
    program = f"/opt/{ODD_NAME}/python"
    file.write_text(desktop_entry.entry_text(Command((program, "-m", "launcher"), folder)), "utf-8")

    validate(file)
    entry = read_entry(file)
    assert entry["TryExec"] == program
    assert entry.get("Path") == (None if folder is None else str(folder))
    assert parse_exec(entry["Exec"])[-3:] == [program, "-m", "launcher"]


def test_desktop_icon_is_executable_and_the_menu_entry_is_not(paths: Paths) -> None:
    desktop.install(paths, MODULE_COMMAND)

    assert paths.desktop_entry is not None
    assert stat.S_IMODE(paths.desktop_entry.stat().st_mode) == 0o755
    assert stat.S_IMODE(paths.entry.stat().st_mode) == 0o644


def test_desktop_icon_is_marked_as_trusted(paths: Paths, tools: Tools) -> None:
    tools.add("gio")
    desktop.install(paths, MODULE_COMMAND)

    assert paths.desktop_entry is not None
    file = str(paths.desktop_entry)
    checksum = hashlib.sha256(paths.desktop_entry.read_bytes()).hexdigest()
    assert tools.calls() == [
        ["gio", "set", "-t", "string", file, "metadata::trusted", "true"],
        ["gio", "set", "-t", "string", file, "metadata::xfce-exe-checksum", checksum],
    ]


def test_uninstall_takes_the_marks_away(paths: Paths, tools: Tools) -> None:
    desktop.install(paths, MODULE_COMMAND)
    tools.add("gio")
    desktop.uninstall(paths)

    file = str(paths.desktop_entry)
    assert tools.calls() == [
        ["gio", "set", "-t", "unset", file, "metadata::trusted"],
        ["gio", "set", "-t", "unset", file, "metadata::xfce-exe-checksum"],
    ]


def test_tools_that_fail_do_no_harm(paths: Paths, tools: Tools) -> None:
    paths.entry.parent.mkdir(parents=True)
    (paths.entry.parent / "mimeinfo.cache").touch()
    for tool in ("gio", "update-desktop-database", "gtk-update-icon-cache"):
        tools.add(tool, exit_code=1)
    desktop.install(paths, MODULE_COMMAND)

    assert desktop.status(paths).installed
    assert len(tools.calls()) == 3


def test_caches_are_refreshed_where_there_are_some(paths: Paths, tools: Tools) -> None:
    tools.add("update-desktop-database")
    tools.add("gtk-update-icon-cache")
    desktop.install(paths, MODULE_COMMAND)
    assert tools.calls() == []

    (paths.entry.parent / "mimeinfo.cache").touch()
    (paths.icon_theme / "icon-theme.cache").touch()
    desktop.install(paths, MODULE_COMMAND)
    assert tools.calls() == [
        ["update-desktop-database", "-q", str(paths.entry.parent)],
        ["gtk-update-icon-cache", "-q", "-f", "-t", str(paths.icon_theme)],
    ]


def test_install_makes_the_desktop_folder_and_uninstall_removes_it(home: Path) -> None:
    (home / "Desktop").rmdir()
    paths = Paths.of_user({"HOME": str(home)})
    desktop.install(paths, MODULE_COMMAND)
    assert (home / f"Desktop/{APP_ID}.desktop").is_file()

    desktop.uninstall(paths)
    assert tree(home) == {}


# ------------------------------------------------------------------------------------------------
# Where it is written


def test_xdg_variables_are_followed(tmp_path: Path, home: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "user-dirs.dirs").write_text(
        '# a comment\nXDG_DOWNLOAD_DIR="$HOME/Loads"\nXDG_DESKTOP_DIR="$HOME/Mein \\"Tisch\\""\n'
    )
    environ = {"HOME": str(home), "XDG_DATA_HOME": str(tmp_path / "data")}
    paths = Paths.of_user({**environ, "XDG_CONFIG_HOME": str(config)})

    assert paths.entry == tmp_path / f"data/applications/{APP_ID}.desktop"
    assert paths.desktop == home / 'Mein "Tisch"'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('XDG_DESKTOP_DIR="/srv/desk"', "/srv/desk"),
        ('XDG_DESKTOP_DIR="$HOME/"', None),  # switched off, as xdg-user-dirs writes it
        ('XDG_DESKTOP_DIR="$HOME"', None),
        ('XDG_DESKTOP_DIR="relative"', "HOME/Desktop"),
        ("", "HOME/Desktop"),
    ],
)
def test_desktop_folder(home: Path, line: str, expected: str | None) -> None:
    (home / ".config").mkdir()
    (home / ".config/user-dirs.dirs").write_text(line + "\n")

    found = Paths.of_user({"HOME": str(home)}).desktop
    assert found == (None if expected is None else Path(expected.replace("HOME", str(home))))


def test_relative_xdg_folders_are_ignored(home: Path) -> None:
    paths = Paths.of_user({"HOME": str(home), "XDG_DATA_HOME": "data"})
    assert paths.data_home == home / ".local/share"


def test_without_a_desktop_folder_the_menu_entry_is_made(home: Path) -> None:
    (home / ".config").mkdir()
    (home / ".config/user-dirs.dirs").write_text('XDG_DESKTOP_DIR="$HOME/"\n')
    paths = Paths.of_user({"HOME": str(home)})
    written = desktop.install(paths, MODULE_COMMAND)

    assert [file for file in written if file.suffix == ".desktop"] == [paths.entry]


# ------------------------------------------------------------------------------------------------
# Doing it again, and undoing it


def test_uninstall_leaves_the_folders_as_they_were(paths: Paths, home: Path) -> None:
    (home / "Desktop/notes.txt").write_text("mine")
    (home / ".local/share/applications").mkdir(parents=True)
    (home / ".local/share/applications/other.desktop").write_text("[Desktop Entry]\n")
    (home / ".local/share/icons/hicolor/16x16/apps").mkdir(parents=True)
    before = tree(home)

    written = desktop.install(paths, MODULE_COMMAND)
    removed = desktop.uninstall(paths)

    assert tree(home) == before
    assert set(removed) == set(written)


def test_uninstall_of_an_empty_home_leaves_it_empty(tmp_path: Path) -> None:
    home = tmp_path / "empty"
    home.mkdir()
    paths = Paths.of_user({"HOME": str(home)})
    desktop.install(paths, MODULE_COMMAND)
    desktop.install(paths, MODULE_COMMAND)
    desktop.uninstall(paths)

    assert tree(home) == {}


def test_uninstall_keeps_what_others_put_into_our_folders(paths: Paths, home: Path) -> None:
    desktop.install(paths, MODULE_COMMAND)
    other = paths.icon_theme / "16x16/apps/other.png"
    other.write_bytes(b"png")
    desktop.uninstall(paths)

    assert [path for path in home.rglob("*") if path.is_file()] == [other]


def test_uninstall_never_deletes_what_is_not_ours(paths: Paths, home: Path) -> None:
    desktop.install(paths, MODULE_COMMAND)
    precious = home / "precious.txt"
    precious.write_text("keep")
    record = json.loads(paths.record.read_text())
    record["files"].append(str(precious))
    paths.record.write_text(json.dumps(record))
    desktop.uninstall(paths)

    assert precious.read_text() == "keep"


def test_uninstall_without_a_record_finds_the_files(paths: Paths, home: Path) -> None:
    desktop.install(paths, MODULE_COMMAND)
    paths.record.unlink()
    assert len(desktop.uninstall(paths)) == 10
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_install_is_idempotent(paths: Paths, home: Path) -> None:
    desktop.install(paths, MODULE_COMMAND)
    once = tree(home)
    desktop.install(paths, MODULE_COMMAND)
    assert tree(home) == once


def test_install_follows_a_desktop_folder_that_was_renamed(paths: Paths, home: Path) -> None:
    desktop.install(paths, MODULE_COMMAND)
    (home / "Bureau").mkdir()
    moved = Paths(paths.data_home, home / "Bureau")
    desktop.install(moved, MODULE_COMMAND)

    assert not (home / f"Desktop/{APP_ID}.desktop").exists()
    assert (home / f"Bureau/{APP_ID}.desktop").is_file()
    desktop.uninstall(paths)
    assert tree(home).keys() == {"Desktop", "Bureau"}


def test_after_an_install_that_failed_uninstall_cleans_up(paths: Paths, home: Path) -> None:
    before = tree(home)
    # A folder where a file should go makes the last write fail.
    assert paths.desktop_entry is not None
    paths.desktop_entry.mkdir()
    with pytest.raises(OSError, match=APP_ID):
        desktop.install(paths, MODULE_COMMAND)
    assert paths.entry.exists()

    paths.desktop_entry.rmdir()
    desktop.uninstall(paths)
    assert tree(home) == before


# ------------------------------------------------------------------------------------------------
# The command servedeck desktop


class Desktop:
    """``servedeck desktop`` in a home of its own; keeps what was printed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.output = ""
        self.errors = ""

    def __call__(self, action: str, platform: str = "linux") -> int:
        out, err = io.StringIO(), io.StringIO()
        environ = {"HOME": str(self.home)}
        code = desktop_command.run(action, out, err, environ=environ, platform=platform)
        self.output, self.errors = out.getvalue(), err.getvalue()
        return code


@pytest.fixture
def servedeck_desktop(home: Path) -> Desktop:
    return Desktop(home)


def test_status_follows_install_and_uninstall(servedeck_desktop: Desktop, paths: Paths) -> None:
    assert servedeck_desktop("status") == 1
    assert "not in the applications menu" in servedeck_desktop.output
    assert servedeck_desktop("install") == 0
    assert str(paths.entry) in servedeck_desktop.output
    assert str(paths.desktop_entry) in servedeck_desktop.output
    assert servedeck_desktop("status") == 0
    assert str(paths.entry) in servedeck_desktop.output
    assert servedeck_desktop("uninstall") == 0
    assert servedeck_desktop("status") == 1
    assert servedeck_desktop("uninstall") == 0
    assert "nothing to remove" in servedeck_desktop.output
    assert servedeck_desktop.errors == ""


def test_status_sees_that_the_program_is_gone(
    servedeck_desktop: Desktop, paths: Paths, tmp_path: Path
) -> None:
    program = tmp_path / "gone\\soon" / "servedeck"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    desktop.install(paths, Command((str(program),)))
    assert servedeck_desktop("status") == 0

    program.chmod(0o644)
    assert servedeck_desktop("status") == 1
    program.unlink()
    assert servedeck_desktop("status") == 1
    assert f"{program}, which cannot be started any more" in servedeck_desktop.output
    assert "Repair it: servedeck desktop install" in servedeck_desktop.output


def test_status_sees_that_the_checkout_is_gone(paths: Paths, tmp_path: Path) -> None:
    desktop.install(paths, Command((sys.executable, "-m", "launcher"), tmp_path / "gone"))
    assert not desktop.status(paths).healthy


def test_status_sees_missing_icons(servedeck_desktop: Desktop, paths: Paths) -> None:
    servedeck_desktop("install")
    (paths.icon_theme / f"48x48/apps/{APP_ID}.png").unlink()
    assert servedeck_desktop("status") == 1
    assert "Icons are missing" in servedeck_desktop.output


def test_status_accepts_that_the_user_removed_the_desktop_icon(
    servedeck_desktop: Desktop, paths: Paths
) -> None:
    servedeck_desktop("install")
    assert paths.desktop_entry is not None
    paths.desktop_entry.unlink()
    assert servedeck_desktop("status") == 0
    assert "no icon" in servedeck_desktop.output


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_on_other_systems_it_reports_it(servedeck_desktop: Desktop, platform: str) -> None:
    assert servedeck_desktop("install", platform) == 2
    assert servedeck_desktop.errors.count("\n") == 1
    assert "Linux" in servedeck_desktop.errors
    assert tree(servedeck_desktop.home).keys() == {"Desktop"}


def test_unknown_action(servedeck_desktop: Desktop) -> None:
    assert servedeck_desktop("remove") == 2
    assert servedeck_desktop.errors.count("\n") == 1


def test_a_place_that_cannot_be_written_is_one_line(servedeck_desktop: Desktop) -> None:
    (servedeck_desktop.home / ".local").write_text("a file where a folder should be")
    assert servedeck_desktop("install") == 1
    assert servedeck_desktop.errors.count("\n") == 1
    assert ".local" in servedeck_desktop.errors


# ------------------------------------------------------------------------------------------------
# The command that the entry holds


def test_command_prefers_the_script_beside_the_interpreter(tmp_path: Path) -> None:
    interpreter = tmp_path / "python"
    assert desktop_entry.current_command(str(interpreter)) == Command(
        (str(interpreter), "-m", "launcher"), CHECKOUT
    )
    script = tmp_path / "servedeck"
    script.touch()
    assert desktop_entry.current_command(str(interpreter)).folder == CHECKOUT, (
        "it is not executable"
    )
    script.chmod(0o755)
    assert desktop_entry.current_command(str(interpreter)) == Command((str(script),))


def test_command_needs_an_interpreter() -> None:
    with pytest.raises(desktop_entry.DesktopError):
        desktop_entry.current_command("")


def test_path_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(desktop_entry.DesktopError, match="UTF-8"):
        desktop_entry.entry_text(Command((os.fsdecode(b"/opt/\xff/python"),)))


def test_entry_starts_this_servedeck(paths: Paths, home: Path, tmp_path: Path) -> None:
    desktop.install(paths)
    output = start(paths.entry, tmp_path, "--version", environ=plain_environ(home))
    assert output == [f"servedeck {launcher.__version__}"]


def test_entry_starts_a_checkout_in_a_folder_with_an_odd_name(
    paths: Paths, home: Path, tmp_path: Path
) -> None:
    checkout = tmp_path / ODD_NAME
    for part in ("launcher", "server", "framework", "resources"):
        shutil.copytree(
            CHECKOUT / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__")
        )
    desktop.install(paths, Command((sys.executable, "-m", "launcher"), checkout))
    output = start(paths.entry, tmp_path, "--version", environ=plain_environ(home))
    assert output == [f"servedeck {launcher.__version__}"]


@pytest.mark.parametrize("name", ["plain", ODD_NAME, "a=b", "50%", "%f", "two\nlines", " blank"])
def test_entry_passes_on_what_is_dropped_on_it(
    paths: Paths, home: Path, tmp_path: Path, name: str
) -> None:
    program = tmp_path / name / "servedeck"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "<%s>\\n" "$0" "$@"\n')
    program.chmod(0o755)
    desktop.install(paths, Command((str(program),)))

    dropped = f"/srv/{ODD_NAME}"
    output = start(paths.entry, tmp_path, dropped, environ=plain_environ(home))
    assert "\n".join(output) == f"<{program}>\n<{dropped}>"
    output = start(paths.entry, tmp_path, environ=plain_environ(home))
    assert "\n".join(output) == f"<{program}>"


# ------------------------------------------------------------------------------------------------
# A double click


@pytest.fixture
def virtual_screen() -> Iterator[str]:
    """A screen that nobody sees; its DISPLAY."""
    receiver, sender = os.pipe()
    program = shutil.which("Xvfb", path=REAL_PATH)
    assert program, "Xvfb is missing"
    server = subprocess.Popen(
        [program, "-displayfd", str(sender), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[sender],
        env={**os.environ, "PATH": REAL_PATH},
        stderr=subprocess.DEVNULL,
    )
    os.close(sender)
    try:
        with os.fdopen(receiver, "rb") as numbers:
            # It writes the number, with the end of the line, as soon as it accepts clients.
            assert select.select([numbers], [], [], 60)[0], "Xvfb did not start within 60 s"
            number = numbers.readline().decode().strip()
        assert number, "Xvfb ended at once"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(30)


def close_window(display: str, window: int) -> None:
    """Ask a window to close, as the button in its title bar does."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    connection = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    assert connection.value, f"no connection to {display}"

    class ClientMessage(ctypes.Structure):
        _fields_ = (
            ("type", ctypes.c_int),
            ("serial", ctypes.c_ulong),
            ("send_event", ctypes.c_int),
            ("display", ctypes.c_void_p),
            ("window", ctypes.c_ulong),
            ("message_type", ctypes.c_ulong),
            ("format", ctypes.c_int),
            ("data", ctypes.c_long * 5),
            ("rest_of_the_union", ctypes.c_long * 24),
        )

    def atom(name: bytes) -> int:
        return int(x11.XInternAtom(connection, name, 0))

    message = ClientMessage(
        type=33,  # ClientMessage in X.h
        window=window,
        message_type=atom(b"WM_PROTOCOLS"),
        format=32,
        data=(ctypes.c_long * 5)(atom(b"WM_DELETE_WINDOW")),
    )
    sent = x11.XSendEvent(
        connection, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(message)
    )
    x11.XCloseDisplay(connection)
    assert sent


def first_to_end(processes: list[subprocess.Popen[str]], seconds: float) -> subprocess.Popen[str]:
    """Wait until one of the processes has ended."""
    handles = {os.pidfd_open(process.pid): process for process in processes}
    try:
        ended = select.select([*handles], [], [], seconds)[0]
        assert ended, f"nothing happened within {seconds} s"
        return handles[ended[0]]
    finally:
        for handle in handles:
            os.close(handle)


@pytest.fixture
def started() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts processes and makes sure that none outlives the test."""
    processes: list[subprocess.Popen[str]] = []

    def start_process(command: list[str], **options: object) -> subprocess.Popen[str]:
        process: subprocess.Popen[str] = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,  # type: ignore[call-overload]
        )
        processes.append(process)
        return process

    yield start_process
    for process in processes:
        process.kill()  # nothing happens when it has ended
        with process:  # waits, and closes its pipe
            pass


def test_double_click_opens_the_window_and_closing_it_ends_the_program(
    paths: Paths,
    home: Path,
    tmp_path: Path,
    virtual_screen: str,
    started: Callable[..., subprocess.Popen[str]],
) -> None:
    desktop.install(paths)
    entry = read_entry(paths.entry)
    environ = plain_environ(home, DISPLAY=virtual_screen)
    program = started(parse_exec(entry["Exec"]), cwd=entry.get("Path", str(tmp_path)), env=environ)
    search = started(
        ["xdotool", "search", "--sync", "--onlyvisible", "--name", APP_NAME], env=environ
    )

    if first_to_end([program, search], 90) is program:
        pytest.fail(f"ended with {program.wait()}: {program.communicate()[0]}")
    windows = search.communicate()[0].split()
    assert len(windows) == 1, windows
    # By its class, a desktop knows that this window belongs to this entry.
    by_class = started(
        ["xdotool", "search", "--onlyvisible", "--class", f"^{entry['StartupWMClass']}$"],
        env=environ,
    )
    assert windows[0] in by_class.communicate(timeout=30)[0].split()

    close_window(virtual_screen, int(windows[0]))
    output = program.communicate(timeout=60)[0]
    assert (program.returncode, output) == (0, "")


# ------------------------------------------------------------------------------------------------
# The icons and the metadata


def test_svg_icons_are_square_and_stand_alone() -> None:
    for file in resources.resource("icons").glob("*.svg"):
        root = ElementTree.parse(file).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        _, _, width, height = root.attrib["viewBox"].split()
        assert width == height
        for element in root.iter():
            assert element.tag.rpartition("}")[2] not in {"script", "image", "style"}
            assert not any(name.endswith("href") for name in element.attrib)


@pytest.mark.parametrize("size", resources.ICON_SIZES)
def test_png_icons_have_the_size_that_they_show(size: int) -> None:
    header = resources.icon_file(size).read_bytes()[:26]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:24]) == (size, size)
    assert header[25] == 6, "not RGB with transparency"


def test_png_icons_are_drawn_from_the_svg_icons(tmp_path: Path) -> None:
    from PySide6.QtGui import QImage

    script = CHECKOUT / "resources/icons/render.py"
    subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        env={**os.environ, "PATH": REAL_PATH, "QT_QPA_PLATFORM": "offscreen"},
        timeout=60,
        check=True,
    )
    for size in resources.ICON_SIZES:
        kept, drawn = (
            QImage(str(file)).convertToFormat(QImage.Format.Format_RGBA8888)
            for file in (
                resources.icon_file(size),
                tmp_path / f"{size}x{size}/apps/{APP_ID}.png",
            )
        )
        # Another version of Qt may round a pixel at an edge another way.
        pairs = zip(bytes(kept.constBits()), bytes(drawn.constBits()), strict=True)
        assert sum(abs(one - two) for one, two in pairs) / (4 * size * size) < 1, size


def test_metainfo_agrees_with_the_program() -> None:
    file = resources.resource("metainfo", f"{APP_ID}.metainfo.xml")
    component = ElementTree.parse(file).getroot()
    assert component.findtext("id") == APP_ID
    assert component.findtext("launchable") == f"{APP_ID}.desktop"
    assert component.findtext("name") == APP_NAME
    template = resources.resource("desktop", f"{APP_ID}.desktop.in").read_text("utf-8")
    assert f"\nComment={component.findtext('summary')}\n" in template
    release = component.find("releases/release")
    assert release is not None
    assert release.attrib["version"] == launcher.__version__
    changelog = (CHECKOUT / "CHANGELOG.md").read_text("utf-8")
    assert f"## {launcher.__version__} " in changelog


def test_missing_resources_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(resources.ResourceError, match=r"no-such\.py"):
        resources.example("no-such.py")
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "launcher")
    resources.root.cache_clear()  # a failure is not kept
    with pytest.raises(resources.ResourceError, match="install ServeDeck again"):
        resources.root()
