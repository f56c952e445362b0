"""The kinds of chart, by their names."""

from __future__ import annotations

import difflib

from parmagic.errors import PlanError

USUAL, SWEEP = "summary", "sweep"
KINDS = (USUAL, "timeline", "breakdown", SWEEP)


def kind_called(name: object) -> str:
    """Return the kind of chart that has a name.

    Raises:
        PlanError: if there is none.

    """
    if isinstance(name, str) and name in KINDS:
        return name
    near = difflib.get_close_matches(str(name), KINDS, n=1)
    meant = f": did you mean {near[0]!r}?" if near else "."
    raise PlanError(f"there is no chart {name!r}{meant} The kinds are {', '.join(KINDS)}")
