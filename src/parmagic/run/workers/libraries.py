"""How many threads numerical libraries may start in a worker: all together, one for each processor.

By themselves they would start so many in every worker, and be in each other's way.
"""

from __future__ import annotations

from collections.abc import Mapping

from parmagic.run.workers.surroundings import environment

# Read by OpenMP, OpenBLAS, MKL, BLIS, Apple's Accelerate, numba and numexpr when they are loaded.
VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
# These go by OMP_NUM_THREADS where their own variable is not set.
_GO_BY_OMP = {
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
}


def threads_each(processors: int, workers: int) -> int:
    """Share processors among workers, at least one for each."""
    return max(1, processors // workers)


def threads_in(share: int, *, own: bool) -> int:
    """Say how many threads a library may start in a worker: the user's limit goes before ours.

    `own` says that each worker has a process of its own.
    """
    if own:
        return max(_asked(), default=share)
    return min(_asked(), default=1)  # they are those of the notebook, shared by all


def _asked() -> list[int]:
    """List the limits that the user has set for one library or another."""
    set_here = environment()
    return [int(text) for name in VARIABLES if (text := set_here.get(name, "")).isdecimal()]


def threads_serially(processors: int) -> int:
    """Say how many threads a library has in the notebook: one for each processor, or as it is set.

    If libraries are set differently, the most: it is to bound how much faster they are by it.
    """
    return max(_asked(), default=processors)


def limited(environment: Mapping[str, str], threads: int) -> dict[str, str]:
    """Return the environment with the limit for each library that it has none for."""
    asked = _GO_BY_OMP if "OMP_NUM_THREADS" in environment else ()
    ours = dict.fromkeys((name for name in VARIABLES if name not in asked), str(threads))
    return {**ours, **environment}
