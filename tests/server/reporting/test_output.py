"""What a program prints, as events: whole lines, of the right stream and request."""

from __future__ import annotations

import io
import logging
import sys
import threading
import tracemalloc
import urllib.error
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from spankit import request

from server.events import Event, OutputWritten
from server.reporting.output import captured_output, reported_errors
from server.reporting.reporter import Reporter
from server.reporting.scope import RequestScope, current_scope
from server.reporting.streams import OutputStream


class Reported:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def texts(self) -> list[tuple[str, str, int | None]]:
        return [
            (event.stream, event.text, event.request_id)
            for event in self.events
            if isinstance(event, OutputWritten)
        ]


@pytest.fixture
def reported() -> Reported:
    return Reported()


def test_a_print_is_one_event(reported: Reported) -> None:
    with captured_output(reported.emit):
        print("a", "b", 3)
        print("error", file=sys.stderr)
    assert reported.texts() == [("stdout", "a b 3\n", None), ("stderr", "error\n", None)]


def test_a_line_waits_for_its_end_or_a_flush(reported: Reported) -> None:
    with captured_output(reported.emit):
        print("half", end="")
        assert reported.texts() == []
        print(" whole\nand", end="")
        assert reported.texts() == [("stdout", "half whole\n", None)]
        sys.stdout.flush()
        assert reported.texts()[-1] == ("stdout", "and", None)
        print("the rest", end="")
    assert reported.texts()[-1] == ("stdout", "the rest", None), "nothing is lost at the end"


