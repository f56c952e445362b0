"""Where workers × elapsed went: each worker's time is cut at the clocks of its own tasks.

Before its first task a worker starts and gets the code; between tasks, results and items travel
and chunks are chosen; after its last task it waits for the others. So the parts add up to the
whole by construction. Of the time in tasks, what is certain to be work is told from what may have
been waiting for others that used the same processor (see `baseline`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parmagic.measure.spell import spells_of

if TYPE_CHECKING:
    from parmagic.measure.record import Run


_ROUNDING = 1e-9  # of a sum: differences this small are those of adding in another order


@dataclass(frozen=True)
class Breakdown:
    """Seconds of all workers together; the first six add up to workers × elapsed."""

    work: float  # in tasks, and certain to be needed also serially
    contention: float  # in tasks, and at most so long slower beside others: for the GIL, a CPU
    startup: float  # before each worker's first task
    travel: float  # between tasks: items and results on their way, and our own overhead
    waiting: float  # after each worker's last task, for the others; all of it where it had none
    notebook: float  # while the notebook itself ran statements of a cell between the tasks
    balance: float  # load balance: mean over most time in tasks, of the workers; 1.0 is even
    efficiency: float  # parallel efficiency: the part of the whole that is work

    @property
    def whole(self) -> float:
        """Workers × elapsed."""
        return sum(self.parts.values())

    @property
    def parts(self) -> dict[str, float]:
        """The parts by their names, in the order in which they are shown."""
        return {
            "useful work": self.work,
            "contention": self.contention,
            "start-up": self.startup,
            "transfer, overhead": self.travel,
            "waiting": self.waiting,
            "notebook": self.notebook,
        }


def breakdown_of(run: Run) -> Breakdown:
    """Cut the time of each worker at the clocks of its tasks."""
    lanes: defaultdict[int, list[float]] = defaultdict(lambda: [run.elapsed, 0.0, 0.0])
    for spell in spells_of(run.tasks):
        lane = lanes[spell.worker]  # first start, last end, seconds in tasks
        lane[0] = min(lane[0], spell.started)
        lane[1] = max(lane[1], spell.finished)
        lane[2] += spell.duration
    used = [(max(0.0, first), min(last, run.elapsed), busy) for first, last, busy in lanes.values()]
    inside = sum(busy for _, _, busy in used)
    startup = sum(first for first, _, _ in used)
    waiting = sum(run.elapsed - last for _, last, _ in used)
    waiting += run.elapsed * max(0, run.workers - len(used))
    whole = run.elapsed * max(run.workers, len(used))
    travel = max(0.0, whole - inside - startup - waiting)
    unsure = inside - run.work
    contention = unsure if unsure > _ROUNDING * inside else 0.0
    # While the notebook ran its own statements, workers were between, before or after tasks.
    notebook = min(run.between * run.workers, travel + waiting + startup)
    rest = notebook
    for_travel = min(rest, travel)
    rest -= for_travel
    for_waiting = min(rest, waiting)
    rest -= for_waiting
    most = max((busy for _, _, busy in used), default=0.0)
    return Breakdown(
        work=inside - contention,
        contention=contention,
        startup=startup - rest,
        travel=travel - for_travel,
        waiting=waiting - for_waiting,
        notebook=notebook,
        balance=inside / max(run.workers, len(used)) / most if most else 1.0,
        efficiency=(inside - contention) / whole if whole else 1.0,
    )
