"""Generators of random numbers that a module keeps for all, and that cells or functions seed.

A worker process draws from its own. Without a seed nobody can tell; with one, the values are known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from parmagic.plan.effects.acts import Act
from parmagic.plan.effects.changing import DRAWING

SEEDS = {
    **dict.fromkeys(("random.seed", "random.setstate"), "random"),
    **dict.fromkeys(("numpy.random.seed", "numpy.random.set_state"), "numpy.random"),
    "torch.manual_seed": "torch",
    "tensorflow.random.set_seed": "tensorflow.random",
}
_OF_ALL = ("random", "numpy.random")  # of these, all draw but what makes something: `Random(1)`
_STATE = frozenset(("getstate", "get_state", "default_rng", "get_bit_generator"))
_CURE = "give each call a generator of its own"


def seeded_in(acts: Collection[Act]) -> set[str]:
    """Return the modules whose generators a function, or a statement, seeds."""
    return {SEEDS[path] for one in acts if (path := one.chain.removesuffix("()")) in SEEDS}


def drawn_in(acts: Collection[Act]) -> set[str]:
    """Return the modules from whose generators a function draws."""
    return {module for one in acts for module in SEEDS.values() if _draws(one.chain, module)}


def _draws(chain: str, module: str) -> bool:
    before, _, name = chain.removesuffix("()").rpartition(".")
    if before != module or chain == before or f"{module}.{name}" in SEEDS:
        return False
    return name in DRAWING or (module in _OF_ALL and name[:1].islower() and name not in _STATE)


def why_drawn(module: str) -> str:
    """Say why a function is no task that draws from a generator which the cell seeds."""
    return f"draws random numbers from `{module}`, which the cell seeds: {_CURE}"


def why_seeded(module: str, *, shared: bool, later: Callable[[str], bool]) -> Iterator[str]:
    """Say why a function is no task that seeds a generator, if others draw from that.

    Such are tasks of the same process, or what the cell does `later`.
    """
    if shared:
        yield f"seeds `{module}`, which all threads share: {_CURE}"
    elif later(module):
        yield f"seeds `{module}`, from which the cell draws random numbers later: {_CURE}"
