"""The processor time of this process, with that of the programs it has run."""

from __future__ import annotations

import os
import time


def cpu_seconds() -> float:
    """Return the processor seconds of this process, and of the programs it has run to their end.

    A task that runs a program waits for it, but not as it would for a network: not many such tasks
    can wait together.
    """
    times = os.times()
    return time.process_time() + times.children_user + times.children_system
