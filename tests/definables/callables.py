"""Lambdas, closures, and other things that can be called."""

from __future__ import annotations

from definables.row import Row

CALLABLES = (
    Row("a lambda", "\ntask = lambda x: x + 1\n"),
    Row("a lambda with defaults", "\nn = 3\ntask = lambda x, n=n: x + n\nn = 4\n"),
    Row("two lambdas on one line", "\nf, task = (lambda x: x + 1), (lambda x: x + f(x))\n"),
    Row("two lambdas that look alike", "\nn = 1\nf = lambda x: x; task = lambda x: (x, f(x))\n"),
    Row(
        "lambdas in a dict",
        """
steps = {"add": lambda x: x + 1, "double": lambda x: 2 * x}
def task(x): return steps["add"](x), steps["double"](x)
""",
    ),
    Row(
        "lambdas in a list",
        """
steps = [lambda x: x + 1,
         lambda x: 2 * x]
task = steps[1]
""",
    ),
    Row(
        "a lambda of a list, by its place",
        "\nsteps = [lambda x: x, lambda x: -x]\ntask = steps[1]\n",
    ),
    Row(
        "lambdas on one line that return constants",
        """
steps = [lambda: 0, lambda x: x is 0, lambda: False, lambda *x: 0, lambda **x: 0, lambda x=lambda: 1: 0, lambda x: 0]
def task(x): return steps[0](), steps[2](), steps[3](x), steps[4](x=x), steps[5](), steps[6](x)
""",
    ),
    Row(
        "lambdas on one line that return a constant and have other defaults",
        """
def make(n): return [lambda: "a", lambda x=n: "b", lambda x=(n, 1): "b", lambda x=n + 1: "b", lambda: n and "a"]
steps = make(3)
def task(x): return [(step(), step.__defaults__) for step in steps[:4]]
""",
    ),
    Row(
        "functions in a dict",
        """
def one(x): return x + 1
def two(x): return x + 2
table = {"one": one, "two": two}
def task(x): return [step(x) for step in table.values()]
""",
    ),
    Row(
        "functions held only by a dict",
        """
def one(x): return x + helper(x)
def helper(x): return 10
table = {"one": one}
del one
def task(x): return table["one"](x)
""",
    ),
    Row(
        "a lambda over several lines",
        """
task = (
    lambda x: (
        x
        + 1  # with a comment
    )
)
""",
    ),
    Row(
        "a lambda in a lambda",
        "\nadd = lambda n: lambda x: x + n\ntask = add(3)\n",
    ),
    Row(
        "a closure",
        """
def adder(n):
    def add(x): return x + n
    return add
task = adder(3)
""",
    ),
    Row(
        "two closures of one factory",
        """
def adder(n):
    def add(x): return x + n
    return add
one, two = adder(1), adder(2)
def task(x): return one(x), two(x)
""",
    ),
    Row(
        "closures over closures",
        """
def adder(n):
    def add(x): return x + n
    return add
def twice(f):
    def run(x): return f(f(x))
    return run
task = twice(twice(adder(3)))
""",
    ),
    Row(
        "closures over a loop variable",
        """
def makers():
    made = []
    for i in range(3):
        def get(x): return x, i
        made.append(get)
    return made
found = makers()
def task(x): return [get(x) for get in found]
""",
    ),
    Row(
        "a recursive closure",
        """
def outer():
    def fact(n): return 1 if n < 2 else n * fact(n - 1)
    return fact
task = outer()
""",
        items="[3, 5]",
    ),
    Row(
        "closures that call each other",
        """
def outer():
    def even(n): return n == 0 or odd(n - 1)
    def odd(n): return n != 0 and even(n - 1)
    return even
task = outer()
""",
    ),
    Row(
        "an empty cell",
        """
def outer():
    def get(x): return x if x else late
    return get
    late = 1
task = outer()
""",
    ),
    Row(
        "a closure over `None`",
        """
def outer(n=None):
    def get(x): return x, n
    return get
task = outer()
""",
    ),
    Row(
        "a closure over data",
        """
import numpy as np
def outer(table):
    def get(x): return table[x].tolist()
    return get
task = outer(np.arange(6).reshape(3, 2))
""",
    ),
    Row(
        "two closures over one cell",
        """
def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
    def get(): return n
    return up, get
up, get = counter()
def task(x):
    before = get()
    for _ in range(x): up()
    return get() - before
""",
    ),
    Row(
        "a closure over a module, a class and an instance",
        """
class Point:
    def __init__(self, x): self.x = x
def outer():
    import math
    kind, at = Point, Point(4)
    def get(x): return math.floor(kind(x).x), at.x, isinstance(at, Point)
    return get
task = outer()
""",
    ),
    Row(
        "a closure with defaults and globals",
        """
scale = 10
def helper(x): return x * scale
def outer(n):
    def get(x, m=n + 1, *, k=n): return helper(x), m, k, n
    return get
task = outer(1)
# %%
scale = 20
""",
    ),
    Row(
        "a lambda returned by a factory",
        """
def power(n): return lambda x: x ** n
cube = power(3)
def task(x): return cube(x), (lambda y: y + 1)(x)
""",
    ),
    Row(
        "a closure made by a method",
        """
class Maker:
    def __init__(self, n): self.n = n
    def make(self):
        def get(x): return x + self.n
        return get
task = Maker(4).make()
""",
    ),
    Row(
        "a factory that a later cell defined again",
        """
def adder(n):
    def add(x): return x + n
    return add
task = adder(3)
# %%
def adder(n):
    def add(x): return x - n
    return add
""",
    ),
    Row(
        "a closure in a dict",
        """
def adder(n):
    def add(x): return x + n
    return add
steps = {n: adder(n) for n in range(3)}
def task(x): return [steps[n](x) for n in sorted(steps)]
""",
    ),
    Row(
        "a class made by a function",
        """
from dataclasses import dataclass
from typing import NamedTuple
def make(n):
    class Box:
        size = n
        def get(self): return self.size + n
    return Box
Box = make(3)
def pairs(n):
    @dataclass(order=True)
    class Pair:
        a: int
        b: int = 3
        def __repr__(self): return f"{self.a} of {n}"
    class Both(NamedTuple):
        a: int
        b: int = 3
        def total(self): return self.a + self.b + n
    return lambda x: (repr(Pair(x)), Pair(x) < Pair(2), Both(x).total(), Both(x)._replace(b=1).b)
of_two = pairs(2)
def task(x): return Box().get() + x, of_two(x)
""",
    ),
    Row(
        "`functools.partial`",
        """
import functools
def add(a, b, *, c=0): return a, b, c
task = functools.partial(add, 1, c=5)
""",
    ),
    Row(
        "`functools.partial` of a lambda",
        """
import functools
task = functools.partial(lambda a, b: a - b, 10)
""",
    ),
    Row(
        "a bound method",
        """
class Adder:
    def __init__(self, n): self.n = n
    def add(self, x): return x + self.n
task = Adder(2).add
""",
    ),
    Row(
        "class and static methods",
        """
class Kind:
    n = 5
    @classmethod
    def of(cls, x): return cls.__name__, cls.n + x
    @staticmethod
    def plain(x): return x
def task(x): return Kind.of(x), Kind.plain(x)
""",
    ),
    Row(
        "a class method as the task",
        """
class Kind:
    n = 5
    @classmethod
    def of(cls, x): return cls.n + x
task = Kind.of
""",
    ),
    Row(
        "a callable instance",
        """
class Adder:
    def __init__(self, n): self.n = n
    def __call__(self, x): return x + self.n
task = Adder(4)
""",
    ),
    Row(
        "`operator.itemgetter`",
        "\nimport operator\ntask = operator.itemgetter(1)\n",
        items="['ab', [3, 4]]",
    ),
    Row("`operator.attrgetter`", "\nfrom operator import attrgetter\ntask = attrgetter('real')\n"),
    Row(
        "`operator.methodcaller`", "\nimport operator\ntask = operator.methodcaller('bit_length')\n"
    ),
    Row("a ufunc", "\nimport numpy as np\ntask = np.sqrt\n", items="[4.0, 9.0]"),
    Row(
        "a ufunc as a helper",
        "\nimport numpy as np\nroot, top = np.sqrt, np.maximum.reduce\ndef task(x): return float(root(x)), int(top([x, 3]))\n",
        items="[4.0, 9.0]",
    ),
    Row("a builtin", "\ntask = abs\n", items="[-1, 2]"),
    Row("a method of a builtin type", "\ntask = str.upper\n", items="['a', 'b']"),
    Row("a bound method of a builtin", "\ntask = 'a{}'.format\n"),
    Row("a bound method of data", "\ntable = {1: 'a', 2: 'b'}\ntask = table.get\n"),
    Row(
        "a class as the task",
        "\nclass Box:\n    def __init__(self, x): self.x = x\n    def __eq__(self, other): return self.x == other.x\ntask = Box\n",
    ),
    Row("a type as the task", "\nimport decimal\ntask = decimal.Decimal\n"),
)