def test_threads_do_not_run_into_each_other(reported: Reported) -> None:
    with captured_output(reported.emit):
        turn = threading.Barrier(2)

        def write(word: str) -> None:
            for _ in range(50):
                print(word, end="")
                turn.wait(10)
            print()

        threads = [threading.Thread(target=write, args=(word,)) for word in ("a", "b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert sorted(text for _, text, _ in reported.texts()) == ["a" * 50 + "\n", "b" * 50 + "\n"]


def test_it_is_reported_with_its_request(reported: Reported) -> None:
    with captured_output(reported.emit):
        token = current_scope.set(RequestScope(7, emit=reported.emit))
        print("inside")
        current_scope.reset(token)
        print("outside")
    assert [number for _, _, number in reported.texts()] == [7, None]


def test_bytes_and_what_cannot_be_encoded(reported: Reported) -> None:
    with captured_output(reported.emit):
        sys.stdout.buffer.write("\u00fc\n".encode())
        sys.stdout.buffer.write(b"\xc3")
        sys.stdout.buffer.write(b"\xa4\n")
        sys.stdout.buffer.write(b"\xff\n")
        sys.stdout.write("\udcff\n")
        with pytest.raises(TypeError):
            sys.stdout.write(b"no text")  # type: ignore[arg-type]
    assert [text for _, text, _ in reported.texts()] == [
        "\u00fc\n",
        "\u00e4\n",
        "\\xff\n",
        "\\udcff\n",
    ]


def test_a_long_text_comes_in_parts(reported: Reported) -> None:
    with captured_output(reported.emit):
        sys.stdout.write("x" * 1_000_000)
    texts = [text for _, text, _ in reported.texts()]
    assert "".join(texts) == "x" * 1_000_000
    assert max(map(len, texts)) <= 64 * 1024


def test_the_streams_are_what_programs_expect(reported: Reported) -> None:
    with captured_output(reported.emit):
        out: Any = sys.stdout
        assert out.writable()
        assert not out.isatty()
        assert not out.readable()
        assert out.encoding == "utf-8"
        logging.StreamHandler(out).close()
    assert sys.stdout is not out


def test_a_stream_put_on_top_by_the_app_stays(reported: Reported) -> None:
    before = sys.stdout
    try:
        with captured_output(reported.emit):
            mine: Any = object()
            sys.stdout = mine
        assert sys.stdout is mine
    finally:
        sys.stdout = before


def test_logged_errors_are_reported_once_and_logging_stays_as_it_is(reported: Reported) -> None:
    from server.events import AppError

    logger = logging.getLogger("test_server_output")
    handlers = list(logging.getLogger().handlers)
    factory = logging.getLogRecordFactory()
    reporter = Reporter(reported.emit, 0)
    with reported_errors(reporter):
        assert logging.getLogger().handlers == handlers
        scope = RequestScope(3, emit=reported.emit)
        token = current_scope.set(scope)
        try:
            raise LookupError("logged")
        except LookupError:
            logger.exception("first")
            logger.exception("again")
            logger.warning("only a warning", exc_info=True)
        logger.error("no exception")
        current_scope.reset(token)
    reporter.close()
    errors = [event for event in reported.events if isinstance(event, AppError)]
    assert [(error.message, error.request_id) for error in errors] == [("logged", 3)]
    assert scope.error_id == errors[0].id
    assert logging.getLogRecordFactory() is factory


def test_what_one_request_leaves_unfinished_does_not_run_into_the_next(reported: Reported) -> None:
    """One thread answers many requests."""
    with captured_output(reported.emit):
        for number in (1, 2):
            token = current_scope.set(RequestScope(number))
            print(f"request {number}", end="")
            current_scope.reset(token)
        print(" no request")
    assert reported.texts() == [
        ("stdout", "request 1", 1),
        ("stdout", "request 2", 2),
        ("stdout", " no request\n", None),
    ]


def test_twenty_megabytes_take_little_memory() -> None:
    """Nothing is kept back but an unfinished line, and that has a limit."""
    sizes: list[int] = []

    def emit(event: Event) -> None:
        assert isinstance(event, OutputWritten)
        sizes.append(len(event.text))

    tracemalloc.start()
    try:
        with captured_output(emit):
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(200):
                sys.stdout.write("x" * 50_000)
                sys.stdout.write("y" * 49_999 + "\n")
            after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(sizes) == 20_000_000
    assert max(sizes) <= 64 * 1024
    assert after - before < 1_000_000
    assert peak - before < 2_000_000


def test_many_small_parts_of_one_long_line(reported: Reported) -> None:
    with captured_output(reported.emit):
        for _ in range(30_000):
            sys.stdout.write("x")
    assert "".join(text for _, text, _ in reported.texts()) == "x" * 30_000
    assert len(reported.events) < 5


def test_what_programs_do_to_their_streams(reported: Reported) -> None:
    with captured_output(reported.emit):
        sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)  # type: ignore[union-attr]
        with pytest.raises(TypeError, match="must be str, not bytes"):
            sys.stdout.write(b"bytes")  # type: ignore[arg-type]
        assert sys.stdout.encoding == "utf-8"
        assert sys.stdout.name == "<stdout>"
        assert sys.stdout.buffer.writable()
        wrapper = io.TextIOWrapper(sys.stdout.buffer, "utf-8")  # as scripts for Windows do
        wrapper.write("wrapped\n")
        wrapper.flush()
        wrapper.detach()
        sys.stderr.writelines(["a\n", "b\n"])
        sys.stdout.close()
    assert [text for _, text, _ in reported.texts()] == ["wrapped\n", "a\n", "b\n"]


def test_a_process_without_streams(reported: Reported, monkeypatch: pytest.MonkeyPatch) -> None:
    """pythonw and services have none."""
    monkeypatch.setattr(sys, "stdout", None)
    with captured_output(reported.emit):
        print("reported")
        with pytest.raises(io.UnsupportedOperation):
            sys.stdout.fileno()
    assert sys.stdout is None
    assert reported.texts() == [("stdout", "reported\n", None)]


def test_hooks_that_the_app_put_on_top_stay(reported: Reported) -> None:
    factory, hook = logging.getLogRecordFactory(), threading.excepthook
    try:
        with reported_errors(Reporter(reported.emit, 0)):
            ours = logging.getLogRecordFactory(), threading.excepthook
            theirs = (lambda *args, **options: ours[0](*args, **options)), lambda args: None
            logging.setLogRecordFactory(theirs[0])
            threading.excepthook = theirs[1]
        assert (logging.getLogRecordFactory(), threading.excepthook) == theirs
    finally:
        logging.setLogRecordFactory(factory)
        threading.excepthook = hook


def test_hooks_that_the_app_keeps_report_nothing_when_their_session_is_over(
    reported: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app that hooks on in the window's process does so anew with each start."""
    factory = logging.getLogRecordFactory()
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    with reported_errors(Reporter(reported.emit, 0)):
        kept = logging.getLogRecordFactory(), threading.excepthook
    assert logging.getLogRecordFactory() is factory
    error = ValueError("later")
    record = kept[0]("app", logging.ERROR, "", 1, "failed", (), (ValueError, error, None))
    kept[1](threading.ExceptHookArgs((ValueError, error, None, None)))
    assert record.getMessage() == "failed"
    with request() as found:
        kept[0]("app", logging.INFO, "", 1, "once", (), None)
    assert found.spans == ()
    assert reported.events == []


def test_a_thread_that_calls_sys_exit_is_no_error(
    reported: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda args: None)  # pytest has one of its own
    with reported_errors(Reporter(reported.emit, 0)):
        thread = threading.Thread(target=sys.exit, args=(3,))
        thread.start()
        thread.join()
    assert reported.events == []


def test_the_descriptor_is_that_of_the_process_s_own_stream(
    reported: Reported, tmp_path: Path
) -> None:
    """What an app starts inherits it."""
    with (tmp_path / "file").open("w") as file:
        stream = OutputStream("stdout", reported.emit, file)
        assert stream.fileno() == file.fileno()
        assert stream.flush() is None
    assert reported.events == []


def test_a_stderr_put_on_top_by_the_app_stays(reported: Reported) -> None:
    before = sys.stderr
    try:
        with captured_output(reported.emit):
            mine: Any = object()
            sys.stderr = mine
        assert sys.stderr is mine
    finally:
        sys.stderr = before


class HTTPException(Exception):
    """As Trac's, WebOb's or Werkzeug's."""


class HTTPNotFound(HTTPException):
    code = 404


class NotFound(HTTPException):
    status = "404 Not Found"


class HTTPBroken(HTTPException):
    status_code = 503


class NotFoundUpstream(Exception):
    code = 404


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (HTTPNotFound(), False),
        (NotFound(), False),
        (HTTPBroken(), True),
        (HTTPException(), True),
        (NotFoundUpstream(), True),
        (urllib.error.HTTPError("http://upstream", 404, "Not Found", None, None), True),  # type: ignore[arg-type]
        (ValueError(), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_logged_answers_to_clients_are_no_errors(
    reported: Reported, error: Exception, is_one: bool
) -> None:
    reporter = Reporter(reported.emit, 0)
    with reported_errors(reporter):
        try:
            raise error
        except Exception:
            logging.getLogger("of.the.app").exception("logged")
    reporter.close()
    assert len(reported.events) == is_one


def test_records_of_an_apps_own_are_left_alone(reported: Reported) -> None:
    def make_record(*args: Any, **options: Any) -> Any:
        return SimpleNamespace(exc_info=(None,), levelno="high")

    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(make_record)
    try:
        with reported_errors(Reporter(reported.emit, 0)):
            logging.getLogRecordFactory()()
    finally:
        logging.setLogRecordFactory(before)
    assert reported.events == []
