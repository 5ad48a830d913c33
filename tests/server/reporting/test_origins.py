"""What is printed by logging and by warnings has the facts of its record."""

from __future__ import annotations

import io
import logging
import logging.handlers
import queue
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from server.events import Event, OutputWritten
from server.reporting.origins import NOWHERE, RecordRequests, origin_of
from server.reporting.output import captured_output, reported_errors
from server.reporting.reporter import Reporter
from server.reporting.scope import RequestScope, current_scope

_HERE = __file__


class Reported(list[OutputWritten]):
    def emit(self, event: Event) -> None:
        assert isinstance(event, OutputWritten)
        self.append(event)

    def facts(self) -> list[tuple[str, str, str]]:
        return [(event.text, event.level, event.logger) for event in self]


@pytest.fixture
def reported() -> Reported:
    return Reported()


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    made = logging.getLogger("shop.stock")
    made.propagate = False
    made.setLevel(1)
    yield made
    made.handlers.clear()
    made.propagate = True
    made.setLevel(logging.NOTSET)


def line_of(text: str) -> int:
    lines = Path(_HERE).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_record_s_facts_come_with_its_line_and_it_is_printed_once(
    reported: Reported, logger: logging.Logger
) -> None:
    with captured_output(reported.emit):
        logger.addHandler(logging.StreamHandler())
        logger.warning("only %d left", 3)  # this place
    (event,) = reported
    assert (event.stream, event.text) == ("stderr", "only 3 left\n")
    assert (event.level, event.logger, event.own) == ("warning", "shop.stock", True)
    assert (event.file, event.line) == (_HERE, line_of("# this place"))


@pytest.mark.parametrize(
    ("level", "word"),
    [(5, "debug"), (10, "debug"), (20, "info"), (25, "info"), (30, "warning"), (40, "error"),
     (50, "critical"), (99, "critical")],
)  # fmt: skip
def test_levels_of_an_app_s_own_count_as_the_one_below(
    reported: Reported, logger: logging.Logger, level: int, word: str
) -> None:
    with captured_output(reported.emit):
        logger.addHandler(logging.StreamHandler(sys.stdout))
        logger.log(level, "x")
    assert reported.facts() == [("x\n", word, "shop.stock")]


def test_a_handler_s_text_in_several_writes(reported: Reported, logger: logging.Logger) -> None:
    with captured_output(reported.emit):

        class Console(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                sys.stdout.write(record.getMessage())
                sys.stdout.write(" (more)")
                sys.stdout.buffer.write(b"\n")

        logger.addHandler(Console())
        logger.info("x")
        print("printed")
    assert reported.facts() == [("x (more)\n", "info", "shop.stock"), ("printed\n", "", "")]


def test_what_was_printed_before_it_on_the_same_line_is_not_the_record_s(
    reported: Reported, logger: logging.Logger
) -> None:
    with captured_output(reported.emit):
        logger.addHandler(logging.StreamHandler(sys.stdout))
        print("half", end="")
        logger.info("logged")
    assert reported.facts() == [("half", "", ""), ("logged\n", "info", "shop.stock")]


def test_a_record_that_is_printed_by_another_thread(
    reported: Reported, logger: logging.Logger
) -> None:
    requests, reporter = RecordRequests(), Reporter(reported.emit, 0)
    with captured_output(reported.emit, requests), reported_errors(reporter, requests):
        records: Any = queue.SimpleQueue()
        logger.addHandler(logging.handlers.QueueHandler(records))
        listener = logging.handlers.QueueListener(records, logging.StreamHandler())
        listener.start()
        token = current_scope.set(RequestScope(7, emit=reported.emit))
        logger.error("from far")
        current_scope.reset(token)
        logger.error("of none")
        listener.stop()
    reporter.close()
    assert reported.facts() == [
        ("from far\n", "error", "shop.stock"), ("of none\n", "error", "shop.stock"),
    ]  # fmt: skip
    assert [event.request_id for event in reported] == [7, None]


def test_a_warning_has_its_place(reported: Reported) -> None:
    with captured_output(reported.emit), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = _shown
        warnings.warn("old", DeprecationWarning, stacklevel=1)  # warned of
    (event,) = reported
    assert (event.level, event.logger, event.own) == ("warning", "DeprecationWarning", True)
    assert (event.file, event.line) == (_HERE, line_of("# warned of"))


def _shown(message: Any, category: Any, file: str, line: int, *unused: Any) -> None:
    """As Python's own: pytest has put another in its place."""
    sys.stderr.write(warnings.formatwarning(message, category, file, line))


def test_a_library_s_place_is_not_the_project_s(reported: Reported, logger: logging.Logger) -> None:
    with captured_output(reported.emit):
        logger.addHandler(logging.StreamHandler())
        record = logging.LogRecord("lib", 20, logging.__file__, 7, "x", None, None)
        logger.handle(record)
    (event,) = reported
    assert (event.file, event.line, event.own) == (logging.__file__, 7, False)


@pytest.mark.parametrize(
    "record",
    [
        SimpleNamespace(levelno="high", name=None),
        SimpleNamespace(levelno=30, name=3, pathname=None, lineno="x"),
        SimpleNamespace(),
    ],
)
def test_records_of_an_app_s_own_do_no_harm(reported: Reported, record: Any) -> None:
    with captured_output(reported.emit):

        class Console(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                print("x")

        Console().handle(record)
    (event,) = reported
    assert (event.text, event.file, event.line) == ("x\n", "", 0)


def test_what_is_no_record_has_no_origin() -> None:
    for text in ("plain", "Warning: nothing", "a.py:x: UserWarning: y", io.StringIO().getvalue()):
        assert origin_of(text, RecordRequests()) == (NOWHERE, None)


def test_only_the_newest_records_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.reporting.origins._MOST", 2)
    requests = RecordRequests()
    records = [SimpleNamespace(thread=1, created=number) for number in range(3)]
    for number, record in enumerate(records):
        requests.made(record, number)
    assert [requests.request_of(record) for record in records] == [None, None, 2]
