"""How long tasks waited for processors that other programs had.

Linux counts how long a thread could have run but was given no processor. It does not say who had
the processors. The run itself has them for a part of that: for the tasks that are more than there
are processors, and for what else it runs. The rest of the waiting, other programs have caused.
"""

from __future__ import annotations

from parmagic.measure.baseline import IN_PROCESS
from parmagic.measure.record import Run


def elsewhere(run: Run) -> float:
    """Return the least that tasks waited for other programs, in seconds of all workers."""
    traffic = run.traffic
    crowd = run.workers / run.cpus  # tasks for each processor
    others = traffic.spent - run.computed if run.backend in IN_PROCESS else traffic.spent
    others = max(0.0, others) + traffic.beside + _starting(run)
    return max(0.0, traffic.waited - run.computed * max(0.0, crowd - 1) - others * max(1.0, crowd))


def _starting(run: Run) -> float:
    """Return for how long processes were started, and so others ended, while the run went on."""
    started = {(one.worker, one.born): one.ready for one in run.traffic.passages}
    return sum(max(0.0, ready - max(0.0, born)) for (_, born), ready in started.items())
