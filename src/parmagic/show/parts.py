"""Where workers × elapsed of a run went, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parmagic.show.duration import duration
from parmagic.show.share import Share, shares
from parmagic.show.size import size
from parmagic.show.text import plural

if TYPE_CHECKING:
    from parmagic.measure.record import Run


def shares_of(run: Run) -> list[Share]:
    """Return the parts of a run's breakdown that are there."""
    return shares(run.breakdown.parts)


def whole_said(run: Run) -> str:
    """Say what the parts are parts of."""
    whole = duration(run.breakdown.whole)
    return f"{plural(run.workers, 'worker')} × {duration(run.elapsed)} = {whole}: where they went"


def efficiency_said(run: Run) -> str:
    """Say the two usual measures, what travelled, and what the clocks cannot tell."""
    parts = run.breakdown
    said = f"load balance {parts.balance:.2f}, parallel efficiency {parts.efficiency:.2f}"
    if parts.sent or parts.returned:
        said += f"; {size(parts.sent)} sent, {size(parts.returned)} returned"
    if not parts.contention:
        return said
    return (
        f"{said}; of the time in tasks, useful work is at least what is shown, contention at most: "
        "the clocks cannot tell"
    )


def breakdown_said(run: Run) -> list[str]:
    """Say the whole breakdown in sentences."""
    if not len(run.tasks):
        return []
    parts = "; ".join(share.said for share in shares_of(run))
    efficiency = efficiency_said(run)
    return [f"Breakdown: {whole_said(run)}: {parts}", efficiency[:1].upper() + efficiency[1:]]
