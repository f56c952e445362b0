"""What travels to worker processes in a real kernel, and what comes back, by each start method."""

from __future__ import annotations

import sys

import pytest

from definables.row import OUTGROWN
from kernel import Notebook, check_frames
from marks import by_any_method, lets_go

reads_shell_lines = pytest.mark.skipif(
    OUTGROWN, reason="this IPython is too old to read `x = !ls` on this Python"
)


def check(notebook: Notebook, definitions: str, line: str, expected: object) -> None:
    """Run a cell of definitions, and compare what a %pmap line gives on both kinds of workers."""
    notebook.do(definitions)

    for backend in ("pool", "process"):
        assert notebook.get(f"%pmap -q -b {backend} {line}") == expected


def test_helpers_of_helpers_travel(notebook: Notebook) -> None:
    """However far away, from whatever cell, also ones that call each other in a circle."""
    notebook.do("def third(x): return x + 1")
    notebook.do("def second(x): return 2 * third(x)")
    check(
        notebook,
        "def first(x): return second(x) if x else even(4)\n"
        "def even(n): return n == 0 or odd(n - 1)\n"
        "def odd(n): return n != 0 and even(n - 1)",
        "first range(3)",
        [True, 4, 6],
    )


def test_defaults_are_those_of_the_definition(notebook: Notebook) -> None:
    """A name that has changed since does not change the function, as in the notebook."""
    notebook.do("size = 4\ndef sized(x, n=size, *, k=size * 10): return x + n + k")
    notebook.do("scaled = lambda x, n=size: x * n")
    notebook.do("size = 5\ndef both(x): return sized(x), scaled(x)")

    check(notebook, "", "both [1]", [(45, 4)])


@pytest.mark.parametrize(
    ("imports", "expression", "value"),
    [
        ("import math", "math.floor(2.5)", 2),
        ("import numpy as np", "int(np.array([1, 2]).sum())", 3),
        ("from math import sqrt as root", "root(9)", 3.0),
        ("from os.path import basename", "basename('a/b')", "b"),
        ("import os.path", "os.path.basename('a/b')", "b"),
        ("import xml.etree.ElementTree as tree", "tree.fromstring('<a/>').tag", "a"),
        ("import xml.dom.minidom", "xml.dom.minidom.parseString('<a/>').firstChild.tagName", "a"),
        ("from collections import Counter as Count", "Count('aab')['a']", 2),
        ("from fractions import *", "int(Fraction(4, 2))", 2),
        ("from pathlib import Path", "Path('a').name", "a"),
        ("from functools import partial, reduce", "reduce(partial(max, 2), [1, 5])", 5),
        ("from json import *\nfrom json import dumps as write", "write(loads('[1]'))", "[1]"),
        ("import string\nletters = string.ascii_letters", "letters[x]", "a"),
    ],
)
def test_imports_travel_under_any_name(
    notebook: Notebook, imports: str, expression: str, value: object
) -> None:
    """A worker imports what the notebook imported, as it is called there."""
    check(
        notebook,
        f"{imports}\ndef task(x): return {expression}",
        "task [0]",
        [value],
    )


def test_names_of_the_line_itself_travel(notebook: Notebook) -> None:
    """An expression needs what a function needs."""
    check(
        notebook,
        "import math as m\nfrom math import sqrt as root\nlimit = 2\nnames = ['a', 'b', 'c']",
        "(m.floor(root(x)), limit, names[x % 3]) for x in [4, 9]",
        [(2, 2, "b"), (3, 2, "a")],
    )


@pytest.mark.parametrize(
    "value",
    [
        "3",
        "-1.5e300",
        "2j",
        "'text \\n \"quoted\" é'",
        "b'bytes'",
        "None",
        "(1, ('a', None))",
        "[1, [2]]",
        "{'a': {1, 2}}",
        "'long' * 1000",
        "10 ** 500",
        "float('inf')",
        "range(3)",
        "__import__('datetime').date(2024, 2, 29)",
        "__import__('fractions').Fraction(1, 3)",
        "len",
        "int",
        "...",
    ],
)
def test_constants_and_data_travel(notebook: Notebook, value: str) -> None:
    """A worker has equal values, of the same types."""
    notebook.do(f"value = {value}\ndef task(x): return value, type(value).__name__")

    assert (
        notebook.do(
            "returned = %pmap -q task [0]\nreturned == [(value, type(value).__name__)]"
        ).value
        == "True"
    )


