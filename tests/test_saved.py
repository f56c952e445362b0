"""A run leaves the notebook as a table, as a file that can be read again, and as a trace."""

from __future__ import annotations

import dataclasses
import itertools
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import parmagic
from kernel import LIMIT
from parmagic.measure.record import Run
from parmagic.measure.records import Records
from parmagic.measure.task import Task, error_text
from parmagic.measure.traffic import Passage, Traffic
from parmagic.show.headline import headline
from runs import run_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kernel import Notebook


pytestmark = pytest.mark.by_any_method  # a record is a record


class Strange(Exception):  # noqa: N818 - a user's names are a user's
    """An exception that cannot be made from its message alone."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"strange, {self.reason}"


def run_of(tasks: Any = None, **more: Any) -> Run:
    """Build a run of two tasks, or of those given."""
    if tasks is None:
        tasks = [Task(0, "f(1)", 0, 0.0, 0.1, 0.05), Task(1, "g(2)", 1, 0.1, 1 / 3, None)]
    usual: dict[str, Any] = {
        "elapsed": 0.4,
        "start_method": "spawn",
        "serial": 0.7,
        "between": 0.01,
        "difference": "item 1: 2 serially, 3 in parallel",
    }
    return run_with(tasks, **usual | more)


def recorded(count: int = 1000) -> Any:
    """Return tasks as backends record them: most timed together, one by itself, one failed."""
    records = Records(10.0, "square(x)")
    records.reserve(count + 3)
    records.finish(0, [None] * count, 0, [10.1, 10.7, 0.5])
    records.finish(count, [None], 1, [10.2, 10.3, 0.1])
    records.fail(count + 1, Strange(7, "but true"), 1, [10.3, 10.4, 0.0])
    records.print(count, "hello\n")
    return records.tasks()


def failed_runs() -> Iterator[tuple[str, Run]]:
    """Yield runs that ended early in every way."""
    error = ZeroDivisionError("division by zero")
    failed = [
        Task(0, "f", 0, 0.0, 0.1, 0.0, error, "printed\n"),
        Task(1, "f", 1, 0.2),
        Task(2, "f"),
    ]
    yield "a failed task", run_of(failed, error=error)
    yield "an interrupt", run_of([Task(0, "f", 1, 0.2), Task(1, "f")], error=KeyboardInterrupt())
    yield (
        "a broken input",
        run_of([Task(0, "f")], error=UnicodeDecodeError("utf-8", b"a", 0, 1, "bad")),
    )
    strange = Strange(1, "so it is")
    yield "an exception of one's own", run_of([Task(0, "f", error=strange)], error=strange)
    group = ExceptionGroup("several", [error])
    yield "a group", run_of([Task(0, "f", 0, 0.0, 0.1, error=group)], error=group)


def again(run: Run, folder: Path) -> Run:
    """Save a run and load it."""
    run.save(folder / "run.json")
    return Run.load(folder / "run.json")


def test_every_number_of_a_run_survives_a_file(tmp_path: Path) -> None:
    """All fields are as they were, to the last bit; the values alone are not there."""
    other = run_of(backend="thread", elapsed=0.5)
    loaded = again(run_of(others=(other,)), tmp_path)

    for field in dataclasses.fields(Run):
        if field.name not in ("values", "tasks", "others"):
            assert getattr(loaded, field.name) == getattr(run_of(), field.name), field.name
    assert list(loaded.tasks) == list(run_of().tasks)
    assert loaded.others[0].to_dict() == other.to_dict()
    assert len(loaded.values) == 0


@pytest.mark.parametrize("run", [pytest.param(run, id=name) for name, run in failed_runs()])
def test_a_run_that_failed_says_the_same_after_a_file(run: Run, tmp_path: Path) -> None:
    """Its headline, and each error with its class and its message."""
    loaded = again(run, tmp_path)

    assert headline(loaded) == headline(run)
    assert loaded.to_dict() == run.to_dict()
    assert loaded.error is not None
    assert error_text(loaded.error) == error_text(run.error or Exception())


def test_a_built_in_exception_stays_one(tmp_path: Path) -> None:
    """So that what asks for its class still finds it."""
    runs = dict(failed_runs())

    assert isinstance(again(runs["an interrupt"], tmp_path).error, KeyboardInterrupt)
    assert isinstance(again(runs["a failed task"], tmp_path).error, ZeroDivisionError)


def test_tasks_that_were_timed_together_stay_so(tmp_path: Path) -> None:
    """A thousand tiny tasks are one reading of the clocks in the file as in memory."""
    run = run_of(recorded())
    loaded = again(run, tmp_path)

    assert [dataclasses.replace(task, error=None) for task in loaded.tasks] == [
        dataclasses.replace(task, error=None) for task in run.tasks
    ]
    assert loaded.to_dict() == run.to_dict()
    assert (tmp_path / "run.json").stat().st_size < 2000  # bytes


def test_a_file_says_what_it_is_and_in_which_version(tmp_path: Path) -> None:
    """It is plain JSON, for any program to read."""
    run_of(recorded()).save(tmp_path / "run.json")

    data = json.loads((tmp_path / "run.json").read_text("utf-8"))

    assert (data["format"], data["version"]) == ("parmagic run", 1)
    assert data["tasks"]["count"] == 1003
    assert data["tasks"]["stdout"] == [[1000, "hello\n"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a saved run: it holds no JSON"),
        ("[1]", r"is not a saved run: write one with run\.save"),
        ('{"traceEvents": []}', "is not a saved run"),
        ('{"format": "parmagic run", "version": 99}', r"by a newer parmagic \(file version 99"),
        ('{"format": "parmagic run", "version": 1}', "damaged .*'tasks'"),
        ('{"format": "parmagic run"}', "damaged .*'version'"),
    ],
)
def test_another_file_is_refused_by_name(text: str, said: str, tmp_path: Path) -> None:
    """The message says which file, and what is wrong with it."""
    (tmp_path / "other.json").write_text(text, "utf-8")

    with pytest.raises(ValueError, match=f"other.json.*{said}"):
        Run.load(tmp_path / "other.json")


@pytest.mark.parametrize("name", ["run.png", "run"])
def test_numbers_are_saved_as_json_only(name: str, tmp_path: Path) -> None:
    """Who asks for a picture is told how to get one; nothing is written."""
    with pytest.raises(ValueError, match=r"end the name in \.json"):
        run_of().save(tmp_path / name)
    with pytest.raises(ValueError, match=r"end the name in \.json"):
        run_of().trace(tmp_path / name)

    assert not list(tmp_path.iterdir())


def test_a_table_has_a_row_for_each_task() -> None:
    """Numbers are numbers, a worker is whole or missing, and an error is said."""
    frame = run_of(recorded(3)).table()

    assert list(frame.index) == [0, 1, 2, 3, 4, 5]
    assert list(frame["worker"].dropna()) == [0, 0, 0, 1, 1]
    assert pd.isna(frame.loc[5, "started"])
    assert frame["duration"].sum() == pytest.approx(0.8)
    assert frame.loc[4, "error"] == "Strange: strange, but true"
    assert frame.loc[3, "stdout"] == "hello\n"
    assert len(run_of([]).table()) == 0


def test_without_pandas_a_table_is_a_list_of_dicts() -> None:
    """The rows are the same."""
    code = (
        "import sys\n"
        "sys.modules['pandas'] = None\n"
        "from parmagic import Run, Task\n"
        "run = Run('f', 'pool', 1, [1], [Task(0, 'f(x)', 0, 0.5, 1.0)], 1.0, 1, True)\n"
        "rows = run.table()\n"
        "assert [type(row) for row in rows] == [dict], rows\n"
        "assert rows[0]['duration'] == 0.5 and rows[0]['label'] == 'f(x)'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=LIMIT)


def traced(run: Run, folder: Path) -> list[dict[str, Any]]:
    """Return the events of a run's trace."""
    run.trace(folder / "trace.json")
    events: list[dict[str, Any]] = json.loads((folder / "trace.json").read_text("utf-8"))[
        "traceEvents"
    ]
    return events


