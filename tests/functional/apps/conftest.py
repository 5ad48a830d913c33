"""The environment that ``make apps`` has set up: what is in it can be imported here, too."""

from __future__ import annotations

import os
import subprocess
import sys

PYTHON = os.environ.get("SERVEDECK_APPS_PYTHON", "")

if PYTHON:
    # Behind everything else, for the clients of the libraries that are tried.
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([PYTHON, "-c", where], capture_output=True, text=True, check=True)
    sys.path.append(found.stdout.strip())
