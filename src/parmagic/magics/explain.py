"""Shows how a cell was read, and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from parmagic.magics.report import is_kernel, say
from parmagic.plan.cells.cell import Reading
from parmagic.show.explain import boxes, margin
from parmagic.show.graph import Box, told


def explain(shell: InteractiveShell, reading: Reading, code: str) -> None:
    """Print the cell with its margin; where pictures can be shown, draw its graph as well."""
    say("\n".join(margin(reading, code)))
    found = boxes(reading, code)
    if found and is_kernel(shell):
        display(_Graph(found))


class _Graph:
    """A task graph, to be given to `IPython.display.display`."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self._boxes = boxes

    def __repr__(self) -> str:
        return told(self._boxes)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        del include, exclude  # IPython drops what it does not want
        from parmagic.show.charts.graph import draw_graph

        return draw_graph(self._boxes).bundle()
