"""Find the first place where the values of a parallel run differ from the serial ones.

Values that were computed twice, or that travelled between processes, are never the same objects:
so NaN equals NaN, and objects of a class without an `__eq__` of its own are equal when their types
and attributes are. The walk keeps its own stack, so that neither depth nor a cycle can stop it.
"""

from __future__ import annotations

import dataclasses
import pickle
import types
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import zip_longest
from typing import Any

from parmagic.measure.equality.pair import Different, Pair, Pairs, near, tolerance
from parmagic.measure.equality.tables import table_parts
from parmagic.modules.values.kinds import ATOMS
from parmagic.short import short


class _Nothing:
    """Stands where one side has an item and the other has none."""

    def __repr__(self) -> str:
        return "nothing"


_NOTHING = _Nothing()


def first_difference(expected: object, actual: object, *, close: float | None = None) -> str | None:
    """Name the first place where two values differ, and both values there; None if they are equal.

    For example `key 'mean', element [2]: 0.5 serially, 0.25 in parallel`. With `close`, numbers are
    equal if they differ by at most that part of the larger one, or by that much near 0.
    """
    return _first_difference(iter([Pair("", expected, actual)]), close)


def first_item(
    expected: Iterable[object], actual: Iterable[object], *, close: float | None = None
) -> str | None:
    """Name the first item of two runs whose values differ, as in `item 1, element [0]: 9 ...`."""
    pairs = enumerate(zip_longest(expected, actual, fillvalue=_NOTHING))
    return _first_difference((Pair(f"item {index}", *pair) for index, pair in pairs), close)


def _first_difference(outermost: Pairs, close: float | None) -> str | None:
    before = tolerance.set(tolerance.get() if close is None else close)
    try:
        return _walk(outermost)
    finally:
        tolerance.reset(before)


def _walk(outermost: Pairs) -> str | None:
    walk: list[Pairs] = [outermost]
    trail: list[str] = []
    # Pairs under comparison or already found equal, held so that their ids stay theirs.
    met: dict[tuple[int, int], Pair] = {}
    while walk:
        part = next(walk[-1], None)
        if part is None:
            walk.pop()
            if trail:
                trail.pop()
            if not trail:  # one more of the outermost is done
                met.clear()
            continue
        if isinstance(part, Different):
            return _sentence([*trail, part.place], part.expected, part.actual)
        pair = id(part.expected), id(part.actual)
        if part.expected is part.actual or pair in met:
            continue
        outcome = _compare(part.expected, part.actual)
        if outcome is False:
            return _sentence([*trail, part.place], *_shown(part.expected, part.actual))
        if outcome is not True:
            met[pair] = part
            walk.append(outcome)
            trail.append(part.place)
    return None


def _sentence(places: list[str], expected: str, actual: str) -> str:
    where = ", ".join(place for place in places if place)
    return f"{where}{': ' if where else ''}{expected} serially, {actual} in parallel"


def _shown(expected: Any, actual: Any) -> tuple[str, str]:
    """Shorten both values so that their difference can still be seen."""
    first, second = short(expected), short(actual)
    if first != second:
        return first, second
    if type(expected) is not type(actual):
        return f"{first} ({type(expected).__name__})", f"{second} ({type(actual).__name__})"
    if isinstance(expected, str | bytes):
        pairs = enumerate(zip_longest(expected, actual))
        at = next((i for i, (one, other) in pairs if one != other), 0)
        start, end = max(0, at - 5), at + 10
        return f"...{short(expected[start:end])}...", f"...{short(actual[start:end])}..."
    return first, f"another {second}"


def _compare(expected: object, actual: object) -> bool | Pairs:
    """Say whether two values are equal, or yield the parts on which that depends."""
    kind = type(expected)
    if kind is not type(actual):
        # 1 and 1.0, a dict and an OrderedDict
        return _says_equal(expected, actual) or near(expected, actual)
    if kind in ATOMS:  # `==` is the answer
        return _says_equal(expected, actual) or near(expected, actual)
    parts = _structure(expected, actual)
    if parts is None:  # numpy has numbers of its own
        return near(expected, actual) or _objects(expected, actual)
    return parts


def _structure(expected: Any, actual: Any) -> Pairs | bool | None:
    """Take apart the kinds of value whose structure is known; None for any other."""
    tables = table_parts(expected, actual)
    if tables is not None:
        return tables
    take_apart = next((taker for kinds, taker in _TAKERS if isinstance(expected, kinds)), None)
    if take_apart is not None:
        return take_apart(expected, actual)
    return _fields(expected, actual) if dataclasses.is_dataclass(expected) else None


def _items(expected: Sequence[object], actual: Sequence[object]) -> Pairs:
    names = getattr(expected, "_fields", ())  # of a named tuple
    pairs = zip_longest(expected, actual, fillvalue=_NOTHING)
    for index, (first, second) in enumerate(pairs):
        place = f"field {names[index]!r}" if index < len(names) else f"element [{index}]"
        yield Pair(place, first, second)


