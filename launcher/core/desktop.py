"""The menu entry, the icons and the icon on the desktop: ``servedeck desktop``.

Everything is done for the user alone and below the user's folders, so root is never needed. What
was written, and which folders had to be made for it, is kept in a small record, so that
``uninstall`` takes away exactly that. Follows the XDG Base Directory, Desktop Entry and Icon Theme
specifications; what those leave open is decided in docs/decisions/0021-desktop-entry.md.

Runs on the thread of its caller (the command line's main thread) and knows no Qt. Used by
``launcher.cli``.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from launcher import APP_ID, APP_NAME
from launcher.core import resources
from launcher.core.project.boundary import find_program
from server.base.values import dataclass
from server.errors import why_refused

__all__ = [
    "ACTIONS",
    "Command",
    "DesktopError",
    "Paths",
    "Status",
    "current_command",
    "entry_text",
    "install",
    "run",
    "status",
    "uninstall",
]

ACTIONS = ("install", "uninstall", "status")

_TOOL_TIMEOUT = 15.0

# What may follow a backslash in the value of an entry's key.
_ESCAPES = {"\\": "\\", "n": "\n", "t": "\t", "r": "\r", "s": " "}


class DesktopError(Exception):
    """The menu entry cannot be made here; the message gives the reason in one sentence."""


# ------------------------------------------------------------------------------------------------
# Where things go


@dataclass(frozen=True)
class Paths:
    """The user's folders: the one for data, and the one whose content the desktop shows."""

    data_home: Path
    desktop: Path | None
    """None when the user has switched the desktop folder off."""

    @classmethod
    def of_user(cls, environ: Mapping[str, str] | None = None) -> Paths:
        """The folders that the environment (the process's own, by default) and XDG name."""
        environ = os.environ if environ is None else environ
        home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
        config_home = _xdg_folder(environ, "XDG_CONFIG_HOME", home / ".config")
        return cls(
            data_home=_xdg_folder(environ, "XDG_DATA_HOME", home / ".local" / "share"),
            desktop=_desktop_folder(config_home / "user-dirs.dirs", home),
        )

    @property
    def entry(self) -> Path:
        """The entry in the applications menu."""
        return self.data_home / "applications" / f"{APP_ID}.desktop"

    @property
    def desktop_entry(self) -> Path | None:
        """The icon on the desktop."""
        return None if self.desktop is None else self.desktop / f"{APP_ID}.desktop"

    @property
    def icon_theme(self) -> Path:
        """The theme that all other icon themes fall back to."""
        return self.data_home / "icons" / "hicolor"

    @property
    def record(self) -> Path:
        """What an installation has written, for ``uninstall``."""
        return self.data_home / "servedeck" / "desktop.json"

    def icons(self) -> dict[Path, Path]:
        """Where each icon goes, and the file it is a copy of."""
        icons = {
            self.icon_theme / "scalable" / "apps" / f"{APP_ID}.svg": resources.icon_file(),
        }
        for size in resources.ICON_SIZES:
            place = self.icon_theme / f"{size}x{size}" / "apps" / f"{APP_ID}.png"
            icons[place] = resources.icon_file(size)
        return icons


def _xdg_folder(environ: Mapping[str, str], name: str, default: Path) -> Path:
    value = environ.get(name, "")
    # The specification: a relative path is invalid and to be ignored.
    return Path(value) if value.startswith("/") else default


def _desktop_folder(user_dirs: Path, home: Path) -> Path | None:
    """What the tool xdg-user-dir would answer for DESKTOP; that tool need not be there."""
    folder = home / "Desktop"
    try:
        lines = user_dirs.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return folder
    for line in lines:
        match = re.fullmatch(r'\s*XDG_DESKTOP_DIR\s*=\s*"(.*)"\s*', line)
        if match is None:
            continue
        value = re.sub(r"\\(.)", r"\1", match[1])
        if value == "$HOME" or value.startswith("$HOME/"):
            folder = home / value[len("$HOME") :].lstrip("/")
        elif value.startswith("/"):
            folder = Path(value)
    return None if folder == home else folder


# ------------------------------------------------------------------------------------------------
# The entry


@dataclass(frozen=True)
class Command:
    """What the entry starts."""

    arguments: tuple[str, ...]
    folder: Path | None = None
    """Where it has to be started; None when that makes no difference."""


