"""What tasks return and the notebook cannot have: it is said of that task, and of no other."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from types import FunctionType

import numpy as np
import pytest

from kernel import MEET, Notebook
from marks import by_any_method, on_workers
from parmagic.modules.values import made
from parmagic.run.workers import values

COUNT = 1500  # tasks so short that many travel in one message


@pytest.fixture(scope="module", autouse=True)
def _definitions(notebook: Notebook) -> None:
    notebook.do(
        f"import parmagic, threading\n{MEET}\n"
        "from collections import Counter\n"
        "class Odd(Exception):\n"
        "    def __init__(self, a, b):\n"
        "        super().__init__(a)\n"
        "        self.b = b\n"
        "def ran(i):\n"
        "    with open('ran', 'a') as file: file.write(f'{i}\\n')\n"
        "def counted():\n"
        "    with open('ran') as file: return Counter(map(int, file))\n"
        "def wrong(run): return [i for i, value in enumerate(run.values) if value != i]"
    )


@pytest.fixture(autouse=True)
def _nothing_ran(notebook: Notebook) -> None:
    (notebook.folder / "ran").unlink(missing_ok=True)


def test_a_value_that_cannot_be_read_takes_no_other_with_it(notebook: Notebook) -> None:
    """Of many in one message, the one is named, and no task runs twice."""
    notebook.do("def odd(i):\n    ran(i)\n    return Odd('x', i) if i == 700 else i")

    notebook.do(f"%pmap -q -b pool -w 2 --errors keep -o run odd range({COUNT});")

    assert notebook.get("wrong(run)") == [700]
    assert "cannot be read in the notebook (TypeError: Odd.__init__()" in notebook.get(
        "str(run.values[700])"
    )
    assert notebook.get("max(counted().values()), len(counted())") == (1, COUNT)


def test_the_first_task_whose_value_cannot_be_read_is_the_one_that_is_named(
    notebook: Notebook,
) -> None:
    """Also where the exception is raised, and hidden in other values."""
    notebook.do("def deep(i): return {'odd': [Odd('x', i)]} if i >= 700 else {'even': [i]}")

    error = notebook.run(f"%pmap -q -b pool -w 2 -o run deep range({COUNT})").error

    assert f"(raised by item 700 of {COUNT}" in error.traceback
    assert notebook.get("run.values[:700] == [{'even': [i]} for i in range(700)]")


@pytest.mark.parametrize("pause", ["", "    time.sleep(0.0005)\n"], ids=["together", "each"])
def test_no_task_runs_again_for_the_sake_of_anothers_value(notebook: Notebook, pause: str) -> None:
    """The values beside one that cannot be sent are there, and all have their clocks."""
    notebook.do(
        f"def tenth(i):\n    ran(i)\n{pause}    return (x for x in ()) if i % 10 == 0 else i"
    )

    for _ in range(2):  # the second time, it is known how short they are
        notebook.do(f"%pmap -q -b pool -w 2 --errors keep -o run tenth range({COUNT});")

    assert notebook.get("set(counted().values()), len(counted())") == ({2}, COUNT)
    assert notebook.get("wrong(run)") == list(range(0, COUNT, 10))
    assert "the task returned a generator" in notebook.get("str(run.values[10])")
    assert notebook.get("all(task.started <= task.finished for task in run.tasks)")


def test_only_the_task_whose_value_cannot_be_sent_is_tried_again(notebook: Notebook) -> None:
    """Those beside it in its message have succeeded."""
    notebook.do("def once(i):\n    ran(i)\n    return threading.Lock() if i == 700 else i")

    notebook.do(f"%pmap -q -b pool -w 2 --retries 2 --errors keep -o run once range({COUNT});")

    assert notebook.get("wrong(run)") == [700]
    assert notebook.get("[pair for pair in counted().items() if pair[1] > 1]") == [(700, 3)]


def test_thousands_of_items_that_cannot_be_sent_are_thousands_of_errors(notebook: Notebook) -> None:
    """However many there are side by side."""
    notebook.do("def one(_): return 1\nmixed = [1] * 6000 + [threading.Lock()] * 6000 + [1]")

    notebook.do("%pmap -q -b pool -w 2 --errors keep -o run one mixed;")

    assert notebook.get("run.failed, run.values.count(1)") == (6000, 6001)


def test_what_was_finished_is_kept_if_the_notebook_itself_fails(notebook: Notebook) -> None:
    """Whatever it is, the run ends by it, and the record is made."""
    notebook.do(
        "class Full:\n"
        "    def write(self, text):\n"
        "        if text == 'item 3\\n': raise OSError('no space left')\n"
        "    def flush(self): pass\n"
        "def said(i): print('item', i); return i\n"
        "full = Full()"
    )

    reply = notebook.run(
        "import contextlib\n"
        "with contextlib.redirect_stdout(full):\n"
        "    parmagic.pmap(said, range(4), backend='process', workers=1)"
    )

    assert (reply.error.ename, reply.error.evalue) == ("OSError", "no space left")
    assert notebook.get("parmagic.last_run().values[:3]") == [0, 1, 2]
    assert notebook.get("type(parmagic.last_run().error).__name__") == "OSError"


def test_an_interrupt_while_values_are_compared_loses_nothing(notebook: Notebook) -> None:
    """The run is there, and says that it was interrupted."""
    notebook.do(
        "import signal\n"
        "class Slow:\n"
        "    def __init__(self, kernel): self.kernel = kernel\n"
        "    def __eq__(self, other):\n"
        "        if os.getpid() == self.kernel: signal.raise_signal(signal.SIGINT)\n"
        "        return True\n"
        "    __hash__ = None\n"
        "kernel = os.getpid()\n"
        "def slow(i): return Slow(kernel)"
    )

    reply = notebook.run("%pmap -q -w 2 --compare pool,thread -o run slow range(3)")

    assert reply.error.ename == "KeyboardInterrupt"
    assert notebook.get("len(run.values), run.serial is not None") == (3, True)
    assert notebook.get("[other.backend for other in run.others]") == ["thread"]


@pytest.mark.parametrize("backend", ["pool", "process"])
def test_a_run_whose_workers_another_thread_ends_fails_and_keeps_what_is_finished(
    notebook: Notebook, backend: str
) -> None:
    """It must not be taken for complete; and the next run has new workers."""
    # A name of its own: tasks that are known to be short travel together, and no value comes alone.
    waits = f"waits_on_{backend}"
    notebook.do(
        "from parmagic.run.backends import pool\n"
        f"def {waits}(i):\n"
        "    if i == 1:\n"
        "        touch('begun')\n"
        "        wait_for('never')\n"
        "    return i\n"
        "found = {}\n"
        "def map_all():\n"
        f"    try: parmagic.pmap({waits}, range(2), workers=1, backend={backend!r})\n"
        "    except Exception as error: found['error'] = error\n"
        "thread = threading.Thread(target=map_all)\n"
        "thread.start()\n"
        "wait_for('begun')\n"
        "os.remove('begun')\n"
        "pool.close()\n"
        "thread.join()"
    )

    assert "WorkerDied('the workers were ended while the run went on" in notebook.get(
        "repr(found['error'])"
    )
    assert notebook.get("parmagic.last_run().values[0]") == 0
    assert notebook.get(f"parmagic.pmap({waits}, [2], workers=1).values") == [2]


@pytest.mark.parametrize("backend", ["pool", "process"])
def test_a_worker_that_dies_is_missed_though_what_it_has_forked_lives(
    notebook: Notebook, backend: str
) -> None:
    """A process that a task leaves behind holds open what its worker had open."""
    notebook.do(
        "def leaves(i):\n"
        "    if i != 1: return i\n"
        "    if os.fork() == 0:\n"
        f"        wait_for('over-{backend}')\n"
        "        os._exit(0)\n"
        "    os._exit(3)"
    )

    reply = notebook.run(f"%pmap -q -b {backend} -w 1 -o run leaves range(3)")
    notebook.do(f"touch('over-{backend}')")

    assert reply.error.ename == "WorkerDied"
    assert notebook.get("[run.values[0], run.values[2]]") == [0, 2]


def test_a_value_that_only_its_worker_can_read_takes_no_other_with_it(notebook: Notebook) -> None:
    """As one that refers to a module which a task has made."""
    notebook.do(
        "import sys, types\n"
        "class Local:\n"
        "    def __reduce__(self):\n"
        "        made = sys.modules['only_here'] = types.ModuleType('only_here')\n"
        "        exec('def make(): pass', vars(made))\n"
        "        return made.make, ()\n"
        "def local(i): return Local() if i == 700 else i"
    )

    notebook.do(f"%pmap -q -b pool -w 2 --errors keep -o run local range({COUNT});")

    assert notebook.get("wrong(run)") == [700]
    assert "No module named 'only_here'" in notebook.get("str(run.values[700])")


@by_any_method
def test_arrays_and_numbers_of_numpy_are_told_from_what_may_hold_anything() -> None:
    """Only the second may be unpickled to see whether that can be done."""
    assert values._are_plain([np.float64(0.5), np.arange(3), 1])
    assert not values._are_plain([np.array([{}, None]), np.arange(3)])
    assert not values._are_plain([(1,), ValueError()])


@pytest.mark.parametrize(
    "named",
    [Counter(), len, OSError, OSError("x"), {1: Decimal(1)}, [np.float64(1)]],
    ids=lambda named: type(named).__name__,
)
@by_any_method
def test_a_class_is_seen_wherever_it_stands_and_only_a_class(named: object) -> None:
    """Only values of classes, and functions, are unpickled to see whether that can be done."""
    module, name = type(named).__module__, type(named).__qualname__
    plain = [[n * n for n in range(1000)], {"a": (0.5, module, name)}, b"\x94\x93", {None}]

    assert not values._wrap_noting(plain, ())[1]
    assert values._wrap_noting([*plain, named], ())[1]
    assert values._wrap_noting([{name: [named]}, *plain], ())[1]


def test_no_task_runs_twice_where_the_name_of_a_class_is_returned_with_an_object(
    notebook: Notebook,
) -> None:
    """Its class cannot be unpickled, which is found out in the worker."""
    notebook.do(
        "def told(i):\n    ran(i)\n    return (Odd.__name__, Odd('x', i)) if i == 700 else i"
    )

    notebook.do(f"%pmap -q -b pool -w 2 --errors keep -o run told range({COUNT});")

    assert notebook.get("wrong(run)") == [700]
    assert notebook.get("max(counted().values()), len(counted())") == (1, COUNT)


@on_workers
def test_functions_that_a_task_makes_come_back(notebook: Notebook, backend: str) -> None:
    """With all that they hold, which they share as serially; the notebook's globals are theirs."""
    notebook.do(
        "from collections import defaultdict\n"
        "OFFSET = 1\n"
        "def count(word):\n"
        "    found = defaultdict(lambda: 0)\n"
        "    found[word] += 1\n"
        "    return found\n"
        "def pair(n):\n"
        "    seen = []\n"
        "    def add(x, *, times=[2], **more) -> int:\n"
        "        'Add.'\n"
        "        seen.append(x)\n"
        "        return add if x < 0 else (x * times[0] + n + OFFSET, len(seen))\n"
        "    add.tag = n\n"
        "    return add, lambda: list(seen)\n"
        "class Held:\n"
        "    def __init__(self, n): self.__n = n\n"
        "    def read(self): return lambda: self.__n\n"
        "def held(n): return Held(n).read()\n"
    )

    notebook.do(f"counts = %pmap -q -b {backend} count 'abc'")
    assert notebook.get("counts == [{'a': 1}, {'b': 1}, {'c': 1}], counts[0]['z']") == (True, 0)
    notebook.do(f"pairs = %pmap -q -b {backend} pair range(3)")
    notebook.do("OFFSET = 100\n(add, seen), other = pairs[1], pairs[2][1]")
    assert notebook.get("add(5), add(6), seen(), other(), add(-1) is add") == (
        *((111, 1), (113, 2), [5, 6], [], True),
    )
    notebook.do("names = add.__name__, add.__qualname__, add.__module__, add.__doc__, add.tag")
    assert notebook.get("names") == ("add", "pair.<locals>.add", "__main__", "Add.", 1)
    assert notebook.get("add.__annotations__ == {'return': int}")
    notebook.do(f"found = %pmap -q -b {backend} held range(3)")
    assert notebook.get("[one() for one in found]") == [0, 1, 2]
    error = notebook.run("add('x', times=1)").error
    assert "---> 12         return add if x < 0" in error.traceback


