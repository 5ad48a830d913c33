"""Exceptions as events: the frames that matter, bounded, whatever the app's objects do."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from server.events import AppError
from server.reporting import tracebacks
from server.reporting.tracebacks import app_error, one_line


def run(source: str, file: Path, name: str = "work") -> AppError:
    """The event of what ``work()`` raises."""
    file.write_text(source)
    module = ModuleType("app")
    exec(compile(source, str(file), "exec"), module.__dict__)
    try:
        getattr(module, name)()
    except BaseException as error:
        return app_error(error, 1, 2)
    raise AssertionError("nothing was raised")


def test_frames_source_and_locals(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    event = run(
        "def work():\n    basket = {'a': 1}\n    return price(basket)\n\n\n"
        "def price(basket):\n    return basket['b']\n",
        file,
    )
    assert (event.id, event.request_id, event.type, event.message) == (1, 2, "KeyError", "'b'")
    work, price = event.frames[-2:]
    assert (price.file, price.line, price.function) == (str(file), 7, "price")
    assert price.source[price.line - price.first_line] == "    return basket['b']"
    assert ("basket", "{'a': 1}") in price.locals
    assert work.line == 3
    assert event.text.startswith("Traceback (most recent call last):")
    assert event.text.rstrip().endswith("KeyError: 'b'")


def test_objects_that_cannot_be_shown(tmp_path: Path) -> None:
    event = run(
        "class Bad(Exception):\n    def __str__(self):\n        raise ValueError\n"
        "    __repr__ = __str__\n\n\n"
        "def work():\n    one, big = Bad(), 'x' * 100_000\n    raise one\n",
        tmp_path / "app.py",
    )
    assert event.type == "app.Bad"
    shown = dict(event.frames[-1].locals)
    assert "Bad" in shown["one"] or "failed" in shown["one"]
    assert len(shown["big"]) < 500
    assert "can't be shown" in event.message


def test_chains_are_kept(tmp_path: Path) -> None:
    event = run(
        "def work():\n    try:\n        1 / 0\n    except ZeroDivisionError as error:\n"
        "        raise LookupError('no') from error\n",
        tmp_path / "app.py",
    )
    assert "ZeroDivisionError: division by zero" in event.text
    assert "direct cause" in event.text


def test_endless_recursion_is_bounded(tmp_path: Path) -> None:
    event = run("def work():\n    return work()\n", tmp_path / "app.py")
    assert event.type == "RecursionError"
    assert 0 < len(event.frames) <= tracebacks._MAX_FRAMES
    assert len(event.text) < 20_000


def test_the_server_s_own_frames_are_cut(tmp_path: Path) -> None:
    from server.app.load import load_app
    from server.errors import AppLoadError

    (tmp_path / "cut_here.py").write_text("def inner():\n    raise OSError('x')\n\n\ninner()\n")
    import sys

    before = list(sys.path)
    try:
        with pytest.raises(AppLoadError) as caught:
            load_app("cut_here:app", tmp_path)
    finally:
        sys.path[:] = before
        sys.modules.pop("cut_here", None)
    lines = caught.value.traceback.splitlines()
    assert lines[1] == f'  File "{tmp_path / "cut_here.py"}", line 5, in <module>'
    assert "importlib" not in caught.value.traceback


def test_one_line() -> None:
    assert one_line(ValueError("first\nsecond")) == "ValueError: first"
    assert one_line(ValueError()) == "ValueError"


def test_a_repr_that_ends_everything_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """reprlib catches what repr() raises; should it not, the error is told all the same."""

    def fail(value: object) -> str:
        raise MemoryError

    monkeypatch.setattr(tracebacks._repr, "repr", fail)
    try:
        value = 1
        raise LookupError(value)
    except LookupError as error:
        event = tracebacks.app_error(error, 1, None)
    assert ("value", "<repr failed: MemoryError>") in event.frames[-1].locals


def test_code_without_a_source() -> None:
    """As an app from a frozen program or from exec has it."""
    space: dict[str, object] = {}
    exec(compile("def app():\n    raise LookupError('gone')", "<made up>", "exec"), space)
    app: Any = space["app"]
    try:
        app()
    except LookupError as error:
        event = tracebacks.app_error(error, 1, None)
    assert (event.frames[-1].function, event.frames[-1].source) == ("app", ())
    event = tracebacks.app_breach("short", app.__code__, 2, 1, 1)
    assert event.text == '  File "<made up>", line 2, in app\nAppBreach: short\n'
