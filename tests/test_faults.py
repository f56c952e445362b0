"""Faults of tasks, workers and surroundings, each in a real kernel under each start method."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from kernel import KILL, KILLED, LIMIT, MEET, Notebook, is_alive, wait_until
from marks import by_any_method, on_each_backend, on_processes
from parmagic.run.processes import launch

CRASHED = "exit code 0xC0000005" if sys.platform == "win32" else "signal SIGSEGV"
on_unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other limits")
_MEMORY = "/dev/shm/parmagic-"  # noqa: S108 - the folder is private


@pytest.fixture(scope="module", autouse=True)
def _definitions(notebook: Notebook) -> None:
    notebook.do(f"import ctypes, signal, subprocess, sys, threading, warnings, parmagic\n{MEET}")
    notebook.do("import faulthandler")
    notebook.do("def same(x): return x")


@on_processes
@pytest.mark.parametrize(
    ("death", "cause"),
    [
        (KILL, KILLED),
        ("faulthandler._read_null()", CRASHED),
        ("os._exit(1)", "exit code 1"),
    ],
    ids=["killed", "segfault", "exit"],
)
def test_one_of_many_tasks_kills_its_worker(
    notebook: Notebook, backend: str, death: str, cause: str
) -> None:
    """The other results are kept, the guilty one is named, and the pool is usable at once."""
    count = 9 if backend == "process" else 20  # each in a process of its own
    notebook.do(f"def fatal(x):\n    if x == 7:\n        {death}\n    return x")

    error = notebook.run(f"%pmap -q -b {backend} -o run fatal range({count})").error

    assert (error.ename, cause in error.evalue) == ("WorkerDied", True)
    assert f"item 7 of {count}" in error.evalue
    kept = notebook.get("[value for value in run.values if isinstance(value, int)]")
    assert kept == [number for number in range(count) if number != 7]
    assert notebook.get(f"%pmap -q -b {backend} same range(3)") == [0, 1, 2]


@on_processes
def test_a_crash_names_the_line_where_it_happened(notebook: Notebook, backend: str) -> None:
    """The Python line of a segmentation fault is known, in the cell's own numbers."""
    number = notebook.do(
        "def crash(x):\n    value = x + 1\n    return faulthandler._read_null()"
    ).number

    error = notebook.run(f"%pmap -q -b {backend} crash [1]").error

    assert f"at In[{number}] line 3 in `crash`" in error.evalue


@on_unix
def test_a_kill_is_probably_for_want_of_memory(notebook: Notebook) -> None:
    """The message says so, and how much the worker had in use when it was last looked at."""
    notebook.do(
        "def big(x):\n"
        "    data = bytearray(60_000_000)\n"
        "    touch(f'big-{os.getpid()}')\n"
        "    wait_for(f'looked-{os.getpid()}')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "from parmagic.run.processes.handle import Handle\n"
        "look = Handle.look\n"
        "def and_tell(worker):\n"
        "    there = os.path.exists(f'big-{worker.process.pid}')\n"
        "    look(worker)\n"
        "    if there: touch(f'looked-{worker.process.pid}')\n"
        "Handle.look = and_tell"
    )

    error = notebook.run("%pmap -q -b pool -w 1 big [1]").error
    notebook.do("Handle.look = look")

    assert "ran out of memory" in error.evalue
    megabytes = int(error.evalue.split("it had ")[1].split(" MB")[0])
    assert megabytes >= 60


@on_unix
@on_processes
def test_a_task_that_outgrows_a_limit_fails_alone(notebook: Notebook, backend: str) -> None:
    """Under a limit of the system, Python raises MemoryError: an error of that task."""
    notebook.do(
        "def hungry(x):\n"
        "    import resource\n"
        "    if x != 3: return x\n"
        "    soft, hard = resource.getrlimit(resource.RLIMIT_AS)\n"
        "    resource.setrlimit(resource.RLIMIT_AS, (2**31, hard))\n"
        "    try: return len(bytearray(2**32))\n"
        "    finally: resource.setrlimit(resource.RLIMIT_AS, (soft, hard))"
    )

    error = notebook.run(f"%pmap -q -b {backend} -o run --errors raise hungry range(5)").error

    assert error.ename == "MemoryError"
    assert notebook.get("run.values[:3]") == [0, 1, 2]


@on_processes
@pytest.mark.parametrize(
    ("code", "ename", "evalue"),
    [
        ("return threading.Lock()", "TravelError", "the task returned a _thread.lock"),
        ("raise CannotLeave('a')", "CannotLeave", "a"),
        ("raise CannotArrive(1, 2)", "CannotArrive", "1"),
        (
            "raise ExceptionGroup('both', [ValueError(1), CannotArrive(1, 2)])",
            "ExceptionGroup",
            "both",
        ),
        ("raise KeyError('outer') from ValueError('inner')", "KeyError", "'outer'"),
    ],
    ids=["result", "cannot leave", "two arguments", "group", "cause"],
)
def test_what_cannot_be_pickled_arrives_all_the_same(
    notebook: Notebook, backend: str, code: str, ename: str, evalue: str
) -> None:
    """Class, message and traceback arrive, nothing hangs, and the other results are kept."""
    notebook.do(
        "class CannotLeave(Exception):\n"
        "    def __reduce__(self): raise RuntimeError('not me')\n"
        "class CannotArrive(Exception):\n"
        "    def __init__(self, a, b):\n"
        "        super().__init__(a)\n"
        "        self.b = b"
    )
    notebook.do(f"def odd(x):\n    if x == 2:\n        {code}\n    return x")

    reply = notebook.run(f"%pmap -q -b {backend} -o run odd range(3)")

    assert reply.status == "error"
    if ename == "ExceptionGroup":  # IPython prints a group as Python does; an older one, as any
        shown = reply.stderr + "".join(error.traceback for error in reply.errors)
        assert "ExceptionGroup: both" in shown
        assert notebook.get("[type(one).__name__ for one in run.error.exceptions]") == [
            "ValueError",
            "CannotArrive",
        ]
    else:
        assert (reply.error.ename, evalue in reply.error.evalue) == (ename, True)
    assert notebook.get("run.values[:2]") == [0, 1]
    if ename == "CannotArrive":
        assert notebook.get("run.error.b, run.error.args") == (2, (1,))
    if "from" in code:
        assert notebook.get("type(run.error.__cause__).__name__") == "ValueError"


# To show thousands of lines takes IPython seconds.
DEEP = """limit = sys.getrecursionlimit()
        sys.setrecursionlimit(100)
        try: return endless(x)
        finally: sys.setrecursionlimit(limit)"""


