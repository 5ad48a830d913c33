"""Tracebacks among lines: what belongs to them, and which lines are seen."""

from __future__ import annotations

import random
import traceback

import pytest

from launcher.core.logs.folds import Fold, Folds, Spans, Visible
from launcher.core.logs.output import OutputLog
from server.events import OutputWritten

FRAMES = '  File "shop.py", line 8, in day\n    return parse(text)\n'
ONE = f"Traceback (most recent call last):\n{FRAMES}ValueError: bad day\n"
CHAINED = (
    f"{ONE}\nDuring handling of the above exception, another exception occurred:\n\n"
    f"Traceback (most recent call last):\n{FRAMES}shop.Failed: no order\n"
)


def folds_of(log: OutputLog) -> list[Fold]:
    folds = Folds(log.lines)
    folds.catch_up()
    return found(folds, log)


def found(folds: Folds, log: OutputLog) -> list[Fold]:
    every = (folds.at(number) for number in range(log.lines.first, log.lines.end))
    return [fold for fold in every if fold is not None]


def shown(folds: Folds, log: OutputLog) -> list[str]:
    numbers = Visible(log.lines.first, log.lines.end, folds.hidden)
    return [line.text for number in numbers if (line := log.lines.get(number)) is not None]


def logged(text: str) -> OutputWritten:
    return OutputWritten("stderr", text, None, time=1.0, level="error", logger="shop")


def test_a_traceback_is_one_line_with_its_exception() -> None:
    log = OutputLog()
    log.write("stderr", f"before\n{ONE}after\n")
    folds = Folds(log.lines)
    folds.catch_up()
    assert found(folds, log) == [Fold(1, 5, "ValueError: bad day", has_title=True)]
    assert shown(folds, log) == ["before", "Traceback (most recent call last):", "after"]
    folds.set_open(found(folds, log)[0], is_open=True)
    assert len(shown(folds, log)) == 6
    folds.set_all_open(is_open=False)
    assert len(shown(folds, log)) == 3
    assert folds.around(3) == folds.at(1)
    assert folds.around(5) is None


def test_what_caused_it_belongs_to_it() -> None:
    log = OutputLog()
    log.write("stderr", f"{CHAINED}\nafter\n")
    assert folds_of(log) == [Fold(0, 11, "shop.Failed: no order", has_title=True)]


def test_a_record_folds_into_its_message() -> None:
    log = OutputLog()
    log.take(logged(f"GET /deep failed\n{CHAINED}and more of its message\n"))
    log.take(logged("another\n"))
    assert folds_of(log) == [Fold(0, 13, "shop.Failed: no order", has_title=False)]


def test_an_exception_group_is_one() -> None:
    log = OutputLog()
    log.write(
        "stderr",
        "  + Exception Group Traceback (most recent call last):\n"
        '  |   File "a.py", line 1, in <module>\n'
        "  |     raise group\n"
        "  | ExceptionGroup: two (2 sub-exceptions)\n"
        "  +-+---------------- 1 ----------------\n"
        "    | ValueError: 1\n"
        "    +---------------- 2 ----------------\n"
        "    | TypeError: 2\n"
        "    +------------------------------------\n"
        "after\n",
    )
    assert folds_of(log) == [Fold(0, 9, "ExceptionGroup: two (2 sub-exceptions)", has_title=True)]


def test_what_python_writes_itself() -> None:
    def deep(count: int) -> None:
        deep(count + 1)

    log = OutputLog()
    try:
        deep(0)
    except RecursionError:
        text = traceback.format_exc()
    log.write("stderr", text + "after\n")
    (fold,) = folds_of(log)
    assert fold.end == log.lines.end - 1
    assert fold.summary.startswith("RecursionError: maximum recursion depth exceeded")


@pytest.mark.parametrize("text", ["indented:\n    Traceback (most recent call last):\n"])
def test_one_that_is_indented(text: str) -> None:
    log = OutputLog()
    body = "".join(f"    {line}\n" for line in ONE.splitlines()[1:])
    log.write("stderr", f"{text}{body}after\n")
    assert folds_of(log) == [Fold(1, 5, "ValueError: bad day", has_title=True)]


def test_what_comes_after_its_head_was_cleared_is_seen() -> None:
    log = OutputLog()
    folds = Folds(log.lines)
    log.write("stderr", ONE[:60])
    folds.catch_up(log.lines.take_changed())
    log.hide()
    log.write("stderr", "  one\n  two\n")
    folds.catch_up(log.lines.take_changed())
    assert shown(folds, log) == ["  one", "  two"]


def test_with_its_first_line_all_of_it_is_there() -> None:
    log = OutputLog()
    log.write("stderr", f"a\n{ONE}b\n{ONE}c\n")
    folds = Folds(log.lines)
    folds.catch_up()
    assert folds.whole([0, 1, 5, 8]) == [0, 1, 2, 3, 4, 5, 8]
    assert folds.whole([1, 2]) == [1, 2, 3, 4]
    assert folds.whole([]) == []


def test_lines_of_others_end_it() -> None:
    log = OutputLog()
    log.write("stderr", f"Traceback (most recent call last):\n{FRAMES}", request=1)
    log.write("stderr", "from another request\n", request=2)
    assert folds_of(log) == [Fold(0, 3, "", has_title=True)]


def test_words_within_a_line_are_none() -> None:
    log = OutputLog()
    log.write("stdout", "he wrote Traceback (most recent call last): and left\n" * 3)
    assert folds_of(log) == []


def test_it_is_the_same_however_it_comes() -> None:
    text = f"a\n{CHAINED}b\n{ONE}\n{ONE}c\n" * 3
    whole = OutputLog()
    whole.write("stderr", text)
    expected = folds_of(whole)
    assert len(expected) == 9
    for seed in range(20):
        chance = random.Random(seed)
        log = OutputLog()
        folds = Folds(log.lines)
        at = 0
        while at < len(text):
            size = chance.choice((1, 7, 60, 400))
            log.write("stderr", text[at : at + size])
            at += size
            if chance.random() < 0.6:
                folds.catch_up(log.lines.take_changed())
        folds.catch_up(log.lines.take_changed())
        assert found(folds, log) == expected
        assert len(shown(folds, log)) == 3 * (3 + 3 + 1)


def test_what_is_open_stays_so_when_lines_go() -> None:
    log = OutputLog(max_bytes=200_000)
    folds = Folds(log.lines)
    for _ in range(3_000):
        log.write("stderr", ONE)
        folds.catch_up(log.lines.take_changed())
    assert log.lines.first > 0
    assert len(folds) < 3_000
    last = folds.around(log.lines.end - 1)
    assert last is not None
    folds.set_open(last, is_open=True)
    numbers = Visible(log.lines.first, log.lines.end, folds.hidden)
    assert list(numbers[-4:]) == list(range(log.lines.end - 4, log.lines.end))


def test_rows_and_numbers_fit_each_other() -> None:
    for seed in range(30):
        chance = random.Random(seed)
        spans, at, hidden = Spans(), 0, set()
        for _ in range(chance.randrange(12)):
            start = at + chance.randrange(4)
            at = start + 1 + chance.randrange(5)
            spans.push(start, at)
            hidden |= set(range(start, at))
        for first in (-5, 0, 3, 11):
            end = at + 5
            expected = [n for n in range(first, end) if n not in hidden]
            numbers = Visible(first, end, spans)
            assert list(numbers) == expected
            assert len(numbers) == len(expected)
            for number in range(first, end):
                assert numbers.position(number) == sum(one < number for one in expected)
