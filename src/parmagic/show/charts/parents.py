"""Thin lines on the timeline, from a task to those that it enqueued."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, IdentityTransform

from parmagic.measure.record import Run
from parmagic.measure.spell import enqueued_in
from parmagic.measure.task import Task
from parmagic.show.charts.ink import Ink

MOST = 40  # lines; more of them hide the blocks that they are about
ABOVE = 5  # matplotlib's order of drawing, of what covers the lines
_WIDTH = 0.8  # points
_HALO = 1.8  # points, of the background's colour, so that a line is seen where it crosses a block
_DOT = 1.5  # points, the radius of the dot where a task begins


def family(run: Run) -> list[tuple[Task, Task]]:
    """Return the pairs of a task and one that it enqueued; none if there are too many to draw."""
    begun = (pair for pair in enqueued_in(run.tasks) if pair[1].started is not None)
    pairs = list(islice(begun, MOST + 1))
    return pairs if len(pairs) <= MOST else []


def connect(axes: Axes, pairs: Sequence[tuple[Task, Task]], ink: Ink, thick: float) -> None:
    """Draw a line from each task's block to those of the tasks it enqueued.

    A line leaves where the task has ended, or where the other begins if that is earlier; a dot is
    where the other begins. `thick` is the height of a block, of a lane's height of 1.
    """
    if not pairs:
        return  # matplotlib before 3.11 cannot draw no dots
    lines = [_line(parent, child, thick / 2) for parent, child in pairs]
    for width, colour in ((_HALO, ink.background), (_WIDTH, ink.text)):
        axes.add_collection(LineCollection(lines, colors=[colour], linewidths=width, zorder=3))
    dot = Path.unit_circle()
    dots = PathCollection(
        [dot], offsets=[line[-1] for line in lines], offset_transform=axes.transData
    )
    dots.set_transform(Affine2D().scale(_DOT * axes.figure.dpi / 72) + IdentityTransform())
    dots.set(facecolor=ink.text, edgecolor=ink.background, linewidth=0.5, zorder=4)
    axes.add_collection(dots)


def _line(parent: Task, child: Task, half: float) -> list[tuple[float, float]]:
    """Return the points of a line between the edges of two blocks."""
    start = child.started or 0.0
    leaves = start if parent.finished is None else min(parent.finished, start)
    above, below = parent.worker or 0, child.worker or 0
    if above == below:  # along the gap between the lanes
        edge = above - half
        return [(leaves, edge), (leaves, above - 0.5), (start, above - 0.5), (start, edge)]
    sign = 1 if below > above else -1
    return [(leaves, above + sign * half), (start, below - sign * half)]
