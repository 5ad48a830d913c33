"""What a user names as APP, and what loading makes of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from projects import BARE, FLASK, write

from launcher.core.project.app_argument import read_app_argument
from server.app.spec import parse_spec
from server.errors import ConfigError

FILES = {
    "app.py": FLASK,
    "hg.wsgi": BARE,
    "both.wsgi": BARE,
    "both/wsgi.py": BARE,
    "shop/__init__.py": "",
    "shop/admin.py": "",
    "shop/main.py": f"import admin\n{FLASK}",
    "shop/web.py": f"from . import admin\n{FLASK}",
    "deploy/my-site.wsgi": BARE,
    "application": BARE,
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(write(tmp_path, FILES))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "app", "project"),
    [
        ("app", "app", "."),
        ("app:app", "app:app", "."),
        ("shop.web:app", "shop.web:app", "."),
        ("app.py", "app.py", "."),
        ("hg.wsgi", "hg.wsgi", "."),
        ("hg.wsgi:application", "hg.wsgi:application", "."),
        ("both.wsgi:application", "both.wsgi:application", "."),
        ("./both.wsgi:application", "./both.wsgi:application", "."),
        ("missing.wsgi:application", "missing.wsgi:application", "."),
        ("deploy/my-site.wsgi", "my-site.wsgi", "deploy"),
        ("application", "application", "."),
        ("shop/web.py:app", "shop/web.py:app", "."),
        ("shop/main.py:app", "main.py:app", "shop"),
        ("shop", "", "shop"),
        ("shop/:app", "./shop:app", "."),
        ("./deploy:application", "./.:application", "deploy"),
    ],
)
def test_what_is_meant(here: Path, text: str, app: str, project: str) -> None:
    found = read_app_argument(text)
    assert (found.app, found.project) == (app, (here / project).resolve())


def test_in_the_packages_own_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here / "shop")
    assert read_app_argument("main.py:app").project == here / "shop"
    assert read_app_argument("web.py:app").project == here
    assert parse_spec("main.py:app", here / "shop").module == "main"


def test_a_project_that_is_given_counts(here: Path) -> None:
    found = read_app_argument("main.py:app", str(here / "shop"))
    assert (found.app, found.project) == ("main.py:app", here / "shop")
    found = read_app_argument("my-site.wsgi", str(here / "deploy"))
    assert (found.app, found.project) == ("my-site.wsgi", here / "deploy")
    found = read_app_argument("app.py", str(here / "shop"))
    assert (found.app, found.project) == (str(here / "app.py"), here / "shop")


@pytest.mark.parametrize("text", ["missing.py", "./missing", "x" * 300 + ".py"])
def test_what_is_not_there(here: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="There is no file"):
        read_app_argument(text)
    with pytest.raises(ConfigError, match="is not there"):
        read_app_argument("app", os.fspath(here / "gone"))


def test_paths_that_cannot_be_looked_at(tmp_path: Path) -> None:
    """Whatever the system or ``pathlib`` says of them, the answer is a sentence about the path."""
    ring = tmp_path / "ring"
    ring.symlink_to(ring)
    nobody = "~nobody-is-called-so/app.py"
    for text, project in [
        ("app", "a\0b"),
        ("app", nobody),
        (nobody, None),
        (f"{ring}/app.py", None),
        ("app", str(ring)),
    ]:
        with pytest.raises(ConfigError) as caught:
            read_app_argument(text, project)
        message = caught.value.message
        assert message.startswith(("The path ", "The project folder ", "There is no file "))
        assert "None" not in message
        assert "Errno" not in message


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, strict: bool = False) -> Path:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "resolve", refuse)
    with pytest.raises(ConfigError) as caught:
        read_app_argument("app", str(tmp_path))
    assert caught.value.setting == "project"
    assert caught.value.message == f"The path {tmp_path} can't be used: permission is denied."
