"""The error log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from launcher.core.logs.errors import ErrorLog, own_place
from server.base.limits import ERROR_MESSAGE
from server.events import Frame


def test_an_error_knows_its_request(make: Any) -> None:
    log = ErrorLog()
    assert log.add(make.error(1, 5), 40, "POST", "/pay") == 0
    row = log.get(0)
    assert row is not None
    assert (row.type, row.message, row.request, row.origin) == ("KeyError", "7", 40, "POST /pay")


def test_an_error_outside_of_a_request_reports_it(make: Any) -> None:
    log = ErrorLog()
    log.add(make.error(1))
    assert log.get(0).origin == "Outside of a request"  # type: ignore[union-attr]


def test_a_failed_import_is_listed_once(make: Any) -> None:
    log = ErrorLog()
    error = make.error(1)
    number = log.add(error)
    failed = make.failed("app-import", traceback=error.text, error_id=error.id)
    assert log.add_failure(failed) == number
    assert log.total == 1
    log.begin_session()  # whose ids begin anew
    assert log.add_failure(failed) == number + 1


def test_a_failed_import_is_listed_once_also_where_memory_has_dropped_its_row(make: Any) -> None:
    log = ErrorLog(limit=1)
    error = make.error(1)
    number = log.add(error)
    log.add(make.error(2))
    assert log.get(number) is None
    failed = make.failed("app-import", traceback=error.text, error_id=error.id)
    assert log.add_failure(failed) == number
    assert log.total == 2


def test_errors_of_the_same_text_are_two(make: Any) -> None:
    log = ErrorLog()
    error = make.error(1)
    number = log.add(error)
    assert log.add_failure(make.failed("app-import", traceback=error.text)) == number + 1
    assert log.add_failure(make.failed("app-import", traceback="Other", error_id=1)) == number


def test_a_failed_import_that_was_not_reported_before(make: Any) -> None:
    log = ErrorLog()
    text = "Traceback (most recent call last):\n  …\nshop.Broken: no: never\n"
    assert log.add_failure(make.failed("app-import", traceback=text)) == 0
    row = log.get(0)
    assert row is not None
    assert (row.type, row.message) == ("shop.Broken", "no: never")


def test_a_failure_without_traceback_is_no_error_of_the_app(make: Any) -> None:
    log = ErrorLog()
    assert log.add_failure(make.failed()) is None
    assert log.total == 0


def test_a_last_line_that_names_no_exception(make: Any) -> None:
    log = ErrorLog()
    log.add_failure(make.failed("app-import", message="Can't load.", traceback="what (is this)"))
    row = log.get(0)
    assert row is not None
    assert (row.type, row.message) == ("The app can't be loaded", "Can't load.")


def test_it_is_bounded(make: Any) -> None:
    log = ErrorLog(capacity=50, block=10)
    for number in range(500):
        log.add(make.error(number))
    assert 50 <= len(log) < 60
    assert log.total == 500


def test_the_innermost_frame_in_the_users_own_code() -> None:
    library = '  File "/v/lib/python3.11/site-packages/flask/app.py", line 5, in x\n'
    own = '  File "/p/shop.py", line 3, in pay\n    x\n'
    odd = '  File "<string>", line 1, in <module>\n'
    group = '  | File "/p/group.py", line 8, in one\n'
    assert own_place((), library + own + library + odd + "KeyError: 7\n") == ("/p/shop.py", 3)
    assert own_place((), library + odd) == ("/v/lib/python3.11/site-packages/flask/app.py", 5)
    assert own_place((), own + group) == ("/p/group.py", 8)
    assert own_place((), odd) is None
    assert own_place((), "nothing") is None
    frames = (Frame("/p/a.py", 1, "a"), Frame("/usr/lib/python3.12/json/x.py", 2, "b"))
    assert own_place(frames, own) == ("/p/a.py", 1)


def test_errors_are_bounded_in_bytes(make: Any) -> None:
    """One string without a limit, many times: the oldest make room, and are counted."""
    log = ErrorLog(limit=10_000)
    for number in range(100):
        log.add(replace(make.error(number), message="", text="é" * 500, type="E"))
    assert (len(log), log.first, log.dropped, log.total) == (9, 91, 91, 100)
    log.add(replace(make.error(100), text="x" * 20_000))
    assert [row.number for row in log] == [100]
    log.clear()
    log.add(replace(make.error(101), text="x" * 9_000))
    assert len(log) == 1


def test_message_of_a_failure_is_bounded(make: Any) -> None:
    log = ErrorLog()
    text = "Traceback (most recent call last):\n  …\nValueError: " + "x" * 200_000
    log.add_failure(make.failed("app-import", traceback=text))
    row = log.get(0)
    assert row is not None
    assert len(row.message.encode()) == ERROR_MESSAGE


def test_where_an_error_happened_is_listed_without_secrets(make: Any) -> None:
    log = ErrorLog()
    number = log.add(make.error(1, 5), 40, "POST", "/pay?token=hunter2")
    row = log.get(number)
    assert row is not None
    assert row.origin == "POST /pay?token=***"
    assert row.target == "/pay?token=hunter2"
    (group,) = log.groups
    assert group.newest.origin == "POST /pay?token=***"


def test_a_crash_is_where_its_stack_ends_and_not_where_its_output_speaks_of(make: Any) -> None:
    log = ErrorLog()
    printed = 'Its last output:\n    File "/shop/shop.py", line 14, in place\n  KeyError: 7'
    assert log.add_failure(make.failed("app-crashed", traceback=printed)) == 0
    assert log.get(0).place is None  # type: ignore[union-attr]
    stack = 'Traceback (most recent call last):\n  File "/shop/native.py", line 3, in call\nAborted'
    log.add_failure(make.failed("app-crashed", traceback=f"{stack}\n\n{printed}"))
    assert log.get(1).place == ("/shop/native.py", 3)  # type: ignore[union-attr]


def test_a_crash_names_a_request_that_ended_with_it(make: Any) -> None:
    log = ErrorLog()
    alone = make.failed("app-crashed", status=3, request_ids=(7,))
    log.add_failure(alone, 40, "GET", "/fall?token=hunter2")
    log.add_failure(replace(alone, request_ids=(5, 6, 7)), 40, "GET", "/fall")
    log.add_failure(replace(alone, request_ids=()))
    assert [row.origin for row in log] == [
        "GET /fall?token=***", "GET /fall and 2 more", "Outside of a request",
    ]  # fmt: skip
    assert [row.request for row in log] == [40, 40, None]


def test_each_kind_of_crash_is_a_group(make: Any) -> None:
    log = ErrorLog()
    for status in (-9, 7, -9, -11, None, -200):
        log.add_failure(make.failed("app-crashed", status=status))
    counts = {group.newest.type: group.count for group in log.groups}
    assert counts == {
        "Crash: SIGKILL": 2,
        "Crash: exit status 7": 1,
        "Crash: SIGSEGV": 1,
        "Crash": 1,
        "Crash: signal 200": 1,
    }
