"""What `%config ParallelMagics` says, as the magics read it."""

from __future__ import annotations

from typing import NamedTuple


class Defaults(NamedTuple):
    """The settings that hold where the options of a line say nothing."""

    backend: str
    workers: int  # 0: one for each processor to be used
    plot: bool | None
    quiet: bool
    start_method: str  # "": the usual one