@on_processes
@pytest.mark.parametrize(
    ("code", "ename"),
    [
        ("sys.exit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        (DEEP, "RecursionError"),
    ],
    ids=["exit", "interrupt", "recursion"],
)
def test_a_task_that_wants_to_end_everything_ends_itself(
    notebook: Notebook, backend: str, code: str, ename: str
) -> None:
    """`sys.exit`, an interrupt raised by the task, recursion to the limit: errors of that task."""
    notebook.do("def endless(x): return endless(x)")
    notebook.do(f"def ends(x):\n    if x == 2:\n        {code}\n    return x")

    error = notebook.run(f"%pmap -q -b {backend} -o run ends range(3)").error

    assert error.ename == ename
    assert notebook.get("run.values[:2]") == [0, 1]
    assert f"stopped by {ename} in task 2" in notebook.get("str(run)")
    assert notebook.get(f"%pmap -q -b {backend} same [5]") == [5]


@on_each_backend
def test_an_input_that_raises_at_item_five_keeps_the_first_five(
    notebook: Notebook, backend: str
) -> None:
    """Items 0 to 4 are run and kept; the error is the iterator's own."""
    notebook.do("def source():\n    yield from range(5)\n    raise LookupError('no more')")

    error = notebook.run(f"%pmap -q -b {backend} -o run same source()").error

    assert (error.ename, error.evalue) == ("LookupError", "no more")
    assert notebook.get("run.values") == [0, 1, 2, 3, 4]


@on_processes
def test_a_task_that_never_ends_is_ended_by_its_time_out(notebook: Notebook, backend: str) -> None:
    """That task alone fails, with TimeoutError; its worker is replaced and the rest go on."""
    notebook.do("def stuck(x):\n    while x == 1: time.sleep(0.01)\n    return x")

    line = f"%pmap -q -b {backend} --timeout 4 --errors keep -o run stuck range(4)"
    shown = notebook.do(line).value

    assert shown is not None
    assert "TimeoutError('the task took longer than 4 s, and was ended')" in shown
    assert notebook.get("[value for value in run.values if isinstance(value, int)]") == [0, 2, 3]
    assert notebook.get("run.tasks[1].duration > 4")  # nobody else had its worker


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the notebook waits for it")
@on_processes
def test_a_worker_that_is_stopped_in_the_middle_of_a_message_is_ended_by_a_timeout(
    notebook: Notebook, backend: str
) -> None:
    """What it has said so far is of no use; the other tasks go on."""
    notebook.do(
        "def some(self, data, write=os.write):\n"
        "    write(self.fileno(), data[: len(data) // 2])\n"
        "    os.kill(os.getpid(), signal.SIGSTOP)\n"
        "def halts(x):\n"
        "    from multiprocessing.connection import Connection\n"
        "    if x == 1: Connection._send = some\n"
        "    return x"
    )

    notebook.do(f"%pmap -q -b {backend} --timeout 2 --errors keep -o run halts range(4)")

    assert notebook.get("[value for value in run.values if value != run.values[1]]") == [0, 2, 3]
    assert notebook.get("type(run.values[1]).__name__") == "TimeoutError"
    assert notebook.get(f"%pmap -q -b {backend} same range(3)") == [0, 1, 2]


@on_processes
def test_a_task_whose_process_was_ended_has_its_place_in_the_timeline(
    notebook: Notebook, backend: str
) -> None:
    """It began, and ended with the process; what took its place has a lane of its own."""
    notebook.do(
        f"def dies(x, mark):\n"
        f"    touch(f'{{mark}}-{{x}}')\n"
        f"    if x == 0:\n"
        f"        wait_for(f'{{mark}}-1')\n"
        f"        {KILL}\n"
        f"    if x == 1: wait_for(f'{{mark}}-2')\n"
        f"    return x"
    )

    notebook.do(
        f"%pmap -q -b {backend} -w 2 --errors keep -o run dies(x, 'd{backend}') for x in range(3);"
    )

    killed, beside, after = (f"run.tasks[{task}]" for task in range(3))
    assert notebook.get(f"{killed}.started < {killed}.finished <= run.elapsed")
    assert notebook.get(f"{beside}.finished > {after}.started")  # they ran at the same time
    assert notebook.get(f"{beside}.worker != {after}.worker")


def test_no_task_waits_behind_one_that_may_never_end(notebook: Notebook) -> None:
    """With a time-out, a worker is given one at a time, however short those before were."""
    notebook.do(
        "def last(x):\n"
        "    if x == 20:\n"
        "        for other in range(21, 40): wait_for(f'last-{other}')\n"
        "    touch(f'last-{x}')\n"
        "    return x"
    )

    assert notebook.get("%pmap -q -w 2 -t 60 last range(40)") == list(range(40))


@on_each_backend
def test_failed_tasks_are_run_again(notebook: Notebook, backend: str) -> None:
    """With `--retries 1`, a task that fails once is no failure."""
    notebook.do(
        "def flaky(x, mark):\n"
        "    if not os.path.exists(f'{mark}-{x}'):\n"
        "        touch(f'{mark}-{x}')\n"
        "        raise OSError(x)\n"
        "    return x"
    )

    line = f"%pmap -q -b {backend} --retries 1 flaky(x, 'flaky-{backend}') for x in range(4)"

    assert notebook.get(line) == [0, 1, 2, 3]
    assert notebook.run(line.replace("flaky-", "flakier-").replace("--retries 1", "")).error


@on_each_backend
def test_tries_that_failed_are_counted_where_the_task_ended_well(
    notebook: Notebook, backend: str
) -> None:
    """Else nobody would know that there were any; the record has their number, also in a file."""
    notebook.do(
        "def flaky(x, mark, times):\n"
        "    for number in range(times):\n"
        "        if not os.path.exists(f'{mark}-{x}-{number}'):\n"
        "            touch(f'{mark}-{x}-{number}')\n"
        "            raise OSError(x)\n"
        "    return x"
    )

    line = (
        f"%pmap -b {backend} --retries 3 -o run flaky(x, 'often-{backend}', x) for x in range(3);"
    )

    assert notebook.do(line).sentences[0].endswith("; 3 failed tries, which were run again")
    assert notebook.get("run.retried, run.to_dict()['retried']") == (3, 3)
    notebook.do("import parmagic; run.save('tried.json')")
    assert notebook.get("parmagic.Run.load('tried.json').retried") == 3
    once = line.replace("often", "once").replace("range(3)", "[1]")
    assert notebook.do(once).sentences[0].endswith("; 1 failed try, which was run again")


@on_each_backend
def test_the_time_of_tries_that_failed_is_time_in_tasks(notebook: Notebook, backend: str) -> None:
    """A plain loop that tries again would need it as well: it is not what parmagic costs."""
    notebook.do(
        "import time\n"
        "def flaky(x, mark):\n"
        "    if not os.path.exists(mark):\n"
        "        touch(mark)\n"
        "        time.sleep(0.3)\n"
        "        raise OSError(x)\n"
        "    return x"
    )

    notebook.do(f"%pmap -q -b {backend} --retries 1 -o run flaky(x, 'slow-{backend}') for x in [5]")

    assert notebook.get("[run.busy > 0.3, run.baseline.high > 0.15]") == [True, True]
    # A little of it may have been waiting for other programs, which is another part.
    assert notebook.get("[run.finished, run.breakdown.parts['useful work'] > 0.15]") == [1, True]


@on_each_backend
def test_how_often_a_task_was_tried_is_said(notebook: Notebook, backend: str) -> None:
    """Where it failed each time."""
    notebook.do("def never(x):\n    raise OSError(x)")

    error = notebook.run(f"%pmap -q -b {backend} --retries 2 never [5]").error

    assert "(raised by item 0 of 1, counting from 0; the item is 5; tried 3 times)" in (
        error.traceback
    )


@on_processes
def test_a_task_that_kills_its_worker_is_run_again_as_often_as_any_that_fails(
    notebook: Notebook, backend: str
) -> None:
    """With `--retries 2`, one that ends its process twice is no failure; else it is said."""
    notebook.do(
        "def deadly(x, mark, times):\n"
        "    tried = sum(os.path.exists(f'{mark}-{n}') for n in range(9))\n"
        "    touch(f'{mark}-{tried}')\n"
        "    if tried < times: os._exit(1)\n"
        "    return tried"
    )
    line = f"%pmap -q -b {backend} --retries 2 deadly(x, '{backend}-of', TIMES) for x in [5]"

    assert notebook.get(line.replace("of", "two").replace("TIMES", "2")) == [2]

    error = notebook.run(line.replace("of", "nine").replace("TIMES", "9")).error

    assert (error.ename, "(tried 3 times)" in error.traceback) == ("WorkerDied", True)
    assert notebook.get(f"sorted(name for name in os.listdir() if '{backend}-nine' in name)") == [
        f"{backend}-nine-{n}" for n in range(3)
    ]


@on_each_backend
def test_exceptions_are_kept_in_place_of_values(notebook: Notebook, backend: str) -> None:
    """With `--errors keep`, every other value is there and the cell succeeds."""
    reply = notebook.do(f"%pmap -q -b {backend} --errors keep 4 // x for x in [1, 0, 2]")

    assert reply.value is not None
    assert reply.value.startswith("[4, ZeroDivisionError(")
    assert reply.value.endswith(", 2]")


@on_processes
def test_a_flood_of_lines_is_cut_and_kept(notebook: Notebook, backend: str) -> None:
    """The cell shows the first lines and a count; the record has them all."""
    notebook.do("def flood(x):\n    for number in range(x): print(number)")

    reply = notebook.do(f"%pmap -q -b {backend} -o run flood [0, 100_000]")

    assert reply.stdout.count("\n") < 10_000
    assert "more lines were printed" in reply.stdout
    assert "tasks[1].stdout" in reply.stdout  # of the one that has them
    assert notebook.get("run.tasks[1].stdout.count('\\n')") == 100_000


@on_each_backend
def test_what_is_shown_of_a_flood_has_no_holes(notebook: Notebook, backend: str) -> None:
    """After a piece that is too long to be shown whole, shorter ones are not shown either."""
    notebook.do(
        "def pieces(x):\n    print('0\\n' * 4_000)\n    print('1\\n' * 4_000)\n    print(2)"
    )

    reply = notebook.do(f"%pmap -q -b {backend} -w 1 -o run pieces range(1)")

    shown, _, end = reply.stdout.partition("... ")
    assert notebook.get("run.tasks[0].stdout").startswith(shown)
    assert shown.count("\n") == 5_000
    assert end.startswith("3,003 more lines were printed")


@pytest.mark.parametrize("backend", ["thread", "pool"])
def test_lines_without_an_end_count_too(notebook: Notebook, backend: str) -> None:
    """A flood of tasks that each print a word is a flood."""
    notebook.do("def word(x): print(x, end=' ')")

    reply = notebook.do(f"%pmap -q -b {backend} word range(6_000);")

    assert reply.stdout.count("\n") == 5_001
    assert "... 1,000 more lines were printed" in reply.stdout
    # Each a message, they are lost: a front end that is behind misses all but two thousand.
    assert len(reply.prints) < 2_000


def test_a_task_that_closes_the_output_of_its_worker_keeps_no_processor_busy(
    notebook: Notebook,
) -> None:
    """Nobody waits any more for what cannot come; what Python prints still does."""
    notebook.do(
        "import time\n"
        "def silent(x):\n"
        "    for number in 1, 2: os.dup2(os.open(os.devnull, os.O_WRONLY), number)\n"
        "    print('still here')\n"
        "    before = time.process_time()\n"
        "    time.sleep(0.3)\n"
        "    return time.process_time() - before < 0.15"
    )

    reply = notebook.do("%pmap -q -b process silent range(1)")

    assert (reply.value, reply.stdout) == ("[True]", "still here\n")


@on_unix
@on_processes
def test_what_is_written_past_python_arrives_too(notebook: Notebook, backend: str) -> None:
    """By file number, by a C library, and by a program that the task starts."""
    notebook.do(
        "def below(x):\n"
        "    os.write(1, b'by number\\n')\n"
        "    os.write(2, b'to stderr\\n')\n"
        "    ctypes.CDLL(None).puts(b'by C')\n"
        "    subprocess.run(['echo', 'by a program'], check=True)"
    )

    reply = notebook.do(f"%pmap -q -b {backend} -o run below [1];")

    for line in ("by number", "by C", "by a program"):
        assert line in reply.stdout
    assert "to stderr" in reply.stderr
    assert notebook.get("sorted(run.tasks[0].stdout.split('\\n'))") == [
        *("", "by C", "by a program", "by number", "to stderr")
    ]


@on_processes
def test_a_task_may_map_too(notebook: Notebook, backend: str) -> None:
    """It runs serially inside its worker; that is said once, however many workers there are."""
    notebook.do(
        "def outer(x):\n    import parmagic\n    return parmagic.pmap(abs, [-x, -x]).values"
    )

    reply = notebook.do(f"%pmap -q -b {backend} -w 2 outer range(3)")

    assert reply.value == "[[0, 0], [1, 1], [2, 2]]"
    assert reply.stderr == "a task called pmap: inside a worker that runs serially\n"


@on_processes
def test_a_task_may_start_a_pool_of_its_own(notebook: Notebook, backend: str) -> None:
    """Workers are no daemons, so multiprocessing does not refuse it."""
    notebook.do(
        "def own_pool(x):\n"
        "    import multiprocessing\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        return pool.map(abs, [-x])"
    )

    assert notebook.get(f"%pmap -q -b {backend} own_pool [3]") == [[3]]


@by_any_method
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_worker_that_is_killed_leaves_nothing_of_multiprocessing(notebook: Notebook) -> None:
    """Its sockets are where all of ours is, which goes with the notebook."""
    notebook.do(
        "def listens(x):\n"
        "    import multiprocessing\n"
        "    with multiprocessing.get_context('forkserver').Pool(1) as pool:\n"
        "        pool.apply(abs, (-1,))\n"
        f"    {KILL}"
    )
    before = {one.name for one in notebook.temporary.iterdir()}

    assert notebook.run("%pmap -q -w 1 listens [1]").error.ename == "WorkerDied"
    assert {one.name for one in notebook.temporary.iterdir()} == before


@on_processes
@pytest.mark.parametrize("method", launch.methods())
def test_a_pool_of_a_tasks_own_has_the_functions_and_the_data_of_the_notebook(
    notebook: Notebook, backend: str, method: str
) -> None:
    """Its processes run the module file again, and find the values beside it."""
    notebook.do(
        "class Scale:\n"
        "    def __init__(self, by): self.by = by\n"
        "table, scale = {'a': [1, 2]}, Scale(10)\n"
        "def scaled(x): return scale.by * x + len(table['a'])\n"
        "def own_pool_of(x):\n"
        "    import multiprocessing\n"
        f"    with multiprocessing.get_context('{method}').Pool(1) as pool:\n"
        "        [copy] = pool.map(Scale, [scale.by])\n"
        "        assert type(copy) is Scale and copy.by == scale.by\n"
        "        return pool.map(scaled, [x, x + 1])"
    )

    assert notebook.get(f"%pmap -q -b {backend} own_pool_of [3]") == [[32, 42]]

    notebook.do("scale.by = 100")

    assert notebook.get(f"%pmap -q -b {backend} own_pool_of [3]") == [[302, 402]]


def test_two_threads_of_a_kernel_may_map_at_the_same_time(notebook: Notebook) -> None:
    """Each has workers of its own while the other's run; neither waits for the other."""
    notebook.do(
        "def from_thread(mine, other):\n"
        "    found[mine] = parmagic.pmap(meet, ['.'], [mine], [other]).values\n"
        "found = {}\n"
        "pair = [threading.Thread(target=from_thread, args=names)\n"
        "        for names in [('left', 'right'), ('right', 'left')]]\n"
        "for thread in pair: thread.start()\n"
        "for thread in pair: thread.join()"
    )

    assert notebook.get("found['left'], found['right']") == (["left"], ["right"])


def test_two_threads_of_a_kernel_have_their_own_large_data(notebook: Notebook) -> None:
    """Whichever writes them first: each task finds the array of its own function."""
    notebook.do(
        "import numpy\n"
        "first = numpy.full(200_000, 1.0), list(range(100_000))\n"
        "second = numpy.full(200_000, 2.0), list(range(100_000))\n"
        "def of_first(x): return float(first[0].min())\n"
        "def of_second(x): return float(second[0].min())\n"
        "def from_thread(function, found):\n"
        "    found += parmagic.pmap(function, [0], workers=1).values\n"
        "ones, twos = [], []\n"
        "for _ in range(6):\n"
        "    pair = [threading.Thread(target=from_thread, args=args)\n"
        "            for args in [(of_first, ones), (of_second, twos)]]\n"
        "    for thread in pair: thread.start()\n"
        "    for thread in pair: thread.join()"
    )

    assert notebook.get("ones, twos") == ([1.0] * 6, [2.0] * 6)


def test_the_large_data_of_runs_beside_each_other_are_let_go_of(notebook: Notebook) -> None:
    """Those of the last run alone stay, also if an earlier one has outlasted another."""
    notebook.do(
        f"{MEET}\nimport numpy\nfrom parmagic.modules.folder import buffer_folders\n"
        "one, two, three = (numpy.full(200_000, x) for x in (1.0, 2.0, 3.0))\n"
        "def of_one(x):\n    touch('begun')\n    wait_for('others-done')\n    return one[x]\n"
        "def of_two(x): return two[x]\n"
        "def of_three(x): return three[x]\n"
        "thread = threading.Thread(target=lambda: parmagic.pmap(of_one, [0], workers=1))\n"
        "thread.start()\nwait_for('begun')\n"
        "parmagic.pmap(of_two, [0], workers=1)\nparmagic.pmap(of_three, [0], workers=1)\n"
        "touch('others-done')\nthread.join()"
    )
    held = "[n for f in buffer_folders() for n in os.listdir(f) if n.startswith('buffers')]"

    assert len(notebook.get(held)) == 1


def test_a_running_event_loop_is_no_hindrance(notebook: Notebook) -> None:
    """`pmap` works inside a coroutine of the kernel's own loop."""
    reply = notebook.do("async def go(): return parmagic.pmap(abs, [-1, -2]).values\nawait go()")

    assert reply.value == "[1, 2]"


def test_two_kernels_do_not_disturb_each_other(notebook: Notebook) -> None:
    """Closing one leaves the other's workers and files alone."""
    method = notebook.get("%config ParallelMagics.start_method")
    with Notebook(start_method=method) as other:
        assert other.get("%pmap -q abs [-1, -2]") == [1, 2]
        assert notebook.get("%pmap -q abs [-3, -4]") == [3, 4]
        other.shut_down()

    assert notebook.get("%pmap -q abs [-5, -6]") == [5, 6]


@on_processes
def test_workers_follow_the_notebook(notebook: Notebook, backend: str) -> None:
    """Its folder, environment, module path and warning filters, changed when workers are warm."""
    notebook.do(
        "def around(x): return [\n"
        "    os.path.basename(os.getcwd()), os.environ.get('FOLLOWED'), sys.path[-1],\n"
        "    sum(one[0] == 'error' for one in warnings.filters)]"
    )
    before = notebook.get(f"%pmap -q -b {backend} around [1]")
    folder = f"elsewhere-{backend}"
    (notebook.folder / folder).mkdir()

    notebook.do(
        f"os.chdir('{folder}'); os.environ['FOLLOWED'] = '{backend}'\n"
        f"sys.path.append('{backend}')\n"
        "kept = warnings.filters[:]\nwarnings.simplefilter('error', BytesWarning)"
    )
    after = notebook.get(f"%pmap -q -b {backend} around [1]")

    notebook.do("os.chdir('..'); sys.path.pop(); warnings.filters[:] = kept")
    assert after == [[folder, backend, backend, before[0][3] + 1]]


@on_processes
def test_an_edited_module_is_imported_anew(notebook: Notebook, backend: str) -> None:
    """What was saved since is what the next run uses, on the same warm workers."""
    module = notebook.folder / f"edited_{backend}.py"
    module.write_text("def answer(): return 'before'\n")
    notebook.do(
        f"if '.' not in sys.path: sys.path.append('.')\n"
        f"import edited_{backend} as edited\n"
        "def ask(x): return edited.answer()"
    )
    assert notebook.get(f"%pmap -q -b {backend} ask [1]") == ["before"]

    module.write_text("def answer(): return 'afterwards'\n")

    assert notebook.get(f"%pmap -q -b {backend} ask [1]") == ["afterwards"]


@pytest.mark.parametrize("part", ["", "_part"], ids=["it", "what it imports"])
@on_processes
def test_a_module_that_only_the_task_imports_is_imported_anew(
    notebook: Notebook, backend: str, part: str
) -> None:
    """The notebook does not know of it, nor of what it imports itself."""
    name = f"inner{part}_{backend}"
    edited = notebook.folder / f"{name}{part}.py"
    (notebook.folder / f"{name}.py").write_text(f"from {edited.stem} import answer\n")
    edited.write_text("def answer(): return 'before'\n")
    notebook.do(
        "if '.' not in sys.path: sys.path.append('.')\n"
        f"def ask(x):\n    import {name} as inner\n    return inner.answer()"
    )
    assert notebook.get(f"%pmap -q -b {backend} -w 1 ask [1]") == ["before"]

    edited.write_text("def answer(): return 'afterwards'\n")

    assert notebook.get(f"%pmap -q -b {backend} -w 1 ask [1]") == ["afterwards"]


def test_a_small_memory_folder_is_no_hindrance(notebook: Notebook) -> None:
    """Arrays for which it has no room go to the disk."""
    notebook.do(
        "import numpy\n"
        "from parmagic.modules.values import buffers\n"
        "buffers.MARGIN = 10**15  # as if it were full\n"
        "big = numpy.arange(500_000.0)\n"
        "def total(x):\n    big[0] = x\n    return float(big.sum()), big * 0 + x"
    )

    shown = notebook.get("[value[0] for value in parmagic.pmap(total, [1, 2]).values]")

    notebook.do("buffers.MARGIN = 64 << 20")
    assert shown == [124999750001.0, 124999750002.0]
    assert notebook.get("float(big[0])") == 0.0


@pytest.mark.parametrize("size", [1_000, 1_000_000], ids=["10 kB", "8 MB"])
def test_arrays_may_be_written_to_at_any_size(notebook: Notebook, size: int) -> None:
    """A task may write to its view, and the notebook to its result; nobody else sees either."""
    notebook.do(
        "import numpy\n"
        f"table = numpy.zeros({size})\n"
        "def mark(x, given):\n    table[0] += x\n    given[0] = 7\n    return table, given"
    )

    notebook.do(
        "given = numpy.zeros_like(table)\n%pmap -q -w 1 -o run mark(x, given) for x in [5];"
    )
    notebook.do("run.values[0][0][1] = 9")

    assert notebook.get("[float(one[0]) for one in (*run.values[0], table, given)]") == [5, 7, 0, 0]
    notebook.do("%pmap -q -w 1 -o run mark(x, given) for x in [5];")
    assert notebook.get("float(run.values[0][0][0])") == 5.0


@on_unix
@by_any_method
def test_few_open_files_are_enough() -> None:
    """Where a thousand workers cannot be talked to, there are fewer, and the run succeeds."""
    with Notebook(start_method=launch.methods()[0]) as limited:
        limited.do(
            "import os, resource\n"
            "few = len(os.listdir('/proc/self/fd')) + 40\n"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (few, 4096))"
        )
        limited.do("%pmap -q -w 1000 -o run abs(x) for x in range(-2000, 0);")

        assert limited.get("run.values == list(range(2000, 0, -1))")
        assert limited.get("1 <= run.workers <= 20")


