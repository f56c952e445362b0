"""What the code of the tasks tells before any runs: what new workers load, a library's threads."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from parmagic.modules.definitions.wrapped import CACHED
from parmagic.modules.notable.altered import altered
from parmagic.modules.notable.guarded import is_guarded
from parmagic.modules.notable.racing import race_in
from parmagic.modules.notable.threaded import may_thread
from parmagic.modules.reach import Piece, loads_later, pieces
from parmagic.modules.values.kinds import ATOMS
from parmagic.plan.work import Plan
from parmagic.run import cpus
from parmagic.run.backend import IMPORTING, SENDING
from parmagic.run.job import Job
from parmagic.run.workers.libraries import threads_serially
from parmagic.run.workers.options import NAMES


def read_code(plan: Plan, job: Job, backend: str) -> None:
    """Look through the code that the tasks of a plan may run, and note in the job what it tells."""
    entry, items = plan.entry, plan.items
    # Not of a class of the user's, whose slices might be computed.
    first = items[:1] if isinstance(items, list | tuple) and type(items) in (list, tuple) else ()
    names = {**plan.namespace, **entry.local} if entry.local else plan.namespace
    starts = [plan.call, *first, *(names[name] for name in entry.functions if name in names)]
    found = list(pieces(starts, entry.expression or "", names))
    if may_thread(starts, found):
        job.serial_threads = threads_serially(job.processors)
    if backend in IMPORTING:
        job.imports = tuple(sorted(loads_later(found) | _with_options(found)))
    if any(issubclass(type(one), CACHED) for one in starts) and job.crew[1] > 1:
        job.records.reused = _are_repeated(items)
    if backend not in SENDING and job.crew[1] > 1:
        job.records.guarded = is_guarded(starts, found)
        for race in dict.fromkeys(race_in(piece.code, gil=cpus.has_gil()) for piece in found):
            if race:
                job.remark(race)
    if backend in SENDING:
        for remark in altered(found):
            job.remark(remark)


def _are_repeated(items: object) -> bool:
    """Tell whether some items are equal to others; False if only code of theirs could say."""
    if not isinstance(items, list | tuple) or not ATOMS.issuperset(map(type, items)):
        return False
    return len(set(items)) < len(items)


def _with_options(found: Iterable[Piece]) -> set[str]:
    """Return the libraries that a function imports itself, and that the notebook may have set."""
    named = {name.partition(".")[0] for piece in found for name in piece.names}
    return {name for name in NAMES & named if name in sys.modules}
