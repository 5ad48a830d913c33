"""The output log: lines out of pieces, escape codes, bounds."""

from __future__ import annotations

import pytest

from launcher.core.ansi import Run, Style
from launcher.core.logs.output import MAX_LINE, OWN, OutputLog, Source
from server.events import OutputWritten


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


def test_bars_below_each_other_are_followed() -> None:
    log = OutputLog()
    for piece in (
        "before\n", "\router 0%", "\n", "\rinner 0%", "\x1b[A", "\n", "\rinner 50%", "\x1b[A",
        "\router 50%", "\n\rinner 100%\x1b[A", "\router 100%\n", "\nafter\n",
    ):  # fmt: skip
        log.write("stderr", piece)
    assert lines(log) == ["before", "outer 100%", "inner 100%", "after"]


def test_a_block_that_is_written_anew_is_followed() -> None:
    log = OutputLog()
    log.write("stdout", "working 1\nstep 1\n")
    log.write("stdout", "\x1b[1A\x1b[2K\x1b[1A\x1b[2Kworking 2\nstep 2\n")
    assert lines(log) == ["working 2", "step 2"]


def test_nothing_goes_back_to_the_lines_of_another_source() -> None:
    log = OutputLog()
    log.write("stdout", "one\n")
    log.write("stderr", "\x1b[9A\rtwo\n")
    assert lines(log) == ["one", "two"]


def test_colours_are_runs_also_over_lines_and_pieces() -> None:
    log = OutputLog()
    log.write("stdout", "a\x1b[3")
    log.write("stdout", "1mred\nred\x1b[0m plain\n")
    assert [(line.text, line.runs) for line in log] == [
        ("ared", (Run(1, 4, Style(fg=1)),)),
        ("red plain", (Run(0, 3, Style(fg=1)),)),
    ]


def test_control_characters_are_shown_not_acted_on() -> None:
    log = OutputLog()
    log.write("stdout", "a\0b\x07c\x08d\x7f\te\u202e\n")
    assert lines(log) == ["a\\x00b\\x07c\\x08d\\x7f\te\\u202e"]


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
    assert [line.source.stream for line in log] == ["stdout", "stdout", "stderr"]


def test_a_very_long_line_is_cut_and_kept() -> None:
    log = OutputLog()
    log.write("stdout", "x" * (MAX_LINE * 3 + 5) + "\nend\n")
    assert [(len(line.text), line.length) for line in log] == [
        (MAX_LINE, MAX_LINE * 3 + 5),
        (3, 3),
    ]
    assert log.lines.whole(0) == "x" * (MAX_LINE * 3 + 5)


def test_a_line_that_grows_without_end_is_one_line() -> None:
    log = OutputLog()
    for _ in range(50):
        log.write("stdout", "y" * 9_999)
    log.write("stdout", "\nnext\n")
    assert [line.length for line in log] == [50 * 9_999, 4]
    assert log.lines.whole(0) == "y" * (50 * 9_999)


def test_only_the_last_lines_are_kept_and_the_rest_is_counted() -> None:
    log = OutputLog(max_bytes=100_000)
    for number in range(1000):
        log.write("stdout", f"{number}\n", time=float(number))
    kept = lines(log)
    assert 100 < len(kept) < 700
    assert kept == [str(number) for number in range(1000 - len(kept), 1000)]
    assert log.dropped == 1000 - len(kept)


def test_a_huge_piece_is_bounded() -> None:
    log = OutputLog(max_bytes=200_000)
    total = 100_000
    log.write("stdout", "".join(f"{number:09}\n" for number in range(total)))
    assert lines(log) == [f"{number:09}" for number in range(log.dropped, total)]
    assert 0 < len(log) < 20_000


def test_a_remark_starts_a_line_of_its_own() -> None:
    log = OutputLog()
    log.write("stdout", "no end")
    log.write_own("Starting shop:app")
    log.write("stdout", "fresh\n")
    assert lines(log) == ["no end", "Starting shop:app", "fresh"]
    assert list(log)[1].source.stream == OWN


def test_clear() -> None:
    log = OutputLog()
    log.write("stdout", "a\n" * 100 + "open")
    log.clear()
    assert (lines(log), log.dropped) == ([], 0)
    log.write("stdout", "new\n")
    assert lines(log) == ["new"]


def test_what_is_logged_has_its_facts_and_leaves_a_bar_alone() -> None:
    log = OutputLog()
    log.take(OutputWritten("stderr", "50 %", 3, 1.0), 8)
    record = OutputWritten("stderr", "no stock\n", 3, 2.0, "warning", "shop", "/shop/a.py", 7, True)
    log.take(record, 8)
    log.take(OutputWritten("stderr", "\r80 %", 3, 3.0), 8)
    assert lines(log) == ["80 %", "no stock"]
    source = list(log)[1].source
    assert source == Source(2.0, "stderr", 8, "warning", "shop", "/shop/a.py", 7, True)
    assert (source.logged, next(iter(log)).source.logged) == (True, False)


def test_further_lines_of_a_record_are_known() -> None:
    log = OutputLog()
    for text in ("failed\nTraceback\nKeyError\n", "failed\n"):
        log.take(OutputWritten("stderr", text, None, 1.0, "error", "shop"))
    log.take(OutputWritten("stdout", "a\nb\n", None, 1.0))
    assert [line.head for line in log] == [True, False, False, True, True, True]
