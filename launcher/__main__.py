"""``servedeck`` and ``python -m launcher``: the window, or one of the terminal's commands."""

from __future__ import annotations

import os
import sys

from .cli import COMMANDS
from .cli import main as run_command


def main() -> int:
    """Run what the command line asks for.

    Where there is no display, the app that the window would have shown is served in the terminal.

    :returns: the process's exit status
    """
    argv = sys.argv[1:]
    if argv and (argv[0] in COMMANDS or argv[0] == "--version"):
        return run_command(argv)
    if not has_display():
        print("There is no display here, so the app is served in this terminal.", file=sys.stderr)
        from .core.resources import example

        return run_command(["serve", *argv], default_app=example())
    from .app import main as show_window

    return show_window(argv)


def has_display() -> bool:
    """Whether a window can be shown. Elsewhere than on X11 and Wayland there always is a screen."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main())