def test_arrays_travel(notebook: Notebook) -> None:
    """As arguments, as results, and as data that a function reads."""
    check(
        notebook,
        "import numpy as np\n"
        "table = np.arange(6).reshape(2, 3)\n"
        "def task(row): return (row * table).sum(axis=0)",
        "task(row).tolist() for row in table",
        [[0, 5, 14], [9, 20, 35]],
    )


def test_what_two_values_share_is_shared_in_a_worker(notebook: Notebook) -> None:
    """Two names for one list are two names for one list."""
    check(
        notebook,
        "shared = []\nouter = {'inner': shared}\n"
        "def task(x):\n    shared.append(x)\n    return outer['inner'] is shared",
        "task [0]",
        [True],
    )


def test_instances_travel_both_ways(notebook: Notebook) -> None:
    """`isinstance`, `==` and `is` hold in the notebook for what comes back."""
    notebook.do(
        "import enum, dataclasses, typing\n"
        "class Colour(enum.Enum):\n"
        "    RED = 1\n"
        "    BLUE = 2\n"
        "@dataclasses.dataclass\n"
        "class Point:\n"
        "    x: int\n"
        "    colour: Colour = Colour.RED\n"
        "    def moved(self): return Point(self.x + 1, Colour.BLUE)\n"
        "class Pair(typing.NamedTuple):\n"
        "    a: int\n"
        "    b: Point\n"
        "def move(point):\n"
        "    assert isinstance(point, Point) and point.colour is Colour.RED\n"
        "    return Pair(point.x, point.moved())"
    )

    notebook.do("(one, two) = %pmap -q move [Point(1), Point(5)]")

    assert notebook.get("isinstance(one, Pair), isinstance(one.b, Point)") == (True, True)
    assert notebook.get("two == Pair(5, Point(6, Colour.BLUE))") is True
    assert notebook.get("two.b.colour is Colour.BLUE") is True
    assert notebook.get("type(one) is Pair, type(one.b) is Point") == (True, True)


def test_a_class_that_only_an_argument_has_travels(notebook: Notebook) -> None:
    """No code names it: it comes with the items, even late, in the middle of a list."""
    notebook.do(
        "def scale(): return 10\n"
        "class Base:\n"
        "    def value(self): return self.v * scale()\n"
        "class Late(Base):\n"
        "    def __init__(self, v): self.v = v\n"
        "class Early:\n"
        "    v = 7\n"
        "    def value(self): return self.v\n"
        "items = [Early()] * 3 + [Late(2)] + [[Early(), Late(3)][1]]"
    )

    assert notebook.get("%pmap -q item.value() for item in items") == [7, 7, 7, 20, 30]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("2 * name", "str"),
        ("cls", "Any"),
        ("lambda *_: name", "function"),
        ("Any(name, (), {})", "Any"),
        ("{'of': name}", "dict"),
    ],
)
def test_a_class_whose_metaclass_answers_for_any_attribute_travels(
    notebook: Notebook, answer: str, kind: str
) -> None:
    """What a class may have or not is looked for where it would be, and not asked for."""
    check(
        notebook,
        "class Any(type):\n"
        f"    def __getattr__(cls, name): return {answer}\n"
        "class Plain(metaclass=Any):\n    n = 3\n    def get(self): return self.n\n"
        "class More(Plain):\n    n = 4\n"
        "def task(x): return Plain().get(), More().get(), type(More.other).__name__",
        "task [0]",
        [(3, 4, kind)],
    )


def test_an_object_that_answers_for_any_attribute_travels(notebook: Notebook) -> None:
    """It says that it wraps another, and that one again, without an end."""
    check(
        notebook,
        "class Path:\n    def __init__(self, name): self.name = name\n"
        "    def __getattr__(self, name): return Path(name)\n"
        "    def __call__(self): return self.name\n"
        "    def __reduce__(self): return Path, (self.name,)\n"
        "path = Path('start')\ndef task(x): return path(), path.a.b()",
        "task [0]",
        [("start", "b")],
    )


