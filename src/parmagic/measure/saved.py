"""A run as a JSON file: every clock, error and printed line of it, without its values.

The clocks are kept as they were read, as spells: a million tiny tasks make a small file. Of an
exception its class's name and its message are kept.
"""

from __future__ import annotations

import builtins
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parmagic.measure.figures import PLAIN
from parmagic.measure.record import Run
from parmagic.measure.records import Records, Tasks
from parmagic.measure.spell import cut_of, enqueued_in, errors_of, labels_of, spells_of
from parmagic.measure.task import PENDING, Task, message_of
from parmagic.measure.traffic import Traffic

if TYPE_CHECKING:
    from parmagic.measure.forecast import Forecast

FORMAT = "parmagic run"
VERSION = 1  # of the file: raised when an older parmagic would misread a newer file
SUFFIX = ".json"


def save(run: Run, path: str | os.PathLike[str]) -> None:
    """Write a run to a file whose name ends in `.json`; a ValueError if it ends otherwise."""
    place = json_place(path, "save a run", " (for the picture: run.plot().savefig(...))")
    # All of the text is made first: if that fails, an older file stays as it was.
    text = json.dumps(_written(run), allow_nan=False, separators=(",", ":"))
    place.write_text(text, encoding="ascii")


def json_place(path: str | os.PathLike[str], doing: str, more: str = "") -> Path:
    """Return where a file is to be written; a ValueError if its name does not end in `.json`."""
    place = Path(path).expanduser()
    if place.suffix.lower() != SUFFIX:
        raise ValueError(
            f"cannot {doing} as {os.fspath(path)!r}: it is written as JSON, so end the name in "
            f"{SUFFIX}{more}"
        )
    return place


def load(path: str | os.PathLike[str]) -> Run:
    """Read a run that `save` wrote; its `values` are empty.

    A ValueError if the file holds something else, or was written by a newer parmagic.
    """
    name = os.fspath(path)
    try:
        data = json.loads(Path(path).expanduser().read_bytes())
    except ValueError:
        raise ValueError(f"{name!r} is not a saved run: it holds no JSON") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"{name!r} is not a saved run: write one with run.save({name!r})")
    try:
        if data["version"] > VERSION:
            raise ValueError(
                f"{name!r} was saved by a newer parmagic (file version {data['version']}; this "
                f"one reads up to {VERSION}): install that one to read it"
            )
        return _read(data)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        said = f"{type(error).__name__}: {error}"
        raise ValueError(f"{name!r} is a saved run, but damaged ({said})") from None


def _written(run: Run) -> dict[str, Any]:
    own = {name: getattr(run, name) for name in PLAIN}
    failed = errors_of(run.tasks)
    of_task = next((index for index, error in failed.items() if error is run.error), None)
    return {
        "format": FORMAT,
        "version": VERSION,
        **own,
        "error": None if run.error is None else [of_task, *_error(run.error)],
        "tasks": _tasks(run.tasks),
        "others": [_written(other) for other in run.others],
        "sweep": [_written(one) for one in run.sweep],
        "traffic": run.traffic.to_lists(),
        "forecast": None if run.forecast is None else run.forecast.to_dict(),
    }


def _tasks(tasks: Sequence[Task]) -> dict[str, Any]:
    """Return the raw numbers of the tasks, and their texts, each text once where they are alike."""
    printed = tasks.printed() if isinstance(tasks, Tasks) else tasks
    labels = labels_of(tasks)
    alike = len(set(labels)) == 1
    return {
        "count": len(tasks),
        "open": getattr(tasks, "open", False),
        "labels": list(labels[:1] if alike else labels),
        "spells": [list(spell) for spell in spells_of(tasks)],
        "unfinished": [[one.worker, one.started, one.first] for one in cut_of(tasks, 0.0)],
        "errors": [[index, *_error(error)] for index, error in errors_of(tasks).items()],
        "stdout": [[task.index, task.stdout] for task in printed if task.stdout],
        "parents": [[task.index, parent.index] for parent, task in enqueued_in(tasks)],
    }


def _error(error: BaseException) -> list[str]:
    return [type(error).__qualname__, message_of(error)]


def _read(data: Mapping[str, Any]) -> Run:
    tasks = _read_tasks(data["tasks"])
    error: BaseException | None = None
    if data["error"] is not None:
        of_task, name, message = data["error"]
        error = _raised(name, message) if of_task is None else tasks[of_task].error
    own: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value  # JSON has no tuples
        for name, value in data.items()
        if name in PLAIN
    }
    return Run(
        **own,
        values=(),
        tasks=tasks,
        error=error,
        others=tuple(map(_read, data["others"])),
        sweep=tuple(map(_read, data["sweep"])),
        forecast=_read_forecast(data["forecast"]),
        traffic=Traffic.from_lists(data["traffic"]),
    )


def _read_forecast(data: dict[str, Any] | None) -> Forecast | None:
    from parmagic.measure.forecast import Forecast

    return None if data is None else Forecast.from_dict(data)


def _read_tasks(data: Mapping[str, Any]) -> Sequence[Task]:
    labels = data["labels"]
    records = Records(0.0, labels[0] if labels else "")
    records.values = [PENDING] * data["count"]
    records.open = data.get("open", False)
    records.labels = labels if len(labels) > 1 else ()
    records.errors = {index: _raised(*error) for index, *error in data["errors"]}
    records.printed = {index: [text] for index, text in data["stdout"]}
    records.enqueued = {
        index: (parent, labels[index if len(labels) > 1 else 0])
        for index, parent in data["parents"]
    }
    records.clocks = [
        (first, count, worker, clocks) for worker, *clocks, first, count in data["spells"]
    ]
    records.cut = {index: (worker, started) for worker, started, index in data["unfinished"]}
    return records.tasks()


def _raised(name: str, message: str) -> BaseException:
    """Make an exception that says what the saved one said; a built-in one is of its class."""
    known = getattr(builtins, name, None)
    base: type[BaseException] = Exception
    if isinstance(known, type) and issubclass(known, BaseException):
        # A group cannot be made without its members, which were not saved.
        base = Exception if issubclass(known, BaseExceptionGroup) else known
    said = {"__str__": lambda _: message, "__module__": base.__module__}
    kind: type[BaseException] = type(name, (base,), said)
    # Not initialized: a class may ask for more than a message there.
    return kind.__new__(kind, message)
