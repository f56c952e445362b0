"""The tasks of a run as a table: a pandas frame where pandas is installed, else rows as dicts."""

from __future__ import annotations

from typing import Any

from parmagic.measure.record import Run

# Numbers of workers and parents stay whole where some tasks had none.
_COLUMNS = {
    "index": "int64",
    "label": "object",
    "worker": "Int64",
    "started": "float64",
    "finished": "float64",
    "duration": "float64",
    "cpu": "float64",
    "error": "object",
    "stdout": "object",
    "parent": "Int64",
}


def table(run: Run) -> Any:
    """Return one row for each task, with the fields of `Task` and its duration in seconds."""
    rows = [task.to_dict() for task in run.tasks]
    try:
        import pandas as pd
    except ImportError:
        return rows
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    return frame.set_index("index").rename_axis("task")
