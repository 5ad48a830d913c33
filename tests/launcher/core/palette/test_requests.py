"""The requests of a log in the palette."""

from __future__ import annotations

from typing import Any

from launcher.core.logs.requests import RequestLog
from launcher.core.palette.requests import request_entries


def test_each_path_is_offered_once_and_the_newest_is_first(make: Any) -> None:
    log = RequestLog()
    log.add_finished(make.finished(1, "/a?x=1"))
    log.add_finished(make.finished(2, "/b"))
    log.add_finished(make.finished(3, "/a?x=2", status=404))
    log.add_started(make.request(4, "/runs", "POST"))
    opened: list[int] = []
    entries = request_entries(log, opened.append)
    assert [(one.badge, one.title) for one in entries] == [
        ("POST", "/runs"), ("GET", "/a"), ("GET", "/b")
    ]  # fmt: skip
    assert "404" in entries[1].right
    entries[1].run()
    assert opened == [2]


def test_times_and_states_stand_below_each_other(make: Any) -> None:
    log = RequestLog()
    for number, duration in enumerate((0.0021, 0.0104, 1.2), 1):
        log.add_finished(make.finished(number, f"/{number}", duration=duration))
    rights = [entry.right for entry in request_entries(log, print)]
    assert rights[0].endswith("1.20 s")
    assert {len(right) for right in rights} == {len(rights[1])}


def test_hostile_paths_are_one_line_of_bounded_length(make: Any) -> None:
    log = RequestLog()
    log.add_finished(make.finished(1, "/" + "x\n\u202e" * 5000))
    (entry,) = request_entries(log, print)
    assert len(entry.title) <= 300
    assert "\n" not in entry.title