def _fields(expected: Any, actual: Any) -> bool | Pairs:
    if _has_own_equality(expected) and _says_equal(expected, actual):
        return True
    names = [field.name for field in dataclasses.fields(expected) if field.compare]
    values = ([getattr(x, name, _NOTHING) for name in names] for x in (expected, actual))
    places = (f"field {name!r}" for name in names)
    return (Pair(*part) for part in zip(places, *values, strict=True))


def _entries(expected: Mapping[object, object], actual: Mapping[object, object]) -> Pairs:
    """Yield the values of two dicts by key; keys that only look alike are paired in their order."""
    for key, value in expected.items():
        if key in actual:
            yield Pair(f"key {short(key)}", value, actual[key])
    lost = [key for key in expected if key not in actual]
    extra = [key for key in actual if key not in expected]
    if first_difference(lost, extra) is None:  # NaN, or objects that are compared by identity
        for first, second in zip(lost, extra, strict=True):
            yield Pair(f"key {short(first)}", expected[first], actual[second])
        return
    for key in lost:
        yield Pair(f"key {short(key)}", expected[key], _NOTHING)
    for key in extra:
        yield Pair(f"key {short(key)}", _NOTHING, actual[key])


def _members(expected: AbstractSet[object], actual: AbstractSet[object]) -> Pairs:
    """Yield what only one of two sets has."""
    # NaN, and objects that are compared by identity, may still have their equal there. In the order
    # of their pickles, that is most likely the first that is asked.
    lost = sorted((member for member in expected if member not in actual), key=_pickled)
    extra = sorted((member for member in actual if member not in expected), key=_pickled)
    for member in lost:
        equal = (i for i, one in enumerate(extra) if first_difference(member, one) is None)
        found = next(equal, None)
        if found is None:
            yield Pair("member", member, _NOTHING)
        else:
            del extra[found]
    for member in extra:
        yield Pair("member", _NOTHING, member)


def _pickled(value: object) -> bytes:
    try:
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001 - a user's class may raise anything here
        return b""


def _functions(expected: types.FunctionType, actual: types.FunctionType) -> Pairs:
    """Yield what makes a function: two runs of the same `def` make two equal functions."""
    yield Pair("code", expected.__code__, actual.__code__)
    yield Pair("defaults", expected.__defaults__, actual.__defaults__)
    for cells in zip(expected.__closure__ or (), actual.__closure__ or (), strict=True):
        first, second = (getattr(cell, "cell_contents", _NOTHING) for cell in cells)
        yield Pair("closure", first, second)


def _classes(expected: type, actual: type) -> bool:
    return (expected.__module__, expected.__qualname__) == (actual.__module__, actual.__qualname__)


def _raised(expected: BaseException, actual: BaseException) -> Pairs:
    return iter([Pair("arguments", expected.args, actual.args)])


_TAKERS: tuple[tuple[Any, Callable[[Any, Any], bool | Pairs]], ...] = (
    ((list, tuple, deque), _items),
    (dict, _entries),
    ((set, frozenset), _members),
    (BaseException, _raised),
    (types.FunctionType, _functions),
    (type, _classes),
)


def _objects(expected: object, actual: object) -> bool | Pairs:
    """Compare two objects of one class: by its own `==`, and else by what they are made of."""
    own = _has_own_equality(expected)
    if own and _says_equal(expected, actual):
        return True
    first, second = _made_of(expected), _made_of(actual)
    places = dict.fromkeys([*first, *second])
    if own and not any(place.startswith("attribute") for place in places):
        return False  # a date, a fraction: its `==` is all there is to know
    return (Pair(one, first.get(one, _NOTHING), second.get(one, _NOTHING)) for one in places)


def _has_own_equality(value: object) -> bool:
    return type(value).__eq__ is not object.__eq__


def _made_of(value: object) -> dict[str, Any]:
    """Return what a value is made of, as pickle would see it, or its `__dict__` if it cannot."""
    try:
        reduced = value.__reduce_ex__(4)
    except Exception:  # noqa: BLE001 - a user's class may raise anything here
        reduced = None, None, getattr(value, "__dict__", {})
    if isinstance(reduced, str):
        return {"value": reduced}
    _, args, state, items, entries, *_ = [*reduced, None, None, None]
    halves = state if isinstance(state, tuple) and len(state) == 2 else (state,)  # dict and slots
    made = {"state": state}
    if all(half is None or isinstance(half, dict) for half in halves):
        made = {f"attribute {name!r}": x for half in halves for name, x in (half or {}).items()}
    return made | {
        "value": args,
        "items": items and list(items),
        "entries": entries and list(entries),
    }


def _says_equal(expected: Any, actual: Any) -> bool:
    """Ask the values themselves; what raises, or has no answer, does not say that they are equal.

    A value that is not equal to itself, such as NaN, equals another of that kind.
    """
    try:
        answer = expected == actual
        if isinstance(answer, bool):
            return answer or bool(expected != expected and actual != actual)  # noqa: PLR0124 - NaN
        if callable(equals := getattr(expected, "equals", None)):
            return bool(equals(actual))
        if not hasattr(answer, "all"):
            return bool(answer)
        same = answer | ((expected != expected) & (actual != actual))  # noqa: PLR0124 - NaN
        return bool(same.all())
    except Exception:  # noqa: BLE001 - a user's `==` may raise anything
        return False
