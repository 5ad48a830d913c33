"""Lines in blocks: numbers for life, bounds, changes."""

from __future__ import annotations

import random

from launcher.core.ansi import Run, Style
from launcher.core.logs.line_store import MAX_LINE, Line, LineStore, Source

OUT, ERR = Source(1.0, "stdout"), Source(2.0, "stderr", 7)
RED = (Run(0, 1, Style(fg=1)),)


def texts(store: LineStore) -> list[str]:
    return store.texts(store.first, store.end)


def test_lines_keep_number_source_and_runs() -> None:
    store = LineStore()
    store.extend(OUT, ["a", "", "c"], {2: RED})
    store.extend(ERR, ["d"])
    store.extend(ERR, ["e"], {0: RED})
    found = [store.get(number) for number in range(5)]
    assert [(line.text, line.source, line.runs) for line in found if line] == [
        ("a", OUT, ()), ("", OUT, ()), ("c", OUT, RED), ("d", ERR, ()), ("e", ERR, RED),
    ]  # fmt: skip
    assert store.get(5) is store.get(-1) is None
    assert store.texts(1, 4) == ["", "c", "d"]


def test_many_lines_are_found_by_their_number() -> None:
    store = LineStore()
    for start in range(0, 5000, 100):
        store.extend(OUT, [str(number) for number in range(start, start + 100)])
    assert [store.get(n).text for n in (0, 511, 512, 513, 4999)] == [  # type: ignore[union-attr]
        "0", "511", "512", "513", "4999",
    ]  # fmt: skip
    assert texts(store) == [str(number) for number in range(5000)]
    for block in store.blocks(600):
        assert [block.number_at(at) for at in block.starts] == list(range(block.first, block.end))


def test_the_oldest_make_room_and_are_counted() -> None:
    store = LineStore(max_bytes=20_000)
    for number in range(100):
        store.extend(Source(float(number), "stdout"), [f"{number:0100}"] * 10)
    assert store.end == 1000
    assert store.dropped == store.first > 800
    assert store.get(store.first - 1) is None
    assert store.get(999) is not None


def test_where_room_is_short_older_lines_are_packed_before_any_goes() -> None:
    store = LineStore(max_bytes=12_000_000)
    lines = [f"{number:07} handled in {number % 97} ms \u4e2d\ud800" for number in range(300_000)]
    for start in range(0, len(lines), 1000):
        store.extend(OUT, lines[start : start + 1000])
    assert store.dropped == 0
    assert sum(block.weight for block in store.blocks()) <= 12_000_000 < 2 * sum(map(len, lines))
    for number in (0, 1, 299_999, 150_000):
        line = store.get(number)
        assert line is not None
        assert line.text == lines[number]
    assert store.texts(100, 2_000) == lines[100:2_000]
    store.replace(3, "another", RED)
    assert store.texts(2, 5) == [lines[2], "another", lines[4]]
    while not store.dropped:
        store.extend(OUT, [f"{random.random()} {random.random()}" for _ in range(1000)])
    assert store.get(store.first) is not None


def test_a_line_can_be_replaced_and_blocks_stay_as_they_were() -> None:
    store = LineStore()
    store.extend(OUT, ["a", "b", "c"])
    before = store.blocks()
    store.replace(1, "longer", RED)
    store.replace(9, "gone")
    assert texts(store) == ["a", "longer", "c"]
    assert [block.texts() for block in before] == [["a", "b", "c"]]
    assert (store.take_changed(), store.take_changed()) == ({1}, set())


def test_a_line_that_is_too_long_is_kept_beside() -> None:
    store = LineStore()
    store.extend(OUT, ["x" * (MAX_LINE + 5)])
    store.lengthen(0, "yy")
    line = store.get(0)
    assert line is not None
    assert (len(line.text), line.length) == (MAX_LINE, MAX_LINE + 7)
    assert store.whole(0) == "x" * (MAX_LINE + 5) + "yy"


def test_of_an_endless_line_a_quarter_is_kept() -> None:
    store = LineStore(max_bytes=1_000_000)
    store.extend(OUT, ["x" * (MAX_LINE + 1)])
    for _ in range(100):
        store.lengthen(0, "y" * 10_000)
    assert len(store.whole(0)) <= 250_000
    line = store.get(0)
    assert line is not None
    assert line.length == MAX_LINE + 1 + 1_000_000


def test_numbers_are_not_used_again() -> None:
    store = LineStore()
    store.extend(OUT, ["a", "b"])
    store.clear()
    assert (len(store), store.first, store.end, store.dropped) == (0, 2, 2, 0)
    store.extend(OUT, ["c"])
    assert store.get(2) is not None


def test_lines_that_come_one_by_one_share_blocks() -> None:
    """A log record is one piece, with its own time: a block for each would be mostly block."""
    store = LineStore()
    for number in range(2000):
        store.extend(Source(float(number), "stderr", None, "info", "shop"), [str(number)])
    assert len(store.blocks()) < 20
    found = [store.get(number) for number in (0, 777, 1999)]
    assert [line.source.time for line in found if line] == [0.0, 777.0, 1999.0]


class Before:
    """Lines of before; the older one of each pair isn't read yet."""

    def __init__(self, count: int) -> None:
        self.oldest = -count

    def get(self, number: int) -> Line | None:
        return Line(f"old {number}", OUT, (), 5) if number % 2 else None


def test_lines_of_before_stand_in_front_as_long_as_there_is_no_gap() -> None:
    store = LineStore(max_bytes=20_000)
    store.attach(Before(4))
    assert (store.oldest, store.first, store.end) == (-4, 0, 0)
    store.extend(OUT, ["a", "b"])
    assert [line and line.text for line in map(store.get, range(-5, 3))] == [
        None, None, "old -3", None, "old -1", "a", "b", None,
    ]  # fmt: skip
    assert store.texts(-4, 1) == ["old -3", "old -1", "a"]
    for number in range(100):
        store.extend(Source(float(number), "stdout"), ["x" * 100] * 10)
    assert store.oldest == store.first > 0


def test_clear_hides_lines_of_before_too() -> None:
    store = LineStore()
    store.attach(Before(4), (-3,))
    assert (store.oldest, store.hidden) == (-3, 1)
    assert store.hide() == 3
    assert (store.oldest, store.hidden) == (0, 4)
    assert store.get(-1) is None
    store.extend(OUT, ["a"])
    assert store.hide() == 1
    store.attach(Before(4), (-3,))
    assert (store.oldest, store.hidden) == (1, 5), "what this window has hidden stays so"
    store.unhide()
    assert store.oldest == -3
    store.attach(None)
    assert (store.oldest, store.hidden) == (0, 0)
