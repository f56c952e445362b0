"""Classes that were changed after their `class` statement, or defined again."""

from __future__ import annotations

from definables.row import Row

CHANGED = (
    Row(
        "values of any kind that a class was given afterwards",
        """
import datetime, decimal
import numpy as np
class Part: size = 1
class Config:
    model = None; at = 0; kind = "none"; length = len("abc"); made = 0
def task(x):
    own = Config.part.size, Config.kind.__name__, Config.made.size, Config._own
    return float(Config.model[1]), Config.at, Config.rate, Config.length, *own
Config.model = np.arange(3.0)
Config.at = datetime.date(2020, 1, 1)
Config.rate = decimal.Decimal(3)
Config.part = Part()
Config.part.size = 5
Config.kind = Part
Config.made = Part()
Config.length = 7
Config._own = 4
""",
        wants="numpy",
    ),
    Row(
        "a class that keeps its only instance",
        """
class Single:
    _one = None
    level = 3
    @classmethod
    def get(cls):
        if cls._one is None: cls._one = cls()
        return cls._one
class Made:
    _one = None
    def __new__(cls):
        if cls._one is None:
            cls._one = super().__new__(cls)
            cls._one.level = 3
        return cls._one
# %%
Single.get().level = 5
Made().level = 6
def task(x): return Single.get().level, Made().level
""",
    ),
    Row(
        "methods of each kind that a class was given anew",
        """
import functools
class Kind:
    @staticmethod
    def alone(x): return "old"
    @classmethod
    def of_class(cls, x): return "old"
    @property
    def own(self): return "old"
    def plain(self): return "old"
    def __len__(self): return 1
    def kept(self, x=len("ab")): return x
# %%
Kind.plain = lambda self: "new"
Kind.alone = staticmethod(lambda x: "new")
Kind.of_class = classmethod(lambda cls, x: cls.__name__)
Kind.own = property(lambda self: "new", lambda self, x: None)
Kind.__len__ = lambda self: 5
Kind.__add__ = lambda self, other: "sum"
Kind.again = Kind.kept
Kind.__doc__ = "what it is"
# %%
def power(self, by, *, more=1): return by * more
Kind.partly = functools.partialmethod(power, 4, more=2)
Kind.cached = functools.lru_cache(power)
Kind.once = functools.cached_property(lambda self: [7])
Kind.once.__set_name__(Kind, "once")
def task(x):
    kind = Kind()
    first = kind.plain(), Kind.alone(x), Kind.of_class(x), kind.own, len(kind), kind + 1
    more = kind.partly(), kind.cached(3), kind.once, kind.once is kind.once
    return *first, *more, kind.again(), kind.kept(4), Kind.__doc__
""",
    ),
    Row(
        "methods that were wrapped afterwards, and keep their names",
        """
import functools
def log(function):
    @functools.wraps(function)
    def inner(*args, **named): return "logged", function(*args, **named)
    return inner
# %%
class Base:
    def method(self): return "base"
class Kind(Base):
    def method(self): return "own", super().method()
    @log
    def other(self): return 1
# %%
Kind.method = log(Kind.method)
Kind.other = log(Kind.other)
same = Kind.method
def task(x): return Kind().method(), Kind().other(), same(Kind()), Kind.method.__qualname__
""",
    ),
    Row(
        "classes in the bodies of others that were changed, and one accessor of a property",
        """
class Outer:
    class Inner:
        size = 1
        class Least:
            size = 2
            def method(self, x=len("abc")): return x
    @property
    def value(self): return self._value
    @value.setter
    def value(self, new): self._value = new
# %%
Outer.Inner.size = 5
Outer.Inner.Least.size = [6]
Outer.Inner.Least.more = 7
Outer.Inner.method = lambda self: 4
Outer.value = Outer.value.setter(lambda self, new: setattr(self, "_value", new * 2))
def task(x):
    outer, least = Outer(), Outer.Inner.Least
    outer.value = x
    own = Outer.Inner.size, Outer.Inner().method(), outer.value
    return *own, least.size, least.more, least().method()
""",
    ),
    Row(
        "what was taken from a class again",
        """
class Base:
    size = 1
    def method(self): return 1
class Kind(Base):
    size = 2
    def method(self): return 2
# %%
del Kind.size, Kind.method
def task(x): return Kind.size, Kind().method()
""",
    ),
    Row(
        "a class with another base than it was made with",
        """
class One: size = 1
class Two: size = 2
class Kind(One): pass
# %%
Kind.__bases__ = (Two,)
def task(x): return Kind.size, Kind.__mro__[1].__name__
""",
    ),
    Row(
        "a data class and an enumeration that were changed afterwards",
        """
import enum
from dataclasses import dataclass
@dataclass
class Data:
    size: int = 1
    def method(self): return self.size
class Kind(enum.Enum):
    one = 1
    def method(self): return "old"
# %%
Data.size = 5
Data.method = lambda self: "new"
Data.more = [3]
Kind.method = lambda self: "new"
Kind.other = property(lambda self: self.name)
def task(x):
    return Data().size, Data.size, Data().method(), Data.more, Kind.one.method(), Kind.one.other
""",
    ),
    Row(
        "members of enumerations that were given attributes afterwards",
        """
import enum
from dataclasses import dataclass
rates = {"a": 1}
class Colour(enum.Enum): red = 1; blue = 2; crimson = 1
class Planet(enum.Enum):
    earth = 1
    def __init__(self, mass): self.mass = self.size = mass
@dataclass(frozen=True)
class Size: n: int
class Kind(Size, enum.Enum): one = 3
class Outer:
    class Inner(enum.Flag): a = 1; b = 2
Made = enum.Enum("Made", "x y")
# %%
Colour.red.note = "n"
Colour.blue.other = Colour.red
Colour.red.other = Colour.blue
Colour.blue.rates = rates
Planet.earth.mass = 50
vars(Kind.one)["more"] = 4
Outer.Inner.a.note = [5]
Made.x.note = lambda: 6
def task(x):
    others = Colour.blue.other, Colour.red.other
    colour = Colour.crimson.note, *others, Colour.blue.rates is rates
    earth, inner = Planet.earth, Outer.Inner.a.note
    return *colour, earth.mass, earth.size, Kind.one.n, Kind.one.more, inner, Made.x.note()
""",
    ),
    Row(
        "classes whose bodies and decorators give them all they have",
        """
import functools
from dataclasses import dataclass, field
def shout(cls):
    plain = cls.say
    cls.say = lambda self: plain(self).upper()
    return cls
def twice(function): return lambda self: function(self) * 2
@shout
class Kind:
    def say(self): return "a"
class Base:
    def __init_subclass__(cls): cls.mark = cls.__name__
@functools.total_ordering
class Leaf(Base):
    @twice
    def doubled(self): return 4
    if True:
        def chosen(self): return "chosen"
    for n in range(3): pass
    def __lt__(self, other): return True
    __len__ = lambda self: 9
    alias = doubled
    kind = int
@dataclass(order=True)
class Data:
    size: int = field(default=3)
    parts: list = field(default_factory=list)
def task(x):
    leaf = Leaf()
    made = leaf.doubled(), leaf.chosen(), Leaf.n, Leaf.mark, len(leaf), leaf.alias(), leaf <= leaf
    return Kind().say(), *made, Leaf.kind(x), Data(), Data.size, hasattr(Data, "parts")
""",
    ),
    Row(
        "instances of classes without methods that were defined again with other fields",
        """
import enum
from dataclasses import dataclass
from typing import NamedTuple
@dataclass
class Data: size: int = 0
@dataclass
class Same: size: int = 0
class Named(NamedTuple): size: int = 0
class Kind(enum.Enum): one = 1; two = 2
class Wrong(ValueError): pass
class Plain: size = 1
olds = Data(1), Same(), Named(1), Kind.one, Wrong(2), Plain()
# %%
@dataclass
class Data: size: int = 0; more: int = 5
@dataclass(frozen=True)
class Same: size: int = 3
class Named(NamedTuple): size: int = 0; more: int = 6
class Kind(enum.Enum): one = 5; two = 2; three = 3
class Wrong(KeyError): pass
class Plain: size = 2; more = 3
def task(x):
    data, same, named, kind, wrong, plain = olds
    same.size += 1
    made = same.size, type(same)(), tuple(named), kind.value, len(type(kind))
    own = isinstance(wrong, ValueError), plain.size, hasattr(plain, "more")
    olds[1].size = 0
    return repr(data), *map(str, made), *own, Data(), Named(), len(Kind), Plain.more
""",
    ),
    Row(
        "a class of several statements in its cell, of which one ran",
        """
try:
    import nothing_of_this_name
    class Kind: name = "real"; size = 1
except ImportError:
    class Kind: name = "other"
if Kind.name == "other":
    class Chosen: more = 1
else:
    class Chosen: less = 1
def task(x): return Kind.name, hasattr(Kind, "size"), sorted(vars(Chosen))[-1]
""",
    ),
    Row(
        "a named tuple made by a call, and made again",
        """
from collections import namedtuple
Pair = namedtuple("Pair", "one two", defaults=[5])
old = Pair(1)
# %%
Pair = namedtuple("Pair", "one two three")
def task(x): return old.one, old, type(old)(x), Pair(x, x, x)
""",
        same="repr(found) == repr(serial) and type(found[0][1]) is type(serial[0][1])",
    ),
    Row(
        "a table that is deleted once classes and functions have read it",
        """
import contextlib
table = {"a": 1, "b": 2}
class Config:
    columns = list(table)
    size = len(table) + 1
    __own = tuple(table)
    def rows(self, by=table): return by
    @property
    def first(self, by=table["a"]): return by
    @classmethod
    def known(cls, *, by=sorted(table)): return by, cls.__own
@contextlib.contextmanager
def opened(by=table): yield by
del table
def task(x):
    with opened() as by:
        return Config.columns, Config.size, by is Config().rows(), Config().first, Config.known()
""",
    ),
    Row(
        "names that a class and decorated methods took their defaults from mean something else",
        """
import functools
from typing import NamedTuple
given = [1]
class Point(NamedTuple):
    x: int
    tags: list = given
    more: tuple = ()
class Kind:
    @property
    def one(self, by=given): return by
    @one.setter
    def one(self, value, by=given): by.append(value)
    @functools.cached_property
    def two(self, by=given): return by
    @functools.lru_cache
    def three(self, by=given): return by
held, given = given, None
def task(x):
    kind = Kind()
    kind.one = x
    given = kind.one, kind.two, kind.three(), Point(x).tags
    return [one is held for one in given], held[-1] == x, Point(x).more
""",
    ),
    Row(
        "cached functions and context managers in tables, defined again since",
        """
import contextlib, functools
@functools.cache
def step(x): return x + 1
@contextlib.contextmanager
def opened(x): yield x + 1
steps, opens = [step], {"old": opened}
# %%
@functools.cache
def step(x): return x + 2
@contextlib.contextmanager
def opened(x): yield x + 2
steps.append(step)
opens["new"] = opened
def task(x):
    named = [(one.__name__, one.__qualname__, one.__wrapped__.__name__) for one in (*steps, *opens.values())]
    return [one(x) for one in steps], [one(x).__enter__() for one in opens.values()], steps[1] is step, named
""",
    ),
    Row(
        "branches not taken that name what is nowhere",
        """
import functools
HAVE_FAST = False
class Kind:
    fast = fastlib.ndarray if HAVE_FAST else None
    both = HAVE_FAST and fastlib
    if HAVE_FAST:
        other = fastlib.other
    try: text = unicode
    except NameError: text = str
    for _ in (): found = fastlib
@functools.lru_cache(fastlib.size if HAVE_FAST else 3)
def step(x, by=fastlib.by if HAVE_FAST else 3): return x, by
def task(x): return Kind.fast, Kind.both, Kind.text, step(x)
""",
    ),
)
