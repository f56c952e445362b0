"""Writes functions at random that change a list of the notebook: where it is, and how, is hidden.

What is changed is a root; ways lead from it to an expression that is the same list; a change is
made of that; and a carrier is how the code runs when `f` is called.
"""

# ruff: noqa: E501 - an alternative of the grammar is not broken up

from __future__ import annotations

import random
import re
from textwrap import indent
from typing import NamedTuple

BEGIN = """
import collections, contextlib, copy, dataclasses, functools, heapq, itertools, operator, random, types
L, N, D, T = [3, 1, 2], [[5, 1], [2, 3]], {"k": [4, 2]}, (1, [6])
def same(z): return z
def first(*given): return given[0]
def push(to, v): to.append(v)
def each(z): yield z
def apply(function, *given): return function(*given)
def many(function, rows): return [function(*row) for row in rows]
def deco(function):
    def around(*given): return function(*given)
    return around
def make():
    kept = [8, 1]
    def get(): return kept
    return get
@contextlib.contextmanager
def context(z): yield z
class Box:
    kept = [7]
    def __init__(self, v): self.v = v
    def give(self): return self.v
    def set(self, x): self.v.append(x)
    @property
    def shown(self): return self.v
    @shown.setter
    def shown(self, x): self.v.append(x)
    def __getitem__(self, i): return self.v
    def __call__(self): return self.v
    def __iter__(self): yield self.v
    def __enter__(self): return self.v
    def __exit__(self, *_): pass
    def __neg__(self): return self.v
    @staticmethod
    def static(z): return z
class Crate(Box): pass
@dataclasses.dataclass
class Tray:
    v: list
box, crate, tray, boxes = Box(L), Crate([1, 2]), Tray([9, 8]), [Box([0, 1])]
get, by, give, part = make(), {"get": lambda: L}, crate.give, functools.partial(same, L)
space, table = types.SimpleNamespace(v=[1]), {"push": push, "put": lambda to, v: to.append(v)}
"""
# Parameters of `f` beside x, what of them or of the notebook is changed, and what `f` is given.
ROOTS = [
    ("", "L", ""), ("", "N[0]", ""), ("", "D['k']", ""), ("", "T[1]", ""), ("", "Box.kept", ""), ("", "box.v", ""),
    ("", "crate.give()", ""), ("", "crate()", ""), ("", "(-crate)", ""), ("", "crate[0]", ""), ("", "tray.v", ""),
    ("", "boxes[0].v", ""), ("", "get()", ""), ("", "by['get']()", ""), ("", "give()", ""), ("", "part()", ""),
    ("", "space.v", ""), ("", "f.kept", ""), (", r", "r", ", L"), (", *, r", "r", ", r=L"), (", r=[9]", "r", ""),
    (", r=L", "r", ""), (", *rs", "rs[0]", ", L"), (", **rs", "rs['r']", ", r=L"), (", r", "r.v", ", crate"),
    (", r", "r.give()", ", crate"), (", r", "r['k']", ", D"), (", r", "r[0].v", ", boxes"),
]  # fmt: skip
# What stands before, and what is the same list then; `@` is the expression so far.
WAYS = [
    ("w = @", "w"), ("w, _ = @, 1", "w"), ("*_, w = 1, @", "w"), ("w = {'a': @}", "w['a']"), ("for w in [@]: pass", "w"),
    ("for _, w in enumerate([@]): pass", "w"), ("with context(@) as w: pass", "w"), ("with Box(@) as w: pass", "w"),
    ("match [@, 1]:\n    case [w, _]: pass", "w"), ("def go(): return @", "go()"), ("go = lambda: @", "go()"),
    ("def go(z): return z", "go(@)"), ("w = []\nw.append(@)", "w[0]"), ("w = []\nw += [@]", "w[0]"),
    ("w = {}\nw.update(a=@)", "w['a']"), ("w = Box(0)\nw.v = @", "w.v"), ("class Some: w = @", "Some.w"),
    ("try: raise ValueError(@)\nexcept ValueError as w: w = w.args[0]", "w"), ("w = z = @", "z"),
    ("", "(w := @)"), ("", "[@][0]"), ("", "next(iter([@]))"), ("", "same(@)"), ("", "first(@, 1)"), ("", "(@ or [])"),
    ("", "(lambda z: z)(@)"), ("", "max([@], key=len)"), ("", "[z for z in [@]][0]"), ("", "list(map(same, [@]))[0]"),
    ("", "Box(@).v"), ("", "Box(@).give()"), ("", "Box(@).shown"), ("", "Box(@)[0]"), ("", "Box(@)()"), ("", "(-Box(@))"),
    ("", "Box.static(@)"), ("", "Tray(@).v"), ("", "next(each(@))"), ("", "[@].pop()"), ("", "{'a': @}.get('a')"),
    ("", "dict(a=@)['a']"), ("", "{**{'a': @}}['a']"), ("", "([@] + [])[0]"), ("", "functools.partial(same, @)()"),
    ("", "functools.reduce(lambda a, b: a, [@, 1])"), ("", "copy.copy([@])[0]"), ("", "operator.itemgetter(0)([@])"),
    ("", "dict(zip([1], [@]))[1]"), ("", "list({'a': @}.items())[0][1]"), ("", "collections.deque([@]).pop()"),
    ("", "types.SimpleNamespace(v=@).v"), ("", "getattr(Box(@), 'v')"),
]  # fmt: skip
CHANGES = [
    "@.append(x)", "v = @\nv += [x]", "@[0] = x", "@[:] = [x]", "@[0] += 1", "del @[0]", "@.sort()",
    "y = @.pop()", "for @[0] in [x]: pass", "@[0], y = x, 1", "list.append(@, x)", "add = @.append\nadd(x)",
    "y = [@.append(x)]", "y = @.append(x) or 1", "if @.append(x): pass", "return (@.append(x), x)[1]",
    "[*map(@.append, [x])]", "adds = [@.append]\nadds[0](x)", "add = @.append if x else print\nadd(x)",
    "operator.setitem(@, 0, x)", "heapq.heappush(@, x)", "random.Random(1).shuffle(@)", "@.__setitem__(0, x)",
    "push(@, x)", "push(to=@, v=x)", "push(*(@, x))", "apply(push, @, x)", "many(push, [(@, x)])", "deco(push)(@, x)",
    "table['push'](@, x)", "table['put'](@, x)", "functools.partial(push, @)(x)", "getattr(@, 'append')(x)",
    "(lambda z: z.append(x))(@)", "def go(z): z.append(x)\ngo(@)", "def go(z=@.append(x)): pass", "Box(@).set(x)",
    "Box(@).shown = x", "b = Crate(@)\nb.set(x)", "for z in Box(@): z.append(x)", "try: pass\nfinally: @.append(x)",
    "class Some: @.append(x)", "with contextlib.ExitStack() as stack: stack.callback(push, @, x)",
    "functools.reduce(lambda a, z: a.append(z) or a, [x], @)", "y = [0 for z in [1] if @.append(z)]",
]  # fmt: skip
# `@` is the parameters, `$` what they are handed on as, and `%` the code.
CARRIERS = [
    "def f(@):\n    %\n    return x",
    "def go(@):\n    %\n    return x\ndef f(@): return go($)",
    "def f(@):\n    def inside():\n        %\n        return x\n    return inside()",
    "def go(@):\n    %\n    return x\ndef f(*a, **k): return go(*a, **k)",
    "def go(@):\n    %\n    yield x\ndef f(@): return next(go($))",
    "class Some:\n    def go(self, @):\n        %\n        return x\nsome = Some()\ndef f(@): return some.go($)",
    "class Some:\n    def go(self, @):\n        %\n        return x\n    def run(self, *a, **k): return self.go(*a, **k)\ndef f(@): return Some().run($)",
    "class Some:\n    def __call__(self, @):\n        %\n        return x\nsome = Some()\ndef f(@): return some($)",
    "class Some:\n    def __init__(self, @):\n        %\ndef f(@):\n    Some($)\n    return x",
    "@@functools.wraps(same)\ndef go(@):\n    %\n    return x\nsteps = {'go': go}\ndef f(@): return steps['go']($)",
]
CELLS = [
    "a = f(1@)\nb = f(2@)", "a = [f(i@) for i in (1, 2, 3)]", "b = sum(f(i@) for i in (1, 2))",
    "for i in (1, 2, 3):\n    y = f(i@)\n    out.append(y)", "f(1@)\nf(2@)",
]  # fmt: skip


