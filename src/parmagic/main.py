"""The names of the module in which a notebook or a script runs."""

from __future__ import annotations

# In a process that multiprocessing has started, the script's functions and classes have the second.
MAINS = ("__main__", "__mp_main__")