def test_a_class_of_data_travels(notebook: Notebook) -> None:
    """An instance that a function reads brings its class, and that its bases."""
    check(
        notebook,
        "class Root:\n"
        "    def twice(self): return self.n * factor\n"
        "class Leaf(Root):\n"
        "    def __init__(self, n): self.n = n\n"
        "factor = 2\n"
        "leaves = {'a': Leaf(4)}\n"
        "def task(name): return leaves[name].twice()",
        "task ['a']",
        [8],
    )


@pytest.mark.parametrize(
    ("definitions", "value"),
    [
        ("task = lambda x: x + 1", 6),
        ("task = alias = lambda x, by=3: x + by\nother = alias", 8),
        ("def task(x, by=[1]): return x + by[0]", 6),
        ("import functools\n@functools.cache\ndef task(x): return x * 2", 10),
        (
            (
                "import functools\n"
                "def twice(function):\n"
                "    @functools.wraps(function)\n"
                "    def run(x): return function(function(x))\n"
                "    return run\n"
                "@twice\n"
                "def task(x): return x + 1"
            ),
            7,
        ),
        ("if True:\n    def task(x):\n        return x\n", 5),
        ("class Task:\n    @staticmethod\n    def run(x): return x\ntask = Task.run", 5),
        ("class Adder:\n    n = 2\n    def add(self, x): return x + self.n\ntask = Adder().add", 7),
        ("class Adder:\n    def __call__(self, x): return x + 1\ntask = Adder()", 6),
        ("import functools, operator\ntask = functools.partial(operator.add, 4)", 9),
        ("def inner(x): return -x\ntask = inner", -5),
        ("def task(x):\n    def inner(): return x\n    return inner()", 5),
        ("def task(x):\n    '''text\n  that is \\n not indented'''\n    return x", 5),
        ("def count():\n    yield 1\ndef task(x): return x + sum(count())", 6),
        ("def task(x): return __name__ == '__main__'", True),
    ],
)
def test_every_kind_of_function_travels(
    notebook: Notebook, definitions: str, value: object
) -> None:
    """Lambdas, decorated ones, methods, callable objects, partial ones: as they are."""
    notebook.do(f"task = None\n{definitions}")
    here = notebook.get("task(5)")

    assert here == value
    assert notebook.get("%pmap -q task [5]") == [here]
    assert notebook.get("%pmap -q task(x) for x in [5]") == [here]
    assert notebook.get("import parmagic; parmagic.pmap(task, [5], backend='process').values") == [
        here
    ]


def test_functions_and_classes_are_values_too(notebook: Notebook) -> None:
    """As arguments and as results."""
    notebook.do(
        "def double(x): return 2 * x\n"
        "def negative(x): return -x\n"
        "class Box:\n"
        "    def __init__(self, x): self.x = x\n"
        "def apply(function): return function, function(3)"
    )

    reply = notebook.do(
        "found = %pmap -q apply [double, negative, abs]\n"
        "found == [(double, 6), (negative, -3), (abs, 3)]"
    )

    assert reply.value == "True"
    assert (
        notebook.do(
            "boxes = %pmap -q apply [Box]\nboxes[0][0] is Box, type(boxes[0][1]) is Box"
        ).value
        == "(True, True)"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("def task(x): return 1", "def task(x): return 2"),
        ("def help_(): return 1\ndef task(x): return help_()", "def help_(): return 2"),
        ("level = 1\ndef task(x): return level", "level = 2"),
        ("box = [1]\ndef task(x): return box[0]", "box[0] = 2"),
        (
            "class Kind:\n    n = 1\ndef task(x): return Kind.n",
            "class Kind:\n    n = 2",
        ),
        (
            "class Kind:\n    def n(self): return 1\ndef task(x): return Kind().n()",
            "class Kind:\n    def n(self): return 2",
        ),
        (
            "import math as m\ndef task(x): return m.floor(1)",
            "import operator as m\ndef task(x): return m.add(1, 1)",
        ),
        ("task = lambda x: 1", "task = lambda x: 2"),
        ("class Kind:\n    held = [1]\ndef task(x): return Kind.held[0]", "Kind.held[0] = 2"),
        ("def task(x, *, n=1): return n", "task.__kwdefaults__['n'] = 2"),
        ("def task(x, held=[1]): return held[0]", "task.__defaults__[0][0] = 2"),
        ("from math import floor as f\ndef task(x): return f(1.5)", "from math import ceil as f"),
        (
            (
                "import functools\n@functools.cache\ndef helper(x): pass\nhelper.n = 1\n"
                "def task(x): return helper.n"
            ),
            "helper.n = 2",
        ),
        (
            (
                "import functools\ndef plain(x): pass\nhelper = functools.cache(plain)\n"
                "helper.n = [1]\ndef task(x): return helper.n[0]"
            ),
            "helper.n[0] = 2",
        ),
        (
            (
                "import contextlib\n@contextlib.contextmanager\ndef helper(): yield\n"
                "helper.get = lambda: 1\ndef task(x): return helper.get()"
            ),
            "helper.get = lambda: 2",
        ),
        ("def task(x): return int(task.__doc__ or 1)", "task.__doc__ = '2'"),
        ("def task(x):\n    '1'\n    return int(task.__doc__)", "task.__doc__ = '2'"),
    ],
)
def test_a_change_is_used_at_once_by_warm_workers(
    notebook: Notebook, first: str, second: str
) -> None:
    """Of the function, a helper, a global, a class, an import; and back again; in one process."""
    line = "%pmap -q -w 1 (task(x), os.getpid()) for x in [0]"
    notebook.do(f"import os\n{first}")
    ((before, worker),) = notebook.get(line)

    notebook.do(second)
    ((after, same),) = notebook.get(line)
    notebook.do(first if "box" not in first else "box[0] = 1")
    ((again, still),) = notebook.get(line)

    assert (before, after, again) == (1, 2, 1)
    assert worker == same == still


