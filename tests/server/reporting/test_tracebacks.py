"""Exceptions as events: the frames that matter, bounded, whatever the app's objects do."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from server.base import limits
from server.errors import AppLoadError
from server.events import AppError, Event, decode, encode
from server.reporting import tracebacks
from server.reporting.app_errors import breach
from server.reporting.captured import capture
from server.reporting.describe import Described, Describer
from server.reporting.tracebacks import one_line


def app_error(error: BaseException, id: int, request_id: int | None) -> AppError:
    """The event of an exception, with time enough for a busy machine."""
    found: list[Event] = []
    describer = Describer(found.append, seconds=20)
    described = Described(capture(error), id, request_id)
    describer.release(described)
    assert described.emitted.wait(30)
    describer.close()
    (event,) = found
    assert isinstance(event, AppError)
    return event


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
    assert len(shown["big"]) <= limits.ERROR_LOCAL
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
    assert len(event.frames) == limits.ERROR_FRAMES + 1
    assert len(event.text) < 20_000


def test_outermost_and_innermost_frames_stay(tmp_path: Path) -> None:
    source = "def work(n=200):\n    return other(n - 1)\n\n\ndef other(n):\n"
    event = run(source + "    return work(n) if n else 1 / 0\n", tmp_path / "app.py")
    assert event.frames[0].function == "run"
    assert dict(event.frames[1].locals)["n"] == "200"
    assert dict(event.frames[-1].locals)["n"] == "0"
    (mark,) = [frame for frame in event.frames if frame.file == "<…>"]
    assert mark.function == f"{401 - limits.ERROR_FRAMES} frames left out"
    assert mark.function in event.text


def test_errors_are_bounded_in_bytes(tmp_path: Path) -> None:
    """Each part, and all of it together, whatever the characters; what was cut says so."""
    event = run(
        "def work(n=30):\n"
        + "".join(f"    a{i} = b{i} = 'ü' * 100_000\n" for i in range(40))
        + "    if n:\n        return work(n - 1)\n    raise ValueError('é' * 1_000_000)\n",
        tmp_path / "app.py",
    )
    assert len(event.message.encode()) <= limits.ERROR_MESSAGE
    assert event.message.startswith("éééé")
    assert event.message.endswith("… (16,384 of 2,000,000 bytes kept)")
    assert limits.ERROR_TEXT - 10 < len(event.text.encode()) <= limits.ERROR_TEXT
    assert "… (262,144 of 2,0" in event.text
    assert event.text.startswith("Traceback (most")
    shown = dict(event.frames[-1].locals)["a1"]
    assert len(shown.encode()) <= limits.ERROR_LOCAL
    assert shown.startswith("'üüü")
    assert shown.endswith(" bytes kept)")
    assert event.frames[0].function == "run"
    assert dict(event.frames[1].locals)["n"] == "30"
    assert dict(event.frames[-1].locals)["n"] == "0"
    assert "frames left out" in "".join(frame.function for frame in event.frames)
    kept = json.dumps(json.loads(encode(event)), ensure_ascii=False)
    assert len(kept.encode()) < limits.ERROR * 1.05  # with the names of the fields


def test_whatever_is_long_is_bounded(tmp_path: Path) -> None:
    """Names, lines of the source, notes, many errors in one, and chains of them."""
    long = "x" * 100_000
    event = run(
        f"def work():\n    {long} = 1\n    error = type({long!r}, (Exception,), {{}})()\n"
        f"    error.__notes__ = [{long!r}] * 20\n    raise error  # {long}\n",
        tmp_path / "app.py",
    )
    assert len(event.type) <= limits.ERROR_NAME
    assert len(event.text) <= limits.ERROR_TEXT
    assert len(encode(event)) < 100_000 + limits.ERROR_TEXT
    assert all(len(line) <= limits.ERROR_SOURCE_LINE for line in event.frames[-1].source)
    chain: BaseException | None = None
    for number in range(3_000):
        error = ValueError(str(number) * 1_000)
        error.__cause__, chain = chain, error
    assert chain is not None
    event = app_error(chain, 1, None)
    assert len(event.text.encode()) <= limits.ERROR_TEXT
    assert event.message.startswith("2999")


def test_sentences_are_bounded() -> None:
    long = ValueError("x" * 100_000)
    assert len(one_line(long).encode()) == limits.ERROR_SENTENCE
    assert one_line(long).endswith("of 100,012 bytes kept)")
    message = AppLoadError("app-import", f"It failed: {long}").message
    assert len(message.encode()) == limits.ERROR_MESSAGE


ODD = """
class Meta(type):
    def __getattribute__(cls, name):
        if name == "__module__":
            return 7
        raise SystemExit(name)
class Odd(Exception, metaclass=Meta):
    def __str__(self):
        raise SystemExit("str")
    __repr__ = __str__
class Bare(Exception):
    pass
Bare.__module__ = None
class Text(str):
    def __str__(self):
        raise GeneratorExit
    __len__ = encode = __str__
class Lying(Exception):
    def __str__(self):
        return Text("text")
class Leaves:
    def __repr__(self):
        raise GeneratorExit
class NoDirectory(AttributeError):
    name = "x"
    @property
    def obj(self):
        raise SystemExit("obj")
def odd():
    mine = Leaves()
    raise Odd()
def bare():
    raise Bare("bare")
def lying():
    raise Lying()
def nothing():
    raise NoDirectory("nothing")
def half():
    raise ValueError("\\ud800")
"""


@pytest.mark.parametrize(
    ("name", "type", "message"),
    [
        ("odd", "app.Odd", "<its message can't be shown: SystemExit>"),
        ("bare", "Bare", "bare"),
        ("lying", "app.Lying", "text"),
        ("nothing", "app.NoDirectory", "nothing"),
        ("half", "ValueError", "\\ud800"),
    ],
)
def test_odd_exceptions(tmp_path: Path, name: str, type: str, message: str) -> None:
    event = run(ODD, tmp_path / "app.py", name)
    assert (event.type, event.message) == (type, message)
    assert event.frames[-1].function == name
    assert 'app.py", line' in event.text
    assert decode(encode(event)) == event
    if name == "odd":
        assert ("mine", "<repr failed: GeneratorExit>") in event.frames[-1].locals


def test_where_no_memory_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Then Python's own traceback can't be made, either."""

    def fail(*args: object, **options: object) -> None:
        raise MemoryError

    monkeypatch.setattr(tracebacks.traceback, "TracebackException", fail)
    event = run("def work():\n    raise MemoryError\n", tmp_path / "app.py")
    assert event.text.endswith(f'File "{tmp_path}/app.py", line 2, in work\nMemoryError\n')


def test_the_server_s_own_frames_are_cut(tmp_path: Path) -> None:
    from server.app.load import load_app

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


def test_code_without_a_source() -> None:
    """As an app from a frozen program or from exec has it."""
    space: dict[str, object] = {}
    exec(compile("def app():\n    raise LookupError('gone')", "<made up>", "exec"), space)
    app: Any = space["app"]
    try:
        app()
    except LookupError as error:
        event = app_error(error, 1, None)
    assert (event.frames[-1].function, event.frames[-1].source) == ("app", ())
    event = breach("short", app.__code__, 2, 1, 1)
    assert event.text == '  File "<made up>", line 2, in app\nAppBreach: short\n'