@on_unix
@on_processes
def test_where_not_even_one_worker_can_be_started_the_cure_is_said(
    notebook: Notebook, backend: str
) -> None:
    """One that is there would do."""
    notebook.do("%unload_ext parmagic\n%load_ext parmagic\n%pmap -q same [1]")
    notebook.do("import resource\nfrom parmagic.run.backends import pool")

    failure = notebook.run(
        "pool.close()\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "few = len(os.listdir('/proc/self/fd')) + 3\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))\n"
        f"try: get_ipython().run_line_magic('pmap', '-q -b {backend} same [1, 2]')\n"
        "finally: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))"
    ).error

    assert failure.ename == "WorkerDied"
    assert failure.evalue.startswith("not even one worker can be started: Too many open files; ")
    assert notebook.get(f"%pmap -q -b {backend} same [1, 2]") == [1, 2]


def test_more_may_be_under_way_in_both_directions_than_pipes_hold(notebook: Notebook) -> None:
    """Each would wait for ever for the other to read; tasks so short are sent ahead."""
    notebook.do("def twice(piece): return piece * 2")
    notebook.do("pieces = [bytes([number]) * 700_000 for number in range(60)]")

    notebook.do("%pmap -q -w 2 -o run twice pieces;")

    assert notebook.get("run.values == [piece * 2 for piece in pieces]")


