"""``servedeck`` and ``python -m launcher``: the window, or one of the terminal's commands."""

from __future__ import annotations

import gc
import os
import sys

from .core.commands import BAD_INPUT, COMMANDS, mistyped, window_parser


def main() -> int:
    """Run what the command line asks for.

    Where there is no display, the app that the window would have shown is served in the terminal.

    :returns: the process's exit status
    """
    argv = sys.argv[1:]
    if argv and argv[0] == "help":  # as with git and pip: help, or help serve
        argv = [*(name for name in argv[1:2] if name in COMMANDS), "--help"]
    if argv and (argv[0] in COMMANDS or argv[0] == "--version"):
        from .cli import main as run_command  # not at the top: the window needs nothing of it

        return run_command(argv)
    if {"-h", "--help"}.intersection(argv):
        window_parser().print_help()
        return 0
    if meant := mistyped(argv):
        print(
            f"servedeck: There is no command {argv[0]!r}: 'servedeck {meant}' may be meant.",
            file=sys.stderr,
        )
        return BAD_INPUT
    if not has_display():
        print("There is no display here, so the app is served in this terminal.", file=sys.stderr)
        from .cli import main as run_command
        from .core.resources import example

        return run_command(["serve", *argv], default_app=example())
    gc.disable()  # what is loaded and made now stays; the window's collector switches it on again
    try:
        from .app import main as show_window
    except ImportError as error:
        print(
            f"servedeck: the window can't be shown, as Qt can't be loaded ({error}): run "
            "'make run' in a checkout to install what it needs, or use 'servedeck serve'.",
            file=sys.stderr,
        )
        return BAD_INPUT

    return show_window(argv)


def has_display() -> bool:
    """Whether a window can be shown. Elsewhere than on X11 and Wayland there always is a screen."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main())
