"""Loops that change the objects they go through leave these as a plain loop does."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from equality import Row, Twice

STUDENTS = (
    "class Student:\n    def __init__(self, marks): self.marks = marks; self.grade = None\n"
    "    def __eq__(self, other): return vars(self) == vars(other)\n"
    "def mean(marks): return sum(marks) / len(marks)\n"
    "def of(s): return mean(s.marks)\n"
    "a = [Student([1, 2]), Student([3]), Student([5, 7])]\n"
)
RECORDS = "def added(r): return r['x'] + r['y']\na = [{'x': x, 'y': 2 * x} for x in xs]\n"
IN_TASKS = {
    "an attribute": Row(f"{STUDENTS}for s in a: s.grade = mean(s.marks)", 3),
    "an attribute that the object itself is asked for": Row(
        f"{STUDENTS}for s in a: s.grade = of(s)", 3
    ),
    "two attributes, by values that have names": Row(
        f"{STUDENTS}for s in a:\n    m = mean(s.marks)\n    s.grade, s.good = m, m > 2", 3
    ),
    "a key of each record": Row(f"{RECORDS}for r in a: r['z'] = added(r)", 8),
    "a value that a function makes of the record": Row(
        f"{RECORDS}for r in a:\n    z = added(r)\n    r['z'] = z\n    total += z", 8
    ),
    "a list that each grows": Row("for p in nested:\n    p.append(f(len(p)))\na = p", 3),
    "a number that each adds to": Row(f"{RECORDS}for r in a: r['x'] = r['x'] + added(r)", 8),
    "one of two variables": Row(f"{RECORDS}for i, r in enumerate(a): r['z'] = g(added(r), i)", 8),
    "the values of a dict": Row(
        "a = {'p': {'x': 1}, 'q': {'x': 2}}\nfor k, r in a.items(): r[k] = f(r['x'])", 2
    ),
    "two that go together": Row(
        f"{RECORDS}b = [[1], [2], [3]]\nfor r, p in zip(a, b):\n    r['z'] = f(len(p))", 3
    ),
    "what is printed after the change": Row(
        f"{STUDENTS}for s in a:\n    s.grade = of(s)\n    print(s.marks, s.grade)\n"
        "    print(f'{s.grade:.2f} is {round(s.grade, 1)}')\n    found[len(s.marks)] = s",
        3,
    ),
    "what the notebook decides after the change": Row(
        f"{STUDENTS}best = 0\nfor s in a:\n    s.grade = of(s)\n    total += s.grade\n"
        "    if s.grade > best: best, b = s.grade, s\nc = b is a[2]",
        3,
    ),
    "some of them": Row(
        f"{RECORDS}for r in a:\n    if r['x'] > 4: continue\n    r['z'] = added(r)", 8
    ),
    "those before a failure": Row(f"{RECORDS}for r in a: r['z'] = bad(r['x'])", 8),
    "slots": Row(
        "class Slots:\n    __slots__ = ('x',)\n    def __init__(self, x): self.x = x\n"
        "    def __eq__(self, other): return self.x == other.x\n"
        "a = [Slots(x) for x in xs]\nfor s in a: s.x = f(s.x)",
        8,
    ),
    "an attribute that the class has, too": Row(
        "class Own:\n    y = 0\n    def __init__(self, x): self.x = x\n"
        "a = [Own(x) for x in xs]\nfor s in a: s.y = f(s.x)\na = [s.y for s in a]; s = 0",
        8,
    ),
    "a part that all of them read": Row(
        "a = [{'of': nested, 'x': x} for x in ys]\n"
        "def part(r): return len(r['of']) + r['x']\nfor r in a: r['y'] = part(r)",
        4,
    ),
    "what fails while it is read": Row("for p in map(list, ['ab', 3]): p.append(f(1))", 0),
    "no items": Row("for r in []: r['x'] = f(1)", 0),
}
CHANGED = "the loop variable, is changed in place: make the values first, as in `values = ["
SERIAL = {
    "a property": (
        "class Own:\n    def __init__(self, x): self.x = x\n    @property\n"
        "    def y(self): return self.x\n    @y.setter\n    def y(self, y): done.append(y)\n"
        "def read(x): return len(done) + x\n"
        "a = [Own(x) for x in xs]\nfor s in a: s.y = read(s.x)\na = s = 0"
    ),
    "a class that sets its attributes itself": (
        "class Own:\n    def __init__(self, x): self.__dict__['x'] = x\n"
        "    def __setattr__(self, name, value): done.append(value)\n"
        "def read(x): return len(done) + x\n"
        "a = [Own(x) for x in xs]\nfor s in a: s.y = read(s.x)\na = s = 0"
    ),
    "a class that sets its items itself": (
        "class Own(dict):\n    def __setitem__(self, key, value): done.append(value)\n"
        "def read(x): return len(done) + x\n"
        "a = [Own(x=x) for x in xs]\nfor s in a: s['y'] = read(s['x'])\na = 0"
    ),
    "the same object twice": f"{RECORDS}a += a[:1]\nfor r in a: r['x'] = added(r)",
    "an object that holds another": (
        "a = [{'x': 1}, {'x': 2}, {'x': 3}]\na[1]['of'], a[2]['of'] = a[0], a[1]\n"
        "def of(r): return r['of']['x'] + r['x'] if 'of' in r else r['x']\n"
        "for r in a: r['x'] = of(r)"
    ),
    "an object that leads to itself": (
        "a = [{'x': 1}, {'x': 2}]\nfor r in a: r['of'] = [r]\n"
        "def of(r): return r['of'][0]['x']\nfor r in a: r['x'] = of(r)\n"
        "a = [r['x'] for r in a]; r = 0"
    ),
    "the other variable": (
        "a = [[1], [2], [3], [4]]\ndef size(p): return len(p)\n"
        "for p, q in zip(a, a[-1:] + a): p.append(size(q))"
    ),
    "a global that a function reads": (
        f"{RECORDS}def rank(x): return sum(r.get('z', 1) for r in a) + x\n"
        "for r in a: r['z'] = rank(r['x'])"
    ),
    "a global that the loop reads": f"{RECORDS}for r in a: r['z'] = f(len(a[0]))",
    "a closure": (
        f"{RECORDS}def make(a):\n    def rank(x): return sum(r.get('z', 1) for r in a) + x\n"
        "    return rank\nrank = make(a)\nfor r in a: r['z'] = rank(r['x'])"
    ),
    "a class that knows all of them": (
        "class Own:\n    every = []\n    def __init__(self, x):\n        self.x = x\n"
        "        self.every.append(self)\n    def __eq__(self, other): return self.x == other.x\n"
        "    def rank(self): return sum(one.x for one in self.every)\n"
        "def ranked(s): return s.rank()\n"
        "a = [Own(x) for x in ys]\nfor s in a: s.x = ranked(s)"
    ),
    "another name in the turn": f"{RECORDS}for r in a:\n    b = r\n    r['z'] = f(1)",
    "another name that a function gives": (
        f"{RECORDS}def same(r): return r\nfor r in a:\n    b = same(r)\n    r['z'] = f(1)"
    ),
    "another name that functions give": (
        f"{RECORDS}def same(r): return r\ndef also(r): return same(r)\n"
        "for r in a:\n    b = also(r)\n    r['z'] = f(1)"
    ),
    "a list of the turn that holds it": f"{RECORDS}for r in a:\n    b = [r]\n    r['z'] = f(1)",
    "an inner loop over it": f"{RECORDS}for r in a:\n    for b in [r]: c = f(1)\n    r['z'] = f(1)",
    "a list that all of them add to": (
        "a = [{'of': done, 'x': x} for x in ys]\ndef size(r): return len(r['of']) + r['x']\n"
        "for r in a: r['of'] += [size(r)]"
    ),
    "the keys of a dict": (
        "class Own:\n    def __init__(self, x): self.x, self.others = x, {}\n"
        "def known(s): return s.x + sum(one.x for one in s.others)\n"
        "a = [Own(x) for x in ys]\nfor i in range(3): a[i + 1].others = {a[i]: 1}\n"
        "for s in a: s.x = known(s)\na = [s.x for s in a]; s = 0"
    ),
    "an array's rows": (
        "import numpy as np\na = np.ones((3, 2))\nfor r in a: r[0] = f(r[1])\na = a.tolist(); r = 0"
    ),
    "what is inside of it": f"{STUDENTS}for s in a: s.marks.append(mean(s.marks))",
    "a method of the user's": (
        "class Own:\n    def __init__(self, x): self.x = x\n    def put(self, x): done.append(x)\n"
        "def read(x): return len(done) + x\na = [Own(x) for x in xs]\n"
        "for s in a: s.put(read(s.x))\na = s = 0"
    ),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=why) for why, row in IN_TASKS.items()])
def test_the_turns_of_a_loop_that_changes_its_items_are_tasks(
    bare_shell: InteractiveShell, row: Row
) -> None:
    """The items themselves are changed, in serial order, and those before a failure."""
    Twice(bare_shell).check(row)


@pytest.mark.parametrize("cell", [pytest.param(cell, id=why) for why, cell in SERIAL.items()])
def test_a_loop_whose_items_other_turns_may_read_stays_serial(
    bare_shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    """By another name, by an object that holds them, or by code that is run for the change."""
    twice = Twice(bare_shell)
    serial = twice.serial(cell)
    for backend in ("serial", "pool"):
        assert twice.parallel(cell, f"-q -w 2 -b {backend} --no-plot") == serial
    twice.start()
    capsys.readouterr()

    bare_shell.run_cell(f"%%parallel --no-plot\n{cell}")

    assert CHANGED in capsys.readouterr().err


def test_a_value_that_a_turn_reads_after_the_change_is_named(bare_shell: InteractiveShell) -> None:
    """Only the notebook has changed it by then."""
    twice = Twice(bare_shell)
    late = ": `r` is read after it was changed in place"

    for line in ("b = f(r['z'])", "total += f(r['z'])", "if r['z'] > 1: b = f(1)"):
        cell = f"{RECORDS}for r in a:\n    r['z'] = added(r)\n    {line}"
        twice.check(Row(cell, 0, (f"5{late}",)))
    cell = f"{RECORDS}for r in a:\n    for y in ys: r['x'] = f(r['x'])"
    twice.check(Row(cell, 0, ("4: `r` carries from one turn to the next", f"4{late}")))


def test_items_that_a_module_of_the_users_has_are_read_by_its_functions(
    bare_shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a name that the notebook does not have."""
    source = "pupils = [{'x': 1}, {'x': 2}]\ndef rank(x): return sum(p['x'] for p in pupils) + x\n"
    (tmp_path / "school_of_items.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    begin = "import school_of_items as school, importlib\nimportlib.reload(school)\n"
    twice = Twice(bare_shell)

    twice.check(Row(f"{begin}for p in school.pupils: p['x'] = school.rank(p['x'])", 0))
    loop = "b = school.pupils\nfor p in list(b): b.append({'x': school.rank(p['x'])})"
    twice.check(Row(f"{begin}{loop}", 0))
