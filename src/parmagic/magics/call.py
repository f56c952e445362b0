"""What the magics share: how a call of one begins, and how it ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from parmagic import maps
from parmagic.errors import PlanError, TravelError
from parmagic.magics.defaults import Defaults
from parmagic.magics.options import Options
from parmagic.magics.report import is_kernel, report, save_chart, say
from parmagic.measure.record import Run
from parmagic.run.backend import AUTO, DEFAULT
from parmagic.run.backend import chosen as chosen_backend
from parmagic.run.manner import Manner
from parmagic.show.kinds import SWEEP, USUAL
from parmagic.show.progress import Progress
from parmagic.show.shortened import shortened, shortly

if TYPE_CHECKING:
    from parmagic.measure.forecast import Forecast


@contextlib.contextmanager
def usage_errors() -> Iterator[None]:
    """Show what was typed wrong as IPython shows it: one line, no traceback.

    What the code of a line raises before any task begins is shown at that line, once.
    """
    __tracebackhide__ = True
    try:
        with shortly():
            yield
    except (PlanError, TravelError) as error:
        raise UsageError(str(error)) from None


def manner_of(options: Options, defaults: Defaults, shell: InteractiveShell) -> Manner:
    """Join the options of a line with the defaults of `%config`."""
    if options.plot == SWEEP and options.sweep is None:
        raise PlanError("`--plot sweep` draws runs with several numbers of workers: add `--sweep`")
    quiet = is_quiet(options, defaults)
    backend, executor = chosen_backend(options.backend or _usual(options, defaults))
    return Manner(
        backend=backend,
        executor=executor,
        workers=options.workers or defaults.workers or None,
        compare=options.compare,
        forecast=options.forecast,
        sweep=options.sweep,
        repeat=options.repeat or 1,
        close=options.close,
        start_method=defaults.start_method or None,
        timeout=options.timeout,
        retries=options.retries or 0,
        errors=options.errors or "raise",
        queue=options.queue,
        max_tasks=options.max_tasks,
        announce=None if quiet else _announce,
        tell=None if quiet else _say_once(),
        watch=None if quiet or not _can_write_over(shell) else Progress(),
    ).checked()


def _usual(options: Options, defaults: Defaults) -> str:
    """Return the backend where the line names none: not `auto` beside what excludes it."""
    asked = (options.compare, options.sweep, options.repeat, options.timeout, options.export)
    auto = defaults.backend == AUTO and (options.queue or any(one is not None for one in asked))
    return DEFAULT if auto else defaults.backend


def is_quiet(options: Options, defaults: Defaults) -> bool:
    """Tell whether nothing but the value is to be shown."""
    return options.quiet or defaults.quiet


def _can_write_over(shell: InteractiveShell) -> bool:
    """Tell whether a line that was shown can be written over: not in a file that output goes to."""
    return is_kernel(shell) or sys.stdout.isatty()


def _announce(forecast: Forecast | str) -> None:
    from parmagic.show.forecast import forecast_lines

    say(forecast if isinstance(forecast, str) else "\n".join(forecast_lines(forecast)))


def _say_once() -> Callable[[str], None]:
    """Return what prints remarks on a cell, each once, whatever is run in it how often."""
    said: set[str] = set()

    def say_new(remark: str) -> None:
        if remark not in said:
            said.add(remark)
            sys.stdout.flush()  # what was printed before comes first, though in another stream
            say(f"note: {remark}", sys.stderr)

    return say_new


class Show(NamedTuple):
    """What is to be shown of a run."""

    headline: bool
    chart: bool
    kind: str  # of chart, also of one that is only saved


def chosen(options: Options, defaults: Defaults, *, chart: bool) -> Show:
    """Join the options of a line with the defaults; `chart` says what is usual for it."""
    quiet = is_quiet(options, defaults)
    plot = options.plot
    if plot is None and not quiet:
        plot = chart if defaults.plot is None else defaults.plot
    usual = USUAL if options.sweep is None else SWEEP
    return Show(not quiet, bool(plot), plot if isinstance(plot, str) else usual)


def finish(
    run: Run, options: Options, shell: InteractiveShell, defaults: Defaults, *, chart: bool
) -> None:
    """Bind, keep and show a run, and raise what ended it; `chart` says what is usual here."""
    __tracebackhide__ = True
    if options.out:
        shell.user_ns[options.out] = run
    show = chosen(options, defaults, chart=chart)
    maps.keep(run)
    report(shell, run, headline=show.headline, chart=show.kind if show.chart else None)
    if options.save is not None:
        save_chart(run, options.save, show.kind, said=show.headline)
    if options.export is not None and show.headline:
        print(f"script saved as {options.export}")
    if run.error is not None:
        raise shortened(run.error)
