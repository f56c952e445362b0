"""Values computed twice are compared by what they hold, and the first difference is named."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import functools
import pickle
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest

from parmagic.measure.equality.equal import first_difference, first_item

NAN = float("nan")


class Plain:
    """A class without an `__eq__` of its own."""

    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)


class Slotted:
    """A class without an `__eq__`, whose state is in slots."""

    __slots__ = ("x",)

    def __init__(self, x: object) -> None:
        self.x = x


@dataclasses.dataclass
class Point:
    """A dataclass, whose generated `__eq__` fails on arrays."""

    x: object
    note: object = dataclasses.field(default=None, compare=False)


class Pair(NamedTuple):
    """A named tuple."""

    first: object
    second: object


class Raising:
    """A class whose `==` raises."""

    def __init__(self, x: object) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


class Counted:
    """A class that counts how often its instances are taken apart."""

    looks = 0

    def __init__(self, x: object) -> None:
        self.x = x

    def __reduce_ex__(self, protocol: Any) -> Any:
        Counted.looks += 1
        return super().__reduce_ex__(protocol)


class Tolerant:
    """A class whose own `==` says that all of its kind are equal."""

    def __init__(self, x: object) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tolerant)

    __hash__ = None  # type: ignore[assignment]


def made() -> list[object]:
    """Make one of everything, anew each time, so that nothing is the same object."""
    cyclic: list[object] = [1]
    cyclic.append(cyclic)
    looped = Plain(name="loop")
    looped.__dict__["self"] = looped
    return [
        [1, 2.5, "a", b"b", None, True, 1j],
        [NAN, (NAN, {"x": NAN}), {NAN}, {NAN: 1}, complex(NAN, 0), Decimal("NaN"), np.float64(NAN)],
        {"a": [1, {2, 3}], (1, 2): frozenset({4})},
        deque([1, 2]),
        defaultdict(list, a=[1]),
        OrderedDict(a=1),
        Counter("abca"),
        Pair(1, NAN),
        Plain(x=1, y=[Plain(z=NAN)]),
        Slotted([NAN]),
        Point(np.arange(3.0), note=object()),
        Raising([1, 2]),
        Tolerant(object()),
        {Plain(x=1): "key", Plain(x=2): "other"},
        {Plain(x=1), Plain(x=2)},
        ValueError("bad", 1),
        dt.datetime(2024, 5, 1, tzinfo=dt.UTC),
        Fraction(1, 3),
        functools.partial(int, base=2),
        lambda x: x + 1,
        object(),
        Plain,
        len,
        range(3),
        cyclic,
        looped,
        np.array([1.0, NAN]),
        np.array([1, NAN], dtype=object),
        np.array(["a", "b"]),
        np.array([], dtype=int),
        np.array(3),
        np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        np.ma.array([1, 2], mask=[True, False]),
        np.datetime64("NaT", "s"),
        np.random.default_rng(0).normal(size=(3, 4)),
    ]


@pytest.mark.parametrize("index", range(len(made())))
def test_what_is_made_twice_is_equal(index: int) -> None:
    """Every kind of value equals another that was made in the same way."""
    first, second = made()[index], made()[index]

    assert first_difference(first, second) is None
    assert first_difference([0, first], [0, second]) is None


@pytest.mark.parametrize(
    ("expected", "actual", "said"),
    [
        (9, 10, "9 serially, 10 in parallel"),
        ([1, 4, 9], [1, 4, 10], "element [2]: 9 serially, 10 in parallel"),
        ([1, 4], [1, 4, 9], "element [2]: nothing serially, 9 in parallel"),
        ([1, 4], (1, 4), "[1, 4] serially, (1, 4) in parallel"),
        ([None, {"mean": 1.5}], [None, {"mean": 2.5}], "element [1], key 'mean': 1.5 serially, "),
        ({"a": 1}, {"b": 1}, "key 'a': 1 serially, nothing in parallel"),
        ({"a": 1}, {"a": 1, "b": 2}, "key 'b': nothing serially, 2 in parallel"),
        ({1, 2}, {1, 3}, "member: 2 serially, nothing in parallel"),
        ({1}, {1, 3}, "member: nothing serially, 3 in parallel"),
        (Pair(1, 2), Pair(1, 3), "field 'second': 2 serially, 3 in parallel"),
        (Point([1]), Point([2]), "field 'x', element [0]: 1 serially, 2 in parallel"),
        (Plain(x=1), Plain(x=2), "attribute 'x': 1 serially, 2 in parallel"),
        (Plain(x=1), Plain(), "attribute 'x': 1 serially, nothing in parallel"),
        (Slotted(1), Slotted(2), "attribute 'x': 1 serially, 2 in parallel"),
        (Raising(1), Raising(2), "attribute 'x': 1 serially, 2 in parallel"),
        (ValueError(1), ValueError(2), "arguments, element [0]: 1 serially, 2 in parallel"),
        (ValueError(1), KeyError(1), "ValueError(1) serially, KeyError(1) in parallel"),
        (Fraction(1, 3), Fraction(2, 3), "Fraction(1, 3) serially, Fraction(2, 3) in parallel"),
        (functools.partial(int, base=2), functools.partial(int, base=8), "key 'base': 2 serially"),
        (1.0, NAN, "1.0 serially, nan in parallel"),
        (0.1 + 0.2, 0.3, "0.30000000000000004 serially, 0.3 in parallel"),
        ("a" * 99 + "b" * 99, "a" * 99 + "c" + "b" * 98, "...'aaaaabbbbbbbbbb'... serially, "),
        (np.zeros(2), np.zeros(3), "shape: (2,) serially, (3,) in parallel"),
        (np.zeros(2), np.zeros(2, "f4"), "dtype: float64 serially, float32 in parallel"),
        (np.eye(2), np.ones((2, 2)), "element [0, 1]: 0.0 serially, 1.0 in parallel"),
        (np.array(3), np.array(4), "3 serially, 4 in parallel"),
        (np.ma.array([1, 2], mask=[True, False]), np.ma.array([1, 2]), "mask, element [0]: True"),
    ],
)
def test_the_first_difference_is_named(expected: object, actual: object, said: str) -> None:
    """The place, and both values there."""
    assert said in str(first_difference(expected, actual))


def test_the_item_is_told_from_what_its_value_holds() -> None:
    """Item 0 and element [1] of its value are no two items."""
    assert first_item([(1, 2), 3], [(1, 9), 4]) == "item 0, element [1]: 2 serially, 9 in parallel"
    assert first_item([3, {"a": [5]}], [3, {"a": [6]}]) == (
        "item 1, key 'a', element [0]: 5 serially, 6 in parallel"
    )
    assert first_item([3], [3, 4]) == "item 1: nothing serially, 4 in parallel"
    assert first_item(iter("ab"), ["a", "b"]) is None


def test_lambdas_that_do_the_same_are_equal_and_others_are_not() -> None:
    """A function is what its code, its defaults and what it encloses are."""

    def adder(n: int) -> Any:
        return lambda x, y=0: x + y + n

    assert first_difference(adder(1), adder(1)) is None
    assert first_difference(adder(1), adder(2)) == "closure: 1 serially, 2 in parallel"


def test_what_travelled_through_a_pickle_is_equal() -> None:
    """Objects that come back from a process are other objects with the same contents."""
    value = [Plain(x=Slotted(np.arange(3)))]

    assert first_difference(value, pickle.loads(pickle.dumps(value))) is None


def test_depth_does_not_stop_the_comparison() -> None:
    """A list nested deeper than Python's recursion goes is compared to its end."""

    def nested(end: object) -> object:
        value = end
        for _ in range(50_000):
            value = [value]
        return value

    first, second, third = nested(1), nested(1), nested(2)

    assert first_difference(first, second) is None
    assert str(first_difference(first, third)).endswith("1 serially, 2 in parallel")
    for value in (first, second, third):  # taken apart by hand, for deep lists are freed deeply
        rest: Any = value
        while isinstance(rest, list):
            rest = rest.pop()


