"""What an app finds around it: its folder, its variables, its command line, its output captured.

As ``flask run`` and ``python app.py`` have it. All of this belongs to the whole process, so one
app's surroundings are set up at a time; they are put back at the end, unless the process is the
app's alone: what the app does at its exit finds them, too. Entered and left by the session, on its
thread.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Optional

from ..config import ServerConfig
from ..errors import AppLoadError
from ..events import Emit
from ..flow.libraries import recorded_libraries
from ..reporting.origins import RecordRequests
from ..reporting.output import captured_output, reported_errors
from ..reporting.reporter import Reporter
from ..reporting.streams import OutputStream
from .bytecode import careful_bytecode
from .installed import find_module
from .load import forget_project_modules
from .spec import parse_spec
from .variables import OF_RELOADER, variables_of

__all__ = ["command_line", "surroundings"]


def command_line(app: str, project: Path) -> list[str]:
    """What ``sys.argv`` holds: the app's file and nothing else, as if it were started by itself.

    :param app: as the user typed it
    :param project: the folder that it is looked for in
    """
    try:
        spec = parse_spec(app, project)
    except AppLoadError:  # reported when it is loaded
        return [app]
    if spec.ways[0].file is not None:
        return [str(spec.ways[0].file)]
    place = spec.root.joinpath(*spec.module.split("."))
    for file in (place.with_name(place.name + ".py"), place / "__init__.py"):
        if os.path.isfile(file):  # noqa: PTH113 - it may have too long a name
            return [str(file)]
    found = find_module(spec.module)
    return [(found.origin if found else None) or spec.module]


@contextlib.contextmanager
def surroundings(
    config: ServerConfig,
    project: Path,
    environ: Mapping[str, str],
    emit: Emit,
    reporter: Reporter,
    *,
    alone: bool = False,
) -> Iterator[OutputStream]:
    """Set up an app's surroundings while the block runs.

    :param project: becomes the current folder
    :param environ: variables that are set
    :param alone: the process is the app's alone: it keeps its surroundings until it ends
    :returns: the stream for ``wsgi.errors``
    """
    with contextlib.ExitStack() as at_end:
        if not alone:
            at_end.enter_context(_put_back(project))
            # Nor can a thread beside the window's open a window of its own.
            os.environ.setdefault("MPLBACKEND", "Agg")
        variables = variables_of(environ, config.debug, config.reload)
        for name in OF_RELOADER:  # of one that the launcher itself may run under
            os.environ.pop(name, None)
        os.environ.update(variables)
        sys.argv = command_line(config.app, project)
        if project.is_dir():
            os.chdir(project)
        at_end.enter_context(careful_bytecode())
        requests = RecordRequests()
        errors_stream = at_end.enter_context(captured_output(emit, requests))
        at_end.enter_context(reported_errors(reporter, requests))
        if config.records_flow:
            at_end.enter_context(recorded_libraries())
        yield errors_stream


@contextlib.contextmanager
def _put_back(project: Path) -> Iterator[None]:
    """Have everything as it was when the block ends, for the other parts of the process."""
    before, path_before, argv_before = dict(os.environ), list(sys.path), sys.argv
    try:
        folder: Optional[str] = str(Path.cwd())
    except FileNotFoundError:
        folder = None
    try:
        yield
    finally:
        # The next project may well have an app.py, too.
        forget_project_modules(project)
        sys.path[:] = path_before
        sys.argv = argv_before
        if folder is not None:
            with contextlib.suppress(OSError):
                os.chdir(folder)
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)
