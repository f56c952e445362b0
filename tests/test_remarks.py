"""What is said of what workers are given: large needs, globals, random numbers."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

import pytest

from kernel import Notebook
from marks import on_processes

# What workers are given is read in the source, in the notebook.
pytestmark = pytest.mark.by_any_method


def notes(stderr: str) -> list[str]:
    """List the remarks among what was printed."""
    lines = stderr.splitlines()
    assert all(line.startswith("note: ") for line in lines), stderr
    return [line.removeprefix("note: ") for line in lines]


@on_processes
def test_globals_that_a_function_assigns_are_named(notebook: Notebook, backend: str) -> None:
    """With the line: what they become stays in the worker. Globals it only reads are not."""
    notebook.do("total = 0\nlimit = 9")
    number = notebook.do(
        "def count(x):\n"
        "    '''Count; `global ` in a text is none.'''\n"
        "    global total, limit\n"
        "    total += x if x < limit else 0\n"
        "    total = total\n"
        "    return x\n"
        "def outer(x): return count(x)"
    ).number

    reply = notebook.do(f"print(1)\n%pmap -w 2 -b {backend} -o run outer range(3)")

    # It is shown where it is said: after what was printed before, before the headline.
    streams = [stream for stream, _ in groupby(reply.prints, key=itemgetter(0))]
    assert streams == ["stdout", "stderr", "stdout"]
    said = f"`total`, assigned by `count` in In[{number}] line 4, changes only in the worker: "
    assert notes(reply.stderr) == [f"{said}return it"]
    assert notebook.get("list(run.remarks)") == notes(reply.stderr)
    assert notebook.do(f"%pmap -q -b {backend} outer range(3)").stderr == ""
    assert notebook.do("%pmap -b thread outer range(3)").stderr == ""
    compared = notebook.do("%pmap -w 2 -c process,pool --no-plot outer range(3)")
    assert len(notes(compared.stderr)) == 1


@on_processes
def test_a_variable_around_a_closure_is_said_to_be_lost_too(
    notebook: Notebook, backend: str
) -> None:
    """A counter that a function keeps for another: each worker has one."""
    number = notebook.do(
        "def counter():\n    count = 0\n    def step(x):\n        nonlocal count\n"
        "        count += 1\n        return count\n    return step\nstep = counter()\n"
        "def alone(x):\n    def step(): nonlocal x; x += 1\n    step()\n    return x"
    ).number

    told = notes(notebook.do(f"%pmap -w 2 -b {backend} step range(3);").stderr)

    place = f"`step` in In[{number}] line 5"
    assert told == [f"`count`, assigned by {place}, changes only in the worker: return it"]
    assert notebook.do("%pmap -b thread step range(3);").stderr == ""
    assert notebook.do(f"%pmap -w 2 -b {backend} alone range(3);").stderr == ""


@pytest.mark.parametrize(
    ("value", "add"),
    [
        ("[]", "seen.append(x)"),
        ("{}", "seen[x] = x"),
        ("set()", "return seen.add(x)"),
        ("__import__('collections').Counter()", "seen[x % 2] += 1"),
        ("[1]", "seen.extend([x])"),
    ],
)
def test_what_tasks_only_add_to_a_list_is_said_to_be_lost(
    notebook: Notebook, value: str, add: str
) -> None:
    """In the worker as in the notebook nothing reads it: it was to be read in the notebook."""
    notebook.do(f"seen = {value}")
    number = notebook.do(f"def remember(x):\n    y = x\n    {add}").number

    reply = notebook.do("%pmap -w 2 remember range(3)")

    place = f"`remember` in In[{number}] line 3"
    assert notes(reply.stderr) == [
        f"`seen`, added to by {place}, changes only in the worker: return what is added"
    ]
    assert notebook.do("%pmap -b thread remember range(3)").stderr == ""


@pytest.mark.parametrize(
    ("value", "change"),
    [
        ("np.zeros(4)", "kept[x] = x + 1"),
        ("np.zeros((4, 2))", "kept[x, 0] += 1; return kept.sum()"),
        ("np.zeros(4)", "kept.fill(x)"),
        ("__import__('collections').deque([1, 2])", "kept.rotate(x)"),
        ("[[], []]", "kept[0].append(x)"),
        ("{}", "kept.setdefault(x, []).append(x)"),
        ("{'n': 9}", "kept['n'] -= x; return kept['n']"),
        ("Thing()", "kept.last = x"),
        ("Thing()", "kept.n += 1; return kept.n"),
    ],
)
def test_what_tasks_change_for_nothing_is_said_to_be_lost(
    notebook: Notebook, value: str, change: str
) -> None:
    """An array to be filled, an object that counts: each worker has a copy."""
    notebook.do(f"import numpy as np\nclass Thing:\n    n = 0\nkept = {value}")
    number = notebook.do(f"def change(x):\n    {change}").number

    reply = notebook.do("%pmap -w 2 change range(3)")

    place = f"`change` in In[{number}] line 2"
    assert notes(reply.stderr) == [
        f"`kept`, changed by {place}, changes only in the worker: return what is to be kept"
    ]
    assert notebook.do("%pmap -b thread change range(3)").stderr == ""


@on_processes
@pytest.mark.parametrize("change", ["seen['n'] += 1", "seen['n'] = seen.get('n', 0) + 1"])
def test_a_counter_is_said_to_be_lost_though_it_is_read(
    notebook: Notebook, backend: str, change: str
) -> None:
    """It is no cache: serially it would count the tasks of all workers."""
    notebook.do(f"seen = {{'n': 0}}\ndef count(x):\n    {change}\n    return seen['n']")

    reply = notebook.do(f"%pmap -w 2 -b {backend} count range(3)")

    assert "`seen`, added to by `count` in " in reply.stderr


ACCOUNT = """\
class Account:
    balance = 0
    def deposit(self, amount):
        self.balance += amount
    def after(self, amount):
        return self.balance + amount
