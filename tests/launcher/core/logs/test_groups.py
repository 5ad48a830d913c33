"""Errors by type and place."""

from __future__ import annotations

from typing import Any

from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.groups import RECENT, ErrorGroups, Occurrence


def added(*keys: str, limit: int = 100) -> ErrorGroups:
    groups = ErrorGroups(limit)
    for number, key in enumerate(keys):
        groups.add(Occurrence(number, 10.0 + number, key, "KeyError"))
    return groups


def test_what_occurs_again_is_counted() -> None:
    groups = added("a", "b", "c", "a")
    assert [(group.key, group.count, group.first, group.last) for group in groups] == [
        ("a", 2, 10.0, 13.0), ("c", 1, 12.0, 12.0), ("b", 1, 11.0, 11.0),
    ]  # fmt: skip
    assert (len(groups), groups.total, groups.unseen) == (3, 4, 3)
    newest = groups.newest_unseen()
    assert newest is not None
    assert (newest.key, newest.newest.number, newest.times) == ("a", 3, (10.0, 13.0))


def test_what_was_looked_at_is_seen() -> None:
    groups = added("a", "b", "a")
    groups.mark_seen("a")
    assert groups.unseen == 1
    newest = groups.newest_unseen()
    assert newest is not None
    assert newest.key == "b"
    groups.mark_seen()
    assert (groups.unseen, groups.newest_unseen()) == (0, None)
    groups.add(Occurrence(3, 20.0, "b", "KeyError"))
    group = groups.get("b")
    assert group is not None
    assert (group.count, group.unseen, groups.unseen) == (2, 1, 1)


def test_the_group_that_did_not_occur_for_longest_is_dropped() -> None:
    groups = added("a", "b", "a", "c", limit=2)
    assert [group.key for group in groups] == ["c", "a"]
    assert (groups.total, groups.unseen) == (4, 2)


def test_the_times_of_late_are_kept() -> None:
    (group,) = added(*["a"] * (RECENT + 5))
    assert len(group.times) == RECENT
    assert group.times[-1] == group.last


def test_the_log_groups_what_it_is_given(make: Any) -> None:
    log = ErrorLog(capacity=10, block=5)
    for number in range(40):
        log.add(make.error(number))
    (group,) = log.groups
    newest = group.newest
    assert (newest.type, newest.place, group.count) == ("KeyError", ("shop.py", 3), 40)
    assert newest.number == log.end - 1
    assert log.total == 40
    row = log.get(newest.number)
    assert row is not None
    assert log.members(group.key)[-1] is row
    log.clear()
    assert (log.total, len(log.groups), log.groups.unseen) == (0, 0, 0)