def test_a_worker_that_dies_takes_nothing_with_it_that_was_on_its_way(notebook: Notebook) -> None:
    """Neither what it has read of its next items, nor what waits in the notebook."""
    notebook.do(
        "import os, parmagic\n"
        "def fatal(piece):\n    if piece[0] == 30: os._exit(1)\n    return piece * 2"
    )
    notebook.do("pieces = [bytes([number]) * 700_000 for number in range(60)]")

    error = notebook.run("%pmap -q -w 1 fatal pieces;").error

    assert (error.ename, "item 30 of 60" in error.evalue) == ("WorkerDied", True)
    notebook.do("kept = parmagic.last_run().values")
    there = "all(kept[at] == pieces[at] * 2 for at in range(60) if at != 30)"
    assert notebook.get(there)
    assert notebook.get("%pmap -q fatal [b'a', b'b']") == [b"aa", b"bb"]


@on_unix
@by_any_method
def test_large_results_that_are_kept_hold_no_files_open() -> None:
    """There may be more of them than a process may have open files."""
    with Notebook(start_method=launch.methods()[0]) as limited:
        limited.do(
            "import numpy, os, resource\n"
            "few = len(os.listdir('/proc/self/fd')) + 90\n"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (few, 4096))\n"
            "def full(x): return numpy.full(130_000, x)"
        )
        limited.do("%pmap -q -w 2 --queue -o run full range(120);")
        limited.do("for value in run.values: value += 1")

        assert limited.get("[int(value[-1]) for value in run.values] == list(range(1, 121))")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells what a process holds back")
