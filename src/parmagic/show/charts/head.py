"""The top of every chart: the headline, a doubt of it if there is one, and the code that ran."""

from __future__ import annotations

from parmagic.measure.record import Run
from parmagic.show.charts.page import Page
from parmagic.show.headline import headline
from parmagic.show.remedy import doubt

WIDTH = 9.2  # inches: as wide as a notebook's output on a common screen
MARGIN = 0.2  # inches
ROOM = WIDTH - 2 * MARGIN  # inches
_LINE = 0.22  # inches: a line of the headline
_BELOW = 0.2  # inches
_TITLE_SIZE = 1.15  # of the user's font size
_TITLE_LINES = 3


class Head:
    """The headline of a run; measured first, so that the page can get its height."""

    def __init__(self, page: Page, run: Run, alt: str) -> None:
        self._page = page
        self._title = page.wrap(headline(run), ROOM, _TITLE_LINES, _TITLE_SIZE, weight="bold")
        # A picture goes without the advice that stands below its sentence in a notebook.
        self._doubt = page.wrap(doubt(run), ROOM, _TITLE_LINES)
        self._code = f"{run.cell}: {run.code}" if run.cell and run.code else run.code
        page.picture.alt = alt
        page.picture.title = headline(run)
        lines = len(self._title) + len(self._doubt) + (1 if self._code else 0)
        self.height = MARGIN + _LINE * lines + _BELOW

    def draw(self) -> None:
        """Write it."""
        for index, line in enumerate(self._title):
            self._page.write(MARGIN, MARGIN + index * _LINE, line, _TITLE_SIZE, weight="bold")
        for index, line in enumerate(self._doubt, len(self._title)):
            self._page.write(MARGIN, MARGIN + index * _LINE, line)
        if self._code:
            style = {"family": "monospace", "color": self._page.ink.muted}
            line = self._page.cut(" ".join(self._code.split()), ROOM, 0.9, **style)
            top = MARGIN + (len(self._title) + len(self._doubt)) * _LINE + 0.02
            self._page.write(MARGIN, top, line, 0.9, **style)
