"""Opens a file at a line in the user's own editor.

Which editor that is, in this order: the one chosen in the settings, ``$SERVEDECK_EDITOR``, one that
is running, ``$VISUAL`` and ``$EDITOR`` where these open a window, the first known one on the path.
What the user has named is used, or reported as unusable; of the others, the next is tried when one
fails. Nothing goes through a shell: names of files come from the app that is being served.

Looking at processes and starting one takes a tenth of a second and more, so the window does it on
its pool's thread. One thread at a time.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from server.base.values import dataclass
from server.errors import why_refused

from .project.boundary import find_program

__all__ = ["EditorError", "EditorOpener", "Process", "arguments", "candidates", "installed"]

VARIABLE = "SERVEDECK_EDITOR"
_FAILS_WITHIN = 1.0
"""Seconds in which a command that can't open the file has ended with an exit status."""
_HANDS_OVER_WITHIN = 5.0
"""The same for one that looks for a program and hands the file over: it tries several, each a
process, so a busy machine takes its time."""
_HANDING_OVER = frozenset(("xdg-open", "open"))
_LOOKS_EVERY = 0.05
"""Seconds between two looks whether the end of a command is still of interest."""

Which = Callable[[str], "str | None"]

# How a command takes file and line; {file} and {line} are filled in.
_GOTO = ("-g", "{file}:{line}")
_COLON = ("{file}:{line}",)
_LINE = ("--line", "{line}", "{file}")
_PLUS = ("+{line}", "{file}")
_DASH_L = ("-l", "{line}", "{file}")
_BEHIND = ("--", "+{line}", "{file}")
_FILE = ("{file}",)


@dataclass(frozen=True)
class Editor:
    """A command that opens a file in a window.

    :param command: the program's name, without folder and ending
    :param arguments: how it takes file and line
    :param title: what the user knows it as; "" where it is neither offered nor looked for on the
        path
    :param processes: names of running processes that this command makes open a file; of several
        editors with one process, the first that is installed is used
    """

    command: str
    arguments: tuple[str, ...]
    title: str = ""
    processes: tuple[str, ...] = ()


_EDITORS = (
    Editor("code", _GOTO, "Visual Studio Code", ("code", "code-oss")),
    Editor("codium", _GOTO, "VSCodium", ("codium",)),
    Editor("subl", _COLON, "Sublime Text", ("sublime_text",)),
    Editor("pycharm", _LINE, "PyCharm", ("pycharm",)),
    Editor("charm", _LINE, "PyCharm", ("pycharm",)),
    Editor("zed", _COLON, "Zed", ("zed", "zed-editor")),
    Editor("zeditor", _COLON, "Zed", ("zed", "zed-editor")),
    Editor("cursor", _GOTO, "Cursor", ("cursor",)),
    Editor("gedit", _PLUS, "gedit", ("gedit",)),
    Editor("kate", _DASH_L, "Kate", ("kate",)),
    Editor("gvim", _PLUS, "GVim", ("gvim",)),
    Editor("emacsclient", ("-n", *_PLUS), "Emacs (running)", ("emacs",)),
    Editor("geany", _PLUS, "Geany", ("geany",)),
    Editor("xdg-open", _FILE, "The system's choice (without the line)"),
    Editor("code-insiders", _GOTO, processes=("code-insiders",)),
    Editor("code-oss", _GOTO, processes=("code-oss",)),
    Editor("vscodium", _GOTO, processes=("codium",)),
    Editor("windsurf", _GOTO, processes=("windsurf",)),
    Editor("sublime_text", _COLON),
    Editor("idea", _LINE),
    Editor("zed-editor", _COLON),
    Editor("pluma", _PLUS),
    Editor("xed", _PLUS),
    Editor("kwrite", _DASH_L),
    Editor("mousepad", _DASH_L),
    Editor("nvim-qt", _BEHIND),
    Editor("neovide", _BEHIND),
    Editor("emacs", _PLUS),
    Editor("gnome-text-editor", _FILE),
    Editor("open", _FILE),
)
"""All that are known, the likeliest first: supporting another is one row."""