@pytest.mark.parametrize("method", launch.methods())
@by_any_method
def test_the_first_worker_cannot_be_struck_while_it_starts(method: str) -> None:
    """■ goes to all processes of a kernel: one that has not got far would die with a traceback."""
    code = (
        "import pathlib, signal, sys, time\n"
        "from parmagic.run.processes import launch\n"
        f"worker = launch.start({method!r}, time.sleep, 60)\n"
        "status = pathlib.Path(f'/proc/{worker.pid}/status').read_text()\n"
        "blocked = int(status.split('SigBlk:')[1].split()[0], 16)\n"
        "print(bool(blocked >> (signal.SIGINT - 1) & 1))\n"
        "worker.kill(); worker.join(); launch.end()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=LIMIT
    )
    assert done.stdout == "True\n"


def test_an_interrupt_pressed_twice_leaves_nothing_behind(notebook: Notebook) -> None:
    """The kernel is idle, no worker is busy, and the next run is clean."""
    notebook.do("def forever(x):\n    touch(f'twice-{os.getpid()}')\n    while True: pass")

    def press_twice() -> None:
        wait_until(lambda: len(list(notebook.folder.glob("twice-*"))) == 2)
        notebook.interrupt()
        notebook.interrupt()

    reply = notebook.run("%pmap -q -w 2 forever range(2)", meanwhile=press_twice)

    assert reply.status == "error"
    pids = {int(path.name.split("-")[1]) for path in notebook.folder.glob("twice-*")}
    wait_until(lambda: not pids & {process.pid for process in notebook.children()})
    assert notebook.get("%pmap -q same [1, 2]") == [1, 2]


