"""``python -m launcher``: what it says where Qt can't be loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_without_qt_it_shows_what_to_do() -> None:
    code = (
        "import sys; sys.modules['PySide6'] = None; sys.modules['PySide6.QtCore'] = None\n"
        "from launcher.__main__ import main\n"
        "sys.argv = ['servedeck']\nsys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("servedeck: the window can't be shown, as Qt can't be loaded")
    assert done.stderr.count("\n") == 1