def test_more_functions_than_a_worker_keeps_run_in_turn(notebook: Notebook) -> None:
    """Each again after the others, also one that is loaded anew for each run."""
    notebook.do(
        "def first(x): return 'first'\nsizes = [1, 2]\ndef sized(x, n=sizes): return len(n)"
    )
    notebook.do("\n".join(f"def f{number}(x): return {number}" for number in range(6)))
    names = ["first", "sized", *(f"f{number}" for number in range(6)), "sized", "first", "f0"]

    values = [notebook.get(f"%pmap -q -w 1 {name} [0]")[0] for name in names]

    assert values == ["first", 2, *range(6), 2, "first", 0]


def test_code_that_was_replaced_in_the_middle_of_a_run_can_be_run_again(
    notebook: Notebook,
) -> None:
    """Items of a class of the notebook's make another package, with the same large data."""
    notebook.do("import numpy, os, time\nlarge = numpy.ones(500_000)\nclass Kind: pass")
    notebook.do(
        "def task(x):\n"
        "    if x == 0 and not os.path.exists('tried'):\n"
        "        open('tried', 'w').close()\n"
        "        time.sleep(0.6)\n"  # meanwhile the others are given out, one behind this
        "        raise ValueError\n"
        "    time.sleep(0.05)\n"
        "    return type(x).__name__, float(large[1])"
    )

    values = notebook.get(
        "%pmap -q -w 2 --retries 1 task iter([0, 1, 1, Kind(), Kind(), 2, Kind()])"
    )

    assert values == [(name, 1.0) for name in ["int", "int", "int", "Kind", "Kind", "int", "Kind"]]


@lets_go
@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells what a process maps")
def test_workers_let_go_of_large_data_that_were_replaced(notebook: Notebook) -> None:
    """Memory is that of one copy, however often the notebook makes another array."""
    notebook.do(
        "import numpy, os\n"
        "def task(x):\n"
        "    maps = open('/proc/self/maps').read().split()\n"
        "    return float(large[x]), len({path for path in maps if '/buffers-' in path})"
    )

    for size in range(200_000, 205_000, 1000):
        notebook.do(f"large = numpy.full({size}, {size}.0)")
        assert notebook.get("%pmap -q -w 1 task [0]") == [(size, 1)]


def test_files_that_the_system_has_cleaned_away_are_written_anew(notebook: Notebook) -> None:
    """As of a notebook that nobody has used for days, whose workers still wait."""
    notebook.do(
        "import shutil, sys, numpy as np\n"
        "from parmagic.modules.folder import buffer_folders\n"
        "table = np.ones(1_000_000)\n"
        "def clean():\n"
        "    for folder in buffer_folders(): shutil.rmtree(folder, 'win32' in sys.platform)\n"
        "def plain(x): return x + 1\n"
        "def large(x): return float(table.sum()) + x, np.ones(500_000) * x"
    )
    for code, value in (
        ("plain range(2)", "[1, 2]"),
        (
            "(large(x)[0], len(large(x)[1])) for x in range(2)",
            "[(1e6, 500_000), (1e6 + 1, 500_000)]",
        ),
        ("len(x) for x in [table, table]", "[1_000_000] * 2"),
    ):
        for options in ("-w 2", "-w 2 -b process", "-w 3"):
            assert notebook.get(f"%pmap -q {options} {code}") == notebook.get(value)
            notebook.do("clean()")


