"""What users of other libraries type, and what to type here instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from parmagic.arguments import nearest

# What other libraries call the number of workers, with or without dashes.
WORKERS: Final = re.compile(
    r"-[jnp][ =]?\d|(--)?((nb?|num|max)[-_]?)?(jobs|workers|processes|procs?|threads|cores|cpus?)\b"
)
# What they call backends.
BACKENDS: Final = {
    "loky": "pool",
    "multiprocessing": "pool",
    "processes": "pool",
    "threading": "thread",
    "threads": "thread",
}

_CHUNKS = "leave it out: chunks follow how long tasks take"
PROGRESS: Final = "leave it out: a run of more than two seconds says how far it is"
_KEPT = "`--errors keep` puts exceptions in the places of the values"
_SHOWN = "`pmap` shows nothing: it returns the record of the run, for `print(run)`, `run.plot()`"
_FILED = "the chart is `run.plot().savefig(...)`, of the run that `pmap` returns"
_ONCE = "load it in a function with `@functools.cache`, and call that in the task"
_BY_PLACE = "the function and the items have no names: call `pmap(f, xs)`"
_CALLBACK = "there are no callbacks: go through the values, once they are there"
_REMEDIES: Final = {
    **dict.fromkeys(("chunksize", "chunk_size", "batch_size", "pre_dispatch"), _CHUNKS),
    **dict.fromkeys(("verbose", "desc", "total", "leave", "tqdm_class"), PROGRESS),
    **dict.fromkeys(("progress", "progress_bar", "show_progress"), PROGRESS),
    **dict.fromkeys(("initializer", "initargs", "init"), _ONCE),
    **dict.fromkeys(("iterable", "iterables", "func", "function", "fn", "items"), _BY_PLACE),
    **dict.fromkeys(("callback", "done_callback"), _CALLBACK),
    **dict.fromkeys(("error_callback", "keep", "return_exceptions", "ignore_errors"), _KEPT),
    **dict.fromkeys(("quiet", "plot", "no_plot", "out", "explain"), _SHOWN),  # of magics alone
    "save": _FILED,
    "maxtasksperchild": "`--backend process` takes a new process for each task",
    "prefer": "`--backend thread` runs tasks on threads, and `--backend pool` on processes",
}


def remedy(name: str) -> str:
    """Say what to do instead of an argument of other libraries; "" if it is not known."""
    return _REMEDIES.get(name.lstrip("-").replace("-", "_"), "")


def nearest_backend(word: str, known: Iterable[str]) -> str:
    """Add "; did you mean ...?" with the backend meant by `word`; empty if none is near."""
    return nearest(BACKENDS.get(word, word), known)
