"""server.app.patches: an import replaces nothing of the standard library that others rely on."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from server.app.patches import library_guarded, library_kept
from server.errors import AppLoadError


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    modules = (socket, threading, time)
    before = [dict(vars(module)) for module in modules]
    yield
    for module, values in zip(modules, before, strict=True):
        assert type(module) is ModuleType
        assert dict(vars(module)) == values


def assign() -> None:
    socket.socket = object  # type: ignore[assignment, misc]


def catch() -> None:
    """As code does that goes on without gevent."""
    try:
        setattr(threading, "Thread", object)  # noqa: B010
    except BaseException:
        pass


def go_around() -> None:
    vars(time)["sleep"] = print


def fail() -> None:
    vars(time)["sleep"] = print
    raise ValueError


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (assign, "socket.socket"),
        (catch, "threading.Thread"),
        (go_around, "time.sleep"),
        (fail, "time.sleep"),
    ],
)
def test_what_is_replaced_is_named_and_stays(change: Callable[[], None], what: str) -> None:
    with pytest.raises(AppLoadError, match="ServeDeck's own process") as caught, library_kept():
        change()
    assert (caught.value.kind, caught.value.replaced) == ("patches", what)


def test_what_is_made_to_be_set_is_nobodys_concern(monkeypatch: pytest.MonkeyPatch) -> None:
    with library_kept():
        monkeypatch.setattr(threading, "excepthook", threading.excepthook)
        monkeypatch.setattr(socket, "an_apps_own", 1, raising=False)
        monkeypatch.setattr(socket, "socket", socket.socket)
    monkeypatch.undo()


def test_other_threads_go_on_as_they_like(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they change something, it isn't the app."""
    with library_kept():
        setter = threading.Thread(target=monkeypatch.setattr, args=(time, "an_own", print, False))
        setter.start()
        setter.join()
    monkeypatch.undo()


def test_an_error_of_the_app_is_passed_on() -> None:
    with pytest.raises(ZeroDivisionError), library_kept():
        1 / 0  # noqa: B018


def test_an_import_that_was_left_behind_takes_no_care_from_the_next() -> None:
    """It hangs on its thread, for as long as it likes."""
    inside, gate = threading.Event(), threading.Event()

    def hang() -> None:
        with library_kept():
            inside.set()
            gate.wait(20)

    stuck = threading.Thread(target=hang)
    stuck.start()
    assert inside.wait(20)
    try:
        with pytest.raises(AppLoadError), library_kept():
            assign()
    finally:
        gate.set()
        stuck.join()


def on_a_thread(change: Callable[[], None]) -> list[BaseException]:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            change()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised


def test_while_an_app_is_served_its_threads_replace_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The main thread is the launcher's own; and two servers are served side by side."""
    with library_guarded():
        with library_guarded(), pytest.raises(AppLoadError), library_kept():
            assign()
        (error,) = on_a_thread(assign)
        assert isinstance(error, RuntimeError)
        assert "socket.socket" in str(error)
        assert not on_a_thread(lambda: setattr(threading, "excepthook", threading.excepthook))
        monkeypatch.setattr(time, "sleep", print)
        monkeypatch.undo()
    assert type(socket) is ModuleType
