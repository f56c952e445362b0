"""Speed-up against workers: what was measured, the ideal, two fitted laws, and their forecast.

Both scales are logarithmic, so that the ideal is a straight line and factors are equal steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log
from typing import Any, NamedTuple

from parmagic.errors import PlanError
from parmagic.measure.record import Run
from parmagic.measure.scaling import Point, Scaling
from parmagic.show.charts.head import MARGIN, ROOM, WIDTH, Head
from parmagic.show.charts.ink import PARALLEL, Ink, blend, is_dark
from parmagic.show.charts.page import Page, Picture
from parmagic.show.remedy import spoken
from parmagic.show.scaling import (
    amdahl_said,
    beyond_said,
    most_said,
    most_workers,
    universal_said,
)

_SIZE = 0.9  # of the user's font size
_HEIGHT = 3.4  # inches of the plot
_LEFT = 0.55  # inches for the numbers of the axis
_RIGHT = 2.75  # inches for the names of the curves
_ABOVE = 0.42  # inches for what the axis is, and below that, what the two halves are
_BELOW = 0.45  # inches for the numbers of the axis and what they are
_LINE = 0.19  # inches of a line of a name
_APART = 0.06  # inches between two names
_SAMPLE = 0.3  # inches of a line beside its name
_MOST_LINES = 3  # of a name
_STEPS = 64  # points of a curve
_MOST_NUMBERS = 12  # on the axis of speed-ups
_MOST_WORKERS = 16  # there is room for on the other
_ROOM_AT_ENDS = 1.05  # times the largest and the smallest number of workers
_USL = "#009E73"  # bluish green, of the palette in `ink`


class _Curve(NamedTuple):
    """A line of the plot, or points (`line` is false): its law, its look, the lines of its name."""

    law: Callable[[float], float]
    style: dict[str, Any]
    said: list[str]
    line: bool = True

    @property
    def tall(self) -> float:
        return _LINE * len(self.said)


def draw_sweep(run: Run, alt: str) -> Picture:
    """Return the picture of a sweep; a PlanError if the run has none."""
    scaling = run.scaling
    if scaling is None:
        raise PlanError(spoken(run, "this run has no sweep to draw: add `--sweep`"))
    page = Page(WIDTH)
    head = Head(page, run, alt)
    page.set_height(head.height + _ABOVE + _HEIGHT + _BELOW + MARGIN)
    head.draw()
    _Plot(page, run, scaling, head.height + _ABOVE).draw()
    return page.picture


class _Plot:
    """The plot, and the names of its curves to the right of it."""

    def __init__(self, page: Page, run: Run, scaling: Scaling, top: float) -> None:
        self.page = page
        self.run = run
        self.scaling = scaling
        self.top = top
        self.left = MARGIN + _LEFT
        self.width = ROOM - _LEFT - _RIGHT
        points = [*scaling.measured, *scaling.forecast]
        self.most = most_workers(scaling)
        self.floor = min(1.0, *(point.low for point in points)) / 1.25
        self.ceiling = max(self.most, *(point.high for point in points)) * 1.1
        self.axes: Any = page.axes(self.left, top, self.width, _HEIGHT, scaled=True)
        self.axes.set_xscale("log", base=2)
        self.axes.set_yscale("log", base=2)
        ends = 1 / _ROOM_AT_ENDS, self.most * _ROOM_AT_ENDS
        self.axes.set(xlim=ends, ylim=(self.floor, self.ceiling))

    def draw(self) -> None:
        """Draw the parts, the measured points last: they are on top."""
        self._ground()
        self._scales()
        curves = self._curves()
        for curve in curves:
            if not curve.line:
                continue
            xs = [self.most ** (step / _STEPS) for step in range(_STEPS + 1)]
            self.axes.plot(xs, [curve.law(x) for x in xs], **curve.style)
        ink = self.page.ink
        pale = blend(PARALLEL, ink.text if is_dark(ink.background) else ink.background, 0.6)
        self._points(self.scaling.forecast, pale, 5.0, _dots(ink.background))
        self._points(self.scaling.fitted, PARALLEL, 1.5, _dots(PARALLEL))
        self._points(self.scaling.beyond, ink.muted, 1.5, _crosses(ink))
        self._names(curves)

    def _ground(self) -> None:
        """Tell by shade and by word what is measured and what is forecast."""
        muted = self.page.ink.muted
        self.page.write(MARGIN, self.top - 0.4, "speed-up", _SIZE, color=muted)
        scaling = self.scaling
        last = max(point.workers for point in scaling.fitted) if scaling.forecast else self.most
        lacking = "uncertain" if scaling.vague else "few numbers of workers"
        few = "" if scaling.forecast else f"; too {lacking} for a forecast"
        words = [(f"measured{few}", 1.0)] if last > 1 else []
        if self.most > last:
            edge = last * 2**0.2
            shade = blend(self.page.ink.faint, self.page.ink.background, 0.7)
            self.axes.axvspan(edge, self.axes.get_xlim()[1], facecolor=shade, linewidth=0, zorder=0)
            words.append(("forecast", edge * 1.05))
        for word, x in words:
            drawn, style = self.page.style(word, _SIZE, color=muted, va="bottom")
            self.axes.text(x, self.ceiling * 1.01, drawn, **style)

    def _curves(self) -> list[_Curve]:
        scaling = self.scaling
        room = _RIGHT - _SAMPLE - 0.2
        dots: Any = (0, (1, 1.5))
        dashes: Any = (0, (6, 2))
        muted = self.page.ink.muted
        found = [_Curve(float, _line(muted, dots), ["ideal"])]
        for law, words, colour, line in (
            (scaling.amdahl, amdahl_said(scaling), PARALLEL, "-"),
            (scaling.universal, universal_said(scaling), _USL, dashes),
        ):
            if law is not None:
                said = self.page.wrap(words, room, _MOST_LINES, _SIZE)
                found.append(_Curve(law.speedup, _line(colour, line), said))
        if most := most_said(self.run, scaling):
            said = self.page.wrap(most, room, _MOST_LINES, _SIZE)
            dashes_and_dots: Any = (0, (6, 2, 1, 2))
            found.append(_Curve(lambda _: scaling.most, _line(muted, dashes_and_dots), said))
        if beyond := beyond_said(scaling):
            said = self.page.wrap(f"measured, not fitted: {beyond}", room, _MOST_LINES, _SIZE)
            last = scaling.beyond[-1].middle
            found.append(_Curve(lambda _: last, _crosses(self.page.ink), said, line=False))
        return found

    def _points(
        self, points: Sequence[Point], colour: str, wide: float, marks: dict[str, Any]
    ) -> None:
        """Draw points, each with a whisker of a colour and a width from the least to the most."""
        whisker: dict[str, Any] = {"color": colour, "linewidth": wide, "solid_capstyle": "butt"}
        for point in points:
            self.axes.plot([point.workers] * 2, [point.low, point.high], **whisker)
        xs, ys = [point.workers for point in points], [point.middle for point in points]
        self.axes.plot(xs, ys, **marks)

    def _names(self, curves: list[_Curve]) -> None:
        """Name each curve at its right end, moved apart where ends are close."""
        ends = sorted(curves, key=lambda curve: -curve.law(self.most))
        tops: list[float] = []
        free = 0.0
        for curve in ends:
            tops.append(max(self._inches(curve.law(self.most)) - _LINE / 2, free))
            free = tops[-1] + curve.tall + _APART
        lowest = self.top + _HEIGHT
        for index in reversed(range(len(tops))):
            tops[index] = min(tops[index], lowest - ends[index].tall)
            lowest = tops[index] - _APART
        left = self.left + self.width + 0.1
        for curve, top in zip(ends, tops, strict=True):
            middle = top + _LINE / 2 - 0.01
            if curve.line:
                self.page.line([left, left + _SAMPLE], [middle] * 2, **curve.style)
            else:
                self.page.line([left + _SAMPLE / 2], [middle], **curve.style)
            for row, line in enumerate(curve.said):
                self.page.write(left + _SAMPLE + 0.08, top + row * _LINE, line, _SIZE)

    def _inches(self, speedup: float) -> float:
        """Return where on the page a speed-up is, from the top."""
        part = log(max(speedup, self.floor) / self.floor) / log(self.ceiling / self.floor)
        return self.top + _HEIGHT * (1 - part)

    def _scales(self) -> None:
        """Put numbers on both axes: powers of two, and the workers that were measured."""
        ink = self.page.ink
        _, style = self.page.style("0", _SIZE, color=ink.muted)
        powers = [2.0**power for power in range(-12, 21)]
        workers = _apart([*(point.workers for point in self.scaling.measured), *powers], self.most)
        speedups = [n for n in powers if self.floor <= n <= self.ceiling]
        speedups = speedups[:: 1 + len(speedups) // _MOST_NUMBERS]
        self.axes.minorticks_off()
        self.axes.set_xticks(workers, labels=[f"{n:g}" for n in workers], **style)
        self.axes.set_yticks(
            speedups,
            labels=[f"{n:.{2 if n < 0.01 else 3}g}×" if n < 1 else f"{n:g}×" for n in speedups],
            **style,
        )
        self.axes.tick_params(bottom=True, left=True, length=3, color=ink.muted, pad=3)
        self.axes.set_xlabel("workers", labelpad=2, **style)
        for n in speedups:
            pale = blend(ink.muted, ink.background, 0.25)
            self.axes.axhline(n, color=pale, linewidth=0.5, zorder=0)


def _apart(numbers: Sequence[float], most: int) -> list[float]:
    """Return the numbers from 1 that have room on the axis, the first before those after them."""
    found: list[float] = []
    for number in dict.fromkeys(numbers):
        room = (abs(log(number / other)) * _MOST_WORKERS >= log(most) for other in found)
        if 1 <= number <= most and all(room):
            found.append(number)
    return sorted(found)


def _line(colour: str, kind: Any) -> dict[str, Any]:
    return {"color": colour, "linestyle": kind, "linewidth": 1.5}


def _dots(face: str) -> dict[str, Any]:
    """Return the look of points that are on a law; a forecast's are hollow."""
    return _marks("o", 6.5, PARALLEL) | {"markerfacecolor": face}


def _crosses(ink: Ink) -> dict[str, Any]:
    """Return the look of points that no law is fitted to."""
    return _marks("x", 6.0, ink.text)


def _marks(shape: str, size: float, edge: str) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": shape,
        "markersize": size,
        "markeredgecolor": edge,
        "markeredgewidth": 1.5,
        "clip_on": False,  # half of it would be beside the axes at their ends
    }
