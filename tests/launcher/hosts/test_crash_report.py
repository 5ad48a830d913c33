"""What is shown of the end of a process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hosting import Run, in_background
from wire import Wire

import server
from launcher.hosts.crash_report import LastOutput, crash_text
from launcher.hosts.process_host import ProcessHost
from server.events import RequestFinished, RequestStarted, ServerFailed

PRINTED = f"""\
loading
Fatal Python error: Segmentation fault

Thread 0x00007f (most recent call first):
  File "/shop/other.py", line 3 in wait

Current thread 0x00008f (most recent call first):
  File "/shop/native.py", line 7 in call
  File "/shop/shop.py", line 12 in total
  File "{Path(server.__file__).parent}/handler.py", line 1 in run_wsgi

Extension modules: fast (total: 1)
serving
"""


def test_a_stack_is_shown_as_any_traceback() -> None:
    text = crash_text(PRINTED, [RequestStarted(1, "GET", "/total", 1.0)])
    assert text == (
        "Traceback (most recent call last):\n"
        '  File "/shop/shop.py", line 12, in total\n'
        '  File "/shop/native.py", line 7, in call\n'
        "Segmentation fault\n\n"
        "Requests that ended with it:\n  GET /total\n\n"
        "Its last output:\n  loading\n  serving"
    )
    assert crash_text("", []) == ""


def test_the_last_output_is_bounded() -> None:
    last = LastOutput()
    for number in range(1000):
        last.add(f"{number}\n")
    assert last.text.endswith("998\n999\n")
    assert len(last.text) < 1000


CRASHES = """\
import ctypes, os
def fall():
    ctypes.string_at(0)
def app(environ, start_response):
    print("about to fall", flush=True)
    fall() if environ["PATH_INFO"] == "/fall" else os._exit(3)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="crashes as Linux does")
@pytest.mark.parametrize(("target", "status"), [("/fall", -11), ("/exit", 3)])
def test_a_crash_has_its_stack_its_output_and_its_requests(
    run_in: Callable[..., Run], target: str, status: int
) -> None:
    run = run_in(ProcessHost, CRASHES)
    run.events.started()
    client: Wire
    with in_background(run.port, target) as client:
        failed = run.events.next(ServerFailed)
        assert client.at_end()
    assert (failed.kind, failed.status) == ("app-crashed", status)
    assert f"  GET {target}" in failed.traceback
    assert "  about to fall" in failed.traceback
    if target == "/fall":
        assert f'  File "{run.folder / "app.py"}", line 3, in fall\n' in failed.traceback
    (finished,) = run.of(RequestFinished)
    assert "the process that answered it has ended" in finished.problem
    assert failed.request_ids == (finished.id,)
