"""Imports matplotlib while tasks run: so the first chart of a notebook comes at once."""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
from collections.abc import Iterator

from IPython.core.interactiveshell import InteractiveShell

from parmagic.magics.options import Options
from parmagic.magics.report import is_kernel
from parmagic.run.backend import IMPORTING
from parmagic.run.manner import Manner

AFTER = 0.3  # seconds of a run, about as long as the import takes: a shorter one is left alone
_DRAWS = "parmagic.show.charts.chart"


@contextlib.contextmanager
def drawing_soon(shell: InteractiveShell, options: Options, manner: Manner) -> Iterator[None]:
    """Import matplotlib during a run whose chart will be drawn.

    Not if the notebook itself runs tasks, or runs are compared: the import would count as time of
    the tasks.
    """
    __tracebackhide__ = True
    drawn = options.save or (options.plot and is_kernel(shell))
    measured = (manner.compare, manner.sweep) != (None, None)
    if not drawn or _DRAWS in sys.modules or measured or manner.backend not in IMPORTING:
        yield
        return
    timer = threading.Timer(AFTER, _import)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _import() -> None:
    with contextlib.suppress(Exception):  # drawing imports it again, and says what is wrong
        importlib.import_module(_DRAWS)
