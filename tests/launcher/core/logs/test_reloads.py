"""launcher.core.logs.reloads: what the reloader has done, in words."""

from __future__ import annotations

from typing import Any

import pytest

from launcher.core.logs.reloads import ReloadLog, seconds
from server.events import ReloadFailed, Reloading


@pytest.fixture
def log() -> ReloadLog:
    log = ReloadLog()
    log.begin_session("/home/ada/shop")
    return log


def test_without_a_reloader_there_is_nothing_to_report(log: ReloadLog, make: Any) -> None:
    assert (log.summary(), log.details()) == ("", "")
    log.add_started(make.started())
    assert (log.summary(), log.details()) == ("", "")


def test_first_start_is_no_reload(log: ReloadLog, make: Any) -> None:
    log.add_started(make.started(watched=12))
    assert log.last is None
    assert log.summary() == "watching 12 files"
    assert log.details() == "12 files watched for changes"


@pytest.mark.parametrize(
    ("paths", "cause"),
    [
        (("/home/ada/shop/app.py",), "Reloading: app.py changed"),
        (("/home/ada/shop/web/views.py", "/x"), "Reloading: web/views.py and 1 other file changed"),
        (("/home/ada/shop/a.py", "/x", "/y"), "Reloading: a.py and 2 other files changed"),
        (("/home/ada/library/a.py",), "Reloading: /home/ada/library/a.py changed"),
        (("/home/ada/shop/a\nb.py",), "Reloading: a␊b.py changed"),
        ((), "Reloading, as asked for"),
    ],
)
def test_cause(log: ReloadLog, paths: tuple[str, ...], cause: str) -> None:
    log.add_reloading(Reloading(paths))
    assert log.cause == cause


@pytest.mark.parametrize(
    ("facts", "how"),
    [
        ({"warm": True}, "forked from a process that has the installed packages imported"),
        ({"why_cold": "cold reloads are chosen"}, "a new interpreter: cold reloads are chosen"),
        ({}, "the project's modules imported anew"),
    ],
)
def test_reload(log: ReloadLog, make: Any, facts: dict[str, Any], how: str) -> None:
    log.add_started(make.started(watched=1))
    log.add_reloading(Reloading(("/home/ada/shop/app.py",)))
    log.add_started(make.started(watched=3, load_seconds=0.034, **facts))
    assert log.summary() == "reloaded in 34 ms"
    assert log.details().splitlines() == [
        "3 files watched for changes",
        f"Reloading: app.py changed: took 34 ms ({how})",
    ]
    assert log.cause == ""


def test_failed_reload(log: ReloadLog, make: Any) -> None:
    log.add_started(make.started(watched=1))
    log.add_reloading(Reloading(("/home/ada/shop/app.py",)))
    log.add_failed(ReloadFailed("It can't\nbe. " + "x" * 1000))
    assert log.summary() == "last reload failed"
    line = log.details().splitlines()[1]
    assert line.startswith("Reloading: app.py changed: failed (It can't␊be. xxx")
    assert len(line) <= 301
    log.add_reloading(Reloading(()))
    log.add_started(make.started(watched=1, load_seconds=1.24))
    assert log.summary() == "reloaded in 1.2 s"


def test_app_that_is_broken_from_the_beginning_is_no_failed_reload(
    log: ReloadLog, make: Any
) -> None:
    log.add_started(make.started(watched=1))
    log.add_failed(ReloadFailed("It can't be."))
    assert log.last is None


def test_process_that_is_started_again_is_not_put_down_to_the_last_save(
    log: ReloadLog, make: Any
) -> None:
    log.add_started(make.started(watched=1))
    log.add_reloading(Reloading(("/home/ada/shop/app.py",)))
    log.add_started(make.started(watched=1, load_seconds=0.1))
    log.add_failed(ReloadFailed("The process of the app has ended. It is started again."))
    log.add_started(make.started(watched=1, load_seconds=0.2, warm=True))
    assert [item.cause for item in log.reloads] == ["Reloading: app.py changed", "Loaded again"]


def test_only_the_last_are_kept_and_all_are_counted(log: ReloadLog, make: Any) -> None:
    log.add_started(make.started(watched=2, watch_problem="The project is large."))
    for number in range(120):
        log.add_reloading(Reloading((f"/home/ada/shop/{number}.py",)))
        log.add_started(
            make.started(watched=2, watch_problem="The project is large.", load_seconds=0.01)
        )
    assert (len(log.reloads), log.total) == (50, 120)
    first, problem, *items, last = log.details().splitlines()
    assert (first, problem) == ("2 files watched for changes", "The project is large.")
    assert [line.split()[1] for line in items] == [f"{n}.py" for n in range(119, 114, -1)]
    assert last == "120 reloads in all"


def test_new_server_begins_anew(log: ReloadLog, make: Any) -> None:
    log.add_started(make.started(watched=2, watch_problem="x"))
    log.add_reloading(Reloading(()))
    log.begin_session("/elsewhere")
    assert (log.summary(), log.details(), log.cause, log.last) == ("", "", "", None)
    log.add_started(make.started(watched=1))
    assert log.last is None


def test_durations() -> None:
    assert [seconds(value) for value in (0.0, 0.0346, 0.9994, 1.0, 12.34)] == [
        "0 ms", "35 ms", "999 ms", "1.0 s", "12.3 s",
    ]  # fmt: skip
