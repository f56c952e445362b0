"""Data that functions read, and that come as arguments and values."""

from __future__ import annotations

from definables.row import Row

ARRAYS = "all((a == b).all() and a.dtype == b.dtype for a, b in zip(found, serial))"
FRAMES = "all(a.equals(b) for a, b in zip(found, serial))"

VALUES = (
    Row(
        "zeros with a sign",
        """
import cmath
below, zero = complex(-1, -0.0), -0.0
def task(x): return cmath.sqrt(below), str(zero)
""",
    ),
    Row(
        "numpy arrays",
        """
import numpy as np
table = np.arange(6.0).reshape(2, 3)
def task(x): return x * table
""",
        same=ARRAYS,
    ),
    Row(
        "large arrays",
        """
import numpy as np
table = np.arange(400_000.0)
def task(x): return x * table
""",
        same=ARRAYS,
    ),
    Row(
        "structured, object and read-only arrays",
        """
import numpy as np
pairs = np.array([(1, 2.0)], dtype=[("a", int), ("b", float)])
things = np.array([[1], "a", None], dtype=object)
fixed = np.arange(3)
fixed.flags.writeable = False
def task(x): return pairs["a"].tolist(), things.tolist(), fixed.tolist()
""",
    ),
    Row(
        "random generators",
        """
import numpy as np
def task(seed): return np.random.default_rng(seed).integers(100, size=3).tolist()
rng = np.random.default_rng(3)
""",
    ),
    Row(
        "pandas frames",
        """
import pandas as pd
frame = pd.DataFrame({"a": [1, 2, 3], "b": list("xyx")})
def task(x): return frame.assign(c=frame.a * x).groupby("b", as_index=False).sum()
""",
        same=FRAMES,
        wants="pandas",
    ),
    Row(
        "dicts of instances",
        """
class Point:
    def __init__(self, x): self.x = x
points = {"a": Point(1), "b": [Point(2)]}
def task(x): return points["a"].x + points["b"][0].x, isinstance(points["a"], Point)
""",
    ),
    Row(
        "a list that holds itself",
        """
loop = [1]
loop.append(loop)
def task(x): return loop[1] is loop, loop[0]
""",
    ),
    Row(
        "instances that refer to each other",
        """
class Node:
    def __init__(self, n): self.n, self.next = n, None
one, two = Node(1), Node(2)
one.next, two.next = two, one
def task(x): return one.next is two, two.next is one, one.next.next.n
""",
    ),
    Row(
        "a cycle through a dict, a tuple and a set",
        """
class Key: pass
key = Key()
key.all = {key}
table = {"key": key}
table["pair"] = (table, key)
def task(x): return table["pair"][0] is table, key in key.all, table["key"] is key
""",
    ),
    Row(
        "objects that are pickled by reference",
        """
import json, math, collections
kinds = [json.JSONDecoder, math.floor, collections.OrderedDict, len, int]
def task(x): return kinds[1](x), kinds[0] is json.JSONDecoder, kinds
""",
    ),
    Row(
        "functions and classes of the notebook in data",
        """
def double(x): return 2 * x
class Box:
    def __init__(self, x): self.x = x
table = {"f": double, "k": Box, "both": [double, Box]}
def task(x): return table["f"](x), table["k"](x).x, table["f"] is double, table["both"][1] is Box
""",
    ),
    Row(
        "a module-level object with `__reduce__`",
        """
class Single:
    def __reduce__(self): return "single"
single = Single()
def task(x): return single
""",
        same="all(one is single for one in found)",
    ),
    Row(
        "`__reduce__` through a function of the notebook",
        """
def rebuild(n):
    made = Held()
    made.n = n
    return made
class Held:
    n = 0
    def __reduce__(self): return rebuild, (self.n,)
held = Held()
held.n = 6
def task(x): return held.n
""",
    ),
    Row(
        "`copyreg`",
        """
import copyreg
class Opaque:
    def __init__(self, n): self.n = n
def take(n): return Opaque(n)
copyreg.pickle(Opaque, lambda one: (take, (one.n,)))
opaque = Opaque(3)
def task(x): return opaque.n
""",
    ),
    Row(
        "two names for one object",
        """
shared = [1]
outer = {"inner": shared}
again = shared
def task(x): return outer["inner"] is shared, again is shared
""",
    ),
    Row(
        "two names for one object, one of them a default and one in a closure",
        """
shared = {"n": 1}
def outer(held):
    def get(): return held
    return get
get = outer(shared)
def task(x, given=shared): return get() is shared, given is shared
""",
    ),
    Row(
        "changes of data that stay in the task",
        """
seen = []
def task(x):
    mine = list(seen)
    mine.append(x)
    return mine
""",
    ),
    Row(
        "what the standard library has",
        """
import collections, datetime, decimal, fractions, pathlib, re, uuid, ipaddress, array, types
day = datetime.date(2024, 2, 29)
held = [
    decimal.Decimal("1.5"), fractions.Fraction(1, 3), pathlib.PurePosixPath("a/b"),
    re.compile("a+"), uuid.UUID(int=3), ipaddress.ip_address("127.0.0.1"), array.array("d", [1]),
    collections.Counter("aab"), collections.deque([1], 3), collections.defaultdict(list, a=[1]),
    types.SimpleNamespace(a=1), frozenset({1}), range(3), slice(1, 2), 1j, b"a", bytearray(b"b"),
    collections.OrderedDict(a=1), ..., NotImplemented, complex(0, float("inf")), float("inf"),
]
def task(x): return day, held
""",
    ),
    Row(
        "a default dict with a lambda",
        """
import collections
counts = collections.defaultdict(lambda: 7)
counts["a"] = 1
def task(x): return counts["a"], counts["b"]
""",
    ),
    Row(
        "long constants",
        "\ntext, number = 'long' * 10_000, 10 ** 500\ndef task(x): return text, number, -0.0, 1e300\n",
    ),
    Row(
        "weak references inside instances",
        """
import weakref
class Node:
    def __init__(self): self.children = weakref.WeakValueDictionary()
    def __getstate__(self): return {}
    def __setstate__(self, state): self.__init__()
node = Node()
def task(x): return len(node.children)
""",
    ),
    Row(
        "loggers and random numbers of modules",
        """
import logging, random
log = logging.getLogger("mine")
dice = random.Random(3)
def task(x): return log.name, random.Random(x).random(), dice.getstate()[0]
""",
    ),
)
