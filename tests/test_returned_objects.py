"""A cell that changes what a function returned changes the object of the notebook, as serially."""

from __future__ import annotations

import contextlib
import io

import pytest
from IPython.core.interactiveshell import InteractiveShell

BEGIN = """
import numpy as np, pandas as pd
class Account:
    def __init__(self, owner): self.owner, self.balance = owner, 0
    def pay(self, amount): self.balance += amount
    def __repr__(self): return f"{self.owner}: {self.balance}"
bank = {"ada": Account("ada"), "bob": Account("bob")}
people = [{"name": "ada", "tags": []}, {"name": "bob", "tags": []}]
image, table = np.zeros((4, 2)), pd.DataFrame({"a": [1, 2, 3]})
rates, shop = {"low": 1, "high": 2}, {"open": [1]}
def account(owner): return bank[owner]
def find(name): return next(one for one in people if one["name"] == name)
def through(name): return find(name)
def marked(name):
    one = through(name)
    one["age"] = 5
    return name
def row(i): return image[i]
def tile(i): return image[i : i + 2]
def rate(key): return rates[key]
def longest(lists): return max(lists, key=len)
def whole(frame): return frame
def handed(frame): return whole(frame)
def item(rows, i): return rows[i]
def handed_row(rows, i): return item(rows, i)
def default(n, found=[0]): return found
def of_default(key, found={"a": [1]}): return found[key]
def large(frame): return frame[frame.a > 1]
def first(items): return items[:1]
def settings(n): return {"shop": shop, "n": n}
def words(text): return text.split()
def clamp(x): return max(x, 0)
def older(one): one["age"] = 1
"""
CHANGED = {
    "an attribute": 'x = account("ada")\nx.balance += 5',
    "by a method of its class": 'x, = [account("ada")]\ny = account("bob")\ny.pay(5)',
    "a key": 'x = find("ada")\ny = find("bob")\ny["age"] = 3',
    "a key that is deleted": 'x = find("ada")\ndel x["tags"]',
    "by a function that it is given to": 'x = find("ada")\nolder(x)',
    "inside of `if` and `try`": (
        'x = find("ada")\ntry:\n    if x: x["age"] = 3\nfinally:\n    pass'
    ),
    "what another function returns": 'x = through("ada")\nx["age"] = 3',
    "by a function that another hands it to": 'x = marked("ada")\ny = marked("bob")',
    "elements of a comprehension": (
        "x = [account(one) for one in bank]\nfor one in x: one.balance += 1"
    ),
    "a row of an array": "x = row(1)\nx += 5",
    "a slice of an array": "x = tile(0)\nx[:] = 7",
    "rows, in a loop": "for i in range(4):\n    x = row(i)\n    x += i",
    "a part of what it is given": "x = longest([people, [1]])\nx.append(1)",
    "what it is given": 'x = whole(table)\nx["b"] = 1',
    "what two functions hand on": "x = handed(table)\nx['b'] = 1",
    "a row that two functions hand on": "x = handed_row(image, 1)\nx += 5",
    "a default": "x = default(1)\nx.append(2)\ny = default(2)\nleft = str(y)",
    "a part of a default": "x = of_default('a')\nx.append(2)\nleft = str(of_default('a'))",
    "what is in something new": 'x = settings(1)\nx["shop"]["open"].append(2)',
    "what the cell has made": (
        'bank = {"eve": Account("eve")}\nx = account("eve")\nx.pay(5)\nleft = str(bank)'
    ),
    "what a call above returns": 'a = words("a b")\nx = whole(a)\nx.append("c")',
}
ALIKE = {
    "numbers": 'x = rate("low")\nx += 1\nfor key in rates:\n    y = rate(key)\n    y *= 2',
    "numbers that it is given": "x = [clamp(i) for i in (1, -1)]\nx[0] += 1\nx.append(2)",
    "what is only read": 'x = find("ada")\ny = len(x["tags"]), x.get("age")',
    "what a list of the cell holds": "x = [find(one) for one in ('ada', 'bob')]\nx.append(1)",
    "something new around it": 'x = settings(1)\nx["n"] = 2',
    "a part of a list that is new": "x = first(people)\nx.append(1)",
    "the first rows of a table": "x = first(table)\nx = x.assign(b=1)\nx['b'] = 2",
    "a new list": 'x = words("a b")\nx.append("c")',
    "what replaces a default": "x = default(1, [n for n in (1, 2)])\nx.append(3)",
    "rows of a table that are chosen": "x = large(table)\nx = x.copy()\nx['b'] = 1",
    "another object by the same name": 'x = find("ada")\nx = {}\nx["age"] = 1',
}
LEFT = "repr((bank, people, image, table, shop, x, globals().get('left')))"


@pytest.fixture
def shell(bare_shell: InteractiveShell) -> InteractiveShell:
    """A shell with the extension, without the names of the test before."""
    bare_shell.run_line_magic("load_ext", "parmagic")
    return bare_shell


def _left_by(shell: InteractiveShell, cell: str, options: str) -> tuple[object, int]:
    """Say what a cell leaves, and how many tasks it had."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for code in (f"{BEGIN}run = None", f"{options}{cell}", f"seen = {LEFT}"):
            shell.run_cell(code, store_history=False).raise_error()
    run = shell.user_ns["run"]
    return shell.user_ns["seen"], len(run.tasks) if run else 0


@pytest.mark.parametrize("backend", ["pool", "thread"])
@pytest.mark.parametrize("how", CHANGED)
def test_a_change_of_what_was_returned_is_one_of_the_object_in_the_notebook(
    shell: InteractiveShell, how: str, backend: str
) -> None:
    """The copy that comes from a worker process would be changed instead."""
    serial, _ = _left_by(shell, CHANGED[how], "")

    parallel, _ = _left_by(shell, CHANGED[how], f"%%parallel -q -w 2 -b {backend} -o run\n")

    assert parallel == serial


@pytest.mark.parametrize("how", ALIKE)
def test_what_was_returned_and_changes_nothing_of_the_notebook_comes_from_tasks(
    shell: InteractiveShell, how: str
) -> None:
    """Most of what functions return is new, or is never changed."""
    serial, _ = _left_by(shell, ALIKE[how], "")

    parallel, tasks = _left_by(shell, ALIKE[how], "%%parallel -q -w 2 -o run\n")

    assert parallel == serial
    assert tasks > 0


def test_the_reason_names_what_the_function_returns(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that one sees which object would have been a copy."""
    for code in (BEGIN, '%%parallel\nx = account("ada")\nx.pay(5)'):
        shell.run_cell(code, store_history=False).raise_error()

    said = "`account()` returns `bank`, or a part of it, which the cell changes"
    assert said in capsys.readouterr().err
