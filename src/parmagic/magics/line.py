"""What %pmap and %%pmap do."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any

from parmagic.errors import PlanError
from parmagic.magics.call import manner_of, usage_errors, with_defaults
from parmagic.magics.caller import is_wanted, place
from parmagic.magics.cell import Cell
from parmagic.magics.drawing import drawing_soon
from parmagic.magics.options import parse
from parmagic.magics.report import finish
from parmagic.magics.slips import read_code, refuse_late, refuse_overwriting
from parmagic.magics.usage import usage
from parmagic.plan.arity import rows_meant, several_meant
from parmagic.plan.mapping import Site, plan_map
from parmagic.run.execute import execute
from parmagic.run.workers.raised import add_note

if TYPE_CHECKING:
    from parmagic.magics.magics import ParallelMagics

NO_LINE = (
    "what is to be run goes into the line of `%%pmap`, as in `%%pmap square(x) for x in numbers`, "
    "and what it needs into the cell below it; an ordinary cell is for `%%parallel`"
)


def run_line(magics: ParallelMagics, line: str, cell: str | None, local_ns: Any) -> Any:
    """Run the cell, if there is one, then the tasks of the line, and return their values."""
    __tracebackhide__ = True
    shell, namespace = magics.shell, magics.shell.user_ns
    local = {} if local_ns is None or local_ns is namespace else local_ns
    with usage_errors():
        visible = ChainMap(local, namespace)
        options, code = parse("pmap", line, visible)
        if options.help:
            print(usage("pmap"))
            return None
        if cell is not None and not code.strip():
            raise PlanError(NO_LINE)
        read = read_code(line, code, visible)
        options = with_defaults(options, "pmap", magics)
        manner = manner_of(options, magics)
    if cell is not None:
        with usage_errors():
            body = Cell(shell, "pmap", cell)
            body.last = None  # the value of the magic is that of its line
        body.run(body.tree.body)
    with usage_errors():
        refuse_late(line, code, read, visible)
        refuse_overwriting(options.out, (*read.names, *read.items_names), visible)
        plan = plan_map(read, Site(*place(), namespace, local))
        if options.export is not None:
            from parmagic.run.export import export

            plan = export(plan, manner, options.export)
        with drawing_soon(shell, options, manner):
            run = execute(plan, manner)
    if isinstance(run.error, TypeError | LookupError | AttributeError) and (
        note := several_meant(read, plan.call, plan.items) or rows_meant(read, plan.items)
    ):
        add_note(run.error, note)
    finish(run, options, shell)
    # A list of the notebook's own: what becomes of it there changes nothing in the record.
    return list(run.values) if not read.silent or is_wanted() else None
