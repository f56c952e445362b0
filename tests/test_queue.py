"""A queue that tasks add to, on every backend, in a real kernel and under each start method."""

from __future__ import annotations

import json

import pytest

from kernel import KILL, MEET, Notebook, wait_until
from marks import by_any_method, on_each_backend, on_processes, side_by_side
from parmagic.run.backend import IMPORTING
from parmagic.run.processes import launch
from tracebacks import cell_named

CRAWL = """
site = {
    "/": ["/a", "/b"], "/a": ["/a/1", "/a/2"], "/b": ["/b/1"],
    "/a/1": [], "/a/2": ["/a/2/x"], "/b/1": [], "/a/2/x": [],
}

def crawl(page):
    for link in site[page]:
        enqueue(crawl, link)
    return page
"""

# Each item is taken or left; a branch that cannot beat the best known is not followed.
KNAPSACK = """
things = [(60, 10), (100, 20), (120, 30), (40, 15), (30, 5)]  # value, weight
room, known = 50, 200

def pack(at=0, value=0, weight=0):
    if at == len(things):
        return value
    if value + sum(worth for worth, _ in things[at:]) < known:
        return 0
    worth, heavy = things[at]
    if weight + heavy <= room:
        parmagic.enqueue(pack, at + 1, value + worth, weight=weight + heavy)
    parmagic.enqueue(pack, at + 1, value=value, weight=weight)
    return 0
"""

SPAWNS = """
class Cell:
    def __init__(self, age):
        self.age = age

def divide(cell, generation):
    if generation < 3:
        for _ in range(2):
            enqueue(divide, Cell(cell.age + 1), generation=generation + 1)
    return Cell(cell.age)

def begin(seed):
    enqueue(divide, Cell(seed), generation=0)
    return f"colony {seed}"
"""


@pytest.fixture(scope="module", autouse=True)
def _definitions(notebook: Notebook) -> None:
    notebook.do(f"import parmagic, sys, threading\nfrom parmagic import enqueue\n{MEET}")
    for cell in (CRAWL, KNAPSACK, SPAWNS):
        notebook.do(cell)


@on_each_backend
def test_a_crawl_ends_when_the_queue_is_empty(notebook: Notebook, backend: str) -> None:
    """The given items come first, then what was enqueued; each task knows its parent."""
    values = notebook.get(f"%pmap -q -Q -b {backend} -w 2 -o run crawl ['/', '/b/1']")

    assert values[:3] == ["/", "/b/1", "/a"]  # before `/b`, another worker may add what `/a` has
    assert sorted(values) == sorted(["/", "/a", "/b", "/a/1", "/a/2", "/b/1", "/b/1", "/a/2/x"])
    assert notebook.get("[task.parent for task in run.tasks[:3]]") == [None, None, 0]
    parents = notebook.get("[run.values[task.parent] for task in run.tasks[2:]]")
    assert parents == [value.rpartition("/")[0] or "/" for value in values[2:]]
    assert notebook.get("run.tasks[2].label, run.complete") == ("crawl('/a')", True)


def test_a_search_has_the_same_values_in_any_order_of_its_branches(notebook: Notebook) -> None:
    """`--compare` compares what was enqueued in the order of a serial queue."""
    notebook.do("%pmap -q -Q -c thread,pool -w 2 -o run pack(depth) for depth in [0]")

    assert notebook.get("max(run.values), len(run.values)") == (230, 21)
    assert notebook.get("[one.difference for one in (run, *run.others)]") == [None, None]


@on_each_backend
def test_tasks_may_be_other_functions_and_carry_instances(notebook: Notebook, backend: str) -> None:
    """A simulation whose cells divide; the classes of the notebook go both ways."""
    seeds = 1 if backend == "process" else 3  # each cell has a process of its own there
    notebook.do(f"%pmap -q -Q -b {backend} -w 2 -o run begin range({seeds});")

    assert notebook.get(f"run.values[:{seeds}]") == [f"colony {seed}" for seed in range(seeds)]
    assert notebook.get(f"len(run.values), {{type(v) is Cell for v in run.values[{seeds}:]}}") == (
        16 * seeds,
        {True},
    )
    assert notebook.get(f"max(cell.age for cell in run.values[{seeds}:])") == seeds + 2


