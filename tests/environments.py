"""Virtual environments with pip, which are made in a moment."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path


def make_environment(folder: Path) -> Path:
    """An environment as ``python -m venv`` makes it, with pip alone.

    pip is copied from the environment of the tests: to unpack and to compile it takes seconds.

    :param folder: where it is made
    :returns: its interpreter
    """
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True, timeout=100)
    source = Path(sysconfig.get_path("purelib"))
    target = folder / source.relative_to(sys.prefix)
    facts = f"pip-{importlib.metadata.version('pip')}.dist-info"
    for name in ("pip", facts):
        shutil.copytree(source / name, target / name)
    return folder / "bin" / "python"
