"""A module that is made of a file, wherever that is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from server.app.from_file import import_file

NAME = "spanned_from_a_file"


@pytest.fixture(autouse=True)
def _forgotten():
    yield
    sys.modules.pop(NAME, None)


def test_a_module_stands_among_the_others(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("import sys\nhere = sys.modules[__name__]\n")
    module = import_file(NAME, str(tmp_path / "one.py"))
    assert module is sys.modules[NAME] is module.here


def test_one_that_fails_stands_there_no_more(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        import_file(NAME, str(tmp_path / "one.py"))
    assert NAME not in sys.modules


def test_what_is_no_module(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("")
    with pytest.raises(ImportError, match="is no module"):
        import_file(NAME, str(tmp_path / "one.txt"))
