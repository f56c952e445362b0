"""Measured serial time is that of a plain loop: nothing that parmagic does besides is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import parmagic
from parmagic.measure.joined import GroupPart, joined
from parmagic.measure.record import Run
from parmagic.measure.records import Records
from parmagic.measure.traffic import Stretch, Traffic
from parmagic.modules.package import Entry
from parmagic.plan.work import Plan
from parmagic.run import loop
from parmagic.run.loop import MOST, as_loop

if TYPE_CHECKING:
    from kernel import Notebook


pytestmark = pytest.mark.by_any_method  # the notebook tells the time of a cell


def serial_run(count: int, spent: float, elapsed: float, **more: Any) -> Run:
    """Make a serial run whose tasks, timed together, took `spent` of `elapsed` seconds."""
    records = Records(0.0, "f(x)")
    records.reserve(count)
    records.finish(0, [None] * count, 0, [0.0, spent, spent])
    usual: dict[str, Any] = {
        "code": "f(x) for x in xs",
        "backend": "serial",
        "workers": 1,
        "values": [None] * count,
        "tasks": records.tasks(),
        "elapsed": elapsed,
        "cpus": 2,
        "gil": True,
    }
    return Run(**usual | more)


def plan(**entry: Any) -> Plan:
    """Make a plan that is never run."""
    return Plan("f(x)", "f(x)", abs, Entry("f(x)", "cell", 1, **entry), {}, [])


def test_a_loop_takes_what_its_tasks_and_its_iterable_take() -> None:
    """Making a record and looking for output takes milliseconds, as thousands of tiny tasks do."""
    reading = Traffic(reading=(Stretch(0.002, 0.003),))
    run = serial_run(1000, 1e-4, 5e-3, traffic=reading)

    assert as_loop(run, plan(value=abs)).elapsed == pytest.approx(1.1e-3)


def test_an_expression_is_in_its_place_in_a_loop_and_called_in_a_task() -> None:
    """That is taken off, but something is always left of tasks that ran."""
    run = serial_run(1_000_000, 0.06, 0.2)

    called = as_loop(run, plan(value=abs)).elapsed
    in_place = as_loop(run, plan(parameters=("x",), expression="2 * x")).elapsed
    turns = as_loop(run, plan(parameters=("x",), source="def __task__(x): ...")).elapsed

    assert called == pytest.approx(0.06)
    assert (1 - MOST) * called * 0.999 <= in_place < called
    assert (1 - MOST) * called * 0.999 <= turns <= in_place


def test_a_disturbance_of_the_loop_held_against_a_call_makes_no_call_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another program had the processor for a second in one of its turns."""
    disturbed = iter([0.004, 1.001] + [0.004, 0.001] * 4)
    monkeypatch.setattr(loop, "_timed", lambda _act: next(disturbed))
    run = serial_run(1000, 0.01, 0.02)

    shown = as_loop(run, plan(parameters=("x",), expression="2 * x"))

    assert shown.elapsed == pytest.approx(0.01 - 0.003)


def test_a_serial_run_that_was_compared_took_no_longer_than_its_tasks() -> None:
    """The same holds for runs that are no made-up ones."""
    run = parmagic.pmap(abs, range(1000), backend="thread", compare=True, repeat=5)

    assert run.serial is not None
    assert run.serial < run.elapsed


def test_rounds_of_a_cell_are_no_time_between_its_tasks() -> None:
    """A cell of three rounds of 1 s on a backend, and of 2 s serially, with 0.1 s of its own."""
    run = serial_run(
        2, 2.0, 1.0, backend="pool", workers=2, serial=2.0, rounds=(1.0,) * 3,
        serial_rounds=(2.0,) * 3,
    )  # fmt: skip

    cell = joined([GroupPart(run, 0.1, 9.5)], 9.65, 0.1, None)

    assert cell.between == pytest.approx(0.1)
    assert cell.elapsed == pytest.approx(1.15)
    assert cell.serial == pytest.approx(2.1)
    assert cell.rounds == pytest.approx([1.15] * 3)
    assert cell.serial_rounds == pytest.approx([2.1] * 3)


