"""What functions, calls and assignments make, and a worker makes again."""

from __future__ import annotations

from definables.row import Row

MADE = (
    Row(
        "a cached closure over a variable with the name of a global",
        """
import functools
n = 100
def make(n):
    @functools.lru_cache(maxsize=8)
    def get(x): return x + n
    return get
get = make(3)
def task(x): return get(x), get.cache_parameters()["maxsize"]
""",
    ),
    Row(
        "a cached closure whose maker says how much it keeps",
        """
import functools
def make(n, size):
    @functools.lru_cache(maxsize=size)
    def get(x): return x + n
    return get
task = make(3, 4)
""",
    ),
    Row(
        "a context manager that reads a variable of its maker",
        """
import contextlib
n = 100
def make(n):
    @contextlib.contextmanager
    def held(x): yield x + n
    return held
held = make(3)
def task(x):
    with held(x) as y: return y
""",
    ),
    Row(
        "a single-dispatch function made by a function",
        """
import functools
def make(n):
    @functools.singledispatch
    def show(x): return "other", n
    @show.register
    def _(x: int): return "int", n
    return show
show = make(3)
def task(x): return show(x), show("a")
""",
    ),
    Row(
        "closures over one variable which a library has decorated",
        """
import functools, contextlib
def make(n):
    @contextlib.contextmanager
    def one(x): yield x + n
    @functools.cache
    def two(x): return x - n
    @contextlib.contextmanager
    def three(x): yield n
    return one, two, three
one, two, three = make(3)
def task(x):
    with one(x) as a, three(x) as b: return a, b, two(x)
""",
    ),
    Row(
        "a class made by a function that derives from another made there",
        """
def make(n):
    class Base:
        def get(self): return n
    class Leaf(Base):
        def get(self): return super().get() + 1
    return Base, Leaf
Base_, Leaf_ = make(3)
def task(x): return Leaf_().get() + x, isinstance(Leaf_(), Base_)
""",
    ),
    Row(
        "an instance of a class that derives from one without a name",
        """
def make(n):
    class Base:
        def get(self): return n
    class Leaf(Base):
        def more(self): return self.get() + 1
    return Leaf()
leaf = make(3)
def task(x): return leaf.more() + x
""",
    ),
    Row(
        "a class made by a function, with a setter, a cached property and a static method",
        """
import functools
def make(n, m, k):
    class Box:
        def __init__(self): self._v = 0
        @property
        def v(self): return self._v
        @v.setter
        def v(self, new): self._v = new * n
        @functools.cached_property
        def slow(self): return m
        @staticmethod
        def st(): return k
    return Box, n
Box, n = make(3, 4, 5)
def task(x):
    b = Box(); b.v = x
    return b.v, b.slow, b.st()
""",
    ),
    Row(
        "data classes made by a function, of which one holds the other",
        """
from dataclasses import dataclass, field
def make():
    @dataclass
    class Inner:
        n: int = 1
    @dataclass
    class Outer:
        inner: Inner = field(default_factory=Inner)
        def get(self) -> int: return self.inner.n
    return Inner, Outer
Inner, Outer = make()
def task(x): return Outer(Inner(x)).get(), Outer().get()
""",
    ),
    Row(
        "an enumeration and an exception made by a function",
        """
import enum
def make(n):
    class Kind(enum.Enum):
        A = n
        B = 2
    class Wrong(ValueError):
        code = n
        def __str__(self): return f"wrong {n}"
    return Kind, Wrong
Kind, Wrong = make(5)
def task(x):
    try: raise Wrong
    except Wrong as e: return str(e), Kind(5).name, Kind.B.value
""",
    ),
    Row(
        "a base and an annotation that were deleted since",
        """
class Base: size = 1
class Kind(Base):
    def get(self): return super().size
Unit = int
def helper(x: Unit) -> Unit: return x
# %%
del Base, Unit
def task(x): return Kind.size, Kind().get(), helper(x)
""",
    ),
    Row(
        "named tuples made on one line",
        """
from collections import namedtuple
A, B = namedtuple("A", "x"), namedtuple("B", "x y")
def task(x): return A(x), B(x, 1), isinstance(A(1), A)
""",
    ),
    Row(
        "a named tuple of fields whose list means something else by now",
        """
from collections import namedtuple
header = ["a", "b"]
Record = namedtuple("Record", header)
# %%
header = ["other"]
def task(x): return Record(x, 2).b, Record._fields
""",
    ),
    Row(
        "named tuples that only a dict holds",
        """
from collections import namedtuple
kinds = {n: namedtuple(n, "x y") for n in ("A", "B")}
def task(x): return kinds["A"](x, 1).y, kinds["B"].__name__
""",
    ),
    Row(
        "a named tuple, a type variable and an enumeration of a `%%time` cell",
        """
%%time
from collections import namedtuple
import typing, enum
Point = namedtuple("Point", "x y")
T = typing.TypeVar("T")
Colour = enum.Enum("Colour", "RED BLUE")
def first(items: list[T]) -> T: return items[0]
# %%
def task(x): return Point(x, 1), first([x]), Colour.RED.name
""",
    ),
    Row(
        "type variables, named tuples and new types made under `if` and `try`",
        """
import typing
try:
    from typing import nothing_there
except ImportError:
    T = typing.TypeVar("T")
    from collections import namedtuple
    Point = namedtuple("Point", "x y")
if True:
    UserId = typing.NewType("UserId", int)
def first(items: list[T]) -> T: return items[0]
def task(x): return first([x]), Point(x, 1), UserId(x)
""",
    ),
    Row(
        "named tuples made beside other statements of a line",
        """
from collections import namedtuple; Point = namedtuple("Point", "x y"); origin = Point(0, 0); import math
if True: Other = namedtuple("Other", "a"); T = 5
try: from nothing_here import Third
except ImportError: Third = namedtuple("Third", "b c")
def task(x): return Point(x, 1), origin, Other(x), Third(x, 2), T
""",
    ),
    Row(
        "definitions below two cell magics",
        """
%%capture out
%%time
def helper(x): return x + 1
class Kind:
    n = 2
    def get(self): return self.n
# %%
def task(x): return helper(x), Kind().get()
""",
    ),
)
