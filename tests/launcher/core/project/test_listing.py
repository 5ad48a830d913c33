"""``servedeck apps``: what it prints."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest
from projects import BARE, FLASK, write

from launcher.core.project import listing


def test_table(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": FLASK, "shop/__init__.py": "", "shop/site.py": BARE})
    out = io.StringIO()
    assert listing.run(tmp_path, False, out) == 0
    lines = out.getvalue().splitlines()
    assert lines[:4] == [
        "APP                    KIND   FOUND",
        "app:app                flask  Flask app in app.py",
        "shop.site:application  wsgi   "
        "WSGI callable application(environ, start_response) in shop/site.py",
        "",
    ]
    assert lines[4].split() == ["PYTHON", "VERSION", "FOUND"]
    assert any(line.startswith(sys.executable) for line in lines[5:])


def test_json(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": FLASK})
    out = io.StringIO()
    assert listing.run(str(tmp_path), True, out) == 0
    listed = json.loads(out.getvalue())
    assert listed["hints"] == []
    assert listed["apps"] == [{"spec": "app:app", "kind": "flask", "reason": "Flask app in app.py"}]
    own = listed["interpreters"][-1]
    assert own["path"] == sys.executable
    assert own["version"] == "{}.{}.{}".format(*sys.version_info[:3])
    assert own["has_framework"] is True


def test_nothing_found(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "app = Flask(\n"})
    out = io.StringIO()
    assert listing.run(tmp_path, True, out) == 0
    assert json.loads(out.getvalue())["apps"] == []
    out = io.StringIO()
    assert listing.run(tmp_path, False, out) == 0
    first, empty, *rest = out.getvalue().splitlines()
    assert "No WSGI app" in first
    assert "app.py could not be read" in first
    assert empty == ""
    assert rest[0].startswith("PYTHON ")


@pytest.mark.parametrize(
    ("name", "words"), [("nowhere", "does not exist"), ("file.txt", "is not a folder")]
)
@pytest.mark.parametrize("as_json", [True, False])
def test_no_folder_to_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, words: str, as_json: bool
) -> None:
    (tmp_path / "file.txt").touch()
    out = io.StringIO()
    assert listing.run(tmp_path / name, as_json, out) == 2
    assert out.getvalue() == ""
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert words in complaint


def test_strange_file_names_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "red\x1b[31m\n.py").write_text(FLASK)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_text(FLASK)
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as out:
        assert listing.run(tmp_path, False, out) == 0
        out.flush()
        text = raw.getvalue().decode()
    assert text.partition("\n\n")[0].count("\n") == 2
    assert "red\\x1b[31m\\n.py:app" in text
    assert "\x1b" not in text


SCRIPT = "from flask import Flask\n\nif __name__ == '__main__':\n    app = Flask('x')\n"


def test_hints(tmp_path: Path) -> None:
    write(tmp_path, {"script.py": SCRIPT, "site.py": FLASK})
    out = io.StringIO()
    assert listing.run(tmp_path, False, out) == 0
    hint = out.getvalue().splitlines()[2]
    assert hint.startswith("Hint: script.py, line 4, makes a Flask app under if __name__ == ")
    out = io.StringIO()
    assert listing.run(tmp_path, True, out) == 0
    (found,) = json.loads(out.getvalue())["hints"]
    assert (found["file"], found["line"]) == ("script.py", 4)
    (tmp_path / "site.py").unlink()
    out = io.StringIO()
    assert listing.run(tmp_path, False, out) == 0
    assert out.getvalue().splitlines()[1] == hint
