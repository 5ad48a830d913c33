"""server.net.call_thread: one call on a thread of its own."""

from __future__ import annotations

import queue
import threading

from server.net.call_thread import CallThread


def test_the_end_is_reported_on_the_thread_itself() -> None:
    ends: queue.SimpleQueue[tuple[CallThread, str]] = queue.SimpleQueue()
    may_end = threading.Event()
    call = CallThread(
        may_end.wait, "work", lambda ended: ends.put((ended, threading.current_thread().name))
    )
    call.start()
    assert not call.is_done()
    may_end.set()
    assert ends.get(timeout=30) == (call, "work")
    call.join()
    assert call.is_done()
    assert call.error is None


def test_an_error_is_kept() -> None:
    def fail() -> None:
        raise LookupError("work")

    call = CallThread(fail, "work")
    call.start()
    call.join()
    assert isinstance(call.error, LookupError)
    assert not call.is_done()
