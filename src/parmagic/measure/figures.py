"""A run for other programs: its figures as plain JSON, and its tasks as a table."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from parmagic.measure.record import Run
from parmagic.measure.task import error_text

_OWN_WAY = {"values", "tasks", "error", "others", "sweep", "traffic", "modules", "forecast"}
PLAIN = tuple(one.name for one in fields(Run) if one.name not in _OWN_WAY)
"""The fields that are numbers and texts, or tuples of them: they are written as they are."""
_COLUMNS = {  # whole numbers (Int64) stay whole where some tasks have none
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


def figures(run: Run) -> dict[str, Any]:
    """Return what a run has recorded, but its values, and what is computed from that."""
    baseline = run.baseline
    own = {name: getattr(run, name) for name in PLAIN}
    return {
        **{name: [*it] if isinstance(it, tuple) else it for name, it in own.items()},
        "work": run.work,
        "baseline": {**asdict(baseline), "why": list(baseline.why)},
        "speedup": run.speedup,
        "efficiency": run.efficiency,
        "span": run.span,
        "complete": run.complete,
        "error": None if run.error is None else error_text(run.error),
        "forecast": None if run.forecast is None else run.forecast.to_dict(),
        "tasks": [task.to_dict() for task in run.tasks],
        "others": [figures(other) for other in run.others],
        "sweep": [figures(one) for one in run.sweep],
    }


def table(run: Run) -> Any:
    """Return one row for each task: a pandas frame, or a list of dicts without pandas."""
    rows = [task.to_dict() for task in run.tasks]
    try:
        import pandas as pd
    except ImportError:
        return rows
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    return frame.set_index("index").rename_axis("task")