account = Account()
accounts = [account]
"""


@pytest.mark.parametrize("call", ["account.deposit(x)", "return accounts[x].deposit(x)"])
def test_what_a_method_counts_in_its_object_is_said_to_be_lost(
    notebook: Notebook, call: str
) -> None:
    """As what is paid into an account: each worker has a copy of it. A cell is serial then."""
    notebook.do(ACCOUNT)
    number = notebook.do(f"def pay(x):\n    {call}").number
    name = "accounts" if "accounts" in call else "account"
    told = f"`{name}`, changed by `pay` in In[{number}] line 2, changes only in the worker"

    told_by = notebook.do("%pmap -w 2 pay [0]").stderr
    assert notes(told_by) == [f"{told}: return what is to be kept"]
    assert notebook.do("%pmap -b thread pay [0]").stderr == ""
    cell = notebook.do("%%parallel --no-plot\na = pay(0)\nb = pay(0)").stderr
    assert f"`pay()` changes `{name}` in place" in cell


@on_processes
def test_what_is_counted_in_a_class_is_said_to_be_lost(notebook: Notebook, backend: str) -> None:
    """By a function; of the methods of the class nobody knows whether tasks call them."""
    number = notebook.do(
        "class Particle:\n"
        "    made = seen = 0\n"
        "    def __init__(self): Particle.made += 1\n"
        "def look(x):\n"
        "    Particle.seen += 1\n"
        "    return x\n"
        "def which(x): return Particle.seen + x"
    ).number
    told = f"`Particle`, changed by `look` in In[{number}] line 5, changes only in the worker"

    told_by = notebook.do(f"%pmap -b {backend} look range(2)").stderr
    assert notes(told_by) == [f"{told}: return what is to be kept"]
    assert notebook.do(f"%pmap -b {backend} which range(2)").stderr == ""
    assert notebook.get("Particle.seen") == 0


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ("self.log.append(x)", True),
        ("self.seen[x] = 2 * x; return x", True),
        ("self.seen.setdefault(0, []).append(x)", False),  # nobody knows what becomes of that
        ("self.log.append(x); return self.log[-1]", False),
        ("if x not in self.seen: self.seen[x] = 2 * x", False),
        ("self.log.append(x); return self", False),
        ("self.log = [x]; return self.log", False),
    ],
)
def test_what_a_method_collects_in_its_object_is_said_to_be_lost(
    notebook: Notebook, change: str, lost: bool
) -> None:
    """Unless it uses that itself, as a cache, or returns its object."""
    number = notebook.do(
        "class Study:\n"
        "    def __init__(self): self.log, self.seen = [], {}\n"
        f"    def run(self, x):\n        {change}\n"
        "    def mean(self): return sum(self.log) / len(self.log)\n"
        "study = Study()\n"
    ).number

    told = notes(notebook.do("%pmap -w 2 study.run range(3);").stderr)
    called = notes(notebook.do("%pmap -w 2 study.run(x) for x in range(3);").stderr)

    place = f"`Study` in In[{number}] line 4"
    part = change.partition("[" if "[x] =" in change else ".append")[0]
    assert told == lost * [
        f"`{part}`, changed by {place}, changes only in the worker: return what is to be kept"
    ]
    assert bool(called) == lost


def test_a_method_that_counts_in_its_object_is_named_where_it_is_the_task(
    notebook: Notebook,
) -> None:
    """`%pmap account.deposit amounts`: by its class, and the line that counts."""
    number = notebook.do(ACCOUNT).number

    told = notes(notebook.do("%pmap -w 2 account.deposit range(3);").stderr)

    place = f"`Account` in In[{number}] line 4"
    assert told == [
        f"`self.balance`, changed by {place}, changes only in the worker: return what is to be kept"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "account.after range(3)",
        "account.after(x) for x in range(3)",
        "[one for one in [Account()] if one.deposit(x)] for x in range(3)",
    ],
)
def test_methods_that_change_nothing_of_the_notebook_are_not_mentioned(
    notebook: Notebook, line: str
) -> None:
    """Those that only read, and those of an object that a task has made."""
    notebook.do(ACCOUNT)

    assert notebook.do(f"%pmap -w 2 {line}").stderr == ""


@pytest.mark.parametrize(
    ("value", "add"), [("set()", "seen.add(x)"), ("[]", "seen.append(x)"), ("{}", "seen[x] = x")]
)
def test_what_was_done_already_is_said_to_be_known_to_one_worker_only(
    notebook: Notebook, value: str, add: str
) -> None:
    """As the pages that a crawler has been to: serially it would know those of all tasks."""
    notebook.do(f"seen = {value}")
    cell = notebook.do(f"def visit(x):\n    if x in seen: return None\n    {add}\n    return x")

    reply = notebook.do("%pmap -w 2 visit [1, 2, 1, 2]")

    place = f"`visit` in In[{cell.number}] line 3"
    assert notes(reply.stderr) == [
        f"`seen`, added to and asked by {place}, is another in each worker: use `--backend thread`"
    ]
    assert notebook.do("%pmap -b thread visit [1, 2, 1, 2]").stderr == ""


@pytest.mark.parametrize(
    "cell",
    [
        "seen = {}\ndef look(x):\n    if x not in seen: seen[x] = x\n    return seen[x]",
        "seen = []\ndef put(x): seen.append(x)\ndef look(x):\n    put(x)\n    return len(seen)",
        "seen = []\ndef look(x, seen=seen): seen.append(x)",
        "seen = {}\ndef look(n):\n    if n not in seen: seen[n] = n and look(n-1)\n    return seen",
        "class Log:\n    def append(self, x): pass\nseen = Log()\ndef look(x): seen.append(x)",
        "import numpy as np\nseen = np.zeros(9)\ndef look(x):\n    seen[x] = x\n    return seen[x]",
        "import numpy as np\nseen = np.zeros(9)\ndef look(x):\n    seen = [0]\n    seen[0] += x",
        "class Log(list): pass\nseen = Log()\ndef look(x): seen.append(x)",
        "def look(x):\n    seen = []\n    seen.append(x)\n    return seen",
    ],
)
def test_a_cache_and_other_containers_are_not_mentioned(notebook: Notebook, cell: str) -> None:
    """What a worker reads as well serves a purpose there; of other classes nobody knows."""
    notebook.do(cell)

    assert notebook.do("%pmap -w 2 look range(3)").stderr == ""


def test_a_line_that_adds_says_so_too(notebook: Notebook) -> None:
    """Where the expression of a line is what adds."""
    notebook.do("seen = []")

    reply = notebook.do("%pmap -w 2 seen.append(x) for x in range(3);")

    by = f"`seen`, added to by the line in In[{reply.number}] line 1, changes only in the worker"
    assert notes(reply.stderr) == [f"{by}: return what is added"]


@pytest.mark.parametrize(
    ("imports", "call", "seed"),
    [
        ("import random", "random.random()", "random.seed(x)"),
        ("import random as dice", "dice.shuffle([])", "dice.seed(x)"),
        ("from random import randint", "randint(0, 1 << 60)", "__import__('random')"),
        ("import numpy as np", "np.random.rand(3).sum()", "np.random.seed(x)"),
        ("from numpy import random as draw", "draw.normal()", "draw.seed(x)"),
        ("from numpy.random import rand as r", "float(r())", "__import__('random')"),
    ],
)
def test_random_numbers_without_a_seed_are_named(
    notebook: Notebook, imports: str, call: str, seed: str
) -> None:
    """By what is called, and where; not if the function seeds, or has a generator of its own."""
    notebook.do(imports)
    number = notebook.do(f"def draw_one(x):\n    y = x\n    return {call}").number

    reply = notebook.do("%pmap -w 2 draw_one range(3)")
    notebook.do(f"def draw_one(x):\n    {seed}\n    return {call}")
    seeded = notebook.do("%pmap -w 2 draw_one range(3)")

    (note,) = notes(reply.stderr)
    name = call.partition("(")[0] if "float" not in call else "r"
    assert note.startswith(f"`{name}`, called by `draw_one` in In[{number}] line 3, has no seed")
    assert "with a seed for each task" in note
    if "__import__" not in seed:
        assert seeded.stderr == ""


def test_a_remark_on_the_body_of_a_loop_names_its_line_of_the_cell(notebook: Notebook) -> None:
    """Though the function that runs a turn begins above the cell."""
    notebook.do(
        "class Counter:\n    count = 0\n    @property\n    def next(self):\n"
        "        self.count += 1\n        return self.count\n"
        "counter = Counter()\ndef f(x): return x"
    )

    reply = notebook.do(
        "%%parallel --no-plot\nfor x in range(2):\n    y = f(x)\n    z = y + counter.next"
    )

    said = f"`counter`, changed by the line in In[{reply.number}] line 4, changes only in the"
    assert said in reply.stderr


@pytest.mark.parametrize("made", ["np.random.default_rng(1)", "np.random.RandomState(1)", "Dice()"])
def test_a_generator_of_the_notebook_is_named(notebook: Notebook, made: str) -> None:
    """Each worker draws from a copy of it: the same numbers as the others."""
    notebook.do(f"import random, numpy as np\nclass Dice(random.Random): pass\nrng = {made}")
    number = notebook.do(
        "def arranged(x): return x\n"
        "def draw_one(x):\n"
        "    y = arranged(x)\n"
        "    return rng.random()\n"
        "def outer(x): return draw_one(x)"
    ).number

    reply = notebook.do("%pmap -w 2 outer range(3)")
    line = notebook.do("%pmap -w 2 rng.random() + x for x in range(3)")

    told = "is a copy in each worker, and gives the same numbers there: make one in each task"
    assert notes(reply.stderr) == [
        f"`rng`, used by `draw_one` in In[{number}] line 4, {told}, with a seed for each"
    ]
    assert f"`rng`, used by the line in In[{line.number}] line 1, {told}" in line.stderr
    assert notebook.do("%pmap -w 2 -b thread outer range(3)").stderr == ""


@on_processes
def test_generators_of_a_task_are_not_mentioned(notebook: Notebook, backend: str) -> None:
    """Nor what only looks like a random number."""
    notebook.do(
        "import random, numpy as np\n"
        "class Odd:\n"
        "    def random(self): return 4\n"
        "def fine(x):\n"
        "    rng, dice = np.random.default_rng(x), random.Random(x)\n"
        "    return float(rng.random()), dice.random(), Odd().random()"
    )

    assert notebook.do(f"%pmap -b {backend} fine range(3)").stderr == ""


@pytest.mark.parametrize("code", ["clean frames", "clean(one) for one in frames"])
@pytest.mark.parametrize(
    "change",
    ["frame['b'] = 1", "frame.pop('a')", "frame['a'].append(1)", "if frame: frame.update(b=1)"],
)
def test_items_that_tasks_change_and_do_not_return_are_said_to_be_lost(
    notebook: Notebook, code: str, change: str
) -> None:
    """Serially they would be changed: the values are None, and nothing else says why."""
    notebook.do("frames = [{'a': []}, {'a': []}]")
    number = notebook.do(f"def clean(frame):\n    {change}").number

    reply = notebook.do(f"%pmap {code}")

    place = f"`clean` in In[{number}] line 2"
    told = f"`frame`, changed by {place}, changes only in the worker: return it"
    assert notes(reply.stderr) == [told]
    assert notebook.get("frames") == [{"a": []}, {"a": []}]
    assert notebook.do(f"%pmap -b thread {code}").stderr == ""


@pytest.mark.parametrize(
    "body",
    [
        "frame['b'] = 1\n    return frame",
        "frame = dict(frame)\n    frame['b'] = 1",
        "other = {}\n    other['b'] = frame",
        "print(frame, file=open('/dev/null', 'w'))",
    ],
)
def test_items_that_are_returned_or_only_read_are_not_mentioned(
    notebook: Notebook, body: str
) -> None:
    """Nor are others that a task has made."""
    notebook.do(f"frames = [{{'a': 1}}, {{'a': 2}}]\ndef clean(frame):\n    {body}")

    assert notebook.do("%pmap clean frames").stderr == ""
    assert notebook.do("%pmap clean(one) for one in frames").stderr == ""


@pytest.mark.parametrize(
    ("code", "name", "by", "line"),
    [
        ("p.move(1) for p in ps", "self", "move", 3),
        ("p.move(k) for k, p in enumerate(ps)", "self", "move", 3),
        ("p.rest() for p in ps if p", "self", "rest", 5),
        ("Particle.rest ps", "self", "rest", 5),
        ("lambda p: p.rest() ps", "self", "rest", 5),
        ("push(2, p) for p in ps", "p", "push", 9),
    ],
)
def test_objects_that_methods_of_theirs_change_are_said_to_be_lost(
    notebook: Notebook, code: str, name: str, by: str, line: int
) -> None:
    """So it is with any place among the arguments, and with methods of a base."""
    number = notebook.do(
        "class Moved:\n"
        "    def move(self, by):\n        self.x += by\n"
        "    def rest(self):\n        self.x = 0\n"
        "class Particle(Moved):\n    x = 1\n"
        "def push(by, p):\n    p.x += by\n"
        "ps = [Particle(), Particle()]"
    ).number

    reply = notebook.do(f"%pmap {code}")

    place = f"`{by}` in In[{number}] line {line}"
    told = f"`{name}`, changed by {place}, changes only in the worker: return it"
    assert notes(reply.stderr) == [told]
    assert notebook.do(f"%pmap -b thread {code}").stderr == ""


def test_lists_that_a_line_changes_by_their_methods_are_said_to_be_lost(notebook: Notebook) -> None:
    """But not where the method is called for its value."""
    notebook.do("rows = [[2, 1], [4, 3]]")

    reply = notebook.do("%pmap row.sort() for row in rows")

    place = f"the line in In[{reply.number}] line 1"
    told = f"`row`, changed by {place}, changes only in the worker: return it"
    assert notes(reply.stderr) == [told]
    assert notebook.do("%pmap row.count(2) for row in rows").stderr == ""


@on_processes
def test_a_method_of_a_list_that_is_the_function_is_said_to_change_a_copy(
    notebook: Notebook, backend: str
) -> None:
    """Serially, the list would have all the items."""
    notebook.do("found = []")

    reply = notebook.do(f"%pmap -b {backend} found.append range(2)")

    told = "`append` changes a copy in the worker: return what is to be kept"
    assert notes(reply.stderr) == [told]
    assert notebook.do(f"%pmap -b {backend} found.count range(2)").stderr == ""
    assert notebook.do("%pmap -b thread found.append range(2)").stderr == ""


@on_processes
def test_large_needs_are_named_with_their_sizes(notebook: Notebook, backend: str) -> None:
    """And whether workers share them; nothing is said of small ones."""
    notebook.do(
        "import numpy as np\n"
        "table, small = np.zeros(8_000_000), np.zeros(2_000_000)\n"
        "rows = [b'x' * 60_000_000]\n"
        "mixed = [np.zeros(5_000_000), b'x' * 20_000_000]\n"
        "def look(x): return table.size + len(rows) + small.size + len(mixed)"
    )

    reply = notebook.do(f"%pmap -w 2 -b {backend} look range(2)\n%pmap -w 1 -b {backend} len ['']")
    notebook.do("del table, rows, mixed")

    first, *others = notes(reply.stderr)
    assert first.startswith("`mixed` 60 MB: 40 MB of it goes to 2 workers once, shared, and 20 MB")
    assert others == [
        "`rows` 60 MB is copied to each of 2 workers: an array would be shared",
        "`table` 64 MB goes to 2 workers once, shared",
    ]


def test_a_figure_that_a_worker_would_show_is_named(notebook: Notebook) -> None:
    """What arrives of it is `Figure(640x480)`; where no notebook shows figures, matplotlib says."""
    notebook.do("import os\nimport matplotlib.pyplot as plt")
    number = notebook.do("def draw(x):\n    plt.plot([x])\n    plt.show()").number

    (note,) = notes(notebook.do("%pmap -w 1 draw [1]").stderr)
    notebook.do("kept = os.environ.pop('MPLBACKEND')\ndef other(x):\n    plt.show()")
    elsewhere = notebook.do("%pmap -w 1 other [1]")
    notebook.do("os.environ['MPLBACKEND'] = kept")

    assert note.startswith(f"`plt.show`, called by `draw` in In[{number}] line 3, shows no figure")
    assert "note:" not in elsewhere.stderr


def test_remarks_come_before_what_tasks_print(notebook: Notebook) -> None:
    """Also in a cell whose groups follow one another, and there each once."""
    method = notebook.get("%config ParallelMagics.start_method")
    with Notebook(start_method=method) as other:
        other.do("import random\ndef draw(x):\n    print('begun')\n    return random.random()")

        reply = other.do("%%parallel -b process\na = draw(1)\nprint('after')\nb = draw(2)")

        assert reply.prints[0][0] == "stderr"
        assert "`random.random`, called by `draw`" in reply.prints[0][1]
        assert reply.stderr.count("\n") == 1
        assert reply.stdout.count("begun") == 2


def test_a_lambda_has_no_name_of_ours_in_a_remark(notebook: Notebook) -> None:
    """The module file has one for it, that nobody has typed."""
    notebook.do("import random, parmagic")

    told = notebook.get("parmagic.pmap(lambda x: random.random(), [1]).remarks[0]")

    assert "`random.random`, called by `lambda` in In[" in told


@on_processes
def test_what_the_notebook_has_set_in_a_module_is_named(notebook: Notebook, backend: str) -> None:
    """Workers import it anew. Caches, registers and what a task does not read are not named."""
    (notebook.folder / "rates.py").write_text(
        "rate = 1\nsize: int = 7\nunread = 5\n_seen = 0\nfilled = {}\nmode = 'a'\nmode = 'b'\n"
        "pair = (1, 2)\nconfig = {'scale': 3}\nchosen = [1]\nchosen.append(2)\n"
        "def set_size(to):\n    global size\n    size = to\n"
        "def sized(x): return x * size, mode, chosen\n"
    )
    notebook.do(
        "import rates as r, rates\n"
        "def priced(x):\n"
        "    def inner(): return r.rate + r.config['scale'] + len(r.filled) + r.pair[0] + r._seen\n"
        "    return x * inner() + rates.sized(x)[0]"
    )
    assert notebook.do(f"%pmap -q -b {backend} priced range(2)").stderr == ""

    notebook.do(
        "r.rate = 2; r.config['scale'] = 9; r.filled['a'] = r._seen = r.unread = 1\n"
        "r.mode = 'c'; r.chosen = []; rates.set_size(8)"
    )
    reply = notebook.do(f"%pmap -w 2 -b {backend} --no-plot priced range(2)")

    assert sorted(notes(reply.stderr)) == [
        f"`rates.{name}` is {here} here, but {there} in workers, which import `rates` anew: "
        "give it to the function, or use `--backend thread`"
        for name, here, there in (
            ("config", "{'scale': 9}", "{'scale': 3}"),
            ("rate", "2", "1"),
            ("size", "8", "7"),
        )
    ]
    assert notebook.do("%pmap -b thread --no-plot priced range(2)").stderr == ""
    notebook.do("import sys; del sys.modules['rates']")


@on_processes
def test_axes_of_the_notebook_that_tasks_draw_in_are_named(
    notebook: Notebook, backend: str
) -> None:
    """Each worker draws in a copy; what is asked of them there is the same."""
    cell = notebook.do(
        "from matplotlib.figure import Figure\n"
        "shared = Figure().subplots()\n"
        "def drawing(x):\n"
        "    shared.plot([x])\n"
        "    return x\n"
        "def asking(x): return shared.get_title()"
    )
    said = notes(notebook.do(f"%pmap -b {backend} --no-plot drawing range(2)").stderr)
    told = (
        f"`shared`, drawn in by `drawing` in In[{cell.number}] line 4, is a copy in each worker: "
        "make a figure in the task, as by `fig, ax = plt.subplots()`, and return `fig`"
    )

    assert said == [told]
    assert notebook.do(f"%pmap -b {backend} --no-plot asking range(2)").stderr == ""


@pytest.mark.parametrize(
    "body",
    [
        "several[0, x].plot([x])",
        "for ax in several.flat: ax.plot([x])",
        "for ax in several.ravel(): ax.plot([x])",
        "ax = several[0, x]; ax.plot([x])",
        "rows[0][x].plot([x])",
        "places['a'].plot([x])",
    ],
)
def test_axes_in_an_array_that_tasks_draw_in_are_named(notebook: Notebook, body: str) -> None:
    """As `plt.subplots(2, 2)` gives them, in a list of lists, or in a dict by their names."""
    cell = notebook.do(
        "from matplotlib.figure import Figure\n"
        "several = Figure().subplots(2, 2)\n"
        "rows, places = several.tolist(), dict(zip('ab', several[0]))\n"
        "def drawing(x):\n"
        f"    {body}\n"
        "    return x\n"
        "def asking(x): return several[0, x].get_title()"
    )

    (said,) = notes(notebook.do("%pmap --no-plot drawing range(2)").stderr)

    name = next(one for one in ("several", "rows", "places") if one in body)
    told = f"`{name}`, drawn in by `drawing` in In[{cell.number}] line 5, is a copy in each worker"
    assert said.startswith(told)
    assert notebook.do("%pmap --no-plot asking range(2)").stderr == ""


@pytest.mark.parametrize(
    "body", ["net.add_edge(x, 1)", "net.nodes[x] = 1", "net.remove_node(x)", "net.nodes.clear()"]
)
def test_graphs_of_the_notebook_that_tasks_change_are_named(notebook: Notebook, body: str) -> None:
    """Those of networkx: here is what counts of one; and no other class with such methods."""
    folder = notebook.folder / "networkx" / "classes"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "graph.py").write_text(
        "class Graph:\n"
        "    def __init__(self): self.nodes = {0: 0, 1: 0}\n"
        "    def add_edge(self, *nodes): self.nodes |= dict.fromkeys(nodes, 0)\n"
        "    def remove_node(self, node): del self.nodes[node]\n"
    )
    cell = notebook.do(
        "from networkx.classes.graph import Graph\n"
        "net = Graph()\n"
        "class Log:\n"
        "    def add_edge(self, *nodes): pass\n"
        "log = Log()\n"
        "def grow(x):\n"
        f"    {body}\n"
        "    return x\n"
        "def logged(x): log.add_edge(x)\n"
        "def asks(x): return len(net.nodes)"
    )

    said = notes(notebook.do("%pmap --no-plot grow range(2)").stderr)

    where = f"In[{cell.number}] line 7"
    told = f"`net`, changed by `grow` in {where}, changes only in the worker: return what is to be "
    assert said == [told + "kept"]
    for other in ("logged", "asks"):
        assert notebook.do(f"%pmap --no-plot {other} range(2)").stderr == ""


@on_processes
def test_changes_of_what_is_made_of_an_array_are_named(notebook: Notebook, backend: str) -> None:
    """As of an array in a file, to which a loop would write."""
    cell = notebook.do(
        "import numpy as np\n"
        "mapped = np.memmap('mapped.dat', dtype='f8', mode='w+', shape=(4,))\n"
        "def filling(k):\n"
        "    mapped[k] = k"
    )
    said = notes(notebook.do(f"%pmap -b {backend} --no-plot filling range(2)").stderr)
    told = (
        f"`mapped`, changed by `filling` in In[{cell.number}] line 4, changes only in the worker: "
        "return what is to be kept"
    )

    assert said == [told]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("global total\n    old = total\n    wait(0)\n    total = old + 1", "total"),
        ("global total\n    total += step(x)", "total"),
        ("global best\n    best = max(best, step(x))", "best"),
        ("old = counts['n'] + 1\n    wait(0)\n    counts['n'] = old", "counts['n']"),
        ("stats.n = step(stats.n)", "stats.n"),
        ("global total\n    total += 1", ""),  # with the GIL, no other thread runs meanwhile
        ("global total\n    total = step(x)", ""),
        ("global total\n    with lock:\n        total += step(x)", ""),
        ("global total\n    lock.acquire()\n    total += step(x)\n    lock.release()", ""),
        ("counts[x] = counts.get(x, 0) + step(x)", ""),  # each task has a key of its own
        ("counts[x] += step(x)", ""),
        ("total = 0\n    total += step(x)", ""),
        ("counts['n'] = step(x)", ""),
    ],
)
def test_threads_that_may_lose_a_change_are_named(
    notebook: Notebook, body: str, place: str
) -> None:
    """Where one may run between another's reading of the old value and its writing of the new."""
    number = notebook.do(
        "import sys, threading, types\nfrom time import sleep as wait\nlock = threading.Lock()\n"
        "total = best = 0\ncounts = {'n': 0, 0: 0, 1: 0}\nstats = types.SimpleNamespace(n=0)"
    ).number
    notebook.do(f"def step(x): return 1\ndef add(x):\n    {body}\ndef outer(x): return add(x)")
    if not notebook.get("getattr(sys, '_is_gil_enabled', lambda: True)()"):
        pytest.skip("without the GIL more may be lost")

    told = notebook.do("%pmap -b thread -w 2 outer range(2);").stderr

    last = 2 + body.count("\n")
    said = (
        f"note: `{place}`, changed by `add` in In[{number + 1}] line {last + 1}, may lose changes"
    )
    assert told.startswith(said) if place else told == ""
    assert notebook.do("%pmap -b thread -w 1 outer range(2);").stderr == ""
