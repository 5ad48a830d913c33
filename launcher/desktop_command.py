"""``servedeck desktop``: ServeDeck in the applications menu, out of it, or how it is there.

The command line's main thread; no Qt.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TextIO

from launcher import APP_NAME
from launcher.core import resources
from launcher.core.desktop import Paths, install, status, uninstall
from launcher.core.desktop_entry import DesktopError
from server.errors import why_refused

__all__ = ["ACTIONS", "run"]

ACTIONS = ("install", "uninstall", "status")


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