def test_shared_parts_are_compared_once() -> None:
    """A value that holds the same part many times does not take exponential time."""

    def doubled() -> object:
        value: object = [1]
        for _ in range(60):
            value = [value, value]
        return value

    assert first_difference(doubled(), doubled()) is None


def test_members_of_large_sets_are_not_all_compared_with_each_other() -> None:
    """Though they are compared by identity, and each has its equal somewhere in the other set."""
    Counted.looks = 0

    assert (
        first_difference({Counted(x) for x in range(500)}, {Counted(x) for x in range(500)}) is None
    )

    assert Counted.looks < 10_000


def test_a_difference_behind_a_cycle_is_found() -> None:
    """A value that holds itself is walked through once, and to its end."""
    first: list[object] = []
    first.extend([first, 1])
    second: list[object] = []
    second.extend([second, 2])

    assert first_difference(first, second) == "element [1]: 1 serially, 2 in parallel"


def test_values_that_are_made_when_asked_for_are_all_compared() -> None:
    """Objects that live only for a moment may share an address: that must not hide one."""

    class Lazy(list[object]):
        def __init__(self, last: int) -> None:
            super().__init__([0] * 200)
            self.last = last

        def __iter__(self) -> Any:
            return ([number if number < 199 else self.last] for number in range(200))

    assert first_difference([Lazy(1)], [Lazy(1)]) is None
    assert "element [199], element [0]: 1 serially" in str(first_difference([Lazy(1)], [Lazy(2)]))


def test_a_repr_that_raises_does_not_hide_the_difference() -> None:
    """Values that cannot be shown are named by their class."""

    class Shy(Fraction):
        def __repr__(self) -> str:
            raise RuntimeError

    assert "Shy" in str(first_difference([Shy(1)], [Shy(2)]))


def test_long_values_are_shortened() -> None:
    """The sentence stays one line that can be read."""
    said = str(first_difference([list(range(10**5))], [dict.fromkeys(range(10**4), "x" * 99)]))

    assert len(said) < 200
    assert "\n" not in said


def test_frames_are_compared_by_column_and_row() -> None:
    """A pandas frame equals its copy, NaN included, and differs by column, row, index or type."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, NAN], "c": ["x", None]})
    other = copy.deepcopy(frame)
    other.loc[1, "a"] = 3
    moved = frame.set_axis(["p", "q"])

    assert first_difference(frame, copy.deepcopy(frame)) is None
    assert first_difference([frame], [other]) == (
        "element [0], column 'a', row 1: 2 serially, 3 in parallel"
    )
    assert "index: RangeIndex(start=0, stop=2" in str(first_difference(frame, moved))
    assert "column 'a', dtype: int64" in str(first_difference(frame, frame.astype({"a": float})))
    assert "shape: (2, 3) serially" in str(first_difference(frame, frame[["a"]]))
    assert first_difference(frame["b"], frame["b"].copy()) is None
    assert "row 0: 0.5 serially, 2.5" in str(first_difference(frame["b"], frame["b"] + 2))