def test_a_trace_has_a_lane_for_each_worker_and_a_slice_for_each_task(tmp_path: Path) -> None:
    """Times are microseconds; lanes count from 1, as in the chart."""
    events = traced(run_of(), tmp_path)
    slices = [event for event in events if event["ph"] == "X" and "task" in event["cat"]]
    lanes = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}

    assert lanes == {1: "worker 0", 2: "worker 1"}
    assert [(e["name"], e["tid"], e["ts"], e["dur"]) for e in slices] == [
        ("f(1)", 1, 0.0, 100_000.0),
        ("g(2)", 2, 100_000.0, 233_333.333),
    ]
    assert slices[0]["args"] == {"task": 0, "CPU seconds": 0.05}


def test_a_trace_says_what_was_timed_together_and_what_failed(tmp_path: Path) -> None:
    """Both can be searched for in the viewer."""
    many, _, failed = [e for e in traced(run_of(recorded()), tmp_path) if e["ph"] == "X"]

    assert (many["name"], many["args"]["tasks"]) == ("1,000 × square(x)", "0–999")
    assert failed["cat"] == "task,failed"
    assert failed["args"]["error"] == "Strange: strange, but true"


def test_slices_of_a_lane_never_overlap_in_a_trace(tmp_path: Path) -> None:
    """A viewer drops those that do: neighbours meet to the nanosecond."""
    tasks = [Task(i, "f", 0, i / 7e6, (i + 1) / 7e6) for i in range(10_000)]
    slices = [e for e in traced(run_of(tasks, workers=1), tmp_path) if e["ph"] == "X"]
    nanoseconds = [(round(e["ts"] * 1000), round(e["dur"] * 1000)) for e in slices]

    pairs = itertools.pairwise(nanoseconds)
    assert all(start + took <= after for (start, took), (after, _) in pairs)


