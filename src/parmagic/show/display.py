"""The chart of a run as IPython shows it: a picture in a notebook, bars of text in a terminal."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Any

from parmagic.show.bar import WIDTH, bars

if TYPE_CHECKING:
    from parmagic.measure.record import Run


class Chart:
    """A run's chart, to be given to `IPython.display.display`."""

    def __init__(self, run: Run, picture: bool) -> None:
        self._run = run
        self._picture = picture

    def __repr__(self) -> str:
        # The last column is left free: some terminals wrap a line that fills it.
        width = WIDTH if self._picture else min(WIDTH, shutil.get_terminal_size().columns - 1)
        return bars(self._run, width, encoding=getattr(sys.stdout, "encoding", None))

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the text, and the picture with its size and alternative text."""
        del include, exclude  # IPython drops what it does not want
        if not self._picture:
            return {"text/plain": repr(self)}, {}
        from parmagic.show.chart import draw

        data, metadata = draw(self._run).bundle()
        return {**data, "text/plain": repr(self)}, metadata
