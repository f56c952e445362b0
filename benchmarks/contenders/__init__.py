"""The contenders, one file each, in the order of the table."""

from __future__ import annotations

from benchmarks.contender import Contender
from benchmarks.contenders import (
    dask,
    executor,
    ipyparallel,
    joblib,
    loky,
    loop,
    mpire,
    multiprocess,
    parmagic,
    pebble,
    pool,
    ray,
)

OURS = parmagic.CONTENDER.name
CONTENDERS: tuple[Contender, ...] = (
    parmagic.CONTENDER,
    loop.CONTENDER,
    pool.CONTENDER,
    executor.CONTENDER,
    pebble.CONTENDER,
    mpire.CONTENDER,
    multiprocess.CONTENDER,
    loky.CONTENDER,
    joblib.CONTENDER,
    ipyparallel.CONTENDER,
    dask.CONTENDER,
    ray.CONTENDER,
)
