"""What functions change or use up, which a worker would do to a copy: such calls are no tasks."""

# ruff: noqa: E501 - a cell is one line of the table

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from IPython.core.interactiveshell import InteractiveShell

from equality import Row as CellRow
from equality import Twice
from parmagic.magics.cell import Cell
from parmagic.magics.known import known
from parmagic.magics.parallel import CellRun
from parmagic.plan.cells.cell import read_cell
from parmagic.plan.cells.step import Group
from parmagic.run.manner import Manner

FUNCTIONS = """
import functools, itertools, random
import numpy as np
def push(x):
    done.append(x)
    return x
def norm(v):
    v -= v.mean()
    return float(v.sum())
def digits(n):
    count = 0
    while n:
        n //= 10
        count += 1
    return count
def take(it, k): return list(itertools.islice(it, k))
def collect(x, into=None):
    if into is None:
        into = []
    into.append(x)
    return len(into)
def keep(x, into=[]):
    into.append(x)
    return len(into)
def power(m, x, n):
    for _ in range(n):
        x = m @ x
        x /= x.sum()
    return x.tolist()
def vector(n): return np.arange(float(n))
def apply(function, x): return function(x)
def use(): return config.rate()
class Config:
    def rate(self): return base * 2
def counts(function):
    @functools.wraps(function)
    def wrapper(*args):
        wrapper.calls += 1
        return function(*args)
    wrapper.calls = 0
    return wrapper
def keeps(limit):
    def decorator(function):
        cache, number = {}, 0
        def wrapper(x):
            nonlocal number
            number += 1
            if len(cache) < limit:
                cache[x] = number
            return function(x)
        return wrapper
    return decorator
def checks(function):
    @functools.wraps(function)
    def wrapper(*args):
        given = []
        for one in args: given.append(one)
        return function(*given)
    return wrapper
class Tally:
    def __init__(self, function): self.function, self.calls = function, 0
    def __call__(self, x):
        self.calls += 1
        return self.function(x)
class Runs:
    def __init__(self, function): self.function = function
    def __call__(self, x): return self.function(x)
"""


class Row(NamedTuple):
    """A definition, a cell, and what of it stays serial and why."""

    defined: str
    cell: str
    serial: tuple[str, ...] = ()


def _of_both(what: str) -> tuple[str, ...]:
    return (f"2, 3: {what}",)