def current_command(executable: str | None = None) -> Command:
    """The command that starts this ServeDeck, the one that is running now.

    The script ``servedeck`` beside the interpreter works in any folder. Where there is none (a
    checkout that was never installed), the interpreter finds the package in the folder that it is
    started in. A PYTHONPATH would do it, too, but would reach the user's projects as well.
    """
    interpreter = sys.executable if executable is None else executable
    if not interpreter:
        raise DesktopError(
            "the running Python does not know its own path, so no entry can start it"
        )
    script = Path(interpreter).absolute().with_name("servedeck")  # a venv's links must stay as is
    if script.is_file() and os.access(script, os.X_OK):
        return Command((str(script),))
    checkout = Path(__file__).resolve().parents[2]
    return Command((str(Path(interpreter).absolute()), "-m", "launcher"), checkout)


def entry_text(command: Command) -> str:
    """The menu entry that starts ``command``, with a file or folder if one is dropped on it."""
    program = command.arguments[0]
    arguments = command.arguments
    # The first word of an Exec key must not have a "=", and GLib does not read "%%" in it.
    if "=" in program or "%" in program:
        arguments = ("sh", "-c", 'exec "$0" "$@"', *arguments)
    values = {
        "EXEC": " ".join([*map(_quote_argument, arguments), "%f"]),
        "TRYEXEC": program,
        "PATH": "" if command.folder is None else str(command.folder),
        "ID": APP_ID,
        "WMCLASS": APP_NAME,
    }
    template = resources.resource("desktop", f"{APP_ID}.desktop.in").read_text("utf-8")
    lines = []
    for line in template.splitlines():
        if line.startswith("#"):
            continue
        filled = re.sub("@([A-Z]+)@", lambda match: _escape_value(values[match[1]]), line)
        if not filled.endswith("="):
            lines.append(filled)
    text = "\n".join(lines) + "\n"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise DesktopError(
            f"a menu entry cannot hold a path that is not UTF-8: {program!a}"
        ) from None
    return text


def _quote_argument(argument: str) -> str:
    """One argument by the rules for Exec keys; the rules for all values come on top."""
    argument = argument.replace("%", "%%")
    if argument and not re.search(r"""[\s"'\\<>~|&;$*?#()`]""", argument):
        return argument
    return '"' + re.sub(r'(["`$\\])', r"\\\1", argument) + '"'


def _escape_value(value: str) -> str:
    """A value of type string by the rules for all keys."""
    for letter, character in _ESCAPES.items():  # the backslash comes first
        if letter != "s":
            value = value.replace(character, "\\" + letter)
    return re.sub("^ ", r"\\s", value)


def _read_value(entry: Path, key: str) -> str | None:
    """What an entry holds for a key, or None."""
    for line in entry.read_text("utf-8", "replace").splitlines():
        name, found, value = line.partition("=")
        if found and name.strip() == key:
            return re.sub(r"\\([sntr\\])", lambda match: _ESCAPES[match[1]], value.strip())
    return None


# ------------------------------------------------------------------------------------------------
# Install, uninstall, status


@dataclass(frozen=True)
class _Record:
    """The files that an installation wrote, and the folders that it had to make for them."""

    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()

    @classmethod
    def read(cls, path: Path) -> _Record:
        """The record in a file; an empty one when it cannot be read."""
        try:
            content = json.loads(path.read_text("utf-8"))
            files = tuple(Path(name) for name in content["files"])
            folders = tuple(Path(name) for name in content["folders"])
        except (OSError, ValueError, KeyError, TypeError):
            return cls()
        # Whatever happened to the record: no file but our own is ever deleted because of it.
        return cls(tuple(file for file in files if file.name.startswith(f"{APP_ID}.")), folders)

    def text(self) -> str:
        """The content of the file that ``read`` reads."""
        content = {"files": [*map(str, self.files)], "folders": [*map(str, self.folders)]}
        return json.dumps(content, indent=1) + "\n"


@dataclass(frozen=True)
class Status:
    """What is installed, and whether it works."""

    installed: bool
    problems: tuple[str, ...]
    """One sentence for each thing that keeps the entry from working."""
    entry: Path
    program: str | None
    desktop_entry: Path | None
    """The icon on the desktop; None when there is none."""
    icons: int

    @property
    def healthy(self) -> bool:
        """It is there and can be started."""
        return self.installed and not self.problems


