"""server.app.left_over: failures that a reload within one process brings about."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from server.app.left_over import is_left_over


def raised(code: str, file: Path) -> BaseException:
    """What code of a file raises."""
    try:
        exec(compile(code, str(file), "exec"), {"json": json, "socket": socket})
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


IN_USE = """
with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket() as other:
    other.bind(taken.getsockname())
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("json.loads('not json')", True),  # a library complains
        pytest.param(IN_USE, True, id="in-use"),
        ("raise OSError(98, 'Address already in use')", True),
        ("raise ValueError('own')", False),
        ("open('/nowhere')", False),
        ("import no_such_module", False),
        ("compile('(', 'x', 'exec')", False),
        ("raise SystemExit", False),
        ("name", False),
    ],
)
def test_who_complains(tmp_path: Path, code: str, expected: bool) -> None:
    assert is_left_over(raised(code, tmp_path / "app.py"), tmp_path) is expected


def test_nothing_was_raised(tmp_path: Path) -> None:
    assert not is_left_over(None, tmp_path)
    assert not is_left_over(ValueError("never raised"), tmp_path)
