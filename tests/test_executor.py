"""An executor of the user's own as the backend, in a real kernel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kernel import Notebook, check_frames
from parmagic.run.processes import launch

PROCESSES = launch.methods()
EXECUTORS = {"threads": "ThreadPoolExecutor(2)"} | {
    method: f"ProcessPoolExecutor(2, mp_context=multiprocessing.get_context('{method}'))"
    for method in PROCESSES
}
on_each = pytest.mark.parametrize("name", EXECUTORS)
on_processes = pytest.mark.parametrize("name", PROCESSES)


@pytest.fixture(scope="module")
def nb() -> Iterator[Notebook]:
    """Give a notebook with an executor of each kind, and what most tests use."""
    with Notebook(start_method=PROCESSES[0]) as notebook:
        notebook.do(
            "import logging, multiprocessing, os, parmagic, sys, time, warnings\n"
            "from concurrent.futures import Executor, Future\n"
            "from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor\n"
            "scale = 3\n"
            "class Point:\n"
            "    def __init__(self, x): self.x = x\n"
            "def scaled(x): return Point(x * scale)\n"
            "def plus(x, y=1): return x + y\n"
            "def fail_at_three(x):\n"
            "    if x == 3:\n"
            "        raise ValueError('three')\n"
            "    return x\n"
        )
        for name, made in EXECUTORS.items():
            notebook.do(f"{name} = {made}")
        yield notebook


@on_each
def test_functions_of_the_notebook_run_on_it(nb: Notebook, name: str) -> None:
    """With what they read; values are in order, and instances of the notebook's classes."""
    nb.do(f"points = %pmap -q -b {name} -o run scaled range(20)")

    assert nb.get("[point.x for point in points]") == [3 * x for x in range(20)]
    assert nb.get("{type(point) is Point for point in points}") == {True}
    assert nb.get("run.backend") == ("thread executor" if name == "threads" else "executor")
    assert nb.get("run.workers") == 2
    assert nb.get("{task.worker for task in run.tasks} <= {0, 1}")


@on_each
def test_the_function_takes_it_too(nb: Notebook, name: str) -> None:
    """As `pmap(..., backend=executor)`, with the same record."""
    nb.do(f"run = parmagic.pmap(plus, range(5), [10] * 5, backend={name}, workers=1)")

    assert nb.get("run.values") == [10, 11, 12, 13, 14]
    assert nb.get("run.workers") == 1


@on_each
def test_a_cell_runs_on_it(nb: Notebook, name: str) -> None:
    """A call that reads what others return starts when they are done."""
    nb.do(
        f"%%parallel -q -b {name} -o run\n"
        "a = plus(1)\n"
        "b = plus(2)\n"
        "c = plus(a, b)\n"
        "many = [plus(x) for x in range(3)]"
    )

    assert nb.get("a, b, c, many") == (2, 3, 5, [1, 2, 3])
    assert nb.get("'executor' in run.backend, len(run.tasks)") == (True, 6)


@on_each
def test_an_error_has_the_line_of_its_cell(nb: Notebook, name: str) -> None:
    """As it has serially; what came before it is kept, and the executor works on."""
    reply = nb.run(f"%pmap -q -b {name} fail_at_three range(8)")

    assert reply.error.ename == "ValueError"
    assert "raise ValueError('three')" in reply.error.traceback
    check_frames(reply.error)
    assert nb.get("parmagic.last_run().values[:3]") == [0, 1, 2]
    assert nb.get(f"{name}.submit(abs, -1).result()") == 1


@on_each
def test_exceptions_are_kept_after_all_tries(nb: Notebook, name: str) -> None:
    """A task that fails is run again, on an executor that might take it for the same call."""
    nb.do("def tried(x):\n    if x == 3: print('tried')\n    return fail_at_three(x)")
    reply = nb.do(f"values = %pmap -q -b {name} --errors keep --retries 2 tried range(6)")

    assert nb.get("[str(value) for value in values]") == ["0", "1", "2", "three", "4", "5"]
    assert reply.stdout.splitlines() == ["tried"] * 3


