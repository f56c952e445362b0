"""How a call of a magic ends: what is said and shown of a run below its cell."""

from __future__ import annotations

import sys
from typing import TextIO

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from parmagic import maps
from parmagic.magics.options import Options
from parmagic.measure.record import Run
from parmagic.show.display import Chart
from parmagic.show.headline import comparison_lines, headline
from parmagic.show.kinds import SWEEP
from parmagic.show.remedy import advice_lines
from parmagic.show.shortened import shortened
from parmagic.words import plain


def say(text: str, stream: TextIO | None = None, *, at_once: bool = True) -> None:
    """Print a text, by default to the standard output, as far as its encoding has the characters.

    Flushing shows it at once. It takes longer than a run of a few short tasks; without it the front
    end shows the text a little later.
    """
    stream = stream or sys.stdout
    print(plain(text, getattr(stream, "encoding", None)), file=stream, flush=at_once)


def is_kernel(shell: InteractiveShell) -> bool:
    """Tell whether a front end shows what is displayed, also pictures: a terminal does not."""
    return getattr(shell, "kernel", None) is not None


def is_watched(shell: InteractiveShell) -> bool:
    """Tell whether somebody watches: in a file every state of a progress line would stay.

    Also in a notebook that a program runs, such as `nbconvert --execute` or papermill. Programs do
    not offer to type input, as the front ends of people do.
    """
    if not is_kernel(shell):
        return sys.stdout.isatty()
    parent = getattr(shell, "parent_header", None) or {}  # in spite of its name, all of the request
    return bool(parent.get("content", {}).get("allow_stdin", True))


def finish(run: Run, options: Options, shell: InteractiveShell) -> None:
    """Bind, keep and show a run, as its options say, and raise the exception that ended it."""
    __tracebackhide__ = True
    if options.out:
        shell.user_ns[options.out] = run
    maps.keep(run)
    if not options.quiet:
        if run.traffic.reading:
            sys.stderr.flush()  # a bar around the iterable ends its line, and waits to be shown
        lines = [headline(run), *comparison_lines(run), *advice_lines(run)]
        say("\n".join(lines), at_once=False)
    if options.plot and (run.complete or run.error is None):  # above an error it would be too much
        picture = is_kernel(shell)
        if picture or options.quiet or options.chart != SWEEP:  # its words have just been said
            display(Chart(run, picture=picture, kind=options.chart))
    if options.save is not None:
        from parmagic.show.charts.chart import save

        save(run, options.save, options.chart)
    for what, path in (("chart", options.save), ("script", options.export)):
        if path is not None and not options.quiet:
            print(f"{what} saved as {path}")
    if run.error is not None:
        raise shortened(run.error)
