"""What one timed round is: the order of cells in a notebook, and where the clock runs."""

from __future__ import annotations

from benchmarks.memory import MIB, Peak
from benchmarks.stage import Stage, wait

PAUSE = 1.0  # seconds between two cells of a user who does not hurry
IDLE = 2.0  # seconds until idle workers are weighed
COPY = 400e6  # bytes of the big array


def cold(stage: Stage) -> list[float]:
    """Time the first call of a notebook, a pause after the imports and definitions."""
    stage.prepare()
    stage.define()
    wait(PAUSE)
    return [stage.timed(start=True)]


def at_once(stage: Stage) -> list[float]:
    """Time the first call of a notebook, right behind the import of the library."""
    stage.do(stage.scenario.setup)
    stage.prepare()
    stage.declare()
    return [stage.timed(start=True)]


def warm(stage: Stage) -> list[float]:
    """Time calls on workers that have worked before."""
    stage.prepare()
    stage.define()
    stage.start()
    return stage.repeated(lambda _: stage.timed())


def edited(stage: Stage) -> list[float]:
    """Time each first call after the function was edited."""
    stage.prepare()
    stage.define()
    stage.start()

    def turn(number: int) -> float:
        stage.define(stage.scenario.change.format(turn=number))
        return stage.timed()

    return stage.repeated(turn)


def new_data(stage: Stage) -> list[float]:
    """Time the first call that reads data made after the workers were warm."""
    stage.prepare()
    stage.define()
    if not stage.forks:
        stage.start()
    stage.do(stage.scenario.data)
    # A copy of the notebook made before the data has none of it.
    return [stage.timed(start=stage.forks)]


def changed_data(stage: Stage) -> list[float]:
    """Time the calls after the first, each after the data was changed in place."""
    new_data(stage)

    def turn(number: int) -> float:
        stage.do(stage.scenario.change.format(turn=number))
        if stage.forks:
            stage.stop()
        return stage.timed(start=stage.forks)

    return stage.repeated(turn)


def data_memory(stage: Stage) -> list[float]:
    """Weigh everything during the first call with new data, in copies of the data."""
    stage.prepare()
    stage.define()
    if not stage.forks:
        stage.start()
    stage.do(stage.scenario.data)
    before = stage.everything()
    with Peak(stage.everything) as peak:
        stage.timed(start=stage.forks)
    return [(peak.most - before) / COPY]


def idle(stage: Stage) -> list[float]:
    """Weigh the helper processes of a notebook whose workers have nothing to do, in MiB."""
    stage.prepare()
    stage.define()
    stage.start()
    wait(IDLE)
    return [stage.helpers() / MIB]