@on_each
def test_the_clocks_of_its_workers_are_in_the_record(nb: Notebook, name: str) -> None:
    """Each task's own, in the worker; and what went to and fro, where anything did."""
    nb.do("def nap(x): time.sleep(0.05); return x")
    nb.do(f"%pmap -q --compare -b {name} -o run nap range(4)")

    assert nb.get("all(0.05 <= task.duration < run.elapsed for task in run.tasks)")
    assert nb.get("run.serial") >= 4 * 0.05
    assert nb.get("run.difference") is None
    assert nb.get("run.breakdown.transfer > 0") == (name != "threads")


@on_processes
def test_short_tasks_travel_many_at_a_time(nb: Notebook, name: str) -> None:
    """A message for each of a hundred thousand would take a minute."""
    nb.do(f"values = %pmap -q -b {name} -o run plus range(100_000)")

    assert nb.get("values == list(range(1, 100_001))")
    assert nb.get("len(run.traffic.passages)") < 2_000


@on_each
def test_a_sweep_uses_no_more_workers_than_it_has(nb: Notebook, name: str) -> None:
    """Of the numbers that are asked for, one may be too large."""
    nb.do(f"%pmap -q -b {name} --sweep 1,2,8 -o run plus range(10)")

    assert sorted(nb.get("[one.workers for one in run.sweep]")) == [1, 2]


@on_each
def test_what_tasks_print_and_warn_of_is_shown(nb: Notebook, name: str) -> None:
    """Also what they log; a line is not broken by another."""
    nb.do(
        "def speak(x):\n"
        "    print('said', x)\n"
        "    warnings.warn(f'careful {x}')\n"
        "    logging.getLogger('mine').warning('logged %s', x)\n"
    )
    reply = nb.do(f"%pmap -q -b {name} -o run speak range(3)")

    assert sorted(reply.stdout.splitlines())[-3:] == ["said 0", "said 1", "said 2"]
    assert "careful 0" in reply.stderr
    assert "logged 2" in reply.stderr
    assert nb.get("run.tasks[1].stdout").startswith("said 1\n")


@on_processes
def test_workers_follow_the_notebook_and_are_then_as_before(nb: Notebook, name: str) -> None:
    """Folder, environment, path, filters and `__main__`: the executor's other work sees nothing."""
    nb.do(
        "class State:\n"
        "    text = '''(__import__('os').getcwd(), __import__('os').environ.get('MINE'),\n"
        "        __import__('sys').getrecursionlimit(), tuple(__import__('sys').path),\n"
        "        __import__('sys').modules['__main__'].__dict__.get('scale'),\n"
        "        len(__import__('warnings').filters), __import__('sys').stdout is\n"
        "        __import__('sys').__stdout__)'''\n"
        "def state(_): return eval(State.text)\n"
        "here, limit = os.getcwd(), sys.getrecursionlimit()\n"
    )
    nb.do(f"states = lambda: {{{name}.submit(eval, State.text).result() for _ in range(8)}}")
    nb.do(
        "before = states()\n"
        "os.makedirs('inner', exist_ok=True); os.chdir('inner'); os.environ['MINE'] = 'yes'\n"
        "sys.setrecursionlimit(limit + 7)"
    )
    nb.do(f"seen = %pmap -q -b {name} state range(4)")
    nb.do("os.chdir(here); del os.environ['MINE']; sys.setrecursionlimit(limit)")

    assert nb.get("{(os.path.basename(one[0]), one[1], one[2] - limit) for one in seen}") == {
        ("inner", "yes", 7)
    }
    assert nb.get("states() == before")


@on_processes
def test_an_edit_and_a_new_value_reach_its_workers(nb: Notebook, name: str) -> None:
    """They stay, and so would what they have loaded."""
    nb.do("factor = 2\ndef times(x): return x * factor")
    nb.do(f"first = %pmap -q -b {name} times range(4)")
    nb.do("factor = 5")
    nb.do(f"second = %pmap -q -b {name} times range(4)")
    nb.do("def times(x): return -x * factor")
    nb.do(f"third = %pmap -q -b {name} times range(4)")

    assert nb.get("first, second, third") == (
        [0, 2, 4, 6],
        [0, 5, 10, 15],
        [0, -5, -10, -15],
    )


