"""The settings.json of older versions, taken over once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from full_config import FULL

from launcher.core.profiles import Profile
from launcher.core.settings import Settings, SettingsFolder
from launcher.core.window_defaults import with_window_defaults
from server.config import ServerConfig

WHOLE = {**FULL.to_json(), "body_limit": 65536, "python_chosen": True}
del WHOLE["project"]
LAST = {"project": "/p", "app": "a:b", "host": "", "port": 8000, "debug": True, "mode": "single"}


def load(tmp_path: Path, record: Any) -> tuple[SettingsFolder, Settings]:
    (tmp_path / "settings.json").write_text(json.dumps(record))
    folder = SettingsFolder(tmp_path)
    return folder, folder.load()


def test_it_is_read_once_and_left_under_another_name(tmp_path: Path) -> None:
    folder, settings = load(tmp_path, {"editor": "mine", "profiles": {"/work/shop": WHOLE}})
    assert settings.editor == "mine"
    assert folder.take_notices() == []
    assert not (tmp_path / "settings.json").exists()
    kept = json.loads((tmp_path / "settings.json.1").read_text())
    assert kept["profiles"] == {"/work/shop": json.loads(json.dumps(WHOLE))}
    again = SettingsFolder(tmp_path)
    assert again.load() == settings
    assert again.profiles.read("/work/shop") == folder.profiles.last() == Profile(FULL, True, False)


@pytest.mark.parametrize("profiles", [None, [1], {}, {"/q": WHOLE}, {"/p": {"apps": {"a:b": {}}}}])
def test_what_was_used_last_stands_at_the_top_of_the_oldest(tmp_path: Path, profiles: Any) -> None:
    folder, settings = load(tmp_path, {**LAST, "profiles": profiles, "options_open": "yes"})
    known = folder.profiles.last()
    assert known is not None
    assert (known.config.project, known.config.app) == ("/p", "a:b")
    if profiles != {"/p": {"apps": {"a:b": {}}}}:
        wanted = ServerConfig(project="/p", app="a:b", port=8000, mode="single")
        assert known == Profile(with_window_defaults(wanted))
    assert settings.options_open is False


def test_each_project_keeps_its_apps_in_the_order_of_their_use(tmp_path: Path) -> None:
    apps = {"a:app": {"port": 1}, "b:app": {"port": 2}, "spoilt": 3}
    record = {"profiles": {"/q": {"apps": apps}, "/work/shop": WHOLE, "/spoilt": 7}}
    folder, _ = load(tmp_path, record)
    assert [project.project for project in folder.profiles.recent()] == ["/work/shop", "/q"]
    for app, port in (("a:app", 1), ("b:app", 2), ("spoilt", 5000)):
        known = folder.profiles.read("/q", app)
        assert known is not None
        assert known.config.port == port
    assert folder.profiles.read("/spoilt") is None


@pytest.mark.parametrize(
    ("host", "old", "switches", "chosen"),
    [
        ("127.0.0.1", {"debug": False, "reload": False}, (True, True), False),
        ("127.0.0.1", {"debug": True, "reload": False}, (True, True), False),
        ("0.0.0.0", {"debug": False, "reload": False}, (False, False), False),
        ("0.0.0.0", {"debug": True, "reload": False}, (True, False), True),
    ],
)
def test_what_nobody_chose_is_as_it_is_by_default(
    tmp_path: Path, host: str, old: dict[str, bool], switches: tuple[bool, bool], chosen: bool
) -> None:
    whole = {**ServerConfig(app="a:app", host=host).to_json(), **old, "body_limit": 65536}
    folder, _ = load(tmp_path, {"profiles": {"/p": whole}})
    known = folder.profiles.read("/p")
    assert known is not None
    assert (known.config.debug, known.config.reload) == switches
    assert known.switches_chosen == chosen
    assert known.config.body_limit == ServerConfig().body_limit


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    folder = SettingsFolder(tmp_path)
    folder.save(Settings(editor="new"))
    folder.profiles.keep(Profile(ServerConfig(project="/p", app="a:app", port=9000)))
    (tmp_path / "settings.json.1").write_text("of the first time")
    old = {"apps": {"a:app": {"port": 1}, "b:app": {"port": 2}}}
    folder, settings = load(
        tmp_path, {"editor": "old", "appearance": "dark", "profiles": {"/p": old}}
    )
    assert (settings.editor, settings.appearance) == ("new", "system")
    for app, port in (("a:app", 9000), ("b:app", 2), ("", 9000)):
        known = folder.profiles.read("/p", app)
        assert known is not None
        assert known.config.port == port
    assert (tmp_path / "settings.json.1").read_text() == "of the first time"
    assert (tmp_path / "settings.json.2").is_file()


@pytest.mark.parametrize("text", ["[" * 200_000, "{", '{"a": "\\udfff"}', '{"version": 2}', "\0"])
def test_a_damaged_one_is_put_aside(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    folder = SettingsFolder(tmp_path)
    assert folder.load() == Settings()
    (notice,) = folder.take_notices()
    assert notice.startswith(f"{tmp_path / 'settings.json'} ")
    assert notice.endswith("It was put aside there as settings.json.1.")
    assert (tmp_path / "settings.json.1").read_text() == text
    assert not (tmp_path / "settings.json").exists()


def test_where_it_cannot_be_taken_over_it_stays(tmp_path: Path) -> None:
    (tmp_path / "projects").write_text("a file in the way")
    folder, settings = load(tmp_path, {"editor": "mine", "profiles": {"/p": WHOLE}})
    assert settings == Settings()
    assert "can't be taken over" in folder.take_notices()[0]
    assert (tmp_path / "settings.json").is_file()
    (tmp_path / "projects").unlink()
    folder = SettingsFolder(tmp_path)
    assert folder.load().editor == "mine"
    assert folder.profiles.read("/p") is not None


@pytest.mark.parametrize("last", [{"project": 1}, {"project": "/p", "app": 2}, {"app": ""}])
def test_a_spoilt_last_app_is_none(tmp_path: Path, last: dict[str, Any]) -> None:
    folder, _ = load(tmp_path, last)
    assert folder.profiles.last() is None
