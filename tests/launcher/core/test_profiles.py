"""What is remembered of each project."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from full_config import FULL

from launcher.core.documents import Documents
from launcher.core.profiles import (
    MAX_APPS,
    MAX_RECENT,
    Profile,
    Profiles,
    ProjectFilters,
    file_name,
    profile_in,
    project_key,
    with_profile,
)
from launcher.core.window_defaults import with_window_defaults
from server.config import ServerConfig


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    return Profiles(Documents(tmp_path / "projects"), Clock())


def made(project: str, app: str, **options: Any) -> ServerConfig:
    return with_window_defaults(ServerConfig(project=project, app=app, **options))


def test_a_profile_comes_back_as_it_was_from_its_own_file(
    profiles: Profiles, tmp_path: Path
) -> None:
    assert profiles.keep(Profile(FULL, True, True, "flask")) == ""
    other = Profiles(Documents(tmp_path / "projects"))
    assert other.read("/work/shop") == Profile(FULL, True, True)
    assert other.read("/work/other") is None
    assert other.read("") is None
    (recent,) = other.recent()
    assert (recent.project, recent.name, recent.framework) == ("/work/shop", "shop", "flask")
    assert not recent.is_there
    names = sorted(file.name for file in (tmp_path / "projects").iterdir())
    assert names == [".lock", file_name("/work/shop")]
    assert names[1].startswith("shop-")


def test_one_folder_has_one_profile(
    profiles: Profiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (tmp_path / "link").symlink_to(shop)
    monkeypatch.setenv("HOME", str(tmp_path))
    names = [str(shop), f"{shop}/", str(tmp_path / "link"), "~/shop", f"{shop}/../shop"]
    assert len({project_key(name) for name in names}) == 1
    for name in names:
        profiles.keep(Profile(ServerConfig(project=name, app=name)))
    assert len(profiles.recent()) == 1
    found = profiles.read(str(shop))
    assert found is not None
    assert (found.config.project, found.config.app) == (str(shop), names[-1])


def test_each_app_has_a_profile_and_the_last_one_is_what_was_used_last(profiles: Profiles) -> None:
    for app, port in (("a:app", 1), ("b:app", 2), ("a:app", 3)):
        profiles.keep(Profile(made("/p", app, port=port), python_chosen=port == 2))
    first, second = profiles.read("/p", "a:app"), profiles.read("/p", "b:app")
    assert first is not None
    assert second is not None
    assert (first.config.port, second.config.port) == (3, 2)
    assert (first.python_chosen, second.python_chosen) == (False, True)
    assert profiles.read("/p") == first == profiles.last()
    assert profiles.read("/p", "c:app") is None
    profiles.mark_used("/p", "b:app")
    assert profiles.read("/p") == second
    assert Profiles().last() is None


def test_only_what_differs_from_the_defaults_is_kept() -> None:
    config = made("/p", "a:app", port=8000, env=("A=1",))
    record = with_profile({}, Profile(config))
    assert record["apps"] == {"a:app": {"port": 8000, "env": ("A=1",)}}
    record = with_profile({}, Profile(made("/p", "a:app"), True, framework="django"))
    assert record == {
        "project": "/p",
        "framework": "django",
        "apps": {"a:app": {"python_chosen": True}},
    }


def test_switches_follow_the_host_until_they_are_chosen(profiles: Profiles) -> None:
    profiles.keep(Profile(made("/p", "a:app")))
    profiles.keep(Profile(ServerConfig(project="/p", app="off:app"), switches_chosen=True))
    profiles.keep(Profile(made("/p", "open:app", host="0.0.0.0")))
    found = {app: profiles.read("/p", app) for app in ("a:app", "off:app", "open:app")}
    assert {
        app: (known.config.debug, known.config.reload, known.switches_chosen)
        for app, known in found.items()
        if known is not None
    } == {
        "a:app": (True, True, False),
        "off:app": (False, False, True),
        "open:app": (False, False, False),
    }


def test_an_app_without_a_project_is_remembered_too(profiles: Profiles) -> None:
    profiles.keep(Profile(made("", "a:app", port=1)))
    assert profiles.last() == Profile(made("", "a:app", port=1))
    assert profiles.recent() == []
    profiles.keep(Profile(ServerConfig()))
    assert profiles.read("", "") == profiles.last()


def test_the_list_is_bounded_but_nobodys_profile_is_lost(profiles: Profiles) -> None:
    for number in range(MAX_RECENT + 5):
        profiles.keep(Profile(ServerConfig(project=f"/p/{number}", app="a")))
    for number in range(MAX_APPS + 5):
        profiles.keep(Profile(ServerConfig(project="/p/0", app=f"a:b{number}")))
    recent = [project.project for project in profiles.recent()]
    assert recent[:2] == ["/p/0", f"/p/{MAX_RECENT + 4}"]
    assert len(recent) == MAX_RECENT
    assert profiles.read("/p/1") is not None
    assert profiles.read("/p/0", f"a:b{MAX_APPS + 4}") is not None
    assert profiles.read("/p/0", "a:b1") is None


def test_a_project_is_taken_off_the_list_and_put_back(profiles: Profiles) -> None:
    profiles.keep(Profile(made("/p", "a:app", port=8000)))
    profiles.set_listed("/p", False)
    assert profiles.recent() == []
    known = profiles.read("/p")
    assert known is not None
    assert known.config.port == 8000
    profiles.set_listed("/p", True)
    assert [project.project for project in profiles.recent()] == ["/p"]
    profiles.set_listed("/p", False)
    profiles.mark_used("/p", "a:app")
    assert [project.project for project in profiles.recent()] == ["/p"]


def test_two_windows_keep_each_others_apps_and_options(tmp_path: Path) -> None:
    first = Profiles(Documents(tmp_path), Clock())
    second = Profiles(Documents(tmp_path), Clock())
    first.keep(Profile(made("/p", "a:app", port=8000)))
    mine, yours = first.read("/p", "a:app"), second.read("/p", "a:app")
    assert mine is not None
    second.keep(Profile(made("/p", "a:app", port=8000, mode="single")), yours)
    second.keep(Profile(made("/p", "b:app", port=9000)))
    first.keep(Profile(made("/p", "a:app", port=8001)), mine)
    first.keep(mine, mine)
    assert second.read("/p", "a:app") == Profile(made("/p", "a:app", port=8001, mode="single"))
    assert second.read("/p", "b:app") == Profile(made("/p", "b:app", port=9000))


def test_an_option_that_was_put_back_is_put_back(profiles: Profiles) -> None:
    profiles.keep(Profile(made("/p", "a:app", port=8000, mode="single")))
    known = profiles.read("/p")
    profiles.keep(Profile(made("/p", "a:app", mode="single")), known)
    assert profiles.read("/p") == Profile(made("/p", "a:app", mode="single"))


def test_what_cannot_be_written_is_remembered_until_the_end(tmp_path: Path) -> None:
    blocker = tmp_path / "projects"
    blocker.write_text("")
    profiles = Profiles(Documents(blocker), Clock())
    problem = profiles.keep(Profile(made("/p", "a:app", port=8000)))
    assert problem.startswith("The settings can't be saved in ")
    assert profiles.problem == problem
    assert profiles.read("/p") == profiles.last() == Profile(made("/p", "a:app", port=8000))
    blocker.unlink()
    assert profiles.keep(Profile(made("/p", "b:app"))) == profiles.problem == ""
    again = Profiles(Documents(blocker))
    assert again.read("/p", "a:app") == Profile(made("/p", "a:app", port=8000))
    assert again.read("/p") == Profile(made("/p", "b:app"))


def test_a_damaged_file_is_put_aside_and_the_others_stay(tmp_path: Path) -> None:
    profiles = Profiles(Documents(tmp_path), Clock())
    profiles.keep(Profile(made("/p", "a:app")))
    profiles.keep(Profile(made("/q", "a:app")))
    damaged = tmp_path / file_name("/q")
    damaged.write_text("[" * 200_000)
    assert profiles.last() == Profile(made("/p", "a:app"))
    assert profiles.read("/q") is None
    (notice,) = profiles.take_notices()
    assert notice.startswith(f"{damaged} ")
    assert notice.endswith(f"It was put aside there as {damaged.name}.1.")
    profiles.keep(Profile(made("/q", "b:app")))
    assert (tmp_path / f"{damaged.name}.1").read_text() == "[" * 200_000


def test_a_file_that_was_copied_is_no_profile_of_another_project(tmp_path: Path) -> None:
    profiles = Profiles(Documents(tmp_path), Clock())
    profiles.keep(Profile(made("/p", "a:app")))
    (tmp_path / file_name("/q")).write_bytes((tmp_path / file_name("/p")).read_bytes())
    assert profiles.read("/q") is None
    assert [project.project for project in profiles.recent()] == ["/p"]


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
    record = with_profile({}, Profile(FULL, True, True))
    record["apps"]["shop:app"].update(change)
    found = profile_in(json.loads(json.dumps(record)), "/work/shop")
    assert found is not None
    for name in ("app", "processes", "python", "extra_files", "project"):
        assert getattr(found.config, name) == getattr(FULL, name)
    for name, value in expected.items():
        assert getattr(found.config, name) == value


@pytest.mark.parametrize("record", [{}, {"apps": {}}, {"apps": [1]}, {"apps": None}])
def test_a_record_that_has_no_app(record: dict[str, Any]) -> None:
    assert profile_in(record, "/work/shop") is None


def test_an_app_whose_record_is_spoilt_is_as_by_default() -> None:
    assert profile_in({"apps": {"a:app": [1]}}, "/p") == Profile(made("/p", "a:app"))


def test_filters_are_each_project_s_own(profiles: Profiles, tmp_path: Path) -> None:
    filters = ProjectFilters(hidden=("path:=/health",), saved=("status:5xx", "is:slow"))
    config = ServerConfig(project=str(tmp_path), app="shop:app", port=8000)
    profiles.keep(Profile(config))
    assert profiles.keep_filters(str(tmp_path), filters) == ""
    assert profiles.filters(str(tmp_path)) == filters
    assert profiles.filters("/elsewhere") == ProjectFilters()
    profiles.keep(Profile(replace(config, port=8001)))  # leaves them alone
    known = profiles.read(str(tmp_path))
    assert known is not None
    assert known.config.port == 8001
    assert profiles.filters(str(tmp_path)) == filters


def test_spoilt_filters_are_left_out(tmp_path: Path) -> None:
    key = project_key(str(tmp_path))
    folder = tmp_path / "projects"
    folder.mkdir()
    record = {"project": key, "hidden_requests": "x", "saved_filters": ["a", 3, "", None]}
    (folder / file_name(key)).write_text(json.dumps(record))
    found = Profiles(Documents(folder)).filters(str(tmp_path))
    assert found == ProjectFilters(hidden=(), saved=("a",))
