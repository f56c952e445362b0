"""Who is measured: the cells that a user of one library would type."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from benchmarks.scenario import Scenario


@dataclass(frozen=True)
class Cells:
    """The cells of one way to map: with processes, with threads, or through a magic."""

    prepare: str  # what stands at the top of the notebook: imports, extensions
    call: str  # statements that assign `value`; `{function}` and `{items}` are filled in
    start: str = ""  # makes the workers; empty if the call does
    define: str = ""  # stands below the definition of `{function}`
    close: str = ""  # ends the workers


@dataclass(frozen=True)
class Contender:
    """One library, or one way of the standard library."""

    name: str
    package: str  # as pip calls it; empty for what comes with Python
    processes: Cells
    threads: Cells | None = None
    magic: Cells | None = None
    forks: bool = False  # its workers are copies of the notebook as it was when they started
    peer: bool = True  # whether it counts as the best of the others
    cases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # cells by scenario
    unfit: Mapping[str, str] = field(default_factory=dict)  # why not, by scenario

    def cells(self, scenario: Scenario) -> Cells | None:
        """Return what to type in a scenario; None if this contender has no such thing."""
        usual = None if scenario.name in self.unfit else self.usual(scenario)
        return usual and dataclasses.replace(usual, **self.cases.get(scenario.name, {}))

    def usual(self, scenario: Scenario) -> Cells | None:
        """Return what to type where no scenario asks for something special."""
        cells: Cells | None = getattr(self, scenario.way)
        return cells

    def version(self) -> str | None:
        """Return the installed version, "" for the standard library, None if not installed."""
        try:
            return version(self.package) if self.package else ""
        except PackageNotFoundError:
            return None
