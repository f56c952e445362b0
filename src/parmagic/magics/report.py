"""Shows a run below its cell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from parmagic.measure.record import Run
from parmagic.show.display import Chart
from parmagic.show.headline import comparison_lines
from parmagic.show.headline import headline as headline_of
from parmagic.show.kinds import SWEEP
from parmagic.show.remedy import advice_lines
from parmagic.words import plain


def say(text: str, stream: TextIO | None = None, *, at_once: bool = True) -> None:
    """Print a text, by default to the standard output, as far as its encoding can carry it.

    A front end shows what is printed when it is flushed, or else a little later: waiting for it
    takes longer than a run of a few short tasks.
    """
    stream = stream or sys.stdout
    print(plain(text, getattr(stream, "encoding", None)), file=stream, flush=at_once)


def is_kernel(shell: InteractiveShell) -> bool:
    """Tell whether a front end is at the other end, which shows pictures; a terminal is none."""
    return getattr(shell, "kernel", None) is not None


def report(shell: InteractiveShell, run: Run, *, headline: bool, chart: str | None) -> None:
    """Print the headline of a run, and show a kind of its chart, as far as each is wanted."""
    if headline:
        lines = [headline_of(run), *comparison_lines(run), *advice_lines(run)]
        say("\n".join(lines), at_once=False)
    if chart is not None and run.complete:
        picture = is_kernel(shell)
        if picture or not (headline and chart == SWEEP):  # its words have just been said
            display(Chart(run, picture=picture, kind=chart))


def save_chart(run: Run, path: Path, kind: str, *, said: bool) -> None:
    """Write a kind of chart to a file, and say so if that is wanted."""
    from parmagic.show.charts.chart import save

    save(run, path, kind)
    if said:
        print(f"chart saved as {path}")
