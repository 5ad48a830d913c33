"""What the palette offers, and in which order."""

from __future__ import annotations

from launcher.core.palette.entries import MOST_KEPT, Entry, remember, search


def nothing() -> None:
    """What an entry does is no matter here."""


ENTRIES = (
    Entry("r:1", "Requests", "/api/orders", nothing, badge="POST"),
    Entry("r:2", "Requests", "/", nothing, badge="GET"),
    Entry("a:start", "Actions", "Start", nothing, detail="Start the server"),
    Entry("a:record", "Actions", "Record flow", nothing),
    Entry("s:api", "Servers", "api", nothing, detail=":5001"),
    Entry("c:light", "Settings", "Appearance: light", nothing, state=True),
)


def titles(query: str, *lately: str) -> list[tuple[str, str]]:
    return [(one.group, one.entry.title) for one in search(ENTRIES, query, lately)]


def test_without_a_query_everything_is_offered_and_what_was_used_lately_first() -> None:
    assert [title for _, title in titles("")] == [
        "/api/orders", "/", "Start", "Record flow", "api", "Appearance: light"
    ]  # fmt: skip
    assert titles("", "s:api", "gone", "a:record")[:3] == [
        ("Lately used", "api"),
        ("Lately used", "Record flow"),
        ("Requests", "/api/orders"),
    ]


def test_the_best_hit_is_first_and_groups_stay_together() -> None:
    assert titles("ord") == [("Requests", "/api/orders"), ("Actions", "Record flow")]
    assert titles("api")[0] == ("Servers", "api")


def test_what_was_used_lately_comes_before_its_equals() -> None:
    assert titles("r", "a:record")[0] == ("Actions", "Record flow")


def test_a_sign_looks_in_one_group() -> None:
    assert titles(">") == [("Actions", "Start"), ("Actions", "Record flow")]
    assert titles(">rec") == [("Actions", "Record flow")]
    assert titles("/ord") == [("Requests", "/api/orders")]
    assert [title for _, title in titles("/")] == ["/api/orders", "/"]
    assert titles(":dark") == []
    assert titles(": app") == [("Settings", "Appearance: light")]


def test_what_stands_beside_a_title_is_found_and_marks_only_the_title() -> None:
    assert titles("post") == [("Requests", "/api/orders")]
    (found,) = search(ENTRIES, "5001")
    assert (found.entry.title, found.places) == ("api", ())
    (found,) = search(ENTRIES, "post orders")
    assert found.places == (5, 6, 7, 8, 9, 10)


def test_each_is_remembered_once_and_not_for_ever() -> None:
    assert remember(("a", "b"), "b") == ("b", "a")
    assert len(remember([str(n) for n in range(100)], "x")) == MOST_KEPT
