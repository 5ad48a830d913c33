"""Frozen dataclasses that are cheap to define: they behave as the standard library's."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import threading
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

from server.base import values


@values.dataclass(frozen=True)
class Point:
    """A place; at the module's level, where it can be pickled."""

    x: float
    y: float = 0.0


def make(dataclass: Callable[..., Any]) -> Any:
    """A class with a field of every kind."""

    @dataclass(frozen=True)
    class Order:
        """What a customer wants."""

        id: int
        customer: str
        coupon: str | None = None
        lines: list[str] = field(default_factory=list)
        remark: str = field(default="", compare=False)
        parts: Any = field(default=(), hash=False)
        secret: str = field(default="", repr=False)

        @property
        def title(self) -> str:
            return f"{self.id}: {self.customer}"

    return Order


@pytest.fixture(params=[dataclasses, values], ids=["standard", "own"])
def order(request: pytest.FixtureRequest) -> Any:
    return make(request.param.dataclass)


def test_arguments(order: Any) -> None:
    made = order(1, customer="Ada", coupon="X")
    assert (made.id, made.customer, made.coupon, made.lines) == (1, "Ada", "X", [])
    assert made.title == "1: Ada"
    assert order(1, "Ada").lines is not order(1, "Ada").lines
    lines = ["one"]
    assert order(1, "Ada", None, lines).lines is lines
    for wrong in (lambda: order(), lambda: order(1), lambda: order(1, "Ada", other=1)):
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            wrong()


def test_nothing_can_be_set_or_deleted(order: Any) -> None:
    made = order(1, "Ada")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'id'"):
        made.id = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'id'"):
        del made.id
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.other = 2
    assert vars(made).keys() == {item.name for item in dataclasses.fields(order)}


def test_comparison_and_hash(order: Any) -> None:
    one = order(1, "Ada", lines=(), remark="here")
    assert one == order(1, "Ada", lines=(), remark="there")
    assert one != order(1, "Ada", lines=(), secret="other")
    assert one != (1, "Ada")
    assert hash(one) == hash(order(1, "Ada", lines=(), parts=[]))
    assert one != make(values.dataclass)(1, "Ada", lines=())  # another class with the same fields
    not_a_number = float("nan")
    assert Point(not_a_number) == Point(not_a_number)  # as tuples of them are


def test_hash_needs_values_that_have_one(order: Any) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(order(1, "Ada"))


def test_text(order: Any) -> None:
    made = order(1, "Ada", secret="hidden")
    expected = "Order(id=1, customer='Ada', coupon=None, lines=[], remark='', parts=())"
    assert repr(made) == f"make.<locals>.{expected}"
    made.lines.append(made)
    assert "lines=[...]" in repr(made)


def test_dataclasses_functions_take_it(order: Any) -> None:
    made = order(1, "Ada", lines=["one"])
    assert dataclasses.is_dataclass(order)
    assert dataclasses.replace(made, id=2) == order(2, "Ada", lines=["one"])
    assert dataclasses.asdict(made)["lines"] == ["one"]
    assert [item.name for item in dataclasses.fields(made)][:3] == ["id", "customer", "coupon"]
    assert order.__doc__ == "What a customer wants."


@pytest.mark.parametrize("dataclass", [dataclasses.dataclass, values.dataclass])
def test_methods_of_its_own_are_kept(dataclass: Callable[..., Any]) -> None:
    @dataclass(frozen=True)
    class Share:
        percent: int

        def __post_init__(self) -> None:
            if self.percent > 100:
                raise ValueError("more than all")

        def __repr__(self) -> str:
            return f"{self.percent} %"

    assert repr(Share(4)) == "4 %"
    with pytest.raises(ValueError, match="more than all"):
        Share(101)


def test_copies() -> None:
    point = Point(1, 2)
    for same in (pickle.loads(pickle.dumps(point)), copy.copy(point), copy.deepcopy(point)):
        assert same == point
        assert same is not point


def test_without_fields() -> None:
    @values.dataclass(frozen=True)
    class Nothing:
        """Nothing at all."""

    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(())
    assert repr(Nothing()).endswith("Nothing()")


def test_first_instances_in_many_threads() -> None:
    for _ in range(20):
        order = make(values.dataclass)
        begin = threading.Barrier(8)
        made: list[Any] = []

        def run(order: Any = order, begin: Any = begin, made: Any = made) -> None:
            begin.wait(30)
            made.append(order(1, customer="Ada"))

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert [value.id for value in made] == [1] * 8


def test_init_is_compiled_for_the_first_instance_and_then_used() -> None:
    order = make(values.dataclass)
    before = order.__init__
    order(1, "Ada")
    compiled = order.__init__
    assert compiled is not before
    assert compiled.__qualname__ == "make.<locals>.Order.__init__"
    order(2, "Ada")
    assert order.__init__ is compiled


def test_other_classes_are_the_standard_librarys() -> None:
    @values.dataclass
    class Counter:
        """Counts."""

        value: int = 0

    @values.dataclass(frozen=True, slots=True)
    class Small:
        """Has slots."""

        value: int = 0

    counter = Counter()
    counter.value = 1
    assert counter == Counter(1)
    assert not hasattr(Small(), "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        Small().value = 1  # type: ignore[misc]