@on_processes
def test_arrays_travel_both_ways(nb: Notebook, name: str) -> None:
    """Large ones, whose files nobody leaves behind."""
    pytest.importorskip("numpy")
    nb.do(
        "import numpy\n"
        "from parmagic.modules.folder import buffer_folders\n"
        "large = numpy.arange(400_000.0)\n"
        "def add(array): array[0] += 1; return array + large\n"
        "files = lambda: sum(len(os.listdir(folder)) for folder in buffer_folders())"
    )
    nb.do(f"%pmap -q -b {name} add [large]\nbefore = files()")
    nb.do(f"sums = %pmap -q -b {name} add [large, large, large]")

    assert nb.get("[float(one[0]) for one in sums], float(large[0])") == ([1.0] * 3, 0.0)
    assert nb.get("files() == before")


@on_each
@pytest.mark.parametrize("option", ["--queue", "--timeout 1", "--forecast", "--export run.py"])
def test_what_it_cannot_do_is_refused(nb: Notebook, name: str, option: str) -> None:
    """In one line, with what to type instead, before anything runs."""
    message = nb.run(f"%pmap -b {name} {option} plus range(3)").usage_error

    assert "-b pool" in message


@on_each
def test_one_that_was_shut_down_is_named(nb: Notebook, name: str) -> None:
    """Only the user can make another."""
    nb.do(f"gone = {EXECUTORS[name]}\ngone.shutdown()")
    message = nb.run("%pmap -b gone plus range(3)").usage_error

    assert "the executor takes no tasks" in message
    assert "make a new one" in message


@on_processes
def test_one_that_breaks_keeps_what_was_finished(nb: Notebook, name: str) -> None:
    """A task ends its process, and with it the executor, which then is named as the cause."""
    nb.do(
        f"weak = {EXECUTORS[name]}\n"
        "def die_at_five(x):\n"
        "    if x == 5: time.sleep(1); os._exit(3)  # the first are surely back by then\n"
        "    time.sleep(0.05); return x"
    )
    reply = nb.run("%pmap -q -b weak -o run die_at_five range(8)")
    again = nb.run("%pmap -q -b weak plus range(3)")

    assert reply.error.ename == again.error.ename == "WorkerDied"
    assert "BrokenProcessPool" in reply.error.evalue
    assert "make a new one" in again.error.evalue
    assert nb.get("run.values[:3]") == [0, 1, 2]


@on_each
def test_an_interrupt_leaves_it_usable(name: str) -> None:
    """What is finished is kept, what has not begun never will, and it works on."""
    with Notebook(start_method=PROCESSES[0]) as nb:
        nb.do(
            "import multiprocessing, time\n"
            "from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor\n"
            f"executor = {EXECUTORS[name]}\n"
            "def begin(x):\n"
            "    time.sleep(0.05)  # so that a chunk has one task\n"
            "    if x < 2: return x\n"
            "    open(f'begun-{x}', 'w').close()\n"
            "    time.sleep(1); return x\n"
            "import glob"
        )
        tasks = [0, 1, 0, 1, *range(2, 11)]  # so few that none is run out of its order
        reply = nb.stop(f"%pmap -b executor -o run begin {tasks}", mark="begun-3")

        assert reply.error.ename == "KeyboardInterrupt"
        assert nb.get("run.values[:4]") == [0, 1, 0, 1]
        assert nb.get("list(executor.map(abs, [-1] * 8))") == [1] * 8
        assert nb.get("len(glob.glob('begun-*'))") <= 4
        nb.do("values = %pmap -q -b executor abs range(4)")
        assert nb.get("values") == [0, 1, 2, 3]


@on_processes
def test_what_an_interrupt_leaves_with_an_executor_is_counted_in_tasks(name: str) -> None:
    """Not in the chunks in which they were sent."""
    one = EXECUTORS[name].replace("(2", "(1")  # a second would have nothing to do, and end
    with Notebook(start_method=PROCESSES[0]) as nb:
        nb.do(
            "import multiprocessing, os, signal, time\n"
            "from concurrent.futures import ProcessPoolExecutor\n"
            f"executor = {one}\n"
            "def begin(x):\n"
            "    if x < 2_000: return x\n"
            "    signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
            "    open('begun', 'w').close()\n"
            "    while not os.path.exists('end'): time.sleep(0.01)"
        )
        reply = nb.stop("%pmap -b executor -w 1 begin range(4_000);", mark="begun")
        nb.do("open('end', 'w').close()")

        assert reply.error.ename == "KeyboardInterrupt"
        count, _, said = reply.stderr.partition(" tasks still with the executor's workers")
        assert said, reply.stderr
        # Of those before in its chunk, nobody has heard yet.
        assert 1 < int(count.replace(",", "")) < 4_000