def test_a_module_of_the_folder_can_be_imported(notebook: Notebook) -> None:
    """As in the kernel: from the notebook's folder, and from what was added to the path."""
    (notebook.folder / "near.py").write_text("def near(x): return x + 1\n", encoding="utf-8")
    (notebook.folder / "far").mkdir()
    (notebook.folder / "far" / "away.py").write_text("class Away: n = 4\n", encoding="utf-8")
    check(
        notebook,
        "import sys\nsys.path.append('far')\nimport near\nfrom away import Away",
        "near.near(x) + Away.n for x in [1]",
        [6],
    )


def test_the_folder_of_the_notebook_is_that_of_the_tasks(notebook: Notebook) -> None:
    """Also after it was changed, with warm workers."""
    (notebook.folder / "sub").mkdir()
    line = "%pmap -q os.path.basename(os.getcwd()) for _ in range(1)"
    notebook.do("import os\nhome = os.getcwd()")

    before = notebook.get(line)
    notebook.do("os.chdir('sub')")
    after = notebook.get(line)
    notebook.do("os.chdir(home)")

    assert (before, after) == ([notebook.folder.name], ["sub"])


def test_a_task_that_leaves_the_folder_leaves_it_for_its_own_run(notebook: Notebook) -> None:
    """The next run on the same warm workers begins where the notebook is, as every other."""
    notebook.do("import os\ndef leave(x):\n    os.chdir('/')\n    return os.getpid()")

    (worker,) = notebook.get("%pmap -q -w 1 leave range(1)")
    line = "%pmap -q -w 1 (os.getpid(), os.path.basename(os.getcwd())) for _ in range(1)"

    assert notebook.get(line) == [(worker, notebook.folder.name)]


def test_only_what_is_needed_travels(notebook: Notebook) -> None:
    """What cannot be sent does not matter unless it is read."""
    notebook.do("import threading\nlock = threading.Lock()\nother = open('file', 'w')")

    check(notebook, "def task(x): return x", "task [1]", [1])


