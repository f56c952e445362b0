"""Variables that several functions and classes share, and objects that are found in two ways."""

from __future__ import annotations

from definables.row import Row

SHARED = (
    Row(
        "classes and functions that count in one variable of the function around them",
        """
def make(n):
    class Counter:
        first = n
        def add(self):
            nonlocal n
            n += 1
            return n
        @property
        def now(self): return n
    class Other:
        def __init__(self): self.__own = n
        def add(self): return Counter().add() - self.__own
    def get(): return n
    return Counter, Other, get, Counter().add
Counter, Other, get, bound = make(3)
def task(x):
    before = get()
    return Counter().add() - before, Other().add(), bound() - before, Counter().now == get(), Counter.first
""",
    ),
    Row(
        "a context manager, a cached and a plain function that share a variable",
        """
import contextlib, functools
def make():
    depth = 0
    @contextlib.contextmanager
    def deeper():
        nonlocal depth
        depth += 1
        yield get, deeper
        depth -= 1
    @functools.lru_cache
    def level(x): return depth + x
    def get(): return depth
    return deeper, level, get
deeper, level, get = make()
def task(x):
    with deeper(), deeper() as (found, itself):
        return get(), level(x), found is get, itself is deeper
""",
    ),
    Row(
        "an instance that methods of its own class find around them",
        """
def make():
    class Node:
        def root(self): return root
        def all(self): return known
    root = Node()
    known = [root, Node()]
    return Node, root
Node, root = make()
def task(x): return Node().root() is root, root.all()[0] is root, type(root.all()[1]) is Node
""",
    ),
    Row(
        "a function that finds itself by another name",
        """
def make():
    def inner(x): return other.__name__, x
    other = inner
    return inner
found = make()
def task(x): return found(x)
""",
    ),
    Row(
        "methods whose decorator has a variable of the same name as the function around the class",
        """
def times(n):
    def wrap(function):
        def run(self): return n * function(self)
        return run
    return wrap
def make(n):
    class Kind:
        @times(5)
        def get(self): return n
    return Kind
Kind = make(7)
def task(x): return Kind().get()
""",
    ),
    Row(
        "a class that a decorator has put a function or an object in the place of",
        """
import dataclasses
def single(kind):
    made = {}
    def get(*given):
        if kind not in made: made[kind] = kind(*given)
        return made[kind]
    return get
class Single:
    def __init__(self, kind): self.kind, self.made = kind, None
    def __call__(self):
        self.made = self.made or self.kind()
        return self.made
@single
class Config:
    def __init__(self): self.level = 1
@Single
@dataclasses.dataclass
class Other:
    level: int = 1
config, other = Config(), Other()
config.level = other.level = 5
def task(x): return Config() is config, Config().level, Other() is other, repr(Other())
""",
    ),
    Row(
        "an enumeration that was given values beside its members",
        """
import enum
class Colour(enum.Enum):
    RED = 1
    def shown(self): return self.names[self]
Colour.names = {Colour.RED: "rot"}
Colour.count = 1
def task(x): return Colour.RED.shown(), Colour.count, len(Colour)
""",
    ),
    Row(
        "a class without bases of which a method was deleted",
        """
class Kind:
    def kept(self): return 1
    def gone(self): return 2
del Kind.gone
def task(x): return Kind().kept(), hasattr(Kind, "gone")
""",
    ),
    Row(
        "a class of a function without methods, which was given more later",
        """
made = []
def make(n):
    made.append(n)
    class Kind:
        level = n
        parts = [n]
    return Kind
Kind = make(3)
Kind.more = "more"
Kind.level = 10
def task(x): return Kind.level, Kind.more, Kind.parts, made
""",
    ),
    Row(
        "classes within a class of a function, and within one that was defined again",
        """
def make(n):
    class Outer:
        class Inner:
            def get(self): return n
    return Outer
class Kind:
    class Inner:
        def get(self): return "old"
Outer = make(3)
within, outer, old, of_old = Outer.Inner(), Outer(), Kind(), Kind.Inner()
# %%
class Kind:
    class Inner:
        def get(self): return "new"
def task(x):
    same = type(within) is Outer.Inner, type(outer).Inner is Outer.Inner, type(old).Inner is type(of_old)
    return same, within.get(), of_old.get(), Kind.Inner().get(), type(within).__qualname__
""",
    ),
    Row(
        "what Python says of methods of classes of a function, and of classes that were defined again",
        """
class Kind:
    def get(self, a): return a
old = Kind()
def make():
    class Local:
        class Inner:
            def get(self, a): return a
        @staticmethod
        def fixed(a): return a
        @property
        def size(self): return 1
    return Local
Local = make()
# %%
class Kind: pass
def task(x):
    said = []
    for call in (old.get, Local.fixed, Local.Inner().get, type(old)):
        try: call(1, 2, 3)
        except TypeError as error: said.append(str(error))
    return said, Local.size.fget.__qualname__
""",
    ),
)
