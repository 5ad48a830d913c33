"""The words of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.core.commands import mistyped, window_parser


@pytest.mark.parametrize(
    ("argv", "meant"),
    [
        (["serv", "shop"], "serve"),
        (["request", "."], "requests"),
        (["error"], "errors"),
        (["shop:app"], ""),
        (["app", "--project", "."], ""),
        ([], ""),
        (["--new-window"], ""),
    ],
)
def test_a_command_that_was_mistyped(
    argv: list[str], meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert mistyped(argv) == meant


@pytest.mark.parametrize("name", ["app", "app.py"])
def test_what_is_there_is_an_app_and_no_command(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert mistyped(["app"]) == "apps"
    (tmp_path / name).touch()
    assert mistyped(["app"]) == ""


def test_a_mistake_in_the_window_s_arguments_is_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        window_parser().parse_args(["--nonsense"])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error == "servedeck: unrecognized arguments: --nonsense (see servedeck --help)\n"