@pytest.mark.parametrize(
    ("definitions", "message"),
    [
        (
            "import threading\nlock = threading.Lock()\ndef task(x):\n    y = x\n    return lock",
            "`lock` (_thread.lock), read by `task` in In[{n}] line 5, cannot be sent",
        ),
        (
            "handle = open('file', 'w')\ndef task(x):\n    return handle.name",
            "`handle` (_io.TextIOWrapper), read by `task` in In[{n}] line 3, cannot be sent",
        ),
        (
            "numbers = (x for x in range(3))\ndef task(x): return next(numbers)",
            "`numbers` (generator), read by `task` in In[{n}] line 2, cannot be sent",
        ),
        (
            "import types\nmade = types.ModuleType('made')\ndef task(x): return made.x",
            "`made` (module made), read by `task` in In[{n}] line 3, cannot be imported",
        ),
        (
            (
                "import threading\n"
                "class Held:\n    def __init__(self): self.lock = threading.Lock()\n"
                "held = [Held()]\ndef task(x): return held"
            ),
            (
                "`held` (list), read by `task` in In[{n}] line 5, cannot be sent to another "
                "process because of `held[0].lock` (_thread.lock)"
            ),
        ),
        (
            "letters = iter('abc')\ndef task(x): return next(letters)",
            "cannot be sent to another process (workers cannot share an iterator)",
        ),
        (
            (
                "import itertools\nclass Counter: pass\nc = Counter()\nc.next = itertools.count()\n"
                "def task(x): return next(c.next)"
            ),
            "because of `c.next` (itertools.count)",
        ),
        (
            (
                "import sqlite3\nclass Cfg: pass\ncfg = Cfg()\n"
                "cfg.db = {'main': sqlite3.connect(':memory:')}\ndef task(x): return cfg.db"
            ),
            "because of `cfg.db['main']` (sqlite3.Connection)",
        ),
        (
            "from unittest.mock import MagicMock\ncfg = MagicMock()\ndef task(x): return cfg.x",
            "because it has a class of its own, which only looks like `MagicMock`",
        ),
        (
            (
                "class Any:\n    def __getattr__(self, name): return lambda *args: 42\n"
                "some = Any()\nsome.lock = __import__('threading').Lock()\n"
                "def task(x): return some"
            ),
            "because of `some.lock` (_thread.lock)",
        ),
        (
            (
                "class Again:\n    def __reduce__(self): return Again, (Again(),)\n"
                "again = Again()\ndef task(x): return again"
            ),
            "cannot be sent to another process (maximum recursion depth exceeded",
        ),
        (
            (
                "class Node: next = None\nlast = first = Node()\n"
                "for _ in range(100_000):\n    last.next = Node()\n    last = last.next\n"
                "def task(x): return first"
            ),
            "cannot be sent to another process (maximum recursion depth exceeded",
        ),
        (
            (
                "import socket, functools\nasked = functools.partial(print, socket.socket())\n"
                "def task(x): return asked"
            ),
            "because of `asked.args[0]` (socket.socket)",
        ),
        (
            "import threading\nown = [threading.local()]\ndef task(x): return own",
            "because of `own[0]` (_thread._local)",
        ),
        (
            "import queue\njobs = {'todo': queue.Queue()}\ndef task(x): return jobs",
            "because of `jobs['todo'].mutex` (_thread.lock)",
        ),
        (
            "from queue import Queue\njobs = Queue()\ndef task(x): jobs.put(x)",
            "let tasks return values instead, and add tasks by `parmagic.enqueue`, with `--queue`,",
        ),
        (
            "def task(x):\n    y = x\n    !echo hi\n    return y",
            (
                "`!echo hi`, used by `task` in In[{n}] line 3, is there only in the notebook's own "
                "process: call `subprocess.run('echo hi', shell=True)`, or use"
            ),
        ),
        (
            "def task(x):\n    !sort {x}.txt > $x.$HOME\n    return x",
            "call `subprocess.run(f'sort {{x}}.txt > {{x}}.$HOME', shell=True)`, or use",
        ),
        (
            "def task(x):\n    !awk '{print $1}' data.txt\n    return x",
            "call `subprocess.run(\"awk '{{print $1}}' data.txt\", shell=True)`, or use",
        ),
        pytest.param(
            "def task(x):\n    names = !ls\n    return names",
            "`!ls`, used by `task` in In[{n}] line 2",
            marks=reads_shell_lines,
        ),
        (
            "def task(x):\n    %time y = x\n    return y",
            "`%time`, used by `task` in In[{n}] line 2",
        ),
        (
            "def task(x):\n    y = %pmap abs [x]\n    return y",
            "process: call `parmagic.pmap`, or use",
        ),
        pytest.param(
            "class Files:\n    names = !ls\ndef task(x): return Files.names",
            "`!ls`, used by `Files` in In[{n}] line 2",
            marks=reads_shell_lines,
        ),
        ("def task(x): return get_ipython()", "`get_ipython()`, used by `task` in In[{n}] line 1"),
    ],
)
@by_any_method
def test_what_cannot_travel_is_named_with_its_cell_and_line(
    notebook: Notebook, definitions: str, message: str
) -> None:
    """And the refusal says what to do instead."""
    number = notebook.do(definitions).number

    refusal = notebook.run("%pmap task range(3)").usage_error

    assert message.format(n=number) in refusal
    if "import" not in message:
        assert "`--backend thread`" in refusal


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ("%pmap -q (lock, x) for x in [1]", "`(lock, x)` in In[{n}] line 1"),
        ("# a line\n%pmap -q lambda x: lock [1]", "`lambda x: lock` in In[{n}] line 2"),
        (
            "%%parallel -q\nfound = [\n    one(lock)\n    for x in [1, 2]]",
            "`one(lock)` in In[{n}] line 3",
        ),
        ("parmagic.pmap(lambda x: lock, [1])", "`lambda` in In[{n}] line 1"),
        ("parmagic.pmap(make(), [1])", "`inner` in In[{before}] line 4"),
        ("parmagic.pmap(keyed, [1])", "`lambda` in In[{before}] line 6"),
    ],
)
@by_any_method
def test_code_without_a_name_is_named_as_it_is_written(
    notebook: Notebook, cell: str, place: str
) -> None:
    """An expression, a lambda, what a function returns: with the line, and by no name of ours."""
    before = notebook.do(
        "import parmagic, threading\nlock, one = threading.Lock(), lambda x: x\ndef make():\n"
        "    def inner(x): return lock\n    return inner\n"
        "def keyed(x, key=lambda x: lock): return key(x)"
    ).number

    reply = notebook.run(cell)

    said = reply.error.evalue if reply.errors else reply.usage_error
    assert f"`lock` (_thread.lock), read by {place.format(n=reply.number, before=before)}" in said


