"""Type parameters, variables and aliases, and annotations that name them."""

from __future__ import annotations

from definables.row import Row

TYPED = (
    Row(
        "type variables made on one line",
        """
from typing import TypeVar, Generic
K, V = TypeVar("K"), TypeVar("V")
class Pair(Generic[K, V]):
    def __init__(self, k: K, v: V): self.k, self.v = k, v
def swap(p: Pair[K, V]) -> Pair[V, K]: return Pair(p.v, p.k)
def task(x): return swap(Pair(x, 2)).k, Pair.__parameters__ == (K, V)
""",
    ),
    Row(
        "aliases that quote what comes later",
        """
from typing import Optional, Union, List, Dict
Maybe = Optional["Node"]
Json = Union[Dict[str, "Json"], List["Json"], int]
class Node:
    next: Maybe = None
    def get(self, other: Maybe) -> Maybe: return other
def count(j: Json) -> int: return len(j) if isinstance(j, list) else 1
def task(x): return Node().get(x), count([x, 1])
""",
    ),
    Row(
        "a closure with annotations that only its maker knows",
        """
import typing
def make(n):
    class Local: pass
    L = typing.Optional[int]
    def get(x: Local | L, y: L = None) -> "Local": return x, n
    return get
get = make(3)
def task(x): return get(x), sorted(get.__annotations__)
""",
    ),
    Row(
        "a function that reads its own type parameter",
        """
from typing import cast
def first[T](items: list[T]) -> T:
    def key(x: T): return cast(T, x)
    return key(items[0])
def task(x): return first([x])
""",
        since=(3, 12),
    ),
    Row(
        "a closure that reads its own type parameter",
        """
def make(n):
    def get[T](x: T) -> T:
        held: list[T] = [x]
        return held[0], n, T.__name__
    return get
task = make(3)
""",
        since=(3, 12),
    ),
    Row(
        "closures over one variable, one with a type parameter",
        """
def make():
    n = 0
    def up[T](x: T) -> T:
        nonlocal n
        n += 1
        return T.__name__, n
    def get(): return n
    return up, get
up, get = make()
def task(x):
    before = get()
    up(x)
    return get() - before
""",
        since=(3, 12),
    ),
    Row(
        "a generic class that derives from one which makes it",
        """
class Base:
    def wrap(self): return Wrapped[int](self)
class Wrapped[T](Base):
    def __init__(self, one: T): self.one = one
def task(x): return type(Base().wrap().one).__name__
""",
        since=(3, 12),
    ),
    Row(
        "a generic class made by a function",
        """
def make(n):
    class Box[T]:
        def __init__(self, value: T): self.value = value
        def get(self) -> T: return self.value + n, T.__name__
    return Box, n
Box, n = make(4)
del n
def task(x): return Box[int](x).get()
""",
        since=(3, 12),
    ),
    Row(
        "closures with annotations of the type parameters around them",
        """
from collections.abc import Callable
def logged[**P, R](f: Callable[P, R]) -> Callable[P, R]:
    def run(*args: P.args, **kwargs: P.kwargs) -> R: return f(*args, **kwargs)
    return run
def adder[T](n: T):
    def add(x: T, y: list[T] = None) -> T: return x + n
    return add
@logged
def step(x: int) -> int: return x + 1
add = adder(3)
def task(x): return step(x), add(x), sorted(add.__annotations__)
""",
        since=(3, 12),
    ),
    Row(
        "type parameters of each kind, with defaults, of Python 3.13",
        """
from collections.abc import Callable
class Box[T = int, **P = [int]]:
    def __init__(self, v: T): self.v = v
def call[**P, R](f: Callable[P, R], *args: P.args, **kw: P.kwargs) -> R: return f(*args, **kw)
def many[*Ts](*a: *Ts) -> tuple[*Ts]: return a
type Alias[T = int] = list[T] | dict[str, Alias[T]]
def aliased(x: Alias) -> Alias[int]: return x
def task(x): return Box(x).v, call(pow, x, 2), many(x, 1), Alias.__value__.__args__[0].__name__, aliased(x), Alias.__type_params__[0].__default__ is int
""",
        since=(3, 13),
    ),
    Row(
        "template strings, of Python 3.14",
        """
def render(t): return "".join(one if isinstance(one, str) else str(one.value) for one in t)
def task(x): return render(t"a {x} b {x + 1!r:>3}")
""",
        since=(3, 14),
    ),
)
