"""The colours of the blocks of a timeline: one for all, one for each function, or by length.

Functions have colours of the palette of Okabe and Ito (see `ink`); lengths have those of
matplotlib's `viridis`, made to look the same to colour-blind and other readers.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib as mpl
from matplotlib.colors import to_hex

from parmagic.measure.record import Run
from parmagic.show.charts.ink import NEAR_BLACK, PARALLEL, SERIAL, Ink, blend, is_dark
from parmagic.show.charts.key import KeyEntry
from parmagic.show.duration import duration
from parmagic.show.lane import FULL
from parmagic.show.shade import LEVELS, Shades

_FUNCTIONS = (PARALLEL, "#E69F00", "#009E73", "#56B4E9", "#999999")  # the last: grey, for others
_PALEST = 0.2  # of the colour in a column that was hardly busy


class Dye(NamedTuple):
    """The colours of shades, and of those that were only partly busy."""

    shades: Shades
    colours: tuple[str, ...]
    faint: str  # the colour of an idle lane

    def colour(self, shade: int, busy: float) -> str:
        """Return the colour of a block; as pale as it was idle."""
        share = round(busy * FULL) / FULL
        full = self.colours[shade]
        return full if share == 1 else blend(full, self.faint, _PALEST + (1 - _PALEST) * share)

    def letters(self, shade: int) -> str:
        """Return the colour of letters that can be read on a block."""
        return "white" if is_dark(self.colours[shade]) else NEAR_BLACK

    def key(self) -> list[KeyEntry]:
        """Return what the colours mean."""
        shades = self.shades
        swatches = tuple({"facecolor": colour, "linewidth": 0} for colour in self.colours)
        if shades.by == "function":
            return [
                KeyEntry((swatch,), name)
                for name, swatch in zip(shades.names, swatches, strict=True)
            ]
        if shades.by == "duration":
            steps = ", in equal factors" if shades.logarithmic else ""
            ends = f"{duration(shades.shortest)} to {duration(shades.longest)}"
            return [KeyEntry(swatches, f"tasks of {ends}{steps}")]
        return []


def dye_of(run: Run, shades: Shades, ink: Ink) -> Dye:
    """Choose the colours for the shades of a run, on the user's background."""
    if shades.by == "function":
        named = len(shades.names)
        own = [*_FUNCTIONS[: named - 1], _FUNCTIONS[-1]]
        colours = own if shades.names[-1] == "others" else list(_FUNCTIONS[:named])
        return Dye(shades, tuple(colours), ink.faint)
    if shades.by == "duration":
        # The end of the scale that is next to the background is left out.
        low, high = (0.2, 1.0) if is_dark(ink.background) else (0.0, 0.9)
        scale = mpl.colormaps["viridis"]
        places = [low + (high - low) * step / (LEVELS - 1) for step in range(LEVELS)]
        # The longest stands out most.
        found = tuple(to_hex(scale(place)) for place in places)
        return Dye(shades, found if is_dark(ink.background) else found[::-1], ink.faint)
    return Dye(shades, (SERIAL if run.backend == "serial" else PARALLEL,), ink.faint)