def test_a_class_may_have_methods_for_the_notebook_alone(notebook: Notebook) -> None:
    """A class is sent as a whole: what uses `!` or `%` fails only where tasks call it."""
    notebook.do(
        "class Study:\n"
        "    step = 10\n"
        "    def one(self, x): return x + self.step\n"
        "    def all(self, count):\n"
        "        found = %pmap -q self.one range(count)\n"
        "        return found\n"
        "    def files(self, x):\n"
        "        !ls\n"
        "study = Study()"
    )

    assert notebook.get("study.all(3)") == [10, 11, 12]
    assert notebook.get("%pmap -q study.one [5]") == [15]
    failure = notebook.run("%pmap -q study.files [5]").error
    assert failure.ename == "RuntimeError"
    assert "what methods of `Study` do by `!` or `%`" in failure.evalue
    check_frames(failure)


@pytest.mark.parametrize("what", ["Mock", "MagicMock"])
def test_a_mock_is_refused_as_an_item_and_as_a_value(notebook: Notebook, what: str) -> None:
    """It answers everything it is asked, and has new parts each time."""
    notebook.do(f"from unittest.mock import {what}\ndef make(x): return {what}()")

    for line in (f"make [{what}()]", "make [1]"):
        error = notebook.run(f"%pmap -q {line}").error
        assert error.ename == "TravelError"
        assert f"because it has a class of its own, which only looks like `{what}`" in error.evalue


def test_a_worker_sees_the_environment_of_the_notebook(notebook: Notebook) -> None:
    """A variable set in a cell is set in the tasks."""
    check(
        notebook,
        "import os\nos.environ['SET_IN_A_CELL'] = 'yes'",
        "os.environ.get('SET_IN_A_CELL') for _ in range(2)",
        ["yes", "yes"],
    )


@pytest.mark.parametrize("backend", ["thread", "process", "pool"])
def test_tasks_compute_by_the_settings_of_the_notebook(notebook: Notebook, backend: str) -> None:
    """Of `decimal`, numpy and Python itself: as they are for this run, also on warm workers."""
    notebook.do(
        "import decimal, sys\n"
        "import numpy as np\n"
        "def task(x):\n"
        "    kept = np.geterr()['divide'], sys.getrecursionlimit(), sys.get_int_max_str_digits()\n"
        "    return str(decimal.Decimal(1) / 3), kept\n"
        f"line = '-q -w 2 -b {backend} task range(3)'\n"
        "def both(): return [*get_ipython().run_line_magic('pmap', line), task(0)]"
    )
    first = notebook.get("both()")
    notebook.do(
        "decimal.getcontext().prec = 5\n"
        "old = np.seterr(divide='raise'), sys.getrecursionlimit(), sys.get_int_max_str_digits()\n"
        "sys.setrecursionlimit(old[1] + 500)\n"
        "sys.set_int_max_str_digits(9_000)"
    )
    changed = notebook.get("both()")
    notebook.do(
        "np.seterr(**old[0])\n"
        "sys.setrecursionlimit(old[1])\n"
        "sys.set_int_max_str_digits(old[2])\n"
        "decimal.setcontext(decimal.Context())"
    )

    assert first == [first[-1]] * 4
    assert changed == [changed[-1]] * 4
    assert changed[0][0] == "0.33333"
    assert changed[0][1][::2] == ("raise", 9_000)
    assert notebook.get("both()") == first