def test_a_killed_kernel_leaves_nothing(notebook: Notebook) -> None:
    """No worker, no module file and no memory, even if a task was running."""
    method = notebook.get("%config ParallelMagics.start_method")
    with Notebook(start_method=method) as other:
        other.do(f"import parmagic\n{MEET}\nimport numpy\nlarge = numpy.zeros(1_000_000)")
        other.do("def use(x):\n    touch('running')\n    time.sleep(60)\n    return large[x]")
        other.send("%pmap -q -w 1 use [1]")
        wait_until((other.folder / "running").exists)
        started = other.children()
        files = [*other.temporary.glob("parmagic-*"), *_in_memory(other.pid)]
        assert started
        assert files

        other.kill()

        wait_until(lambda: not any(is_alive(process) for process in started))
        wait_until(lambda: not any(path.exists() for path in files))


def test_a_kernel_killed_after_an_interrupt_leaves_nothing(notebook: Notebook) -> None:
    """The interrupt ended the workers; others are there at once, and remove the files."""
    method = notebook.get("%config ParallelMagics.start_method")
    with Notebook(start_method=method) as other:
        other.do(f"import parmagic\n{MEET}")
        other.do("def hang(x):\n    touch(f'running-{x}')\n    time.sleep(60)")
        before: set[Path] = set()

        def press() -> None:
            wait_until(lambda: all((other.folder / f"running-{x}").exists() for x in (0, 1)))
            before.update(_of_workers(other))
            other.interrupt()

        assert other.run("%pmap -q -w 2 hang [0, 1]", meanwhile=press).status == "error"
        assert len(before) == 2
        # A process that has only been forked is no worker yet: it knows of no files.
        wait_until(lambda: len(_of_workers(other) - before) == 2)
        started = other.children()
        files = [*other.temporary.glob("parmagic-*"), *_in_memory(other.pid)]
        assert files

        other.kill()

        wait_until(lambda: not any(is_alive(process) for process in started))
        wait_until(lambda: not any(path.exists() for path in files))


def test_what_waited_behind_a_task_that_kills_its_worker_is_run(notebook: Notebook) -> None:
    """Also items in shared memory, which the worker had not read yet."""
    notebook.do(
        f"{MEET}\nimport numpy\n"
        "def kill_once(x):\n"
        "    if x[0] == 20 and not os.path.exists('killed-once'):\n"
        "        touch('killed-once')\n"
        "        time.sleep(0.2)\n"
        "        os._exit(3)\n"
        "    return float(x[0])"
    )
    line = "%pmap -q -w 1 kill_once [numpy.full(150_000, float(i)) for i in range(40)]"

    assert notebook.get(line) == [float(i) for i in range(40)]


def test_no_task_is_blamed_for_a_worker_that_was_dead_before(notebook: Notebook) -> None:
    """It is given to another, also if it is tried again because it was there when one died."""
    notebook.do(
        f"{MEET}\n"
        "def worker_of(x):\n    meet('.', f'at-{x}', f'at-{1 - x}')\n    return os.getpid()\n"
        "def kill_all(x):\n"
        "    if x: return 'other'\n"
        "    if os.path.exists('all-killed'): return 'again'\n"
        "    wait_for('other-done')\n"
        "    touch('all-killed')\n"
        "    for pid in workers:\n"
        "        if pid != os.getpid(): os.kill(pid, 9)\n"
        "    time.sleep(0.2)\n"
        "    os.kill(os.getpid(), 9)\n"
        "def items():\n    yield 0\n    yield 1\n    time.sleep(0.2)\n    touch('other-done')"
    )
    notebook.do("workers = %pmap -q -w 2 worker_of [0, 1]")

    assert notebook.get("%pmap -q -w 2 kill_all items()") == ["again", "other"]


