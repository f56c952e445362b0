"""How long workers need for tasks of known lengths, given out as well as can be.

The longest first, each to the worker that is free first: that is at most a third longer than the
best there is (Graham, 1969), and nearly always no longer.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

MANY = 10_000  # tasks: of more, the last ones hardly matter


def shared_out(tasks: Sequence[tuple[float, int]], workers: int, scale: float) -> float:
    """Return the seconds until the last of the tasks ends, each `scale` times as long as given.

    `tasks` are lengths in seconds, each with how many have it.
    """
    count = sum(many for _, many in tasks)
    if not count:
        return 0.0
    longest = max(length for length, _ in tasks)
    if count > MANY:
        total = sum(length * many for length, many in tasks)
        return scale * max(longest, total / workers)
    lengths = sorted((length for length, many in tasks for _ in range(many)), reverse=True)
    ends = [0.0] * min(workers, count)
    for length in lengths:
        heapq.heapreplace(ends, ends[0] + length)
    return scale * max(ends)
