"""joblib: `Parallel` on loky, whose workers stay, and on threads."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

# An array that is an argument goes to the workers through a memory-mapped file.
_MAPPED = {"call": "value = Parallel(n_jobs=2)(delayed(sum_of_part)(i, data) for i in {items})"}

CONTENDER = Contender(
    name="joblib (loky)",
    package="joblib",
    processes=Cells(
        prepare="from joblib import Parallel, delayed",
        call="value = Parallel(n_jobs=2)(delayed({function})(item) for item in {items})",
        close=(
            "from joblib.externals.loky import get_reusable_executor\n"
            "get_reusable_executor().shutdown(kill_workers=True)"
        ),
    ),
    threads=Cells(
        prepare="from joblib import Parallel, delayed",
        call=(
            'value = Parallel(n_jobs=32, prefer="threads")('
            "delayed({function})(item) for item in {items})"
        ),
    ),
    cases={"array": _MAPPED, "array-again": _MAPPED, "array-memory": _MAPPED},
)
