"""The environment that ``make apps`` has set up: what is in it can be imported here, too.

And database servers of the tests' own, started from Debian's packages where those are installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PYTHON = os.environ.get("SERVEDECK_APPS_PYTHON", "")

if PYTHON:
    # Behind everything else, for the clients of the libraries that are tried.
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([PYTHON, "-c", where], capture_output=True, text=True, check=True)
    sys.path.append(found.stdout.strip())

WAIT = 60
QUIET = {"check": True, "timeout": WAIT, "stdout": subprocess.DEVNULL}


def command(*words: str) -> list[str]:
    """A command of PostgreSQL's, which runs as anybody but root."""
    return ["runuser", "-u", "postgres", "--", *words] if os.getuid() == 0 else list(words)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The folder of the socket of a server that is these tests' alone."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is not installed")
    tools = programs[-1].parent
    # A socket's path is short, and the user that the server runs as has to get there.
    folder = Path(f"/tmp/servedeck-postgres-{os.getpid()}")
    folder.mkdir(mode=0o755)
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    control = command(str(tools / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"))
    options = f"-c listen_addresses='' -k {folder} -F"
    try:
        init = command(str(tools / "initdb"), "-D", data, "-A", "trust", "-N", "-U", "postgres")
        subprocess.run(init, **QUIET)
        subprocess.run([*control, "-o", options, "start"], **QUIET)
        try:
            yield str(folder)
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **QUIET)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[str]:
    """The socket of a server of MariaDB, which has a database ``shop`` and lets everybody in."""
    server = shutil.which("mariadbd", path="/usr/sbin")
    if server is None:
        pytest.skip("MariaDB is not installed")
    folder = Path(f"/tmp/servedeck-mariadb-{os.getpid()}")
    folder.mkdir(mode=0o755)
    (folder / "data").mkdir()
    (folder / "init").write_text("CREATE DATABASE shop;\n")
    user = ["--user=root"] if os.getuid() == 0 else []
    data, socket = f"--datadir={folder / 'data'}", folder / "socket"
    try:
        running = subprocess.Popen(
            [
                server, "--no-defaults", data, f"--socket={socket}", "--skip-networking",
                f"--init-file={folder / 'init'}", "--skip-grant-tables", *user,
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            end = time.monotonic() + WAIT
            while not socket.exists():
                assert running.poll() is None, "MariaDB has ended"
                assert time.monotonic() < end, "MariaDB does not start"
                time.sleep(0.05)
            yield str(socket)
        finally:
            running.terminate()
            running.wait(WAIT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