@side_by_side
def test_an_idle_worker_begins_a_task_while_its_parent_still_runs(
    notebook: Notebook, backend: str
) -> None:
    """The parent waits for what it has enqueued, and ends all the same."""
    notebook.do("def parent(name):\n    enqueue(touch, name)\n    wait_for(name)\n    return 'met'")

    assert notebook.get(f"%pmap -q -Q -b {backend} -w 2 parent ['{backend}']") == ["met", None]


@on_each_backend
def test_one_worker_takes_the_tasks_in_the_order_of_the_queue(
    notebook: Notebook, backend: str
) -> None:
    """First in, first out: also what was enqueued while others were waiting."""
    notebook.do("def step(n):\n    if n < 3: enqueue(step, n + 10)\n    return n")

    values = notebook.get(f"%pmap -q -Q -b {backend} -w 1 -o run step (n for n in range(4))")

    assert values == [0, 1, 2, 3, 10, 11, 12]
    started = notebook.get("[task.started for task in run.tasks]")
    assert started == sorted(started)


@on_each_backend
def test_a_queue_that_grows_without_end_is_bounded(notebook: Notebook, backend: str) -> None:
    """What is in it by then is done and kept, and the error names what was left out."""
    notebook.do("def endless(n):\n    enqueue(endless, n + 1)\n    return n")

    error = notebook.run(f"%pmap -q -Q --max-tasks 12 -b {backend} -o run endless [0, 100]").error

    assert error.ename == "QueueError"
    assert "`--max-tasks 12`: 2 more were left out, the first `endless(" in error.evalue
    assert notebook.get("len(run.values), run.values[:2], run.finished") == (12, [0, 100], 12)


@by_any_method
def test_a_bound_is_checked_before_anything_runs(notebook: Notebook) -> None:
    """More items than allowed, even an endless iterable; a bound without a queue; no number."""
    notebook.do("import itertools")
    refused = notebook.run("%pmap -Q --max-tasks 3 -o run touch itertools.count()").error
    assert refused.ename == "QueueError"
    assert "more items were given than `--max-tasks 3` allows: nothing was run" in refused.evalue
    assert notebook.get("run.values") == []
    assert "add `--queue`" in notebook.run("%pmap --max-tasks 3 abs [1]").usage_error
    assert "--max-tasks" in notebook.run("%pmap -Q --max-tasks 0 abs [1]").usage_error


@on_each_backend
def test_an_interrupt_keeps_what_is_done(notebook: Notebook, backend: str) -> None:
    """The queue is left; the pool works on."""
    notebook.do(
        "def chain(n):\n"
        "    enqueue(chain, n + 1)\n"
        "    if n == 5: print('five', flush=True)\n"
        "    if n >= 5: time.sleep(0.2)\n"
        "    return n"
    )

    stopped = notebook.run(
        f"%pmap -q -Q -b {backend} -w 2 -o run chain [0]",
        on_print=lambda text: notebook.interrupt() if "five" in text else None,
    )

    assert stopped.error.ename == "KeyboardInterrupt"
    # What put five into the queue may still be about to end, in the other worker.
    late = notebook.get("[n for n, value in enumerate(run.values[:5]) if value != n]")
    assert len(late) <= 1
    assert notebook.get(f"all(run.values[n] is parmagic.PENDING for n in {late})")
    assert notebook.get("type(run.error).__name__, len(run.values) < 50") == (
        "KeyboardInterrupt",
        True,
    )
    assert notebook.get(f"%pmap -q -b {backend} abs [-1]") == [1]


@on_each_backend
def test_a_task_that_is_tried_again_doubles_nothing(notebook: Notebook, backend: str) -> None:
    """What it had enqueued counts once; what it had not is added then."""
    notebook.do(
        "def unsteady(mark):\n"
        "    enqueue(abs, -1)\n"
        "    enqueue(abs, -2)\n"
        "    if not os.path.exists(mark):\n"
        "        touch(mark)\n"
        "        raise OSError(mark)\n"
        "    enqueue(abs, -3)\n"
        "    return 'done'"
    )

    values = notebook.get(f"%pmap -q -Q --retries 1 -b {backend} -w 2 unsteady ['u-{backend}']")

    assert values == ["done", 1, 2, 3]


