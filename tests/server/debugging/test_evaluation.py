"""What is typed for a frame: run there, shown, and completed."""

from __future__ import annotations

import sqlite3
import sys
from types import FrameType
from typing import Any

import pytest

from server.base import limits
from server.debugging.evaluation import Evaluation, FrameConsole, Output

GLOBAL = "of the module"


def frame_of(**values: Any) -> FrameType:
    """A frame that has ended, with some variables."""

    def work(order: Any, total: Any) -> None:
        raise LookupError

    try:
        work(**{"order": 1, "total": 2, **values})
    except LookupError as error:
        assert error.__traceback__ is not None
        assert error.__traceback__.tb_next is not None
        return error.__traceback__.tb_next.tb_frame
    raise AssertionError


@pytest.fixture
def console() -> FrameConsole:
    return FrameConsole(frame_of(order={"id": 7}, total=40))


def run(console: FrameConsole, source: str) -> Evaluation:
    return console.run(source, Output())


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("order['id']", "7\n"),
        ("GLOBAL", "'of the module'\n"),
        ("x = total + 2", ""),
        ("None", ""),
        ("x = 1; x + 1", "2\n"),
        ("[total for _ in range(2)]", "[40, 40]\n"),
        ("(lambda: total)()", "40\n"),
        ("", ""),
        ("# nothing", ""),
        ("for n in range(2):\n    n\n\n", ""),
        ("if total:\n    x = total\n\nx", "40\n"),
        ("'\u00e9'", "'\u00e9'\n"),
    ],
)
def test_expressions_and_statements_see_the_variables(
    console: FrameConsole, source: str, text: str
) -> None:
    assert run(console, source) == ("done", text)


def test_names_stay_for_the_next_input_and_the_objects_are_the_apps(console: FrameConsole) -> None:
    order = console.names["order"]
    assert run(console, "order['new'] = 1\ncount = 3").kind == "done"
    assert order["new"] == 1
    assert run(console, "count").text == "3\n"
    assert run(console, "_ + 1").text == "4\n"


@pytest.mark.parametrize(
    "source", ["for n in range(2):", "if x:\n    y", "(1,", "'''a", "def f():", "@decorator"]
)
def test_an_input_that_isnt_complete_runs_nothing(console: FrameConsole, source: str) -> None:
    assert run(console, source) == ("incomplete", "")


def test_a_mistake_shows_its_traceback_with_the_line_and_without_ours(
    console: FrameConsole,
) -> None:
    found = run(console, "def half(n):\n    return n / 0\n\nhalf(total)")
    assert found.kind == "failed"
    assert "return n / 0" in found.text
    assert found.text.endswith("ZeroDivisionError: division by zero\n")
    assert "evaluation.py" not in found.text
    assert "SyntaxError" in run(console, "1 +* 2").text
    for unreadable in ("1 +* 2", "return 1", "\0"):
        assert "codeop" not in run(console, unreadable).text


@pytest.mark.parametrize("source", ["raise SystemExit(3)", "raise KeyboardInterrupt"])
def test_what_would_end_a_program_is_shown(console: FrameConsole, source: str) -> None:
    assert run(console, source).kind == "failed"


def test_exit_leaves_the_apps_input_open(console: FrameConsole) -> None:
    before = sys.stdin
    assert "Esc" in run(console, "exit()").text
    assert sys.stdin is before


def test_an_object_of_another_thread_gets_a_sentence() -> None:
    connection = sqlite3.connect(":memory:", check_same_thread=True)
    with connection:
        console = FrameConsole(frame_of(order=connection))
        found: list[Evaluation] = []
        from threading import Thread

        thread = Thread(target=lambda: found.append(run(console, "order.execute('select 1')")))
        thread.start()
        thread.join()
    connection.close()
    assert "ProgrammingError" in found[0].text
    assert "only on the thread that made it" in found[0].text


def test_output_and_values_are_bounded() -> None:
    output = Output()
    assert output.take("x" * (limits.CONSOLE_OUTPUT - 10))
    assert output.take("y" * 1000)
    assert output.take("z")
    text = output.text()
    assert len(text) < limits.CONSOLE_OUTPUT + 200
    assert f"{limits.CONSOLE_OUTPUT + 991:,} bytes kept" in text
    output.is_open = False
    assert not output.take("later")
    console = FrameConsole(frame_of(order="a" * limits.CONSOLE_OUTPUT))
    assert len(run(console, "order").text) <= limits.CONSOLE_VALUE + 1


def test_a_big_container_has_lines(console: FrameConsole) -> None:
    text = run(console, "{number: 'a' * 40 for number in range(4)}").text
    assert text.count("\n") == 4


def test_names_are_completed(console: FrameConsole) -> None:
    assert console.complete("x = tot") == ("total",)
    assert console.complete("order.ke") == ("order.keys",)
    assert "order.get" in console.complete("print(order.")
    assert not any("__" in name for name in console.complete("order."))
    assert "order.__class__" in console.complete("order.__cl")
    assert console.complete("isinst") == ("isinstance",)
    assert console.complete("whi") == ("while",)
    assert console.complete("nothing.at") == ()
    assert console.complete("") == ()


def test_attributes_of_attributes_are_completed_and_nothing_behind_a_bracket(
    console: FrameConsole,
) -> None:
    assert "order.keys.__call__" in console.complete("order.keys.__ca")
    assert console.complete("total + ") == ()
    assert console.complete(")") == ()
