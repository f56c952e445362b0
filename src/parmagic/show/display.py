"""The chart of a run as IPython shows it: a picture in a notebook, bars of text in a terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import Any

from parmagic.measure.record import Run
from parmagic.show.alt import told
from parmagic.show.bar import WIDTH, bars
from parmagic.show.kinds import USUAL
from parmagic.words import plain


class Chart:
    """A run's chart, to be given to `IPython.display.display`."""

    def __init__(self, run: Run, picture: bool, kind: str = USUAL) -> None:
        self._run = run
        self._picture = picture
        self._kind = kind

    def __repr__(self) -> str:
        # The last column is left free: some terminals wrap a line that fills it.
        width = WIDTH if self._picture else min(WIDTH, shutil.get_terminal_size().columns - 1)
        encoding = getattr(sys.stdout, "encoding", None)
        if self._kind == USUAL:
            return bars(self._run, width, encoding)
        return plain("\n".join(textwrap.wrap(told(self._run, self._kind), width)), encoding)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the text, and the picture with its size and alternative text."""
        del include, exclude  # IPython drops what it does not want
        if not self._picture:
            return {"text/plain": repr(self)}, {}
        from parmagic.show.charts.chart import draw

        data, metadata = draw(self._run, self._kind).bundle()
        return {**data, "text/plain": repr(self)}, metadata