def test_a_task_that_has_ended_is_not_overdue(notebook: Notebook) -> None:
    """However long the notebook reads the iterable before it looks, and whatever was printed."""
    notebook.do(
        "def slow():\n"
        "    yield 0\n    time.sleep(2.5)\n    yield 1\n"
        "def prints(x):\n    print(x)\n    time.sleep(0.05)\n    return x"
    )
    notebook.do("%pmap -q -w 2 prints [0, 1];")

    assert notebook.get("%pmap -q -w 2 --timeout 2 prints slow()") == [0, 1]


@pytest.mark.parametrize("backend", ["thread", "pool", "process"])
def test_what_was_finished_is_kept_if_the_iterable_is_interrupted(
    notebook: Notebook, backend: str
) -> None:
    """However long it would have taken for the next item; and no memory is left behind."""
    notebook.do(
        f"{MEET}\nimport numpy\nfrom parmagic.modules.folder import buffer_folders\n"
        f"def large(x):\n    touch(f'made-{backend}-{{x}}')\n    return numpy.full(200_000, x)\n"
        "def stuck(name):\n    yield 1\n    yield 2\n"
        f"    for x in (1, 2): wait_for(f'made-{backend}-{{x}}')\n"
        "    time.sleep(2)\n    touch(name)\n    time.sleep(100)"
    )
    name = f"stuck-{backend}"

    reply = notebook.stop(f"%pmap -q -w 2 -b {backend} large stuck('{name}')", name)

    assert reply.errors[0].ename == "KeyboardInterrupt"
    values = notebook.get("[int(value[0]) for value in parmagic.last_run().values]")
    assert values == [1, 2]
    held = "[n for f in buffer_folders() for n in os.listdir(f) if n.startswith('buffers')]"
    assert notebook.get(held) == []


def test_no_worker_is_given_what_it_cannot_read_yet(notebook: Notebook) -> None:
    """Code with large data, for an item of a new class, waits until the worker listens again."""
    notebook.do(
        "table = dict.fromkeys(range(300_000))\nclass New: pass\n"
        "def answer(x):\n    table.get(1)\n    time.sleep(0.001)\n"
        "    return 'v' * 600_000 if x == 0 else 1"
    )
    notebook.do("%pmap -q -w 1 answer [0] * 50;")
    notebook.do("items = [0] * 16 + [New()] * 2 + [0] * 20 + [New()] * 20")

    assert notebook.get("len(parmagic.pmap(answer, items, workers=1).values)") == 58


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@by_any_method
def test_a_forked_child_has_workers_of_its_own(tmp_path: Path) -> None:
    """Its parent's are not its to talk to, and it ends."""
    script = tmp_path / "forks.py"
    script.write_text(
        "import multiprocessing, os, parmagic\n"
        "def worker(x): return os.getpid()\n"
        "def run(): return parmagic.pmap(worker, range(2), workers=1).values[0]\n"
        "def child(pid): print(run() not in (pid, os.getpid()), flush=True)\n"
        "pid = run()\n"
        "process = multiprocessing.get_context('fork').Process(target=child, args=(pid,))\n"
        "process.start()\nprocess.join(100)\nprint(process.exitcode, flush=True)\n"
        "process.kill()\nprint(run() == pid)"
    )
    command = [sys.executable, "-W", "ignore", str(script)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=LIMIT)

    assert done.stdout.splitlines() == ["True", "0", "True"]


@on_unix
def test_two_hundred_runs_leak_nothing(notebook: Notebook) -> None:
    """Files, processes, shared memory and memory are level from the twentieth run on."""
    notebook.do(
        "import numpy, resource\n"
        "from parmagic.modules.folder import buffer_folders\n"
        "large = numpy.zeros(200_000)\n"
        "def touch_large(x): return large[x], numpy.ones(200_000)\n"
        "def state():\n"
        "    folders = *buffer_folders(), os.environ['TMPDIR']\n"  # other notebooks have theirs
        "    shared = [name for root in folders for base, _, names in os.walk(root)\n"
        "              if 'parmagic' in base for name in names]\n"
        "    memory = int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "    root = '/proc/self/fd/'\n"
        "    files = [os.path.realpath(root + number) for number in os.listdir(root)]\n"
        "    ours = [name for name in files if 'history' not in name]  # IPython's comes and goes\n"
        "    return len(ours), len(shared), memory\n"
        "def run_many(count):\n"
        "    for number in range(count):\n"
        "        parmagic.pmap(touch_large, range(4), workers=2)\n"
        "        if number % 20 == 0: parmagic.pmap(same, range(4), backend='process')\n"
        "        if number % 20 == 1: parmagic.pmap(same, range(4), backend='thread')"
    )
    notebook.do("run_many(20)")
    processes = len(notebook.children())
    files, shared, memory = notebook.get("state()")

    notebook.do("run_many(180)")

    wait_until(lambda: len(notebook.children()) == processes)
    later_files, later_shared, later_memory = notebook.get("state()")
    assert later_files <= files + 2
    assert later_shared <= shared + 2
    assert later_memory <= memory + 20_000_000


def _of_workers(notebook: Notebook) -> set[Path]:
    """Find the files that its workers would leave word in if they crashed: each has its own."""
    return set(notebook.temporary.glob("parmagic-*/crash-*"))


def _in_memory(pid: int) -> list[Path]:
    """Find the folder in shared memory of a kernel: its lock file is open there."""
    return [
        path.resolve().parent
        for path in Path(f"/proc/{pid}/fd").iterdir()
        if path.is_symlink() and str(path.readlink()).startswith(_MEMORY)
    ]


@pytest.mark.parametrize("error", ["LookupError", "SystemExit", "KeyboardInterrupt"])
@on_processes
def test_a_result_that_cannot_be_read_fails_alone(
    notebook: Notebook, backend: str, error: str
) -> None:
    """A class may raise when it is unpickled: the notebook says so, and nothing hangs."""
    notebook.do(
        f"def explode(): raise {error}('in pieces')\n"
        "class Fragile:\n"
        "    def __reduce__(self): return explode, ()\n"
        "def fragile(x): return Fragile() if x == 1 else x"
    )

    failure = notebook.run(f"%pmap -q -b {backend} -w 1 -o run fragile range(3)").error

    assert failure.ename == "TravelError"
    assert f"cannot be read in the notebook ({error}: in pieces): return" in failure.evalue
    assert notebook.get("run.values[0]") == 0


@on_processes
def test_items_that_cannot_be_sent_are_kept_as_exceptions(notebook: Notebook, backend: str) -> None:
    """With `--errors keep`, the items beside one that cannot be pickled are run."""
    notebook.do("mixed = [1, threading.Lock(), 2, threading.Lock(), 3]")

    notebook.do(f"%pmap -q -b {backend} --errors keep -o run same mixed;")

    assert notebook.get("[type(value).__name__ for value in run.values]") == [
        *("int", "TravelError", "int", "TravelError", "int")
    ]


