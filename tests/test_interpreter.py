"""Interpreters with a GIL of their own, in threads of the notebook: what is particular to them."""

from __future__ import annotations

import mmap
import platform
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from IPython.core.interactiveshell import InteractiveShell

from kernel import MEET, Notebook, wait_until
from parmagic import PlanError, pmap
from parmagic.run.backend import INTERPRETERS

there = pytest.mark.skipif(not INTERPRETERS, reason="they are of Python 3.14")
missing = pytest.mark.skipif(INTERPRETERS, reason="they are there")
COUNT = "len(__import__('concurrent.interpreters').interpreters.list_all())"
LEFT = """
import threading
def left():
    # Threads that held interpreters, how many of these there are, and open pipes.
    import concurrent.interpreters as own
    opened = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            where = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if where.startswith(("pipe:", "socket:")) or where.endswith("schedstat"):
            opened.add(where)
    threads = [one.name for one in threading.enumerate() if "_hold" in one.name]
    return threads, len(own.list_all()), sorted(opened)
"""


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    """A kernel with the extension loaded."""
    with Notebook() as started:
        started.do("%load_ext parmagic\nimport os, sys, time")
        yield started


@missing
def test_an_older_python_says_what_it_needs(shell: InteractiveShell) -> None:
    """The magic, the function and a comparison say it in one message; nothing offers it."""
    said = f"`interpreter` needs Python 3.14 or newer: this is {platform.python_version()}"
    for asked in ({"backend": "interpreter"}, {"compare": ["thread", "interpreter"]}):
        with pytest.raises(PlanError, match=said) as caught:
            pmap(abs, [1], **asked)
        assert str(caught.value).endswith("; use `pool`")

    shell.run_line_magic("load_ext", "parmagic")
    for line in ("-b interpreter", "--compare=interpreter"):
        result = shell.run_cell(f"%pmap {line} abs [1]", silent=True)
        assert str(result.error_in_exec).startswith(said)
    with pytest.raises(PlanError) as refused:
        pmap(abs, [1], backend="interpret")
    assert "interpreter" not in str(refused.value)


@there
def test_tasks_run_at_the_same_time_in_the_process_of_the_notebook(notebook: Notebook) -> None:
    """No process is started; each worker is an interpreter, with a GIL of its own."""
    notebook.do("%pmap -q -b pool -w 2 abs range(2)")  # its workers are started ahead of need
    before = {process.pid for process in notebook.children()}
    notebook.do(MEET)
    notebook.do(
        "def who(x):\n"
        "    meet('.', f'a{x}', f'a{1 - x}')\n"
        "    import concurrent.interpreters as own\n"
        "    return os.getpid(), own.get_current().id"
    )

    found = notebook.get("%pmap -q -b interpreter -w 2 who range(2)")

    assert {pid for pid, _ in found} == {notebook.pid}
    assert len({number for _, number in found} - {0}) == 2
    assert {process.pid for process in notebook.children()} == before


@there
def test_interpreters_are_kept_and_gone_after_unload(notebook: Notebook) -> None:
    """The next cell finds them; after unloading there is no thread, file or interpreter left."""
    notebook.do(LEFT)
    notebook.do("%unload_ext parmagic")
    before = notebook.get("left()")
    notebook.do("%load_ext parmagic\ndef who(x): return __import__('_interpreters').get_current()")

    first = notebook.get("%pmap -q -b interpreter -w 2 who range(40)")
    again = notebook.get("%pmap -q -b interpreter -w 2 who range(40)")
    during = notebook.get(COUNT)
    notebook.do("%unload_ext parmagic")

    assert set(map(tuple, again)) <= set(map(tuple, first))
    assert during == 3
    assert notebook.get("left()") == before


