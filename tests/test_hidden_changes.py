"""What functions change by ways that take more than one step to see, and what only looks so.

A cell leaves what it leaves serially, in one shell for all: each row defines everything anew.
"""

from __future__ import annotations

import contextlib
import io

import pytest
from IPython.core.interactiveshell import InteractiveShell

from randomfunctions import written

BEGIN = """
import collections, functools, operator, types
import numpy as np
done, other, sizes, n, array, points = [], [[1], [2]], [1, 2], 0, np.ones(3), np.ones((2, 2))
class Keeper:
    shared = []
    def __init__(self, kept): self.kept = kept
    def give(self): return self.kept
    def __call__(self): return self.kept
    def __neg__(self): return self.kept
    @staticmethod
    def common(): return done
    def through(self, *given): return self.put(*given)
    def put(self, x, to): to.append(x)
class Busy:
    n = 0
    def busy(self, *_):
        self.n += 1
        return 1
    def __iter__(self): return iter([self.busy()])
    __hash__ = __index__ = __eq__ = __radd__ = __call__ = busy
    def __repr__(self): return f"{self.busy()}"
    def __bool__(self): return bool(self.busy())
class Calling:
    def __call__(self, to, x): to.append(x)
class Grown:
    def __init__(self, rate): self.rate, self.sums, self.parts = rate, [0], []
    def fit(self, numbers):
        for one in numbers: self.sums[0] += self.rate * one
        return self
    def add(self, one):
        self.parts.append(one)
        return self
def push(to, x): to.append(x)
def push_all(rows, x):
    for row in rows: row.append(x)
def get(): return done
def rows(): return [done, done]
def made(): return [1]
class Taking:
    def __init__(self): self.items = get()
    def add(self, x): self.items.append(x)
class Filled:
    def __init__(self, x): self.items = made()
    def add(self, x): self.items.append(x)
def first(these): return these[0]
def some(these): return these[:2]
def again(): return get()
def number(): return n
def counting(x, seen=[]):
    seen.append(x)
    return len(seen)
def by_default(x, *, seen=[1]):
    (lambda to: to.append(x))(seen)
    return len(seen)
def deco(function):
    def around(*given): return function(*given)
    return around
def starred(*given): given[-1].append(1)
keeper, busy, calling = Keeper(done), Busy(), Calling()
busies, getters = [Busy()], {"get": get}
give, part = keeper.give, functools.partial(Keeper.give, keeper)
def f(x):
    {body}
    return x
def state():
    defaults = counting.__defaults__, by_default.__kwdefaults__
    objects = Keeper.shared, keeper.kept, busy.n, busies[0].n, vars(f)
    return repr((done, other, n, array, points, defaults, objects))
"""
CELL = """
a = f(3)
b = [f(k) for k in (1, 2)]
left = state()
"""
# What a random function may have changed.
LEFT = """repr((
    L, N, D, T, Box.kept, [vars(one) for one in (box, crate, tray, space, *boxes, f)],
    get(), f.__defaults__, f.__kwdefaults__,
))"""
CHANGES = {
    "what a lambda returns": "(lambda to: to)(done).append(x)",
    "what an inner function returns": "def go(): return done\n    go().append(x)",
    "what it is given and returns": "def go(y): return y\n    go(done).append(x)",
    "what it has by default and returns": "def go(y=done): return y\n    go().append(x)",
    "what it assigns": (
        "y = []\n    def go():\n        nonlocal y\n        y = done\n    go()\n    y.append(x)"
    ),
    "what a method returns": "keeper.give().append(x)",
    "what a method of a local object returns": "Keeper(done).give().append(x)",
    "what a static method returns": "Keeper.common().append(x)",
    "what an object returns that is called": "keeper().append(x)",
    "what an operator returns": "(-keeper).append(x)",
    "what a method with a name of its own returns": "give().append(x)",
    "what a function with a part of its arguments returns": "part().append(x)",
    "what a function in a table returns": "getters['get']().append(x)",
    "an element of what a function returns": "for to in rows(): to.append(x)",
    "a list that a function gives an object": "Taking().add(x)",
    "what a function returns, by `*=`": "y = get()\n    y *= 2",
    "what a function returns, by `+=` of a name": "y = get()\n    y += other[0]",
    "what a method returns, by `*=`": "y = keeper.give()\n    y *= 2",
    "a row that a function returns, by `*=`": "y = first(points)\n    y *= 2",
    "a slice that a function returns of an array, by `*=`": "y = some(array)\n    y *= 2",
    "a slice that a function returns of an array": "y = some(array)\n    y[:] = x",
    "what a function returns that returns what another does": "y = again()\n    y.append(x)",
    "a list that a function returns of a list, by `*=`": "y = first(other)\n    y *= 2",
    "what is in what a function returns, by `append`": "first([done]).append(x)",
    "what is in what a function returns, by `*=`": "y = first([done])\n    y *= 2",
    "what a function returns that another makes, by `*=`": "y = functools.cache(get)()\n    y *= 2",
    "what a function returns, by a method whose value is used": "y = get().append(x)",
    "what `map` gives": "for to in map(lambda y: y, [done]): to.append(x)",
    "what `reduce` gives": "functools.reduce(lambda y, z: y, [done, x]).append(x)",
    "what a function returns that another makes": "functools.cache(get)().append(x)",
    "what is taken out of a list": "[done].pop().append(x)",
    "what a dict has by default": "{}.setdefault('a', done).append(x)",
    "what a dict is updated with": "y = {}\n    y.update(to=done)\n    y['to'].append(x)",
    "what a dict is made of pairs with": "dict([(1, done)])[1].append(x)",
    "what is in a dict that is taken apart": "y = {**{'to': done}}\n    y['to'].append(x)",
    "what is in a sum of lists": "([done] + [])[0].append(x)",
    "what is added to a list": "y = []\n    y += [done]\n    y[0].append(x)",
    "what a namespace holds": "types.SimpleNamespace(to=done).to.append(x)",
    "an attribute of a local class": "class Some: to = done\n    Some.to.append(x)",
    "an attribute set by its name": (
        "y = Keeper([])\n    setattr(y, 'kept', done)\n    y.kept.append(x)"
    ),
    "an argument of an exception": (
        "try: raise ValueError(done)\n    except ValueError as e: e.args[0].append(x)"
    ),
    "a list of a class, where a value is used": "y = [Keeper.shared.append(x)]",
    "a list of an object that can be called": "y = [keeper.kept.append(x)]",
    "a list of a function": "y = [f.seen.append(x)]",
    "the default of an inner function": "def go(y=done.append(x)): pass",
    "a method in a list": "y = [done.append]\n    y[0](x)",
    "a method that is chosen": "y = done.append if x else print\n    y(x)",
    "a method that is called by its name": "operator.methodcaller('append', x)(done)",
    "a function with another name, imported inside": (
        "from heapq import heappush as put_in\n    put_in(done, x)"
    ),
    "parts of what a helper is given": "push_all([done], x)",
    "the default of a function that is called": "counting(x)",
    "the default of a function, by another": "by_default(x)",
    "what another function is given with a star": "starred(x, done)",
    "what a method hands on with a star": "keeper.through(x, done)",
    "what an object is given that is called": "calling(done, x)",
    "what a decorated function is given": "deco(push)(done, x)",
    "a list in a dict that is added to": "y = {'to': done}\n    y['to'] += [x]",
    "an object that is read to its end": "y = sum(busy)",
    "an object that is taken apart": "(y,) = busy",
    "an object with a star": "y = [*busy]",
    "an object that a generator yields from": "def go(): yield from busy\n    y = [*go()]",
    "the text of what a list holds": "y = str(busies)",
    "the text of an object by `%`": "y = '%s' % busy",
    "the text of an object by `format`": "y = '{}'.format(busy)",
    "a key of a dict": "y = {busy: x}",
    "a key that is looked up": "y = {1: 2}.get(busy)",
    "a place in a list": "y = [1, 2][busy]",
    "the elements of a list that are compared": "y = x in [busy]",
    "the sum of objects": "y = sum(busies)",
    "an object that `map` calls": "y = [*map(busy, [x])]",
    "an object that a library is given": "y = functools.reduce(busy, [x, x])",
    "an object that a library asks": "y = operator.truth(busy)",
    "a condition of a comprehension": "y = [x for _ in [x] if busy]",
    "a condition of a case": "match x:\n        case _ if busy: pass",
    "a decorator that is an object": "@busy\n    def go(): pass",
}
ALIKE = {
    "numbers that a local object adds up": "y = Grown(2).fit(other[1])\n    y.sums[0] += x",
    "a method that returns its object": "y = Grown(2)\n    y.add(Grown(x)).add(Grown(1))",
    "what a local object keeps": "y = Keeper([])\n    y.give().append(x)",
    "what an inner function makes": "def go(y): return [*y]\n    z = go(done)\n    z.append(x)",
    "a slice that a function returns of a list": "y = some(other)\n    y.append(x)",
    "a row of a copy of a table": "y = points.copy()\n    y[0] += x\n    y[0, 0] = 1",
    "a number of a namespace": "y = types.SimpleNamespace(to=other, n=0)\n    y.n += x",
    "a number that a function returns, by `*=`": "y = number()\n    y *= 2",
    "a number of a list that a function returns, by `*=`": "y = first(sizes)\n    y *= 2",
    "a number of an array that a function returns, by `*=`": "y = first(array)\n    y *= 2",
    "a list that a function has made for an object": "Filled(x).add(x)",
    "a list that a helper adds to": "y = [done]\n    push(y, x)",
    "a sum of lists": "y = done + [x]\n    y.append(x)",
    "a library that is given what is only read": "y = functools.reduce(max, [x, len(other)])",
    "an attribute of an object whose methods change it": "y = busy.n",
    "such an object in a list": "y = []\n    y.append(busy)",
    "such an object, given to what does nothing with it": "y = isinstance(busy, Busy)",
    "a function that is given to a library": "y = [*map(get, [])] + sorted(other, key=len)",
}


