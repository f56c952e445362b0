"""Where the system gives no more processes, a run goes on with fewer."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import parmagic
from kernel import LIMIT, environment
from mapped import mark
from parmagic.run.backend import PROCESSES
from parmagic.run.processes import launch
from parmagic.run.processes.handle import Handle

# As where the number of a user's processes is limited, for the fork server alone.
SITE = """
import os, sys

if any("forkserver import main" in one for one in sys.orig_argv):
    usual = os.fork

    def fork():
        with open(f"/proc/self/task/{os.getpid()}/children") as told:
            if len(told.read().split()) >= 2:
                raise BlockingIOError(11, "Resource temporarily unavailable")
        return usual()

    os.fork = fork
"""

SCRIPT = """
import os, sys, time, parmagic

def once(x):
    with open(f"ran-{x}", "a") as file:
        file.write("x")
    time.sleep(0.2)
    return x

run = parmagic.pmap(once, range(8), workers=4, backend=sys.argv[1], start_method="forkserver")
print(run.values, {len(open(f"ran-{x}").read()) for x in range(8)})
print({task.worker for task in run.tasks} <= {0, 1})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is told from what Linux says")
@pytest.mark.parametrize("backend", ["pool", "process"])
def test_no_task_is_lost_where_no_more_processes_are_to_be_had(
    tmp_path: Path, backend: str
) -> None:
    """None is run twice, either: the fork server lives, and so do those that it has started."""
    (tmp_path / "sitecustomize.py").write_text(SITE)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    variables = environment(tmp_path, tmp_path)
    variables["PYTHONPATH"] = os.pathsep.join([str(tmp_path), variables["PYTHONPATH"]])

    done = subprocess.run(
        [sys.executable, str(script), backend],
        check=False,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        cwd=tmp_path,
        env=variables,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{[*range(8)]} {{1}}", "True"]


def test_a_run_goes_on_with_the_threads_that_could_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the system has no more, as for a large number of them."""
    usual, started = threading.Thread.start, list[threading.Thread]()

    def start(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        usual(thread)

    monkeypatch.setattr(threading.Thread, "start", start)

    assert parmagic.pmap(abs, [-1, -2, -3], workers=3, backend="thread").values == [1, 2, 3]


# As where a module of the user's has the name of one that Python needs.
STILLBORN = """
import os, sys, time

def starts():
    with open("starts", "a") as file:
        file.write("x")
    time.sleep(0.5)  # until it has been told what it is for
    os._exit(3)

if any("spawn_main" in one for one in sys.orig_argv):
    starts()
if any("forkserver import main" in one for one in sys.orig_argv):
    usual = os.fork
    os.fork = lambda: usual() or starts()
"""

TRIES = """
import os, sys, parmagic

try:
    parmagic.pmap(abs, range(100), workers=2, backend=sys.argv[1], start_method=sys.argv[2])
except parmagic.WorkerDied as error:
    print(error)
    assert error.__context__ is None or error.__suppress_context__, "shown with lines of ours"
print(os.path.getsize("starts"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the start is told by a command of Unix")
@pytest.mark.parametrize("method", launch.methods())
@pytest.mark.parametrize("backend", PROCESSES)
def test_no_task_is_blamed_where_no_worker_lives_to_be_given_one(
    tmp_path: Path, backend: str, method: str
) -> None:
    """The run ends, and two processes are not started for each of its tasks."""
    (tmp_path / "sitecustomize.py").write_text(STILLBORN)
    script = tmp_path / "script.py"
    script.write_text(TRIES)
    variables = environment(tmp_path, tmp_path)
    variables["PYTHONPATH"] = os.pathsep.join([str(tmp_path), variables["PYTHONPATH"]])

    done = subprocess.run(
        [sys.executable, str(script), backend, method],
        check=False,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        cwd=tmp_path,
        env=variables,
    )

    said, starts = done.stdout.splitlines()
    assert said.startswith("worker processes end as they start, by exit code 3: ")
    assert int(starts) < 50
    assert done.stderr == ""


def test_what_a_worker_has_sent_back_before_it_died_is_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though that it is dead is found out as it is given something else."""
    usual, dead = Handle.give, list[Handle]()

    def give(worker: Handle, *given: Any) -> None:
        if worker.given and not dead:
            dead.append(worker)
            assert worker.connection.poll(LIMIT)
            worker.process.kill()
            worker.process.join(LIMIT)
        usual(worker, *given)

    parmagic.pmap(mark, [f"{tmp_path}/0"] * 100, workers=1)
    monkeypatch.setattr(Handle, "give", give)
    parmagic.pmap(mark, [f"{tmp_path}/{number}" for number in range(1, 100)], workers=1)

    assert dead
    assert {path.read_text() for path in tmp_path.iterdir() if path.name != "0"} == {"x"}