@there
def test_an_edited_function_and_an_edited_module_are_not_stale(notebook: Notebook) -> None:
    """Warm interpreters use what the notebook has now."""
    module = notebook.folder / "helping.py"
    module.write_text("def help_with(x): return x + 1\n")
    notebook.do("import helping\ndef task(x): return helping.help_with(x)")
    assert notebook.get("%pmap -q -b interpreter task [1, 2]") == [2, 3]

    notebook.do("def task(x): return -helping.help_with(x)")
    assert notebook.get("%pmap -q -b interpreter task [1, 2]") == [-2, -3]

    module.write_text("def help_with(x): return x + 100\n")
    notebook.do("import importlib\nimportlib.reload(helping)")
    assert notebook.get("%pmap -q -b interpreter task [1, 2]") == [-101, -102]


@there
def test_what_an_interpreter_cannot_import_keeps_no_setting_from_it(notebook: Notebook) -> None:
    """It needs none of numpy's; those of `decimal` it has."""
    notebook.do(
        "import decimal\nimport numpy as np\n"
        "old = np.seterr(divide='raise')\ndecimal.getcontext().prec = 5"
    )

    values = notebook.get("%pmap -q -b interpreter str(decimal.Decimal(x) / 3) for x in [1, 2]")
    notebook.do("np.seterr(**old)\ndecimal.setcontext(decimal.Context())")

    assert values == ["0.33333", "0.66667"]


@there
def test_the_folder_and_the_environment_are_those_of_the_notebook(notebook: Notebook) -> None:
    """Also what has changed since the interpreters were started; they set neither."""
    notebook.do("def seen(x): return os.getcwd(), os.environ.get('SEEN'), 'GONE' in os.environ")
    notebook.do("os.environ['GONE'] = '1'\n%pmap -q -b interpreter seen [1]")
    notebook.do("os.mkdir('deeper')\nos.chdir('deeper')")
    notebook.do("os.environ['SEEN'] = 'ä'\ndel os.environ['GONE']\nbefore = dict(os.environ)")

    found = notebook.get("%pmap -q -b interpreter seen [1]")

    assert found == [(str(notebook.folder / "deeper"), "ä", False)]
    assert notebook.get("dict(os.environ) == before") is True


@there
def test_an_interrupt_stops_what_runs_python(notebook: Notebook) -> None:
    """Interpreters that were busy are gone, and what was finished is kept."""
    notebook.do(
        "def long(x):\n"
        "    if x == 0: return 'done'\n"
        "    open(f'begun{x}', 'w').close()\n"
        "    while True: pass"
    )

    reply = notebook.stop("%pmap -q -b interpreter -w 1 -o run long range(4)", "begun1")

    assert reply.error.ename == "KeyboardInterrupt"
    assert reply.stderr == ""
    assert notebook.get(COUNT) == 1
    assert notebook.get("run.values[0]") == "done"
    assert notebook.get("%pmap -q -b interpreter abs [-1, 2]") == [1, 2]


@there
def test_what_waits_outside_python_is_said_not_to_stop(notebook: Notebook) -> None:
    """The notebook does not wait for it, neither when it is interrupted nor when it ends."""
    notebook.do("def rest(x):\n    open('begun', 'w').close()\n    time.sleep(600)")

    reply = notebook.stop("%pmap -q -b interpreter -w 1 rest range(4)", "begun")

    assert reply.error.ename == "KeyboardInterrupt"
    assert reply.stderr == (
        "1 task cannot be stopped in the middle of what is not Python, such as a `sleep`: the "
        "worker ends after it\n"
    )
    assert notebook.get("%pmap -q -b interpreter -w 1 abs [-1]") == [1]
    notebook.shut_down()
    wait_until(lambda: not psutil.pid_exists(notebook.pid))


@there
@pytest.mark.parametrize("body", ["pass", "time.sleep(600)"])
def test_a_kernel_that_is_ended_in_the_middle_of_a_run_ends(notebook: Notebook, body: str) -> None:
    """Tasks that go on for ever do not keep it alive."""
    notebook.do(f"def rest(x):\n    open('begun', 'w').close()\n    while True: {body}")
    notebook.send("%pmap -q -b interpreter -w 2 rest range(4)")
    wait_until((notebook.folder / "begun").exists)

    notebook.shut_down()

    wait_until(lambda: not psutil.pid_exists(notebook.pid))


