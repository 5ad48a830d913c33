"""The environment in which a project's interpreter is started. Any thread."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# These show an interpreter where its own parts are; the launcher's are not another one's.
_OF_THE_LAUNCHER = ("PYTHONHOME", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__", "QT_QPA_PLATFORM")
_OF_THE_RELOADER = ("WERKZEUG_RUN_MAIN", "WERKZEUG_SERVER_FD")


def interpreter_environ(python: str) -> dict[str, str]:
    """This process's environment, as a shell would have it in which the interpreter's virtual
    environment is activated.

    :param python: the interpreter's path
    """
    environ = dict(os.environ)
    for name in (*_OF_THE_LAUNCHER, *_OF_THE_RELOADER):
        environ.pop(name, None)
    prefix = Path(python).absolute().parent.parent
    if (prefix / "pyvenv.cfg").is_file():
        scripts = str(Path(python).absolute().parent)
        environ["VIRTUAL_ENV"] = str(prefix)
        folders = environ.get("PATH", os.defpath).split(os.pathsep)
        environ["PATH"] = os.pathsep.join([scripts, *(item for item in folders if item != scripts)])
    elif environ.get("VIRTUAL_ENV") == sys.prefix:
        del environ["VIRTUAL_ENV"]
    return environ