def test_a_cell_has_all_that_its_groups_have() -> None:
    """In their order, at the times when they ran; what is said of several is said once."""
    more: dict[str, Any] = {"backend": "pool", "remarks": ("copied",)}
    one = serial_run(2, 1.0, 1.0, values=[1, 2], barred=("thread",), **more)
    more |= {"code": "g(y)", "difference": "1, then 2", "barred": ("serial", "thread")}
    other = serial_run(1, 2.0, 2.0, values=[3], **more)

    cell = joined([GroupPart(one, 0.5, 1.1), GroupPart(other, 3.0, 2.1)], 6.0, 0.25, None)

    assert (cell.code, cell.values) == ("f(x) for x in xs; g(y)", [1, 2, 3])
    assert (cell.elapsed, cell.between, cell.serial) == (6.0, 0.25, None)
    assert [(task.index, task.started, task.finished) for task in cell.tasks] == [
        (0, 0.5, 1.0),
        (1, 1.0, 1.5),
        (2, 3.0, 5.0),
    ]
    assert (cell.stages, cell.difference) == ((2, 1), "`g(y)`, 1, then 2")
    assert (cell.remarks, cell.barred) == (("copied",), ("thread", "serial"))


def test_the_memory_of_a_cell_is_the_most_that_any_of_its_groups_filled() -> None:
    """Not that of its first, or the advice to use fewer workers would be missing."""
    runs = [serial_run(2, 2.0, 2.0, backend="pool", memory=share) for share in (0.0, 0.95, 0.3)]

    assert joined([GroupPart(run, 0.0, 2.0) for run in runs], 6.0, 0.0, None).memory == 0.95


def test_a_try_that_failed_is_part_of_what_a_plain_loop_takes() -> None:
    """A loop that tries again as well would take it, too; there is one task all the same."""
    records = Records(0.0, "f(x)")
    records.reserve(2)
    records.tried(0, 0, [0.0, 2.0, 2.0])
    records.tried(1, 1, [0.0, 1.0, 1.0])
    records.finish(0, ["a"], 1, [2.0, 3.0, 1.0])
    records.tried(1, 0, [2.0, 3.0, 1.0])
    tasks = records.tasks()
    run = serial_run(0, 0.0, 3.0, tasks=tasks, backend="pool", workers=2)

    assert (tasks[0].worker, tasks[0].started, tasks[0].finished) == (1, 2.0, 3.0)
    assert (run.busy, run.baseline.low, run.finished) == (3.0, 3.0, 1)
    assert tasks[1].finished is None  # it was to be tried once more when the run ended
    assert run.breakdown.overhead == run.breakdown.contention == 0.0


def test_the_time_of_a_cell_is_the_median_of_its_rounds() -> None:
    """Also where its groups had their best rounds at different times; a first, slow one stays."""
    each = ((6.0, 1.0, 2.0), (4.0, 2.0, 1.0))
    runs = [
        serial_run(
            2, 2.0, 2.0, backend="pool", workers=2, serial=2.0, rounds=rounds, serial_rounds=rounds
        )
        for rounds in each
    ]

    cell = joined([GroupPart(run, 0.0, 9.0) for run in runs], 18.0, 0.0, None)

    assert (cell.elapsed, cell.rounds) == (4.0, (10.0, 2.0, 4.0))
    assert (cell.serial, cell.serial_rounds) == (4.0, (10.0, 2.0, 4.0))


def test_only_what_a_cell_itself_runs_is_between_its_tasks(notebook: Notebook) -> None:
    """Neither rounds, nor other backends, nor reading the cell; statements and arguments are."""
    notebook.do("import time\ndef nap(x):\n    time.sleep(0.3)\n    return x")
    notebook.do("def late(x):\n    return x\nlog = []")

    notebook.do("%%parallel -q -b thread -c -r 4 -o run\na = nap(1)\nb = nap(2)")
    assert notebook.get("run.between < 3 * 0.3")  # what the other rounds take at least

    notebook.do("%%parallel -q -b thread -o run\ntime.sleep(0.2)\na = nap(time.sleep(0.2))")
    assert notebook.get("run.between >= 0.4")

    notebook.do(
        "%%parallel -q -b thread -o run\n"
        "kept = [nap(x) for x in (1, 2) if not time.sleep(0.1)]\n"
        "for x in kept:\n"
        "    log.append(nap(x))"
    )
    assert notebook.get("run.between >= 0.2")


def test_calls_of_nothing_are_far_slower_in_parallel(notebook: Notebook) -> None:
    """Two additions take less than a message to a worker, whatever is measured how."""
    notebook.do("def double(x):\n    return 2 * x\n%pmap -q double range(4);")

    said = notebook.do("%%parallel -c -r 5\na = double(1)\nb = double(2)").stdout

    assert "slower than serial" in said
