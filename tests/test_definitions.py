"""Definitions in workers beyond their values: tracebacks, caches, exceptions, what was replaced."""

from __future__ import annotations

import os

import pytest

from kernel import Notebook
from marks import on_workers
from tracebacks import cell_named

CLOSURE = """def adder(n):
    '''Makes one.'''

    def add(x):
        y = x + n
        return y / 0
    return add
add = adder(3)"""

STEP = """def step(x):
    return 1 / x
first = step"""


@on_workers
@pytest.mark.parametrize(
    "definition",
    [
        (CLOSURE, "add", 6, "in add(x)"),
        (CLOSURE, "[add][0]", 6, "in add(x)"),
        (STEP + "\nstep = None", "first", 2, "in step(x)"),
        (
            "held = {'f': lambda x: x,\n        'g': lambda x: (\n    x / 0)}",
            "held['g']",
            3,
            "in <lambda>(x)",
        ),
        (
            (
                "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def run(x):\n"
                "        return f(f(x))\n    return run\n@twice\ndef task(x):\n    return x / 0"
            ),
            "task",
            9,
            "in task(x)",
        ),
    ],
)
def test_a_traceback_shows_the_function_the_cell_and_the_line(
    notebook: Notebook, backend: str, definition: tuple[str, str, int, str]
) -> None:
    """Also of a closure, a lambda, and a function that another has replaced."""
    cell, task, line, text = definition
    number = notebook.do(cell).number

    error = notebook.run(f"%pmap -q -b {backend} ({task})(x) for x in [0]").error

    assert error.ename == "ZeroDivisionError"
    assert f"{cell_named(number)}, line {line}, {text}" in error.traceback


@on_workers
def test_an_exception_of_the_notebook_is_caught_by_its_class(
    notebook: Notebook, backend: str
) -> None:
    """With the attributes it was raised with."""
    notebook.do(
        "class Broken(ValueError):\n"
        "    def __init__(self, code, *, hint):\n"
        "        super().__init__(f'broken {code}')\n"
        "        self.code, self.hint = code, hint\n"
        "class Worse(Broken): pass\n"
        "def task(x): raise Worse(x, hint=['look'])"
    )

    caught = notebook.get(
        "try:\n"
        f"    _ = %pmap -q -b {backend} task [7]\n"
        "except Broken as error:\n"
        "    found = type(error) is Worse, error.code, error.hint, str(error)\n"
        "found"
    )

    assert caught == (True, 7, ["look"], "broken 7")


def test_each_worker_keeps_its_cache_over_the_whole_run(notebook: Notebook) -> None:
    """One worker computes each value once, however many chunks there are."""
    notebook.do(
        "import functools\n"
        "@functools.cache\n"
        "def slow(x): return x * 2\n"
        "by_hand = functools.lru_cache(maxsize=None)(lambda x: -x)\n"
        "def task(x):\n"
        "    return slow(x % 3), by_hand(x % 2)\n"
        "def misses(x):\n"
        "    task(x)\n"
        "    return slow.cache_info().misses, by_hand.cache_info().misses"
    )

    assert notebook.get("%pmap -q -w 1 misses range(500)")[-1] == (3, 2)


@on_workers
def test_what_is_registered_or_set_between_two_runs_is_seen(
    notebook: Notebook, backend: str
) -> None:
    """Of an abstract class, and of a context variable: neither is seen in what defines them."""
    notebook.do("import abc, contextvars\nclass Base(abc.ABC): pass\nclass Plain: pass")
    notebook.do("level = contextvars.ContextVar('level', default=1)")
    notebook.do("def task(x): return issubclass(Plain, Base), level.get() + x")
    line = f"%pmap -q -b {backend} task [1]"
    assert notebook.get(line) == [(False, 2)]

    notebook.do("Base.register(Plain)\nlevel.set(10)")
    here = notebook.get("%pmap -q -b serial task [1]")

    assert notebook.get(line) == here
    assert here[0][0] is True


@on_workers
def test_an_argument_that_cannot_travel_is_the_one_that_is_blamed(
    notebook: Notebook, backend: str
) -> None:
    """Not the closures beside it, which can."""
    notebook.do(
        "import threading\n"
        "def over(held):\n    return lambda x: (x, held is not None)\n"
        "given = [over(1), over(threading.Lock()), over([2])]"
    )

    values = notebook.get(
        f"%pmap -q -b {backend} --errors keep -o run f(3) for f in given\n"
        "[v if isinstance(v, tuple) else type(v).__name__ for v in run.values]"
    )

    assert values == [(3, True), "TravelError", (3, True)]