@pytest.mark.parametrize("backend", ["process", "pool"])
@pytest.mark.parametrize("also", ["", "from IPython.display import display\n"])
def test_what_tasks_display_comes_as_text(notebook: Notebook, backend: str, also: str) -> None:
    """With the `display` that IPython has built in, as with the one that it is."""
    notebook.do(
        f"{also}from IPython.display import display as imported\n"
        "def task(x):\n"
        "    display([x])\n"
        "    imported((x,))\n"
        "    return x"
    )

    assert (
        notebook.do(f"%pmap -q -w 1 -b {backend} task range(2)").stdout == "[0]\n(0,)\n[1]\n(1,)\n"
    )
    notebook.do("globals().pop('display', None)")


@pytest.mark.parametrize("backend", ["process", "pool"])
def test_a_library_may_look_for_modules_while_its_objects_are_read(
    notebook: Notebook, backend: str
) -> None:
    """As astropy does, and `inspect.stack()`: all modules are asked for their files."""
    (notebook.folder / "looks.py").write_text(
        "import inspect\n"
        "class Looks:\n"
        "    def __setstate__(self, state):\n"
        "        module = inspect.getmodule(inspect.currentframe())\n"
        "        vars(self).update(state, module=module.__name__)\n"
    )
    notebook.do(
        "import inspect, looks\n"
        "one = looks.Looks()\n"
        "one.x = 2\n"
        "def task(k): return one.x * k, one.module, inspect.getmodule(task).__name__"
    )

    there = [(0, "looks", "__main__"), (2, "looks", "__main__")]
    assert notebook.get(f"%pmap -q -b {backend} task range(2)") == there


def test_a_name_that_is_nowhere_fails_as_it_would_serially(notebook: Notebook) -> None:
    """With the function's own NameError, at its own line."""
    notebook.do("def task(x):\n    return never_defined + x")

    error = notebook.run("%pmap -q task [1]").error

    assert (error.ename, error.evalue) == ("NameError", "name 'never_defined' is not defined")
    assert ", line 2, in task(x)" in error.traceback


@pytest.mark.parametrize("backend", ["process", "pool"])
def test_rows_of_pandas_travel_though_no_module_has_their_class(
    notebook: Notebook, backend: str
) -> None:
    """As items, as data and as values; also where a column's name is none for Python."""
    notebook.do(
        "import pandas\n"
        "table = pandas.DataFrame({'a': [1, 2], 'b b': [3, 4]})\n"
        "rows = list(table.itertuples())\n"
        "def same(row): return row, row.a + row._2, rows[row.Index]._asdict()\n"
        "def total(row): return row.a + row._2"
    )

    cell = (
        f"%%parallel -q -b {backend}\n"
        "sums = [total(row) for row in table.itertuples()]\n"
        "more = []\n"
        "for n, row in enumerate(table.itertuples(name='Row')):\n"
        "    more.append(total(row) + n)"
    )
    notebook.do(cell)
    notebook.do(f"found = %pmap -q -b {backend} same table.itertuples()")

    assert notebook.get("sums, more") == ([4, 6], [4, 7])
    assert notebook.get("found == [same(row) for row in rows]") is True
    assert notebook.get("[repr(row[0]) for row in found] == [repr(row) for row in rows]") is True


def test_figures_that_tasks_leave_open_are_closed_before_the_next_run(notebook: Notebook) -> None:
    """As after each cell of a notebook; also where the notebook has changed between the runs."""
    notebook.do(
        "import os, matplotlib.pyplot as plt\n"
        "def draw(x):\n"
        "    plt.figure()\n"
        "    return len(plt.get_fignums())"
    )

    assert notebook.get("%pmap -q -w 1 draw range(2)") == [1, 2]
    assert notebook.get("%pmap -q -w 1 draw range(2)") == [1, 2]
    notebook.do("os.environ['PLACE'] = 'elsewhere'")
    assert notebook.get("%pmap -q -w 1 draw range(2)") == [1, 2]


@pytest.mark.parametrize("backend", ["process", "pool"])
def test_workers_do_not_draw_the_same_numbers(notebook: Notebook, backend: str) -> None:
    """Also where a method of the hidden generator of `random` was imported by its name."""
    notebook.do(
        "from random import getrandbits as bits\n"
        "from numpy.random import randint as whole\n"
        "def make(draw):\n"
        "    return lambda: draw(62)\n"
        "held = make(bits)\n"
        "def drawn(x, bits=bits): return bits(62) + held(), int(whole(1 << 30))"
    )

    values = notebook.get(f"%pmap -q -w 2 -b {backend} drawn range(6)")

    assert len({first for first, _ in values}) == len({second for _, second in values}) == 6
