"""server.flow.stages: what a stage is called and where it is written, for each kind of callable."""

from __future__ import annotations

import functools
import gc
import linecache
from pathlib import Path

import pytest

from server.flow import stages as flow_stages
from server.flow.stages import full_name, function_stage, named_stage, nested_function

HERE = f"{__name__}."
LINES = Path(__file__).read_text().splitlines()


def plain():
    def inside():
        return 1

    return inside()


def repeated(times):
    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args):
            return [function(*args) for _ in range(times)]

        return wrapper

    return decorator


@repeated(2)
@repeated(
    3,
)
def decorated():
    pass


class Shop:
    def list(self):
        pass

    @classmethod
    def open(cls):
        pass

    def __call__(self):
        pass


class Generic:
    """As ``View.as_view()`` of Flask and Django makes a function of it."""

    @classmethod
    def as_view(cls, attribute):
        def view():
            pass

        setattr(view, attribute, cls)
        return view


def shown(stage):
    return stage.name.replace(HERE, ""), stage.file, stage.line and LINES[stage.line - 1].strip()


@pytest.mark.parametrize(
    ("function", "name", "line"),
    [
        (plain, "plain", "def plain():"),
        (decorated, "decorated", "def decorated():"),
        (Shop().list, "Shop.list", "def list(self):"),
        (Shop.open, "Shop.open", "def open(cls):"),
        (Shop(), "Shop", "def __call__(self):"),
        (Shop, "Shop", "class Shop:"),
        (functools.partial(plain), "plain", "def plain():"),
        (functools.partial(functools.partial(Shop().list)), "Shop.list", "def list(self):"),
        (Generic.as_view("view_class"), "Generic", "class Generic:"),
        (Generic.as_view("cls"), "Generic", "class Generic:"),
    ],
    ids=["function", "decorators", "method", "class method", "object", "class", "partial",
         "partial method", "Flask's view", "REST framework's view"],
)  # fmt: skip
def test_the_users_own_function_is_named_and_found(function, name, line):
    assert shown(function_stage(function)) == (name, __file__, line)


def test_a_lambda_is_found():
    stage = function_stage(lambda: 5)
    assert stage.name.endswith("<lambda>")
    assert "function_stage(lambda: 5)" in LINES[stage.line - 1]


@pytest.mark.parametrize("function", [len, [].append, "text".upper], ids=["len", "append", "upper"])
def test_what_is_not_written_in_python_has_no_place(function):
    stage = function_stage(function)
    assert (stage.file, stage.line) == ("", 0)
    assert stage.name.endswith(function.__qualname__)


def test_a_class_that_is_not_in_a_file_has_no_place():
    made = type("Made", (), {"__module__": "nowhere"})
    assert shown(function_stage(made)) == ("nowhere.Made", "", 0)


def test_an_object_that_answers_to_everything_oddly_is_shown_all_the_same():
    class Odd:
        @property
        def __code__(self):
            raise RuntimeError("no")

        def __call__(self):
            pass

    assert function_stage(Odd()).name.endswith("Odd")
    assert function_stage(Odd()).file == ""


def test_decorators_without_end_are_left():
    def endless():
        pass

    endless.__wrapped__ = endless
    assert function_stage(endless).name.endswith("endless")


def test_the_line_where_the_source_is_not_at_hand():
    scope: dict[str, object] = {}
    exec(compile("\n\ndef shop():\n    pass\n", "/nowhere/shop.py", "exec"), scope)
    stage = function_stage(scope["shop"])
    assert (stage.file, stage.line) == ("/nowhere/shop.py", 3)


def test_the_line_of_the_first_decorator_where_the_definition_is_too_far(tmp_path):
    file = tmp_path / "far.py"
    lines = "".join(f"    {number},\n" for number in range(100))
    file.write_text(
        f"def same(*unused):\n    return lambda f: f\n\n@same(\n{lines})\ndef far(): 1\n"
    )
    scope: dict[str, object] = {}
    exec(compile(file.read_text(), str(file), "exec"), scope)
    assert function_stage(scope["far"]).line == 4
    linecache.checkcache(str(file))


def test_one_function_is_one_stage_and_its_implicit_twin_is_another():
    shop = Shop()
    assert function_stage(shop.list) is function_stage(Shop().list)
    implicit = function_stage(shop.list, implicit=True)
    assert implicit is function_stage(shop.list, implicit=True)
    assert (implicit.implicit, function_stage(shop.list).implicit) == (True, False)
    assert repr(implicit) == f"<Stage {HERE}Shop.list>"


def test_what_no_weak_reference_can_be_made_to_is_looked_up_each_time():
    class Slotted:
        __slots__ = ()

        def __call__(self):
            pass

    view = Slotted()
    assert function_stage(view) is function_stage(view)
    assert id(view) not in flow_stages._functions


def test_a_function_is_forgotten_when_it_is_gone():
    def gone():
        pass

    key = id(gone)
    function_stage(gone)
    assert key in flow_stages._functions
    del gone
    gc.collect()
    assert key not in flow_stages._functions


def test_a_function_in_the_place_of_one_that_is_gone_is_not_taken_for_it():
    def fresh():
        pass

    def old():
        pass

    function_stage(old)
    # As if the system had given the new one the place of the old one.
    flow_stages._functions[id(fresh)] = stale = flow_stages._functions.pop(id(old))
    assert function_stage(fresh).name.endswith("fresh")
    flow_stages._forget(id(fresh), stale[0])  # the old one's end, reported late
    assert id(fresh) in flow_stages._functions


def test_stages_are_kept_only_so_many(monkeypatch):
    monkeypatch.setattr(flow_stages, "_interned", {})
    monkeypatch.setattr(flow_stages, "_MAX_KEPT", 3)
    first = named_stage("step 0")
    assert named_stage("step 0") is first
    for number in range(1, 4):
        named_stage(f"step {number}")
    assert len(flow_stages._interned) == 1
    assert named_stage("step 0") is not first


def test_a_function_in_a_function():
    inside = nested_function(plain, "inside")
    assert inside is not None
    assert inside.co_name == "inside"
    assert nested_function(plain, "missing") is None
    assert nested_function(len, "inside") is None
    stage = named_stage("inside", inside)
    assert shown(stage) == ("inside", __file__, "def inside():")


def test_the_name_of_what_has_no_module():
    class Nameless:
        __module__ = None

        def __call__(self):
            pass

    assert full_name(Nameless()).endswith("Nameless")
    assert not full_name(Nameless()).startswith("None")