@on_workers
def test_a_class_of_a_function_may_have_a_variable_that_was_never_set(
    notebook: Notebook, backend: str
) -> None:
    """Who reads it is told so, as serially."""
    notebook.do(
        "def over(given):\n"
        "    class Box:\n"
        "        def size(self): return given\n"
        "        def top(self): return lid\n"
        "    if given < 0: lid = 1\n"
        "    return Box\n"
        "Box = over(3)\n"
        "def task(x): return Box().size() + x"
    )

    assert notebook.get(f"%pmap -q -b {backend} task [1]") == [4]
    assert (
        notebook.run(f"%pmap -q -b {backend} Box().top() for _ in [1]").error.ename == "NameError"
    )


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            (
                "def over(n):\n\tclass Node:\n\t\tdef get(self): return n\n"
                "\treturn Node, lambda: n\nNode, get = over(1)\ndef task(x): return Node(), get"
            ),
            "`Node` in In[{n}] line 2 has variables that others read too: indent it by more than",
        ),
        (
            (
                "def over(held):\n    def task(x):\n        return held\n    return task\n"
                "task = over(threading.Lock())"
            ),
            "`held` (_thread.lock), read by `task` in In[{n}] line 3, cannot be sent",
        ),
        (
            (
                "import functools\nsize = 3\n@functools.lru_cache(size)\n"
                "def task(x): return x\ndel size"
            ),
            (
                "`size`, which was read by `task` in In[{n}] line 3 as that was defined, is not "
                "there any more: define it again"
            ),
        ),
        (
            "def task(x, by=lock):\n    return x\nlock = None",
            "`by` (_thread.lock), read by `task` in In[{n}] line 1, cannot be sent",
        ),
        (
            (
                "def over(held):\n    return lambda x: held\n"
                "steps = [over(1), over({{'a': lock}})]\ndef task(x): return steps"
            ),
            (
                "`held` (dict), read by `<lambda>` in In[{n}] line 2, cannot be sent to another "
                "process because of `held['a']` (_thread.lock)"
            ),
        ),
        (
            "exec('def ma' + 'de(x): return x')\ntable = {{'f': made}}\ndef task(x): return table",
            "`made` (function), read by `task` in In[{n}] line 3, cannot be sent",
        ),
    ],
)
def test_what_a_closure_or_a_default_cannot_take_along_is_named(
    notebook: Notebook, cell: str, message: str
) -> None:
    """By the name it has in the code, and by the line that reads it."""
    notebook.do("import threading\nlock = threading.Lock()")
    number = notebook.do(cell.format()).number

    refusal = notebook.run("%pmap task [1]").usage_error

    assert message.format(n=number) in refusal


@pytest.mark.skipif("PARMAGIC_LARGE" not in os.environ, reason="takes 7 GB and a minute")
@pytest.mark.timeout(300)
def test_bytes_above_two_gigabytes_travel(notebook: Notebook) -> None:
    """As data that a function reads. Set PARMAGIC_LARGE to run this."""
    notebook.do("blob = bytes(2**31) + b'end'\ndef task(x): return len(blob), blob[-3:]")

    assert notebook.get("%pmap -q -w 1 task [1]") == [(2**31 + 3, b"end")]


@on_workers
def test_what_a_decorator_of_a_module_keeps_at_a_function_is_the_workers_own(
    notebook: Notebook, backend: str
) -> None:
    """Parts of the function stay together; what the notebook has set beside them travels."""
    library = (
        "import functools, threading\ndef counted(f):\n    calls, lock = [], threading.Lock()\n"
        "    @functools.wraps(f)\n    def run(x):\n        calls.append(x)\n        return f(x)\n"
        "    run.calls, run.lock, run.itself, run.extra = calls, lock, run, {'by': 'library'}\n"
        "    run.count = lambda: len(calls)\n    return run\n"
    )
    notebook.do(
        "import os, sys\nsys.path.insert(0, os.getcwd())\n"
        f"open('lib_that_counts.py', 'w').write({library!r});"
    )
    notebook.do(
        "from lib_that_counts import counted\n@counted\ndef step(x): return x\n"
        "step(0), step(0)\nstep.unit = ['m']\nstep.scale = 3\n"
        "def task(x):\n    step(x)\n    return step.count(), step.calls, step.itself is step, "
        "step.lock.locked(), step.unit, step.scale, step.extra"
    )

    found = notebook.get(f"%pmap -q -w 1 -b {backend} task [1]")

    assert found == [(1, [1], True, False, ["m"], 3, {"by": "library"})]


def test_lambdas_on_one_line_are_told_apart_where_code_has_no_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By what they are compiled to, also once they have run often and Python has sped them up."""
    monkeypatch.setenv("PYTHONNODEBUGRANGES", "1")
    with Notebook(start_method="spawn") as notebook:
        notebook.do(
            "def make(n): return [lambda x: x, lambda x: x + n, lambda x: [n + x for _ in 'a'], "
            "lambda x: lambda y=x: y + n, lambda *x: n, lambda **x: n, lambda x=lambda x: x: n]\n"
            "steps = make(5)\nfor _ in range(99): steps[1](2)\n"
            "def task(x): return [step(x) for step in steps[:3]], steps[3](x)(), steps[4](x), "
            "steps[5](x=x), steps[6]()"
        )

        assert notebook.get("%pmap -q -b pool task [1]") == [([1, 6, [6]], 6, 5, 5, 5)]
