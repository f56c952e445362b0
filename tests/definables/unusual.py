"""Definitions that few notebooks have, but some do."""

from __future__ import annotations

from definables.row import Row

UNUSUAL = (
    Row(
        "a decorator class with state, for methods too",
        """
class Counted:
    seen = {}
    def __init__(self, function):
        self.function = function
        self.calls = 0
    def __get__(self, owner, kind=None):
        return self if owner is None else (lambda *a: self.function(owner, *a))
    def __call__(self, *a):
        self.calls += 1
        return self.function(*a)
class Machine:
    @Counted
    def step(self, x): return x + 1
@Counted
def plain(x): return x * 2
def task(x):
    before = plain.calls
    return Machine().step(x), plain(x), plain.calls - before
""",
    ),
    Row(
        "a registry filled by `__init_subclass__` in several cells",
        """
class Shape:
    kinds = {}
    def __init_subclass__(cls, /, name, **rest):
        super().__init_subclass__(**rest)
        Shape.kinds[name] = cls
# %%
class Square(Shape, name="square"):
    def area(self, x): return x * x
class Circle(Shape, name="circle"):
    def area(self, x): return 3 * x * x
# %%
def task(x): return [Shape.kinds[name]().area(x) for name in sorted(Shape.kinds)]
""",
    ),
    Row(
        "a registry filled by a decorator, of functions that nothing else names",
        """
HANDLERS = {}
def handler(name):
    def register(function):
        HANDLERS[name] = function
        return function
    return register
@handler("one")
def _(x): return x + 1
@handler("two")
def _(x): return x + 2
def task(x): return {name: HANDLERS[name](x) for name in HANDLERS}
""",
    ),
    Row(
        "`singledispatchmethod` with annotations of the notebook",
        """
import functools
class Leaf: pass
class Visitor:
    @functools.singledispatchmethod
    def visit(self, node): return "other"
    @visit.register
    def _(self, node: int): return node + 1
    @visit.register
    def _(self, node: Leaf): return "leaf"
    @visit.register(list)
    def _(self, node): return [self.visit(one) for one in node]
def task(x): return Visitor().visit([x, Leaf(), "a", [x]])
""",
    ),
    Row(
        "`match` over classes, mappings and guards",
        """
from dataclasses import dataclass
@dataclass
class Move:
    __match_args__ = ("dx", "dy")
    dx: int
    dy: int
class Stop: pass
LIMIT = 3
def task(x):
    found = []
    for command in (Move(x, 0), Move(0, x), Stop(), {"k": x, "z": 1}, [x, *range(2)], "text"):
        match command:
            case Move(0, dy) if dy < LIMIT: found.append(("up", dy))
            case Move(dx=dx): found.append(("side", dx))
            case Stop(): found.append("stop")
            case {"k": k, **rest}: found.append((k, rest))
            case [first, *_, last]: found.append((first, last))
            case str() | bytes(): found.append("text")
    return found
""",
    ),
    Row(
        "a dataclass with `kw_only`, factories, `field` and ordering",
        """
from dataclasses import dataclass, field, KW_ONLY
def fresh(): return [0]
@dataclass(order=True, kw_only=True)
class Job:
    weight: int
    tags: list = field(default_factory=fresh, compare=False)
    hidden: int = field(default=3, repr=False)
def task(x):
    jobs = sorted([Job(weight=x), Job(weight=-x, tags=[x])])
    return jobs[0] < jobs[1], repr(jobs), jobs
""",
        same="repr(found) == repr(serial) and found == serial",
    ),
    Row(
        "a cached property that a task filled before",
        """
import functools
class Slow:
    def __init__(self, n): self.n = n
    @functools.cached_property
    def squares(self): return [i * i for i in range(self.n)]
slow = Slow(4)
slow.squares
def task(x): return slow.squares[x], "squares" in vars(slow), vars(Slow(2))
""",
    ),
    Row(
        "closures over a variable of a comprehension",
        """
adders = [lambda x, n=n: x + n for n in range(3)]
late = [lambda x: x * n for n in range(3)]
table = {n: (lambda m: lambda x: x - m - n)(n) for n in range(3)}
pairs = list(map(lambda n: lambda x: (n, x), range(2)))
def task(x):
    return [f(x) for f in adders], [f(x) for f in late], [table[k](x) for k in table], [f(x) for f in pairs]
""",
    ),
    Row(
        "a function with the name of a module that another imports",
        """
import json
import math as m
def dumps(x): return json.dumps([x])
# %%
def math(x): return m.floor(x + 0.5)
def string(x): return str(x)
def task(x):
    import string as s
    return dumps(x), math(x), string(x), s.digits
""",
    ),
    Row(
        "`global` in nested functions and in a class body",
        """
level = 0
def outer(x):
    def inner():
        global level, made_here
        level = x
        made_here = x * 2
        return level
    inner()
    return level, made_here
class Body:
    global from_body
    from_body = 7
def task(x): return outer(x), from_body
""",
    ),
    Row(
        "a lambda in a default argument, and defaults that call",
        """
scale = 2
def apply(x, f=lambda y: y * scale, at=dict(a=1), key=(lambda p: p[1])):
    return f(x), at, sorted([(1, 3), (2, x)], key=key)
scale = 5
def task(x, *, g=lambda z: apply(z)): return g(x)
""",
    ),
    Row(
        "`methodcaller`, `attrgetter` and `partial` in tables",
        """
import operator, functools
class Item:
    def __init__(self, n): self.n = n
    def plus(self, m, *, by=1): return self.n + m * by
    def __eq__(self, other): return self.n == other.n
steps = [operator.methodcaller("plus", 2, by=3), operator.attrgetter("n"), functools.partial(operator.mul, 2)]
def task(x): return steps[0](Item(x)), steps[1](Item(x)), steps[2](x)
""",
    ),
    Row(
        "classes registered with an abstract base",
        """
import abc, numbers
class Sized(abc.ABC):
    @abc.abstractmethod
    def size(self): ...
class Plain:
    def size(self): return 1
Sized.register(Plain)
@numbers.Number.register
class Amount:
    pass
def task(x): return isinstance(Plain(), Sized), issubclass(Plain, Sized), isinstance(Amount(), numbers.Number)
""",
    ),
    Row(
        "a class with `__subclasshook__` and one with `__instancecheck__`",
        """
import abc
class Closes(abc.ABC):
    @classmethod
    def __subclasshook__(cls, other): return hasattr(other, "close") or NotImplemented
class Even(type):
    def __instancecheck__(cls, value): return isinstance(value, int) and value % 2 == 0
class EvenNumber(metaclass=Even): pass
class File:
    def close(self): pass
def task(x): return isinstance(File(), Closes), isinstance(x, Closes), isinstance(x, EvenNumber)
""",
    ),
    Row(
        "context variables with defaults",
        """
import contextvars
depth = contextvars.ContextVar("depth", default=3)
def inner(): return depth.get()
def task(x):
    token = depth.set(x)
    try:
        return inner(), contextvars.copy_context().run(inner)
    finally:
        depth.reset(token)
""",
    ),
    Row(
        "an enumeration with methods, `auto`, aliases and `_missing_`",
        """
from enum import Enum, auto, unique
class Colour(Enum):
    RED = auto()
    GREEN = auto()
    ROT = RED
    @classmethod
    def _missing_(cls, value): return cls.GREEN
    @property
    def short(self): return self.name[0]
    def next(self):
        return list(Colour)[(self.value) % len(Colour)]
def task(x): return Colour(x).next(), Colour(99).short, Colour.ROT is Colour.RED
""",
    ),
    Row(
        "a protocol that is checked when it runs",
        """
from typing import Protocol, runtime_checkable
@runtime_checkable
class Runs(Protocol):
    def run(self) -> int: ...
class Runner:
    def run(self) -> int: return 3
def use(one: Runs) -> int: return one.run()
def task(x): return isinstance(Runner(), Runs), isinstance(x, Runs), use(Runner())
""",
    ),
    Row(
        "a function that a later cell defined again with the same text",
        """
def helper(x): return x + 1
first = helper
# %%
def helper(x): return x + 1
# %%
def task(x): return helper(x), first(x), helper is first
""",
    ),
    Row(
        "a recursive dataclass",
        """
from __future__ import annotations
from dataclasses import dataclass, field
@dataclass
class Tree:
    value: int
    children: list[Tree] = field(default_factory=list)
    def total(self) -> int: return self.value + sum(one.total() for one in self.children)
tree = Tree(1, [Tree(2), Tree(3, [Tree(4)])])
def task(x): return tree.total() * x, Tree(x, [tree])
""",
    ),
    Row(
        "annotations that name what is nowhere",
        """
def helper(x: "Nowhere", y: "list[Missing]" = 1) -> "Nothing": return x + y
class Holder:
    attribute: "Unknown"
    other: "Holder" = None
def task(x): return helper(x), helper.__annotations__, Holder.__annotations__
""",
    ),
    Row(
        "a star import from a package of one's own",
        """
import os, sys
os.makedirs("starry/inner", exist_ok=True)
open("starry/__init__.py", "w").write("from .inner.deep import *\\nfrom .inner import deep\\n__all__ = ['deep', 'dive', 'LIMIT']\\n")
open("starry/inner/__init__.py", "w").write("")
open("starry/inner/deep.py", "w").write("LIMIT = 3\\ndef dive(x): return x + LIMIT\\ndef _hidden(x): return x\\n")
sys.path.insert(0, os.getcwd())
# %%
from starry import *
def task(x): return dive(x), LIMIT, deep._hidden(x)
""",
    ),
    Row(
        "definitions of a `%%time` cell with a comment above",
        """
%%time
def helper(x):
    return x + 1
class Kind:
    size = 3
    def get(self): return self.size
made = lambda x: helper(x)
# %%
def task(x): return helper(x), Kind().get(), made(x)
""",
    ),
    Row(
        "definitions of `%%capture`, of `%%timeit` setup and `%%prun` cells",
        """
%%capture out
def captured(x): return x + 1
print("hidden")
# %%
%%prun -q
def profiled(x): return x + 2
profiled(1)
# %%
def task(x): return captured(x), profiled(x)
""",
    ),
    Row(
        "a context manager by a class of generators, and `ExitStack`",
        """
import contextlib
@contextlib.contextmanager
def doubled(x):
    yield x * 2
class Opened(contextlib.AbstractContextManager, contextlib.ContextDecorator):
    def __exit__(self, *rest): return False
@Opened()
def within(x): return x
def task(x):
    with contextlib.ExitStack() as stack:
        return [stack.enter_context(doubled(n)) for n in range(x)], within(x)
""",
    ),
    Row(
        "descriptors with `__set_name__`",
        """
class Field:
    def __set_name__(self, owner, name): self.name = "_" + name; owner.fields = [*getattr(owner, "fields", []), name]
    def __get__(self, one, kind=None): return self if one is None else getattr(one, self.name, 0)
    def __set__(self, one, value): setattr(one, self.name, value * 2)
class Record:
    a = Field()
    b = Field()
def task(x):
    record = Record()
    record.a = x
    return record.a, record.b, Record.fields, vars(record)
""",
    ),
    Row(
        "a metaclass whose `__call__` keeps the instances, and `__class_getitem__`",
        """
class One(type):
    made = {}
    def __call__(cls, *a):
        key = (cls.__name__, a)
        if key not in One.made:
            One.made[key] = super().__call__(*a)
        return One.made[key]
class Unit(metaclass=One):
    def __init__(self, n): self.n = n
    def __class_getitem__(cls, n): return cls(n)
known = Unit(7)
def task(x): return known.n, Unit(7) is known, Unit(x) is Unit(x), Unit[x].n, Unit[x] is Unit(x)
""",
    ),
    Row(
        "weak dictionaries, locks and events that functions make themselves",
        """
import threading, weakref, queue
class Node: pass
def gather(x):
    lock, done, line = threading.Lock(), threading.Event(), queue.Queue()
    nodes = weakref.WeakValueDictionary()
    node = nodes["a"] = Node()
    def work():
        with lock:
            line.put(x)
        done.set()
    thread = threading.Thread(target=work); thread.start(); thread.join()
    return done.is_set(), line.get(), len(nodes)
def task(x): return gather(x)
""",
    ),
    Row(
        "generators, `yield from`, and an iterator class",
        """
class Down:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n <= 0: raise StopIteration
        self.n -= 1
        return self.n
def flat(items):
    for one in items:
        if isinstance(one, list): yield from flat(one)
        else: yield one
def task(x): return list(Down(x)), list(flat([x, [x, [x]]])), sum(i for i in Down(3))
""",
    ),
    Row(
        "a subclass of an exception with arguments, chained and grouped",
        """
class Refused(ValueError):
    def __init__(self, code, *, why): super().__init__(f"{code}: {why}"); self.code = code; self.why = why
def refuse(x):
    try: 1 / 0
    except ZeroDivisionError as error: raise Refused(x, why="zero") from error
def task(x):
    try: refuse(x)
    except Refused as error: return error.code, error.why, type(error.__cause__).__name__
""",
    ),
    Row(
        "methods given to a class by `setattr` in a loop, and as a lambda",
        """
class Calls: pass
for _name in ("one", "two"):
    def _method(self, x, name=_name): return name, x
    setattr(Calls, _name, _method)
calls = Calls()
Calls.three = lambda self, x: ("three", x)
def task(x): return calls.one(x), calls.two(x), calls.three(x)
""",
    ),
    Row(
        "slots with a default of a class, and `__reduce__` of a hierarchy",
        """
class Base:
    __slots__ = ("a",)
    def __init__(self, a): self.a = a
    def __eq__(self, other): return type(self) is type(other) and self.a == other.a
    __hash__ = None
class More(Base):
    __slots__ = ("b", "__weakref__")
    def __init__(self, a, b): super().__init__(a); self.b = b
    def __reduce__(self): return (More, (self.a, self.b))
item = More(1, [2])
def task(x): return item, More(x, None), item.b
""",
    ),
    Row(
        "a lambda that calls itself by its name, and mutually",
        """
fact = lambda n: 1 if n < 2 else n * fact(n - 1)
even = lambda n: n == 0 or odd(n - 1)
odd = lambda n: n != 0 and even(n - 1)
Y = lambda f: (lambda g: f(lambda v: g(g)(v)))(lambda g: f(lambda v: g(g)(v)))
fib = Y(lambda f: lambda n: n if n < 2 else f(n - 1) + f(n - 2))
def task(x): return fact(x), even(x), fib(x + 4)
""",
    ),
    Row(
        "a function that a string calls by `eval`, named by another",
        """
rate = 3
def helper(x): return x * rate
def task(x):
    helper
    return eval("helper(x) + rate", {**globals(), "x": x})
""",
    ),
    Row(
        "`del`, star-targets and nested unpacking at top level",
        """
first, (second, *rest) = 1, (2, 3, 4)
a = b = [0]
gone = 1
del gone
(x1 := 5)
for i, (j, *k) in enumerate([(1, 2), (3, 4)]): pass
def task(x): return first, second, rest, a is b, x1, i, j, k, "gone" in globals()
""",
    ),
    Row(
        "a class that is its own default, and one that refers to a later one",
        """
class Early:
    def make(self): return Late(self)
class Late:
    def __init__(self, early=None): self.early = early or Early()
    def again(self, kind=Early): return kind().make().early.__class__ is Early
def task(x): return Late().again(), type(Early().make()).__name__
""",
    ),
    Row(
        "generic classes and functions, and type aliases, of Python 3.12",
        """
class Box[T]:
    def __init__(self, value: T): self.value = value
    def get(self) -> T: return self.value
    def __eq__(self, other): return self.value == other.value
type Pair[A, B] = tuple[A, B]
type Number = int | float
def first[A, B](pair: Pair[A, B]) -> A: return pair[0]
def number(x: Number) -> Number: return x
class Named[T: (int, str)](Box[T]): pass
class Plain:
    type Id = int
    n: Id = 2
def task(x): return first((x, 2)), Box(x).get(), Named(x), number.__annotations__["x"].__value__ == int | float, Box[int](x), Plain.n
""",
        since=(3, 12),
    ),
    Row(
        "f-strings with quotes within, of Python 3.12",
        """
def quoted(x):
    names = {"a": x}
    return f"{names["a"]} {f"{f"{x!r:>{x + 3}}"}"} {'\\n'.join(str(i) for i in range(x))} # none"
def task(x): return quoted(x), f'{x=}', f"{"#"}"
""",
        since=(3, 12),
    ),
    Row(
        "annotations that name what comes later, of Python 3.14",
        """
from typing import NamedTuple
class Node:
    next: Later
    def get(self, other: Later) -> Node: return other
def helper(x: Later) -> Gone: return x
def make():
    class Local:
        next: Local
        def get(self, other: Later) -> Local: return other
    def kind(x: Local) -> int: return x.__class__
    return kind, Local
kind, Local = make()
# %%
class Later: pass
def local(x):
    one = Local.__annotations__["next"], Local.get.__annotations__["return"], kind.__annotations__["x"]
    return [each is Local for each in one], kind(Local()) is Local, Local().get(x)
class Pair(NamedTuple): first: Nowhere; second: int = 2
pairs = [Pair(1)]
# %%
class Pair(NamedTuple): first: Nowhere; third: str = "x"
pairs.append(Pair(3))
def task(x): return Node.__annotations__["next"].__name__, helper(x), Node().get(x), local(x), [p._asdict() for p in pairs]
""",
        since=(3, 14),
    ),
    Row(
        "a module of one's own with `__getattr__`",
        """
import os, sys
open("lazily.py", "w").write("def _twice(x): return 2 * x\\ndef __getattr__(name):\\n    if name == 'twice': return _twice\\n    raise AttributeError(name)\\n")
sys.path.insert(0, os.getcwd())
# %%
import lazily
from lazily import twice
def task(x): return lazily.twice(x), twice(x), hasattr(lazily, "thrice")
""",
    ),
    Row(
        "lambdas on one line whose bodies are conditions",
        """
steps = [lambda x: x if x > 1 else -x, lambda x: x or 1, lambda x: not x, lambda x: -x if x else 0, lambda: 0, lambda x: (x)]
tests = {"even": lambda n: n == 0 or n % 2 == 0, "odd": lambda n: n != 0 and n % 2 == 1, "k": lambda n: lambda m: n if m else m}
def task(x): return [step(x) for step in steps if step is not steps[4]], steps[4](), [tests[k](x) for k in ("even", "odd")], tests["k"](x)(1)
""",
    ),
    Row(
        "one instance of a class, kept by its metaclass or by itself",
        """
class Singleton(type):
    _instances = {}
    def __call__(cls, *a):
        if cls not in cls._instances:
            cls._instances[cls] = super().__call__(*a)
        return cls._instances[cls]
class Settings(metaclass=Singleton):
    def __init__(self): self.level = 3
class Borg:
    _one = None
    def __new__(cls):
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one
settings = Settings()
settings.level = 5
def task(x): return Settings().level + x, Settings() is settings, Borg() is Borg()
""",
    ),
)