def install(paths: Paths, command: Command | None = None) -> list[Path]:
    """Put ServeDeck into the menu and on the desktop; the files that were written.

    Doing it again brings everything up to date.
    """
    text = entry_text(current_command() if command is None else command).encode("utf-8")
    contents = {place: source.read_bytes() for place, source in paths.icons().items()}
    contents[paths.entry] = text
    if paths.desktop_entry is not None:
        contents[paths.desktop_entry] = text

    before = _Record.read(paths.record)
    new_folders = _missing_folders([*contents, paths.record])
    record = _Record(
        files=tuple(contents),
        folders=(*before.folders, *(f for f in new_folders if f not in before.folders)),
    )
    # The record comes first: should writing fail half-way, uninstall still knows everything.
    partial = _Record((*before.files, *record.files), record.folders)
    _write(paths.record, partial.text().encode(), 0o644)
    for place, content in contents.items():
        _write(place, content, 0o755 if place == paths.desktop_entry else 0o644)
    for file in before.files:
        if file not in contents:  # an earlier version's, or the desktop folder has moved
            _remove(file)
    _write(paths.record, record.text().encode(), 0o644)

    if paths.desktop_entry is not None:
        _trust(paths.desktop_entry)
    _refresh_caches(paths)
    return list(contents)


def uninstall(paths: Paths) -> list[Path]:
    """Take away every file of ``install``, and the folders it made if they are empty now.

    The files that were there. Without a record, it looks where an installation would write today.
    """
    record = _Record.read(paths.record)
    today = [*paths.icons(), paths.entry, *([paths.desktop_entry] if paths.desktop_entry else [])]
    files = [*record.files, *(file for file in today if file not in record.files)]
    removed = [file for file in files if _remove(file)]
    paths.record.unlink(missing_ok=True)
    if removed:
        _refresh_caches(paths)
    for folder in sorted(record.folders, key=lambda folder: len(folder.parts), reverse=True):
        with suppress(OSError):  # not empty: somebody else uses it by now
            folder.rmdir()
    return removed


def status(paths: Paths) -> Status:
    """What is installed, and whether it works."""
    if not paths.entry.is_file():
        return Status(False, (), paths.entry, None, None, 0)
    problems = []
    program = _read_value(paths.entry, "TryExec")
    folder = _read_value(paths.entry, "Path")
    if program is None:
        problems.append("The menu entry names no program.")
    elif not (Path(program).is_file() and os.access(program, os.X_OK)):
        problems.append(f"The menu entry starts {program}, which cannot be started any more.")
    if folder is not None and not (Path(folder) / "launcher" / "__main__.py").is_file():
        problems.append(f"The menu entry starts ServeDeck in {folder}, and it is no longer there.")
    icons = [icon for icon in paths.icons() if icon.is_file()]
    if len(icons) < len(paths.icons()):
        problems.append(f"Icons are missing in {paths.icon_theme}.")
    candidates = [*_Record.read(paths.record).files, paths.desktop_entry]
    on_desktop = [
        file
        for file in candidates
        if file is not None and file.suffix == ".desktop" and file != paths.entry and file.is_file()
    ]
    return Status(
        installed=True,
        problems=tuple(problems),
        entry=paths.entry,
        program=program,
        desktop_entry=on_desktop[0] if on_desktop else None,
        icons=len(icons),
    )


def _missing_folders(files: Iterable[Path]) -> list[Path]:
    missing: list[Path] = []
    for file in files:
        for folder in file.parents:
            if folder.exists():
                break
            if folder not in missing:
                missing.append(folder)
    return missing


