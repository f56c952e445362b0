"""What calls a function for each item has its values from tasks, and does with them what it does.

`list(map(f, xs))`, `filter`, and the `key` of `max`, `min` and `sorted`.
"""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from equality import Row, Twice

WITHIN = "is called within a larger statement: give it one of its own, as in"
BY_MAP = "1: `f` is called by `map()`, not by the cell: write `[f(x) for x in xs]`"
STOPS = "def stops(x):\n    if x == 5: raise StopIteration(x)\n    return x\n"
IN_TASKS = {
    "a list of a map": Row("a = list(map(f, xs))", 8),
    "a map of several iterables ends with the shortest": Row("a = list(map(g, xs, ys))", 4),
    "a map in a sum, a display and a call": Row(
        "a = sum(map(f, xs))\nb = [0, *map(f, xs)]\nc = h(*map(f, xs))", 25
    ),
    "what a map is added to": Row("done.extend(map(f, xs))\nfound.update(map(pair, xs))", 16),
    "a lambda": Row("a = list(map(lambda x, y: g(x, y) + n, xs, ys))", 4),
    "a lambda whose item has the name of what it goes through": Row(
        "a = max(xs, key=lambda xs: f(xs))", 8
    ),
    "a function that is called x": Row("x = f\ndef y(v): return v * n\na = list(map(y, xs))", 8),
    "a filter": Row("a = list(filter(even, xs))\nb = set(filter(lambda x: f(x) > 3, xs))", 16),
    "a filter by what cannot be sent": Row(
        "def some(x): return (v for v in ()) if x > 3 else None\na = list(filter(some, xs))", 8
    ),
    "the first of those with the same key": Row(
        "def size(v): return len(v) > 0\na = max(xs, key=even)\n"
        "b = max(nested, key=size) is nested[0]",
        11,
    ),
    "an order that keeps that of equals": Row(
        "a = sorted(xs, key=even)\nb = sorted(xs, reverse=True, key=even)", 16
    ),
    "the objects themselves": Row(
        "def size(v): return len(v)\na = max(nested, key=size) is nested[0]\n"
        "b = sorted(nested, key=size)[0] is nested[2]\nc = max([], key=size, default=f(2))",
        6,
        (f"4: `f()` {WITHIN} `a = f(...)`",),
    ),
    "one within another": Row(
        "a = max(map(f, xs), key=g)\nb = sorted(list(map(f, xs)), key=g)", 24
    ),
    "a loop around it": Row(
        "for x in range(3):\n    a = max(range(x + 1), key=lambda y: g(y, x))\n    done.append(a)",
        6,
    ),
    "a comprehension around it": Row("a = [max(x, key=f, default=0) for x in nested]", 3),
    "a file that is read ahead": Row(
        "import io\na = list(map(len, io.StringIO('a')))\nb = f(1)", 1
    ),
    "a failure has the values before it": Row("done.extend(map(bad, [1, 2, 3, 4]))", 4),
    "a failing key": Row("a = sorted(xs, key=bad)", 8),
    "no failure of what nobody asks": Row(
        "try: a = list(map(bad, xs))\nexcept ValueError: b = 9", 8
    ),
    "a map ends where its function raises StopIteration": Row(
        f"{STOPS}a = list(map(stops, xs))\nb = sum(map(stops, xs))", 16
    ),
    "a key that raises StopIteration": Row(f"{STOPS}a = max(xs, key=stops)", 8),
    "keys that cannot be compared": Row(
        "def mixed(x): return 'a' if x == 4 else x\na = max(xs, key=mixed)", 8
    ),
    "what cannot be iterated over": Row("a = max(5, key=f)", 0),
    "what fails while it is read": Row(
        "a = b = 0\nfor x in (1, 2):\n    a += sum(map(f, [1, 2]))\n"
        "c = list(map(f, map(int, ['1', 'b'])))",
        5,
    ),
}
SERIAL = {
    "items that functions among the arguments of a call change": Row(
        "def grow(v):\n    v *= 2\n    return len(v)\na = f(max(nested, key=grow)[0])\n"
        "b = f(len([grow(x) for x in nested]))",
        0,
    ),
    "a map that nobody reads at once": Row("a = map(f, xs)\nb = next(a)\ndel a", 0, (BY_MAP,)),
    "a loop over a map": Row(
        "for y in map(f, xs): done.append(y)",
        0,
        (BY_MAP,),
    ),
    "any and all, which may stop": Row(
        "a = any(map(even, xs))",
        0,
        ("1: `even` is called by `map()`, not by the cell: write `[even(x) for x in xs]`",),
    ),
    "a key that counts": Row(
        "a = max(xs, key=counted)", 0, ("1: `counted()` assigns the global `count`",)
    ),
    "a lambda that counts": Row("a = sorted(xs, key=lambda x: counted(x))", 0),
    "a key that changes its items": Row(
        "def grow(v):\n    v *= 2\n    return len(v)\na = max(nested, key=grow)", 0
    ),
    "what changes items through a map": Row(
        "def grow(v):\n    v.append(0)\n    return len(v)\na = list(map(grow, nested))",
        0,
        ("4: `grow` is called by `map()`, not by the cell: write `[grow(x) for x in nested]`",),
    ),
    "what grows while the map is read": Row(
        "def size(x): return len(done) + x\ndone.extend(map(size, xs))",
        0,
        ("2: `done` grows while the generator is read: use a list",),
    ),
    "a generator of the user's": Row(
        "def some():\n    for x in xs:\n        done.append(x)\n        yield x\n"
        "def seen(x): return len(done) + x\na = list(map(seen, some()))",
        0,
        ("6: `some()` changes the global `done`",),
    ),
    "an iterator that has a name": Row("b = iter(xs)\na = list(map(g, b, b))", 0),
    "a builtin that means something else": Row(
        "def map(f, xs): return xs\na = list(map(f, xs))",
        0,
        (f"2: `map()` {WITHIN} `a = map(...)`",),
    ),
    "a lambda that is more than its call": Row(
        "a = list(map(lambda x: words(x).pop(), [1, 2]))",
        0,
        ("1: a part of its element stays in the notebook",),
    ),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=why) for why, row in IN_TASKS.items()])
def test_what_calls_a_function_for_each_item_leaves_what_it_leaves_serially(
    bare_shell: InteractiveShell, row: Row
) -> None:
    """The same objects in the same order, and the same failure at the same place."""
    Twice(bare_shell).check(row)


@pytest.mark.parametrize("row", [pytest.param(row, id=why) for why, row in SERIAL.items()])
def test_where_calls_for_each_item_could_be_no_elements_they_are_no_tasks(
    bare_shell: InteractiveShell, row: Row
) -> None:
    """By the same rules as those of a comprehension, and with the same reasons."""
    Twice(bare_shell).check(row)
