"""What the functional tests share: Werkzeug's server to compare with, and the rules of WSGI.

``wsgiref.validate`` is around every app that ``servedeck serve`` serves here, see ``validating/``.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import served
from served import ROOT, WAIT, clean_environ

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module", autouse=True)
def validated_apps() -> Iterator[None]:
    """Let ``servedeck`` find the validator before it finds anything else."""

    def environ(**more: str) -> dict[str, str]:
        return clean_environ(**{"PYTHONPATH": f"{HERE / 'validating'}:{ROOT}", **more})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(served, "clean_environ", environ)
        yield


@contextlib.contextmanager
def werkzeug_server(app: str) -> Iterator[int]:
    """Serve ``module:attribute`` by Werkzeug in a process; gives its port."""
    with subprocess.Popen(
        [sys.executable, str(HERE / "werkzeug_server.py"), app],
        cwd=HERE,
        env=clean_environ(PYTHONHASHSEED="0"),  # the order of Allow comes from a set
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
            process.stdin.close()
            process.wait(WAIT)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def werkzeug_httpbin() -> Iterator[int]:
    """The port of httpbin under Werkzeug."""
    with werkzeug_server("httpbin:app") as port:
        yield port
