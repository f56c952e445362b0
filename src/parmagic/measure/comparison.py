"""Two runs side by side: what each took, and where the difference lies."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NamedTuple

from parmagic.arguments import said
from parmagic.here import here
from parmagic.measure.record import Run


class Change(NamedTuple):
    """One number of both runs; `unit` is "s" (seconds), "worker s" or "" (a pure number)."""

    name: str
    before: float
    after: float
    unit: str


@dataclass(frozen=True, repr=False)
class Comparison:
    """The run `before` beside the run `after`; shows itself as text and as a table.

    Attributes:
        before: The run that was given first.
        after: The run that was given second.

    """

    before: Run
    after: Run

    @property
    def ratio(self) -> float:
        """How often the time of `after` goes into that of `before`: above 1, it was faster."""
        return self.before.elapsed / self.after.elapsed if self.after.elapsed > 0 else 1.0

    @property
    def comparable(self) -> bool:
        """Whether both ran all of equally many tasks: only then is the ratio a speed-up."""
        alike = len(self.before.tasks) == len(self.after.tasks)
        return alike and self.before.complete and self.after.complete

    @property
    def changes(self) -> list[Change]:
        """Every number of both, those that add up to workers × elapsed last."""
        one, other = self.before, self.after
        exact = one.baseline.exact and other.baseline.exact
        serial = "serial time" if exact else "serial time, at least"
        after = other.breakdown.parts
        return [
            Change("elapsed", one.elapsed, other.elapsed, "s"),
            Change("tasks", len(one.tasks), len(other.tasks), ""),
            Change("workers", one.workers, other.workers, ""),
            Change(serial, one.baseline.low, other.baseline.low, "s"),
            Change("longest task", one.span, other.span, "s"),
            Change("speed-up", one.speedup, other.speedup, ""),
            Change("efficiency", one.efficiency, other.efficiency, ""),
            *(
                Change(name, seconds, after[name], "worker s")
                for name, seconds in one.breakdown.parts.items()
                if seconds or after[name]
            ),
        ]

    def __str__(self) -> str:
        from parmagic.show.comparison import text

        return text(self)

    def __repr__(self) -> str:
        from parmagic.show.comparison import sentence

        return f"<Comparison: {sentence(self)}>"

    def _repr_html_(self) -> str:
        from parmagic.show.comparison import html

        return html(self)


def compare_runs(
    before: Run | str | os.PathLike[str], after: Run | str | os.PathLike[str]
) -> Comparison:
    """Put two runs side by side, or files that `Run.save` wrote.

    Printed, or shown by a notebook, what is returned says which was faster, and where the
    difference lies; its `changes` have each number of both.

    Raises:
        ValueError: A file is not a saved run.
        TypeError: What was given is neither, such as the values of a run.

    """
    with here():
        return Comparison(_loaded(before), _loaded(after))


def _loaded(run: Run | str | os.PathLike[str]) -> Run:
    if isinstance(run, Run):
        return run
    if not isinstance(run, str | os.PathLike):
        raise TypeError(
            f"compare_runs takes runs, as `pmap` and `-o run` give them, or files that `run.save` "
            f"wrote, not {said(run)}"
        )
    return Run.load(run)
