"""What an app finds around it: its folder, its variables, its output captured, debug announced.

All of this belongs to the whole process, so one app's surroundings are set up at a time, and put
back at the end. Entered and left by the session, on its thread.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Optional

from ..events import Emit
from ..reporting.output import OutputStream, captured_output, told_errors
from ..reporting.reporter import Reporter
from .bytecode import careful_bytecode
from .load import forget_project_modules

__all__ = ["surroundings", "variables_of"]


def variables_of(environ: Mapping[str, str], debug: bool) -> dict[str, str]:
    """What is set in the environment while an app is imported and runs.

    :param environ: the project's own variables
    """
    # As `flask run` does: a module that ends in app.run() is only being imported.
    return {**environ, "FLASK_RUN_FROM_CLI": "true", "FLASK_DEBUG": "1" if debug else "0"}


@contextlib.contextmanager
def surroundings(
    project: Path, environ: Mapping[str, str], debug: bool, emit: Emit, reporter: Reporter
) -> Iterator[OutputStream]:
    """Set up an app's surroundings while the block runs.

    :param project: becomes the current folder
    :param environ: variables that are set
    :param debug: what ``FLASK_DEBUG`` says
    :returns: the stream for ``wsgi.errors``
    """
    before = dict(os.environ)
    path_before = list(sys.path)
    try:
        folder: Optional[str] = str(Path.cwd())
    except FileNotFoundError:
        folder = None
    os.environ.update(variables_of(environ, debug))
    try:
        if project.is_dir():
            os.chdir(project)
        with careful_bytecode(), captured_output(emit) as errors_stream, told_errors(reporter):
            yield errors_stream
    finally:
        # The next project may well have an app.py, too.
        forget_project_modules(project)
        sys.path[:] = path_before
        if folder is not None:
            with contextlib.suppress(OSError):
                os.chdir(folder)
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)
