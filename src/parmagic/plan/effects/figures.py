"""Whether a function draws in the notebook's current figure, which a worker process has not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from parmagic.plan.effects.acts import Act
from parmagic.plan.effects.effects import Effects
from parmagic.plan.effects.pure import Meaning

_CALLED = re.compile(r"matplotlib\.pyplot\.(\w+)")
# What makes a figure of its own, or puts one away; what only looks something up.
_OWN = frozenset(("figure", "subplots", "subplot_mosaic", "close"))
_LOOKING = "cm colormaps get_cmap rcParams rc rc_context show style Figure Axes __getattr__"
_looking = frozenset(_LOOKING.split())


def drawing(known: Effects, acts: Iterable[Act], meaning: Meaning) -> Iterator[str]:
    """Say that a function draws by `matplotlib.pyplot` in a figure that it has not made."""
    asked = {name for owner, name in known.asked if _is_pyplot(owner, meaning)}
    parts = (_CALLED.match(one.chain) for one in acts)
    asked |= {one[1] for one in parts if one}
    if asked - _looking and not asked & _OWN:
        yield "draws in the current figure"


def _is_pyplot(owner: str, meaning: Meaning) -> bool:
    return bool(owner) and meaning.path(owner) == "matplotlib.pyplot"
