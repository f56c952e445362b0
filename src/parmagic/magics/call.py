"""How a call of a magic begins: its options say how to run; what was typed wrong is refused."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from IPython.core.error import UsageError

from parmagic.errors import PlanError, TravelError
from parmagic.magics.caller import is_timed
from parmagic.magics.options import Options
from parmagic.magics.report import is_watched, say
from parmagic.magics.table import Magic
from parmagic.run.backend import AUTO, DEFAULT, chosen
from parmagic.run.manner import Manner
from parmagic.show.kinds import SWEEP
from parmagic.show.progress import Progress
from parmagic.show.shortened import shortly

if TYPE_CHECKING:
    from parmagic.magics.magics import ParallelMagics
    from parmagic.measure.forecast import Forecast


@contextlib.contextmanager
def usage_errors() -> Iterator[None]:
    """Show what was typed wrong in one line without a traceback, as IPython does.

    An exception that the code of a line raises before any task begins is shown at that line.
    """
    __tracebackhide__ = True
    try:
        with shortly():
            yield
    except (PlanError, TravelError) as error:
        raise UsageError(str(error)) from None


def with_defaults(options: Options, magic: Magic, defaults: ParallelMagics) -> Options:
    """Fill in what the line does not say: by `%config`, or by what is usual."""
    quiet = options.quiet or defaults.quiet or is_timed()
    plot = False if quiet else defaults.plot
    if plot is None:
        plot = magic == "parallel" or (options.compare, options.sweep) != (None, None)
    return options._replace(
        backend=options.backend or _usual(options, magic, defaults.backend),
        workers=options.workers or defaults.workers or None,
        quiet=quiet,
        plot=plot if options.plot is None else options.plot,
    )


def _usual(options: Options, magic: Magic, default: str) -> str:
    """Return the backend of a line that names none: `auto` only where other options allow it."""
    asked = (options.compare, options.sweep, options.repeat, options.timeout, options.export)
    excluded = magic == "parallel" or options.queue or any(one is not None for one in asked)
    return DEFAULT if default == AUTO and excluded else default


def manner_of(options: Options, magics: ParallelMagics) -> Manner:
    """Say how to run a line or a cell with these options."""
    if options.plot == SWEEP and options.sweep is None:
        raise PlanError("`--plot sweep` draws runs with several numbers of workers: add `--sweep`")
    backend, executor = chosen(options.backend)
    return Manner(
        backend=backend,
        executor=executor,
        workers=options.workers,
        compare=options.compare,
        forecast=options.forecast,
        sweep=options.sweep,
        repeat=options.repeat or 1,
        close=options.close,
        start_method=magics.start_method or None,
        timeout=options.timeout,
        retries=options.retries or 0,
        errors=options.errors or "raise",
        queue=options.queue,
        max_tasks=options.max_tasks,
        announce=None if options.quiet else _announce,
        tell=None if options.quiet else _say_once(),
        watch=None if options.quiet or not is_watched(magics.shell) else Progress(),
    ).checked()


def _announce(forecast: Forecast | str) -> None:
    from parmagic.show.forecast import forecast_lines

    say(forecast if isinstance(forecast, str) else "\n".join(forecast_lines(forecast)))


def _say_once() -> Callable[[str], None]:
    """Return what prints remarks, each one once, however many runs the cell has."""
    said: set[str] = set()

    def say_new(remark: str) -> None:
        if remark not in said:
            said.add(remark)
            sys.stdout.flush()  # what was printed before comes first, though in another stream
            say(f"note: {remark}", sys.stderr)

    return say_new