@on_processes
def test_an_item_that_cannot_be_sent_spoils_no_other(notebook: Notebook, backend: str) -> None:
    """What its function needs cannot be pickled; the next item is another function."""
    notebook.do(
        "lock = threading.Lock()\ndef bad(): return lock\n"
        "def good(): return 1\ndef other(): return 2\ndef call(item): return item()"
    )

    notebook.do(f"%pmap -q -b {backend} --errors keep -o run call [good, bad, other, bad];")

    assert notebook.get("[type(value).__name__ for value in run.values]") == [
        *("int", "TravelError", "int", "TravelError")
    ]


@by_any_method
def test_nothing_runs_if_a_need_cannot_travel(notebook: Notebook) -> None:
    """Not even serially, to compare."""
    notebook.do("lock = threading.Lock()\ndef locked(x):\n    touch('was run')\n    return lock")

    assert "cannot be sent" in notebook.run("%pmap --compare locked [1]").usage_error
    assert not (notebook.folder / "was run").exists()


SHARED = """
def attach(name):
    from multiprocessing.shared_memory import SharedMemory
    block = SharedMemory(name)
    value = bytes(block.buf[:3])
    block.close()
    return value
"""


@pytest.mark.parametrize("method", launch.methods())
@by_any_method
def test_shared_memory_of_the_notebook_outlives_the_workers_that_use_it(method: str) -> None:
    """Workers that were started before the notebook had any share its resource tracker too."""
    with Notebook(start_method=method) as notebook:
        notebook.do(SHARED)
        notebook.do("%pmap -q abs range(4)")
        notebook.do(
            "from multiprocessing.shared_memory import SharedMemory\n"
            "block = SharedMemory(create=True, size=10)\n"
            "block.buf[:3] = b'abc'"
        )
        for backend in ("pool", "process", "pool"):
            values = notebook.get(f"%pmap -q -b {backend} attach [block.name] * 4")
            assert values == [b"abc"] * 4
        reply = notebook.run("block.close(); block.unlink()")
        assert reply.status == "ok"
        assert "leaked" not in reply.stderr


@pytest.mark.skipif("forkserver" not in launch.methods(), reason="spawn always has one")
@by_any_method
def test_a_notebook_without_shared_memory_has_no_process_to_track_it() -> None:
    """The fork server and its workers are all there is."""
    with Notebook(start_method="forkserver") as notebook:
        notebook.do("%pmap -q abs range(4)")
        commands = notebook.get(
            "[' '.join(p.cmdline()) for p in __import__('psutil').Process().children(True)]"
        )
        assert isinstance(commands, list)
        assert commands
        assert not [command for command in commands if "resource_tracker" in command]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such tracker")
@pytest.mark.parametrize("method", launch.methods())
@by_any_method
def test_a_kernel_that_is_shut_down_does_not_wait_for_the_tracker(method: str) -> None:
    """It ends what is in its process group, and a tracker, as tqdm leads to, ignores SIGTERM."""
    with Notebook(start_method=method) as notebook:
        notebook.do("import multiprocessing.synchronize")
        notebook.do("%pmap -q abs range(4)")
        started = psutil.Process(notebook.pid).children()
        trackers = [one for one in started if "resource_tracker" in " ".join(one.cmdline())]

        assert trackers
        assert os.getpgid(notebook.pid) not in [os.getpgid(one.pid) for one in trackers]


@on_processes
@pytest.mark.parametrize("method", launch.methods())
@by_any_method
def test_libraries_in_all_workers_have_no_more_threads_than_there_are_processors(
    method: str, backend: str
) -> None:
    """Each worker may use its share of them; what the notebook says of it holds."""
    with Notebook(start_method=method) as notebook:
        notebook.do("import os, parmagic.run.cpus\ndef limit(name): return os.environ.get(name)")
        processors = notebook.get("parmagic.run.cpus.available()")
        assert isinstance(processors, int)
        names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
        for workers in (1, 2, processors, 3 * processors):
            share = str(max(1, processors // workers))
            line = f"%pmap -q -b {backend} -w {workers} limit {names}"
            found = notebook.get(line)
            assert isinstance(found, list)
            assert all(int(one) <= int(share) for one in found)
        assert notebook.get(f"%pmap -q -b process -w 1 limit {names}") == [str(processors)] * 3
        notebook.do("os.environ['MKL_NUM_THREADS'] = '7'")
        assert notebook.get(f"%pmap -q -b {backend} -w 2 limit {names[-1:]}") == ["7"]
        notebook.do("os.environ['OMP_NUM_THREADS'] = '5'")  # which OpenBLAS goes by, if by no other
        assert notebook.get(f"%pmap -q -b {backend} -w 2 limit {names}") == ["5", None, "7"]


@on_unix
def test_numpy_in_a_worker_starts_the_threads_that_the_user_has_asked_for(
    notebook: Notebook,
) -> None:
    """Though its library would rather read a variable of its own, which stood for our limit."""
    notebook.do(
        "import importlib\n"
        "def threads(x):\n"
        "    def count(): return len(os.listdir('/proc/self/task'))\n"
        "    before = count()\n"
        "    np = importlib.import_module('numpy')\n"  # or it would be there before
        "    np.ones((400, 400)) @ np.ones((400, 400))\n"
        "    return count() - before\n"
        "os.environ['OMP_NUM_THREADS'] = '2'"
    )

    expected = [min(2, os.cpu_count() or 1) - 1] * 2
    assert notebook.get("%pmap -q -b process -w 2 threads range(2)") == expected
    notebook.do("del os.environ['OMP_NUM_THREADS']")


@on_unix
def test_numpy_in_a_worker_starts_no_threads_beyond_its_share(notebook: Notebook) -> None:
    """As the library itself did it, when it was loaded."""
    notebook.do(
        "import importlib\n"
        "def threads(x):\n"
        "    def count(): return len(os.listdir('/proc/self/task'))\n"
        "    before = count()\n"
        "    np = importlib.import_module('numpy')\n"  # or it would be there before
        "    np.ones((400, 400)) @ np.ones((400, 400))\n"
        "    return count() - before"
    )
    workers = notebook.get("parmagic.pmap(threads, range(1), backend='process').cpus")

    assert notebook.get(f"%pmap -q -b process -w {workers} threads range(2)") == [0, 0]
