"""What is known of one name that a function reads, and which other names are told."""

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

    changed: dict[str, str] = field(default_factory=dict)  # names, each with the function that does
    deep: set[str] = field(default_factory=set)  # those of which parts are changed
    doubts: set[Doubt] = field(default_factory=set)

    def kept(self, names: Collection[str], *, called: bool) -> list[str]:
        """List the parameters whose defaults are changed; the defaults of `names` are containers.

        Where the cell itself has `called` the function, only doubts count: the call tells the rest.
        """
        doubted = [one.name for one in self.doubts if one.method in CHANGING | {CHANGEABLE, COPIED}]
        return sorted({*doubted, *(() if called else self.changed)}.intersection(names))


class Found:
    """What has been found out about what a name stands for."""

    def __init__(self) -> None:
        self.changed: str | None = None  # through which function; "" if by its own, None if not
        self.deep = False  # whether a part of it is changed
        self.itself: set[Doubted] = set()  # doubts about it, and about its parts
        self.parts: set[str] = set()


class Strand(Found):
    """A name that a function reads: one of its own, or a parameter, which others hand on to it."""

    def __init__(self) -> None:
        super().__init__()
        self.news: Found | None = None  # what has not been told yet
        self.functions: set[str] = set()  # which it stands for, if it is a parameter
        self.given: dict[Handed, None] = {}  # what functions hand on to this parameter
        self.hands: dict[Strand, None] = {}  # the parameters that it is handed on to
        self.calls: list[tuple[str, Passed]] = []  # where they are called, and with what

    def tell(self, name: str, found: Spread) -> None:
        """Add what has been found out to what the function changes."""
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
    kind: str  # it is changed only if its value is of this kind; "" if it is anyway
    keys: Keys
    to: str
    starred: bool  # whether the parameter is `*args` or `**kwargs`, and it a part of that
