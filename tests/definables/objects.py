"""Objects that say something else of themselves than most, or hold what few do."""

from __future__ import annotations

from definables.row import Row

OBJECTS = (
    Row(
        "views of a dict, and a `struct.Struct`",
        """
import struct
names = {"a": 1, "b": 2}
keys, held, pairs = names.keys(), names.values(), names.items()
HEAD = struct.Struct("<Ih")
def task(x): return keys, list(held), pairs, list({x: x + 1}.values()), HEAD.pack(x, x).hex()
""",
    ),
    Row(
        "a dict whose items are its attributes",
        """
class Config(dict):
    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__
config = Config(rate=3, inner=Config(a=1))
def task(x): return config.rate * x, config.inner.a, type(config).__name__
""",
    ),
    Row(
        "dicts whose items are their attributes, as arguments and as a default",
        """
class Config(dict):
    __getattr__ = dict.__getitem__
def task(c, d=Config(b=2)): return c.a, d.b
""",
        items="[Config(a=1), Config(a=2)]",
    ),
    Row(
        "an object whose `__getattr__` raises an error of its own",
        """
class Lazy:
    n = 3
    def __getattr__(self, name):
        if name.startswith("__"): raise RuntimeError(name)
        return name
    def __reduce__(self): return Lazy, ()
lazy = Lazy()
def task(x): return lazy.n + x, lazy.abc
""",
    ),
    Row(
        "modules in a dict, in a namespace and in an object",
        """
import math, json
from types import SimpleNamespace
table = {"m": math, "j": json}
space = SimpleNamespace(xp=math)
class Solver:
    def __init__(self, xp): self.xp = xp
    def go(self, x): return self.xp.floor(x + 0.5)
solver = Solver(math)
def task(x): return table["m"].floor(x), space.xp is table["m"], solver.go(x)
""",
    ),
    Row(
        "an argument that holds a module",
        """
import math
class Solver:
    def __init__(self, xp): self.xp = xp
    def go(self, x): return self.xp.floor(x + 0.5)
def task(s): return s.go(2)
""",
        items="[Solver(math)]",
    ),
    Row(
        "modules as values",
        """
import math
class Solver:
    def __init__(self): self.xp = math
def task(x): return math, Solver().xp, {"m": math}
""",
        same="found == serial",
    ),
    Row(
        "a value that holds a module",
        """
import math
class Solver:
    def __init__(self): self.xp = math
def task(x): return Solver()
""",
        same="[one.xp for one in found] == [one.xp for one in serial]",
    ),
    Row(
        "a method that an object was given",
        """
import types
class Kind:
    n = 3
def greet(self, x): return self.n + x
kind = Kind()
kind.greet = types.MethodType(greet, kind)
def task(x): return kind.greet(x), kind.greet.__self__ is kind
""",
    ),
    Row(
        "a bound method that its decorator has named otherwise",
        """
def log(f):
    def inner(*a): return "logged", f(*a)
    return inner
class Kind:
    @log
    def get(self, x): return x
kind = Kind()
task = kind.get
""",
    ),
    Row(
        "methods that no class has, in a table",
        """
import types
class Kind: n = 3
kind = Kind()
table = {"f": types.MethodType(lambda self, x: self.n + x, kind), "g": types.MethodType(pow, 2)}
def task(x): return table["f"](x), table["g"](x)
""",
    ),
    Row(
        "a read-only view of a dict",
        """
import types
RATES = types.MappingProxyType({"a": 1, "b": [2]})
def task(x): return RATES["a"] + x, dict(RATES)
""",
    ),
    Row(
        "partials that were given the name of their function",
        """
import functools
def add(a, b): return a + b
part = functools.partial(add, 1)
functools.update_wrapper(part, add)
inner = {"p": functools.update_wrapper(functools.partial(add, 3), add)}
def task(x): return inner["p"](x), inner["p"].__name__, part(x), part.__name__
""",
    ),
    Row(
        "`numpy.vectorize` by hand, which has been called before",
        """
import numpy as np
def clip(x): return min(x, 3)
fs = [np.vectorize(clip), np.vectorize(lambda x: x + 1)]
one = np.vectorize(clip, otypes=[float])
def task(x): return fs[0]([x, 9]).tolist(), fs[1]([x]).tolist(), one([x]).tolist()
""",
    ),
)
