"""Counts the processor time that tasks have others use for them."""

from __future__ import annotations

import os
import time


def used() -> float:
    """Return the processor seconds of this process, and of the programs it has run to their end.

    A task that runs a program waits for it, but not as it would for a network: not many such tasks
    can wait together.
    """
    times = os.times()
    return time.process_time() + times.children_user + times.children_system
