"""The right panel of the chart: one lane for each worker, one block for each task."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.ticker import MaxNLocator

from parmagic.measure.record import Run
from parmagic.measure.spell import Spell
from parmagic.show.charts.bars import WORDS
from parmagic.show.charts.dye import Dye, dye_of
from parmagic.show.charts.ink import FAILED, PARALLEL, SERIAL, blend
from parmagic.show.charts.page import Page
from parmagic.show.charts.parents import ABOVE, connect, family
from parmagic.show.gap import Gap
from parmagic.show.headline import place
from parmagic.show.lane import Block, Kind, blocks, timeline_end
from parmagic.show.shade import Shades

COLUMNS = 900  # blocks thinner than one of these columns are gathered
AXIS = 0.38  # inches below the lanes, for the numbers and their unit
_LANE = 0.34  # inches
_WIDE_LANE = 0.5  # inches
TALLEST = 3.6  # inches of all lanes
_MOST_NAMED = 12  # workers whose lanes are all named
_STEPS = (4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100, 250, 1000, 10_000, 1_000_000)  # lanes
_MOST_LABELLED = 60  # blocks that are looked at for a label
_LABEL_HEIGHT = 0.2  # inches of a lane in which a label can be read
_ROOMY = 0.03  # inches of a lane that can spare some for the gaps between lanes
_LEAST_DONE = 0.015  # inches of any block
_LEAST = 0.05  # inches of a block that must not be overlooked
_CROSS = 0.12  # inches of the mark of a failed task
_GAP = 0.012  # inches between blocks that are wide enough to spare it
_SWATCH = 0.22  # inches
_MOST_APART = 500  # blocks that are kept apart by a gap
_UNWELL: tuple[Kind, ...] = ("failed", "unfinished")
_UNITS = (  # the shortest time in seconds for which a unit is used, its seconds, its name
    (10_000.0, 3600.0, "hours"),
    (180.0, 60.0, "minutes"),
    (0.995, 1.0, "seconds"),
    (0.995e-3, 1e-3, "milliseconds"),
    (0.0, 1e-6, "microseconds"),
)


def lanes_height(run: Run, room: float, tallest: float = TALLEST) -> float:
    """Return the inches of the lanes: what they need, or more if the bars beside leave room."""
    return min(tallest, max(_LANE * run.workers, min(_WIDE_LANE * run.workers, room)))


def names_width(page: Page, run: Run) -> float:
    """Return the inches that the names of the lanes need."""
    return page.length(_lane_name(run, run.workers - 1), 0.9) + 0.1


def _lane_name(run: Run, lane: int) -> str:
    """Name a lane by the number of its worker, which counts from 0."""
    return "serial" if run.backend == "serial" else f"worker {lane}"


def _rectangle(lane: int, start: float, end: float, half: float) -> list[tuple[float, float]]:
    """Return the corners of a block; `half` is half its height, of a lane's height of 1."""
    low, high = lane - half, lane + half
    return [(start, low), (end, low), (end, high), (start, high)]