@on_each_backend
def test_a_coroutine_may_enqueue(notebook: Notebook, backend: str) -> None:
    """An `async def` is a task as any other."""
    notebook.do(
        "async def fetch(n):\n"
        "    import asyncio\n"
        "    await asyncio.sleep(0)\n"
        "    if n: enqueue(fetch, n - 1)\n"
        "    return n"
    )

    assert notebook.get(f"%pmap -q -Q -b {backend} fetch [3]") == [3, 2, 1, 0]


@on_processes
def test_a_worker_that_dies_loses_nothing_of_the_queue(notebook: Notebook, backend: str) -> None:
    """Its task is run again, with its arguments however large, and doubles nothing."""
    notebook.do("import numpy as np")
    notebook.do(
        "def frail(mark, table):\n"
        "    enqueue(abs, -1)\n"
        "    if not os.path.exists(mark):\n"
        "        touch(mark)\n"
        f"        {KILL}\n"
        "    return float(table.sum())\n"
        "\n"
        "def start(mark):\n"
        "    enqueue(frail, mark, np.ones(300_000))\n"
        "    return 'started'"
    )

    values = notebook.get(f"%pmap -q -Q -b {backend} -w 2 -o run start ['d-{backend}']")

    assert values == ["started", 300_000.0, 1]
    assert notebook.get("[task.parent for task in run.tasks]") == [None, 0, 1]


@on_processes
def test_a_task_that_kills_its_worker_again_is_named_with_its_parent(
    notebook: Notebook, backend: str
) -> None:
    """The rest of the queue is done."""
    notebook.do(
        "def fatal(n): os._exit(3)\n"
        "def origin(n):\n"
        "    enqueue(fatal, n)\n"
        "    enqueue(abs, -n)\n"
        "    return n"
    )

    error = notebook.run(f"%pmap -q -Q -b {backend} -w 2 -o run origin [7]").error

    assert error.ename == "WorkerDied"
    assert "exit code 3" in error.evalue
    assert "task 1, `fatal(7)`, enqueued by task 0" in error.evalue
    assert notebook.get("run.values[0], run.values[2]") == (7, 7)


@on_each_backend
def test_an_error_in_an_enqueued_task_names_it_and_its_parent(
    notebook: Notebook, backend: str
) -> None:
    """It is the user's own exception, with the line of the cell; or a value, if kept."""
    cell = notebook.do(
        "def second(n):\n    return 1 / n\n"
        "def first(n):\n    enqueue(second, n)\n    return n\n"
        "def root(n):\n    enqueue(first, n)\n    return n"
    )

    error = notebook.run(f"%pmap -q -Q -b {backend} root [0]").error

    assert error.ename == "ZeroDivisionError"
    assert "raised by task 2, `second(0)`, enqueued by task 1, `first(0)`" in error.traceback
    assert f"{cell_named(cell.number)}, line 2" in error.traceback.replace("Cell ", "")
    kept = notebook.do(f"%pmap -q -Q -w 1 --errors keep -b {backend} root [0, 1]").value
    assert kept == "[0, 1, 0, 1, ZeroDivisionError('division by zero'), 1.0]"


@on_processes
def test_a_task_that_takes_too_long_fails_alone(notebook: Notebook, backend: str) -> None:
    """Also one that was enqueued; what it had enqueued before is run."""
    notebook.do(
        "def slow(n):\n    enqueue(abs, -n)\n    wait_for('never')\n"
        "def some(n):\n    enqueue(slow, n)\n    return n"
    )

    kept = notebook.do(f"%pmap -q -Q -t 3 --errors keep -b {backend} -w 2 some [4]").value

    assert kept == "[4, TimeoutError('the task took longer than 3 s, and was ended'), 4]"


