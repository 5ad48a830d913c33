"""What ``servedeck`` can be asked for: its commands, and the arguments of the window.

No Qt: the help is there without a display, too.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

__all__ = ["BAD_INPUT", "COMMANDS", "OneLineParser", "mistyped", "window_parser"]

COMMANDS = {
    "serve": "serve an app in the terminal",
    "apps": "list the WSGI apps of a folder",
    "routes": "print the URL rules of an app",
    "requests": "print the requests that a window has kept",
    "errors": "print the errors that a window has kept",
    "replay": "send requests again, and compare the answers with those of the first time",
    "desktop": "put ServeDeck into the applications menu",
}
"""Their names, with what each does, in the order in which they are listed."""

BAD_INPUT = 2
"""The exit status where the command line can't be used."""
_ALIKE = 0.75  # "serv", "request" and "error" are meant; "shop" for "routes" isn't


def window_parser() -> argparse.ArgumentParser:
    """The parser of what opens the window; its help lists the commands as well."""
    parser = OneLineParser(
        prog="servedeck",
        description="Opens the window.",
        epilog="\n".join(
            (
                "In the terminal, each with a --help of its own:",
                *(f"  servedeck {name:<10}{text}" for name, text in COMMANDS.items()),
                "  servedeck --version",
            )
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "app",
        nargs="?",
        default="",
        metavar="APP",
        help="module, module:attr, path/to/file.py[:attr], a project folder, or a HAR file",
    )
    parser.add_argument("--project", metavar="DIR", help="the folder the app is imported from")
    parser.add_argument("--python", metavar="PY", help="the interpreter that runs the app")
    parser.add_argument("--data-dir", metavar="DIR", help="where settings are kept")
    parser.add_argument(
        "--new-window", action="store_true", help="open a window of its own beside an open one"
    )
    return parser


def mistyped(argv: Sequence[str]) -> str:
    """The command that the first word is likely to mean; "" where it may be an app's name.

    :param argv: arguments whose first word is no command
    """
    word, *rest = argv or ("",)
    if rest and rest[0].startswith("-"):
        return ""
    if Path(word).exists() or Path(f"{word}.py").exists():
        return ""
    from difflib import get_close_matches  # not at the top: mostly there is nothing to look up

    return next(iter(get_close_matches(word, COMMANDS, n=1, cutoff=_ALIKE)), "")


class OneLineParser(argparse.ArgumentParser):
    """Reports what is wrong in one line, without the usage text."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help)\n")
