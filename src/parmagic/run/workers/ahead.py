"""What a worker imports while it has nothing else to do: what its tasks will probably need."""

from __future__ import annotations

import contextlib
import importlib
import sys
from multiprocessing.connection import Connection

QUIET = 0.05  # seconds without a message, after which no other cell is just about to run


class Ahead:
    """The modules that are still to be imported."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.modules: list[str] = []

    def bring_in(self) -> bool:
        """Import one after another, until a message comes; tell whether any was new here.

        A run that needs none of them waits for one at most.
        """
        some = False
        while self.modules and not self._connection.poll(0 if some else QUIET):
            if (module := self.modules.pop(0)) not in sys.modules:
                load(module)
                some = True
        return some


def load(*modules: str) -> None:
    """Import those that can be imported: a task that needs another one will say why it cannot."""
    for module in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