@there
def test_a_script_that_used_interpreters_ends_without_a_word(tmp_path: Path) -> None:
    """They are ended before Python ends, which would warn of those that are left."""
    script = tmp_path / "script.py"
    script.write_text(
        "from parmagic import pmap\n"
        "def double(x): return 2 * x\n"
        "print(pmap(double, range(4), backend='interpreter', workers=2).values)\n"
    )

    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("[0, 2, 4, 6]\n", "")


@there
def test_clocks_of_tasks_are_those_of_their_own_threads() -> None:
    """Those of the process would be the sum of all that compute at the moment."""
    run = pmap(sum, [range(2_000_000)] * 6, backend="interpreter", workers=2)

    for task in run.tasks:
        assert task.cpu is not None
        assert task.finished is not None
        assert task.started is not None
        assert task.cpu <= 1.02 * (task.finished - task.started) + 1e-3
    assert run.breakdown.whole == pytest.approx(run.workers * run.elapsed)
    assert all(abs(passage.aside) < 1e-3 for passage in run.traffic.passages)


@there
@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells what a thread is given")
def test_the_memory_that_tasks_are_given_is_counted(notebook: Notebook) -> None:
    """As pages: that of the process is everybody's."""
    notebook.do(
        "import mmap\n"
        "def touch(count):\n"
        "    with mmap.mmap(-1, count) as memory:\n"
        "        for at in range(0, count, mmap.PAGESIZE): memory[at] = 1\n"
        "%pmap -q -b interpreter -w 2 -o run touch [4_000_000] * 4"
    )

    pages = 4_000_000 // mmap.PAGESIZE
    assert notebook.get(f"[one.faults // {pages} for one in run.traffic.passages]") == [1] * 4


@there
def test_a_task_that_breaks_its_interpreter_is_named(notebook: Notebook) -> None:
    """It is tried again in another, and all other tasks run to their end."""
    notebook.do(
        "import gc\n"
        "def task(x):\n"
        "    for one in gc.get_objects() if x == 3 else ():\n"
        "        if type(one).__name__ == 'Connection': one.close()\n"
        "    return x"
    )

    error = notebook.run("%pmap -q -b interpreter -w 2 -o run task range(20)").error

    assert error.ename == "WorkerDied"
    assert "interpreter ended while it ran item 3 of 20" in error.evalue
    assert "OSError: handle is closed" in error.evalue
    assert notebook.get("[*run.values[:3], *run.values[4:]]") == [0, 1, 2, *range(4, 20)]


@there
def test_threads_of_a_task_that_is_interrupted_end_with_it(notebook: Notebook) -> None:
    """Without a word, as far as they run Python."""
    notebook.do(
        "import threading\n"
        "def spin(name):\n"
        "    open(name, 'w').close()\n"
        "    while True: pass\n"
        "def task(x):\n"
        "    threading.Thread(target=spin, args=('aside',)).start()\n"
        "    spin('begun')"
    )

    def press() -> None:
        wait_until((notebook.folder / "aside").exists)
        wait_until((notebook.folder / "begun").exists)
        notebook.interrupt()

    reply = notebook.run("%pmap -q -b interpreter -w 1 task range(2)", meanwhile=press)

    assert reply.error.ename == "KeyboardInterrupt"
    assert reply.stderr == ""
    assert notebook.get(COUNT) == 1


@there
def test_a_timeout_is_refused() -> None:
    """As on threads, and with the backends that can."""
    with pytest.raises(PlanError, match=r"not on `interpreter`, but on `pool` or `process`"):
        pmap(abs, [1], backend="interpreter", timeout=1)


@there
def test_a_task_that_calls_pmap_runs_it_serially(notebook: Notebook) -> None:
    """Inside an interpreter as inside a worker process."""
    notebook.do("import parmagic\ndef inner(y): return y + 1")
    notebook.do(
        "def outer(x):\n    run = parmagic.pmap(inner, [x, 1])\n    return run.backend, run.values"
    )

    assert notebook.get("%pmap -q -b interpreter -w 1 outer [5]") == [("serial", [6, 2])]