class Timeline:
    """Lanes of a run on a page; `draw` puts them there."""

    def __init__(
        self, page: Page, run: Run, left: float, top: float, dye: Dye | None = None
    ) -> None:
        self.page = page
        self.run = run
        self.left = left
        self.top = top
        self.lanes = run.workers
        self.end = timeline_end(run) or 1.0  # seconds
        self.dye = dye or dye_of(run, Shades("nothing"), page.ink)

    def draw(self, width: float, height: float) -> None:
        """Draw the lanes, below one line that says what they are."""
        self.axes = self.page.axes(self.left, self.top + WORDS, width, height, scaled=True)
        self.axes.set(xlim=(0, self.end), ylim=(self.lanes - 0.5, -0.5))
        self.inch = self.end / width  # in seconds
        self.lane = lane = height / self.lanes  # inches
        self.thick = 0.8 if lane > _ROOMY else 1.0  # of a lane
        self._back()
        found = blocks(self.run, COLUMNS, self.dye.shades)
        apart = _GAP * self.inch if len(found) <= _MOST_APART else 0.0  # seconds
        self._done([block for block in found if block.kind == "done"], apart)
        edge = self.left + width
        for kind in _UNWELL:
            marked = [block for block in found if block.kind == kind]
            if marked:
                self._marked(marked, kind)
                edge = self._legend(edge, kind)
        pairs = family(self.run)
        connect(self.axes, pairs, self.page.ink, self.thick)
        self._crosses([block for block in found if block.kind == "failed"])
        if lane > _LABEL_HEIGHT and len(found) <= _MOST_LABELLED:
            self._labels(found, crossed=bool(pairs))
        self._scale()
        self._names()
        gathered = any(block.task is None for block in found)
        self._caption(edge, gathered=gathered, lines=bool(pairs))

    def hatch(self, found: list[Gap], styles: dict[str, dict[str, Any]]) -> None:
        """Draw the time outside tasks, in the look of its part of the breakdown."""
        for part in {gap.part for gap in found}:
            mine = [gap for gap in found if gap.part == part]
            shapes = [_rectangle(gap.lane, gap.start, gap.end, self.thick / 2) for gap in mine]
            self.axes.add_collection(PolyCollection(shapes, **styles[part]))

    def outline(self, spell: Spell) -> None:
        """Draw a frame around a stretch of time; never too thin to be seen."""
        start = min(spell.started, self.end - _LEAST * self.inch)
        end = max(spell.finished, start + _LEAST * self.inch)
        ink = self.page.ink
        roomy = self.lane > _LABEL_HEIGHT
        halo = [(ink.background, 3.0)] if roomy else []  # points; it would fill a thin lane
        half = self.thick / 2 if roomy else 0.6  # of a lane
        frame = [_rectangle(spell.worker, start, end, half)]
        for colour, width in (*halo, (ink.text, 1.5)):
            style: dict[str, Any] = {"edgecolors": colour, "linewidths": width, "clip_on": False}
            self.axes.add_collection(PolyCollection(frame, facecolors="none", **style))

    def _caption(self, edge: float, *, gathered: bool, lines: bool) -> None:
        """Say above the lanes what they are."""
        name = place(self.run)
        said = "one block for each task"
        if gathered:
            said = "shaded by how busy it was"
            if self.dye.shades.by != "nothing":
                said = "coloured by what took most time, pale where idle"
        if lines:
            said = "lines lead to tasks from those that enqueued them"
        captions = [f"{name}: one lane for each worker, {said}", f"{name}: {said}", name]
        if self.run.backend == "serial":
            del captions[0]
        room = edge - self.left
        fits = (caption for caption in captions if self.page.length(caption, 0.9) <= room)
        muted = self.page.ink.muted
        self.page.write(self.left, self.top + 0.01, next(fits, ""), 0.9, color=muted)

    def _back(self) -> None:
        """Draw each lane's whole time, so that idle time is seen."""
        lanes = [_rectangle(lane, 0, self.end, self.thick / 2) for lane in range(self.lanes)]
        faint = self.page.ink.faint
        self.axes.add_collection(PolyCollection(lanes, facecolors=faint, linewidths=0))

    def _done(self, found: list[Block], apart: float) -> None:
        """Draw the finished tasks; a block that is only partly busy is as pale as it is idle."""
        if not found:
            return
        # There may be tens of thousands: numpy works out their corners and colours.
        lanes, starts, ends = np.array([(one.lane, one.start, one.end) for one in found]).T
        roomy = np.array([one.task is not None for one in found]) & (ends - starts > 5 * apart)
        ends = np.maximum(ends - apart * roomy, starts + _LEAST_DONE * self.inch)
        low, high = lanes - self.thick / 2, lanes + self.thick / 2
        corners: Any = np.array([[starts, low], [ends, low], [ends, high], [starts, high]])
        looks = [(one.shade, one.busy) for one in found]
        known = {look: to_rgba(self.dye.colour(*look)) for look in set(looks)}
        colours = np.array([known[look] for look in looks])
        blocks = PolyCollection(corners.transpose(2, 0, 1), facecolors=colours, linewidths=0)
        blocks.set_snap(True)  # neighbours share their edge: no seams between gathered columns
        self.axes.add_collection(blocks)

    def _style(self, kind: Kind) -> dict[str, Any]:
        """Return how a block looks whose task did not finish well: by pattern and by colour."""
        if kind == "failed":
            edge = blend(FAILED, self.page.ink.text, 0.6)
            return {"facecolor": FAILED, "edgecolor": edge, "hatch": "////", "linewidth": 0.5}
        colour = SERIAL if self.run.backend == "serial" else PARALLEL
        pale = blend(colour, self.page.ink.background, 0.2)
        return {"facecolor": pale, "edgecolor": colour, "hatch": "....", "linewidth": 0.5}

    def _marked(self, found: list[Block], kind: Kind) -> None:
        """Draw blocks of tasks that did not finish well, never too thin to be seen."""
        least, half = _LEAST * self.inch, self.thick / 2
        shapes = [_rectangle(b.lane, b.start, max(b.end, b.start + least), half) for b in found]
        self.axes.add_collection(PolyCollection(shapes, **self._style(kind)))

    def _legend(self, edge: float, kind: Kind) -> float:
        """Explain a kind of block above the lanes, to the left of `edge`; return the new edge."""
        said = "failed" if kind == "failed" else "not finished"
        self.page.write(edge, self.top + 0.01, said, 0.9, ha="right", color=self.page.ink.muted)
        edge -= self.page.length(said, 0.9) + 0.07 + _SWATCH
        self.page.swatch(edge, self.top + 0.01, _SWATCH, 0.13, **self._style(kind))
        if kind == "failed":
            self.page.line([edge + _SWATCH / 2], [self.top + 0.075], **self._cross())
        return edge - 0.2

    def _crosses(self, failed: list[Block]) -> None:
        """Mark failed tasks by shape as well as by colour; crosses that would overlap are one."""
        spots = {
            (block.lane, round((block.start + block.end) / 2 / self.inch / _CROSS)): block
            for block in failed
        }
        for block in spots.values():
            middle = max(block.start + block.end, 2 * block.start + _LEAST * self.inch) / 2
            self.axes.plot(middle, block.lane, **self._cross())

    def _cross(self) -> dict[str, Any]:
        points = 0.6 * self.page.points
        ink = self.page.ink
        look = {"marker": "X", "markersize": points, "color": ink.text, "mec": ink.background}
        return {"linestyle": "none", **look}

    def _labels(self, found: list[Block], *, crossed: bool) -> None:
        """Write in each block what it ran, or its number where all ran the same code.

        Where lines may cross it, on a patch of the block's colour: they pass behind it.
        """
        labels = {block.task.label for block in found if block.task}
        for block in found:
            if block.task is None or block.kind != "done":
                continue
            label = block.task.label if len(labels) > 1 else str(block.task.index)
            room = (block.end - block.start) / self.inch - 0.1
            if self.page.length(label, 0.8) > room:
                continue
            letters = self.dye.letters(block.shade)
            drawn, style = self.page.style(label, 0.8, color=letters, ha="center")
            if crossed:
                ground = self.dye.colour(block.shade, block.busy)
                style["bbox"] = {"facecolor": ground, "edgecolor": "none", "pad": 1.0}
            middle = (block.start + block.end) / 2
            self.axes.text(middle, block.lane, drawn, va="center_baseline", zorder=ABOVE, **style)

    def _scale(self) -> None:
        """Put numbers on the time axis, in the unit that gives short numbers."""
        _, size, unit = next(unit for unit in _UNITS if self.end >= unit[0])
        ticks = MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]).tick_values(0, self.end / size)
        ticks = [float(tick) for tick in ticks if 0 <= tick * size <= self.end * 1.001]
        _, style = self.page.style("0", 0.9, color=self.page.ink.muted)
        numbers = [f"{tick:g}" for tick in ticks]
        self.axes.set_xticks([tick * size for tick in ticks], labels=numbers, **style)
        self.axes.tick_params(axis="x", bottom=True, length=3, color=self.page.ink.muted, pad=3)
        self.axes.set_xlabel(unit, labelpad=2, **style)

    def _names(self) -> None:
        """Name the lanes; of many only some, the first among them."""
        shown = list(range(self.lanes))
        if self.lanes > _MOST_NAMED:
            step = next(step for step in _STEPS if self.lanes / step <= _MOST_NAMED)
            shown = [0, *(n - 1 for n in range(step, self.lanes + 1, step))]
        _, style = self.page.style("worker", 0.9)
        names = [_lane_name(self.run, lane) for lane in shown]
        self.axes.set_yticks(shown, labels=names, **style)
        self.axes.tick_params(axis="y", left=False, pad=5)
