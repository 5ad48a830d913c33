"""The entries of the palette, and which of them answer to what is typed. Pure.

Sources make entries each time the palette is opened, from what is there at that moment; so nothing
has to be kept up to date meanwhile. An entry is known by its key from one time to the next: what
was chosen lately stands in front.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field

from server.base.values import dataclass

from .matching import Hit, find

__all__ = ["GROUPS", "SIGNS", "Entry", "Found", "remember", "search"]

REQUESTS, ACTIONS, SERVERS, PROJECTS, SETTINGS = GROUPS = (
    "Requests",
    "Actions",
    "Servers",
    "Recent projects",
    "Settings",
)
"""In the order in which they stand where nothing speaks for another one."""
LATELY = "Lately used"

SIGNS = {">": ACTIONS, "/": REQUESTS, ":": SETTINGS}
"""What is typed first to look in one group only."""

MOST_KEPT = 30
_MOST_LATELY = 5
_MOST_OF_GROUP = {REQUESTS: 6, SERVERS: 9, PROJECTS: 6, SETTINGS: 8}
_MOST = 12
_LATELY_COUNTS = 15


@dataclass(frozen=True)
class Entry:
    """Something that can be chosen.

    :param key: its name for life, such as ``action:start``
    :param group: one of :data:`GROUPS`
    :param title: what is shown, and what a query is looked for in
    :param run: does it; on the GUI thread
    :param detail: shown muted behind it; is looked through as well
    :param right: shown at the right, such as keys
    :param icon: a drawing in ``resources/icons/actions``, or ""
    :param badge: shown in place of an icon, such as a request's method
    :param is_code: the title is a path or the like
    :param state: for a switch or a choice: whether it is the one in force; None where it is neither
    """

    key: str
    group: str
    title: str
    run: Callable[[], object] = field(compare=False)
    detail: str = ""
    right: str = ""
    icon: str = ""
    badge: str = ""
    is_code: bool = False
    state: bool | None = None


@dataclass(frozen=True)
class Found:
    """An entry that answers to a query.

    :param group: under which title it stands
    :param places: the indexes of the title's characters that were typed
    """

    entry: Entry
    group: str
    places: tuple[int, ...] = ()


def search(entries: Iterable[Entry], query: str, lately: Sequence[str] = ()) -> list[Found]:
    """What answers to a query, group by group, the best group first.

    :param query: as it is typed; one of :data:`SIGNS` before it looks in that group only
    :param lately: keys of what was chosen, the last one first
    """
    group = SIGNS.get(query[:1], "")
    # A path begins with its sign.
    words = query if group in ("", REQUESTS) else query[1:]
    if query == "/":
        words = ""
    chosen = [entry for entry in entries if not group or entry.group == group]
    if not words.strip():
        return _without_query(chosen, lately, whole=bool(group))
    ranks = {key: number for number, key in enumerate(lately)}
    hits: dict[str, list[tuple[int, int, Entry, Hit]]] = {}
    for number, entry in enumerate(chosen):
        hit = _hit(words, entry)
        if hit is not None:
            bonus = max(0, _LATELY_COUNTS - ranks[entry.key]) if entry.key in ranks else 0
            hits.setdefault(entry.group, []).append((-hit.score - bonus, number, entry, hit))
    for of_group in hits.values():
        of_group.sort(key=lambda one: one[:2])
    order = sorted(hits, key=lambda name: (hits[name][0][0], _place(name)))
    return [
        Found(entry, name, hit.places)
        for name in order
        for _, _, entry, hit in hits[name][: _most(name, whole=bool(group))]
    ]


def remember(lately: Sequence[str], key: str) -> tuple[str, ...]:
    """What was chosen lately, with one more in front."""
    return (key, *(one for one in lately if one != key))[:MOST_KEPT]


def _without_query(entries: Sequence[Entry], lately: Sequence[str], *, whole: bool) -> list[Found]:
    """What is offered before anything is typed."""
    by_key = {entry.key: entry for entry in entries}
    first = [by_key[key] for key in lately if key in by_key][:_MOST_LATELY]
    found = [Found(entry, LATELY) for entry in first]
    known = {entry.key for entry in first}
    for name in sorted({entry.group for entry in entries}, key=_place):
        rest = [entry for entry in entries if entry.group == name and entry.key not in known]
        found += [Found(entry, name) for entry in rest[: _most(name, whole=whole)]]
    return found


def _hit(words: str, entry: Entry) -> Hit | None:
    hit = find(words, entry.title)
    if hit is not None:
        return hit
    # Words that are only in what stands beside the title count less, and are not marked.
    beside = find(words, f"{entry.title} {entry.badge} {entry.detail}", whole=True)
    if beside is None:
        return None
    shown = tuple(place for place in beside.places if place < len(entry.title))
    return Hit(beside.score // 2, shown)


def _place(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def _most(group: str, *, whole: bool) -> int:
    return 100 if whole else _MOST_OF_GROUP.get(group, _MOST)