COUNTS = """
class Kept:
    def __init__(self): self.n = 0
    def hit(self): self.n += 1
def counting():
    kept = Kept()
    def step(x):
        kept.hit()
        return x
    return step
step = counting()
"""
PLOTS = """
from matplotlib.figure import Figure
import matplotlib.pyplot as plt
both = Figure().subplots(1, 2)
ax = both[0]
def step(ax, k): ax.plot([0, k])
def title(k): plt.gca; return k
def saved(k):
    plt.close(None)
    return k
"""
CHANGED = "`step()` changes the global `done`"
TABLE = [
    # Where a method is called that changes something.
    Row("step = lambda x: done.append(x)", "a = step(1)\nb = step(2)", _of_both(CHANGED)),
    Row("", "step = lambda x: done.append(x)\na = [step(x) for x in xs]", (f"3: {CHANGED}",)),
    Row("def step(x): return done.append(x)", "a = step(1)\nb = step(2)", _of_both(CHANGED)),
    Row("def step(x): x > 1 and done.append(x)", "a = step(1)\nb = step(2)", _of_both(CHANGED)),
    Row("def step(x): done.append(x) if x > 1 else None", "a = step(1)\nb = step(2)", _of_both(CHANGED)),
    Row("def step(v): [done.append(x) for x in v]", "a = step(xs)\nb = step(ys)", _of_both(CHANGED)),
    Row("def step(v): return [x for x in v if not (x in done or done.append(x))]", "a = step(xs)\nb = step(ys)", _of_both(CHANGED)),
    Row("def step(v):\n    add = done.append\n    for x in v: add(x)", "a = step(xs)\nb = step(ys)", _of_both(CHANGED)),
    Row("def step(v): list(map(done.append, v))", "a = step(xs)\nb = step(ys)", _of_both(CHANGED)),
    Row("def step(x): list.append(done, x)", "a = step(1)\nb = step(2)", _of_both(CHANGED)),
    # Through what other name.
    Row("def step(i): nested.__getitem__; row = nested[i]; row += [i]", "a = step(0)\nb = step(1)", _of_both("`step()` changes the global `nested`")),
    Row("def step(k): found.get(k, xs).append(k)", "a = step(1)\nb = step(2)", _of_both("`step()` changes the global `found`")),
    Row("def part(i): return nested[i]\ndef step(i):\n    row = part(i)\n    row.append(i)", "a = step(0)\nb = step(1)", _of_both("`step()` has `part()` change the global `nested`")),
    Row("def step(x):\n    match nested:\n        case [first, *_]: first.append(x)", "a = step(0)\nb = step(1)", _of_both("`step()` changes the global `nested`")),
    Row("def all_of(x, *lists):\n    for one in lists: one.append(x)\ndef step(x): all_of(x, done)", "a = step(1)\nb = step(2)", _of_both("`step()` has `all_of()` change the global `done`")),
    # Through which other function.
    Row("", "a = apply(push, 1)\nb = apply(push, 2)", _of_both("`push()` changes the global `done`")),
    Row("hooks = {'p': push}\ndef step(x): return hooks['p'](x)", "a = step(1)\nb = step(2)", _of_both("`push()` changes the global `done`")),
    Row("import collections\nhooks = collections.OrderedDict(p=push)\ndef step(x): return hooks['p'](x)", "a = step(1)\nb = step(2)", _of_both("`push()` changes the global `done`")),
    Row("", "a = [f(max(xs, key=push)) for _ in range(2)]", ("2: `push()` changes the global `done`",)),
    Row("def step(x): return helper(x)", "helper = push\na = step(1)\nb = step(2)", ("3, 4: `push()` changes the global `done`",)),
    Row("@functools.lru_cache(0)\ndef once(x): done.append(x)\ndef step(x): return once(x)", "a = step(8)\nb = step(9)", _of_both("`once.once()` changes the global `done`")),
    Row("@counts\ndef step(x): return x", "a = step(1)\nb = step(2)", _of_both("`step()` changes `wrapper` of the function around it")),
    # So does what a decorator in the cell has made of it.
    Row("", "@counts\ndef own(x): return x\na = own(1)\nb = own(2)\nc = own.calls", ("4, 5: `own()` changes `wrapper` of the function around it",)),
    Row("", "@checks\n@counts\ndef own(x): return x\na = [own(x) for x in xs]\nc = own.__wrapped__.calls", ("5: `own()` changes `wrapper` of the function around it",)),
    Row("", "@keeps(3)\ndef own(x): return x\na = [own(x) for x in xs]", ("4: `own()` assigns `number` of the function around it",)),
    Row("", "def tells(function):\n    seen = iter(xs)\n    def inner(x): return function(next(seen))\n    return inner\n@tells\ndef own(x): return x\na = own(1)\nb = own(2)", ("8, 9: `own()` changes `seen` of the function around it",)),
    Row("", "@Tally\ndef own(x): return x\na = own(1)\nb = own(2)\nc = own.calls\ndel own", ("4, 5: `own()` changes what `Tally.__call__()` is a method of",)),
    Row("", "@checks\ndef own(x): return x\n@functools.lru_cache\ndef other(x): return own(x)\na = own(1)\nb = [other(x) for x in xs]"),
    Row("", "@Runs\ndef own(x): return x\na = own(1)\nb = own(2)\ndel own"),
    Row("", "class More(Tally): pass\n@More\ndef own(x): return x\na = own(1)\nb = own(2)\nc = own.calls\ndel own, More", ("5, 6: `own()` changes what `Tally.__call__()` is a method of",)),
    Row("", "class Own(Runs):\n    calls = 0\n    def __call__(self, x):\n        type(self).calls += 1\n        return x\n@Own\ndef own(x): return x\na = own(1)\nb = own(2)\nc = Own.calls\ndel own, Own", ("9, 10: `own()` changes what `Own.__call__()` is a method of",)),
    Row("def tallied(function): return Tally(function)", "@tallied\ndef own(x): return x\na = own(1)\nb = own(2)\nc = own.calls\ndel own", ("4, 5: `own()` changes what `Tally.__call__()` is a method of",)),
    Row("class Kept:\n    @staticmethod\n    def keep(function):\n        def inner(x):\n            done.append(x)\n            return x\n        return inner", "@Kept.keep\ndef own(x): return x\na = own(1)\nb = own(2)", ("4, 5: `own()` changes the global `done`",)),
    Row("", "def caches(function):\n    def inner(x, known={}):\n        known[x] = x\n        return len(known)\n    return inner\n@caches\ndef own(x): return x\na = own(1)\nb = own(2)", ("9, 10: `own()` changes the default of its argument `known`",)),
    Row("", "def tallies(function):\n    class Inner:\n        calls = 0\n        def __call__(self, x):\n            self.calls += 1\n            return x\n    return Inner()\n@tallies\ndef own(x): return x\na = own(1)\nb = own(2)\nc = own.calls\ndel own", ("11, 12: `own()` changes what `__call__` is a method of",)),
    Row("", "found = {}\ndef registers(function):\n    found[function.__name__] = function\n    return function\n@registers\ndef own(x): return x\na = own(1)\nb = own(2)\nc = [*found]\ndel found, own, registers"),
    # What it has changed where it was called, and what is gone after each call, is nobody else's.
    Row("", "def gathers(function):\n    names, number = [], 0\n    def note(name): names.append(name)\n    note(function.__name__)\n    def inner(x):\n        found, number = [], 0\n        add = lambda one: found.append(one)\n        def count():\n            nonlocal number\n            number += 1\n        add(function(x)), count()\n        return found, number, names\n    return inner\n@gathers\ndef own(x): return x\na = own(1)\nb = own(2)"),
    Row("class App:\n    def __init__(self): self.routes = {}\n    def route(self, path):\n        def decorator(function):\n            self.routes[path] = function\n            return function\n        return decorator", "app = App()\n@app.route('/')\ndef own(x): return x\na = own(1)\nb = own(2)\nc = [*app.routes]\ndel app"),
    Row("", "def keeps_last(function):\n    last = []\n    def inner(x):\n        last.append(x)\n        function(x)\n        return x\n    inner.last = last\n    return inner\n@keeps_last\ndef own(x): return x\na = own(1)\nb = own(2)\nc = own.last", ("12, 13: `own()` changes `last` of the function around it",)),
    Row("", "if total:\n    def f(x):\n        done.append(x)\n        return x\n    a = [f(x) for x in xs]", ("6: `f` is bound to something else within the statement",)),
    # What the values tell.
    Row("def step(v, more):\n    v += more\n    return len(v)", "a = step(done, xs)\nb = step(done, ys)", _of_both("`step()` changes `done` in place")),
    Row("", "v = vector(4)\na = norm(v)\nb = f(v.sum())", ("3: `norm()` changes `v` in place",)),
    Row("", "vs = [vector(n) for n in (3, 4)]\na = [norm(v) for v in vs]\ndel vs", ("3: `norm()` changes `vs` in place",)),
    Row("", "image = np.eye(3)\nfor i in range(3):\n    row = image[i]\n    total += norm(row)", ("5: `norm()` changes `image` in place",)),
    Row("import dataclasses\n@dataclasses.dataclass(slots=True)\nclass Tray: rows: list\ndef step(i, more):\n    row = tray.rows[i]\n    row += more", "tray = Tray([[1], [2]])\na = step(0, xs)\nb = step(1, xs)\nc = tray.rows; del tray", ("3, 4: `step()` changes `tray` in place",)),
    Row("class Kept:\n    def __init__(self): self.n = 0\n    @functools.lru_cache\n    def hit(self, x): self.n += x\ndef step(x): kept.hit(x)", "kept = Kept()\na = step(1)\nb = step(2)\nc = kept.n; del kept", ("3, 4: `step()` changes `kept` in place",)),
    Row("def step(v): return norm(v)", "v = np.arange(4.0)\na = step(v)\nb = step(v)", ("3, 4: `step()` changes `v` in place",)),
    Row("def step(x):\n    x = np.asarray(x)\n    x[x < 2] = 0\n    return int(x.sum())", "v = np.arange(4)\na = step(v)\nb = step(xs)", ("3: `step()` changes `v` in place",)),
    Row("def step(v, i):\n    part = v[:]\n    part[i] = 9", "v = np.zeros(4)\na = step(v, 1)\nb = step(xs, 1)", ("3: `step()` changes `v` in place",)),
    Row("def step(v, i): v.ravel()[i] = 9", "v = np.zeros((2, 2))\na = step(v, 1)\nb = step(v, 2)", ("3, 4: `step()` changes `v` in place",)),
    Row("def step(x, key=lambda done: done): done.append(x)", "a = step(1)\nb = step(2)", _of_both(CHANGED)),
    Row("", "a = collect(1, done)\nb = collect(2, done)", _of_both("`collect()` changes its argument `into`")),
    Row("def step(rng): return rng.sample(range(9), 2)", "rng = random.Random(1)\na = step(rng)\nb = step(rng)", ("3, 4: `step()` draws random numbers from `rng`",)),
    Row("def step(k): return held['rng'].betavariate(1, 2)", "held = {'rng': random.Random(1)}\na = step(1)\nb = step(2)\ndel held", ("3, 4: `step()` draws random numbers from the global `held`",)),
    # What the cell has seeded.
    Row("def draw(): return random.random()", "random.seed(3)\na = [draw() for _ in range(3)]\nb = random.random()", ("3: `draw()` draws random numbers from `random`, which the cell seeds: give each call a generator of its own",)),
    Row("def draw(k): return float(np.random.normal(size=k).sum())\ndef step(k): return draw(k)", "np.random.seed(3)\nfor x in xs:\n    total += step(x)", ("4: `draw()` draws random numbers from `numpy.random`, which the cell seeds: give each call a generator of its own",)),
    Row("def draw(k):\n    random.seed(k)\n    return random.random()", "random.seed(3)\na = draw(1)\nb = draw(2)"),
    Row("def draw(k): return random.Random(k).random()", "random.seed(3)\na = draw(1)\nb = draw(2)"),
    # Iterators.
    Row("", "it = iter(xs)\na = take(it, 2)\nb = take(it, 3)\nrest = list(it); del it", ("3, 4: `take()` reads the iterator `it`",)),
    Row("def step(k): return take(it, k)", "it = iter(xs)\na = [step(2) for _ in range(2)]\nrest = list(it); del it", ("3: `step()` reads the iterator `it`",)),
    Row("import queue", "todo = queue.Queue()\nfor x in xs: todo.put(x)\ndef step(k): return todo.get()\na = step(1)\nb = step(2)\ndel todo", ("5, 6: `step()` uses the queue `todo`",)),
    # What a function has around it that another has made.
    Row(COUNTS, "a = step(1)\nb = step(2)", _of_both("`step()` changes `step.kept` in place")),
    # What an output of numpy is, and a decorator of the cell that changes what it is given.
    Row("def step(v, k): np.add(v, k, v)", "v = np.zeros(2)\na = step(v, 1)\nb = step(v, 2)", ("3, 4: `step()` changes `v` in place",)),
    Row("def step(v): np.clip(v, 1, 2, v)", "v = np.zeros(2)\na = step(v)", ("3: `step()` changes `v` in place",)),
    Row("def step(v): v.partition(1)", "v = np.array([3, 1, 2])\na = step(v)", ("3: `step()` changes its argument `v`",)),
    Row("", "def marks(function):\n    def inner(to):\n        to.append(1)\n        return function(to)\n    return inner\n@marks\ndef own(to): return len(to)\na = own(xs)\nb = own(xs)\ndel own, marks", ("9, 10: `own()` changes its argument `to`",)),
    # What is written to.
    Row("import csv, io\nlines = io.StringIO()\nrows = csv.writer(lines)\ndef step(k): rows.writerow([k])", "a = step(1)\nb = step(2)", _of_both("`step()` changes the global `rows`")),
    Row("def step(k):\n    with open('/dev/null', 'a') as file: file.write(str(k))", "a = step(1)\nb = step(2)", _of_both("`step()` appends to the same file in each call")),
    Row("from pathlib import Path\nfolder = Path('/dev')\ndef step(k):\n    with (folder / 'null').open(mode='ab') as file: file.write(b'a')", "a = step(1)\nb = step(2)", _of_both("`step()` appends to the same file in each call")),
    Row("import os\ndef step(k):\n    folder = '/dev'\n    path = os.path.join(folder, 'null')\n    with open(path, 'a') as file: file.write(str(k))", "a = step(1)\nb = step(2)", _of_both("`step()` appends to the same file in each call")),
    Row("def step(path):\n    with open(path, 'a') as file: file.write('a')", "a = step('/dev/null')\nb = step('/dev/null')"),
    Row("def step(k, path=None):\n    if path is None: path = '/dev/null'\n    with open(path, 'a') as file: file.write('a')", "a = step(1)\nb = step(2)"),
    Row("import tempfile\ndef step(k):\n    path = tempfile.mktemp()\n    with open(path, 'a') as file: file.write('a')", "a = step(1)\nb = step(2)"),
    Row("def step(k):\n    name = 'null'\n    path = f'/dev/{name if k else k}'\n    with open(path, 'a') as file: file.write('a')", "a = step(1)\nb = step(2)"),
    # What is drawn in.
    Row(PLOTS, "a = step(ax, 1)\nb = step(ax, 2)", ("2, 3: `step()` draws in `ax`",)),
    Row(PLOTS, "for one, k in zip(both, xs):\n    step(one, k)\ndel one, k", ("3: `step()` changes `both` in place",)),
    Row(PLOTS, "a = title(1)\nb = title(2)", ("2, 3: `title()` draws in the current figure",)),
    Row(PLOTS, "a = saved(1)\nb = saved(2)"),
    # What only computes stays a task.
    Row("import os\ndef step(k):\n    at, to = os.pipe()\n    os.write(to, b'ab' * k)\n    os.close(to)\n    return os.read(at, 9)", "a = step(1)\nb = step(2)"),
    Row("", "a = digits(123)\nb = digits(a + 40)\nc = [digits(x) for x in xs]\nfor x in xs:\n    y = x * 30\n    total += digits(y) + digits(x)"),
    Row("def step(s, n):\n    for _ in range(n):\n        s += s\n    return s", "a = step('ab', 2)\nb = step((1, 2), 3)\nc = step(a, 1)"),
    Row("", "a = collect(1)\nb = collect(2)\nc = [collect(x) for x in xs]"),
    Row("", "m = np.eye(3) * 2\nv = vector(3)\na = power(m, v, 2)\nb = power(m, v, 3)"),
    Row("def step(v):\n    v = list(v)\n    v[0] = 9\n    v.append(1)\n    w = {'n': 0}\n    w['n'] += 1\n    return v", "a = step(xs)\nb = step(ys)"),
    Row("def step(v):\n    out = []\n    add = out.append\n    for x in v: add(x)\n    return out", "a = step(xs)\nb = step(ys)"),
    Row("def step(v): return np.append(v, 1).tolist()", "a = step(xs)\nb = step(ys)"),
    Row("def step(k): return random.Random(k).sample(range(9), 2)", "a = step(1)\nb = step(2)"),
    Row("", "it = iter(xs)\na = f(len(list(it)))\ndel it"),
    Row("", "a = apply(f, 1)\nb = apply(f, 2)"),
]  # fmt: skip


