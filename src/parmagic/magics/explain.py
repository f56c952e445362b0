"""Shows how a cell was read, and runs nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from parmagic.plan.cell import Reading
from parmagic.plan.explain import boxes, margin
from parmagic.show.graph import Box, told
from parmagic.show.text import plain


def explain(shell: InteractiveShell, reading: Reading, code: str) -> None:
    """Print the cell with its margin; where pictures can be shown, draw its graph as well."""
    encoding = getattr(sys.stdout, "encoding", None)
    print(plain("\n".join(margin(reading, code)), encoding))
    found = boxes(reading, code)
    # Only a kernel has somebody at its other end who can show a picture.
    if found and getattr(shell, "kernel", None) is not None:
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
        from parmagic.show.chart_graph import draw_graph

        return draw_graph(self._boxes).bundle()
