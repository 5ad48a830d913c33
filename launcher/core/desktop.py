"""Puts the menu entry, the icons and the icon on the desktop in their places, and takes them away.

Everything is done for the user alone and below the user's folders, so root is never needed. What
was written, and which folders had to be made for it, is kept in a small record, so that
``uninstall`` takes away exactly that. Follows the XDG Base Directory, Desktop Entry and Icon Theme
specifications; what those leave open is decided in docs/decisions/0021-desktop-entry.md.

Runs on the thread of its caller (the command line's main thread) and knows no Qt. Used by
``launcher.desktop_command``.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from launcher import APP_ID
from launcher.core import resources
from launcher.core.desktop_entry import (
    Command,
    current_command,
    entry_text,
    read_value,
)
from launcher.core.project.boundary import find_program
from server.base.values import dataclass

__all__ = ["Paths", "Status", "install", "status", "uninstall"]

_TOOL_TIMEOUT = 15.0


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
    program = read_value(paths.entry, "TryExec")
    folder = read_value(paths.entry, "Path")
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