def _reasons(bare_shell: InteractiveShell, cell: str) -> tuple[str, ...]:
    """Run a cell, and say which lines of it stayed serial and why."""
    running = CellRun(Cell(bare_shell, "parallel", cell), Manner("serial", 2))
    outcome = running.run()
    assert outcome.error is None
    lines: dict[str, list[str]] = {}
    for reason in sorted(set(running.reasons)):
        lines.setdefault(reason.text, []).append(str(reason.line))
    return tuple(f"{', '.join(where)}: {text}" for text, where in lines.items())


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.defined} | {row.cell}")
def test_a_call_that_changes_something_stays_in_the_notebook_and_others_do_not(
    bare_shell: InteractiveShell, row: Row
) -> None:
    """The cell leaves what it leaves serially, and says what stays serial and why."""
    for code in filter(None, (FUNCTIONS, row.defined)):
        assert bare_shell.run_cell(code, store_history=True).success
    twice = Twice(bare_shell)

    assert twice.parallel(row.cell, "-q -w 2 -b serial") == twice.serial(row.cell)
    twice.start()
    assert _reasons(bare_shell, row.cell) == row.serial


SCRATCH = """\
import os, tempfile
from pathlib import Path
def scratch(x):
    path = Path("scratch.txt")
    path.write_text(str(x))
    return path.read_text()
def outer(x): return scratch(x)
def other(x):
    with open("other.txt", "w") as file: file.write(str(x))
    return x
def quiet(x):
    with open(os.devnull, "w") as file: file.write(str(x))
    return x
def apart(x):
    def put(path):
        with open(path, "w") as file: file.write(str(x))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "apart.txt")
        put(path)
        return Path(path).read_text()
"""
SCRATCHING = [
    CellRow(
        "found = {x: scratch(x) for x in xs}",
        0,
        ("21: `scratch()` writes the same file in each call",),
    ),
    CellRow(
        "for x in xs:\n    done.append(outer(x))",
        0,
        ("22: `scratch()` writes the same file in each call",),
    ),
    CellRow("a = outer(1)\nb = other(2)\nc = scratch(3)", 3),
    CellRow("a = [quiet(x) for x in xs]\nb = [apart(x) for x in xs]", 16),
]


