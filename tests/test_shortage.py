"""Where the system gives no more processes, a run goes on with fewer."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import parmagic
from kernel import LIMIT, environment

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
