"""Processes that tasks fork themselves: they end where the task does, and say nothing for it."""

from __future__ import annotations

import sys

import pytest

from kernel import Notebook, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
in_parallel = pytest.mark.parametrize("backend", ["pool", "process", "thread"])


@pytest.fixture(scope="module", autouse=True)
def _definitions(notebook: Notebook) -> None:
    notebook.do(
        "import os, sys, time\n"
        "def code_of(pid): return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])"
    )


@in_parallel
@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("sys.exit(3)", 3),
        ("sys.exit()", 0),
        ("sys.exit('why')", 1),
        ("raise ValueError(x)", 1),
        ("return 'of the child'", 0),
    ],
)
def test_a_forked_child_ends_as_one_of_multiprocessing(
    notebook: Notebook, backend: str, end: str, code: int
) -> None:
    """And each value is that of the worker's own task."""
    notebook.do(
        "def task(x):\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        f"        {end}\n"
        "    return x, code_of(pid)"
    )

    values = notebook.get(f"%pmap -q -w 2 -b {backend} task range(3)")

    assert values == [(x, code) for x in range(3)]


@in_parallel
def test_a_child_that_nobody_waits_for_gives_no_values(notebook: Notebook, backend: str) -> None:
    """What it says at its end is not taken for what the worker says."""
    notebook.do(
        "def task(x):\n    if os.fork() == 0: sys.exit()\n    time.sleep(0.01)\n    return x"
    )

    assert notebook.get(f"%pmap -q -w 2 -b {backend} task range(6)") == list(range(6))


def test_a_child_that_comes_back_from_a_short_task_runs_no_other(notebook: Notebook) -> None:
    """Of short tasks many are run at once: one of thousands forks, and its child writes no more."""
    notebook.do(
        "def task(x):\n"
        "    if x == 3000:\n"
        "        pid = os.fork()\n"
        "        return code_of(pid) if pid else None\n"
        "    if x > 3000: os.path.exists('any') or open(str(os.getpid()), 'a').close()\n"
        "    return -x"
    )
    notebook.do("%pmap -q -w 1 task range(3000)")

    notebook.do("values = %pmap -q -w 1 task range(3200)")

    assert notebook.get("values[2999:3002]") == [-2999, 0, -3001]
    written = [path for path in notebook.folder.iterdir() if path.name.isdigit()]
    assert len(written) == 1
    written[0].unlink()


@pytest.mark.parametrize("backend", ["pool", "process"])
def test_a_child_that_goes_on_outlives_no_worker_as_one(notebook: Notebook, backend: str) -> None:
    """What it still prints is shown, and it ends when its task's code does."""
    notebook.do(
        "def task(x):\n"
        "    if os.fork() == 0:\n"
        "        print('from the child')\n"
        "        open(f'child-{os.getpid()}', 'w').close()\n"
        "        return 'twice'\n"
        "    return x"
    )

    assert notebook.get(f"%pmap -q -w 1 -b {backend} task [1, 2]") == [1, 2]

    wait_until(lambda: len(list(notebook.folder.glob("child-*"))) == 2)
    for path in notebook.folder.glob("child-*"):
        pid = int(path.name.partition("-")[2])
        wait_until(lambda pid=pid: pid not in {one.pid for one in notebook.children()})  # type: ignore[misc]
        path.unlink()


@pytest.mark.parametrize("backend", ["serial", "thread", "process", "pool"])
def test_a_process_that_a_task_forks_is_told_that_it_cannot_enqueue(
    notebook: Notebook, backend: str
) -> None:
    """What it added was lost without a word; a run of its own it may have."""
    notebook.do(
        "import multiprocessing, parmagic\nfrom parmagic import enqueue\n"
        "def copied(n):\n"
        "    try: enqueue(abs, n)\n"
        "    except parmagic.QueueError as error: return str(error)\n"
        "def own(n): return parmagic.pmap(copied, [-n], queue=True, backend='serial').values\n"
        "def forked(function):\n"
        "    with multiprocessing.get_context('fork').Pool(1) as copies:\n"
        "        return copies.map(function, [4])[0]"
    )

    refused, own = notebook.get(f"%pmap -q -Q -b {backend} forked [copied, own]")

    assert "`abs(4)` cannot be enqueued here: call `enqueue` in the task itself" in refused
    assert own == [None, 4]