@on_each_backend
def test_where_there_is_no_queue_enqueue_says_so(notebook: Notebook, backend: str) -> None:
    """In a run without one, and afterwards in the notebook."""
    error = notebook.run(f"%pmap -q -b {backend} crawl ['/']").error

    assert error.ename == "QueueError"
    assert (
        "there is no queue to add to: call `enqueue` in a task of `%pmap --queue`" in error.evalue
    )
    notebook.do(f"%pmap -q -Q -b {backend} crawl ['/']")
    assert notebook.run("enqueue(crawl, '/')").error.ename == "QueueError"


@on_each_backend
def test_a_run_inside_a_task_has_a_queue_of_its_own_or_none(
    notebook: Notebook, backend: str
) -> None:
    """What its tasks enqueue is not the outer run's; a bound method may be enqueued."""
    notebook.do(
        "class Walker:\n"
        "    def __init__(self, steps): self.steps = steps\n"
        "    def walk(self, n):\n"
        "        if n < self.steps: enqueue(self.walk, n + 1)\n"
        "        return n\n"
        "walker = Walker(3)\n"
        "def inside(n, queue): return parmagic.pmap(walker.walk, [n], queue=queue).values"
    )

    assert notebook.get(f"%pmap -q -Q -b {backend} inside(n, True) for n in [2]") == [[2, 3]]
    assert notebook.get(f"%pmap -q -Q -b {backend} walker.walk [1]") == [1, 2, 3]
    refused = notebook.run(f"%pmap -q -Q -b {backend} inside(n, False) for n in [0]").error
    assert (refused.ename, "no queue to add to" in refused.evalue) == ("QueueError", True)


def test_random_trees_have_the_same_family_whatever_runs_them(notebook: Notebook) -> None:
    """Every node once, after its parent, and its brothers in their order."""
    notebook.do(
        "import random\n"
        "def grow(path, seed):\n"
        "    dice = random.Random(f'{path}{seed}')\n"
        "    for number in range(dice.choice([0, 0, 1, 2, 3]) if len(path) < 6 else 0):\n"
        "        time.sleep(dice.random() / 1000)\n"
        "        enqueue(grow, (*path, number), seed)\n"
        "    return path\n"
        "def check(run):\n"
        "    values = run.values\n"
        "    assert len(set(values)) == len(values) and run.complete\n"
        "    assert all(t.parent is None or values[t.parent] == values[t.index][:-1]\n"
        "               and t.parent < t.index for t in run.tasks)\n"
        "    place = {value: at for at, value in enumerate(values)}\n"
        "    later = [value for value in values if value and value[-1]]\n"
        "    assert all(place[(*v[:-1], v[-1] - 1)] < place[v] for v in later)\n"
        "    return sorted(values)\n"
        "def family(backend, seed):\n"
        "    grown = parmagic.pmap(grow, [()], [seed], backend=backend, queue=True, workers=3)\n"
        "    return check(grown)"
    )

    seeds = "for seed in range(12)"
    expected = notebook.get(f"[family('serial', seed) {seeds}]")
    assert max(map(len, expected)) > 10
    for backend in ("thread", "pool"):
        assert notebook.get(f"[family('{backend}', seed) {seeds}]") == expected


def test_what_cannot_be_enqueued_is_refused_in_the_task(notebook: Notebook) -> None:
    """Something that is no function, everywhere; a generator, between processes."""
    notebook.do("def wrong(f):\n    enqueue(f, 1)\ndef lazy(n):\n    enqueue(list, iter_of(n))")
    notebook.do("def iter_of(n): yield n")

    assert "3 cannot be called" in notebook.run("%pmap -q -Q -b thread wrong [3]").error.evalue
    assert notebook.get("%pmap -q -Q -b thread lazy [5]") == [None, [5]]
    error = notebook.run("%pmap -q -Q lazy [5]").error
    assert error.ename == "TravelError"
    assert "` cannot be enqueued because of `call.args[0]` (generator)" in error.evalue


