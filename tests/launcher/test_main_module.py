"""``python -m launcher``: its help, and what it reports of a command line that can't be used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from served import clean_environ

from launcher.__main__ import main

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("arguments", "expected"), [(["--help"], "servedeck errors"), (["help", "serve"], "--reload")]
)
def test_help_without_a_display(
    arguments: list[str],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert started(arguments, monkeypatch) == 0
    out, err = capsys.readouterr()
    assert expected in out
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["serv", "shop"], "There is no command 'serv': 'servedeck serve' may be meant."),
        (["errors", "--lasst"], "--lasst (see servedeck errors --help)"),
    ],
)
def test_a_mistake_is_one_line_that_leads_on(
    arguments: list[str],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert started(arguments, monkeypatch) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.endswith(expected)


def started(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> object:
    """The status of a command where there is no display."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["servedeck", *arguments])
    try:
        return main()
    except SystemExit as ended:
        return ended.code


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


def test_run_as_a_module_it_takes_nothing_from_the_current_folder(tmp_path: Path) -> None:
    """``python -m`` puts that folder first on the path, and a project may lie there."""
    for name in ("json", "argparse", "secrets", "code", "signal", "server", "psutil"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong module')\n")
    (tmp_path / "web.py").write_text("def app(environ, start_response):\n    return []\n")
    done = subprocess.run(
        [sys.executable, "-m", "launcher", "apps", ".", "--json"],
        cwd=tmp_path, env={**clean_environ(), "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "web:app" in done.stdout