def _write(place: Path, content: bytes, mode: int) -> None:
    """Write a file so that nobody, a desktop that watches the folder included, sees half of it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".servedeck-", dir=place.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        Path(name).chmod(mode)
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _remove(file: Path) -> bool:
    if not file.is_symlink() and not file.exists():
        return False
    if file.suffix == ".desktop" and os.access(file, os.X_OK):
        _tool("gio", "set", "-t", "unset", str(file), "metadata::trusted")
        _tool("gio", "set", "-t", "unset", str(file), "metadata::xfce-exe-checksum")
    file.unlink()
    return True


def _trust(entry: Path) -> None:
    """Spare the user the question whether the icon on the desktop may be started.

    GNOME and what descends from it ask for a mark, Xfce for a mark with the file's checksum, KDE
    only for the file's mode. Where the marks cannot be set, the desktop asks once.
    """
    checksum = hashlib.sha256(entry.read_bytes()).hexdigest()
    _tool("gio", "set", "-t", "string", str(entry), "metadata::trusted", "true")
    _tool("gio", "set", "-t", "string", str(entry), "metadata::xfce-exe-checksum", checksum)


def _refresh_caches(paths: Paths) -> None:
    """Bring the user's caches up to date where there are some, and never start one.

    A cache that only we keep up to date would hide the icons that other programs put beside ours.
    Without one, desktops look at the theme's folder, and see by its time that it has changed.
    """
    if (paths.entry.parent / "mimeinfo.cache").exists():
        _tool("update-desktop-database", "-q", str(paths.entry.parent))
    if (paths.icon_theme / "icon-theme.cache").exists():
        _tool("gtk-update-icon-cache", "-q", "-f", "-t", str(paths.icon_theme))
    with suppress(OSError):
        os.utime(paths.icon_theme)


def _tool(name: str, *arguments: str) -> None:
    """Run one of the desktop's tools if it is there. None of them is essential."""
    program = find_program(name)
    if program is None:
        return
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TOOL_TIMEOUT,
            check=False,
        )


# ------------------------------------------------------------------------------------------------
# The command


def run(
    action: str,
    out: TextIO,
    err: TextIO | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    platform: str = sys.platform,
) -> int:
    """``servedeck desktop ACTION``: results go to ``out``, errors to ``err``; its exit code.

    0: done (``status``: installed and healthy); 1: not; 2: not possible on this system.
    """
    err = sys.stderr if err is None else err
    if platform != "linux":
        print("servedeck desktop works on Linux only: here, start servedeck by itself.", file=err)
        return 2
    try:
        paths = Paths.of_user(environ)
        if action == "install":
            return _run_install(paths, out)
        if action == "uninstall":
            return _run_uninstall(paths, out)
        if action == "status":
            return _run_status(paths, out)
    except (DesktopError, resources.ResourceError) as error:
        print(f"servedeck desktop {action}: {error}", file=err)
        return 1
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"servedeck desktop {action}: {why_refused(error)}{where}", file=err)
        return 1
    print(f"servedeck desktop: {action!r} is none of {', '.join(ACTIONS)}", file=err)
    return 2


def _run_install(paths: Paths, out: TextIO) -> int:
    written = install(paths)
    print(f"{APP_NAME} is in the applications menu: {paths.entry}", file=out)
    if paths.desktop_entry is None:
        print("The desktop folder is switched off, so there is no icon on the desktop.", file=out)
    else:
        print(f"Double-click its icon on the desktop: {paths.desktop_entry}", file=out)
    print(f"{len(written)} files were written; servedeck desktop uninstall removes them.", file=out)
    return 0


def _run_uninstall(paths: Paths, out: TextIO) -> int:
    removed = uninstall(paths)
    if removed:
        print(f"{APP_NAME} is no longer in the menu: {len(removed)} files were removed.", file=out)
    else:
        print(
            f"{APP_NAME} was not in the applications menu; there was nothing to remove.", file=out
        )
    return 0


def _run_status(paths: Paths, out: TextIO) -> int:
    found = status(paths)
    if not found.installed:
        print(
            f"{APP_NAME} is not in the applications menu. Add it: servedeck desktop install",
            file=out,
        )
        return 1
    print(f"{APP_NAME} is in the applications menu.", file=out)
    print(f"  Entry:   {found.entry}", file=out)
    print(f"  Starts:  {found.program or 'nothing'}", file=out)
    print(f"  Desktop: {found.desktop_entry or 'no icon'}", file=out)
    print(f"  Icons:   {found.icons} in {paths.icon_theme}", file=out)
    for problem in found.problems:
        print(problem, file=out)
    if found.problems:
        print("Repair it: servedeck desktop install", file=out)
    return 0 if found.healthy else 1