@on_processes
def test_functions_that_have_other_names_of_their_own_may_be_enqueued(
    notebook: Notebook, backend: str
) -> None:
    """A lambda, what a decorator without `functools.wraps` has made, and a closure in a list."""
    notebook.do(
        "def bare(function):\n"
        "    def inner(*given): return function(*given) + 100\n"
        "    return inner\n"
        "@bare\n"
        "def down(n):\n"
        "    if n: enqueue(down, n - 1)\n"
        "    else: enqueue(double, 4)\n"
        "    return n\n"
        "double = lambda n: 2 * n\n"
        "def again(function, n):\n"
        "    if n: enqueue(again, function, n - 1)\n"
        "    return function(n)\n"
        "steps = [lambda n: n + 1, bare(abs)]"
    )

    assert notebook.get(f"%pmap -q -Q -b {backend} down [2]") == [102, 101, 100, 8]
    again = notebook.get(f"%pmap -q -Q -b {backend} -w 1 again(step, 1) for step in steps")
    assert again == [2, 101, 1, 100]


@on_processes
def test_a_lambda_that_is_an_attribute_of_a_class_may_be_enqueued(
    notebook: Notebook, backend: str
) -> None:
    """Its own name does not lead to it; that of the attribute does."""
    notebook.do(
        "class Steps:\n"
        "    up = lambda n: n + 1\n"
        "    down = staticmethod(lambda n: n - 1)\n"
        "def both(n):\n"
        "    enqueue(Steps.up, n)\n"
        "    enqueue(Steps.down, n)\n"
        "    return Steps.up"
    )

    notebook.do(f"ups = %pmap -Q -b {backend} both [5]")
    assert notebook.get("[ups[0] is Steps.up, *ups[1:]]") == [True, 6, 4]


@on_processes
def test_a_function_that_a_task_makes_may_be_enqueued(notebook: Notebook, backend: str) -> None:
    """Though another process would not find it by its name."""
    notebook.do("def maker(n):\n    def local(k): return n + k\n    enqueue(local, 1)")

    notebook.do(f"made = %pmap -q -Q -b {backend} maker [1]")

    assert notebook.get("made") == [None, 2]


@on_processes
def test_a_function_that_holds_what_cannot_be_sent_is_not_enqueued(
    notebook: Notebook, backend: str
) -> None:
    """The message named a part of an object that is ours."""
    notebook.do(
        "import threading\n"
        "def maker(n):\n"
        "    lock = threading.Lock()\n"
        "    def local(k): return lock\n"
        "    enqueue(local, 1)"
    )

    error = notebook.run(f"%pmap -q -Q -b {backend} maker [1]").error

    assert "`local(1)` cannot be enqueued because of `local(1) (its variable lock)`" in error.evalue
    assert "call.function" not in error.evalue


@pytest.mark.parametrize("backend", ["serial", "thread"])
def test_a_thread_that_may_not_enqueue_is_told_which_may(notebook: Notebook, backend: str) -> None:
    """It was told to use `--queue`, which it had."""
    notebook.do(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def helped(n):\n"
        "    with ThreadPoolExecutor() as helpers: helpers.submit(enqueue, abs, n).result()"
    )

    error = notebook.run(f"%pmap -q -Q -b {backend} helped [1]").error

    assert "there is no queue to add to in this thread" in error.evalue
    assert "`--backend pool`" in error.evalue
    assert "`%pmap --queue`" not in error.evalue


@by_any_method
def test_what_is_enqueued_after_an_interrupt_leaves_the_record_as_it_was(
    notebook: Notebook,
) -> None:
    """A thread goes on with its task; the record could not be saved then."""
    notebook.do(
        "def lasting(n):\n"
        "    open('lasting', 'w').close()\n"
        "    while not os.path.exists('go on'): time.sleep(0.01)\n"
        "    enqueue(abs, n)\n"
        "    open('gone on', 'w').close()"
    )

    notebook.stop("%pmap -q -Q -b thread -w 1 -o run lasting [1, 2]", "lasting")
    (notebook.folder / "go on").touch()
    wait_until((notebook.folder / "gone on").exists)

    notebook.do("run.save('run.json')")
    saved = "(len(one.tasks), [task.parent for task in one.tasks])"
    assert (
        notebook.get(f"[{saved} for one in (run, parmagic.Run.load('run.json'))]")
        == [(2, [None, None])] * 2
    )