@pytest.fixture
def shell(bare_shell: InteractiveShell) -> InteractiveShell:
    """A shell with the extension, without the names of the test before."""
    bare_shell.run_line_magic("load_ext", "parmagic")
    return bare_shell


def left_by(shell: InteractiveShell, body: str, cell: str) -> tuple[object, int]:
    """Say what a cell leaves, and how many tasks it had."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for code in (BEGIN.replace("{body}", body), "f.seen, run = [], None", cell):
            shell.run_cell(code, store_history=False).raise_error()
    run = shell.user_ns["run"]
    return shell.user_ns["left"], len(run.tasks) if run else 0


def tasks_of(shell: InteractiveShell, body: str) -> int:
    """Check that a cell leaves what it leaves serially; return how many tasks it had."""
    serial, _ = left_by(shell, body, CELL)
    parallel, tasks = left_by(shell, body, f"%%parallel -q -w 2 -o run\n{CELL}")
    assert parallel == serial
    return tasks


@pytest.mark.parametrize("how", CHANGES)
def test_what_is_changed_in_more_than_one_step_is_changed_in_the_notebook(
    shell: InteractiveShell, how: str
) -> None:
    """In a worker it would be a change of a copy."""
    assert tasks_of(shell, CHANGES[how]) == 0


@pytest.mark.timeout(900)
def test_what_random_functions_change_is_changed_in_the_notebook(shell: InteractiveShell) -> None:
    """Wherever it is, by whatever way they come to it, and however they change it."""
    begun = set(shell.user_ns)

    def left(seed: int, options: str) -> object:
        for name in set(shell.user_ns) - begun:
            del shell.user_ns[name]
        text = written(seed)
        cells = text.definitions, f"{options}\n{text.cell}", f"left = {LEFT}"
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            for code in cells:
                shell.run_cell(code, store_history=False)
        return shell.user_ns["left"]

    changed = 0
    for seed in range(150):
        serial, parallel = left(seed, ""), left(seed, "%%parallel -q -w 2")
        assert parallel == serial, written(seed)
        changed += serial != left(-1, "")
    assert changed >= 120  # or they would prove little


@pytest.mark.parametrize("how", ALIKE)
def test_what_looks_like_such_a_change_and_is_none_runs_in_parallel(
    shell: InteractiveShell, how: str
) -> None:
    """The promise is to be right; but also to be of use."""
    assert tasks_of(shell, ALIKE[how]) == 3
