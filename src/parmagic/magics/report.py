"""Shows a run below its cell."""

from __future__ import annotations

import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from parmagic.measure.record import Run
from parmagic.show.display import Chart
from parmagic.show.headline import comparison_lines
from parmagic.show.headline import headline as headline_of
from parmagic.show.kinds import SWEEP
from parmagic.show.remedy import advice_lines
from parmagic.show.text import plain


def report(shell: InteractiveShell, run: Run, *, headline: bool, chart: str | None) -> None:
    """Print the headline of a run, and show a kind of its chart, as far as each is wanted."""
    if headline:
        for line in [headline_of(run), *comparison_lines(run), *advice_lines(run)]:
            print(plain(line, getattr(sys.stdout, "encoding", None)))
    if chart is not None and run.complete:
        # Only a kernel has somebody at its other end who can show a picture.
        picture = getattr(shell, "kernel", None) is not None
        if picture or not (headline and chart == SWEEP):  # its words have just been said
            display(Chart(run, picture=picture, kind=chart))


def save_chart(run: Run, path: Path, kind: str, *, said: bool) -> None:
    """Write a kind of chart to a file, and say so if that is wanted."""
    from parmagic.show.chart import save

    save(run, path, kind)
    if said:
        print(f"chart saved as {path}")