@pytest.mark.parametrize("backend", [one for one in IMPORTING if one != "process"])  # it has ended
def test_a_thread_of_a_worker_is_told_why_it_cannot_enqueue(
    notebook: Notebook, backend: str
) -> None:
    """It was told to use the pool, on which it was, or which has no queue by itself."""
    notebook.do(
        "def helped(n):\n"
        "    with ThreadPoolExecutor() as helpers: helpers.submit(enqueue, abs, n).result()\n"
        "def late(n):\n"
        "    wait_for('over')\n"
        "    try: enqueue(abs, n)\n"
        "    except parmagic.QueueError as error: open('said.new', 'w').write(str(error))\n"
        "    os.rename('said.new', 'said')\n"
        "def early(n): threading.Thread(target=late, args=(n,)).start()\n"
        "from concurrent.futures import ThreadPoolExecutor"
    )

    error = notebook.run(f"%pmap -q -b {backend} helped [1]").error
    notebook.do(f"%pmap -q -Q -b {backend} -w 1 early [1]")
    (notebook.folder / "over").touch()
    wait_until((notebook.folder / "said").exists)
    (notebook.folder / "over").unlink()
    said = (notebook.folder / "said").rename(notebook.folder / "read").read_text()

    assert "call `enqueue` in a task of `%pmap --queue`" in error.evalue
    assert said == "`abs(1)` cannot be enqueued: its task has ended"


@on_processes
@pytest.mark.parametrize("method", launch.methods())
def test_a_process_that_a_task_starts_is_told_that_it_cannot_enqueue(
    notebook: Notebook, backend: str, method: str
) -> None:
    """It was told to give the run a queue, which it had."""
    notebook.do(
        "import multiprocessing\n"
        "def added(n):\n"
        "    try: enqueue(abs, n)\n"
        "    except parmagic.QueueError as error: return str(error)\n"
        "def started(n):\n"
        f"    with multiprocessing.get_context('{method}').Pool(1) as pool:\n"
        "        return pool.apply(added, (n,))"
    )

    refused = notebook.get(f"%pmap -q -Q -b {backend} started [4]")

    assert "`abs(4)` cannot be enqueued here: call `enqueue` in the task itself" in refused[0]


def test_a_task_may_enqueue_from_threads_of_its_own(notebook: Notebook) -> None:
    """In a worker process, everything that runs belongs to the task."""
    notebook.do(
        "def crowd(n):\n"
        "    threads = [threading.Thread(target=enqueue, args=(abs, -k)) for k in range(n)]\n"
        "    for thread in threads: thread.start()\n"
        "    for thread in threads: thread.join()"
    )

    values = notebook.get("%pmap -q -Q crowd [20]")

    assert sorted(values[1:]) == list(range(20))


@pytest.mark.parametrize("backend", ["thread", "pool"])
def test_ten_thousand_tiny_tasks(notebook: Notebook, backend: str) -> None:
    """Half of them given, half of them enqueued by one task."""
    notebook.do(
        "def tiny(n):\n    if n == 0:\n        for k in range(5000): enqueue(tiny, -k - 1)\n"
        "    return n"
    )

    notebook.do(f"%pmap -q -Q -b {backend} -w 2 -o run tiny range(5000);")

    expected = "[*range(5000), *(-k - 1 for k in range(5000))]"
    assert notebook.get(f"run.values == {expected}, len(run.tasks), run.complete") == (
        True,
        10_000,
        True,
    )


def test_calls_of_a_cell_may_enqueue(notebook: Notebook) -> None:
    """The statements get their own values; the record of the cell has all tasks."""
    reply = notebook.do(
        "%%parallel -q -Q -w 2 -o run\n"
        "left = crawl('/a')\n"
        "right = crawl('/b')\n"
        "again = crawl('/b/1') + left\n"
        "crawl('/b')"
    )

    assert reply.value == "'/b'"
    assert notebook.get("left, right, again") == ("/a", "/b", "/b/1/a")
    tasks = notebook.get("[(task.label, task.parent) for task in run.tasks]")
    assert ("crawl('/a/2/x')", [label for label, _ in tasks].index("crawl('/a/2')")) in tasks
    assert notebook.get(
        "all(run.values[t.index] == t.label.split(chr(39))[1] for t in run.tasks "
        "if t.parent is not None)"
    )


