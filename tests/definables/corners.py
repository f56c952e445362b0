"""What is seldom defined, and was wrong once or might be."""

from __future__ import annotations

from definables.row import Row

CORNERS = (
    Row(
        "a closure that reads a private name of its class",
        """
class Kind:
    __secret = 3
    def make(self):
        def get(x): return self.__secret + x
        return get
task = Kind().make()
""",
    ),
    Row(
        "defaults over several lines",
        """
table = [1]
def task(x, n=[
        1, 2,
        table], *, m={
    "a": table}): return x, n, m
table = None
""",
    ),
    Row(
        "lambdas in a list, with data as defaults over several lines",
        """
table=[5]
steps = [lambda x, t=table: x + t[0],
   lambda x, t=(
       table): x * t[0]]
def task(x): return [f(x) for f in steps]
del table
""",
    ),
    Row(
        "`functools.cache` over a decorator of the notebook",
        """
import functools
def twice(f):
    @functools.wraps(f)
    def run(x): return f(f(x))
    return run
@functools.cache
@twice
def task(x): return x + 1
""",
    ),
    Row(
        "a decorator of the notebook over `functools.cache`",
        """
import functools
def twice(f):
    @functools.wraps(f)
    def run(x): return f(f(x))
    return run
@twice
@functools.cache
def task(x): return x + 1
""",
    ),
    Row(
        "a class decorator that makes another class",
        """
def double(cls):
    class More(cls):
        def get(self): return 2 * super().get()
    More.__name__ = cls.__name__
    More.__qualname__ = cls.__qualname__
    return More
@double
class Kind:
    def get(self): return 3
def task(x): return Kind().get() + x
""",
    ),
    Row(
        "a class decorator that adds a method",
        """
def add(cls):
    cls.extra = lambda self: 7
    return cls
@add
class Kind: pass
def task(x): return Kind().extra() + x
""",
    ),
    Row(
        "lambdas as attributes of a class",
        """
class Kind:
    key = lambda self: 4
    other = staticmethod(lambda: 5)
def task(x): return Kind().key(), Kind.other()
""",
    ),
    Row(
        "properties made by a function",
        """
def field(name):
    def get(self): return self.__dict__["_" + name]
    def put(self, value): self.__dict__["_" + name] = value
    return property(get, put)
class Kind:
    x = field("x")
    def __init__(self, x): self.x = x
kind = Kind(3)
def task(x): return kind.x + Kind(x).x
""",
    ),
    Row(
        "classes defined under `if` and in a loop",
        """
if True:
    class One:
        n = 1
for i in range(2):
    class Two:
        n = i
def task(x): return One.n, Two.n
""",
    ),
    Row(
        "dataclasses that inherit across cells",
        """
from dataclasses import dataclass, field
@dataclass
class Base:
    a: int = 1
# %%
@dataclass
class Leaf(Base):
    b: list = field(default_factory=lambda: [2])
def task(x): return Leaf(x)
""",
    ),
    Row(
        "an enumeration with methods and a dataclass for its values",
        """
from dataclasses import dataclass
import enum
@dataclass(frozen=True)
class Size:
    n: int
class Kind(Size, enum.Enum):
    SMALL = 1
    BIG = 2
    @classmethod
    def default(cls): return cls.BIG
def task(x): return Kind.default(), Kind.SMALL.n
""",
    ),
    Row(
        "`functools.partial` over a closure, and `partialmethod`",
        """
import functools
def adder(n):
    def add(x, y): return x + y + n
    return add
class Kind:
    def get(self, a, b): return a - b
    three = functools.partialmethod(get, 3)
part = functools.partial(adder(1), 10)
def task(x): return part(x), Kind().three(x)
""",
    ),
    Row(
        "an instance that holds a closure over itself",
        """
class Maker:
    def __init__(self):
        def callback(x): return x + self.n
        self.n, self.callback = 5, callback
maker = Maker()
def task(x): return maker.callback(x)
""",
    ),
    Row(
        "attributes of a function that lead to itself",
        """
def task(x):
    task.calls.append(x)
    return x
task.calls = []
task.me = task
""",
    ),
    Row(
        "an instance of a class that was defined again",
        """
class Kind:
    def __init__(self, n): self.n = n
    def get(self): return self.n
old = Kind(3)
# %%
class Kind:
    def __init__(self, n): self.n = n
    def get(self): return -self.n
def task(x): return old.get(), Kind(x).get(), isinstance(old, Kind)
""",
    ),
    Row(
        "lambdas and closures as arguments",
        """
def task(f): return f(3)
def adder(n):
    return lambda x: x + n
given = [lambda x: x + 1, abs, adder(4)]
""",
        items="given",
    ),
    Row(
        "instances of a class made by a function, as arguments",
        """
def make():
    class Box:
        def __init__(self, n): self.n = n
    return Box
Box = make()
def task(b): return b.n
""",
        items="[Box(3)]",
    ),
    Row(
        "a lambda as an argument, which the task also reads",
        """
f = lambda x: x + 1
def task(g): return g(1), g is f
""",
        items="[f]",
    ),
    Row(
        "a closure in a list inside a function",
        """
def adder(n):
    def add(x): return x + n
    return add
add3 = adder(3)
def task(x): return [add3][0](x)
""",
    ),
    Row(
        "a decorator that takes note of what it decorates",
        """
calls = []
def log(f):
    calls.append(f.__name__)
    return f
@log
def one(x): return x
@log
def task(x): return one(x), calls
""",
    ),
    Row(
        "a global that one helper assigns and another reads",
        """
def put(x):
    global state
    state = x
def get(): return state
def task(x):
    put(x)
    return get()
""",
    ),
    Row(
        "a class of an abstract base of the standard library",
        """
import collections.abc as abc
class Seq(abc.Sequence):
    def __len__(self): return 2
    def __getitem__(self, i): return [1, 2][i]
def task(x): return list(Seq()), isinstance(Seq(), abc.Sequence)
""",
    ),
    Row(
        "lambdas inside a function",
        """
rows = [3, 1, 2]
def task(x): return sorted(rows, key=lambda r: -r), (lambda a, b=x: a + b)(1)
""",
    ),
    Row(
        "two lambdas on one line that are the same",
        """
a, b = lambda x: x, lambda x: x
def task(x): return a(x), b(x), a is b
""",
    ),
    Row(
        "lambdas made by a comprehension, with and without a default",
        """
fs = [lambda x, i=i: x + i for i in range(3)]
gs = [lambda x: x + i for i in range(3)]
def task(x): return [f(x) for f in fs], [g(x) for g in gs]
""",
    ),
    Row(
        "a closure with defaults of its maker's variables",
        """
def outer(n):
    def inner(x, m=n * 2, *, k=[n]): return x, m, k, n
    return inner
task = outer(3)
""",
    ),
    Row(
        "a closure over two functions",
        """
def outer():
    a = 1
    def mid():
        b = 2
        def inner(x):
            return a + b + x
        return inner
    return mid()
task = outer()
""",
    ),
    Row(
        "a decorator that is a class and takes the name of the function",
        """
import functools
class Count:
    def __init__(self, f):
        functools.update_wrapper(self, f)
        self.f, self.n = f, 0
    def __call__(self, x):
        self.n += 1
        return self.f(x), self.n
@Count
def task(x): return x
""",
        items="[1]",
    ),
    Row(
        "a bound method with a decorator of the notebook",
        """
import functools
def twice(f):
    @functools.wraps(f)
    def run(self, x): return f(self, f(self, x))
    return run
class Kind:
    @twice
    def step(self, x): return x + 1
    @functools.lru_cache
    def slow(self): return 4
kind = Kind()
task = kind.step
""",
    ),
    Row(
        "`overload`, `cast`, `Annotated` and `Literal`",
        """
from typing import overload, cast, Annotated, Literal, Callable
@overload
def task(x: int) -> int: ...
@overload
def task(x: str) -> str: ...
def task(x): return cast(int, x)
Positive = Annotated[int, "positive"]
F = Callable[[int], int]
def other(f: F, x: Positive) -> Literal["a"]: return f(x)
def use(x): return other(_old, x)
_old = task
def go(x): return use(x)
task = use
""",
    ),
    Row(
        "names that begin with underscores",
        """
_ = 5
_hidden = 3
__dunder__ = 4
def task(x): return _hidden + __dunder__ + x
""",
    ),
    Row(
        "builtins that the notebook has defined otherwise",
        """
def len(x): return 42
list = tuple
def task(x): return len([x]), list([x])
""",
    ),
    Row(
        "a string with an escape that is none",
        """
import re
def task(x): return re.sub("\\d", "n", str(x))
""",
    ),
    Row(
        "a lambda with any arguments, and a walrus in a list",
        """
f = lambda *a, k=1, **m: (a, k, m)
def task(x): return f(x, k=2, z=3), [y := x, y + 1]
""",
    ),
    Row(
        "dataclasses with slots that inherit",
        """
from dataclasses import dataclass
@dataclass(slots=True)
class A:
    x: int
    def get(self): return self.x
@dataclass(slots=True)
class B(A):
    y: int = 2
    def get(self): return A.get(self) + self.y
def task(x): return B(x).get(), B(x)
""",
    ),
    Row(
        "a closure over an exception and a logger",
        """
import logging
class Bad(Exception): pass
def outer():
    log = logging.getLogger("x")
    def run(x):
        try: raise Bad(x)
        except Bad as e: return e.args, log.name
    return run
task = outer()
""",
    ),
    Row(
        "a closure over a list that is a global too",
        """
seen = [0]
def outer(s):
    def run(x):
        s.append(x)
        return seen[-1] == x
    return run
task = outer(seen)
""",
    ),
    Row(
        "a class made by a function, whose body reads a variable",
        """
def make(n):
    class Box:
        size = n * 2
        def get(self): return self.size
    return Box
Box = make(4)
def task(x): return Box().get()
""",
    ),
    Row(
        "names that a module file might use itself",
        """
CellType = FunctionType = types = pickle = 5
def counter(n):
    def up():
        nonlocal n
        n += 1
    def get(made, closure=0): return n, made, closure
    return up, get
up, get = counter(3)
def task(x):
    up()
    return get(x) > (3,), CellType, FunctionType, types, pickle
""",
    ),
    Row(
        "an asynchronous closure, and a lambda that calls it",
        """
def waiter(n):
    async def wait(x): return x + n
    return wait
wait = waiter(4)
async def both(x): return await wait(x), await (lambda y: wait(y))(x)
task = lambda x: both(x)
""",
        asynchronous=True,
    ),
    Row(
        "private attributes of a class, of names that changed since, and methods given later",
        """
n = 1
class Kind:
    __deep = n
    _plain = n + 1
    __slots__ = ()
    def get(self): return self.__deep, self._plain, self._later()
Kind._later = lambda self: 5
n = 10
def task(x): return Kind().get(), x
""",
    ),
)
