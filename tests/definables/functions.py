"""Functions in all the ways in which cells define them."""

from __future__ import annotations

from definables.row import Row

FUNCTIONS = (
    Row(
        "helpers of helpers, of other cells",
        """
def third(x): return x + 1
# %%
def second(x): return 2 * third(x)
# %%
def task(x): return second(x)
""",
    ),
    Row(
        "functions that call each other",
        """
def even(n): return n == 0 or odd(n - 1)
# %%
def odd(n): return n != 0 and even(n - 1)
task = even
""",
    ),
    Row(
        "a recursive function",
        """
def task(n): return 1 if n < 2 else n * task(n - 1)
""",
        items="[3, 10]",
    ),
    Row(
        "constant defaults of names that changed since",
        """
n = 4
def task(x, n=n, *, k=n * 10): return x, n, k
# %%
n = 5
""",
    ),
    Row(
        "data as a default, of a name that changed since",
        """
table = [1, 2]
def task(x, table=table): return x, table
# %%
table = [3]
""",
    ),
    Row(
        "an array as a default, of a name that is gone",
        """
import numpy as np
table = np.arange(3)
def task(x, table=table, *, also=table + 1): return x, table.tolist(), also.tolist()
# %%
del table
""",
    ),
    Row(
        "a default that other calls share",
        """
seen = [0]
def task(x, mine=seen): return x, mine is seen
""",
    ),
    Row(
        "a default that is a function",
        """
def double(x): return 2 * x
def task(x, by=double, also=len): return by(x), also([x])
# %%
def double(x): return 3 * x
""",
    ),
    Row(
        "a default that is a class, an instance or an enumeration's member",
        """
import enum
class Point:
    def __init__(self, x): self.x = x
class Colour(enum.Enum):
    RED = 1
def task(x, kind=Point, at=Point(5), colour=Colour.RED):
    return kind(x).x, at.x, isinstance(at, kind), colour is Colour.RED
""",
    ),
    Row(
        "positional-only and keyword-only arguments",
        """
def inner(a, b=2, /, c=3, *args, d, e=5, **more): return a, b, c, args, d, e, more
def task(x): return inner(x, 1, 2, 3, d=4, f=6)
""",
    ),
    Row(
        "annotations",
        """
from typing import Optional
Number = int | float
class Later: pass
def task(x: Optional[Number], y: "Later | None" = None) -> "list[Number]":
    z: Number = x
    return [z]
""",
    ),
    Row(
        "annotations that are looked at when it runs",
        """
import typing
class Unit: pass
def task(x: Unit, y: list[int] = ()) -> str: return str(typing.get_type_hints(task)["x"].__name__)
""",
    ),
    Row(
        "annotations of a cell with `from __future__ import annotations`",
        """
from __future__ import annotations
from dataclasses import dataclass
@dataclass
class Link:
    name: str
    before: Link | None = None
last = Link("b", Link("a"))
def task(x: Undefined) -> "Nowhere": return x, task.__annotations__, last, last.before
""",
    ),
    Row(
        "functions that read globals",
        """
scale, names = 3, {"a": [1, 2]}
def task(x):
    global scale
    return x * scale + len(names["a"])
""",
    ),
    Row(
        "a function that assigns a global of its own",
        """
count = 10
def task(x):
    global count
    count = x
    return count
serial_count = count
""",
    ),
    Row(
        "generators that are used up inside",
        """
def numbers(n):
    yield from range(n)
def task(x): return list(numbers(x)), sum(y for y in numbers(x))
""",
    ),
    Row(
        "an `async def`",
        """
import asyncio
async def wait(x):
    await asyncio.sleep(0)
    return x + 1
async def task(x): return await wait(x) * 2
""",
        asynchronous=True,
    ),
    Row(
        "asynchronous generators and comprehensions",
        """
async def numbers(n):
    for i in range(n):
        yield i
async def task(x): return [i async for i in numbers(x)]
""",
        asynchronous=True,
    ),
    Row(
        "nested functions",
        """
def task(x):
    y = x + 1
    def inner(z):
        nonlocal y
        y += z
        return y
    return inner(3), y
""",
    ),
    Row(
        "names bound by a walrus",
        """
if (limit := 7) > 3: pass
def task(x): return (y := x + limit), y
""",
    ),
    Row(
        "names bound by unpacking, `for`, `with` and `import` in a loop",
        """
import contextlib
first, *rest = [1, 2, 3]
for last in range(4): pass
with contextlib.nullcontext(9) as held: pass
try: pass
finally: done = True
def task(x): return x, first, rest, last, held, done
""",
    ),
    Row(
        "comprehensions that read globals",
        """
size = 3
def task(x): return [i * size for i in range(x)], {i: size for i in range(x)}
""",
    ),
    Row(
        "names bound by a comprehension at top level",
        """
squares = [n := i * i for i in range(4)]
def task(x): return squares[x], n
""",
    ),
    Row(
        "docstrings",
        '''
def task(x):
    """Says
  what it does \\n
    """
    return task.__doc__
''',
    ),
    Row(
        "a helper that a later cell defined again",
        """
def help_(x): return 1
def task(x): return help_(x)
# %%
def help_(x): return 2
""",
    ),
    Row(
        "a function that a later cell defined again, held under its first name",
        """
def help_(x): return 1
first = help_
# %%
def help_(x): return 2
def task(x): return first(x), help_(x)
""",
    ),
    Row(
        "a function held in a list since before it was defined again",
        """
def step(x): return 1
steps = [step]
# %%
def step(x): return 2
def task(x): return steps[0](x), step(x)
""",
    ),
    Row(
        "functions defined under `if`, `try`, `with` and `for`",
        """
import contextlib
if True:
    def one(x): return x
else:
    def one(x): return -x
try:
    import not_there_at_all
except ImportError:
    def two(x): return 2 * x
with contextlib.nullcontext():
    def three(x):
        return 3 * x
for _ in range(1):
    def four(x): return 4 * x
def task(x): return one(x), two(x), three(x), four(x)
""",
    ),
    Row(
        "two functions of one name, of which `if` chose one",
        """
fast = False
if fast:
    def task(x): return 1
else:
    def task(x): return 2
""",
    ),
    Row(
        "two functions on one line",
        """
if True: task = (lambda x: x + 1); other = lambda x: x + 2
""",
    ),
    Row(
        "functions made by `exec`",
        """
exec("def made(x):\\n    return x + offset")
offset = 5
def task(x): return made(x)
""",
        same="found == serial",
    ),
    Row(
        "functions loaded by `%run`",
        """
open("ran.py", "w").write("OFFSET = 3\\ndef helper(x): return x + OFFSET\\ndef task(x): return helper(x)\\n")
%run ran.py
""",
    ),
    Row(
        "functions loaded by `%run -i`",
        """
open("ran_i.py", "w").write("def helper(x): return x + given\\ndef task(x): return helper(x)\\n")
given = 4
%run -i ran_i.py
""",
    ),
    Row(
        "classes loaded by `%run`",
        """
open("ran_c.py", "w").write("class Kind:\\n    n = 4\\n    def get(self): return self.n\\n")
%run ran_c.py
def task(x): return Kind().get() + x
""",
    ),
    Row(
        "functions loaded by `%load`",
        """
# %load loaded.py
def helper(x): return x * 7
def task(x): return helper(x)
""",
    ),
    Row(
        "a function with attributes of its own",
        """
def task(x): return x + task.offset
task.offset = 3
task.table = {"a": [1]}
""",
    ),
    Row(
        "`match` and `except*`",
        """
def task(x):
    try:
        raise ExceptionGroup("several", [ValueError(x), KeyError(x)])
    except* ValueError as group:
        found = group.exceptions[0].args
    except* KeyError:
        pass
    match found:
        case (1,): return "one"
        case _: return "other"
""",
    ),
    Row(
        "a function that reads `__name__`, and asks for its own module",
        """
def task(x): return __name__, task.__module__, task.__qualname__
""",
    ),
    Row(
        "`from __future__ import annotations` in one cell only",
        """
def plain(x: int): return x
# %%
from __future__ import annotations
def task(x: int): return plain.__annotations__, task.__annotations__
""",
    ),
)
