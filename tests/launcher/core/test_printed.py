"""An error whose traceback the app has printed is not shown a second time."""

from __future__ import annotations

from launcher.core.printed import PrintedTracebacks
from server.events import AppError

TEXT = 'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: no\n'


def error(request_id: int | None = 1, text: str = TEXT) -> AppError:
    return AppError(1, request_id, "ValueError", "no", text)


def test_a_logged_error_was_printed() -> None:
    printed = PrintedTracebacks()
    printed.add(1, f"[2026] ERROR in app: Exception on / [GET]\n{TEXT}")
    assert printed.take(error())
    assert not printed.take(error()), "each is looked for anew"


def test_line_by_line_outside_of_a_request() -> None:
    printed = PrintedTracebacks()
    for line in TEXT.splitlines(keepends=True):
        printed.add(None, line)
    assert not printed.take(error(2))
    assert printed.take(error(None))


def test_another_error_or_other_output_is_none() -> None:
    printed = PrintedTracebacks()
    printed.add(1, "ValueError: no\n")
    assert not printed.take(error())
    printed.add(1, TEXT)
    assert not printed.take(error(text=TEXT.replace("no", "yes")))
    printed.add(1, "x" * 400_000)
    assert not printed.take(error())


def test_what_is_remembered_is_bounded() -> None:
    printed = PrintedTracebacks()
    for number in range(200):
        printed.add(number, TEXT)
    assert not printed.take(error(1))
    assert printed.take(error(199))
