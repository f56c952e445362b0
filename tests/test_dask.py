"""The backend `dask`: the client that is open in the notebook, and what is said if none is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from kernel import Notebook, check_frames
from parmagic.run.processes import launch

METHOD = launch.methods()[0]
ABSENT = "import sys; sys.modules['distributed'] = None"  # as if it were not installed
OPTIONS = ("--queue", "--timeout 1", "--forecast", "--export run.py")
CLIENT = "Client(n_workers={}, threads_per_worker=1, dashboard_address=None)"


@pytest.fixture(scope="module")
def without() -> Iterator[Notebook]:
    """Give a notebook without dask, whose tasks leave a file where they have run."""
    with Notebook(start_method=METHOD) as notebook:
        notebook.do(
            "import os, parmagic, sys\n"
            "def leave(x):\n"
            "    open(f'ran-{x}', 'w').close()\n"
            "    return x\n"
            "def ran(): return [name for name in os.listdir() if name.startswith('ran-')]"
        )
        yield notebook


@pytest.fixture
def absent(without: Notebook) -> Iterator[Notebook]:
    """Give that notebook, in which nobody can import dask.distributed."""
    without.do(ABSENT)
    yield without
    without.do("del sys.modules['distributed']")


@pytest.fixture
def closed(without: Notebook) -> Iterator[Notebook]:
    """Give that notebook, in which one could import it, but nobody does."""
    there = without.folder / "distributed.py"
    there.write_text("raise AssertionError('it was imported')", encoding="utf-8")
    without.do("import importlib; importlib.invalidate_caches()")
    yield without
    there.unlink()


@pytest.mark.parametrize("line", ["-b dask", "-c pool,dask", "-c dask,thread -w 1"])
def test_without_dask_one_line_says_what_to_install(absent: Notebook, line: str) -> None:
    """Before any task begins, also those of other backends."""
    message = absent.run(f"%pmap {line} leave range(3)").usage_error

    assert "`pip install distributed`" in message
    assert "`-b pool`" in message
    assert absent.get("ran()") == []


@pytest.mark.parametrize("line", ["-b dask", "-c pool,dask", "-c dask,thread -w 1"])
def test_without_a_client_one_line_says_how_to_make_one(closed: Notebook, line: str) -> None:
    """And nothing has imported dask to find that out."""
    message = closed.run(f"%pmap {line} leave range(3)").usage_error

    assert "client = Client(threads_per_worker=1)" in message
    assert closed.get("ran(), 'distributed' in sys.modules") == ([], False)


def test_a_cell_is_refused_before_its_first_statement(closed: Notebook) -> None:
    """What the cell would have done before its first task, too."""
    message = closed.run("%%parallel -b dask\nfirst = 1\na = leave(first)").usage_error

    assert "client = Client(" in message
    assert closed.get("'first' in globals(), ran()") == (False, [])


@pytest.mark.parametrize("more", ["", ", compare=True"])
def test_the_function_raises_plan_error(absent: Notebook, more: str) -> None:
    """In the words of a script."""
    reply = absent.run(f"parmagic.pmap(abs, [-1], backend='dask'{more})")

    assert reply.error.ename == "PlanError"
    assert '`backend="pool"`' in reply.error.evalue
    check_frames(reply.error)


def test_all_leaves_it_out_where_no_client_is_open(closed: Notebook) -> None:
    """As it leaves out interpreters that cannot run the tasks."""
    closed.do("%pmap -q -c all -o run abs range(3)")

    assert "dask" not in closed.get("[one.backend for one in (run, *run.others)]")


def test_the_default_is_refused_at_once_only_if_dask_is_missing(without: Notebook) -> None:
    """A client can be made later; it need not be there while another backend runs the tasks."""
    without.do(ABSENT)
    refused = without.run('%config ParallelMagics.backend = "dask"')
    kept = without.get("get_ipython().magics_manager.registry['ParallelMagics'].backend")
    without.do("del sys.modules['distributed']")

    assert "pip install distributed" in refused.stderr
    assert kept == "pool"


def test_a_default_of_dask_is_no_matter_where_others_are_asked_for(closed: Notebook) -> None:
    """Only a run on it needs a client."""
    closed.do('%config ParallelMagics.backend = "dask"')
    message = closed.run("%pmap leave range(3)").usage_error
    closed.do("a = %pmap -q -b thread abs range(3)\nb = %pmap -q -c thread abs range(3)")
    closed.do('%config ParallelMagics.backend = "pool"')

    assert "client = Client(" in message
    assert closed.get("a, b") == ([0, 1, 2], [0, 1, 2])


def test_a_name_that_is_like_dask_is_not_taken_for_it(without: Notebook) -> None:
    """`task` is a name that people use, and may only not be defined yet."""
    reply = without.run("%pmap -c task range(3)")

    assert "dask" not in reply.stderr + "".join(one.evalue for one in reply.errors)


@pytest.fixture
def standing_in(without: Notebook) -> Iterator[Notebook]:
    """Give that notebook with a client in name only: an executor of processes with a dask's face.

    So what goes through a client is run where dask is not installed, too.
    """
    without.do(
        "import types\n"
        "import multiprocessing\n"
        "from concurrent.futures import Executor, ProcessPoolExecutor\n"
        f"context = multiprocessing.get_context('{METHOD}')\n"
        "processes = ProcessPoolExecutor(3, mp_context=context)\n"
        "class Connected(Executor):\n"
        "    def submit(self, *args): return processes.submit(*args)\n"
        "class Client:\n"
        "    def get_executor(self): return Connected()\n"
        "    def nthreads(self): return dict.fromkeys(self.addresses, 1)\n"
        "client, closed = Client(), Client()\n"
        "client.addresses = [f'tcp://127.0.0.1:{port}' for port in (1, 2, 3)]\n"
        "sys.modules['distributed'] = types.SimpleNamespace(\n"
        "    Client=Client, default_client=lambda: client)"
    )
    yield without
    without.do("del sys.modules['distributed']; processes.shutdown()")


def test_a_client_has_as_many_workers_as_are_connected(standing_in: Notebook) -> None:
    """In a variable, as the one that is open, and beside other backends."""
    nb = standing_in
    nb.do("one = %pmap -q -b client -o run abs range(20)")
    nb.do("two = %pmap -q -b dask -o other abs range(20)")
    nb.do("%pmap -q -c thread,dask -w 2 -o both abs range(20)")
    nb.do("%pmap -q -c all -o every abs range(3)")

    assert nb.get("one == two == list(range(20)), run.workers, other.workers") == (True, 3, 3)
    assert nb.get("other.backend, {one.workers for one in (both, *both.others)}") == ("dask", {2})
    assert nb.get("parmagic.pmap(abs, [-1], backend=client).values") == [1]
    assert nb.get("'dask' in [one.backend for one in (every, *every.others)]")
    assert "client" in nb.complete("%pmap -b clie")


def test_a_client_that_is_closed_is_refused(standing_in: Notebook) -> None:
    """By what it raises when it is asked for its workers."""
    assert "not connected" in standing_in.run("%pmap -b closed abs range(3)").usage_error


def test_a_client_that_is_just_closed_is_not_waited_for(standing_in: Notebook) -> None:
    """What it is given then is never begun, and nobody says so."""
    standing_in.do(
        "from concurrent.futures import Future\n"
        "class Never(Executor):\n"
        "    _client = types.SimpleNamespace(status='closing')\n"
        "    def submit(self, *args): return Future()\n"
        "closing = Client()\n"
        "closing.addresses, closing.get_executor = client.addresses, Never\n"
        "sys.modules['distributed.cfexecutor'] = types.SimpleNamespace(ClientExecutor=Never)"
    )
    reply = standing_in.run("%pmap -b closing abs range(3)")
    standing_in.do("del sys.modules['distributed.cfexecutor']")

    assert "its client was closed): make a new one" in reply.stderr


def test_a_client_whose_workers_are_threads_of_the_notebook_is_refused(
    standing_in: Notebook,
) -> None:
    """By their addresses, with what to use instead."""
    standing_in.do("client.addresses = ['inproc://10.0.0.1/1/2']")
    message = standing_in.run("%pmap -b dask leave range(3)").usage_error

    assert "`-b thread`" in message
    assert standing_in.get("ran()") == []


@pytest.mark.parametrize("option", OPTIONS)
def test_what_no_client_can_do_is_refused(standing_in: Notebook, option: str) -> None:
    """In one line, with what to type instead, before anything runs."""
    message = standing_in.run(f"%pmap -b dask {option} leave range(3)").usage_error

    assert "-b pool" in message
    assert standing_in.get("ran()") == []


def test_all_leaves_it_out_where_its_workers_are_elsewhere(standing_in: Notebook) -> None:
    """Or where a queue is asked for, which dask has not: a comparison of all is not refused."""
    nb = standing_in
    nb.do("%pmap -q -c all --queue -o queued abs range(3)")
    nb.do("client.addresses = ['tcp://10.0.0.1:1', 'tcp://127.0.0.1:2']")
    nb.do("%pmap -q -c all -o every abs range(3)")

    backends = "[one.backend for run in (queued, every) for one in (run, *run.others)]"
    assert "dask" not in nb.get(backends)


def test_what_cannot_be_sent_is_refused_before_the_serial_run(standing_in: Notebook) -> None:
    """As for the backends of our own: the time of a serial run would be lost."""
    standing_in.do("import threading\nlock = threading.Lock()\ndef hold(x): return leave(x), lock")
    message = standing_in.run("%pmap -c dask hold range(3)").usage_error

    assert "`lock`" in message
    assert standing_in.get("ran()") == []


@pytest.fixture(scope="module")
def nb() -> Iterator[Notebook]:
    """Give a notebook with a client of two processes."""
    if find_spec("distributed") is None:
        pytest.skip("dask.distributed is not installed")
    with Notebook(start_method=METHOD) as notebook:
        notebook.do(
            "import os, parmagic, time\n"
            "from dask.distributed import Client\n"
            f"client = {CLIENT.format(2)}\n"
            "def pid(_): time.sleep(0.02); return os.getpid()\n"
            "def pids(client): return set(client.run(os.getpid).values())\n"
            "def plus(x, y=1): return x + y\n"
            "def fail_at_three(x):\n"
            "    if x == 3:\n"
            "        raise ValueError('three')\n"
            "    return x\n"
        )
        yield notebook
        notebook.do("client.shutdown()")


def test_functions_of_the_notebook_run_on_the_client_that_is_open(nb: Notebook) -> None:
    """By whichever way it is named, and as many at a time as it has workers."""
    nb.do(
        "one = %pmap -q -b dask -o run pid range(8)\n"
        "two = %pmap -q -b client -o other pid range(8)\n"
        "third = parmagic.pmap(pid, range(8), backend='dask', workers=1)"
    )

    assert nb.get("{*one, *two, *third} <= pids(client)")
    assert nb.get("(run.backend, run.workers), (other.backend, other.workers)") == (
        ("dask", 2),
        ("dask", 2),
    )
    assert nb.get("third.backend, third.workers") == ("dask", 1)


def test_it_may_be_the_default(nb: Notebook) -> None:
    """By `%config`; then a line need not name it."""
    nb.do('%config ParallelMagics.backend = "dask"')
    nb.do("%pmap -q -o run plus range(5)")
    nb.do('%config ParallelMagics.backend = "pool"')

    assert nb.get("run.backend, run.values") == ("dask", [1, 2, 3, 4, 5])


def test_a_cell_runs_on_it(nb: Notebook) -> None:
    """A call that reads what others return starts when they are done."""
    nb.do("%%parallel -q -b dask -o run\na = plus(1)\nb = plus(2)\nc = plus(a, b)")

    assert nb.get("a, b, c, run.backend") == (2, 3, 5, "dask")


@pytest.mark.parametrize("names", ["thread,dask", "all"])
def test_it_is_compared_with_others(nb: Notebook, names: str) -> None:
    """And is one of all while its client is open."""
    nb.do(f"%pmap -q -c {names} -o run plus range(5)")

    assert nb.get("{'thread', 'dask'} <= {one.backend for one in (run, *run.others)}")
    assert nb.get("run.difference") is None


def test_an_error_has_the_line_of_its_cell(nb: Notebook) -> None:
    """As it has serially; what came before it is kept, and the client works on."""
    reply = nb.run("%pmap -q -b dask fail_at_three range(8)")

    assert reply.error.ename == "ValueError"
    assert "raise ValueError('three')" in reply.error.traceback
    check_frames(reply.error)
    assert nb.get("parmagic.last_run().values[:3]") == [0, 1, 2]
    assert nb.get("client.submit(abs, -1).result()") == 1


def test_of_several_clients_it_is_the_one_that_dask_would_use(nb: Notebook) -> None:
    """The last that was made, unless another is made the current one; a closed one is none."""
    nb.do(f"second = {CLIENT.format(1)}")
    nb.do("last = %pmap -q -b dask pid range(4)")
    nb.do("with client.as_current():\n    first = %pmap -q -b dask pid range(4)")
    nb.do("hers = pids(second); second.shutdown()")
    nb.do("then = %pmap -q -b dask pid range(4)")

    assert nb.get("{*last} <= hers, {*first} <= pids(client)") == (True, True)
    assert nb.get("{*then} <= pids(client)")
    assert "not connected" in nb.run("%pmap -b second plus range(3)").usage_error


def test_one_whose_workers_are_threads_is_refused_before_all_else(nb: Notebook) -> None:
    """There nothing may take the place of `__main__`; a comparison would be lost at its end."""
    nb.do("threads = Client(processes=False, n_workers=1, dashboard_address=None)")
    message = nb.run("%pmap -b dask plus range(3)").usage_error
    compared = nb.run("%pmap -c thread,dask plus range(3)").usage_error
    nb.do("%pmap -q -c all -o run plus range(3)")
    nb.do("threads.shutdown()")

    assert message == compared
    assert "`-b thread`" in message
    assert "dask" not in nb.get("[one.backend for one in (run, *run.others)]")


def test_an_interrupt_leaves_it_usable() -> None:
    """What is finished is kept, and the client works on, if its workers do: else that is said."""
    if find_spec("distributed") is None:
        pytest.skip("dask.distributed is not installed")
    with Notebook(start_method=METHOD) as nb:
        nb.do(
            "import signal, time\n"
            "from dask.distributed import Client\n"
            "from parmagic.run import clients\n"
            "def stay(): signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
            f"client = {CLIENT.format(2)}\n"
            "client.run(stay)\n"
            "def begin(x):\n"
            "    time.sleep(0.05)  # so that a chunk has one task\n"
            "    if x < 2: return x\n"
            "    open(f'begun-{x}', 'w').close()\n"
            "    time.sleep(1); return x"
        )
        tasks = [0, 1, 0, 1, *range(2, 11)]  # so few that none is run out of its order
        reply = nb.stop(f"%pmap -b dask -o run begin {tasks}", mark="begun-3")

        assert reply.error.ename == "KeyboardInterrupt"
        assert "2 tasks may still run on the workers of dask" in reply.stderr
        assert nb.get("run.values[:4]") == [0, 1, 0, 1]
        nb.do("values = %pmap -q -b dask abs range(4)")
        assert nb.get("values, client.submit(abs, -1).result()") == ([0, 1, 2, 3], 1)
        nb.do("client.retire_workers(list(client.nthreads())); clients.SOON = 0.1")
        assert "no worker is connected" in nb.run("%pmap -b dask abs range(4)").stderr
        nb.do("client.shutdown()")
