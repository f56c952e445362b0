"""What merely looking something up changes: a cell leaves it as it does serially."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kernel import Notebook

# Whether a call is a task is read in the source, in the notebook.
pytestmark = pytest.mark.by_any_method

BEGIN = """
import functools
from collections import Counter, defaultdict, namedtuple
from typing import NamedTuple
counts, words = defaultdict(int, a=3, b=1), Counter("ab")
nested = defaultdict(lambda: defaultdict(int))
tables = {"one": defaultdict(int)}
keys = ["a", "b"]
class Index:
    def __init__(self): self.by, self.rows = defaultdict(set), [1, 2, 3]
    def of(self, key): return len(self.by[key])
    def row(self, i): return self.rows[i]
class Doubles(dict):
    def __missing__(self, key):
        self[key] = key * 2
        return self[key]
class Data:
    def __init__(self, xs): self.xs = xs
    @functools.cached_property
    def total(self): return sum(self.xs)
    def share(self, i): return i / self.total
Pair = namedtuple("Pair", "items n")
class Row(NamedTuple):
    items: list
    n: int
    def add(self): self.items.append(self.n)
index, doubles, data, full, done = Index(), Doubles(), Data([1, 2]), Data([3]), []
full.total
several = [Data([1]), Data([2])]
def count(key): return counts[key]
def of(table, key): return table[key]
def deep(a, b):
    row = nested[a]
    return row[b]
def inside(name, key): return tables[name][key]
def known(key): return counts[key] if key in counts else 0
def word(key): return words[key]
def twice(key): return 2 * count(key)
def most(names): return max(of(counts, name) for name in names)
def either(key): return count("z") + count(key)
def back(key): return counts[key] if key < "b" else back("A")
def mapped(key): return sum(map(count, key))
def every(n): return n * sum(counts[key] for key in counts)
def indexed(key): return index.of(key)
def row(i): return index.row(i) + index.rows[i]
def double(x): return doubles[x]
def size(n): return n * 2
def scaled(k, of=data): return of.total * k
def total(k): return data.total * k
def ready(k): return full.total * k
def shared(k): return data.share(k)
def total_of(one): return one.total
def made(k): return Data([k]).total
def build(n): return defaultdict(int, {k: k for k in range(n)})
def fill(items, n):
    pair = Pair(items, n)
    pair.items.append(n)
    return len(items)
def unpack(items, n):
    first, _ = Pair(items=items, n=n)
    first.append(n)
    return len(items)
def add(items, n):
    Row(items, n).add()
    return len(items)
def keep(items, n): return Pair(items, n).n
def named(n):
    pair = Pair([], str(n))
    pair.items.append(n)
    return pair
"""
STATE = """repr((dict(counts), words, {k: dict(one) for k, one in nested.items()}, tables,
dict(index.by), doubles, [vars(one) for one in (data, full, *several)], done, a, b))"""
MAKES_TUPLE = """
Two = namedtuple("Two", "items n")
def put(n):
    two = Two(done, n)
    two.items.append(n)
a = put(1)
b = put(2)
"""
MAKES_CLASS = """
class Once:
    @functools.cached_property
    def n(self): return 3
