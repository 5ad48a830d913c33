"""Frames of an error: places, columns, templates, what is behind it, and what is left out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from server.base import limits
from server.events import AppError, Cause, Frame, decode, encode
from server.reporting.app_errors import Known, compose
from server.reporting.captured import capture


def described(work: Callable[[], object]) -> AppError:
    """The event of what ``work`` raises, without asking anything of the app."""
    try:
        work()
    except BaseException as error:
        event = compose(capture(error), Known(), 1, None, 0.0)
        assert decode(encode(event)) == event
        return event
    raise AssertionError("nothing was raised")


def loaded(source: str, file: Path) -> dict[str, Any]:
    file.write_text(source, encoding="utf-8")
    module = ModuleType("app")
    exec(compile(source, str(file), "exec"), module.__dict__)
    return module.__dict__


def in_file(event: AppError | Cause, file: Path) -> list[Frame]:
    return [frame for frame in event.frames if frame.file == str(file)]


SOURCE = """
def work(basket):
    total = 0
    names = "äöü", price(basket["a"])["no"], 1
    return names


def price(one):
    return {"b": one}
"""


def test_source_columns_and_what_had_no_value_yet(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    space = loaded(SOURCE, file)
    (frame,) = in_file(described(lambda: space["work"]({"a": 1})), file)
    assert (frame.line, frame.own, frame.template) == (4, True, False)
    assert (len(frame.source), frame.first_line) == (9, 1)
    assert dict(frame.locals) == {"basket": "{'a': 1}", "total": "0"}
    assert dict(frame.types) == {"basket": "dict", "total": "int", "names": ""}
    if sys.version_info >= (3, 11):
        assert frame.columns is not None
        line = frame.source[frame.line - frame.first_line]
        assert line[slice(*frame.columns)] == 'price(basket["a"])["no"]'
        assert frame.end_line == 4


def test_frames_of_libraries_are_not_the_user_s_own(tmp_path: Path) -> None:
    event = described(lambda: json.loads("{nope"))
    assert [frame.own for frame in event.frames] == [True, True, False, False, False]
    assert Path(event.group.split(" · ")[1]) == Path(__file__)


def test_a_view_stays_however_deep_a_library_goes() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]

    def view() -> str:
        return json.dumps(nested, indent=1)  # in Python, frame by frame

    before = sys.getrecursionlimit()
    sys.setrecursionlimit(700)
    try:
        event = described(view)
    finally:
        sys.setrecursionlimit(before)
    assert event.type == "RecursionError"
    assert "view" in [frame.function for frame in event.frames if frame.own]
    real = [frame for frame in event.frames if frame.line]
    assert len(real) <= limits.ERROR_FRAMES + 6


def test_the_right_number_is_left_out(tmp_path: Path) -> None:
    """Also where there is no room for all of the frames that are left."""
    file = tmp_path / "app.py"
    space = loaded(
        "def work(n):\n    big = '\N{SNOWMAN}' * 100_000\n"
        + "".join(f"    a{i} = [big] * 3\n" for i in range(50))
        + "    return work(n - 1) if n else 1 / 0\n",
        file,
    )
    event = described(lambda: space["work"](500))
    shown = len(in_file(event, file))
    marks = [frame for frame in event.frames if not frame.line]
    left_out = sum(int(mark.function.split()[0].replace(",", "")) for mark in marks)
    assert shown + left_out == 501
    kept = json.dumps(json.loads(encode(event)), ensure_ascii=False)
    assert len(kept.encode()) < limits.ERROR * 1.1  # with the names of the fields


def test_causes_and_contexts(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    space = loaded(
        "def work():\n    try:\n        try:\n            1 / 0\n"
        "        except ZeroDivisionError:\n            raise KeyError('context')\n"
        "    except KeyError as error:\n        raise LookupError('top') from error\n",
        file,
    )
    event = described(space["work"])
    (cause,) = event.causes
    assert (cause.relation, cause.type, cause.message) == ("cause", "KeyError", "'context'")
    assert in_file(cause, file)[-1].line == 6
    (context,) = cause.causes
    assert (context.relation, context.type) == ("context", "ZeroDivisionError")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="without ExceptionGroup")
def test_groups(tmp_path: Path) -> None:
    group: Any = sys.modules["builtins"].ExceptionGroup  # type: ignore[attr-defined]

    def work() -> None:
        raise group("two", [ValueError("one"), KeyError("other")])

    event = described(work)
    assert [(cause.relation, cause.type) for cause in event.causes] == [
        ("group", "ValueError"), ("group", "KeyError"),
    ]  # fmt: skip


def test_the_group_stays_while_lines_move(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    groups = set()
    for before in ("", "# one\n# two\n"):
        space = loaded(f"{before}def work():\n    return {{}}['gone']\n", file)
        groups.add(described(space["work"]).group)
    assert groups == {f"KeyError · {file} · work · return {{}}['gone']"}


def test_frames_of_jinja2(tmp_path: Path) -> None:
    jinja2 = pytest.importorskip("jinja2")
    file = tmp_path / "page.html"
    file.write_text("<p>\n{{ item.price.cents }}\n</p>\n")
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(tmp_path))
    event = described(lambda: environment.get_template("page.html").render(item={"a": 1}))
    (frame,) = in_file(event, file)
    assert (frame.line, frame.template, frame.own) == (2, True, True)
    assert frame.source[1] == "{{ item.price.cents }}"
    assert dict(frame.locals) == {"item": "{'a': 1}"}


def test_frames_of_django(tmp_path: Path) -> None:
    pytest.importorskip("django")
    from django.conf import settings
    from django.template import Context, Engine, TemplateSyntaxError

    if not settings.configured:
        settings.configure()
    (tmp_path / "base.html").write_text("<p>\n{% block body %}{% endblock %}\n")
    page = tmp_path / "page.html"
    page.write_text(
        "{% extends 'base.html' %}\n{% block body %}\n\n{{ broken.call }}{% endblock %}"
    )
    broken = tmp_path / "broken.html"
    broken.write_text("one\n{% nothing %}\n")
    engine = Engine(dirs=[str(tmp_path)])

    class Broken:
        def call(self) -> None:
            raise LookupError("in a template")

    event = described(
        lambda: engine.get_template("page.html").render(Context({"broken": Broken()}))
    )
    frames = [frame for frame in event.frames if frame.template]
    assert (frames[-1].file, frames[-1].line) == (str(page), 4)
    assert frames[-1].function == "broken.call"
    assert frames[-1].own
    event = described(lambda: engine.get_template("broken.html"))
    assert event.type.endswith(TemplateSyntaxError.__name__)
    assert [frame.line for frame in in_file(event, broken)] == [2]


def test_an_expression_longer_than_the_source_shown_has_no_columns(tmp_path: Path) -> None:
    file = tmp_path / "long.py"
    lines = "\n".join(f"        {number}," for number in range(20))
    space = loaded(f"def work():\n    return int(\n{lines}\n    )\n", file)
    (frame,) = in_file(described(space["work"]), file)
    assert (frame.line, frame.columns, frame.end_line) == (2, None, 0)


def test_a_syntax_error_without_a_place_adds_no_frame() -> None:
    def work() -> None:
        raise SyntaxError("made by hand")

    assert {frame.file for frame in described(work).frames} == {__file__}
