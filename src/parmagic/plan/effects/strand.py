"""What is known of one name that a function reads, and to whom it is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from parmagic.modules.mutators import CHANGING
from parmagic.plan.effects.alias import How
from parmagic.plan.effects.effects import CHANGEABLE, COPIED, Doubt, Keys, Passed

Doubted = tuple[str, str]  # a doubt about what a name stands for: the method, and the key


@dataclass
class Spread:
    """What one function changes, by itself or through others."""

    changed: dict[str, str] = field(default_factory=dict)  # names, and through which function
    deep: set[str] = field(default_factory=set)  # those of which parts are changed
    doubts: set[Doubt] = field(default_factory=set)

    def kept(self, names: Collection[str], *, called: bool) -> list[str]:
        """List those of parameters whose defaults are changed, unless that is what is `called`.

        Of that, the call tells. A default that must be a container for it, is one.
        """
        doubted = [one.name for one in self.doubts if one.method in CHANGING | {CHANGEABLE, COPIED}]
        return sorted({*doubted, *(() if called else self.changed)}.intersection(names))


class Found:
    """What has been found out of what a name stands for."""

    def __init__(self) -> None:
        self.changed: str | None = None  # through which function it is; "" if by its own
        self.deep = False  # whether that is a part of it
        self.itself: set[Doubted] = set()  # doubts about it, and about its parts
        self.parts: set[str] = set()


class Strand(Found):
    """A name as a function reads it, which others hand on to it."""

    def __init__(self) -> None:
        super().__init__()
        self.news: Found | None = None  # what has not been told yet
        self.functions: set[str] = set()  # what it is, if it is a parameter
        self.given: dict[Handed, None] = {}  # what functions hand on to this parameter
        self.hands: dict[Strand, None] = {}  # the parameters that it is handed on to
        self.calls: list[tuple[str, Passed]] = []  # what its functions are called with, and where

    def tell(self, name: str, found: Spread) -> None:
        """Add what has been found to what is of the function."""
        if self.changed is not None:
            found.changed[name] = self.changed
        if self.deep:
            found.deep.add(name)
        found.doubts.update(Doubt(name, method, key=key) for method, key in self.itself)
        found.doubts.update(Doubt(name, method, part=True) for method in self.parts)


class Handed(NamedTuple):
    """What a function hands on to a parameter of another."""

    name: Strand
    how: How
    kind: str  # of which its value would have to be to be changed; "" if it is changed anyway
    keys: Keys
    to: str
    starred: bool  # whether it is a part of what the parameter stands for, as of `*args`
