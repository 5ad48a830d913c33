"""What a project's pyproject.toml says to ServeDeck."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.core.project.pyproject import cold_packages


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('[tool.servedeck]\ncold = ["grpc", "shop_driver"]\n', ("grpc", "shop_driver")),
        ("[tool.servedeck]\ncold = []\n", ()),
        ('[tool.servedeck]\ncold = "grpc"\n', ()),
        ('[tool.servedeck]\ncold = [1, "", "grpc"]\n', ("grpc",)),
        ("[tool]\nservedeck = 7\n", ()),
        ("[tool.servedeck\n", ()),
        ("", ()),
    ],
)
def test_cold_packages(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert cold_packages(tmp_path) == names


def test_without_a_file(tmp_path: Path) -> None:
    assert cold_packages(tmp_path) == ()
