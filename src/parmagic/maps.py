"""`pmap`, the function that `%pmap` is a skin over, and the memory of the last run."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from concurrent.futures import Executor
from types import FunctionType
from typing import Any, Never

from parmagic.arguments import said
from parmagic.calls import backend_called, uncallable, unexpected
from parmagic.errors import ParmagicError, PlanError
from parmagic.here import here
from parmagic.main import MAINS
from parmagic.measure.record import Run
from parmagic.modules.definitions.wrapped import unwrapped
from parmagic.modules.own import is_function_of_notebook
from parmagic.modules.package import Entry
from parmagic.plan.work import Plan
from parmagic.run.backend import DEFAULT, chosen
from parmagic.run.execute import execute
from parmagic.run.manner import Manner
from parmagic.run.typed import by_arguments
from parmagic.run.workers.raised import add_note
from parmagic.show.progress import watch
from parmagic.show.shortened import shortened, shortly

_last: Run | None = None


def pmap(  # noqa: PLR0913 - what a run can be told, each by its name
    function: Callable[..., Any],
    *iterables: Iterable[Any],
    backend: str | Executor = DEFAULT,
    workers: int | None = None,
    compare: bool | str | Sequence[str] = False,
    forecast: bool = False,
    sweep: bool | int | Sequence[int] = False,
    repeat: int = 1,
    close: float | None = None,
    start_method: str | None = None,
    timeout: float | None = None,
    retries: int = 0,
    errors: str = "raise",
    queue: bool = False,
    max_tasks: int | None = None,
    export: str | os.PathLike[str] | None = None,
    progress: bool = False,
    **others: Never,
) -> Run:
    """Call `function` on each item of the iterables, in parallel, and return the record of it.

    As with `map`, several iterables give the function several arguments, and the shortest ends
    the run. The values are in `Run.values`, in the order of the input. Nothing is shown but what
    tasks print.

        run = parmagic.pmap(square, range(5), backend="pool", compare=True)
        run.values  # [0, 1, 4, 9, 16]
        print(run)  # how long it took, and how that compares with running serially

    Args:
        function: What each task calls. It may be defined in a notebook, in the script that runs,
            or in a module.
        iterables: The arguments. Lists, tuples, ranges and arrays are cut into slices; anything
            else is read only as fast as the tasks are done.
        backend: "serial", "thread", "process" (a new process for each task), "pool" (worker
            processes that stay for the next call) or, on Python 3.14 or newer, "interpreter"
            (interpreters with a GIL of their own in threads of this process, which stay, too; not
            on Windows); "dask" (the workers of the dask client that is open); or "auto": the one
            of the first four that a forecast chooses. Or a `concurrent.futures.Executor` or a
            dask client of your own, which is left as it is.
        workers: How many tasks run at a time; by default, as many as there are processors that
            this process may use, or workers of the executor or client.
        compare: True to run serially, too, measure that, and check that the values are the same;
            or the names of several backends to run one after another, or "all" of them.
        forecast: Whether the first few tasks are run here, one after another, to say by their
            clocks what is to be expected, as `Run.forecast`; the backend runs the others.
        sweep: Numbers of workers to run with, one after another, e.g. (1, 2, 4); or True for the
            powers of two up to `workers`. The fastest run is returned, with all as `Run.sweep`.
        repeat: Rounds in which everything is run again, in turns; times are then medians.
        close: Relative difference up to which compared numbers count as equal, e.g. 1e-9.
        start_method: "forkserver" or "spawn"; by default the one that `multiprocessing` was set
            to, else "forkserver" on Linux and "spawn" elsewhere.
        timeout: Seconds that one task may take; a task that takes longer is ended and fails with
            TimeoutError. Only on "process" and "pool".
        retries: How often a task that failed is run again, at once.
        errors: "raise" to raise the first exception, or "keep" to go on and find the exceptions
            in `Run.values`, in the places of the values.
        queue: Whether the tasks go into one queue, from which each worker takes one at a time, and
            to which a task may add others by `enqueue`. Their values come after those of the items.
        max_tasks: How many tasks a queue may come to, those of the items among them; with more, the
            run ends with QueueError when these are done.
        export: A file that ends in .py, into which the run is written as a script that needs no
            parmagic, before it begins. No file of another origin is written over.
        progress: Whether a run of more than two seconds says how far it is: in a terminal and in a
            notebook, in a line that disappears at the end; in a file, now and then in a line of
            its own, of the standard error output.
        others: None there may be: what other libraries call their arguments is answered with what
            to type here.

    Raises:
        PlanError: An argument is wrong, e.g. there is no such backend.
        TypeError: An argument that should be an iterable is none, or `pmap` has no argument of the
            name that was given.
        TravelError: Something the function needs cannot be sent to another process.
        WorkerDied: A worker process ended in the middle of a task.
        QueueError: The queue grew past `max_tasks`.

    Whatever a task raises is raised here, as it was. `last_run()` then has what was finished.
    """
    __tracebackhide__ = True
    with here():
        if others:
            raise TypeError(unexpected(function, others, pmap.__kwdefaults__ or ()))
        _check(function, iterables)
    with here(ParmagicError), shortly(), by_arguments():
        plan = _plan_of(function, iterables, sys._getframe(1))  # noqa: SLF001 - the caller's line
        compared = _names(compare)
        name, executor = chosen(backend)
        manner = Manner(
            backend=name,
            executor=executor,
            workers=workers,
            compare=compared,
            forecast=forecast,
            sweep=_counts(sweep),
            repeat=repeat,
            close=close,
            start_method=start_method,
            timeout=timeout,
            retries=retries,
            errors=errors,
            queue=queue,
            max_tasks=max_tasks,
            watch=watch() if progress else None,
        )
        if export is not None:
            from parmagic.run.export import export as write_script

            plan = write_script(plan, manner, export)
        run = keep(execute(plan, manner))
    if type(run.error) is TypeError and len(iterables) == 1:
        from parmagic.plan.arity import several_given

        if note := several_given(function, iterables[0]):
            add_note(run.error, note)
    if run.error is not None:
        with here(BaseException, within=run.error.__traceback__):
            raise shortened(run.error)
    return run


def _check(function: object, iterables: Sequence[object]) -> None:
    if not callable(function):
        raise PlanError(uncallable(function, iterables))
    if not iterables:
        raise PlanError("pmap needs something to map over: pmap(function, iterable)")
    for number, one in enumerate(iterables):
        if number and isinstance(one, str) and (meant := backend_called(one)):
            raise PlanError(f'options are given by name: call `pmap(f, xs, backend="{meant}")`')
        if not isinstance(one, Iterable) and not hasattr(type(one), "__getitem__"):
            kind, workers = type(one).__name__, one if number and type(one) is int else 2
            raise TypeError(
                f"{kind!r} object is not iterable: pmap takes lists and the like, "
                f"and options by name, as in `workers={workers}`"
            )


def _plan_of(function: Callable[..., Any], iterables: Sequence[Iterable[Any]], frame: Any) -> Plan:
    """Plan calls of `function`, on behalf of the code that `frame` runs."""
    name = getattr(function, "__name__", type(function).__name__)
    spread = len(iterables) > 1
    return Plan(
        code=f"{name} over {_count(iterables[0])}",
        label=name,
        call=function,
        entry=Entry(name, frame.f_code.co_filename, frame.f_lineno, value=function),
        namespace=_namespace(function),
        items=zip(*iterables, strict=False) if spread else iterables[0],
        spread=spread,
        called=True,
    )


def keep(run: Run) -> Run:
    """Make a run the last one."""
    global _last
    _last = run
    return run


def last_run() -> Run | None:
    """Return the record of the last run, however it ended; None before the first."""
    return _last


def _namespace(function: Callable[..., Any]) -> Mapping[str, Any]:
    """Return where the names of a function's code mean something.

    What a decorator has made says that it is of the module of the function below, but its globals
    are the decorator's.
    """
    if is_function_of_notebook(function) and function.__module__ in MAINS:
        below = unwrapped(function)
        if isinstance(below, FunctionType) and below.__globals__ is function.__globals__:
            return below.__globals__
    return vars(sys.modules["__main__"])


def _names(compare: bool | str | Sequence[str] | None) -> tuple[str, ...] | None:
    if compare is None or isinstance(compare, bool):
        return () if compare else None
    if isinstance(compare, str):  # as after the option: "thread,pool"
        return tuple(name.strip() for name in compare.split(","))
    if isinstance(compare, Iterable):
        return tuple(compare)
    raise PlanError(f"compare must be True, False or names of backends, not {said(compare)}")


def _counts(sweep: bool | int | Sequence[int] | None) -> tuple[int, ...] | None:
    if sweep is None or isinstance(sweep, bool):
        return () if sweep else None
    if isinstance(sweep, Iterable) and not isinstance(sweep, str):
        return tuple(sweep)
    return (sweep,)


def _count(iterable: Iterable[Any]) -> str:
    size = None
    with contextlib.suppress(Exception):  # its class is the user's: the items may be there
        size = len(iterable) if isinstance(iterable, Sized) else None
    return "an iterable" if size is None else "1 item" if size == 1 else f"{size} items"
