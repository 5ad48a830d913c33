"""What is remembered of each project."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from launcher.core.profiles import LIMIT, Profile, project_key, read_profile, with_profile
from launcher.core.settings import Settings, SettingsFile
from server.config import ServerConfig

FULL = ServerConfig(
    app="shop:app",
    project="/work/shop",
    host="::1",
    port=0,
    debug=True,
    mode="forking",
    processes=7,
    reload=True,
    extra_files=("a,b", "c"),
    exclude_patterns=("*.log",),
    cold_reload=True,
    python="/work/shop/.venv/bin/python",
    run_in="process",
    env_file="dev.env",
    env=("A=1", "B= x "),
    flow="on",
    ssl="adhoc",
    grace=1.5,
)


def test_a_profile_comes_back_as_it_was_through_the_file(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    assert file.save(Settings(profiles=with_profile({}, Profile(FULL, True)))) == ""
    found = read_profile(file.load().profiles, "/work/shop")
    assert found == Profile(FULL, True)
    assert read_profile(file.load().profiles, "/work/other") is None
    assert read_profile(file.load().profiles, "") is None


def test_one_folder_has_one_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (tmp_path / "link").symlink_to(shop)
    monkeypatch.setenv("HOME", str(tmp_path))
    names = [str(shop), f"{shop}/", str(tmp_path / "link"), "~/shop", f"{shop}/../shop"]
    assert len({project_key(name) for name in names}) == 1
    profiles: dict[str, Any] = {}
    for name in names:
        profiles = with_profile(profiles, Profile(ServerConfig(project=name, app=name)))
    assert len(profiles) == 1
    found = read_profile(profiles, str(shop))
    assert found is not None
    assert (found.config.project, found.config.app) == (str(shop), names[-1])


def test_the_number_is_bounded_and_the_oldest_goes() -> None:
    profiles: dict[str, Any] = {}
    for number in range(LIMIT + 5):
        profiles = with_profile(profiles, Profile(ServerConfig(project=f"/p/{number}")))
        profiles = with_profile(profiles, Profile(ServerConfig(project="/p/0", app="a:b")))
    assert len(profiles) == LIMIT
    assert read_profile(profiles, "/p/0") is not None
    assert read_profile(profiles, "/p/1") is None
    assert with_profile(profiles, Profile(ServerConfig())) == profiles


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"port": 99999}, {"port": 5000}),
        ({"port": "x"}, {"port": 5000}),
        ({"port": None}, {"port": 5000}),
        ({"mode": "both"}, {"mode": "threaded"}),
        ({"env": ["no pair"]}, {"env": ()}),
        ({"env": "A=1"}, {"env": ()}),
        ({"env": [1]}, {"env": ()}),
        ({"unknown": 1}, {}),
        ({"project": "/else"}, {}),
    ],
)
def test_what_is_spoilt_is_left_out_alone(change: dict[str, Any], expected: dict[str, Any]) -> None:
    profiles = with_profile({}, Profile(FULL, True))
    profiles["/work/shop"].update(change)
    found = read_profile(json.loads(json.dumps(profiles)), "/work/shop")
    assert found is not None
    for name in ("app", "processes", "python", "extra_files", "project"):
        assert getattr(found.config, name) == getattr(FULL, name)
    for name, value in expected.items():
        assert getattr(found.config, name) == value


@pytest.mark.parametrize("record", [None, [], "x", 3])
def test_a_profile_that_is_none(record: Any) -> None:
    assert read_profile({"/work/shop": record}, "/work/shop") is None


def test_settings_of_before_profiles_still_load(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    old = {"project": "/p", "app": "a:b", "host": "", "port": 8000, "debug": True, "mode": "single"}
    file.path.write_text(json.dumps(old))
    settings = file.load()
    assert (settings.project, settings.port, settings.profiles) == ("/p", 8000, {})
    file.path.write_text(json.dumps({**old, "profiles": [1], "options_open": "yes"}))
    assert file.load() == settings


def test_what_is_remembered_is_the_users_alone(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "data")
    file.save(Settings(profiles=with_profile({}, Profile(FULL))))
    assert os.stat(file.path).st_mode & 0o777 == 0o600
