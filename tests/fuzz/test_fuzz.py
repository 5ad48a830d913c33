"""A moment of the fuzzing that ``make fuzz`` does for longer: always the same requests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).with_name("fuzz_server.py")


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted on Linux only")
def test_mutated_requests_do_no_harm() -> None:
    """No crash, no hang, nothing left, and every answer is well-formed, in both servers."""
    done = subprocess.run(
        [sys.executable, str(FUZZ), "--seconds", "2", "--seed", "1"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.count("requests refused") == 2
