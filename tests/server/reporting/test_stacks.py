"""Where a request stands: the frames of its thread, or of the greenlet that it is."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serverkit import SAFETY

import server.handler
from server.reporting.stacks import stack_of

OURS = str(Path(server.handler.__file__))


class Greenlet:
    """Stands in for one that is suspended at a frame, or has ended."""

    def __init__(self, frame: Any) -> None:
        self.gr_frame = frame


@pytest.fixture
def base() -> Iterator[Any]:
    """A frame of ours, in another thread, that has called one of the app's."""
    there, go_on = threading.Event(), threading.Event()
    found: list[Any] = []

    def view() -> None:
        found.append(sys._getframe(1))
        there.set()
        go_on.wait(SAFETY)

    names = {"view": view}
    exec(compile("def handle(): view()", OURS, "exec"), names)
    thread = threading.Thread(target=names["handle"])
    thread.start()
    assert there.wait(SAFETY)
    found.append(thread.ident)
    yield found
    go_on.set()
    thread.join()


def names(stack: list[Any]) -> list[str]:
    return [frame.f_code.co_name for frame in stack][:1]


def test_the_frames_inside_of_the_servers_own(base: list[Any]) -> None:
    frame, ident = base
    assert names(stack_of(ident)) == ["view"]
    assert names(stack_of(ident, frame)) == ["view"]
    assert stack_of(0) == []
    assert stack_of(threading.get_ident()) == []


def test_a_greenlet_that_is_suspended_is_found_by_its_frame(
    base: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, ident = base
    here = threading.get_ident()
    library = types.ModuleType("greenlet")
    monkeypatch.setitem(sys.modules, "greenlet", library)
    assert stack_of(here, frame) == []  # another version of it
    vars(library)["greenlet"] = Greenlet
    assert stack_of(here, frame) == []
    kept = [Greenlet(None), Greenlet(sys._getframe()), Greenlet(sys._current_frames()[ident])]
    assert names(stack_of(here, frame)) == ["view"]
    del kept
