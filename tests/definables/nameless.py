"""Functions of modules to which no name leads there, so that no import can find them."""

from __future__ import annotations

from definables.row import Row

NAMELESS = (
    Row(
        "what a function of a module has made",
        """
open("adders.py", "w").write('''
SCALE = 3
def make(n):
    def add(x, *, more=[1], times: "Nowhere" = 2) -> "Nowhere":
        "Add."
        return x + n * SCALE + times + more[0]
    return add
def factorial():
    def of(n): return 1 if n < 2 else n * of(n - 1)
    return of
''')
import adders
add, of = adders.make(2), adders.factorial()
adders.make(1)
def task(x):
    names = add.__name__, add.__qualname__, add.__module__, add.__doc__, add.__annotations__
    return add(x), of(x), names
""",
    ),
    Row(
        "lambdas of a module",
        """
open("lambdas.py", "w").write('''
import functools
power = lambda x: x**2
TABLE = {n: (lambda x, n=n: x * n) for n in range(3)}
two = lambda x: x + 1, lambda x: x + 2
def compose(*functions):
    return lambda x: functools.reduce(lambda held, one: one(held), functions, x)
''')
import lambdas
from lambdas import TABLE, power
first, second = lambdas.two
both = lambdas.compose(first, power, lambda x: -x)
def task(x): return power(x), TABLE[2](x), first(x), second(x), both(x), lambdas.power(x)
""",
    ),
    Row(
        "functions of a module that share a variable",
        """
open("counters.py", "w").write('''
def pair():
    total = 0
    def add(x):
        nonlocal total
        total += x
        return total
    def get(): return total
    return add, get
''')
import counters
add, get = counters.pair()
add(5)
def task(x):
    before = get()
    return add(x) - before == x, get() - before
""",
    ),
    Row(
        "what methods of a module make, with private names and `super`",
        """
open("makers.py", "w").write('''
class Base:
    def __init__(self, k): self.__k = k
    def times(self):
        def inner(x): return self.__k * x
        return inner
    def each(self): return lambda x: [self.__k * y for y in range(x)]
class Sub(Base):
    def more(self):
        def inner(x): return super(__class__, self).times()(x) + 1
        return inner
''')
from makers import Sub
times, each, more = Sub(3).times(), Sub(3).each(), Sub(3).more()
def task(x): return times(x), each(x), more(x)
""",
    ),
    Row(
        "a lambda of a method that reads private names",
        """
class Base:
    def __init__(self, k): self.__k = k
    def each(self): return lambda x: [self.__k * y for y in range(x)]
each = Base(3).each()
def task(x): return each(x), each.__qualname__
""",
    ),
    Row(
        "what a decorator of a module without `functools.wraps` has made",
        """
open("plainly.py", "w").write('''
UNIT = "m"
def shown(function):
    def wrapper(*given): return f"{function(*given)} {UNIT}"
    return wrapper
@shown
def length(x): return x * 10
''')
import plainly
@plainly.shown
def width(x): return x * SCALE
SCALE = 7
def task(x): return width(x), plainly.length(x)
""",
    ),
    Row(
        "a decorator of a module, called by hand with what has another value since",
        """
open("again.py", "w").write('''
import functools
def times(n):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(x):
            for _ in range(n): x = function(x)
            return x
        return wrapper
    return decorate
''')
import again
def step(x): return x + 1
n = 2
twice = again.times(n)(step)
n = 7
def task(x): return twice(x), twice.__name__, twice.__wrapped__ is step
""",
    ),
    Row(
        "cached functions that functions of a module have made",
        """
open("cached.py", "w").write('''
import functools
START = 1
def fibonacci(n):
    @functools.cache
    def of(k): return START if k < 2 else of(k - 1) + of(k - 2) + n
    return of
def scale(n): return functools.lru_cache(maxsize=7)(lambda x: x * n)
''')
import cached
of, times = cached.fibonacci(0), cached.scale(3)
of(5)
def task(x): return of(x + 5), times(x), times.cache_parameters()
""",
    ),
    Row(
        "functions without a name of a module, and what is made of them, as items",
        """
open("given.py", "w").write('''
def adder(n): return lambda x: x + n
''')
import functools, given
def task(item): return item[0](1), item[1][0]
""",
        items="[(given.adder(n), [n]) for n in (1, 2)] + [(functools.partial(given.adder(3)), [0])]",
    ),
    Row(
        "a generator function and a coroutine that a function of a module has made",
        """
open("flows.py", "w").write('''
STEP = 2
def flow():
    def numbers(n): yield from range(0, n, STEP)
    async def later(n): return n + STEP
    return numbers, later
''')
import flows
numbers, later = flows.flow()
def task(x):
    try: later(x).send(None)
    except StopIteration as ended: return list(numbers(x)), ended.value
""",
    ),
)
