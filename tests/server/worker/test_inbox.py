"""Calls that the channel wants carried out in the world of the app."""

from __future__ import annotations

import threading

from server.worker.inbox import Inbox

WAIT = 10


def test_the_end_waits_for_what_is_being_carried_out() -> None:
    """The end of the process comes next, and would break it off."""
    inbox = Inbox()
    begun, go, done = threading.Event(), threading.Event(), threading.Event()

    def call() -> None:
        begun.set()
        go.wait(WAIT)
        done.set()

    inbox.open()
    inbox.post(call)
    assert begun.wait(WAIT)
    timer = threading.Timer(0.05, go.set)
    timer.start()
    inbox.close()
    assert done.is_set()
    timer.join()


def test_calls_are_carried_out_at_once_before_and_after() -> None:
    inbox = Inbox()
    threads: list[threading.Thread] = []
    inbox.post(lambda: threads.append(threading.current_thread()))
    inbox.open()
    inbox.close()
    inbox.post(lambda: threads.append(threading.current_thread()))
    assert threads == [threading.current_thread()] * 2