def test_a_brief_that_cannot_be_removed_is_over(nb: Notebook) -> None:
    """As on Windows where a worker is just reading it: nothing of the run begins any more."""
    nb.do(
        "import pathlib\n"
        "from parmagic.run.workers import hired\n"
        "unlink, kept = pathlib.Path.unlink, []\n"
        "def deny(path, missing_ok=False):\n"
        "    if not path.name.startswith('brief-'): return unlink(path, missing_ok)\n"
        "    kept.append(path); raise PermissionError(path)\n"
        "pathlib.Path.unlink = deny"
    )
    nb.do(f"values = %pmap -q -b {PROCESSES[0]} plus range(3)")
    nb.do("pathlib.Path.unlink = unlink")

    assert nb.get("values") == [1, 2, 3]
    assert nb.get(f"{PROCESSES[0]}.submit(hired.work, str(kept[0]), b'', 0, 0).result()") == b""


def test_threads_that_others_hold_are_not_waited_for(nb: Notebook) -> None:
    """A run has those that are free; those that never came to it are withdrawn."""
    nb.do("import threading\nheld = threading.Event()\nother = threads.submit(held.wait)")
    nb.do("values = %pmap -q -b threads plus range(6)")
    done = nb.get("other.done()")
    nb.do("held.set()")

    assert nb.get("values") == [1, 2, 3, 4, 5, 6]
    assert not done


def test_a_run_has_the_threads_that_are_to_be_had(nb: Notebook) -> None:
    """Its first task may shut the executor down before the run has asked for its second thread."""
    nb.do(
        "class Once(ThreadPoolExecutor):\n"
        "    def submit(self, *given):\n"
        "        future = super().submit(*given)\n"
        "        self.shutdown(wait=False)\n"
        "        return future\n"
        "once = Once(2)"
    )

    assert nb.get("%pmap -q -b once plus range(3)") == [1, 2, 3]


def test_threads_that_never_come_are_not_waited_for(nb: Notebook) -> None:
    """The executor's owner may cancel what has not begun; the others do all there is to do."""
    nb.do(
        "import threading\n"
        "held, closing = threading.Event(), ThreadPoolExecutor(2)\n"
        "other = closing.submit(held.wait)\n"
        "def close(x):\n"
        "    closing.shutdown(wait=False, cancel_futures=True)\n"
        "    return x"
    )
    nb.do("values = %pmap -q -b closing close range(3)\nheld.set()")

    assert nb.get("values") == [0, 1, 2]


def test_threads_that_cannot_begin_end_the_run(nb: Notebook) -> None:
    """An initializer that fails breaks an executor; its reason is in the log."""
    nb.do("unfit = ThreadPoolExecutor(2, initializer=lambda: 1 / 0)")
    reply = nb.run("%pmap -b unfit plus range(3)")

    assert reply.error.ename == "WorkerDied"
    assert "BrokenThreadPool" in reply.error.evalue
    assert "make a new one" in reply.error.evalue


def test_one_that_runs_in_the_notebook_is_refused(nb: Notebook) -> None:
    """There nothing may take the place of `__main__`."""
    nb.do(
        "class Inline(Executor):\n"
        "    def submit(self, function, /, *args):\n"
        "        future = Future()\n"
        "        future.set_result(function(*args))\n"
        "        return future\n"
        "inline = Inline()\n"
        "main = sys.modules['__main__']"
    )
    message = nb.run("%pmap -b inline plus range(3)").usage_error

    assert "in the notebook's own process" in message
    assert nb.get("sys.modules['__main__'] is main")


def test_a_variable_is_completed_that_holds_one(nb: Notebook) -> None:
    """After `-b`, as a variable with the name of a backend is."""
    assert "threads" in nb.complete("%pmap -b thre")
    assert "scale" not in nb.complete("%pmap -b sca")


def test_a_class_of_executors_is_none(nb: Notebook) -> None:
    """It has no workers."""
    assert "-b takes" in nb.run("%pmap -b ThreadPoolExecutor plus range(3)").usage_error