class Written(NamedTuple):
    """Definitions, and a cell that calls what they define."""

    definitions: str
    cell: str


def written(seed: int) -> Written:
    """Write a function that changes something, and a cell that calls it; with -1, none."""
    if seed < 0:
        return Written(f"{BEGIN}def f(x): return x\nf.kept, out = [], []\n", "")
    chosen = random.Random(seed)  # noqa: S311 - not for secrets
    more, where, given = chosen.choice(ROOTS)
    code: list[str] = []
    # What a function returns that returns what another returns, is not followed so far.
    for place in range(0 if where.endswith(")") else chosen.choice((0, 1, 1, 2))):
        before, after = (_named(text, place).replace("@", where) for text in chosen.choice(WAYS))
        code += before.split("\n") if before else []
        where = after
    code += chosen.choice(CHANGES).replace("@", where).split("\n")
    function = _carried(chosen.choice(CARRIERS), f"x{more}", code)
    cell = chosen.choice(CELLS).replace("@", given)
    return Written(f"{BEGIN}{function}\nf.kept, out = [], []\n", cell)


def _named(text: str, place: int) -> str:
    """Give names of their own to what a way binds."""
    return re.sub(r"\b(w|go|Some)\b", rf"\g<1>{place}", text)


def _carried(carrier: str, parameters: str, code: list[str]) -> str:
    """Fill in the parameters of a carrier, what it hands on, and the code."""
    names = [one.split("=")[0].strip() for one in parameters.split(",")]
    by_name = "*" in names
    handed = [f"{one}={one}" if by_name and one != "x" else one for one in names if one != "*"]
    lines = carrier.replace("@@", "#").replace("@", parameters).replace("#", "@").split("\n")
    filled = [
        indent("\n".join(code), line.partition("%")[0]) if line.strip() == "%" else line
        for line in lines
    ]
    return "\n".join(filled).replace("$", ", ".join(handed))