_ARGUMENTS = {editor.command: editor.arguments for editor in _EDITORS}
_ON_PATH = tuple(editor for editor in _EDITORS if editor.title)
# Each process, and the commands that make it open a file. A process's own name comes first.
_RUNNING = {
    process: sorted(
        (editor.command for editor in _EDITORS if process in editor.processes),
        key=lambda command: command != process,
    )
    for editor in _EDITORS
    for process in editor.processes
}
_IN_TERMINAL = frozenset(
    ("vi", "vim", "nvim", "view", "nano", "pico", "micro", "hx", "helix", "joe", "ne", "kak", "ed")
)


class EditorError(Exception):
    """The file can't be opened; the message is one sentence for the user."""


@dataclass(frozen=True)
class Process:
    """A running process, as far as finding an editor needs it."""

    name: str
    exe: str = ""
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A command that may open the file.

    :param argv: the program, and arguments of the user's own
    :param chosen: where the user has named it; "" where it was found
    """

    argv: tuple[str, ...]
    chosen: str = ""


def arguments(argv: Iterable[str], file: str, line: int) -> list[str]:
    """The command as it is started: ``["code", "-g", "/shop.py:7"]``.

    Where the user's arguments have ``{file}`` in them, they are taken as they are.
    """
    words = list(argv)
    if not any("{file}" in word for word in words[1:]):
        words += _ARGUMENTS.get(_base(words[0]), _FILE)
    values = {"{file}": file, "{line}": str(max(1, line))}
    return [words[0], *(_filled(word, values) for word in words[1:])]


def _filled(word: str, values: Mapping[str, str]) -> str:
    # One pass, so that a file that is itself called "{line}" stays what it is.
    before, mark, after = word.partition("{file}")
    line = values["{line}"]
    parts = (before.replace("{line}", line), after.replace("{line}", line))
    return parts[0] + (values[mark] if mark else "") + parts[1]


def _base(program: str) -> str:
    name = Path(program).name.lower()
    for ending in (".exe", ".cmd", ".bat", ".sh", ".bin"):
        name = name.removesuffix(ending)
    for family in ("pycharm", "idea"):
        if name.startswith(family):  # pycharm-community, pycharm64
            return family
    return name


def candidates(
    setting: str, environ: Mapping[str, str], running: Iterable[Process], which: Which
) -> Iterator[Candidate]:
    """The commands to try, in order.

    :raises EditorError: what the user has named can't be used
    """
    for source, value in (("in the settings", setting), (f"in ${VARIABLE}", environ.get(VARIABLE))):
        if value and value.strip():
            yield Candidate(tuple(_checked(value, source, which)), source)
            return
    yield from _running(running, which)
    for variable in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(environ.get(variable) or "")
        except ValueError:
            continue
        if words and _opens_a_window(words) and which(words[0]):
            yield Candidate(tuple(words))
    for editor in _ON_PATH:
        if which(editor.command):
            yield Candidate((editor.command,))


def _checked(value: str, source: str, which: Which) -> list[str]:
    whole = value.strip()
    if which(whole):  # a path with spaces in it needs no quotes
        words = [whole]
    else:
        try:
            words = shlex.split(whole)
        except ValueError as error:
            raise EditorError(
                f"The editor named {source}, {whole!r}, can't be read: {error}."
            ) from None
    if not words or not which(words[0]):
        raise EditorError(
            f"The editor named {source}, {(words or [whole])[0]!r}, isn't there: choose another."
        )
    # The whole name: a script ed.sh is no ed.
    if Path(words[0]).name in _IN_TERMINAL or "-nw" in words:
        raise EditorError(
            f"The editor named {source}, {words[0]!r}, needs a terminal: choose one with a window."
        )
    return words


def _opens_a_window(words: list[str]) -> bool:
    return _base(words[0]) in _ARGUMENTS and not {"-nw", "-t", "--tty", "-nt"} & set(words[1:])


def _running(processes: Iterable[Process], which: Which) -> Iterator[Candidate]:
    found: dict[str, str] = {}
    for process in processes:
        name = _base(process.name)
        if name == "java" and any("pycharm" in word.lower() for word in process.command):
            found.setdefault("pycharm", "")
        elif name in _RUNNING:
            found.setdefault(name, process.exe)
    for name in _RUNNING:
        if name not in found:
            continue
        command = next((c for c in _RUNNING[name] if which(c)), "")
        if not command and found[name] and which(found[name]):
            command = found[name]
        if command:
            yield Candidate((command,))


def installed(which: Which = find_program) -> list[tuple[str, str]]:
    """Command and name of each known editor on the path, for the user to choose from."""
    return [(editor.command, editor.title) for editor in _ON_PATH if which(editor.command)]


def running_processes() -> Iterator[Process]:
    """The user's own processes."""
    import psutil

    user = os.getuid() if hasattr(os, "getuid") else None
    for process in psutil.process_iter(["name", "uids"]):
        uids = process.info["uids"]
        name = process.info["name"] or ""
        if (user is not None and uids is not None and uids.real != user) or not (
            _base(name) in _RUNNING or _base(name) == "java"
        ):
            continue
        try:
            yield Process(name, process.exe(), tuple(process.cmdline()))
        except psutil.Error:
            yield Process(name)


