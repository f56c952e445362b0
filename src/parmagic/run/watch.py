"""How far a run is, for whoever waits for it."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Stage(NamedTuple):
    """How far a run is."""

    backend: str
    workers: int
    done: int  # tasks, the failed ones too
    total: int | None  # None: nobody knows; a queue may grow
    elapsed: float  # seconds


class Watch(Protocol):
    """Shows how far a run is; called in the notebook's own thread, some times a second."""

    def see(self, stage: Stage) -> None:
        """Show how far it is, if it is time to."""

    def look_away(self) -> None:
        """Take away what was shown: something else is about to be."""