@pytest.mark.parametrize("row", SCRATCHING, ids=lambda row: row.cell)
def test_calls_that_write_the_same_file_do_not_run_at_the_same_time(
    bare_shell: InteractiveShell, row: CellRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One would read what another has written there."""
    monkeypatch.chdir(tmp_path)
    Twice(bare_shell).check(row._replace(cell=SCRATCH + row.cell))


def test_only_calls_that_write_the_same_file_wait_for_one_another(
    bare_shell: InteractiveShell,
) -> None:
    """Others have files of their own."""
    twice = Twice(bare_shell)
    tree = ast.parse(SCRATCH + "a = outer(1)\nb = other(2)\nc = scratch(3)")
    groups = [one for one in read_cell(tree, known(twice.start())).steps if isinstance(one, Group)]

    assert [[call.function for call in one.calls] for one in groups] == [
        ["outer", "other"],
        ["scratch"],
    ]


MODULE = """
total = 0
log = []
def add(x):
    global total
    total += x
    return total
def note(x): log.append(x)
def into(to, x): to.append(x)
def through(x): return note(x)
def computes(x): return x + 1
"""


def test_a_function_of_an_own_module_is_no_task_if_it_changes_something(
    bare_shell: InteractiveShell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of its module, or of what it is given; however it was imported."""
    (tmp_path / "tally_of_changes.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "tally_of_changes", raising=False)
    bare_shell.run_cell("import tally_of_changes as t\nfrom tally_of_changes import into, computes")
    twice = Twice(bare_shell)
    twice.start()
    cell = "t.add(1)\nt.note(2)\nt.through(3)\ninto(xs, 4)\na = computes(1)\nb = t.computes(2)"

    assert _reasons(bare_shell, cell) == (
        "2: `tally_of_changes.add()` assigns the global `total`",
        "3, 4: `tally_of_changes.note()` changes the global `tally_of_changes.log`",
        "5: `into()` changes its argument `to`",
    )
    assert bare_shell.user_ns["xs"][-1] == 4
    assert bare_shell.user_ns["t"].log == [2, 3]
    assert (bare_shell.user_ns["a"], bare_shell.user_ns["b"]) == (2, 3)


@pytest.mark.parametrize(
    ("cell", "serial"),
    [
        ("import tally_of_changes as t\na = t.add(2)\nb = t.add(3)\nc = t.computes(1)", "3, 4"),
        ("import tally_of_changes\ndef g(x): return tally_of_changes.add(x)\na = g(2)", "4"),
    ],
)
def test_what_functions_change_of_a_module_is_known_in_the_cell_that_imports_it_first(
    bare_shell: InteractiveShell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cell: str,
    serial: str,
) -> None:
    """The rest of the cell is read when the import has run."""
    (tmp_path / "tally_of_changes.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "tally_of_changes", raising=False)

    found = _reasons(bare_shell, cell)
    assert found == (f"{serial}: `tally_of_changes.add()` assigns the global `total`",)
    monkeypatch.delitem(sys.modules, "tally_of_changes", raising=False)


def test_a_function_that_a_function_of_the_cell_makes_stays_and_its_calls_are_tasks(
    bare_shell: InteractiveShell,
) -> None:
    """It cannot be sent; what it is, is known when it is there."""
    cell = "def times(k):\n    def go(x): return x * k\n    return go\ngo = times(3)\na = go(2)"
    cell += "\nmore = [times(k) for k in (4, 5)]\nfor k in (6, 7):\n    more.append(times(k))"
    running = CellRun(Cell(bare_shell, "parallel", cell), Manner("pool", 2))
    outcome = running.run()

    assert outcome.error is None
    assert bare_shell.user_ns["a"] == 6
    assert outcome.run is not None
    assert len(outcome.run.tasks) == 1
    reason = "`times()` returns a function that it makes: it would hold copies"
    assert [one.text for one in running.reasons] == [reason] * 3
    assert [one(1) for one in bare_shell.user_ns["more"]] == [4, 5, 6, 7]


@pytest.mark.parametrize("made", ["base = 1; config = Config()", "config = Config(); base = 1"])
def test_a_call_waits_for_what_the_methods_of_an_object_read(
    bare_shell: InteractiveShell, made: str
) -> None:
    """A name that a class reads is read by those who call its methods."""
    assert bare_shell.run_cell(FUNCTIONS, store_history=True).success
    twice = Twice(bare_shell)
    cell = f"{made}\nbase = f(3)\na = use()\ndel config"

    assert twice.parallel(cell, "-q -w 2 -b serial") == twice.serial(cell)


READERS = """
import functools
base = 1
class Config:
    def rate(self): return base * 2
config = Config(); held = [config]
def times(x): return x * base
half = functools.partial(times, 2); table = {"times": times}
cached = functools.lru_cache(times)
def use(): return config.rate()
def use_held(): return held[0].rate()
def use_half(): return half()
def use_table(): return table["times"](3)
def use_cached(): return cached(4)
def apply(function, x): return function(x)
"""


@pytest.mark.parametrize(
    "call", ["use()", "use_held()", "use_half()", "use_table()", "use_cached()", "apply(times, 2)"]
)
def test_what_is_called_through_an_object_reads_what_a_call_above_assigns(
    bare_shell: InteractiveShell, call: str
) -> None:
    """Through an instance, a container, a partial, a cache, or as an argument."""
    assert bare_shell.run_cell(READERS, store_history=True).success
    twice = Twice(bare_shell)
    for cell in (
        f"base = f(3)\na = {call}",
        f"for x in xs:\n    base = base + {call}",
    ):
        bare_shell.user_ns["base"] = 1
        serial = twice.serial(f"base = 1\n{cell}")
        assert twice.parallel(f"base = 1\n{cell}", "-q -w 2 -b serial") == serial


def test_a_function_that_is_defined_again_with_another_default_is_read_again(
    bare_shell: InteractiveShell,
) -> None:
    """Its code is equal to that of the first."""
    Twice(bare_shell).start()
    for given, changes in (("None", False), ("done", True), ("None", False)):
        step = f"def step(x, to={given}):\n    if to is not None: to.append(x)\n    return x"
        assert bare_shell.run_cell(step, store_history=True).success
        assert bool(_reasons(bare_shell, "a = step(1)\nb = step(2)")) == changes