@there
def test_threads_that_tasks_start_and_end_are_theirs(notebook: Notebook) -> None:
    """And what these print belongs to the task."""
    notebook.do(
        "import threading\n"
        "def task(x):\n"
        "    one = threading.Thread(target=print, args=(f'from {x}',))\n"
        "    one.start(); one.join()"
    )
    notebook.do("%pmap -q -b interpreter -w 2 -o run task range(3)")

    assert notebook.get("[task.stdout for task in run.tasks]") == [f"from {x}\n" for x in range(3)]


@there
def test_a_module_that_is_imported_late_is_named(notebook: Notebook) -> None:
    """The task's own exception arrives as it is, with a note that says what to type."""
    notebook.do("def late(x):\n    import numpy\n    return numpy.ones(x).sum()")

    error = notebook.run("%pmap -q -b interpreter late [3]").error

    assert error.ename == "ImportError"
    assert "`numpy` cannot be imported by an interpreter beside the notebook's own" in (
        error.traceback
    )
    assert "use `-b pool`" in error.traceback


@there
def test_a_comparison_refuses_what_cannot_be_imported_before_it_runs_serially(
    notebook: Notebook,
) -> None:
    """Nothing is run that nobody has a use for."""
    notebook.do("import numpy as np\ndef root(x): print('ran'); return float(np.sqrt(x))")

    reply = notebook.run("%pmap -c interpreter root [4.0, 9.0]")

    assert "`numpy` cannot be imported" in reply.usage_error
    assert "ran" not in reply.stdout


@there
def test_comparing_all_backends_leaves_out_what_cannot_run_the_tasks(notebook: Notebook) -> None:
    """It says so; asked for by name, the same is refused."""
    notebook.do("import numpy as np\ndef root(x): return float(np.sqrt(x))")

    said = notebook.do("%pmap -c all -o run root range(4);").stderr
    refused = notebook.run("%pmap -c pool,interpreter root range(4)")

    assert "note: `interpreter` is left out: it cannot import `numpy`\n" in said
    assert notebook.get("sorted([run.backend, *[one.backend for one in run.others]])") == [
        *("pool", "process", "thread")
    ]
    assert "`numpy` cannot be imported" in refused.usage_error


@there
def test_runs_of_two_threads_have_interpreters_of_their_own() -> None:
    """Neither waits for the other, and both have their values."""
    values: dict[int, list[object]] = {}

    def work(number: int) -> None:
        items = [number * 1000 + one for one in range(200)]
        values[number] = list(pmap(str, items, backend="interpreter", workers=2).values)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert values == {
        number: [str(number * 1000 + one) for one in range(200)] for number in range(3)
    }


@there
def test_interpreters_that_end_give_their_memory_back(notebook: Notebook) -> None:
    """Though a kernel has warning filters with patterns, which Python 3.14 does not free."""
    notebook.do(
        "from parmagic.run.backends import interpreter\n"
        "def same(x): return x\n"
        "def begin_and_end(times):\n"
        "    for _ in range(times):\n"
        "        get_ipython().run_line_magic('pmap', '-q -w 1 -b interpreter same [1]')\n"
        "        interpreter.close()"
    )
    notebook.do("begin_and_end(3)")
    before = psutil.Process(notebook.pid).memory_info().rss

    notebook.do("begin_and_end(15)")

    assert psutil.Process(notebook.pid).memory_info().rss < before + 20_000_000


@there
def test_the_notebook_may_fork_between_runs(notebook: Notebook) -> None:
    """As `!ls` does: Python 3.14 crashed the copy, so the command was not run, without a word."""
    notebook.do("%pmap -q -b interpreter abs [-1]")

    notebook.do("pid = os.fork()\nif pid == 0: os._exit(5)")

    assert notebook.get("os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])") == 5
    assert notebook.get("%pmap -q -b interpreter abs [-1]") == [1]
