"""What it costs to run tasks on a backend: a small model of each, with its costs in seconds.

What depends on the tasks is measured (see `run.sample`): their times, the sizes of their items and
values, the time to pickle these, and to write what workers import. The costs of processes, threads
and messages are those of a common machine of 2 GHz: they decide only where tasks are short.
"""

from __future__ import annotations

import math
from typing import NamedTuple

START = {"forkserver": 0.016, "spawn": 0.12}  # seconds until a new worker process listens
FIRST = {"forkserver": 0.08, "spawn": 0.0}  # more seconds until the first does: its server starts
INTERPRETER = 0.08  # seconds until a new interpreter listens
MESSAGE = 300e-6  # seconds in which a chunk goes to a worker and its values come back
ANSWERED = 150e-6  # seconds of these that the notebook itself needs
ITEM = 2e-6  # seconds of one more item in a chunk: its place, its value, its clocks
SWITCH = 0.005  # seconds that a thread keeps the GIL while others wait for it
THREAD = 100e-6  # seconds until a new thread runs
HANDED = 15e-6  # seconds to give a task to a thread
CHUNK = 0.05  # seconds of tasks that share a message, at most
SHARE = 3  # messages for each worker, at least
BANDWIDTH = 4e9  # bytes a second through a pipe


class Costs(NamedTuple):
    """What the machine has, and what its processes cost, as they were found; times in seconds."""

    processors: int
    gil: bool  # whether threads exclude each other while they compute
    start: float  # until a new worker process listens
    first: float  # more of these for the first one
    warm: int  # workers of the pool that listen already
    loading: float = 0.0  # until a new process has imported what the tasks use, if that was seen
    packed: float = 0.0  # to write what the workers import
    interpreters: int = 0  # that listen already


class Held(NamedTuple):
    """For what part of their computing tasks keep other threads from computing, by the GIL."""

    low: float
    middle: float
    high: float


UNKNOWN = Held(0.0, 1.0, 1.0)  # it may be none of it; Python code holds the GIL all the time


class Load(NamedTuple):
    """What is to be run; times in seconds, and for each task."""

    tasks: int
    seconds: float
    cpu: float  # processor time; more than `seconds` where a task has threads of its own
    span: float  # of the longest
    moved: float  # bytes of its item and its value that go through a pipe
    here: float  # to pickle one and unpickle the other in the notebook
    there: float  # to do so in a worker; writing and mapping large buffers is part of both
    held: Held = UNKNOWN
    read: float = 0.0  # until its item was read, of an iterable that takes time


class Interval(NamedTuple):
    """What is expected, and from the least to the most."""

    low: float
    middle: float
    high: float


def elapsed(backend: str, workers: int, load: Load, costs: Costs) -> Interval:
    """Return how long a backend takes: "thread", "process", "pool" or "interpreter".

    Of threads that have a GIL it is a bound: what computes may let others compute or not.
    """
    workers = max(1, min(workers, load.tasks))
    match backend:
        case "thread":
            return _thread(workers, load, costs)
        case "process":
            seconds = _process(workers, load, costs)
        case "interpreter":
            there = costs._replace(start=INTERPRETER, first=0.0, warm=costs.interpreters)
            seconds = _pool(workers, load, there)
        case _:
            seconds = _pool(workers, load, costs)
    return Interval(seconds, seconds, seconds)


def _thread(workers: int, load: Load, costs: Costs) -> Interval:
    own = THREAD * workers + HANDED * load.tasks
    lane = _turns(workers, load) * (load.seconds + load.read)
    shared = max(lane, _computing(workers, load, costs), load.span, _reading(load, load.seconds))
    if not costs.gil:
        return Interval(own + shared, own + shared, own + shared)
    excluded = _excluded(workers, load)
    low, middle, high = (max(shared, part * excluded) for part in load.held)
    # Nobody knows whether reading computes: then it has the GIL as well.
    high = max(high, load.held.high * excluded + load.tasks * load.read)
    return Interval(own + low, own + middle, own + high)


def _excluded(workers: int, load: Load) -> float:
    """Return how long threads take of which only one computes at a time.

    Short computing is done in one go: threads get out of step, and one computes while another
    waits. With longer computing they take turns: at first all end at about the same time, and then
    wait together, so that nobody computes.
    """
    cpu = min(load.cpu, load.seconds)
    wait = load.seconds - cpu
    if cpu <= SWITCH:
        return load.tasks * cpu
    turns = _turns(workers, load)
    in_step = turns * (workers * cpu + wait)
    apart = _apart(turns, _drift(workers), min((workers - 1) * cpu, wait))
    return min(load.tasks * load.seconds, max(load.tasks * cpu, in_step - apart))


def _drift(workers: int) -> float:
    """Return by how many seconds more threads are out of step after each turn.

    Of two that compute together, one ends before the other, by half a switch of the GIL on average.
    It is the first to compute again, so it stays ahead. Of more threads, the one ahead gains as
    much on each of the others: so it was measured for each pair of 2, 3, 4 and 8 threads.
    """
    return SWITCH / 2 * workers * (workers - 1) / 2


def _apart(turns: int, drift: float, most: float) -> float:
    """Sum min(turn * drift, most) over the turns from 0: how long some wait as others compute."""
    if drift <= 0:
        return 0.0
    growing = min(turns, 1 + int(most / drift))
    return drift * growing * (growing - 1) / 2 + most * (turns - growing)


def _process(workers: int, load: Load, costs: Costs) -> float:
    alone = max(load.seconds, load.cpu)
    start = (costs.start + costs.loading) * max(1.0, workers / costs.processors)
    here, there = _moving(load)
    each = start + MESSAGE + here + there + alone
    lane = max(_turns(workers, load) * each, _computing(workers, load, costs), load.span)
    sent = load.tasks * (ANSWERED + here)
    return costs.packed + costs.first + max(lane, sent + _reading(load, each))


def _pool(workers: int, load: Load, costs: Costs) -> float:
    alone = max(load.seconds, load.cpu)
    together = max(1.0, min(CHUNK / max(alone, 1e-9), load.tasks / (SHARE * workers)))
    messages = math.ceil(load.tasks / together)
    here, there = _moving(load)
    lane = _turns(workers, load) * (alone + ITEM + there) + messages / workers * MESSAGE
    lane = max(lane, _computing(workers, load, costs), load.span)
    cold = max(0, workers - costs.warm)
    start = (
        ((costs.start + costs.loading) * max(1.0, cold / costs.processors) + costs.first)
        * cold
        / workers
    )
    sent = messages * ANSWERED + load.tasks * (ITEM + here)
    return costs.packed + start + max(lane, sent + _reading(load, alone))


def _reading(load: Load, last: float) -> float:
    """Return the seconds until all items were read, and the last task has been run after that."""
    return load.tasks * load.read + last if load.read else 0.0


def _turns(workers: int, load: Load) -> int:
    """Return how many tasks the busiest worker has."""
    return math.ceil(load.tasks / workers)


def _computing(workers: int, load: Load, costs: Costs) -> float:
    """Return how long the processors are busy with the tasks."""
    return load.tasks * load.cpu / min(workers, costs.processors)


def _moving(load: Load) -> tuple[float, float]:
    """Return how long the notebook, and a worker, need for a task's item and value."""
    piped = load.moved / BANDWIDTH
    return load.here + piped, load.there + piped