@on_each_backend
def test_a_queue_gives_out_calls_of_a_cell_when_their_inputs_are_there(
    notebook: Notebook, backend: str
) -> None:
    """What they enqueue runs meanwhile; the chart and the bound know all of it."""
    notebook.do(
        "def found(page):\n    enqueue(crawl, page)\n    return page\n"
        "def both(one, other):\n    enqueue(abs, -1)\n    return one + other"
    )
    cell = "a = found('/a')\nb = found('/b/1')\nc = both(a, b)\nd = found(c[:2])"

    reply = notebook.do(f"%%parallel -Q -w 2 -b {backend} -o run\n{cell}")

    assert notebook.get("a, b, c, d") == ("/a", "/b/1", "/a/b/1", "/a")
    assert notebook.get("len(run.tasks), run.complete") == (4 + 2 * 4 + 1 + 1, True)
    assert len(reply.images) == 1
    error = notebook.run(f"%%parallel -q -Q -w 2 -b {backend} --max-tasks 3\n{cell}").error
    assert error.ename == "QueueError"


@pytest.mark.parametrize("backend", ["thread", "pool"])
def test_a_comprehension_has_its_own_values_and_none_that_were_enqueued(
    notebook: Notebook, backend: str
) -> None:
    """The error of a task that was enqueued is raised all the same."""
    notebook.do("def down(n):\n    if n: enqueue(down, n - 1)\n    return 10 * n")
    notebook.do("def bad(n):\n    enqueue(divmod, n, 0)\n    return n")

    notebook.do(
        f"%%parallel -q -Q -b {backend} -o run\n"
        "row = [down(n) for n in range(4)]\n"
        "total = sum(down(n) for n in range(3))\n"
        "named = {n: down(n) for n in (2, 1)}"
    )

    assert notebook.get("row, total, named") == ([0, 10, 20, 30], 30, {2: 20, 1: 10})
    assert notebook.get("len(run.tasks)") == 10 + 6 + 5
    error = notebook.run(f"%%parallel -q -Q -b {backend}\nlost = [bad(n) for n in (1, 2)]").error
    assert error.ename == "ZeroDivisionError"
    assert "enqueued by task" in error.traceback


@by_any_method
def test_no_advice_promises_what_a_chain_of_tasks_cannot_keep(notebook: Notebook) -> None:
    """More workers are of no use to tasks that wait for each other, unlike to those of a list."""
    notebook.do("def link(n):\n    time.sleep(0.2)\n    if n: enqueue(link, n - 1)")
    notebook.do("def alone(n): time.sleep(0.2)")

    chained = notebook.do("%pmap -Q -b thread -w 2 link [5];").stdout
    listed = notebook.do("%pmap -Q -b thread -w 2 alone range(6);").stdout

    assert "use `-w 6`" in listed
    assert "-w " not in chained
    assert "smaller" not in chained
    assert "evenly" not in chained


def test_a_comparison_says_which_task_enqueued_others_than_serially(notebook: Notebook) -> None:
    """It compared the values of other tasks, and said of these that they differ."""
    notebook.do(
        f"def more(n):\n"
        f"    for _ in range(1 + (n == 1 and os.getpid() != {notebook.pid})): enqueue(abs, -n)\n"
        f"    return n"
    )

    reply = notebook.do("%pmap -Q -c more [0, 1, 2];")

    assert "values differ: task 1, `more(1)`, enqueued 1 serially, 2 in parallel" in reply.stdout