class EditorOpener:
    """Starts editors, and remembers those that it has started until they have ended.

    :param environ: where the user may have named an editor, and what editors are started with;
        by default as it is now, since an app that runs in this process may change it
    :param running: finds the user's processes
    :param which: finds a program
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        running: Callable[[], Iterable[Process]] = running_processes,
        which: Which = find_program,
    ) -> None:
        self._environ = dict(os.environ if environ is None else environ)
        self._running = running
        self._which = which
        self._started: list[subprocess.Popen[bytes]] = []

    def open(
        self,
        file: str,
        line: int,
        setting: str = "",
        folder: str = "",
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> str:
        """Open a file at a line.

        :param setting: the user's command, with or without ``{file}`` and ``{line}``; or ""
        :param folder: where a relative name starts
        :param is_wanted: whether it is still of interest how a command ends that was started
        :returns: one sentence: why it can't be opened; "" where it was
        """
        self._started = [process for process in self._started if process.poll() is None]
        path = Path(folder, file)
        try:
            if not path.is_file():
                return f"{file} can't be opened: there is no such file."
            path = path.absolute()
            for candidate in candidates(setting, self._environ, self._lazily(), self._which):
                problem = self._start(arguments(candidate.argv, str(path), line), is_wanted)
                if not problem:
                    return ""
                if candidate.chosen:
                    return f"The editor named {candidate.chosen} {problem}."
        except (EditorError, OSError, ValueError) as error:
            return str(error) if isinstance(error, EditorError) else f"{file} can't be opened."
        return (
            "No editor was found: choose one with File \u25b8 Editor\u2026, "
            f"or name one in ${VARIABLE}."
        )

    def _lazily(self) -> Iterator[Process]:
        yield from self._running()

    def _start(self, argv: list[str], is_wanted: Callable[[], bool]) -> str:
        """Start a command; returns how it failed, or ""."""
        try:
            process = subprocess.Popen(
                [self._which(argv[0]) or argv[0], *argv[1:]],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            return f"can't be started: {why_refused(error)}"
        hands_over = _base(argv[0]) in _HANDING_OVER
        status = _end(process, _HANDS_OVER_WITHIN if hands_over else _FAILS_WITHIN, is_wanted)
        if status is None:
            self._started.append(process)
        return f"ended with status {status}" if status else ""


def _end(
    process: subprocess.Popen[bytes], seconds: float, is_wanted: Callable[[], bool]
) -> int | None:
    """The status with which a process ends within some seconds; None where it goes on."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and is_wanted():
        with suppress(subprocess.TimeoutExpired):
            return process.wait(min(left, _LOOKS_EVERY))
    return process.poll()
