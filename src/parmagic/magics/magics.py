"""The magics %pmap, %%pmap and %%parallel: a skin over what plain functions do."""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import (
    Magics,
    line_cell_magic,
    line_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)
from traitlets import Bool, Enum, Int, TraitError, Unicode

from parmagic.arguments import near
from parmagic.errors import PlanError
from parmagic.magics.usage import usage
from parmagic.run.backend import CHOICES, DEFAULT, missing
from parmagic.run.interrupt import imported
from parmagic.run.manner import check_start_method
from parmagic.words import either

_LATE = "`%%{}` goes into the first line of a cell: nothing may stand above it, not even a comment"


class _Backend(Enum):  # type: ignore[type-arg]  # only some versions of traitlets are generic
    """The name of a backend; others are refused with the words of the option."""

    def validate(self, _owner: Any, value: Any) -> Any:
        """Return the name if it is one; a TraitError says what is allowed."""
        why = missing(value) if isinstance(value, str) else ""
        if value in CHOICES and not why:
            return value
        word = near(value, CHOICES) if isinstance(value, str) else ""
        meant = f'; did you mean `%config ParallelMagics.backend = "{word}"`?' if word else ""
        raise TraitError(why or f"no backend {value!r}: choose {either(CHOICES)}{meant}")


class _StartMethod(Unicode):  # type: ignore[type-arg]  # as above
    """How worker processes start; a wrong name is refused at once, not by the next run."""

    def validate(self, _owner: Any, value: Any) -> Any:
        """Return the name if it is one; a TraitError says what is allowed."""
        if value != "":
            try:
                check_start_method(value)
            except PlanError as error:
                raise TraitError(str(error)) from None
        return value


@magics_class
class ParallelMagics(Magics):
    """Run what cells define in parallel. These are the defaults; options of a magic win."""

    backend = _Backend(CHOICES, DEFAULT, help=f"What runs the tasks: {either(CHOICES)}.").tag(
        config=True
    )
    workers = Int(
        0, min=0, help="How many tasks run at a time; 0: one for each processor to be used."
    ).tag(config=True)
    plot = Bool(
        None,
        allow_none=True,
        help="Whether to show the chart; None: after %%parallel, and where runs are compared.",
    ).tag(config=True)
    quiet = Bool(False, help="Whether to show nothing but the value of each run.").tag(config=True)
    start_method = _StartMethod(
        "", help='How worker processes start: "forkserver", "spawn", or "" for the usual way.'
    ).tag(config=True)

    shell: InteractiveShell

    # What the magics do is imported when it is first wanted: loading the extension must be quick.

    @needs_local_scope
    @no_var_expand
    @line_cell_magic
    def pmap(self, line: str, cell: str | None = None, local_ns: Any = None) -> Any:
        """Run the tasks of a line; what `%pmap?` shows is `usage`."""
        __tracebackhide__ = True
        with imported("show.shortened").at_own_lines():
            return imported("magics.line").run_line(self, line, cell, local_ns)

    @line_cell_magic  # the line is for `%parallel -h`: IPython wants something below `%%parallel`
    def parallel(self, line: str, cell: str | None = None) -> Any:
        """Run a cell; what `%%parallel?` shows is `usage`."""
        __tracebackhide__ = True
        with imported("show.shortened").at_own_lines():
            return imported("magics.parallel").run_cell(self, line, cell)

    # For IPython, `%%pmap` in any but the first line of a cell is a line magic of this name.

    @line_magic("%pmap")  # type: ignore[arg-type]  # IPython's types forget that it may be named
    def late_pmap(self, _line: str) -> None:
        """Say where a cell magic goes: IPython would say that there is none."""
        raise UsageError(_LATE.format("pmap"))

    @line_magic("%parallel")  # type: ignore[arg-type]  # as above
    def late_parallel(self, _line: str) -> None:
        """Say where a cell magic goes: IPython would say that there is none."""
        raise UsageError(_LATE.format("parallel"))


ParallelMagics.pmap.__doc__ = usage("pmap")
ParallelMagics.parallel.__doc__ = usage("parallel")
