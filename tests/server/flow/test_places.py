"""The user's own line: in Python, in templates, behind libraries."""

from __future__ import annotations

import json
import linecache
import re
import sys
import threading
import types

import django
import jinja2
from django.template import Context, Engine
from django.template.base import Node
from spankit import here

from server.flow import places
from server.flow.places import NOWHERE, own_line, own_line_of


def test_the_innermost_own_line_wins():
    assert own_line() == (__file__, here(), "test_the_innermost_own_line_wins")


def test_libraries_are_passed_over():
    found = []
    json.loads("{}", object_hook=lambda value: found.append((own_line(), here())))
    (place, line), = found  # fmt: skip
    assert place == (__file__, line, "<lambda>")

    found = [re.sub("x", lambda match: own_line()[2], "x")]
    assert found == ["<lambda>"]


def nested(call, levels):
    """A function of a library that calls another one through as many frames of the library's."""
    code = "\n".join(
        f"def level{number}(*args):\n    return level{number - 1}(*args)"
        for number in range(1, levels + 1)
    )
    library = {"level0": call}
    exec(compile(code, "/somewhere/site-packages/library.py", "exec"), library)
    return library[f"level{levels}"]


def test_what_is_asked_again_by_the_same_way_is_found_without_following_it(monkeypatch):
    ask = nested(lambda: own_line(2, "SELECT 1"), 12)
    searched = []
    search = places._searched
    monkeypatch.setattr(places, "_searched", lambda frame: searched.append(1) or search(frame))
    line = here() + 1
    found = [ask() for _ in range(5)]
    assert {(place[0], place[1]) for place in found} == {(__file__, line)}
    assert len(searched) == 1


def test_what_is_asked_again_by_another_way_is_looked_for_again():
    asks = nested(lambda: own_line(2, "SELECT 2"), 6)
    plain = nested(asks, 6)

    def between():  # in the place of one of the library's, so it is just as deep
        return asks()

    through = nested(between, 5)
    functions = [way()[2] for way in (plain, through, plain, through)]
    assert functions == ["<listcomp>", "between"] * 2


def test_a_template_of_jinjas_has_its_own_lines(tmp_path):
    (tmp_path / "page.html").write_text("one\n{% for item in items %}\n{{ asked() }}\n{% endfor %}")
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(tmp_path))
    found = []
    environment.get_template("page.html").render(items=[1], asked=_library_function(found))
    assert found == [(str(tmp_path / "page.html"), 3, "template")]


def test_a_template_of_djangos_has_its_own_lines(tmp_path):
    (tmp_path / "page.html").write_text("one\n\n{{ asked }}\n")
    engine = Engine(dirs=[tmp_path])
    found = []
    context = Context({"asked": _library_function(found)})
    engine.get_template("page.html").render(context)
    assert found == [(str(tmp_path / "page.html"), 3, "template")]


def test_an_odd_node_and_an_odd_name_among_the_globals_are_asked_nothing():
    class Odd(Node):
        def __getattribute__(self, name):
            if name in ("origin", "__dict__"):
                raise RuntimeError("asked")
            return super().__getattribute__(name)

    found = []
    Odd.render = _library_function(found)
    line = here() + 1
    Odd().render_annotated(Context())
    assert found[0][:2] == (__file__, line)

    asking = {"own_line": own_line, "__jinja_template__": "mine"}
    assert eval(compile("own_line()", "odd.py", "eval"), asking) == ("odd.py", 1, "<module>")


def test_a_template_of_a_library_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "page.html").write_text("\n{{ asked }}")
    engine = Engine(dirs=[tmp_path])
    template = engine.get_template("page.html")
    monkeypatch.setitem(places._files, str(tmp_path / "page.html"), places._OTHERS)
    found = []
    context = Context({"asked": _library_function(found)})
    template.render(context)
    assert found[0][0] == __file__


def test_where_no_frame_is_own_there_is_no_place():
    found = []
    thread = threading.Thread(target=_library_function(found))
    thread.start()
    thread.join()
    assert found == [NOWHERE]


def test_an_exception_comes_from_the_innermost_own_frame():
    try:
        json.loads("{", object_hook=None)
    except ValueError as error:
        line = here() - 2
        assert own_line_of(error) == (
            __file__, line, "test_an_exception_comes_from_the_innermost_own_frame",
        )  # fmt: skip
    assert own_line_of(ValueError()) == NOWHERE


def test_files_are_remembered_within_bounds(monkeypatch):
    monkeypatch.setattr(places, "_files", {})
    monkeypatch.setattr(places, "_MOST_FILES", 2)
    for name in ("/a.py", "/b.py", "/c.py"):
        places._whose(name)
    assert len(places._files) <= 2
    linecache.checkcache()


def _library_function(found):
    """A function as if it were written in a library: it records whose line calls it."""
    code = compile("def call(*args): found.append(own_line())", django.__file__, "exec")
    space = {"found": found, "own_line": own_line}
    exec(code, space)
    return space["call"]


def test_in_a_greenlet_the_line_is_that_of_the_one_which_has_switched_to_it(monkeypatch):
    outer = types.SimpleNamespace(gr_frame=sys._getframe(), parent=None)
    inner = types.SimpleNamespace(gr_frame=None, parent=outer)
    library = types.ModuleType("greenlet")
    monkeypatch.setitem(sys.modules, "greenlet", library)
    assert nowhere() is NOWHERE  # another version of it
    library.getcurrent = lambda: inner
    assert nowhere() == (__file__, here(), sys._getframe().f_code.co_name)
    outer.gr_frame = None
    outer.parent = outer  # without an end
    assert nowhere() is NOWHERE


def nowhere():
    """The line that is asked for by a thread without any frame of its own."""
    found = []
    thread = threading.Thread(target=_library_function(found))
    thread.start()
    thread.join()
    return found[0]
