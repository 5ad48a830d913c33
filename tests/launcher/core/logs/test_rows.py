"""Rows with a number for life."""

from __future__ import annotations

from launcher.core.logs.rows import Rows


def test_rows_keep_their_number_when_older_ones_go() -> None:
    rows: Rows[str] = Rows(capacity=10, block=5)
    for number in range(14):
        assert rows.append(f"row {number}") == []
    assert rows.append("row 14") == [f"row {number}" for number in range(5)]
    assert (rows.first, rows.end, len(rows), rows.dropped) == (5, 15, 10, 5)
    assert rows.get(4) is None
    assert rows.get(5) == "row 5"
    assert rows.get(14) == "row 14"
    assert rows.get(15) is None


def test_rows_never_give_a_number_twice() -> None:
    rows: Rows[str] = Rows(10)
    rows.append("a")
    rows.append("b")
    rows.clear()
    rows.append("c")
    assert (rows.first, rows.end) == (2, 3)
    assert rows.get(0) is None
    assert rows.get(2) == "c"


def test_a_cursor_collects_what_was_replaced_of_what_it_has_read() -> None:
    rows: Rows[str] = Rows(10)
    for letter in "abc":
        rows.append(letter)
    cursor = rows.cursor()
    rows.append("d")
    for number, letter in ((2, "C"), (0, "A"), (2, "c"), (3, "D"), (9, "nowhere")):
        rows.replace(number, letter)
    assert (cursor.first, cursor.end, cursor.changed) == (0, 3, {0, 2})
    assert list(rows) == ["A", "b", "c", "D"]
    assert rows.since(2) == ["c", "D"]
    assert rows.since(-5) == list(rows)
    assert rows.since(4) == []
