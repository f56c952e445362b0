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
from parmagic.show.text import plain


def report(
    shell: InteractiveShell, run: Run, *, headline: bool, chart: bool, save: Path | None
) -> None:
    """Print the headline of a run, show its chart, and save it, as far as each is wanted."""
    if headline:
        for line in [headline_of(run), *comparison_lines(run)]:
            print(plain(line, getattr(sys.stdout, "encoding", None)))
    if chart and run.complete:
        # Only a kernel has somebody at its other end who can show a picture.
        display(Chart(run, picture=getattr(shell, "kernel", None) is not None))
    if save is not None:
        from parmagic.show.chart import save as save_chart

        save_chart(run, save)
        if headline:
            print(f"chart saved as {save}")
