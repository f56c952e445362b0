"""Decorated functions."""

from __future__ import annotations

from definables.row import Row

DECORATED = (
    Row(
        "a `functools.wraps` decorator of the notebook",
        """
import functools
def twice(function):
    @functools.wraps(function)
    def run(x): return function(function(x))
    return run
# %%
@twice
def task(x): return x + 1
""",
    ),
    Row(
        "a decorator with arguments",
        """
import functools
def times(n):
    def wrap(function):
        @functools.wraps(function)
        def run(x): return n * function(x)
        return run
    return wrap
@times(3)
@times(2)
def task(x): return x + 1
""",
    ),
    Row(
        "a decorator without `wraps`",
        """
def twice(function):
    def run(x): return function(function(x))
    return run
@twice
def task(x): return x + 1
""",
    ),
    Row(
        "a decorator that is a class",
        """
class Logged:
    def __init__(self, function): self.function, self.calls = function, 0
    def __call__(self, x): return self.function(x), self.calls
@Logged
def task(x): return x + 1
""",
    ),
    Row(
        "a decorator that returns the function",
        """
registry = {}
def register(function):
    registry[function.__name__] = function
    return function
@register
def one(x): return x + 1
@register
def two(x): return x + 2
def task(x): return registry["one"](x), registry["two"](x), one(x)
""",
    ),
    Row(
        "a function decorated by hand",
        """
import functools
def twice(function):
    @functools.wraps(function)
    def run(x): return function(function(x))
    return run
def plain(x): return x + 1
task = twice(plain)
""",
    ),
    Row(
        "a decorated function that decorates another",
        """
import functools
def twice(function):
    @functools.wraps(function)
    def run(x): return function(function(x))
    return run
@twice
def helper(x): return x * 3
@twice
def task(x): return helper(x) + 1
""",
    ),
    Row(
        "a decorator that a later cell changed",
        """
import functools
def by(n):
    def wrap(function):
        @functools.wraps(function)
        def run(x): return function(x) * n
        return run
    return wrap
n = 2
@by(n)
def task(x): return x
# %%
n = 3
""",
    ),
    Row("`functools.cache`", "\nimport functools\n@functools.cache\ndef task(x): return x * 2\n"),
    Row(
        "`functools.lru_cache` of a helper, recursive",
        """
from functools import lru_cache
@lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def task(x): return fib(x)
""",
        items="[10, 20]",
    ),
    Row(
        "`functools.cache` by hand",
        "\nimport functools\ndef slow(x): return x * 2\ntask = functools.cache(slow)\n",
    ),
    Row(
        "a method with `functools.cached_property`",
        """
import functools
class Kind:
    @functools.cached_property
    def value(self): return [1]
kind = Kind()
def task(x): return kind.value is kind.value
""",
    ),
    Row(
        "`singledispatch`",
        """
from functools import singledispatch
@singledispatch
def show(x): return "other"
@show.register
def _(x: int): return "int"
@show.register(str)
def _(x): return "str"
# %%
@show.register
def show_list(x: list): return "list"
def task(x): return show(x)
""",
        items="[1, 'a', [], 2.0]",
    ),
    Row(
        "`singledispatch` over classes of the notebook",
        """
import functools
class Shape: pass
class Square(Shape): side = 2
@functools.singledispatch
def area(x): return 0
@area.register(Square)
def area_of_square(x): return x.side ** 2
task = area
""",
        items="[Square(), Shape(), 3]",
    ),
    Row(
        "`singledispatchmethod`",
        """
import functools
class Show:
    @functools.singledispatchmethod
    def show(self, x): return "other"
    @show.register
    def _(self, x: int): return "int"
def task(x): return Show().show(x)
""",
        items="[1, 'a']",
    ),
    Row(
        "`contextmanager`",
        """
import contextlib
@contextlib.contextmanager
def held(x):
    yield x + 1
def task(x):
    with held(x) as y:
        return y
""",
    ),
    Row(
        "a context manager that is a class",
        """
class Held:
    def __enter__(self): return 3
    def __exit__(self, *_): return True
def task(x):
    with Held() as y:
        raise ValueError
    return y
""".replace("    return y\n", "    return 'swallowed'\n"),
    ),
    Row(
        "`njit`",
        """
from numba import njit
@njit
def helper(x): return x + 1
@njit
def task(x): return helper(x) * 2
""",
        wants="numba",
    ),
    Row(
        "`numpy.vectorize`",
        """
import numpy as np
@np.vectorize
def clip(x): return min(x, 3)
def task(x): return clip([x, 9]).tolist()
""",
    ),
    Row(
        "`functools.total_ordering`, `abc` and other decorators of classes",
        """
import functools
@functools.total_ordering
class Version:
    def __init__(self, n): self.n = n
    def __eq__(self, other): return self.n == other.n
    def __lt__(self, other): return self.n < other.n
def task(x): return Version(x) >= Version(2)
""",
    ),
)
