"""server.worker.stall: stacks are printed where nothing else of a process can run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system can't fork")

BEGIN = """
import faulthandler, os, re, sys, threading, time
from server.worker import stall
stall.SECONDS = 0.1
real = faulthandler.dump_traceback_later
watch = stall.StallWatch()
watch.put_off()

def hold():
    "Holds the lock of the interpreter until stacks are there."
    text = "a" * 22 + "b"
    while not os.stat(2).st_size:
        re.match("(a+)+$", text)
"""


def run(tmp_path: Path, code: str) -> str:
    """What a process has printed that does this; it has to end by itself."""
    output = tmp_path / "output"
    with output.open("wb") as file:
        subprocess.run(
            [sys.executable, "-c", BEGIN + code], cwd=ROOT, stderr=file, timeout=20, check=True
        )
    return output.read_text()


def test_stacks_are_printed_while_the_lock_is_held(tmp_path: Path) -> None:
    printed = run(tmp_path, "hold()\nwatch.end()\n")
    assert printed.startswith("Timeout (0:00:00.100000)!\n")
    assert re.search(r'  File "<string>", line \d+ in hold\n', printed)


@pytest.mark.parametrize(
    "code",
    [
        "watch.end()\nwatch.put_off()\nwatch.end()\ntime.sleep(0.25)\n",
        "for _ in range(10):\n    watch.put_off()\n    time.sleep(0.025)\nwatch.end()\n",
        # Closed by the app, which has another file there.
        "os.closerange(3, 64)\nwatch.put_off()\ntime.sleep(0.25)\nwatch.end()\n",
    ],
    ids=["over", "put off", "lost"],
)
def test_nothing_is_printed(tmp_path: Path, code: str) -> None:
    assert run(tmp_path, code) == ""


def test_what_the_app_wants_of_the_same_comes_first(tmp_path: Path) -> None:
    code = "faulthandler.dump_traceback_later(0.2)\nwatch.put_off()\ntime.sleep(0.4)\n"
    printed = run(tmp_path, code + "assert faulthandler.dump_traceback_later is real\n")
    assert printed.count("Timeout (") == 1
    assert printed.startswith("Timeout (0:00:00.200000)!\n")


def test_child_that_is_forked_ends(tmp_path: Path) -> None:
    """Its interpreter doesn't wait for a thread that it hasn't got; and the parent goes on."""
    code = "pid = os.fork()\nif not pid:\n    sys.exit(3)\nstatus = os.waitpid(pid, 0)[1]\n"
    code += "assert os.waitstatus_to_exitcode(status) == 3\nwatch.put_off()\nhold()\nwatch.end()\n"
    assert "in hold" in run(tmp_path, code)
