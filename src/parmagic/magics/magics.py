"""The magics %pmap, %%pmap and %%parallel: a skin over what plain functions do."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import (
    Magics,
    cell_magic,
    line_cell_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
    output_can_be_silenced,
)
from traitlets import Bool, Enum, Int, Unicode

from parmagic import cells, maps
from parmagic.errors import PlanError, TravelError
from parmagic.magics.cell import Cell
from parmagic.magics.options import Options, parse, usage
from parmagic.magics.parallel import CellRun
from parmagic.magics.report import report
from parmagic.measure.record import Run
from parmagic.plan.line import read_line
from parmagic.plan.mapping import Site, plan_map
from parmagic.run.backend import BACKENDS, DEFAULT
from parmagic.run.execute import execute
from parmagic.run.manner import Manner


@magics_class
class ParallelMagics(Magics):
    """Run what cells define in parallel. These are the defaults; options of a magic win."""

    backend = Enum(BACKENDS, DEFAULT, help="What runs the tasks.").tag(config=True)
    workers = Int(
        0, min=0, help="How many tasks run at a time; 0: one for each processor to be used."
    ).tag(config=True)
    plot = Bool(
        None,
        allow_none=True,
        help="Whether to show the chart; None: after %%parallel, and where runs are compared.",
    ).tag(config=True)
    quiet = Bool(False, help="Whether to leave out the headline after each run.").tag(config=True)
    start_method = Unicode(
        "", help='How worker processes start: "forkserver", "spawn", or "" for the usual way.'
    ).tag(config=True)

    shell: InteractiveShell

    @needs_local_scope
    @no_var_expand
    @line_cell_magic
    def pmap(self, line: str, cell: str | None = None, local_ns: Any = None) -> Any:
        """Run the tasks of a line; what `%pmap?` shows is `usage`."""
        __tracebackhide__ = True
        namespace = self.shell.user_ns
        with _usage_errors():
            options, code = parse("pmap", line, local_ns or namespace)
            if options.help:
                print(usage("pmap"))
                return None
            read = read_line(code)
            manner = self._manner(options)
        if cell is not None:
            with _usage_errors():
                body = Cell(self.shell, "pmap", cell)
            body.run(body.tree.body)
        local = local_ns if local_ns is not None and local_ns is not namespace else {}
        with _usage_errors():
            plan = plan_map(read, Site(*_caller(), namespace, local))
            run = execute(plan, manner)
        self._finish(run, options, chart=options.compare is not None)
        return None if read.silent else run.values

    @output_can_be_silenced
    @cell_magic
    def parallel(self, line: str, cell: str) -> Any:
        """Run a cell; what `%%parallel?` shows is `usage`."""
        __tracebackhide__ = True
        with _usage_errors():
            options, _ = parse("parallel", line, self.shell.user_ns)
            if options.help:
                print(usage("parallel"))
                return None
            manner = self._manner(options)
            body = Cell(self.shell, "parallel", cell)
        outcome = CellRun(body, self.shell.user_ns, manner).run()
        if outcome.run is not None:
            self._finish(outcome.run, options, chart=True)
        if isinstance(outcome.error, TravelError | PlanError):
            raise UsageError(str(outcome.error)) from None
        if outcome.error is not None:
            raise outcome.error
        if outcome.run is None:
            _say_nothing_ran(options)
        return outcome.value

    def _manner(self, options: Options) -> Manner:
        """Join the options with the defaults of `%config`."""
        return Manner(
            backend=options.backend or self.backend,
            workers=options.workers or self.workers or None,
            compare=options.compare,
            start_method=self.start_method or None,
            timeout=options.timeout,
            retries=options.retries or 0,
            errors=options.errors or "raise",
        ).checked()

    def _finish(self, run: Run, options: Options, *, chart: bool) -> None:
        """Bind, show and keep a run, and raise what ended it."""
        __tracebackhide__ = True
        if options.out:
            self.shell.user_ns[options.out] = run
        quiet = self.quiet if options.quiet is None else options.quiet
        plot = self.plot if options.plot is None else options.plot
        drawn = chart and not quiet if plot is None else plot
        maps.keep(run)
        report(self.shell, run, headline=not quiet, chart=drawn, save=options.save)
        if run.error is not None:
            raise run.error


ParallelMagics.pmap.__doc__ = usage("pmap")
ParallelMagics.parallel.__doc__ = usage("parallel")


def _caller() -> tuple[str, int]:
    """Find the file name and the line of the cell, or of its function, that runs a magic."""
    frame = sys._getframe(1)  # noqa: SLF001 - Python's own way to a caller
    while frame.f_back is not None and not cells.is_cell(frame.f_code.co_filename):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _say_nothing_ran(options: Options) -> None:
    if not options.quiet:
        print(
            "nothing ran in parallel: no statement of this cell calls a function of your own, "
            "as in `a = simulate(1)`",
            file=sys.stderr,
        )


@contextlib.contextmanager
def _usage_errors() -> Iterator[None]:
    """Show what was typed wrong as IPython shows it: one line, no traceback."""
    __tracebackhide__ = True
    try:
        yield
    except (PlanError, TravelError) as error:
        raise UsageError(str(error)) from None
