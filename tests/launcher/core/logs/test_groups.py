"""Errors by type and place."""

from __future__ import annotations

from typing import Any

from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.groups import ErrorGroup, ErrorGroups


def test_what_occurs_again_is_counted() -> None:
    groups = ErrorGroups()
    groups.add(0, 10.0, "KeyError", ("shop.py", 3))
    groups.add(1, 11.0, "ValueError", ("shop.py", 3))
    groups.add(2, 12.0, "KeyError", ("shop.py", 9))
    groups.add(3, 13.0, "KeyError", ("shop.py", 3))
    assert list(groups) == [
        ErrorGroup("KeyError", ("shop.py", 3), 2, 10.0, 13.0, 3, 2),
        ErrorGroup("KeyError", ("shop.py", 9), 1, 12.0, 12.0, 2, 1),
        ErrorGroup("ValueError", ("shop.py", 3), 1, 11.0, 11.0, 1, 1),
    ]
    assert (len(groups), groups.total, groups.unseen) == (3, 4, 4)


def test_what_was_looked_at_is_seen() -> None:
    groups = ErrorGroups()
    groups.add(0, 10.0, "KeyError", None)
    groups.add(1, 11.0, "KeyError", None)
    groups.mark_seen()
    assert (groups.total, groups.unseen) == (2, 0)
    groups.add(2, 12.0, "KeyError", None)
    assert list(groups) == [ErrorGroup("KeyError", None, 3, 10.0, 12.0, 2, 1)]
    assert groups.unseen == 1


def test_the_group_that_did_not_occur_for_longest_is_dropped() -> None:
    groups = ErrorGroups(limit=2)
    for number, name in enumerate(("A", "B", "A", "C")):
        groups.add(number, float(number), name, None)
    assert [group.type for group in groups] == ["C", "A"]
    assert groups.total == groups.unseen == 4


def test_the_log_groups_what_it_is_given(make: Any) -> None:
    log = ErrorLog(capacity=10, block=5)
    for number in range(40):
        log.add(make.error(number))
    (group,) = log.groups
    assert (group.type, group.place, group.count) == ("KeyError", ("shop.py", 3), 40)
    assert group.newest == log.end - 1
    assert log.total == 40
    log.clear()
    assert (log.total, len(log.groups), log.groups.unseen) == (0, 0, 0)
