"""Instances made before their class was defined again work; one note says what they are."""

from __future__ import annotations

import pytest

from kernel import Notebook
from marks import on_processes
from test_remarks import notes

POINT = "class Point:\n    def __init__(self, n): self.n = n\n    def get(self): return {}self.n\n"
NOTE = (
    "{what} is of a class `Point` that has been defined again in In[{now}]: it keeps the methods "
    "of then, and is no instance of the `Point` of now; make it again to have them"
)


@pytest.mark.parametrize(
    ("definition", "line", "what"),
    [
        ("", "x.get() for x in [Point(1), Point(2), old]", "item 2"),
        ("", "x.get() for x in [Point(1)] * 300 + [old]", "item 300"),
        ("", "x['a'][1].get() for x in [{'a': (0, old)}]", "`item['a'][1]` of item 0"),
        ("", "x.point.get() for x in [holder]", "`item.point` of item 0"),
        (
            "def task(x): return old.get() + x",
            "task [1]",
            "`old`, read by `task` in In[{n}] line 1,",
        ),
        (
            "def task(x):\n    return cfg.point[0].get() + x\ncfg = Holder()\ncfg.point = [old]",
            "task [1]",
            "`cfg.point[0]`, read by `task` in In[{n}] line 2,",
        ),
        (
            "def task(x, at={'first': old}): return at['first'].get() + x",
            "task [1]",
            "`at['first']`, read by `task` in In[{n}] line 1,",
        ),
        (
            (
                "def make(held):\n    def task(x): return held[0].get() + x\n    return task\n"
                "task = make([old])"
            ),
            "task [1]",
            "`held[0]`, read by `task` in In[{n}] line 2,",
        ),
        (
            "def task(x): return old.get() + len(more) + x\nmore = [old, old]",
            "task [1, 2]",
            "`more[0]`, read by `task` in In[{n}] line 1,",
        ),
    ],
)
@on_processes
def test_an_old_instance_is_named_before_anything_starts(
    notebook: Notebook, backend: str, definition: str, line: str, what: str
) -> None:
    """With the way to it, and the cell of the newer class; the values are the serial ones."""
    if "300" in line and backend == "process":
        pytest.skip("as many processes show nothing more")
    notebook.do(f"{POINT.format('')}old = Point(3)\nclass Holder: pass\n")
    notebook.do("holder = Holder()\nholder.point = old")
    now = notebook.do(POINT.format("-")).number
    number = notebook.do(f"{definition}\nNone").number

    serial = notebook.get(f"%pmap -q -b serial {line}")
    reply = notebook.do(f"found = %pmap -w 2 -b {backend} -o run {line}")

    assert notebook.get("found") == serial
    assert notes(reply.stderr) == [NOTE.format(what=what.format(n=number), now=now)]
    assert notebook.get("list(run.remarks)") == notes(reply.stderr)


@on_processes
def test_an_old_instance_in_a_cell_is_named_by_its_task(notebook: Notebook, backend: str) -> None:
    """In a cell of calls, tasks have no numbers."""
    notebook.do(f"{POINT.format('')}old = Point(3)\ndef task(x): return x.get()")
    now = notebook.do(POINT.format("-")).number

    reply = notebook.do(
        f"%%parallel --no-plot -b {backend}\na = task(Point(1))\nb = task([old][0])"
    )

    assert notebook.get("a, b") == (-1, 3)
    what = "an argument of the task `b = task([old][0])`"
    assert notes(reply.stderr) == [NOTE.format(what=what, now=now)]


@on_processes
def test_what_came_from_the_notebook_comes_back(notebook: Notebook, backend: str) -> None:
    """Instances of the class of then; and functions that have no name are the very same."""
    notebook.do(f"{POINT.format('')}old = [Point(3)]\nOld = Point\nfirst = lambda x: x")
    notebook.do("def over(n):\n    return lambda x: x + n\nsteps = [over(1), over(2)]")
    notebook.do(POINT.format("-"))

    notebook.do(f"(one,) = %pmap -q -b {backend} (x, type(x)(4)) for x in old")
    assert notebook.get("[type(one[0]) is Old, type(one[1]) is Old]") == [True, True]
    assert notebook.get("one[0].get(), one[1].get()") == (3, 4)

    notebook.do(f"two = %pmap -q -b {backend} [f, f(1), first] for f in steps")
    assert notebook.get("[(f is g, n, h is first) for (f, n, h), g in zip(two, steps)]") == [
        (True, 2, True),
        (True, 3, True),
    ]
    notebook.do(f"three = %pmap -q -b {backend} Old(x) for x in range(2)")
    assert notebook.get("[type(x) is Old for x in three]") == [True, True]


@on_processes
def test_an_old_instance_of_a_class_that_no_statement_fits_is_refused(
    notebook: Notebook, backend: str
) -> None:
    """Without methods, it is not known from which of the statements of its name it came."""
    notebook.do("class Point: n = 1\nold = Point()\ndel Point.n")
    notebook.do("class Point: n = 2\ndef task(x): return old.n")

    message = notebook.run(f"%pmap -q -b {backend} task [1]").usage_error

    assert "because its class `Point` has been replaced since: make it anew" in message


@on_processes
def test_an_old_instance_whose_class_cannot_be_made_again_is_refused(
    notebook: Notebook, backend: str
) -> None:
    """Before anything starts, by one message with the cure."""
    make = "exec('class Po' + 'int: pass')"
    notebook.do(f"{make}\nold = {{'a': [Point()]}}\n{make}")
    number = notebook.do("def task(x): return old").number

    message = notebook.run(f"%pmap -q -b {backend} task [1]").usage_error
    item = notebook.run(f"%pmap -q -b {backend} x for x in [old]").error.evalue

    because = "its class `Point` has been replaced since: make it anew"
    assert f"`old` (dict), read by `task` in In[{number}] line 1, cannot be sent" in message
    for said in (message, item):
        assert because in said
        assert "not the same object" not in said


@on_processes
def test_a_class_without_a_name_of_its_own_is_not_said_to_have_been_replaced(
    notebook: Notebook, backend: str
) -> None:
    """Such as a generic class makes; one that is derived from it has a name, and travels."""
    notebook.do(
        "class Base:\n"
        "    def __class_getitem__(cls, of):\n"
        "        name = f'{cls.__name__}[{of.__name__}]'\n"
        "        return type(name, (cls,), {'__module__': '__main__'})\n"
        "made = Base[int]()\n"
        "class Named(Base[int]): pass"
    )
    because = (
        "because its class `Base[int]` is not found by that name: "
        "derive one that has a name, `class Name(Base[int]): pass`"
    )

    assert because in notebook.run(f"%pmap -q -b {backend} x for x in [made]").error.evalue
    assert because in notebook.run(f"%pmap -q -b {backend} Base[int]() for x in [1]").error.evalue
    assert notebook.get(f"%pmap -q -b {backend} type(x).__name__ for x in [Named()]") == ["Named"]
