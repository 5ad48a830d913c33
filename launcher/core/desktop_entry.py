"""The text of ServeDeck's menu entry, by the Desktop Entry specification, and what it starts.

Any thread; no Qt.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from launcher import APP_ID, APP_NAME
from launcher.core import resources
from server.base.values import dataclass

__all__ = ["Command", "DesktopError", "current_command", "entry_text", "read_value"]

# What may follow a backslash in the value of an entry's key.
_ESCAPES = {"\\": "\\", "n": "\n", "t": "\t", "r": "\r", "s": " "}


class DesktopError(Exception):
    """The menu entry cannot be made here; the message gives the reason in one sentence."""


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


def read_value(entry: Path, key: str) -> str | None:
    """What an entry holds for a key, or None."""
    for line in entry.read_text("utf-8", "replace").splitlines():
        name, found, value = line.partition("=")
        if found and name.strip() == key:
            return re.sub(r"\\([sntr\\])", lambda match: _ESCAPES[match[1]], value.strip())
    return None