@on_workers
def test_functions_that_a_task_makes_of_a_module_come_back(
    notebook: Notebook, backend: str
) -> None:
    """They have the globals that their module has in the notebook, and can be sent again."""
    (notebook.folder / "makers.py").write_text(
        "SCALE = 10\ndef make(n):\n    def times(x): return x * n * SCALE\n    return times\n"
    )
    notebook.do("import makers")

    notebook.do(f"made = %pmap -q -b {backend} makers.make range(1, 3)")
    notebook.do("makers.SCALE = 100")

    assert notebook.get("[one(1) for one in made]") == [100, 200]
    notebook.do(f"again = %pmap -q -b {backend} one(1) for one in made")
    assert notebook.get("again") == [10, 20]  # a worker has the module as its file has it


@on_workers
def test_what_a_function_holds_that_cannot_be_sent_back_is_named(
    notebook: Notebook, backend: str
) -> None:
    """By the way to it."""
    notebook.do("def locked(n):\n    lock = threading.Lock()\n    return {'f': lambda: lock}")

    error = notebook.run(f"%pmap -q -b {backend} locked [1]").error

    assert "because of `value['f'] (its variable lock)` (_thread.lock)" in error.evalue


@by_any_method
def test_code_of_another_version_of_python_is_not_run() -> None:
    """As that of a worker that an executor has elsewhere: it might crash the notebook."""

    def local() -> None:
        pass

    assert isinstance(local, FunctionType)
    taken = made.take_apart(local)
    assert taken is not None
    make, (version, *rest) = taken[:2]

    with pytest.raises(TypeError, match="whose code is of another version of Python"):
        make(version + 1, *rest)