def test_chunks_enclose_their_tasks_in_a_trace(tmp_path: Path) -> None:
    """Inside them lies what was done beside the tasks: so a viewer shows them one below another."""
    passage = Passage(0, 0.0, 0.5, 1.0, 1.1, 1.2, 3.0, 3.1, sent=1000, returned=2000)
    tasks = [Task(0, "f", 0, 1.2, 2.0), Task(1, "f", 0, 2.0, 3.0)]
    run = run_of(tasks, traffic=Traffic((passage,)), elapsed=4.0)
    slices = {e["name"]: e for e in traced(run, tmp_path) if e["ph"] == "X"}
    spans = {n: (e["ts"] / 1e6, (e["ts"] + e["dur"]) / 1e6) for n, e in slices.items()}

    assert spans == {
        "start-up": (0.0, 0.5),
        "chunk": (1.0, 3.1),
        "load the code": (1.0, 1.1),
        "unpickle the items": (1.1, 1.2),
        "f": (2.0, 3.0),
        "pickle the values": (3.0, 3.1),
    }
    assert slices["chunk"]["args"] == {"bytes sent": 1000, "bytes returned": 2000}


def test_compared_backends_are_groups_of_a_trace(tmp_path: Path) -> None:
    """Each has its own lanes."""
    run = run_of(others=(run_of(backend="thread", cell=None),))

    names = {
        e["pid"]: e["args"]["name"] for e in traced(run, tmp_path) if e["name"] == "process_name"
    }

    assert names == {1: "pool × 2: In[4]", 2: "thread × 2: f(x) for x in xs"}


def test_a_run_of_a_notebook_is_saved_and_read_by_another_process(notebook: Notebook) -> None:
    """What a kernel recorded, this process reads: the same sentence, table and picture."""
    for code in (
        "def half(x):\n    print(x)\n    return 12 / x",
        "%pmap -q -o kept half(x) for x in range(1, 200)",
        "kept.save('kept.json'); kept.trace('trace.json')",
        "%%parallel -q -o cell\na = half(2)\nb = half(3)",
        "cell.save('cell.json')",
    ):
        notebook.do(code)
    for name in ("kept", "cell"):
        loaded = parmagic.Run.load(notebook.folder / f"{name}.json")
        assert loaded.to_dict() == notebook.get(f"{name}.to_dict()")
        assert str(loaded) == notebook.get(f"str({name})")
    events = json.loads((notebook.folder / "trace.json").read_text("utf-8"))["traceEvents"]
    assert any(event["ph"] == "X" for event in events)
    assert notebook.get("len(kept.table()), int(kept.table()['worker'].max()) < kept.workers") == (
        199,
        True,
    )