@by_any_method
def test_the_table_the_file_and_the_plain_function_know_the_parents(notebook: Notebook) -> None:
    """What `pmap(queue=True)` returns is the same record."""
    notebook.do("run = parmagic.pmap(crawl, ['/'], queue=True, max_tasks=7)")
    parents = [None, 0, 0, 1, 1, 2, 4]

    assert notebook.get("sorted(run.values) == sorted(site)")
    notebook.do("run = parmagic.pmap(crawl, ['/'], queue=True, backend='thread', workers=1)")
    assert notebook.get("[row['parent'] for row in run.to_dict()['tasks']]") == parents
    notebook.do("run.save('queue.json'); again = parmagic.Run.load('queue.json')")
    assert notebook.get("[task.parent for task in again.tasks]") == parents
    assert notebook.get("[task.label for task in again.tasks][2:4]") == [
        "crawl('/b')",
        "crawl('/a/1')",
    ]


@on_each_backend
def test_items_are_labelled_as_what_they_enqueue_is(notebook: Notebook, backend: str) -> None:
    """Each by its call; where the line is an expression, by that, and a loop by its head."""
    notebook.do(
        "def tree(n):\n"
        "    for _ in range(2 if n else 0): parmagic.enqueue(tree, n - 1)\n"
        "    return n"
    )
    labels = "sorted({task.label for task in run.tasks})"

    for line in ("tree [1]", "(tree) [1]"):
        notebook.do(f"%pmap -Q -q -b {backend} -o run {line};")
        assert notebook.get(labels) == sorted({f"{line[:-4]}(1)", "tree(0)"})
    notebook.do(f"run = parmagic.pmap(tree, [1], queue=True, backend='{backend}')")
    assert notebook.get(labels) == ["tree(0)", "tree(1)"]
    notebook.do(f"%pmap -Q -q -b {backend} -o run tree(n) for n in [1];")
    assert notebook.get(labels) == ["tree(0)", "tree(n)"]
    notebook.do(f"%%parallel -Q -q -b {backend} -o run\nfor n in [1]:\n    tree(n)")
    assert notebook.get(labels) == ["for n in [1]:", "tree(0)"]


def test_a_worker_that_enqueues_imports_nothing_heavy(notebook: Notebook) -> None:
    """Neither IPython nor matplotlib, however `enqueue` was reached."""
    notebook.do(
        "def heavy(n):\n"
        "    if n: parmagic.enqueue(heavy, n - 1)\n"
        "    return {'IPython', 'matplotlib', 'parmagic.maps'} & set(sys.modules)"
    )

    assert notebook.get("%pmap -q -Q -b process heavy [1]") == [set(), set()]


@by_any_method
def test_the_timeline_and_the_trace_show_who_enqueued_what(notebook: Notebook) -> None:
    """A line and an arrow for each task that was enqueued; of very many no lines."""
    notebook.do(
        "import json\n"
        "from matplotlib.collections import LineCollection\n"
        "def lines(run):\n"
        "    axes = run.plot().axes\n"
        "    found = [c for a in axes for c in a.collections if isinstance(c, LineCollection)]\n"
        "    return {len(one.get_segments()) for one in found}"
    )
    notebook.do("%pmap -q -Q -b thread -w 1 -o run crawl ['/']")
    notebook.do("run.trace('queue.json')")

    assert notebook.get("lines(run)") == {6}
    events = json.loads((notebook.folder / "queue.json").read_text())["traceEvents"]
    ends = {kind: [one["ts"] for one in events if one["ph"] == kind] for kind in "sf"}
    assert [len(ends["s"]), len(ends["f"])] == [6, 6]
    assert all(leaves <= begins for leaves, begins in zip(ends["s"], ends["f"], strict=True))
    assert [one["args"].get("enqueued by task") for one in events if one["ph"] == "X"] == [
        *[None, 0, 0, 1, 1, 2, 4]
    ]
    notebook.do("%pmap -q -Q -b thread -o run begin range(20);")
    assert notebook.get("lines(run)") <= {0}


def test_nothing_is_left_running(notebook: Notebook) -> None:
    """After all of this, the pool's workers are the only children."""
    method = notebook.get("%config ParallelMagics.start_method")
    notebook.do("%unload_ext parmagic")
    try:
        wait_until(lambda: not notebook.children())
    finally:
        notebook.use(method)
