"""Classes in all the ways in which cells define them."""

from __future__ import annotations

from definables.row import Row

CLASSES = (
    Row(
        "inheritance across cells, and `super()`",
        """
class Base:
    def __init__(self, n): self.n = n
    def value(self): return self.n
# %%
class Leaf(Base):
    def __init__(self, n): super().__init__(n * 2)
    def value(self): return super().value() + 1
def task(x): return Leaf(x).value()
""",
    ),
    Row(
        "values that a class was given by names which mean others by now",
        """
import enum
from dataclasses import dataclass
from typing import NamedTuple
n = 1
class Plain:
    n = n * 2
    def method(self, x=n, *, y=n): return x, y
    @classmethod
    def of_class(cls, x=n): return x
    @staticmethod
    def alone(x=n): return x
@dataclass
class Data:
    size: int = n; count: int = 1 + n
class Named(NamedTuple):
    size: int = n
class Kind(enum.IntEnum):
    one = n
    two = one + n
# %%
n = 7
def task(x):
    made = Plain.n, Plain().method(), Plain.of_class(), Plain.alone()
    return *made, Data().size, Data().count, Named().size, int(Kind.one), int(Kind.two)
""",
    ),
    Row(
        "values of a class that its body would make anew",
        """
import random, threading
class Settings:
    def __init__(self): self.level = 1
class Model:
    seed = random.random()
    settings = Settings()
    weights = [1, 2]
    lock = threading.Lock()
# %%
Model.settings.level = 5
Model.weights.append(3)
def task(x): return Model.seed, Model.settings.level, Model.weights, Model.lock.locked()
""",
    ),
    Row(
        "a class defined again in its own cell, and an instance of what it was",
        """
class Step:
    size = 1
    def value(self): return self.size
first = Step()
class Step:
    size = 2
    def value(self): return self.size, "new"
def task(x): return Step().value(), first.value()
""",
    ),
    Row(
        "instances that come back",
        """
class Box:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return type(self) is type(other) and self.x == other.x
def task(x): return Box(x)
""",
    ),
    Row(
        "properties and slots",
        """
class Point:
    __slots__ = ("x", "_y")
    def __init__(self, x): self.x, self._y = x, 2
    @property
    def y(self): return self._y
    @y.setter
    def y(self, value): self._y = value
point = Point(4)
def task(x):
    point.y = x
    return point.x, point.y, hasattr(point, "__dict__")
""",
    ),
    Row(
        "metaclasses",
        """
class Meta(type):
    def __new__(mcs, name, bases, names, **more):
        made = super().__new__(mcs, name, bases, names)
        made.tag = name.lower() + str(more.get("n", 0))
        return made
    def __call__(cls, *args): return super().__call__(*args)
class Kind(metaclass=Meta, n=3): pass
def task(x): return Kind.tag, type(Kind).__name__, isinstance(Kind(), Kind)
""",
    ),
    Row(
        "`__init_subclass__`",
        """
class Base:
    found = []
    def __init_subclass__(cls, **more): Base.found.append(cls.__name__)
class One(Base): pass
class Two(Base): pass
def task(x): return One.__mro__[1] is Base, "One" in Base.found
""",
    ),
    Row(
        "abstract classes",
        """
import abc
class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...
class Square(Shape):
    def area(self): return 4
def task(x):
    try: Shape()
    except TypeError: return Square().area() + x
""",
    ),
    Row(
        "generics and TypeVars",
        """
from typing import Generic, TypeVar
T = TypeVar("T")
class Box(Generic[T]):
    def __init__(self, item: T): self.item = item
    def get(self) -> T: return self.item
def first(items: list[T]) -> T: return items[0]
def task(x): return Box[int](x).get(), first([x])
""",
    ),
    Row(
        "protocols, `NewType` and type aliases",
        """
from typing import NewType, Protocol, runtime_checkable
UserId = NewType("UserId", int)
Pair = tuple[int, UserId]
@runtime_checkable
class Sized(Protocol):
    def size(self) -> int: ...
class Thing:
    def size(self): return 1
def task(x): return UserId(x), isinstance(Thing(), Sized), str(Pair.__origin__)
""",
    ),
    Row(
        "a dataclass",
        """
from dataclasses import dataclass, asdict, field
@dataclass
class Inner:
    n: int = 1
@dataclass(order=True)
class Point:
    x: int
    inner: Inner = field(default_factory=Inner)
    tags: list = field(default_factory=list, compare=False)
def task(x): return Point(x), asdict(Point(x)), Point(1) < Point(x)
""",
    ),
    Row(
        "`asdict` and `replace` after the trip",
        """
import dataclasses
@dataclasses.dataclass
class Point:
    x: int
    y: list = dataclasses.field(default_factory=lambda: [1])
def task(x): return Point(x)
""",
        same="[dataclasses.asdict(p) for p in found] == [dataclasses.asdict(p) for p in serial] "
        "and dataclasses.replace(found[0], x=9) == Point(9) and found == serial",
    ),
    Row(
        "a dataclass, frozen and with slots",
        """
from dataclasses import dataclass
@dataclass(frozen=True, slots=True)
class Point:
    x: int
    def moved(self): return Point(self.x + 1)
@dataclass(frozen=True)
class Line:
    a: Point
origin = Point(0)
def task(x): return Point(x).moved(), hash(origin) == hash(Point(0)), Line(origin)
""",
    ),
    Row(
        "`InitVar`, `ClassVar`, `KW_ONLY` and `__post_init__`",
        """
from dataclasses import dataclass, InitVar, KW_ONLY, field
from typing import ClassVar
@dataclass
class Point:
    scale: ClassVar[int] = 10
    x: int
    by: InitVar[int] = 2
    _: KW_ONLY
    y: int = 3
    z: int = field(init=False)
    def __post_init__(self, by): self.z = self.x * by * self.scale
def task(x): return Point(x, 3, y=4)
""",
    ),
    Row(
        "`make_dataclass`",
        """
import dataclasses
Point = dataclasses.make_dataclass("Point", [("x", int), ("y", int, 5)])
def task(x): return Point(x).y
""",
    ),
    Row(
        "`Enum`: `is` holds",
        """
import enum
class Colour(enum.Enum):
    BLUE = enum.auto()
    RED = "r"
    def other(self): return Colour.BLUE if self is Colour.RED else Colour.RED
def task(colour): return colour.other()
""",
        items="list(Colour)",
        same="all(a is b for a, b in zip(found, serial))",
    ),
    Row(
        "`IntEnum`, `Flag` and `StrEnum`",
        """
import enum
class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2
class Right(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()
class Word(enum.StrEnum):
    YES = enum.auto()
both = Right.READ | Right.WRITE
def task(x): return Level(x), both, Right.READ in both, Word.YES
""",
        same="found == serial and found[0][0] is Level.LOW and found[0][1] is both",
    ),
    Row(
        "enumerations made by a call",
        """
import enum
Colour = enum.Enum("Colour", "RED BLUE")
def task(x): return Colour(x)
""",
        same="all(a is b for a, b in zip(found, serial))",
    ),
    Row(
        "`NamedTuple` and `namedtuple`",
        """
from typing import NamedTuple
from collections import namedtuple
class Pair(NamedTuple):
    a: int
    b: int = 2
    def total(self): return self.a + self.b
Point = namedtuple("Point", "x y", defaults=[7])
def task(x): return Pair(x), Pair(x).total(), Point(x), Point(x)._asdict()
""",
        same="found == serial and type(found[0][0]) is Pair and type(found[0][2]) is Point",
    ),
    Row(
        "a `namedtuple` under another name",
        """
from collections import namedtuple
Point = namedtuple("Pt", "x y")
Pt = Point
def task(x): return Point(x, 1)
""",
    ),
    Row(
        "`TypedDict`",
        """
from typing import TypedDict, NotRequired
class Film(TypedDict, total=False):
    name: str
    year: NotRequired[int]
def task(x): return Film(name="a", year=x), Film.__total__
""",
    ),
    Row(
        "an exception of the notebook, caught by its class",
        """
class Broken(ValueError):
    def __init__(self, code, hint=None):
        super().__init__(f"broken {code}")
        self.code, self.hint = code, hint
def inner(x): raise Broken(x, hint="look")
def task(x):
    try: inner(x)
    except Broken as error: return error.code, error.hint, str(error)
""",
    ),
    Row(
        "an exception of the notebook, returned",
        """
class Broken(Exception):
    pass
def task(x): return Broken(x)
""",
        same="[(type(e), e.args) for e in found] == [(type(e), e.args) for e in serial]",
    ),
    Row(
        "a pydantic class",
        """
from pydantic import BaseModel, field_validator
class User(BaseModel):
    name: str
    age: int = 3
    @field_validator("age")
    @classmethod
    def check(cls, value): return value + 1
ann = User(name="Ann", age=4)
def task(x): return User(name=str(x), age=x), ann.model_dump()
""",
        wants="pydantic",
    ),
    Row(
        "an attrs class",
        """
import attrs
@attrs.define
class Point:
    x: int = attrs.field()
    y: list = attrs.field(factory=list)
    @x.validator
    def check(self, attribute, value): assert value > 0
@attrs.frozen
class Fixed:
    x: int = 1
def task(x): return Point(x), Fixed(), attrs.asdict(Point(x))
""",
        wants="attrs",
    ),
    Row(
        "nested classes",
        """
class Outer:
    class Inner:
        def __init__(self, n): self.n = n
        def __eq__(self, other): return type(self) is type(other) and self.n == other.n
        class Deep:
            m = 1
    kind = Inner
inner = Outer.Inner(3)
def task(x): return Outer.Inner(x), Outer.kind is Outer.Inner, inner.n, Outer.Inner.Deep.m
""",
    ),
    Row(
        "a nested class under a name of its own",
        """
class Outer:
    class Inner:
        n = 4
Inner = Outer.Inner
def task(x): return Inner.n, Inner is Outer.Inner
""",
    ),
    Row(
        "a class under two names",
        """
class Long: n = 3
Short = Long
def task(x): return Short is Long, Short.n
""",
    ),
    Row(
        "a class that a later cell defined again",
        """
class Kind: n = 1
# %%
class Kind: n = 2
kind = Kind()
def task(x): return kind.n, Kind.n
""",
    ),
    Row(
        "a subclass of a class that was defined again",
        """
class Base: n = 1
class Leaf(Base): pass
# %%
class Base: n = 2
def task(x): return Leaf.n, Base.n, issubclass(Leaf, Base)
""",
    ),
    Row(
        "attributes given to a class later",
        """
class Kind:
    n = 1
Kind.n = 5
Kind.m = [6]
def get(self): return self.n
# %%
Kind.get = get
def task(x): return Kind.n, Kind.m, Kind().get()
""",
    ),
    Row(
        "class attributes whose names changed since",
        """
n = 3
class Kind:
    size = n
    table = [n] * 2
n = 4
def task(x): return Kind.size, Kind.table
""",
    ),
    Row(
        "operators, iteration, descriptors and `__getattr__`",
        """
class Typed:
    def __set_name__(self, owner, name): self.name = "_" + name
    def __get__(self, there, owner=None): return getattr(there, self.name, 0)
    def __set__(self, there, value): setattr(there, self.name, value)
class Vector:
    x = Typed()
    def __init__(self, x): self.x = x
    def __add__(self, other): return Vector(self.x + other.x)
    def __iter__(self): return iter([self.x])
    def __getattr__(self, name):
        if name.startswith("_"): raise AttributeError(name)
        return name.upper()
v = Vector(3)
def task(x): return list(v + Vector(x)), v.abc
""",
    ),
    Row(
        "`__getstate__`, `__setstate__` and `__getnewargs__`",
        """
class Held:
    def __init__(self, n): self.n, self.lock = n, open
    def __getstate__(self): return {"n": self.n}
    def __setstate__(self, state): self.n = state["n"] + 100
class Made(tuple):
    def __new__(cls, a, b): return super().__new__(cls, (a, b))
    def __getnewargs__(self): return tuple(self)
held, made = Held(1), Made(1, 2)
def task(x): return held.n >= 1, made, type(made) is Made
""",
    ),
    Row(
        "subclasses of builtins",
        """
class Stack(list):
    def top(self): return self[-1]
class Name(str): pass
class Table(dict):
    def __missing__(self, key): return key
stack, table = Stack([1, 2]), Table(a=1)
def task(x): return stack.top(), table["z"], Name("n"), Stack([x])
""",
    ),
    Row(
        "a class made by `type`",
        """
def get(self): return self.n
Kind = type("Kind", (), {"n": 4, "get": get})
def task(x): return Kind().get() + x
""",
    ),
    Row(
        "a class with a docstring, a private name and `__class__`",
        '''
class Kind:
    """What it is."""
    __secret = 3
    def get(self): return self.__secret, __class__.__name__, Kind.__doc__
def task(x): return Kind().get()
''',
    ),
    Row(
        "class bodies that run statements",
        """
class Kind:
    names = []
    for name in ("a", "b"):
        names.append(name.upper())
    del name
    if len(names) > 1:
        def get(self): return self.names
    pairs = {k: len(v) for k, v in {"x": "yy"}.items()}
def task(x): return Kind().get(), Kind.pairs
""",
    ),
)
