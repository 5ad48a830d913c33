"""Environment files: as Flask reads them, reported plainly where they can't be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask.cli import load_dotenv

from launcher.core.project.env_files import (
    env_files,
    format_variables,
    parse_variables,
    project_environment,
)
from server.errors import ConfigError

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("A", "B", "C", "D", "FLASK_APP", "URL", "EMPTY"):
        monkeypatch.delenv(name, raising=False)


def by_flask(project: Path, env_file: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    before = dict(os.environ)
    with monkeypatch.context() as patch:
        patch.chdir(project)
        try:
            load_dotenv(env_file or None)
            return {name: value for name, value in os.environ.items() if name not in before}
        finally:
            for name in set(os.environ) - set(before):
                del os.environ[name]


FILES = {
    "nothing": {},
    "one": {".env": "A=1\n"},
    "both": {".flaskenv": "A=flask\nB=flask\n", ".env": "A=env\nC=env\n"},
    "all": {".flaskenv": "A=1\nB=1\nC=1", ".env": "B=2\nC=2", "my.env": "C=3\n"},
    "quotes": {".env": "A=\"a b # c\"\nB='${A}'\nC=plain # comment\nexport D='x\ny'\nEMPTY=\n"},
    "references": {".env": "A=1\nB=${A}${HOME}\nC=${NOPE:-no}\nA=2\nD=${A}\n"},
    "across": {".flaskenv": "A=1\n", ".env": "B=${A}-${C}\n"},
    "bare name": {".flaskenv": "A=1\nB=1", ".env": "A\n"},
    "byte order": {".env": "URL=http://x/?a=1&b=2#f\nA = spaced \n"},
    "unicode": {".env": "A=gr\u00fc\u00dfe\n"},
}


@pytest.mark.parametrize("name", list(FILES))
def test_it_is_what_flask_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for file, text in FILES[name].items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    named = "my.env" if "my.env" in FILES[name] else ""
    assert project_environment(tmp_path, named) == by_flask(tmp_path, named, monkeypatch)


def test_files_above_the_project_count_as_in_flask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "a" / "b"
    project.mkdir(parents=True)
    (tmp_path / ".env").write_text("A=far\nB=far\n")
    (tmp_path / "a" / ".env").write_text("A=near\n")
    (tmp_path / ".flaskenv").write_text("C=flask\n")
    expected = {"A": "near", "C": "flask"}
    assert project_environment(project) == by_flask(project, "", monkeypatch) == expected


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_strangers_file_above_the_project_is_skipped(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    above, own = tmp_path / ".env", project / ".env"
    above.write_text("TRAP=1")
    assert env_files(project) == [above]
    os.chown(above, 12345, 12345)
    assert env_files(project) == []
    own.write_text("OWN=1")
    os.chown(own, 12345, 12345)  # as where a container's user wrote it
    assert env_files(project) == [own]
    own.unlink()
    os.chown(project, 12345, 12345)  # and there the whole tree is that user's
    assert env_files(project) == [above]


def test_what_is_set_already_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file\nC=${A}\n")
    monkeypatch.setenv("A", "set")
    found = project_environment(tmp_path)
    assert found == by_flask(tmp_path, "", monkeypatch)
    assert found == {"B": "file", "C": "file"}


def test_the_form_wins_over_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file\n")
    monkeypatch.setenv("A", "set")
    found = project_environment(tmp_path, extra=("A=form", "D=x=y ", "EMPTY="))
    assert found == {"A": "form", "B": "file", "D": "x=y ", "EMPTY": ""}


def test_read_again_while_its_variables_are_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(os.environ)
    (tmp_path / ".env").write_text("A=1\nB=${A}\n")
    for name, value in project_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    (tmp_path / ".env").write_text("A=2\nB=${A}\n")
    assert project_environment(tmp_path) == {}
    assert project_environment(tmp_path, base=before) == {"A": "2", "B": "2"}


def test_the_named_file_is_named_from_the_project(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    file = tmp_path / "conf" / "local.env"
    file.write_text("A=1\n")
    assert project_environment(tmp_path, "conf/local.env") == {"A": "1"}
    assert project_environment(tmp_path, str(file)) == {"A": "1"}
    assert env_files(tmp_path, "conf/local.env") == [file]


def refused(project: Path, env_file: str = "") -> str:
    with pytest.raises(ConfigError) as caught:
        project_environment(project, env_file)
    assert caught.value.setting == "env_file"
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message
    return caught.value.message


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    missing = f"The environment file {tmp_path / 'no.env'} is not there: check the path."
    assert refused(tmp_path, "no.env") == missing
    assert refused(tmp_path, ".").endswith("is a folder: name a file.")


@pytest.mark.parametrize("content", [b"A=\xff\xfe", b"A=hunter2\0\n", b"A=" + b"x" * 1_000_001])
def test_a_file_that_is_no_text_is_reported_without_its_content(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / ".env").write_bytes(content)
    message = refused(tmp_path)
    assert str(tmp_path / ".env") in message
    assert SECRET not in message
    assert len(message) < 400


def test_a_file_that_may_not_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("A=1")
    from dotenv.main import DotEnv

    def refuse(self: DotEnv) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(DotEnv, "parse", refuse)
    assert refused(tmp_path) == f"{tmp_path / '.env'} can't be read: permission is denied."


def test_without_the_library_only_a_file_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "dotenv.main", None)
    assert project_environment(tmp_path, extra=("A=1",)) == {"A": "1"}
    (tmp_path / ".env").write_text("A=1")
    assert "install python-dotenv" in refused(tmp_path)


# As typed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("A=1", ("A=1",)),
        ("A=1\nB=two words\n\n# no\n", ("A=1", "B=two words")),
        ("A=1 B=2", ("A=1", "B=2")),
        ("A=1 B= C=3", ("A=1", "B=", "C=3")),
        ("A=Server=x;Database=y z", ("A=Server=x;Database=y z",)),
        ("A=\"1 2\" B='x;y'", ("A=1 2", "B=x;y")),
        ('A="two words"', ("A=two words",)),
        ("A=it's", ("A=it's",)),
        ("A=postgres://u:p@h/d?x=1&y=2", ("A=postgres://u:p@h/d?x=1&y=2",)),
        ("export A=1", ("A=1",)),
        ("A=", ("A=",)),
        ("A=a\\b", ("A=a\\b",)),
        ("  A=1  ", ("A=1",)),
    ],
)
def test_variables_as_typed(text: str, found: tuple[str, ...]) -> None:
    assert parse_variables(text) == found


@pytest.mark.parametrize("text", ["A=1\nhunter2", "1A=hunter2", "=hunter2", "A B=hunter2"])
def test_a_line_that_is_none_is_reported_by_its_number(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_variables(text)
    line = text.count("\n") + 1
    assert caught.value.message == (
        f"Line {line} of Environment can't be read: write it as NAME=value."
    )


@pytest.mark.parametrize(
    "line", ["A=", "A=1", "A=x B=2", 'A="q"', "A=it's", " ", "A= padded ", 'A=say "x" B=1', "A=a=b"]
)
def test_what_is_shown_is_read_back(line: str) -> None:
    variables = (line, "Z=1") if line.strip() else ()
    assert parse_variables(format_variables(variables)) == variables