once = Once()
def use(k): return once.n * k
a = use(1)
b = use(2)
b = vars(once)
"""
CHANGES = [
    "a = b = [count(key) for key in 'abz']",
    "a = count('z')\nb = count('y')",
    "a = of(counts, 'z')\nb = of(counts, 'y')",
    "a, b = [], 0\nfor key in 'abz':\n    a.append(count(key))",
    "a = b = [of(one, 'z') for one in tables.values()]",
    "a = twice('z')\nb = most('yz')",
    "a = b = [either(key) for key in keys]",
    "a = b = [back(key) for key in keys]",
    "a = b = [mapped(key) for key in ('ab', 'z')]",
    "a = b = [deep(x, y) for x in 'ab' for y in 'yz']",
    "a = b = [inside('one', key) for key in 'ab']",
    "a = b = [size(counts[key]) for key in 'abz']",
    "a, b = {}, 0\nfor key in 'abz':\n    a[key] = size(counts[key])",
    "a = b = [indexed(key) for key in 'ab']",
    "a = b = [double(x) for x in (1, 2)]",
    "a = total(2)\nb = total(3)",
    "a = b = [shared(k) for k in (1, 2)]",
    "a = b = [total_of(one) for one in several]",
    "a = fill(done, 1)\nb = fill(done, 2)",
    "a = unpack(done, 1)\nb = unpack(done, 2)",
    "a = add(done, 1)\nb = add(done, 2)",
    MAKES_TUPLE,
    MAKES_CLASS,
]
ALIKE = {
    "a = b = [count(key) for key in counts]": 2,
    "a = b = [count(key) for key in sorted(counts)]": 2,
    "a = b = {key: size(n) + count(key) for key, n in counts.items()}": 2,
    "a = b = [count(key) for key in keys]": 2,
    "a = b = [size(counts[key]) for key in keys]": 2,
    "a = count('a')\nb = of(counts, 'b')": 2,
    "a = b = [twice(key) for key in counts]": 2,
    "a = twice('a')\nb = most(keys)": 2,
    "a = b = [known(key) for key in 'abz']": 3,
    "a = b = [word(key) for key in 'abz']": 3,
    "a = b = [every(n) for n in (1, 2)]": 2,
    "a = b = [row(i) for i in (0, 1)]": 2,
    "a = b = [ready(k) for k in (1, 2)]": 2,
    "a = b = [made(k) for k in (1, 2)]": 2,
    "a = keep(done, 1)\nb = keep(done, 2)": 2,
    "a, b = defaultdict(list), 0\nfor k in range(3):\n    a[k % 2].append(size(k))": 3,
    "a = [size(1), 5]\nb = of(a, 1)": 1,
}


def left(notebook: Notebook, cell: str) -> str | None:
    """Say what a cell leaves from the same beginning."""
    notebook.do(BEGIN)
    notebook.do(cell)
    return notebook.do(STATE).value


def tasks_of(notebook: Notebook, cell: str) -> int:
    """Check that a cell leaves what it leaves serially; return how many tasks it had."""
    notebook.do("run = None")
    parallel = left(notebook, f"%%parallel -q -w 2 -o run\n{cell}")
    found: int = notebook.get("len(run.tasks) if run else 0")
    assert parallel == left(notebook, cell)
    return found


@pytest.mark.parametrize("cell", CHANGES)
def test_what_looking_up_changes_is_changed_in_the_notebook(notebook: Notebook, cell: str) -> None:
    """A `defaultdict` gets the key, an object the value of its `cached_property`."""
    assert tasks_of(notebook, cell) == 0


@pytest.mark.parametrize("cell", ALIKE)
def test_what_is_there_already_is_looked_up_in_tasks(notebook: Notebook, cell: str) -> None:
    """Most tasks look nothing up that is not there, and keep nothing."""
    assert tasks_of(notebook, cell) == ALIKE[cell]


def test_a_table_that_a_task_made_is_looked_at_before_another_asks_it(notebook: Notebook) -> None:
    """Only the first of these is a task: the others may add keys to what it has made."""
    assert tasks_of(notebook, "table = build(3)\na = of(table, 7)\nb = len(table)") == 1


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("count('z')", "`count()` may add keys to the `defaultdict` `counts`"),
        ("[indexed(k) for k in 'ab']", "`indexed()` may add keys to a `defaultdict` in `index`"),
        ("[total(k) for k in (1, 2)]", "`total()` changes `data` in place"),
        ("[fill(done, k) for k in (1, 2)]", "`fill()` has `Pair()` change its argument `items`"),
    ],
)
def test_the_reason_is_said_beforehand(notebook: Notebook, cell: str, reason: str) -> None:
    """What the notebook has already tells it."""
    notebook.do(BEGIN)

    assert reason in notebook.do(f"%%parallel --explain\na = {cell}").stdout
