"""The output log: lines out of pieces, escape codes, bounds."""

from __future__ import annotations

import pytest

from launcher.core.logs.output import MAX_LINE, OWN, OutputLog


def lines(log: OutputLog) -> list[str]:
    return [line.text for line in log]


def test_pieces_become_lines() -> None:
    log = OutputLog()
    for piece in ("on", "e\ntw", "o\n", "\n", "three"):
        log.write("stdout", piece)
    assert lines(log) == ["one", "two", "", "three"]
    log.write("stdout", "!\n")
    assert lines(log)[-1] == "three!"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_escape_codes_go_however_they_are_cut(size: int) -> None:
    text = (
        "\x1b[31mred\x1b[0m \x1b[1;38;5;208mbold\x1b[m\n"
        "\x1b]0;title\x07after\r\nand \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n\x1b(Bplain\x1b=\n"
    )
    log = OutputLog()
    for start in range(0, len(text), size):
        log.write("stderr", text[start : start + size])
    assert lines(log) == ["red bold", "after", "and link", "plain"]


def test_a_progress_bar_is_one_line() -> None:
    log = OutputLog()
    for percent in range(101):
        log.write("stderr", f"\r{percent}%")
    log.write("stderr", "\n")
    log.write("stderr", "10%\r")
    log.write("stderr", "20%\rdone\n")
    assert lines(log) == ["100%", "done"]


def test_control_characters_are_shown_not_acted_on() -> None:
    log = OutputLog()
    log.write("stdout", "a\0b\x07c\x08d\x7f\te\n")
    assert lines(log) == ["a\u2400b\u2407c\u2408d\u2421\te"]


def test_html_is_text() -> None:
    log = OutputLog()
    log.write("stdout", "<img src=x>\n")
    assert lines(log) == ["<img src=x>"]


def test_streams_and_requests_keep_their_lines_apart() -> None:
    log = OutputLog()
    log.write("stdout", "one", 1)
    log.write("stdout", "two", 2)
    log.write("stdout", "\n", 1)
    log.write("stdout", "\n", 2)
    log.write("stderr", "three\n", 1)
    assert lines(log) == ["one", "two", "three"]
    assert [line.stream for line in log] == ["stdout", "stdout", "stderr"]


def test_a_very_long_line_is_shown_on_several() -> None:
    log = OutputLog()
    log.write("stdout", "x" * (MAX_LINE * 3 + 5) + "\nend\n")
    assert [len(line) for line in lines(log)] == [MAX_LINE, MAX_LINE, MAX_LINE, 5, 3]
    assert "".join(lines(log)[:4]) == "x" * (MAX_LINE * 3 + 5)


def test_a_line_that_grows_without_end_is_broken_too() -> None:
    log = OutputLog()
    for _ in range(50):
        log.write("stdout", "y" * 999)
    assert max(map(len, lines(log))) <= MAX_LINE
    assert sum(map(len, lines(log))) == 50 * 999


def test_only_the_last_lines_are_kept_and_the_rest_is_counted() -> None:
    log = OutputLog(max_lines=100)
    for number in range(1000):
        log.write("stdout", f"{number}\n")
    assert lines(log) == [str(number) for number in range(900, 1000)]
    assert log.dropped == 900


def test_a_huge_piece_is_cut_before_it_is_looked_at() -> None:
    log = OutputLog(max_lines=100, max_chars=10_000)
    total = 200_000
    log.write("stdout", "".join(f"{number:09}\n" for number in range(total)))
    assert lines(log) == [f"{number:09}" for number in range(total - 100, total)]
    assert log.dropped == total - 100


def test_a_hundred_megabytes_leave_a_bounded_log() -> None:
    log = OutputLog()
    piece = ("x" * 99 + "\n") * 10_000
    for _ in range(100):
        log.write("stdout", piece)
    assert len(log) == log.max_lines
    assert len(log) + log.dropped == 1_000_000


def test_a_remark_starts_a_line_of_its_own() -> None:
    log = OutputLog()
    log.write("stdout", "no end")
    log.write_own("Starting shop:app")
    log.write("stdout", "fresh\n")
    assert lines(log) == ["no end", "Starting shop:app", "fresh"]
    assert list(log)[1].stream == OWN


def test_clear() -> None:
    log = OutputLog(max_lines=10)
    log.write("stdout", "a\n" * 100 + "open")
    log.clear()
    assert (lines(log), log.dropped) == ([], 0)
    log.write("stdout", "new\n")
    assert lines(log) == ["new"]
