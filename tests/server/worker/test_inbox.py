"""Calls that the channel wants carried out in the world of the app."""

from __future__ import annotations

import socket
import threading

import pytest

from server.worker import inbox as module
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


def test_a_greenlet_that_is_woken_in_a_forked_child_does_not_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``threading`` doesn't know it there, and its end would be an error in each child's output."""
    inbox = Inbox()
    waits: list[bool] = []
    monkeypatch.setattr(module, "_wait_for_ever", lambda: waits.append(True))
    pids = iter([1, 1, 1, 2])
    monkeypatch.setattr(module.os, "getpid", lambda: next(pids))
    for expected in ([], [True]):  # its own process, then a child
        waker, wakened = socket.socketpair()
        waker.close()
        inbox._work(wakened)
        assert waits == expected
