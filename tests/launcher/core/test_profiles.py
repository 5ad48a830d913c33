"""What is remembered of each project."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from launcher.core.profiles import (
    MAX_APPS,
    MAX_PROJECTS,
    Profile,
    last_profile,
    project_key,
    read_profile,
    with_profile,
)
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
    assert file.save(Settings(profiles=with_profile({}, Profile(FULL, True, True)))) == ""
    found = read_profile(file.load().profiles, "/work/shop")
    assert found == Profile(FULL, True, True)
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


def test_each_app_has_a_profile_and_the_last_one_is_what_was_used_last() -> None:
    profiles: dict[str, Any] = {}
    for app, port in (("a:app", 1), ("b:app", 2), ("a:app", 3)):
        config = ServerConfig(project="/p", app=app, port=port)
        profiles = with_profile(profiles, Profile(config, python_chosen=port == 2))
    first, second = read_profile(profiles, "/p", "a:app"), read_profile(profiles, "/p", "b:app")
    assert first is not None
    assert second is not None
    assert (first.config.port, second.config.port) == (3, 2)
    assert (first.python_chosen, second.python_chosen) == (False, True)
    assert read_profile(profiles, "/p") == first == last_profile(profiles)
    assert read_profile(profiles, "/p", "c:app") is None
    assert last_profile({}) is None
    assert last_profile({**profiles, "/spoilt": 1}) == first


def test_only_what_differs_from_the_defaults_is_kept() -> None:
    config = ServerConfig(project="/p", app="a:app", port=8000, env=("A=1",))
    profiles = with_profile({}, Profile(config))
    assert profiles == {"/p": {"apps": {"a:app": {"port": 8000, "env": ("A=1",)}}}}
    profiles = with_profile(profiles, Profile(ServerConfig(project="/p", app="a:app"), True))
    assert profiles == {"/p": {"apps": {"a:app": {"python_chosen": True}}}}


def test_an_app_without_a_project_is_remembered_too() -> None:
    profiles = with_profile({}, Profile(ServerConfig(app="a:app", port=1)))
    config = ServerConfig(app="a:app", port=1, debug=True, reload=True)
    assert last_profile(profiles) == Profile(config)


def test_what_nobody_has_chosen_is_as_the_host_asks_for() -> None:
    here, open_to_all = ServerConfig(project="/p", app="a"), ServerConfig("b", "/p", host="::")
    on = replace(here, debug=True, reload=True)
    profiles = with_profile(with_profile({}, Profile(on)), Profile(open_to_all))
    assert read_profile(profiles, "/p", "a") == Profile(on)
    assert read_profile(profiles, "/p", "b") == Profile(open_to_all)
    chosen = Profile(here, switches_chosen=True)
    assert read_profile(with_profile({}, chosen), "/p") == chosen


def test_the_numbers_are_bounded_and_the_oldest_goes() -> None:
    profiles: dict[str, Any] = {}
    for number in range(MAX_PROJECTS + 5):
        profiles = with_profile(profiles, Profile(ServerConfig(project=f"/p/{number}")))
        profiles = with_profile(profiles, Profile(ServerConfig(project="/p/0", app=f"a:b{number}")))
    assert len(profiles) == MAX_PROJECTS
    assert len(profiles["/p/0"]["apps"]) == MAX_APPS
    assert read_profile(profiles, "/p/0", f"a:b{MAX_PROJECTS + 4}") is not None
    assert read_profile(profiles, "/p/0", "a:b1") is None
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
        ({"project": "/else", "app": "other:app"}, {}),
    ],
)
def test_what_is_spoilt_is_left_out_alone(change: dict[str, Any], expected: dict[str, Any]) -> None:
    profiles = with_profile({}, Profile(FULL, True))
    profiles["/work/shop"]["apps"]["shop:app"].update(change)
    found = read_profile(json.loads(json.dumps(profiles)), "/work/shop")
    assert found is not None
    for name in ("app", "processes", "python", "extra_files", "project"):
        assert getattr(found.config, name) == getattr(FULL, name)
    for name, value in expected.items():
        assert getattr(found.config, name) == value


@pytest.mark.parametrize("record", [None, [], "x", 3, {"apps": {}}])
def test_a_profile_that_is_none(record: Any) -> None:
    assert read_profile({"/work/shop": record}, "/work/shop") is None


def test_an_app_whose_record_is_spoilt_is_as_by_default() -> None:
    profiles = {"/p": {"apps": {"a:app": [1]}}}
    config = ServerConfig(project="/p", app="a:app", debug=True, reload=True)
    assert read_profile(profiles, "/p") == Profile(config)


# Older files

LAST = {"project": "/p", "app": "a:b", "host": "", "port": 8000, "debug": True, "mode": "single"}
WHOLE = {**FULL.to_json(), "body_limit": 65536, "python_chosen": True}
del WHOLE["project"]


def load(tmp_path: Path, record: dict[str, Any]) -> Settings:
    file = SettingsFile(tmp_path)
    file.path.write_text(json.dumps(record))
    return file.load()


@pytest.mark.parametrize("profiles", [None, [1], {}, {"/q": WHOLE}])
def test_settings_of_before_profiles_still_load(tmp_path: Path, profiles: Any) -> None:
    settings = load(tmp_path, {**LAST, "profiles": profiles, "options_open": "yes"})
    wanted = ServerConfig(project="/p", app="a:b", port=8000, debug=True, mode="single")
    assert last_profile(settings.profiles) == Profile(wanted, switches_chosen=True)
    assert settings.options_open is False


def test_profiles_that_were_written_in_full_still_load(tmp_path: Path) -> None:
    last = {**LAST, "project": "/work/shop", "app": "shop:app"}
    settings = load(tmp_path, {**last, "profiles": {"/work/shop": WHOLE, "/q": WHOLE}})
    assert last_profile(settings.profiles) == Profile(FULL, True, True)
    assert read_profile(settings.profiles, "/work/shop", "other:app") is None
    assert list(settings.profiles) == ["/q", "/work/shop"]


def test_an_old_default_that_nobody_chose_is_not_taken_for_a_choice() -> None:
    found = read_profile({"/p": {**WHOLE, "body_limit": 1234}}, "/p")
    assert found is not None
    assert found.config.body_limit == ServerConfig.body_limit


@pytest.mark.parametrize("last", [{"project": 1}, {"project": "/p", "app": 2}, {"app": ""}])
def test_a_spoilt_last_app_is_none(tmp_path: Path, last: dict[str, Any]) -> None:
    assert last_profile(load(tmp_path, last).profiles) is None


def test_what_is_remembered_is_the_users_alone(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "data")
    file.save(Settings(profiles=with_profile({}, Profile(FULL))))
    assert os.stat(file.path).st_mode & 0o777 == 0o600
