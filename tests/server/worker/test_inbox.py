"""Calls that the channel wants carried out in the world of the app."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from server.base.forks import fork
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


def test_it_is_opened_once_and_works_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    inbox = Inbox()
    threads: list[threading.Thread] = []
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_more)
        inbox.open()
    inbox.post(lambda: threads.append(threading.current_thread()))
    assert threads == [threading.current_thread()]
    for _ in range(2):
        inbox.open()
    done = threading.Event()
    inbox.post(lambda: (threads.append(threading.current_thread()), done.set())[1])
    assert done.wait(WAIT)
    assert threads[1].name == "commands"
    inbox.close()
    inbox.close()


@pytest.mark.parametrize("opened", [True, False])
def test_a_child_carries_out_its_calls_by_itself(opened: bool) -> None:
    inbox = Inbox()
    if opened:
        inbox.open()
    pid = fork()
    if not pid:
        if not opened:
            inbox.begin_in_child(True)
        done: list[int] = []
        inbox.post(lambda: done.append(os.getpid()))
        os._exit(0 if done == [os.getpid()] else 1)
    assert os.waitpid(pid, 0)[1] == 0
    inbox.close()
